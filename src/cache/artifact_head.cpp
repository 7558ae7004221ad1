#include "cache/artifact_head.h"

#include "base/digest.h"
#include "cache/asking.h"
#include "http/etag.h"
#include "http/media_type.h"
#include "http/percent.h"
#include "http/response_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace artifactapi::cache {

namespace {

// How long a client may use an answer without asking us again.
constexpr Seconds kImmutableMaxAge{86'400};
constexpr Seconds kMutableMaxAge{60};
// Upstream's headers that describe the stored bytes and are passed on with them.
constexpr std::string_view kPassedOn[] = {"Content-Encoding", "Content-Language"};
constexpr std::string_view kUnknownType = "application/octet-stream";

std::string choose_etag(const catalog::Row& row, std::optional<std::uint64_t> length) {
  const auto tag = http::parse_etag(row.upstream_etag);
  if (tag && !tag->weak) return row.upstream_etag;
  const auto text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", row.repository, row.key,
                                length ? std::to_string(*length) : "unknown", row.upstream_etag,
                                row.last_modified, row.stored_at.time_since_epoch().count());
  return fmt::format("\"{}\"", Sha256::of(text).hex().substr(0, 32));
}

// The name a download gets: the last segment, decoded; nothing for what ends in a slash.
std::string download_name(std::string_view key) {
  const auto name = http::file_name(key.substr(0, key.find('?')));
  return http::percent_decode(name).value_or(std::string(name));
}

std::string choose_content_type(const catalog::Row& row, const http::Headers& headers,
                                const formats::HeadRules& rules) {
  const auto upstreams = headers.get("Content-Type").value_or(kUnknownType);
  switch (rules.type) {
    case formats::HeadRules::Type::Fixed: return std::string(rules.fixed_type);
    case formats::HeadRules::Type::Upstream: return std::string(upstreams);
    case formats::HeadRules::Type::UpstreamBare: {
      const auto bare = upstreams.substr(0, upstreams.find(';'));
      return std::string(bare.substr(0, bare.find_last_not_of(" \t") + 1));
    }
    case formats::HeadRules::Type::ByName: break;
  }
  const auto by_name = http::content_type_for(download_name(row.key));
  return std::string(by_name.value_or(upstreams));
}

std::string max_age(Seconds seconds) {
  return "max-age=" + std::to_string(seconds.count());
}

std::string cache_control(const catalog::Row& row, Outcome outcome, Time now,
                          const formats::HeadRules& rules) {
  if (outcome == Outcome::Stale) return "no-cache";
  if (row.kind == catalog::Kind::Immutable) {
    return max_age(kImmutableMaxAge) + (rules.url_names_digest ? ", immutable" : "");
  }
  const auto left = std::chrono::duration_cast<Seconds>(row.expires_at - now);
  return max_age(std::clamp(left, Seconds{0}, kMutableMaxAge));
}

std::string_view source(Outcome outcome) {
  return outcome == Outcome::Miss ? "remote" : "cache";
}

}  // namespace

std::string digest_etag(const Digest& digest) {
  return fmt::format("\"{}\"", formats::sha256_text(digest));
}

std::string_view stored_field(const catalog::Row& row, std::string_view name) {
  constexpr std::string_view kBetween = ": ";
  std::string_view rest = row.headers;
  while (rest.size() >= name.size() + kBetween.size()) {
    const bool is_it = rest.substr(name.size()).starts_with(kBetween) &&
                       http::equal_ignoring_case(rest.substr(0, name.size()), name);
    if (is_it) {
      rest.remove_prefix(name.size() + kBetween.size());
      return rest.substr(0, rest.find("\r\n"));
    }
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

catalog::Row draft_row(std::string_view repository, const formats::Plan& plan, int status,
                       const http::Headers& headers, std::optional<std::uint64_t> length, Time requested_at,
                       Time received_at, Time expires_at) {
  catalog::Row row;
  row.repository = repository;
  row.key = plan.key;
  row.kind =
      plan.mutability == formats::Mutability::Mutable ? catalog::Kind::Mutable : catalog::Kind::Immutable;
  row.builtin = plan.builtin;
  row.upstream_etag = headers.get("ETag").value_or("");
  row.last_modified = headers.get("Last-Modified").value_or("");
  row.content_type = choose_content_type(row, headers, *plan.head);
  row.headers = http::end_to_end(headers);
  row.requested_at = requested_at;
  row.stored_at = received_at;
  row.expires_at = expires_at;
  row.last_access = received_at;
  const auto promised = promised_digest(plan, headers);
  if (promised) row.digest = *promised;
  if (status != 200) return row;
  row.etag = promised && plan.head->etag_is_digest ? digest_etag(*promised) : choose_etag(row, length);
  return row;
}

Outcome outcome_of_stored(const catalog::Row& row) {
  return row.stale ? Outcome::Stale : Outcome::Hit;
}

http::Headers artifact_headers(const catalog::Row& row, Outcome outcome, Time now,
                               const formats::HeadRules& rules) {
  http::Headers headers;
  headers.add("Content-Type", row.content_type);
  headers.add("X-Artifact-Source", source(outcome));
  if (!row.etag.empty()) headers.add("ETag", row.etag);
  if (!row.last_modified.empty()) headers.add("Last-Modified", row.last_modified);
  headers.add("Cache-Control", cache_control(row, outcome, now, rules));
  if (outcome == Outcome::Stale) headers.add("Warning", "110 - \"Response is Stale\"");
  const auto name = rules.offers_download ? download_name(row.key) : std::string();
  if (!name.empty()) headers.add("Content-Disposition", http::content_disposition(name));
  const auto pass_on = [&](std::string_view field) {
    const auto value = stored_field(row, field);
    if (!value.empty()) headers.add(field, value);
  };
  for (const auto field : kPassedOn) pass_on(field);
  for (const auto field : rules.passed_on) pass_on(field);
  if (!rules.digest_field.empty() && row.digest != Digest()) {
    headers.add(rules.digest_field, formats::sha256_text(row.digest));
  }
  for (const auto& [field, value] : rules.fixed) headers.add(field, value);
  headers.add("Accept-Ranges", "bytes");
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("Content-Security-Policy", "sandbox; default-src 'none'");
  return headers;
}

void vary_by_coding(http::Headers& headers) {
  const auto by = headers.joined("Vary");
  headers.set("Vary", by.empty() ? "Accept-Encoding" : by + ", Accept-Encoding");
}

std::shared_ptr<Ready> make_ready(RowPtr row, Bytes body, std::shared_ptr<const File> file, std::string path,
                                  Time now, const formats::HeadRules& rules, Codings codings) {
  auto ready = std::make_shared<Ready>();
  http::append_status_line(ready->head, 200);
  ready->outcome = outcome_of_stored(*row);
  auto headers = artifact_headers(*row, ready->outcome, now, rules);
  if (codings == Codings::Several) vary_by_coding(headers);
  headers.add("Content-Length", std::to_string(row->size));
  headers.append_to(ready->head);
  ready->repository = row->repository;
  ready->path = std::move(path);
  ready->body = std::move(body);
  ready->file = std::move(file);
  ready->size = row->size;
  ready->stored_at = row->requested_at;
  ready->expires_at = row->expires_at;
  if (row->kind == catalog::Kind::Mutable) ready->expires_at = row->expires_at - kMutableMaxAge;
  ready->last_access = now.time_since_epoch().count();
  ready->row = std::move(row);
  return ready;
}

}  // namespace artifactapi::cache
