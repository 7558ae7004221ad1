// Reads everything stored again, slowly, and looks whether it still has its digest.
#pragma once

#include "base/digest.h"
#include "cache/cache_services.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace artifactapi::cache {

// Used by one thread at a time.
class Verifier {
 public:
  // `pass`: how long reading everything once may take; 0: never. A pass begins at a digest of chance, so that
  // a process restarted often does not read the same ones each time.
  Verifier(CacheServices services, Seconds pass);

  // Reads what is due for one second, a large blob a part at a time; damaged ones are discarded. Blocks: pool
  // threads only.
  void read_on();

 private:
  struct Reading {
    Digest digest;
    std::shared_ptr<const File> file;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    Sha256 hash;
  };
  // Bytes to read in this second; each blob costs some more than its bytes.
  [[nodiscard]] std::uint64_t due() const;
  // Opens the next blob, or passes over one that cannot be; false at the end, where the next call begins
  // anew.
  bool begin_next();
  // Reads up to so many bytes of the current blob; how many it were. The last ones settle it.
  std::uint64_t advance(std::uint64_t most);
  void finish();

  CacheServices services_;
  const Seconds pass_;
  std::optional<Digest> after_;  // none: from the first digest
  std::deque<catalog::BlobSize> ahead_;
  std::optional<Reading> reading_;
};

}  // namespace artifactapi::cache
