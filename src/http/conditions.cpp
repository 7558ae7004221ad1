#include "http/conditions.h"

#include "http/date.h"
#include "http/etag.h"

#include <algorithm>
#include <string>

namespace artifactapi::http {

namespace {

using Comparison = bool (*)(const EntityTag&, const EntityTag&);

bool matches(const Headers& request, std::string_view name, std::string_view etag, Comparison equal) {
  const std::string value = request.joined(name);
  const auto list = parse_etag_list(value);
  if (!list) return false;
  if (list->any) return true;
  const auto current = parse_etag(etag);
  return current && std::any_of(list->tags.begin(), list->tags.end(),
                                [&](const EntityTag& tag) { return equal(tag, *current); });
}

// The field's date, when there is exactly one line of it and it can be read.
std::optional<Time> date_of(const Headers& request, std::string_view name) {
  if (request.count(name) != 1) return std::nullopt;
  return parse_date(*request.get(name));
}

// Most requests have no such field: then the other date is not read either.
bool changed_since(const Headers& request, std::string_view name, std::string_view last_modified,
                   bool otherwise) {
  const auto date = date_of(request, name);
  if (!date) return otherwise;
  const auto modified = parse_date(last_modified);
  return modified ? *modified > *date : otherwise;
}

}  // namespace

Precondition evaluate(const Headers& request, Method method, std::string_view etag,
                      std::string_view last_modified) {
  if (request.has("If-Match")) {
    if (!matches(request, "If-Match", etag, strong_equal)) return Precondition::Failed;
  } else if (changed_since(request, "If-Unmodified-Since", last_modified, false)) {
    return Precondition::Failed;
  }
  if (request.has("If-None-Match")) {
    if (!matches(request, "If-None-Match", etag, weak_equal)) return Precondition::Proceed;
    return is_get_or_head(method) ? Precondition::NotModified : Precondition::Failed;
  }
  if (is_get_or_head(method) && !changed_since(request, "If-Modified-Since", last_modified, true)) {
    return Precondition::NotModified;
  }
  return Precondition::Proceed;
}

bool if_range_holds(const Headers& request, std::string_view etag, std::string_view last_modified) {
  const std::size_t lines = request.count("If-Range");
  if (lines == 0) return true;
  if (lines > 1) return false;
  const std::string_view value = *request.get("If-Range");
  if (const auto tag = parse_etag(value)) {
    const auto current = parse_etag(etag);
    return current && strong_equal(*tag, *current);
  }
  const auto date = parse_date(value);
  const auto modified = parse_date(last_modified);
  return date && modified && *modified == *date;
}

}  // namespace artifactapi::http
