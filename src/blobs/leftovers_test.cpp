#include "blobs/leftovers.h"

#include "base/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace artifactapi::blobs {
namespace {

TEST(Leftovers, AreRemovedWhenTheDiskCanBeWrittenAgain) {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "in" / "file";
  std::filesystem::create_directory(path.parent_path());
  std::filesystem::create_directory(path);  // a directory cannot be unlinked, not even by root
  Leftovers leftovers;
  leftovers.unlink(path);
  leftovers.retry();
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
  std::ofstream(path) << "partial";
  leftovers.retry();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Leftovers, ThatAreGoneAreForgotten) {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  Leftovers leftovers;
  leftovers.unlink(path);
  std::ofstream(path) << "of somebody else";
  leftovers.retry();
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace artifactapi::blobs
