// GET and HEAD of artifacts: from a repository's path to a response.
#pragma once

#include "api/handler.h"
#include "api/response.h"
#include "cache/engine.h"
#include "http/path.h"
#include "repository/repository.h"
#include "telemetry/log.h"

namespace artifactapi::api {

// One request's way through the artifact routes. Shared by all loops.
class Artifacts {
 public:
  Artifacts(cache::Engine& engine, telemetry::Log& log) : engine_(engine), log_(log) {}

  // `path`: inside the repository. `stored`: set to the finished answer when memory has one.
  [[nodiscard]] runtime::Task<Response> serve(const repository::Repository& repository,
                                              http::CanonicalPath path, const http::Request& request,
                                              const RequestContext& context, cache::ReadyPtr& stored);

 private:
  struct Exchange;
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, cache::Answer answer);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const cache::Stored& stored);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const cache::Growing& growing);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const cache::Relayed& relayed);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const cache::Described& described);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const cache::Refusal& refusal);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const Error& error);
  [[nodiscard]] runtime::Task<Response> whole_growing(Exchange& exchange, const cache::Growing& growing);
  [[nodiscard]] runtime::Task<Response> part_growing(Exchange& exchange, const cache::Growing& growing,
                                                     std::vector<http::ByteRange> ranges);
  [[nodiscard]] Time now() { return engine_.services().clock.now(); }

  cache::Engine& engine_;
  telemetry::Log& log_;
};

}  // namespace artifactapi::api
