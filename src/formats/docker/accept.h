// Which media types of manifests a client takes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::formats::docker {

// A set of the manifest types known here, one bit each.
class ManifestTypes {
 public:
  static constexpr std::size_t kMostAcceptBytes = 8 * 1024;

  // The types that an Accept value (lines joined by ", ") names with a weight above 0. An index is never
  // taken for granted: what names none of them, or takes everything, is the empty set.
  [[nodiscard]] static ManifestTypes of_accept(std::string_view accept);

  // Nothing in particular: whatever there is will do.
  [[nodiscard]] bool is_anything() const { return bits_ == 0; }
  // The Accept that asks for these types, in one fixed order.
  [[nodiscard]] std::string accept() const;
  // A short name for the set, of characters that no tag has.
  [[nodiscard]] std::string label() const;
  [[nodiscard]] bool contains(std::string_view content_type) const;

 private:
  std::uint8_t bits_ = 0;
};

// What upstream is asked for a tag: all types known.
[[nodiscard]] std::string every_manifest_type();
// Suits of formats/plan.h.
[[nodiscard]] bool suits(std::string_view accept, std::string_view content_type);

}  // namespace artifactapi::formats::docker
