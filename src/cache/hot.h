// Finished answers in memory, by key.
#pragma once

#include "base/digest.h"
#include "cache/ready.h"
#include "catalog/row.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace artifactapi::cache {

using ReadyPtr = std::shared_ptr<const Ready>;

struct HotLimits {
  std::uint64_t bytes = 256ULL << 20U;  // bodies and heads together
  std::size_t entries = 1U << 20U;
  std::size_t descriptors = 4096;         // open files
  std::uint64_t only_here = 1ULL << 30U;  // bytes on the disk of files that nothing else knows
};

struct HotUsage {
  std::uint64_t bytes = 0;
  std::size_t entries = 0;
  std::size_t descriptors = 0;
  std::uint64_t only_here = 0;
};

// What an answer is put in under; it is not, once one of these no longer holds.
struct Proviso {
  // Not set. Whoever sets it and then calls kill_repositories can be sure that nothing comes after.
  const std::atomic<bool>* ended = nullptr;
  // What Hot::kills said before the row was looked up that the answer is made of.
  std::optional<std::uint64_t> kills;
};

// One Ready per key. Any thread. Evicts by second chance, each shard within its part of the limits.
class Hot {
 public:
  explicit Hot(const HotLimits& limits);

  // Null when there is none, or its file is spoilt; what is found may be past its time: the caller looks at
  // its row.
  [[nodiscard]] ReadyPtr find(const std::string& key);
  // Replaces and ends what was there.
  void insert(const std::string& key, ReadyPtr ready, const Proviso& proviso = {});
  // Ends the answer of a key: nobody gets it from now on, its file is closed when the last transfer ends. Who
  // looked the row up before may still be making an answer of it, and puts it in under the proviso.
  void kill(const std::string& key);
  // Goes up with each kill of this key, and of some others.
  [[nodiscard]] std::uint64_t kills(std::string_view key);
  // The same for every answer made of these bytes; looks through all there is.
  void kill_bytes(const Digest& digest);
  // The same for every answer of these repositories.
  void kill_repositories(const std::set<std::string, std::less<>>& names);
  // For the catalog: last uses that are later than reported before, by at least `behind`. Whatever the
  // difference, those of entries that left.
  [[nodiscard]] std::vector<catalog::Touch> take_touches(Milliseconds behind = {});
  [[nodiscard]] HotUsage usage();

 private:
  struct Entry {
    std::string key;
    ReadyPtr ready;
    std::int64_t reported = 0;  // last_access as the catalog knows it
  };
  using Entries = std::list<Entry>;
  struct Shard {
    HotLimits limits;
    std::mutex mutex;
    Entries clock;                                                   // the hand is at the front
    std::unordered_map<std::string_view, Entries::iterator> by_key;  // views into the entries' keys
    HotUsage usage;
    std::atomic<std::uint64_t> kills{0};
    std::vector<catalog::Touch> touches;  // of entries that left
  };
  static constexpr std::size_t kShards = 16;
  [[nodiscard]] Shard& shard_of(std::string_view key);
  [[nodiscard]] static ReadyPtr find_in(Shard& shard, const std::string& key);
  static void kill_in(Shard& shard, const std::string& key);
  static void drop(Shard& shard, Entries::iterator entry);
  template <class Matches>
  void kill_if(Matches matches);
  static void make_room(Shard& shard, const Ready& coming);
  static void report(Entry& entry, Milliseconds behind, std::vector<catalog::Touch>& touches);

  // The last one is for what is only here: few and large, so that their limit has to be exact.
  std::array<Shard, kShards + 1> shards_;
};

// The key of both the hot layer and the fill table.
std::string cache_key(std::string_view repository, std::string_view key);

}  // namespace artifactapi::cache
