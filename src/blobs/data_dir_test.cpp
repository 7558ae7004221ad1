#include "blobs/data_dir.h"

#include "base/testing/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace artifactapi::blobs {
namespace {

namespace fs = std::filesystem;

TEST(Layout, NamesABlobByItsDigestUnderItsFirstByte) {
  const Layout layout("data");
  const auto digest = Sha256::of("");
  EXPECT_EQ(layout.blob(digest),
            "data/blobs/sha256/e3/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(layout.slice(0x0a), "data/blobs/sha256/0a");
}

TEST(DataDir, MakesItsDirectoriesForTheOwnerAlone) {
  const TemporaryDirectory parent;
  const auto path = parent.path() / "deep" / "data";
  const auto opened = DataDir::open(path);
  ASSERT_TRUE(opened) << opened.error().message;
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_TRUE(fs::is_directory(path / "spool"));
  EXPECT_TRUE(fs::is_directory(path / "blobs" / "sha256"));
}

TEST(DataDir, IsUsedByOneProcessAtATime) {
  const TemporaryDirectory parent;
  std::optional first = DataDir::open(parent.path());
  ASSERT_TRUE(*first);
  const auto second = DataDir::open(parent.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::Overloaded);
  EXPECT_THAT(second.error().message, ::testing::HasSubstr(fmt::format("process {}", ::getpid())));
  first.reset();
  EXPECT_TRUE(DataDir::open(parent.path()));
}

TEST(DataDir, EmptiesTheSpoolAndKeepsTheBlobs) {
  const TemporaryDirectory parent;
  const auto blob = Layout(parent.path()).blob(Sha256::of("kept"));
  ASSERT_TRUE(DataDir::open(parent.path()));
  fs::create_directory(fs::path(blob).parent_path());
  std::ofstream(blob) << "kept";
  std::ofstream(parent.path() / "spool" / "17") << "half a file";
  ASSERT_TRUE(DataDir::open(parent.path()));
  EXPECT_TRUE(fs::is_empty(parent.path() / "spool"));
  EXPECT_TRUE(fs::exists(blob));
}

TEST(DataDir, ThatIsAFileIsAnError) {
  const TemporaryDirectory parent;
  std::ofstream(parent.path() / "data") << "a file";
  const auto opened = DataDir::open(parent.path() / "data");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::Io);
}

}  // namespace
}  // namespace artifactapi::blobs
