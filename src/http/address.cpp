#include "http/address.h"

#include "http/characters.h"

#include <algorithm>
#include <cstddef>

namespace artifactapi::http {

namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 as text

// A number of `digits` decimal digits at most, all of `text`.
std::optional<std::uint32_t> small_number(std::string_view text, std::size_t digits) {
  if (text.empty() || text.size() > digits) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value;
}

// Whether the last label is a number, so that a resolver may take the name for an address ("127.1",
// "0x7f000001").
bool ends_in_number(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::size_t dot = name.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (last.starts_with("0x") || last.starts_with("0X")) {
    return std::all_of(last.begin() + 2, last.end(), [](char c) { return hex_value(c) >= 0; });
  }
  return std::all_of(last.begin(), last.end(), is_digit);
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxHostBytes || name.front() == '.') return false;
  if (name.find("..") != std::string_view::npos) return false;
  const bool valid = std::all_of(name.begin(), name.end(),
                                 [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
  return valid && !ends_in_number(name);
}

}  // namespace

bool is_ipv4(std::string_view text) {
  for (int octet = 0; octet < 4; ++octet) {
    const std::size_t dot = octet < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return false;
    const std::string_view part = text.substr(0, dot);
    const auto value = small_number(part, 3);
    if (!value || *value > 255 || (part.size() > 1 && part.front() == '0')) return false;
    text.remove_prefix(octet < 3 ? dot + 1 : dot);
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool compressed = text.starts_with("::");
  if (compressed) text.remove_prefix(2);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (end == text.size() && group.find('.') != std::string_view::npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    if (!std::all_of(group.begin(), group.end(), [](char c) { return hex_value(c) >= 0; })) return false;
    ++groups;
    text.remove_prefix(end);
    if (text.empty()) break;
    if (text.starts_with("::")) {
      if (compressed) return false;
      compressed = true;
      text.remove_prefix(2);
    } else {
      text.remove_prefix(1);
      if (text.empty()) return false;
    }
  }
  return compressed ? groups < 8 : groups == 8;
}

std::optional<HostAndPort> parse_authority(std::string_view text) {
  HostAndPort result;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    result.host = text.substr(1, close - 1);
    if (!is_ipv6(result.host)) return std::nullopt;
    text.remove_prefix(close + 1);
  } else {
    result.host = text.substr(0, text.find(':'));
    if (!is_ipv4(result.host) && !is_host_name(result.host)) return std::nullopt;
    text.remove_prefix(result.host.size());
  }
  if (text.empty()) return result;
  if (text.front() != ':') return std::nullopt;
  const auto port = small_number(text.substr(1), 5);
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

}  // namespace artifactapi::http
