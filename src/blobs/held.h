// Small bodies that count as stored and whose files are not written yet.
#pragma once

#include "base/digest.h"
#include "blobs/space.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace artifactapi::blobs {

// Thread-safe; no lock is held while anything else is waited for.
class HeldBodies {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  static constexpr std::uint64_t kMost = 16ULL << 20;  // bytes in all

  // `room` is what they will take on the disk. False: they would be too many.
  [[nodiscard]] bool keep(const Digest& digest, Bytes bytes, Reservation room);
  // Null: not held.
  [[nodiscard]] Bytes find(const Digest& digest) const;
  // For whoever writes its file: what is held gives back no room afterwards. Nothing where it is not held.
  [[nodiscard]] Reservation take_room(const Digest& digest);
  void let_go(const Digest& digest);

 private:
  struct Held {
    Bytes bytes;
    Reservation room;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Digest, Held, DigestHash> bodies_;
  std::uint64_t total_ = 0;
};

}  // namespace artifactapi::blobs
