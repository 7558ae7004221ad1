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
};

// Looks `file` up in `document` (whose `address` and `form` mean nothing here). `file`: the path inside the
// remote at which the rendition lets clients fetch it. Nothing: the document does not name it. The strongest
// digest counts where there are several.
using FindPromise = std::optional<Promise> (*)(const RenditionAsked& document, std::string_view file);

}  // namespace artifactapi::formats
