// What a registry says of a tarball's digest (https://www.w3.org/TR/SRI/). Pure.
#pragma once

#include "formats/promise.h"

#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::formats::npm {

struct NamedDigest {
  DigestAlgorithm algorithm = DigestAlgorithm::Sha512;
  std::string raw;
};

// `integrity`: "sha512-BASE64", several with spaces between; options behind a '?' mean nothing. The strongest
// counts, but where that has two values, either of which would do, none can be demanded. `shasum`: SHA-1 in
// hexadecimal digits, where the other has nothing. Either may be empty.
[[nodiscard]] std::optional<NamedDigest> promised_digest(std::string_view integrity, std::string_view shasum);

}  // namespace artifactapi::formats::npm
