#include "api/artifact_list.h"

#include "http/query.h"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace artifactapi::api {

namespace {

constexpr std::size_t kRowsAtOnce = 500;

Result<std::size_t> parse_limit(const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool too_large = error == std::errc::result_out_of_range;
  if (!too_large && (error != std::errc{} || end != text.data() + text.size() || value == 0)) {
    return fail(Code::Invalid, "limit must be a number from 1 to 1000");
  }
  return too_large ? limits::kMaxListed : std::min(value, limits::kMaxListed);
}

boost::json::value time_or_null(Time time) {
  if (time == Time::max()) return nullptr;
  return boost::json::value(rfc3339(time));
}

boost::json::object describe(const catalog::Row& row) {
  boost::json::object object;
  object["path"] = row.key;
  object["size"] = row.size;
  object["sha256"] = row.digest.hex();
  object["content_type"] = row.content_type;
  object["kind"] = row.kind == catalog::Kind::Mutable ? "mutable" : "immutable";
  object["stored_at"] = rfc3339(row.stored_at);
  object["expires_at"] = time_or_null(row.expires_at);
  object["last_access"] = rfc3339(row.last_access);
  return object;
}

bool matches(const ListQuery& query, const catalog::Row& row) {
  return !query.pattern || query.pattern->search(row.key) == Match::Yes;
}

}  // namespace

std::string rfc3339(Time time) {
  const auto seconds = std::chrono::floor<Seconds>(time);
  const auto milliseconds = (time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), milliseconds);
}

Result<ListQuery> parse_list_query(std::string_view query) {
  ListQuery parsed;
  parsed.cursor = http::query_parameter(query, "cursor");
  if (const auto text = http::query_parameter(query, "pattern")) {
    if (text->size() > limits::kMaxClientPattern)
      return fail(Code::Invalid, "pattern is longer than 512 bytes");
    auto pattern = Pattern::compile(*text);
    if (!pattern) return fail(Code::Invalid, "pattern: " + pattern.error().message);
    parsed.pattern = std::move(*pattern);
  }
  if (const auto text = http::query_parameter(query, "limit")) {
    const auto limit = parse_limit(*text);
    if (!limit) return std::unexpected(limit.error());
    parsed.limit = *limit;
  }
  return parsed;
}

Result<std::string> list_artifacts(catalog::Catalog& catalog, const std::string& repository,
                                   const ListQuery& query) {
  const auto give_up = std::chrono::steady_clock::now() + limits::kMaxListTime;
  boost::json::array found;
  std::optional<std::string> cursor = query.cursor;
  bool more = true;
  while (more && found.size() < query.limit && std::chrono::steady_clock::now() < give_up) {
    const auto page = catalog.list(repository, cursor, kRowsAtOnce);
    if (!page) return std::unexpected(page.error());
    more = page->next.has_value();
    for (const auto& row : page->rows) {
      if (found.size() == query.limit) break;
      // The page goes on behind the last row looked at.
      cursor = row.key;
      more = page->next || &row != &page->rows.back();
      if (matches(query, row)) found.push_back(describe(row));
      // Only now, so that every page gets somewhere.
      if (std::chrono::steady_clock::now() >= give_up) break;
    }
  }
  boost::json::object object;
  object["remote"] = repository;
  object["artifacts"] = std::move(found);
  object["next"] = more && cursor ? boost::json::value(*cursor) : boost::json::value(nullptr);
  return boost::json::serialize(object) + "\n";
}

}  // namespace artifactapi::api
