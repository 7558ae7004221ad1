// What a document of upstream says beforehand of a file: its digest, and where it is to be had.
#pragma once

#include "formats/rendition.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::formats {

enum class DigestAlgorithm : std::uint8_t { Sha1, Sha256, Sha384, Sha512 };

struct Promise {
  DigestAlgorithm algorithm = DigestAlgorithm::Sha256;
  std::string digest;  // raw bytes, as long as the algorithm says; empty: the document names none
  std::string url;     // absolute, upstream's, without fragment
  bool operator==(const Promise&) const = default;
};

// Looks `file` up in `document` (whose `address` and `form` mean nothing here). `file`: the path inside the
// remote at which the rendition lets clients fetch it. Nothing: the document does not name it. The strongest
// digest counts where there are several.
using FindPromise = std::optional<Promise> (*)(const RenditionAsked& document, std::string_view file);

// Takes what a document promises. `file` as above; both are valid during the call only.
class PromiseSink {
 public:
  PromiseSink() = default;
  PromiseSink(const PromiseSink&) = delete;
  PromiseSink& operator=(const PromiseSink&) = delete;
  virtual ~PromiseSink() = default;
  virtual void take(std::string_view file, const Promise& promise) = 0;
};

// Every file that the document promises a digest of, in its order; each as FindPromise would find it, but
// that a file named twice is told of twice. Needs no more memory than a small multiple of the longest token.
using EachPromise = void (*)(const RenditionAsked& document, PromiseSink& sink);

}  // namespace artifactapi::formats
