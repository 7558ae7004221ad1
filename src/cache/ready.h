// A finished answer kept in memory: what a hit sends with one gathered write.
#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "cache/outcome.h"
#include "catalog/row.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace artifactapi::cache {

// Which clients an answer is for, where others get another one of the same target.
struct Audience {
  // Where the type negotiates: whether it may be given to who sent that Accept. Null: to everybody.
  bool (*suits)(std::string_view accept, std::string_view content_type) = nullptr;
  // Of a rendition whose links lead to the address that the client used: the Host it was asked under. Empty:
  // it is the same for every client.
  std::string host;
  enum class Coding : std::uint8_t {
    Any,
    Gzip,     // for who takes gzip
    NotGzip,  // for who does not
  };
  Coding coding = Coding::Any;
};

// Immutable once published, but for `alive` and `used`. Shared by all loops; kept by whoever is sending it.
struct Ready {
  // Status line and every header that is the same each time, without the closing empty line. The server
  // appends Date, Age, X-Request-Id, Connection and the empty line.
  std::string head;
  Outcome outcome = Outcome::Hit;  // Stale while upstream cannot be reached
  std::string repository;          // for the log and the metrics
  std::string path;
  std::shared_ptr<const std::string> body;           // set for small bodies
  std::shared_ptr<const File> file;                  // set for large ones
  std::uint64_t size = 0;                            // of the body
  Time stored_at{};                                  // Age is counted from here: when upstream was last asked
  Time expires_at{};                                 // not served at or after this; Time::max() for ever
  std::shared_ptr<const catalog::Row> row;           // for conditions, ranges and revalidation
  std::unique_ptr<const Audience> audience;          // null: it is for every client
  bool only_here = false;                            // its file has no name, and lasts as long as this
  mutable std::atomic<bool> alive{true};             // cleared by purge, replacement, eviction and reload
  mutable std::atomic<bool> used{false};             // since the clock's hand last passed
  mutable std::atomic<std::int64_t> last_access{0};  // milliseconds since the epoch; flushed to the catalog
  // When its file was last sent from its first byte to its last, so that all of it was in memory: ticks of
  // the steady clock, 0 before.
  mutable std::atomic<std::int64_t> whole_sent_at{0};
};

}  // namespace artifactapi::cache
