// Requests that upstream alone can answer (Plan::forward): passed on, and the answer as it comes.
#pragma once

#include "api/errors.h"
#include "api/handler.h"
#include "api/response.h"
#include "cache/forwarding.h"
#include "formats/plan.h"
#include "http/request.h"
#include "repository/repository.h"
#include "telemetry/log.h"

namespace artifactapi::api {

// Shared by all loops.
class Forwarding {
 public:
  Forwarding(cache::CacheServices& services, telemetry::Log& log) : services_(services), log_(log) {}

  // `plan`: allowed, and to be forwarded.
  [[nodiscard]] runtime::Task<Response> serve(const repository::Repository& repository,
                                              const formats::Plan& plan, const http::Request& request,
                                              const RequestContext& context, ErrorStyle errors);

 private:
  cache::CacheServices& services_;
  telemetry::Log& log_;
};

}  // namespace artifactapi::api
