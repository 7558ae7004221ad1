// Notices that files have changed: written in place, replaced by a rename, or reached by other symbolic
// links.
#pragma once

#include "runtime/bell.h"
#include "runtime/blocking_pool.h"
#include "runtime/task_group.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace artifactapi::runtime {

// Equal as long as the files are the same and have not been written to; what is not there has one, too.
// Blocks.
[[nodiscard]] std::string fingerprint(const std::vector<std::string>& paths);

// The directories in which an entry can change so that `path` leads to something else: its own, and that of
// each symbolic link on the way. Blocks.
[[nodiscard]] std::set<std::filesystem::path> directories_on_the_way(const std::filesystem::path& path);

struct FileWatchTimes {
  std::chrono::milliseconds quiet{200};  // unchanged for so long before it is told
  std::chrono::seconds poll{10};         // looked at so often where nothing tells of changes
};

// Asks the kernel (inotify) when to look, and looks from time to time where that says nothing. start /
// request_stop; stopped() is awaited before the loops end.
class FileWatch {
 public:
  // Awaited on the watch's loop, never twice at once.
  using Changed = std::function<Task<>()>;

  // `seen`: the fingerprint of what has been read already.
  FileWatch(Loops& loops, BlockingPool& pool, std::vector<std::string> paths, std::string seen,
            Changed changed, FileWatchTimes times = {});

  void start(Loop& loop);
  // Calls `changed` whether the files changed or not. Any thread.
  void ask();
  // Any thread.
  void request_stop();
  [[nodiscard]] Task<bool> stopped(Deadline deadline) const { return tasks_.idle(deadline); }

 private:
  [[nodiscard]] Task<> run();
  [[nodiscard]] Task<> listen();
  // The fingerprint now, after seeing to it that later changes are told.
  [[nodiscard]] Task<std::string> look();
  // The fingerprint once it has stayed the same for a while.
  [[nodiscard]] Task<std::string> settled(std::string now);
  void watch_directories(const std::set<std::filesystem::path>& directories);

  BlockingPool& pool_;
  const std::vector<std::string> paths_;
  std::string seen_;
  Changed changed_;
  const FileWatchTimes times_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> asked_{0};
  std::atomic<std::uint64_t> hints_{0};
  Bell bell_;
  TaskGroup tasks_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> inotify_;  // null where there is none
  std::set<int> watched_;                                           // inotify's numbers; used by look() only
};

}  // namespace artifactapi::runtime
