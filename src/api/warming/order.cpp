#include "api/warming/order.h"

#include "api/artifact_list.h"

#include <boost/json.hpp>

#include <unordered_set>
#include <utility>

namespace artifactapi::api {

namespace {

Result<void> read_paths(const boost::json::value& value, WarmingOrder& order) {
  const auto* list = value.if_array();
  if (list == nullptr) return fail(Code::Invalid, "paths must be a list of strings");
  if (list->size() > limits::kMaxOrderedPaths) return fail(Code::TooLarge, "more than 1000 paths");
  std::unordered_set<std::string_view> seen;
  for (const auto& one : *list) {
    const auto* path = one.if_string();
    if (path == nullptr) return fail(Code::Invalid, "paths must be a list of strings");
    if (seen.insert(*path).second) order.paths.emplace_back(*path);
  }
  return {};
}

Result<void> read_pattern(const boost::json::value& value, WarmingOrder& order) {
  const auto* text = value.if_string();
  if (text == nullptr) return fail(Code::Invalid, "include_pattern must be a string");
  if (text->size() > limits::kMaxClientPattern)
    return fail(Code::Invalid, "include_pattern is longer than 512 bytes");
  auto pattern = Pattern::compile(*text);
  if (!pattern) return fail(Code::Invalid, "include_pattern: " + pattern.error().message);
  order.include = std::move(*pattern);
  return {};
}

Result<void> read_key(std::string_view key, const boost::json::value& value, WarmingOrder& order) {
  if (key == "paths") return read_paths(value, order);
  if (key == "include_pattern") return read_pattern(value, order);
  const auto* remote = key == "remote" ? value.if_string() : nullptr;
  if (remote != nullptr) {
    order.remote = *remote;
    return {};
  }
  return fail(Code::Invalid, key == "remote" ? "remote must be a string"
                                             : "the keys are remote and either paths or include_pattern");
}

}  // namespace

Result<WarmingOrder> parse_order(std::string_view body) {
  boost::system::error_code failure;
  const auto document = boost::json::parse(body, failure);
  if (failure) return fail(Code::Invalid, "the body is not JSON: " + failure.message());
  const auto* object = document.if_object();
  if (object == nullptr) return fail(Code::Invalid, "the body must be a JSON object");
  const bool by_paths = object->contains("paths");
  if (!object->contains("remote")) return fail(Code::Invalid, "remote is missing");
  if (by_paths == object->contains("include_pattern"))
    return fail(Code::Invalid, "either paths or include_pattern is needed");
  WarmingOrder order;
  for (const auto& [key, value] : *object) {
    if (auto read = read_key(key, value, order); !read) return std::unexpected(read.error());
  }
  return order;
}

}  // namespace artifactapi::api
