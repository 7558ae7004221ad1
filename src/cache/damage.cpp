#include "cache/damage.h"

namespace artifactapi::cache {

bool discard_if_damaged(CacheServices& services, const Digest& digest) {
  // Asked under the digest's lock: a sound copy that was put in its place meanwhile stays.
  const auto damaged = [&]() -> Result<bool> {
    const auto sound = services.blobs.verify(digest);
    if (sound) return !*sound;
    if (sound.error().code == Code::Io) return true;
    return std::unexpected(sound.error());
  };
  const auto removed = services.blobs.remove_if(digest, damaged);
  if (!removed || !*removed) return false;
  services.hot.kill_bytes(digest);
  services.counters.damaged_blobs.inc();
  services.log.error("stored bytes are damaged, they will be fetched again", {{"sha256", digest.hex()}});
  return true;
}

}  // namespace artifactapi::cache
