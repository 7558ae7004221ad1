// Documents of upstream that clients are given in a form of ours: with links that lead through us, or a part
// of them. Pure functions of their bytes.
#pragma once

#include "base/result.h"
#include "http/url.h"

#include <string>
#include <string_view>

namespace artifactapi::formats {

// Views live as long as the call.
struct RenditionAsked {
  std::string_view original;      // upstream's bytes, whole; may be a mapped file of any size
  std::string_view content_type;  // upstream's
  const http::Url& original_url;  // where they were asked for: relative links lead from here
  const http::Url& base;     // of the remote: what lies below it is reached through us under the same path
  std::string_view address;  // ours of this remote, absolute, without a final '/'
  std::string_view form;     // Plan::form of the request
};

// Takes what is made, in the order of the document. A piece is valid during the call only.
class RenditionSink {
 public:
  RenditionSink() = default;
  RenditionSink(const RenditionSink&) = delete;
  RenditionSink& operator=(const RenditionSink&) = delete;
  virtual ~RenditionSink() = default;
  virtual void write(std::string_view piece) = 0;
};

// What the answer's head needs to know of a rendition; empty: as upstream has it.
struct Rendered {
  std::string content_type;
  std::string link;  // as upstream's field Link
};

// BadPeer: upstream's bytes are no such document, and nothing of what was written may be used. Needs no more
// memory than a small multiple of the longest token.
using Render = Result<Rendered> (*)(const RenditionAsked& asked, RenditionSink& sink);

}  // namespace artifactapi::formats
