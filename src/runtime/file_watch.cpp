#include "runtime/file_watch.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <iterator>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace artifactapi::runtime {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kTold = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                                IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMostLinks = 40;  // as the kernel
constexpr int kMostLooks = 10;  // a file that never comes to rest is read as it is

}  // namespace

std::string fingerprint(const std::vector<std::string>& paths) {
  std::string text;
  for (const auto& path : paths) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
      text += "none;";
      continue;
    }
    fmt::format_to(std::back_inserter(text), "{}:{}:{}:{}.{}:{}.{};", status.st_dev, status.st_ino,
                   status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                   status.st_ctim.tv_nsec);
  }
  return text;
}

std::set<fs::path> directories_on_the_way(const fs::path& path) {
  std::set<fs::path> found;
  std::error_code failure;
  const auto absolute = fs::absolute(path, failure);
  std::deque<fs::path> ahead(absolute.begin(), absolute.end());
  fs::path here = "/";
  int links = 0;
  while (!ahead.empty()) {
    const auto next = here / ahead.front();
    ahead.pop_front();
    const auto status = fs::symlink_status(next, failure);
    if (status.type() == fs::file_type::symlink) {
      found.insert(here);
      if (++links > kMostLinks) break;
      const auto target = fs::read_symlink(next, failure);
      ahead.insert(ahead.begin(), target.begin(), target.end());
      if (target.is_absolute()) here = "/";
    } else if (status.type() == fs::file_type::directory && !ahead.empty()) {
      here = fs::canonical(next, failure);
    } else {
      found.insert(here);
      if (status.type() != fs::file_type::directory) break;  // the file, or nothing there
    }
  }
  return found;
}

FileWatch::FileWatch(Loops& loops, BlockingPool& pool, std::vector<std::string> paths, std::string seen,
                     Changed changed, FileWatchTimes times)
    : pool_(pool),
      paths_(std::move(paths)),
      seen_(std::move(seen)),
      changed_(std::move(changed)),
      times_(times),
      bell_(loops),
      tasks_(loops) {}

void FileWatch::start(Loop& loop) {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor >= 0) {
    inotify_ = std::make_unique<boost::asio::posix::stream_descriptor>(loop.context(), descriptor);
    tasks_.spawn(loop, listen());
  }
  tasks_.spawn(loop, run());
}

void FileWatch::ask() {
  asked_.fetch_add(1);
  bell_.ring();
}

void FileWatch::request_stop() {
  stopping_.store(true);
  bell_.ring();
}

// The first round looks at once: something may have changed since the files were read.
Task<> FileWatch::run() {
  std::uint64_t asked = 0;
  std::uint64_t hints = 0;
  auto stopping = [this] { return stopping_.load(); };
  auto woken = [this, &asked, &hints] {
    return stopping_.load() || asked_.load() != asked || hints_.load() != hints;
  };
  while (!stopping_.load()) {
    hints = hints_.load();
    auto now = co_await look();
    if (now != seen_ && asked_.load() == asked) now = co_await settled(std::move(now));
    if (stopping_.load()) break;
    const bool was_asked = asked_.load() != asked;
    asked = asked_.load();
    if (was_asked || now != seen_) {
      seen_ = std::move(now);
      co_await changed_();
    } else {
      // Other files in the directory may change all the time.
      co_await bell_.wait_until(stopping, std::chrono::steady_clock::now() + times_.quiet);
    }
    co_await bell_.wait_until(woken, std::chrono::steady_clock::now() + times_.poll);
  }
  if (inotify_) {
    boost::system::error_code ignored;
    inotify_->close(ignored);
  }
}

Task<std::string> FileWatch::settled(std::string now) {
  auto stopping = [this] { return stopping_.load(); };
  for (int looks = 0; looks < kMostLooks; ++looks) {
    co_await bell_.wait_until(stopping, std::chrono::steady_clock::now() + times_.quiet);
    auto later = co_await look();
    if (later == now) break;
    now = std::move(later);
  }
  co_return now;
}

Task<> FileWatch::listen() {
  using boost::asio::posix::stream_descriptor;
  std::array<char, 4096> events;
  for (;;) {
    const auto [failure] = co_await inotify_->async_wait(stream_descriptor::wait_read, kAsTuple);
    if (failure) co_return;
    while (::read(inotify_->native_handle(), events.data(), events.size()) > 0) {
    }
    hints_.fetch_add(1);
    bell_.ring();
  }
}

Task<std::string> FileWatch::look() {
  auto work = [this] {
    std::set<fs::path> directories;
    for (const auto& path : paths_) directories.merge(directories_on_the_way(path));
    watch_directories(directories);
    return fingerprint(paths_);
  };
  co_return co_await offload(pool_, std::move(work));
}

void FileWatch::watch_directories(const std::set<fs::path>& directories) {
  if (!inotify_) return;
  const int inotify = inotify_->native_handle();
  std::set<int> watched;
  for (const auto& directory : directories) {
    const int number = ::inotify_add_watch(inotify, directory.c_str(), kTold);
    if (number >= 0) watched.insert(number);
  }
  for (const int number : watched_) {
    if (!watched.contains(number)) ::inotify_rm_watch(inotify, number);
  }
  watched_ = std::move(watched);
}

}  // namespace artifactapi::runtime
