#include "repository/repository.h"

#include "http/query.h"
#include "http/url.h"

#include <utility>

namespace artifactapi::repository {

namespace {

using telemetry::Metric;

http::QueryRule query_rule(const config::Repository& settings, const formats::Format& format) {
  http::QueryRule rule;
  if (!settings.query) {
    rule.kind = format.keep_query ? http::QueryRule::Kind::Keep : http::QueryRule::Kind::Drop;
    return rule;
  }
  switch (settings.query->kind) {
    case config::QueryRule::Kind::Keep: rule.kind = http::QueryRule::Kind::Keep; break;
    case config::QueryRule::Kind::Drop: rule.kind = http::QueryRule::Kind::Drop; break;
    case config::QueryRule::Kind::Names: rule.kind = http::QueryRule::Kind::Names; break;
  }
  rule.names = settings.query->names;
  return rule;
}

Result<std::shared_ptr<const upstream::Origin>> make_origin(const config::Repository& settings,
                                                            const formats::Format& format,
                                                            const Workshop& workshop) {
  auto base = http::parse_url(settings.base_url.value_or(""));
  if (!base) return fail(Code::Invalid, settings.name + ": base_url: " + base.error().message);
  auto origin = std::make_shared<upstream::Origin>();
  if (format.settle_base != nullptr) format.settle_base(*base);
  origin->health = workshop.origins.health_of(*base);
  origin->base = std::move(*base);
  if (!settings.username.empty()) {
    origin->basic = transport::BasicCredentials{settings.username, settings.password};
  }
  for (const auto& [name, value] : settings.headers) origin->headers.add(name, value.reveal());
  origin->ca_file = settings.ca_file;
  origin->proxies = upstream::ProxyChoice{settings.proxy, workshop.proxies};
  origin->timeouts = workshop.timeouts;
  if (format.by_challenge) {
    auto token_hosts = settings.token_hosts;
    token_hosts.insert(token_hosts.end(), format.token_hosts.begin(), format.token_hosts.end());
    origin->access = workshop.origins.make_access(std::move(token_hosts));
  }
  origin->metrics = upstream::RemoteMetrics(workshop.metrics, settings.name);
  return origin;
}

cache::RemoteCounters remote_counters(telemetry::Metrics& metrics, const std::string& name) {
  return cache::RemoteCounters{
      metrics.counter(Metric::FillsStarted, {name}), metrics.counter(Metric::FillsJoined, {name}),
      metrics.counter(Metric::UpstreamBytes, {name}), metrics.counter(Metric::ContradictedDigests, {name})};
}

Result<void> make_remote(Repository& repository, const Workshop& workshop) {
  const auto& settings = repository.settings;
  auto origin = make_origin(settings, *repository.format, workshop);
  if (!origin) return std::unexpected(origin.error());
  auto planner =
      formats::Planner::make(*repository.format, settings.immutable_patterns, settings.mutable_patterns,
                             query_rule(settings, *repository.format), (*origin)->base, settings.index_url);
  if (!planner) return std::unexpected(planner.error());
  repository.planner = std::make_shared<const formats::Planner>(std::move(*planner));
  auto profile = std::make_shared<cache::RemoteProfile>();
  profile->name = settings.name;
  profile->rules = cache::Rules{settings.cache, settings.check_mutable_updates, settings.revalidate_with,
                                settings.stale_on};
  profile->origin = std::move(*origin);
  profile->planner = repository.planner;
  profile->counters = remote_counters(workshop.metrics, settings.name);
  profile->quota_headers = repository.format->quota_headers;
  repository.profile = std::move(profile);
  return {};
}

Result<std::shared_ptr<const Repository>> make_repository(const config::Repository& settings,
                                                          const Workshop& workshop) {
  auto repository = std::make_shared<Repository>();
  repository->settings = settings;
  repository->format = formats::find(settings.package);
  if (repository->format == nullptr) return fail(Code::Internal, "unknown package type: " + settings.package);
  repository->metrics = telemetry::RequestMetrics(workshop.metrics, settings.name, settings.package);
  if (settings.type == config::RepositoryType::Local) {
    repository->kind = Kind::Local;
  } else if (!repository->format->built) {
    repository->kind = Kind::NotBuilt;
  } else {
    const auto built = make_remote(*repository, workshop);
    if (!built) return std::unexpected(built.error());
  }
  return repository;
}

formats::Candidate candidate(const Repository& repository) {
  const auto& settings = repository.settings;
  formats::Candidate made;
  made.name = settings.name;
  if (auto base = http::parse_url(settings.base_url.value_or(""))) made.base = std::move(*base);
  made.planner = repository.planner.get();
  made.has_credentials = !settings.username.empty() || !settings.headers.empty();
  made.serves_ns = settings.serve_ns;
  made.by_default = settings.default_for_root;
  return made;
}

}  // namespace

Result<std::shared_ptr<const Repositories>> Repositories::make(const config::Remotes& remotes,
                                                               const Workshop& workshop,
                                                               const Repositories* before) {
  auto made = std::make_shared<Repositories>();
  for (const auto& settings : remotes.repositories) {
    auto kept = before != nullptr ? before->unchanged(settings) : nullptr;
    if (kept == nullptr) {
      auto built = make_repository(settings, workshop);
      if (!built) return std::unexpected(built.error());
      kept = std::move(*built);
    }
    made->by_name_.emplace(kept->settings.name, kept);
    made->all_.push_back(std::move(kept));
  }
  for (const auto& each : made->all_) {
    if (each->format->root == nullptr) continue;
    made->below_root_[each->format->root].push_back(candidate(*each));
  }
  return made;
}

std::shared_ptr<const Repository> Repositories::unchanged(const config::Repository& settings) const {
  const auto found = by_name_.find(settings.name);
  if (found == by_name_.end() || found->second->settings != settings) return nullptr;
  return found->second;
}

std::vector<const Repository*> Repositories::ended_since(const Repositories& before) const {
  std::vector<const Repository*> ended;
  for (const auto& old : before.all_) {
    if (find(old->settings.name) != old.get()) ended.push_back(old.get());
  }
  return ended;
}

std::span<const formats::Candidate> Repositories::below(const formats::ApiRoot& root) const {
  const auto found = below_root_.find(&root);
  if (found == below_root_.end()) return {};
  return found->second;
}

const Repository* Repositories::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second.get();
}

}  // namespace artifactapi::repository
