// Bytes on the local disk, by content.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/result.h"
#include "blobs/held.h"
#include "blobs/layout.h"
#include "blobs/space.h"
#include "blobs/spool.h"
#include "blobs/sync_choice.h"
#include "runtime/blocking_pool.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace artifactapi::blobs {

// A blob met by the scan.
struct Found {
  Digest digest;
  std::uint64_t size = 0;
  Time placed{};  // when it was published
};

struct Slice {
  std::vector<Found> blobs;
  std::uint64_t foreign = 0;  // files whose names are no digests; they are left alone
};

// The life of a blob: create_spool, append…, publish (visible, may be lost with the power), sync (durable),
// then the row in the catalog; remove_if when nothing refers to it. A small one is held (visible) and written
// by the sync. Publishing and removing one digest exclude each other by a lock on its slice (first byte);
// opening takes none, unless it is held.
//
// All calls but hold(), held() and set_room_aside() block: pool threads only; thread-safe. Codes: NoSpace for
// disk, inodes, quota or limit; Io for the rest.
class LocalBlobs {
 public:
  // Called under the digest's lock, when the bytes are in place: enter the digest in the recent commits here,
  // so that no remove_if can come between. Like the question of remove_if, it must not wait for a lock that
  // anyone holds while calling this store.
  using Published = std::function<void()>;
  // Called under the digest's lock, when a sound file has taken the place of a damaged one: whoever opened
  // that before goes on reading it. The same rule about locks.
  using Replaced = std::function<void(const Digest&)>;

  // `space` outlives the store and has counted nothing but the catalog's sum so far. The layout's directories
  // exist (DataDir made them).
  LocalBlobs(Layout layout, Space& space, Replaced replaced = {})
      : layout_(std::move(layout)),
        replaced_(std::move(replaced)),
        space_(space),
        believed_at_start_(space.used()) {}

  // Counts so much as used for a spool file to come. Io: the last one could not be made. Any thread.
  [[nodiscard]] Result<Reservation> set_room_aside(std::uint64_t bytes);
  // A known length is set aside on the disk at once, so that NoSpace comes before the first byte. `room`:
  // what was counted for it before.
  [[nodiscard]] Result<SpoolFile> create_spool(std::optional<std::uint64_t> expected,
                                               std::optional<Reservation> room = std::nullopt);

  // The caller has verified that the spool's bytes have this digest. A sound blob that is already there is
  // kept and the spool dropped; one left by an earlier process is hashed first, as it may be torn, and
  // replaced if so.
  [[nodiscard]] Result<std::shared_ptr<const File>> publish(SpoolFile&& spool, const Digest& digest,
                                                            const Published& published = {});
  // The same for bytes in memory; nothing is written when they are there already.
  [[nodiscard]] Result<void> publish_bytes(std::string_view bytes, const Digest& digest,
                                           const Published& published = {});

  // The same for a small body, at once and on any thread: it is there from now on, and its file is written by
  // whoever opens it, the next sync() of its digest at the latest, which has to come. Enter the digest in the
  // recent commits after this. False: there is no room, or too much is held; publish it instead.
  [[nodiscard]] bool hold(std::shared_ptr<const std::string> bytes, const Digest& digest);
  // The bytes of one that is held and has no file yet; null otherwise. Any thread, at once.
  [[nodiscard]] std::shared_ptr<const std::string> held(const Digest& digest) const {
    return held_.find(digest);
  }

  // For reading. NotFound, or Contradicted when its size is not the one in the row; both mean: fetch it
  // again.
  [[nodiscard]] Result<std::shared_ptr<const File>> open(const Digest& digest, std::uint64_t expected_size);

  // Makes published and held blobs durable: all by one sync of the file system, or files in parallel and then
  // each directory once (SyncChoice). One answer for each digest, in order; one that failed must get no row,
  // and its file is gone (a second fsync could claim success for lost bytes). What this process has synced
  // before is not looked for again: if somebody deleted it by hand, the next open() tells.
  [[nodiscard]] std::vector<Result<void>> sync(std::span<const Digest> digests);

  // Unlinks if the question, asked under the digest's lock, is answered with true. It must look at pins and
  // recent commits first and at the rows last: a commit moves from the former to the latter. false: kept, or
  // not there. A power cut may undo an erased row but not the unlink: a row without a blob is a miss.
  [[nodiscard]] Result<bool> remove_if(const Digest& digest,
                                       const std::function<Result<bool>()>& still_unreferenced);

  // Everything in one of the 256 directories, for finding orphans; also corrects the disk accounting, for the
  // first time when all slices were seen.
  [[nodiscard]] Result<Slice> scan(std::uint8_t first_byte);

