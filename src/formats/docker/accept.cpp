#include "formats/docker/accept.h"

#include "http/headers.h"

#include <array>
#include <cstddef>

namespace artifactapi::formats::docker {

namespace {

struct Known {
  std::string_view type;
  std::string_view label;
};

// In the order upstream is asked.
constexpr std::array<Known, 5> kKnown{{
    {"application/vnd.oci.image.index.v1+json", "oci-index"},
    {"application/vnd.oci.image.manifest.v1+json", "oci"},
    {"application/vnd.docker.distribution.manifest.list.v2+json", "docker-list"},
    {"application/vnd.docker.distribution.manifest.v2+json", "docker"},
    {"application/vnd.docker.distribution.manifest.v1+prettyjws", "docker-v1"},
}};
// Signed manifests of the first schema are asked for only by a client that names them.
constexpr std::size_t kAsked = 4;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view bare(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

std::uint8_t bit_of(std::string_view type) {
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    if (http::equal_ignoring_case(type, kKnown[i].type)) return static_cast<std::uint8_t>(1U << i);
  }
  return 0;
}

// "q=0", "q=0.000": not taken (RFC 9110 section 12.4.2).
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const auto one = trimmed(parameters.substr(0, end));
    if (one.size() > 2 && (one[0] == 'q' || one[0] == 'Q') && one[1] == '=') {
      return one.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
    if (end == std::string_view::npos) break;
    parameters.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

ManifestTypes ManifestTypes::of_accept(std::string_view accept) {
  ManifestTypes found;
  if (accept.size() > kMostAcceptBytes) return found;
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const auto one = accept.substr(0, comma);
    const auto semicolon = one.find(';');
    const auto type = trimmed(one.substr(0, semicolon));
    const bool refused = semicolon != std::string_view::npos && is_refused(one.substr(semicolon + 1));
    if (!refused) {
      if (type == "*/*" || type == "application/*") return {};
      found.bits_ = static_cast<std::uint8_t>(found.bits_ | bit_of(type));
    }
    if (comma == std::string_view::npos) break;
    accept.remove_prefix(comma + 1);
  }
  return found;
}

std::string ManifestTypes::accept() const {
  std::string text;
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    if ((bits_ & (1U << i)) == 0) continue;
    if (!text.empty()) text += ", ";
    text += kKnown[i].type;
  }
  return text;
}

std::string ManifestTypes::label() const {
  std::string text;
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    if ((bits_ & (1U << i)) == 0) continue;
    if (!text.empty()) text += '+';
    text += kKnown[i].label;
  }
  return text;
}

bool ManifestTypes::contains(std::string_view content_type) const {
  return (bits_ & bit_of(bare(content_type))) != 0;
}

std::string every_manifest_type() {
  std::string text;
  for (std::size_t i = 0; i < kAsked; ++i) {
    if (i > 0) text += ", ";
    text += kKnown[i].type;
  }
  return text;
}

bool suits(std::string_view accept, std::string_view content_type) {
  const auto types = ManifestTypes::of_accept(accept);
  // A type that is not known here was not negotiated: it is what it is.
  return types.is_anything() || bit_of(bare(content_type)) == 0 || types.contains(content_type);
}

}  // namespace artifactapi::formats::docker
