// What a package type says of the headers that its answers have.
#pragma once

#include "base/digest.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace artifactapi::formats {

struct FieldLine {
  std::string_view name;
  std::string_view value;
};

// Constants of a type; a Plan points at one.
struct HeadRules {
  enum class Type : std::uint8_t {
    ByName,        // from the file name where it tells, else upstream's
    Upstream,      // upstream's as it is
    UpstreamBare,  // upstream's without parameters
    Fixed,         // `fixed_type`
  };
  Type type = Type::ByName;
  std::string_view fixed_type = {};
  bool offers_download = true;  // Content-Disposition
  bool etag_is_digest = false;
  bool url_names_digest = false;  // so a client may keep it without ever asking again
  // The field that names the body's digest as "sha256:<hex>", in upstream's answers and in ours; empty: none.
  // Where upstream's answer has it, it is a promise.
  std::string_view digest_field = {};
  std::span<const FieldLine> fixed = {};             // sent with every answer
  std::span<const std::string_view> passed_on = {};  // upstream's, beyond those of every type
};

inline constexpr HeadRules kFileHead{};

// "sha256:" and 64 lower-case hexadecimal digits.
[[nodiscard]] std::optional<Digest> parse_sha256(std::string_view text);
[[nodiscard]] std::string sha256_text(const Digest& digest);

}  // namespace artifactapi::formats
