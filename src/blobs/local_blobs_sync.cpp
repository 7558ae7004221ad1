// Making blobs durable.
#include "blobs/disk_error.h"
#include "blobs/files.h"
#include "blobs/local_blobs.h"

#include <algorithm>
#include <atomic>
#include <bitset>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <latch>
#include <sys/stat.h>
#include <unistd.h>

namespace artifactapi::blobs {
namespace {

// Runs work(0) … work(n - 1) in the pool and on the caller's thread, and waits for all.
template <class Work>
void in_parallel(runtime::BlockingPool& pool, std::size_t threads, std::size_t n, const Work& work) {
  if (n == 0) return;
  std::atomic<std::size_t> next{0};
  const auto take_turns = [&] {
    for (auto i = next.fetch_add(1); i < n; i = next.fetch_add(1)) work(i);
  };
  const auto others = std::min(n - 1, threads);
  std::latch ended(static_cast<std::ptrdiff_t>(others));
  for (std::size_t i = 0; i < others; ++i) {
    pool.post([&] {
      take_turns();
      ended.count_down();
    });
  }
  take_turns();
  ended.wait();
}

}  // namespace

std::vector<Result<void>> LocalBlobs::sync(std::span<const Digest> digests) {
  std::vector<Result<void>> answers(digests.size());
  std::vector<Unsynced> unsynced;
  for (std::size_t i = 0; i < digests.size(); ++i) {
    if (const auto one = to_be_synced(i, digests[i], answers[i])) unsynced.push_back(*one);
  }
  if (unsynced.empty()) return answers;
  sync_all(unsynced, answers);
  for (const auto& one : unsynced) {
    if (answers[one.answer]) now_durable(one);
  }
  return answers;
}

std::optional<LocalBlobs::Unsynced> LocalBlobs::to_be_synced(std::size_t i, const Digest& digest,
                                                             Result<void>& answer) {
  Shelf& shelf = shelf_of(digest);
  const std::lock_guard lock(shelf.mutex);
  auto known = shelf.sound.find(digest);
  if (known != shelf.sound.end() && known->second.durable) {
    held_.let_go(digest);
    return std::nullopt;
  }
  const auto written = write_held_locked(shelf, digest);
  if (!written) {
    answer = std::unexpected(written.error());
    return std::nullopt;
  }
  known = shelf.sound.find(digest);
  Unsynced one{.answer = i, .digest = digest, .placement = {}, .just_written = *written};
  if (known != shelf.sound.end()) one.placement = known->second.placement;
  return one;
}

void LocalBlobs::sync_all(std::span<const Unsynced> unsynced, std::span<Result<void>> answers) {
  const auto now = std::chrono::steady_clock::now();
  if (!sync_choice_.whole_file_system(unsynced.size(), now) || !sync_file_system()) {
    sync_each(unsynced, answers);
    return;
  }
  for (const auto& one : unsynced) {
    if (!one.just_written && ::access(layout_.blob(one.digest).c_str(), F_OK) != 0)
      answers[one.answer] = fail(Code::NotFound, "a blob was gone before it was synced");
  }
}

// Unless another file has taken its place meanwhile.
void LocalBlobs::now_durable(const Unsynced& synced) {
  Shelf& shelf = shelf_of(synced.digest);
  const std::lock_guard lock(shelf.mutex);
  const auto known = shelf.sound.find(synced.digest);
  if (known != shelf.sound.end() && known->second.placement == synced.placement) known->second.durable = true;
}

// false: it failed, be it for somebody else's file. Each file's own sync tells whose bytes are lost: nobody
// has asked after these yet, so the kernel still reports it.
bool LocalBlobs::sync_file_system() {
  const auto directory = open_file(layout_.blobs(), O_RDONLY | O_DIRECTORY, "open the directory of blobs");
  if (!directory) return false;
  const auto started = std::chrono::steady_clock::now();
  const bool done = ::syncfs(directory->descriptor()) == 0;
  const auto ended = std::chrono::steady_clock::now();
  sync_choice_.took(ended - started, ended);
  return done;
}

void LocalBlobs::sync_each(std::span<const Unsynced> unsynced, std::span<Result<void>> answers) {
  in_parallel(sync_pool_, kSyncThreads, unsynced.size(),
              [&](std::size_t i) { answers[unsynced[i].answer] = sync_blob(unsynced[i].digest); });

  std::bitset<256> touched;
  for (const auto& one : unsynced) touched.set(one.digest.bytes()[0]);
  std::vector<std::uint8_t> slices;
  for (std::size_t byte = 0; byte < touched.size(); ++byte) {
    if (touched[byte]) slices.push_back(static_cast<std::uint8_t>(byte));
  }
  const auto made = sync_made_directories();
  std::array<Result<void>, 256> named;
  in_parallel(sync_pool_, kSyncThreads, slices.size(),
              [&](std::size_t i) { named[slices[i]] = sync_directory(layout_.slice(slices[i])); });
  for (const auto& one : unsynced) {
    auto& answer = answers[one.answer];
    const auto& directory = named[one.digest.bytes()[0]];
    if (answer && !directory) answer = directory;
    if (answer && !made) answer = made;
  }
}

// Who comes meanwhile waits: the directory of its blob may be among these.
Result<void> LocalBlobs::sync_made_directories() {
  const std::lock_guard lock(syncing_directories_);
  if (!directories_made_.exchange(false)) return {};
  auto done = sync_directory(layout_.blobs());
  if (!done) directories_made_.store(true);
  return done;
}

Result<void> LocalBlobs::sync_blob(const Digest& digest) {
  const auto path = layout_.blob(digest);
  const auto file = open_file(path, O_RDONLY, "open a blob to sync it");
  if (!file) return std::unexpected(file.error());
  if (::fdatasync(file->descriptor()) == 0) return {};
  const int error = errno;
  discard_failed(*file, digest);
  return std::unexpected(disk_error(error, "sync a blob"));
}

// The kernel reports lost bytes once and calls the pages clean afterwards, so the file must not be found
// again.
void LocalBlobs::discard_failed(const File& file, const Digest& digest) {
  Shelf& shelf = shelf_of(digest);
  const std::lock_guard lock(shelf.mutex);
  struct stat failed{};
  struct stat there{};
  const bool is_same = ::fstat(file.descriptor(), &failed) == 0 &&
                       ::stat(layout_.blob(digest).c_str(), &there) == 0 && failed.st_ino == there.st_ino;
  if (is_same) (void)unlink_locked(shelf, digest);
}

}  // namespace artifactapi::blobs
