// Documents of upstream, other than index pages, that tell what there is.
#pragma once

#include "base/result.h"
#include "formats/rendition.h"

#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats {

// What one document names; paths inside the remote.
struct Named {
  std::vector<std::string> artifacts;
  std::string next;  // path[?query] of the document that goes on; empty: this was the last
};

struct DocumentIndex {
  // The document to begin with, when every match of the pattern begins with `prefix`. Invalid: it does not
  // say.
  Result<std::string> (*first)(std::string_view prefix);
  // `document`: without address and form; `path`: inside the remote; `link`: its Link field. BadPeer: it is
  // no such document.
  Result<Named> (*read)(const RenditionAsked& document, std::string_view path, std::string_view link);
  // As a client's Accept, of types that have a document in several forms; empty: none.
  std::string_view accept = {};
};

}  // namespace artifactapi::formats
