// Reads a YAML document from front to back and tells of its scalars where they stand, without building a
// tree: indexes of tens of megabytes are looked through in the memory of one path. Pure.
//
// Understood is what writers of indexes emit (YAML 1.2): block and flow collections (JSON too) in any
// mixture, plain, quoted, literal and folded scalars, comments, directives. Anchors, tags and aliases are
// skipped over, not resolved.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats::helm {

inline constexpr std::size_t kMostDepth = 64;
inline constexpr std::size_t kMostKeyBytes = 1024;

// One step on the way to a scalar: the key of a mapping, or an item of a sequence.
struct Step {
  bool item = false;
  std::string key;         // of a mapping
  std::size_t column = 0;  // in block style
};
using Path = std::vector<Step>;

// A scalar as it stands in the document.
struct Scalar {
  std::string_view text;  // with its quotes
  char style = 0;         // '"', '\'', or 0 for plain
};

class ScalarVisitor {
 public:
  ScalarVisitor() = default;
  ScalarVisitor(const ScalarVisitor&) = delete;
  ScalarVisitor& operator=(const ScalarVisitor&) = delete;
  virtual ~ScalarVisitor() = default;
  // A scalar that stands on one line; others are passed over. `scalar.text` lies in the document. False ends
  // the reading.
  virtual bool scalar(const Path& path, const Scalar& scalar) = 0;
  // An item of a sequence begins; `path` ends with it.
  virtual void item(const Path& path) = 0;
};

// BadPeer: nested too deeply, a quote or bracket that does not end, a key that is too long, or no such
// document.
[[nodiscard]] Result<void> scan_yaml(std::string_view document, ScalarVisitor& visitor);

// What a scalar means; nothing changes in a plain one. Escapes of double quotes that no URL needs are left as
// they are.
[[nodiscard]] std::string value_of(const Scalar& scalar);

}  // namespace artifactapi::formats::helm
