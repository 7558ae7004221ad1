// An answer, free of the connection that will carry it.
#pragma once

#include "cache/body.h"
#include "cache/hot.h"
#include "cache/outcome.h"
#include "http/headers.h"

#include <cstdint>
#include <optional>
#include <string>

namespace artifactapi::api {

struct Response {
  int status = 200;
  // Without Content-Length, Transfer-Encoding, Connection, Date and X-Request-Id: the server adds those.
  http::Headers headers;
  // Length of the body, or for HEAD and 304 what a GET would carry. None with a body: it is sent chunked.
  std::optional<std::uint64_t> content_length;
  cache::Body body;
  // For log and metrics.
  cache::Outcome outcome = cache::Outcome::None;
  std::string repository;
  std::string path;
  // The finished answer, when memory has one that every plain request of this target may get; null: none.
  cache::ReadyPtr hot;
};

}  // namespace artifactapi::api
