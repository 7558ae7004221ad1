// Makes room on the disk: the artifacts that were not used for longest go first, and bytes go when no row
// names them.
#pragma once

#include "blobs/local_blobs.h"
#include "blobs/space.h"
#include "cache/committer.h"
#include "cache/counters.h"
#include "cache/hot.h"
#include "cache/recent_commits.h"
#include "catalog/catalog.h"

#include <cstdint>
#include <mutex>
#include <optional>

namespace artifactapi::cache {

// Everything blocks: pool threads only. One eviction at a time; who comes second finds the room made.
class Evictor {
 public:
  Evictor(catalog::Catalog& catalog, blobs::LocalBlobs& blobs, blobs::Space& space, Hot& hot,
          RecentCommits& recent, Committer& committer, const Counters& counters)
      : catalog_(catalog),
        blobs_(blobs),
        space_(space),
        hot_(hot),
        recent_(recent),
        committer_(committer),
        counters_(counters) {}

  // Evicts until `bytes` more fit below the limit, some to spare. False when that cannot be: larger than the
  // whole limit, or nothing is left to evict.
  bool make_room(std::uint64_t bytes);
  // The same for what is stored already: a limit that shrank, a disk that others fill.
  void keep_room() {
    if (space_.bytes_to_free() > 0) make_room(0);
  }

  // Writes last uses to the catalog that are later than what it knows, by at least `behind`: so that the
  // order of eviction is right also after a restart.
  void flush_last_uses(Milliseconds behind = {});

  // Looks at one of the 256 directories and removes what no row names any more, the next one at the next
  // call; and spool files that could not be removed before.
  void remove_orphans(Time now);

 private:
  // What was freed of so many bytes; none when there was nothing to evict.
  [[nodiscard]] std::optional<std::uint64_t> evict(std::uint64_t wanted);
  // The bytes freed: none while another row names them.
  std::uint64_t remove_unreferenced(const Digest& digest, std::uint64_t size);

  catalog::Catalog& catalog_;
  blobs::LocalBlobs& blobs_;
  blobs::Space& space_;
  Hot& hot_;
  RecentCommits& recent_;
  Committer& committer_;
  const Counters& counters_;
  std::mutex mutex_;
  std::uint8_t next_slice_ = 0;
};

}  // namespace artifactapi::cache
