// What the engine found for one request; the API makes the response of it.
#pragma once

#include "base/result.h"
#include "cache/body.h"
#include "cache/fill.h"
#include "cache/hot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace artifactapi::cache {

// All of it is here. For HEAD neither bytes nor file need be set.
struct Stored {
  RowPtr row;
  Bytes bytes;
  std::shared_ptr<const File> file;
  Outcome outcome = Outcome::Hit;
  ReadyPtr ready;  // set when memory has a finished answer for the plain request
};

// It is still arriving; the first byte is there.
struct Growing {
  std::shared_ptr<Fill> fill;
  std::shared_ptr<Follower> follower;  // keeps the fill wanted
};

// Passed through without being stored: all of it, or the part that was asked for.
struct Relayed {
  RowPtr draft;
  std::optional<std::uint64_t> length;  // of what is passed through
  std::shared_ptr<Relay> relay;
};

// Upstream's answer to a HEAD.
struct Described {
  RowPtr draft;
  std::optional<std::uint64_t> length;
};

using Answer = std::variant<Stored, Growing, Relayed, Described, Refusal, Error>;

}  // namespace artifactapi::cache
