// What is made of a stored document: in memory while it is small, in a file without a name from then on.
#pragma once

#include "base/result.h"
#include "blobs/local_blobs.h"
#include "cache/answer.h"
#include "formats/rendition.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::cache {

// Blocks: on a pool thread. write() each piece, finish() once, then hand_to() once. `blobs` outlives what is
// made.
class MadeBody final : public formats::RenditionSink {
 public:
  explicit MadeBody(blobs::LocalBlobs& blobs) : blobs_(blobs) {}

  void write(std::string_view piece) override;
  // Fails when a piece could not be kept: NoSpace, Io.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Sets the body of `stored`.
  void hand_to(Stored& stored);

 private:
  void put_out();
  Result<void> open();

  blobs::LocalBlobs& blobs_;
  blobs::SpoolFile spool_;
  std::string waiting_;
  std::uint64_t size_ = 0;
  std::optional<Error> failure_;
};

}  // namespace artifactapi::cache
