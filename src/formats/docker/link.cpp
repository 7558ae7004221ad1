#include "formats/docker/link.h"

#include "http/headers.h"
#include "http/query.h"

#include <optional>

namespace artifactapi::formats::docker {

namespace {

constexpr std::string_view kSpaces = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool is_ns(std::string_view parameter) {
  return parameter.substr(0, parameter.find('=')) == "ns";
}

// Whether the parameters of one link, up to the next link, say rel=next.
bool leads_on(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const auto one = trimmed(parameters.substr(0, end));
    const auto equals = one.find('=');
    if (equals != std::string_view::npos &&
        http::equal_ignoring_case(trimmed(one.substr(0, equals)), "rel")) {
      auto value = trimmed(one.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
      }
      return http::equal_ignoring_case(value, "next");
    }
    if (end == std::string_view::npos) break;
    parameters.remove_prefix(end + 1);
  }
  return false;
}

// The ns parameter as it was written, with its name; empty: none.
std::string_view ns_of(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  auto query = target.substr(mark + 1);
  while (true) {
    const auto end = query.find('&');
    const auto one = query.substr(0, end);
    if (is_ns(one)) return one;
    if (end == std::string_view::npos) return {};
    query.remove_prefix(end + 1);
  }
}

}  // namespace

std::string without_ns(std::string_view query) {
  std::string left;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto one = query.substr(0, end);
    if (!is_ns(one) && !one.empty()) {
      if (!left.empty()) left += '&';
      left += one;
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return left;
}

std::string next_query(std::string_view link) {
  if (link.size() > kMostLinkBytes) return {};
  while (true) {
    const auto open = link.find('<');
    if (open == std::string_view::npos) return {};
    const auto close = link.find('>', open);
    if (close == std::string_view::npos) return {};
    const auto address = link.substr(open + 1, close - open - 1);
    const auto next = link.find('<', close);
    const auto parameters = link.substr(close + 1, next == std::string_view::npos ? next : next - close - 1);
    if (leads_on(parameters.substr(0, parameters.find(',')))) {
      const auto mark = address.find('?');
      if (mark == std::string_view::npos) return {};
      const auto query = http::canonical_query(address.substr(mark + 1));
      return query ? without_ns(*query) : std::string();
    }
    if (next == std::string_view::npos) return {};
    link.remove_prefix(next);
  }
}

std::string next_page(std::string_view upstream_link, std::string_view request_target) {
  const auto query = next_query(upstream_link);
  if (query.empty()) return {};
  std::string link = "<";
  link.append(request_target.substr(0, request_target.find('?'))).append("?").append(query);
  const auto ns = ns_of(request_target);
  if (!ns.empty()) link.append("&").append(ns);
  link += R"(>; rel="next")";
  return link;
}

}  // namespace artifactapi::formats::docker