  // Spool files that could not be unlinked when they were dropped are unlinked now, if that is possible.
  void remove_leftovers() { leftovers_.retry(); }

  // Reads and hashes the blob. true: sound.
  [[nodiscard]] Result<bool> verify(const Digest& digest);

 private:
  // A file that this process has published or hashed.
  struct Sound {
    std::uint64_t placement = 0;  // another file of the same name has another number
    bool durable = false;
  };
  // What is known of the digests that begin with one byte. Guarded by the mutex, at_start by correcting_.
  struct Shelf {
    std::mutex mutex;
    std::unordered_map<Digest, Sound, DigestHash> sound;  // bounded
    std::int64_t changed = 0;                             // bytes added since the start
    std::optional<std::int64_t> at_start;                 // bytes there at the start, once scanned
  };

  [[nodiscard]] Shelf& shelf_of(const Digest& digest) { return shelves_[digest.bytes()[0]]; }
  [[nodiscard]] Result<SpoolFile> make_spool(std::uint64_t expected, Reservation room);
  // Where it is not there.
  [[nodiscard]] Result<void> make_directory_of(const std::string& path);
  // These make a directory that is missing.
  [[nodiscard]] Result<void> rename_into(const std::string& from, const std::string& to);
  [[nodiscard]] Result<File> create_file(const std::string& path);
  [[nodiscard]] Result<void> write_held(const Digest& digest);
  // What has the name of bytes that are about to get it.
  enum class Existing : std::uint8_t { Nothing, Sound, Damaged };
  // These want the shelf's lock held.
  // false: nothing of it is held.
  [[nodiscard]] Result<bool> write_held_locked(Shelf& shelf, const Digest& digest);
  [[nodiscard]] Result<void> write_locked(Shelf& shelf, std::string_view bytes, const Digest& digest,
                                          Reservation room);
  [[nodiscard]] Result<void> place(Shelf& shelf, SpoolFile& spool, const Digest& digest);
  [[nodiscard]] Result<void> move_in(Shelf& shelf, SpoolFile& spool, const Digest& digest, Existing there);
  [[nodiscard]] bool is_known_sound(const Shelf& shelf, const Digest& digest, std::uint64_t size) const;
  [[nodiscard]] Result<Existing> existing(Shelf& shelf, const Digest& digest, std::uint64_t size);
  [[nodiscard]] Result<bool> unlink_locked(Shelf& shelf, const Digest& digest);
  void remember(Shelf& shelf, const Digest& digest);
  void came_in(Shelf& shelf, const Digest& digest, Reservation room, std::uint64_t bytes);
  void count(Shelf& shelf, std::int64_t bytes);
  void correct(Shelf& shelf, std::int64_t at_start);

  // One blob of a batch that is to be synced.
  struct Unsynced {
    std::size_t answer;  // its place
    Digest digest;
    std::optional<std::uint64_t> placement;  // none: no file that is known to be sound
    bool just_written;
  };
  // None: it is durable, or cannot be written, which is answered.
  [[nodiscard]] std::optional<Unsynced> to_be_synced(std::size_t i, const Digest& digest,
                                                     Result<void>& answer);
  void sync_all(std::span<const Unsynced> unsynced, std::span<Result<void>> answers);
  void now_durable(const Unsynced& synced);
  void forget(const Digest& digest);
  [[nodiscard]] bool sync_file_system();
  [[nodiscard]] Result<void> sync_made_directories();
  void sync_each(std::span<const Unsynced> unsynced, std::span<Result<void>> answers);
  [[nodiscard]] Result<void> sync_blob(const Digest& digest);
  void discard_failed(const File& file, const Digest& digest);

  // More syncs at a time let the file system's journal take them together; a disk gains nothing above this.
  static constexpr std::size_t kSyncThreads = 7;  // beside the caller's
  runtime::BlockingPool sync_pool_{kSyncThreads};
  SyncChoice sync_choice_{syncfs_reports_errors()};
  std::mutex syncing_directories_;
  std::atomic<bool> directories_made_{false};  // and their names not synced yet
  std::atomic<bool> spool_fails_{false};       // the last file that there was room for
  Leftovers leftovers_;
  const Layout layout_;
  const Replaced replaced_;
  Space& space_;
  HeldBodies held_;  // their reservations are of space_
  const std::uint64_t believed_at_start_;
  std::array<Shelf, 256> shelves_;
  std::mutex correcting_;  // taken after a shelf's
  bool corrected_ = false;
  std::atomic<std::uint64_t> next_spool_{0};
  std::atomic<std::uint64_t> next_placement_{0};
};

}  // namespace artifactapi::blobs
