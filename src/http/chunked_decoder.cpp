#include "http/chunked_decoder.h"

#include "http/characters.h"
#include "http/headers.h"

#include <algorithm>

namespace artifactapi::http {

Result<std::size_t> ChunkedDecoder::feed(std::string_view input, std::string& out) {
  std::size_t used = 0;
  while (used < input.size() && state_ != State::Done) {
    if (state_ == State::Bytes) {
      const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size() - used));
      out.append(input.substr(used, take));
      used += take;
      chunk_left_ -= take;
      received_ += take;
      if (chunk_left_ == 0) state_ = State::BytesReturn;
      continue;
    }
    if (auto stepped = step(input[used]); !stepped) {
      state_ = State::Failed;
      return std::unexpected<Error>(std::move(stepped.error()));
    }
    ++used;
  }
  return used;
}

Result<> ChunkedDecoder::step(char c) {
  switch (state_) {
    case State::Size: return size_step(c);
    case State::Extension:
      if (++extension_bytes_ > kMaxExtensionBytes) return fail(Code::Invalid, "chunk extensions too long");
      if (c == '\r') {
        state_ = State::SizeLineFeed;
      } else if (is_control(c) && c != '\t') {
        return fail(Code::Invalid, "control character in a chunk extension");
      }
      return {};
    case State::SizeLineFeed:
      if (c != '\n') return fail(Code::Invalid, "chunk size line does not end in CRLF");
      return end_of_size_line();
    case State::BytesReturn:
      if (c != '\r') return fail(Code::Invalid, "chunk does not end in CRLF");
      state_ = State::BytesLineFeed;
      return {};
    case State::BytesLineFeed:
      if (c != '\n') return fail(Code::Invalid, "chunk does not end in CRLF");
      state_ = State::Size;
      size_digits_ = 0;
      return {};
    case State::Trailer:
    case State::TrailerLineFeed: return trailer_step(c);
    case State::Bytes:
    case State::Done:
    case State::Failed: break;
  }
  return fail(Code::Invalid, "chunked body already failed");
}

Result<> ChunkedDecoder::size_step(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    if (++size_digits_ > kMaxSizeDigits) return fail(Code::Invalid, "chunk size too long");
    chunk_left_ = chunk_left_ * 16 + static_cast<std::uint64_t>(digit);
    return {};
  }
  if (size_digits_ == 0) return fail(Code::Invalid, "chunk without a size");
  if (c != '\r' && c != ';') return fail(Code::Invalid, "malformed chunk size");
  state_ = c == '\r' ? State::SizeLineFeed : State::Extension;
  return {};
}

Result<> ChunkedDecoder::end_of_size_line() {
  if (chunk_left_ == 0) {
    state_ = State::Trailer;
    return {};
  }
  if (chunk_left_ > limit_ - received_) return fail(Code::TooLarge, "body over the limit");
  state_ = State::Bytes;
  return {};
}

Result<> ChunkedDecoder::trailer_step(char c) {
  if (++trailer_bytes_ > kMaxTrailerBytes) return fail(Code::Invalid, "trailers too long");
  if (state_ == State::TrailerLineFeed) {
    if (c != '\n') return fail(Code::Invalid, "trailer line does not end in CRLF");
    return end_of_trailer_line();
  }
  if (c == '\r') {
    state_ = State::TrailerLineFeed;
  } else if (is_control(c) && c != '\t') {
    return fail(Code::Invalid, "control character in a trailer field");
  } else {
    trailer_line_ += c;
  }
  return {};
}

Result<> ChunkedDecoder::end_of_trailer_line() {
  if (trailer_line_.empty()) {
    state_ = State::Done;
    return {};
  }
  const std::size_t colon = trailer_line_.find(':');
  const std::string_view line = trailer_line_;
  if (colon == std::string::npos || !valid_name(line.substr(0, colon)) ||
      !valid_value(line.substr(colon + 1))) {
    return fail(Code::Invalid, "malformed trailer field");
  }
  trailer_line_.clear();
  state_ = State::Trailer;
  return {};
}

}  // namespace artifactapi::http
