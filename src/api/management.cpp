#include "api/management.h"

#include "api/artifact_list.h"
#include "api/errors.h"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace artifactapi::api {

namespace {

using runtime::Task;
using telemetry::Part;

std::string text_of(const boost::json::object& object) {
  return boost::json::serialize(object) + "\n";
}

boost::json::object describe(const repository::Repository& repository,
                             const std::vector<catalog::Totals>& totals) {
  const auto& settings = repository.settings;
  const auto held = std::ranges::find(totals, settings.name, &catalog::Totals::repository);
  boost::json::object object;
  object["type"] = settings.type == config::RepositoryType::Local ? "local" : "remote";
  object["package"] = settings.package;
  object["description"] = settings.description;
  if (settings.base_url) object["base_url"] = *settings.base_url;
  object["artifacts"] = held == totals.end() ? 0 : held->artifacts;
  object["bytes"] = held == totals.end() ? 0 : held->bytes;
  return object;
}

}  // namespace

Task<Response> Management::overview(std::shared_ptr<const repository::Repositories> repositories,
                                    const RequestContext& context) {
  auto count = [this] { return services_.catalog.totals(); };
  const auto totals = co_await runtime::offload(services_.pool, count);
  if (!totals) co_return error_response(totals.error(), context.request_id);
  boost::json::object remotes;
  for (const auto& repository : repositories->all()) {
    remotes[repository->settings.name] = describe(*repository, *totals);
  }
  boost::json::object object;
  object["name"] = "artifactapi";
  object["version"] = services_.version;
  object["remotes"] = std::move(remotes);
  co_return json_response(200, text_of(object));
}

Response Management::health() const {
  boost::json::object checks;
  for (const auto part : {Part::Database, Part::Redis, Part::Storage, Part::Config}) {
    const auto state = services_.health.state(part);
    boost::json::object check;
    check["status"] = to_string(state.status);
    const bool known = state.status != telemetry::PartStatus::Off;
    check["since"] = known ? boost::json::value(rfc3339(state.since)) : boost::json::value(nullptr);
    check["error"] = state.error.empty() ? boost::json::value(nullptr) : boost::json::value(state.error);
    checks[to_string(part)] = std::move(check);
  }
  boost::json::object object;
  object["status"] = services_.health.all_well() ? "healthy" : "degraded";
  object["version"] = services_.version;
  object["checks"] = std::move(checks);
  return json_response(200, text_of(object));
}

Response Management::ready() const {
  const bool serving = serving_.load();
  boost::json::object object;
  object["ready"] = serving;
  object["status"] = services_.health.all_well() ? "healthy" : "degraded";
  return json_response(serving ? 200 : 503, text_of(object));
}

Response Management::config() const {
  const std::lock_guard lock(config_mutex_);
  return json_response(200, services_.config_json);
}

void Management::show_config(std::string config_json) {
  const std::lock_guard lock(config_mutex_);
  services_.config_json = std::move(config_json);
}

Task<Response> Management::metrics() {
  auto expose = [this] { return services_.metrics.expose(); };
  auto text = co_await runtime::offload(services_.pool, expose);
  auto response = json_response(200, std::move(text));
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  co_return response;
}

Task<Response> Management::artifacts(const repository::Repository& repository,
                                     const http::CanonicalPath& path, const RequestContext& context) {
  auto query = parse_list_query(path.query);
  if (!query) co_return error_response(query.error(), context.request_id);
  auto list = [this, &repository, &query] {
    return list_artifacts(services_.catalog, repository.settings.name, *query);
  };
  auto text = co_await runtime::offload(services_.pool, list);
  if (!text) co_return error_response(text.error(), context.request_id);
  co_return json_response(200, std::move(*text));
}

}  // namespace artifactapi::api
