#include "transport/plain/body_reader.h"

#include <algorithm>

namespace artifactapi::transport {

BodyReader::BodyReader(const BodyFraming& framing) {
  if (framing.bodiless) return;
  if (framing.length) {
    left_ = *framing.length;
  } else {
    kind_ = framing.framed ? Kind::Chunked : Kind::UntilClose;
  }
}

bool BodyReader::ended() const {
  switch (kind_) {
    case Kind::Length: return left_ == 0;
    case Kind::Chunked: return chunked_.done();
    case Kind::UntilClose: return closed_;
  }
  return true;
}

Result<> BodyReader::end_of_connection() {
  if (kind_ == Kind::UntilClose) closed_ = true;
  if (ended()) return {};
  return fail(Code::Cut, "the connection ended within the body");
}

Result<std::size_t> BodyReader::feed(std::string_view bytes, std::string& out) {
  if (kind_ == Kind::Chunked) {
    auto used = chunked_.feed(bytes, out);
    if (!used) used.error().code = Code::BadPeer;
    return used;
  }
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(as_they_are(), bytes.size()));
  out.append(bytes.substr(0, taken));
  received(taken);
  return taken;
}

std::uint64_t BodyReader::as_they_are() const {
  switch (kind_) {
    case Kind::Length: return left_;
    case Kind::Chunked: return 0;
    case Kind::UntilClose: return closed_ ? 0 : UINT64_MAX;
  }
  return 0;
}

void BodyReader::received(std::size_t bytes) {
  if (kind_ == Kind::Length) left_ -= bytes;
}

}  // namespace artifactapi::transport
