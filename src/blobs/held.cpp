#include "blobs/held.h"

#include <utility>

namespace artifactapi::blobs {

bool HeldBodies::keep(const Digest& digest, Bytes bytes, Reservation room) {
  const auto size = bytes->size();
  const std::lock_guard lock(mutex_);
  if (total_ + size > kMost) return false;
  if (bodies_.try_emplace(digest, std::move(bytes), std::move(room)).second) total_ += size;
  return true;
}

HeldBodies::Bytes HeldBodies::find(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = bodies_.find(digest);
  return found == bodies_.end() ? nullptr : found->second.bytes;
}

Reservation HeldBodies::take_room(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto found = bodies_.find(digest);
  return found == bodies_.end() ? Reservation() : std::exchange(found->second.room, {});
}

void HeldBodies::let_go(const Digest& digest) {
  decltype(bodies_)::node_type gone;  // destroyed after the lock is given back
  const std::lock_guard lock(mutex_);
  gone = bodies_.extract(digest);
  if (gone) total_ -= gone.mapped().bytes->size();
}

}  // namespace artifactapi::blobs
