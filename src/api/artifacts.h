// Requests for artifacts: from a repository's path to a response.
#pragma once

#include "api/errors.h"
#include "api/forwarding.h"
#include "api/handler.h"
#include "api/public_address.h"
#include "api/response.h"
#include "cache/engine.h"
#include "cache/renditions.h"
#include "http/path.h"
#include "repository/repository.h"
#include "telemetry/log.h"

namespace artifactapi::api {

// One request's way through the artifact routes. Shared by all loops.
class Artifacts {
 public:
  Artifacts(cache::Engine& engine, cache::Renditions& renditions, PublicAddress address, telemetry::Log& log)
      : engine_(engine),
        renditions_(renditions),
        forwarding_(engine.services(), log),
        address_(std::move(address)),
        log_(log) {}

  // Plans when it is called, on the loop that runs the task. `repository`: one of the repositories. `path`:
  // inside it. `errors`: as the door that the request came in by has them.
  [[nodiscard]] runtime::Task<Response> serve(std::shared_ptr<const repository::Repositories> repositories,
                                              const repository::Repository& repository,
                                              http::CanonicalPath path, const http::Request& request,
                                              const RequestContext& context, ErrorStyle errors = {});

 private:
  struct Exchange;
  // What to look for, and how the type's errors are written; nothing, and a response: it is no such request.
  [[nodiscard]] static formats::PlanPtr plan(const repository::Repository& repository,
                                             http::CanonicalPath path, const http::Request& request,
                                             const RequestContext& context, ErrorStyle& errors,
                                             Response& response);
  [[nodiscard]] runtime::Task<Response> answer(Exchange exchange);
  [[nodiscard]] runtime::Task<cache::Answer> ask(const Exchange& exchange, formats::PlanPtr plan);
  // Instead of this answer: one of a type that the client takes, or what stands in for none; the same where
  // there is nothing better.
  [[nodiscard]] runtime::Task<cache::Answer> another(Exchange& exchange, cache::Answer answer);
  // The answer as a rendition of it, where clients are given one.
  [[nodiscard]] runtime::Task<cache::Answer> rendered(Exchange& exchange, cache::Answer answer);
  [[nodiscard]] Response redirect(const Exchange& exchange);
  [[nodiscard]] Response refuse(const Exchange& exchange);
  // Of all but what is still growing.
  [[nodiscard]] Response respond_at_once(Exchange& exchange, const cache::Answer& answer);
  // With what the answer as a whole needs: the codings it varies by, the link to its next page.
  void amend(Exchange& exchange, const cache::Answer& answer, Response& response);
  [[nodiscard]] Response respond(Exchange& exchange, const cache::Stored& stored);
  [[nodiscard]] runtime::Task<Response> respond(Exchange& exchange, const cache::Growing& growing);
  [[nodiscard]] Response respond(Exchange& exchange, const cache::Relayed& relayed);
  [[nodiscard]] Response respond(Exchange& exchange, const cache::Described& described);
  [[nodiscard]] Response respond(Exchange& exchange, const cache::Refusal& refusal);
  [[nodiscard]] Response respond(Exchange& exchange, const Error& error);
  [[nodiscard]] runtime::Task<Response> whole_growing(Exchange& exchange, const cache::Growing& growing);
  [[nodiscard]] runtime::Task<Response> part_growing(Exchange& exchange, const cache::Growing& growing,
                                                     std::vector<http::ByteRange> ranges);
  [[nodiscard]] Time now() { return engine_.services().clock.now(); }

  cache::Engine& engine_;
  cache::Renditions& renditions_;
  Forwarding forwarding_;
  const PublicAddress address_;
  telemetry::Log& log_;
};

}  // namespace artifactapi::api
