#include "server/page_cache.h"

#include "base/file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace artifactapi::server {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

// Where files are on a disk, usually: what is in memory only cannot be given back.
File file_of(std::uint64_t bytes) {
  auto path = (std::filesystem::temp_directory_path() / "artifactapi-test-XXXXXX").string();
  File file(::mkstemp(path.data()));
  EXPECT_EQ(::unlink(path.c_str()), 0);
  const std::string content(bytes, 'x');
  EXPECT_EQ(::pwrite(file.descriptor(), content.data(), content.size(), 0), static_cast<ssize_t>(bytes));
  EXPECT_EQ(::fsync(file.descriptor()), 0);
  ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  return file;
}

TEST(PageCache, ARangeIsInMemoryOnceItWasRead) {
  for (const std::uint64_t length : {std::uint64_t{1}, 100 * kMiB / 1024, 2 * kMiB, 5 * kMiB}) {
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{4097}, 2 * kMiB}) {
      const auto file = file_of(8 * kMiB);
      EXPECT_EQ(read_into_memory(file.descriptor(), offset, length), 0);
      for (const auto at : {offset, offset + length / 2, offset + length - 1})
        EXPECT_TRUE(in_memory(file.descriptor(), at)) << offset << "+" << length << " at " << at;
    }
  }
}

// Whoever sends finds out.
TEST(PageCache, AFileThatEndsBeforeTheRangeIsReadAsFarAsItGoes) {
  const auto file = file_of(3 * kMiB);
  EXPECT_EQ(read_into_memory(file.descriptor(), kMiB, 4 * kMiB), 0);
  EXPECT_TRUE(in_memory(file.descriptor(), 3 * kMiB - 1));
}

TEST(PageCache, WhatCannotBeReadIsAnError) {
  const File directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(read_into_memory(directory.descriptor(), 0, 1), EISDIR);
  EXPECT_EQ(read_into_memory(directory.descriptor(), 0, 4 * kMiB), EISDIR);
}

}  // namespace
}  // namespace artifactapi::server
