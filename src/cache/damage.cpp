#include "cache/damage.h"

namespace artifactapi::cache {

namespace {

void note_damage(Hot& hot, const Counters& counters, telemetry::Log& log, const Digest& digest,
                 std::string_view what) {
  hot.kill_bytes(digest);
  counters.damaged_blobs.inc();
  log.error(what, {{"sha256", digest.hex()}});
}

}  // namespace

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
  note_damage(services.hot, services.counters, services.log, digest,
              "stored bytes are damaged, they will be fetched again");
  return true;
}

void damaged_was_replaced(Hot& hot, const Counters& counters, telemetry::Log& log, const Digest& digest) {
  note_damage(hot, counters, log, digest,
              "stored bytes were damaged, the same that came now have replaced them");
}

}  // namespace artifactapi::cache
