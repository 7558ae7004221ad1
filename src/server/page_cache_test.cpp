#include "server/page_cache.h"

#include "base/file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace artifactapi::server {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

bool any_resident(const File& file, std::uint64_t bytes) {
  std::vector<unsigned char> pages(bytes / 4096);
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  EXPECT_NE(mapped, MAP_FAILED);
  EXPECT_EQ(::mincore(mapped, bytes, pages.data()), 0);
  EXPECT_EQ(::munmap(mapped, bytes), 0);
  return std::ranges::any_of(pages, [](unsigned char page) { return (page & 1U) != 0; });
}

// On the disk only, where the temporary directory is on one; the kernel may need to be asked more than once.
File file_of(std::uint64_t bytes) {
  auto path = (std::filesystem::temp_directory_path() / "artifactapi-test-XXXXXX").string();
  File file(::mkstemp(path.data()));
  EXPECT_EQ(::unlink(path.c_str()), 0);
  const std::string content(bytes, 'x');
  EXPECT_EQ(::pwrite(file.descriptor(), content.data(), content.size(), 0), static_cast<ssize_t>(bytes));
  EXPECT_EQ(::fsync(file.descriptor()), 0);
  for (int attempt = 0; attempt < 100 && any_resident(file, bytes); ++attempt)
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
