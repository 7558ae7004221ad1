#include "runtime/file_watch.h"

#include "base/testing/temporary_directory.h"
#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace artifactapi::runtime {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST(DirectoriesOnTheWay, AreThoseOfTheFileAndOfEachLink) {
  const TemporaryDirectory folder;
  const auto root = fs::canonical(folder.path());
  fs::create_directories(root / "mount" / "..v1");
  write(root / "mount" / "..v1" / "f", "x");
  fs::create_directory_symlink("..v1", root / "mount" / "..data");
  fs::create_symlink("..data/f", root / "mount" / "f");
  fs::create_symlink(root / "mount" / "f", root / "link");
  const std::set<fs::path> expected{root, root / "mount", root / "mount" / "..v1"};
  EXPECT_EQ(directories_on_the_way(root / "link"), expected);
}

TEST(DirectoriesOnTheWay, EndWhereThereIsNothing) {
  const TemporaryDirectory folder;
  const auto root = fs::canonical(folder.path());
  EXPECT_EQ(directories_on_the_way(root / "none" / "f"), std::set<fs::path>{root});
  fs::create_symlink("loop", root / "loop");
  EXPECT_EQ(directories_on_the_way(root / "loop"), std::set<fs::path>{root});
}

TEST(Fingerprint, ChangesWithTheFileBehindTheName) {
  const TemporaryDirectory folder;
  const auto path = (folder.path() / "f").string();
  const auto none = fingerprint({path});
  write(path, "one");
  const auto one = fingerprint({path});
  EXPECT_NE(none, one);
  EXPECT_EQ(one, fingerprint({path}));
  write(path + ".new", "two");
  fs::rename(path + ".new", path);
  EXPECT_NE(one, fingerprint({path}));
}

class FileWatchTest : public ::testing::Test {
 protected:
  FileWatchTest() { loops.start(); }
  ~FileWatchTest() override {
    watch->request_stop();
    EXPECT_TRUE(run_on(loops.at(0), watch->stopped(kNoDeadline)));
    pool.join();
    loops.stop();
  }
  void begin() { begin(fingerprint({path})); }
  // `seen`: what has been read already.
  void begin(std::string seen) {
    const FileWatchTimes times{std::chrono::milliseconds{5}, std::chrono::hours{1}};
    watch = std::make_unique<FileWatch>(
        loops, pool, std::vector{path}, std::move(seen), [this] { return count(); }, times);
    watch->start(loops.at(0));
  }
  Task<> count() {
    times_changed.fetch_add(1);
    co_return;
  }
  void wait_until_changed(int times) const {
    while (times_changed.load() < times) std::this_thread::yield();
  }

  TemporaryDirectory folder;
  std::string path = (folder.path() / "f").string();
  Loops loops{1};
  BlockingPool pool{1};
  std::atomic<int> times_changed{0};
  std::unique_ptr<FileWatch> watch;
};

TEST_F(FileWatchTest, TellsOfAWriteARenameAndAQuestion) {
  write(path, "one");
  begin();
  write(path, "second");
  wait_until_changed(1);
  write(path + ".new", "three");
  fs::rename(path + ".new", path);
  wait_until_changed(2);
  watch->ask();
  wait_until_changed(3);
  fs::remove(path);
  wait_until_changed(4);
}

TEST_F(FileWatchTest, ChangesBeforeTheStartAreSeen) {
  write(path, "one");
  const auto seen = fingerprint({path});
  write(path, "second");
  begin(seen);
  wait_until_changed(1);
}

}  // namespace
}  // namespace artifactapi::runtime
