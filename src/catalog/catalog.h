// The port of the catalog: which key of which repository has which bytes.
#pragma once

#include "base/result.h"
#include "catalog/row.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::catalog {

// One page of a listing. `next`: pass it as the cursor of the next call; none = this was the last page.
struct Page {
  std::vector<Row> rows;
  std::optional<std::string> next;
};

struct Totals {
  std::string repository;
  std::uint64_t artifacts = 0;
  std::uint64_t bytes = 0;  // sum over artifacts; bytes shared between keys count for each
  friend bool operator==(const Totals&, const Totals&) = default;
};

// What the rows refer to, each blob counted once.
struct Stored {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Stored&, const Stored&) = default;
};

struct BlobSize {
  Digest digest;
  std::uint64_t size = 0;
  friend bool operator==(const BlobSize&, const BlobSize&) = default;
};

// All calls but may_have block on the disk: pool threads only. All may be made from any number of threads at
// once; what commit reported as Done is seen by every call that starts afterwards. Failures are Io, or
// NoSpace when the disk is full. A stored row that does not decode is treated as absent and counted in
// bad_rows().
class Catalog {
 public:
  virtual ~Catalog() = default;

  [[nodiscard]] virtual Result<std::optional<Row>> find(std::string_view repository,
                                                        std::string_view key) = 0;

  // false: find() would find nothing, for certain. Without the disk, on any thread.
  [[nodiscard]] virtual bool may_have(std::string_view repository, std::string_view key) const noexcept = 0;
  // Before may_have can be certain, it has to know all keys: reads some more of them. true: there are others
  // yet.
  [[nodiscard]] virtual Result<bool> learn_keys() = 0;

  // All changes in one transaction, in order, each seeing those before it; one answer for each. A conflict
  // leaves its own row alone and does not stop the others. On failure nothing was changed. An embedded
  // catalog may lose its last commits in a power cut, whole transactions at a time, never half of one.
  [[nodiscard]] virtual Result<std::vector<Applied>> commit(std::span<const Change> changes) = 0;

  // Returns once everything committed so far survives a power cut too: for an upload that must be answered as
  // kept.
  [[nodiscard]] virtual Result<void> flush() = 0;

  // Rows of one repository in byte order of their keys, beginning after the cursor (none = from the start).
  [[nodiscard]] virtual Result<Page> list(std::string_view repository, std::optional<std::string_view> cursor,
                                          std::size_t limit) = 0;

  // Repositories that have rows, by name. Cheap: kept up to date by commit, not counted.
  [[nodiscard]] virtual Result<std::vector<Totals>> totals() = 0;
  // Cheap likewise: where the disk accounting starts.
  [[nodiscard]] virtual Result<Stored> stored() = 0;

  // The rows that were not used for longest, oldest first.
  [[nodiscard]] virtual Result<std::vector<Row>> least_recently_used(std::size_t limit) = 0;

  // Does any row have this digest? Asked under the digest's lock before its blob is unlinked.
  [[nodiscard]] virtual Result<bool> refers_to(const Digest& digest) = 0;

  // Blobs in order of digest, beginning after the given one (none = from the start), for the background scan.
  [[nodiscard]] virtual Result<std::vector<BlobSize>> blobs(const std::optional<Digest>& after,
                                                            std::size_t limit) = 0;

  // Rows met since the start that did not decode.
  [[nodiscard]] virtual std::uint64_t bad_rows() const = 0;
};

}  // namespace artifactapi::catalog
