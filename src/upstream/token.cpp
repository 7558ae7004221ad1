#include "upstream/token.h"

#include "http/characters.h"
#include "http/percent.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace artifactapi::upstream {

namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr Milliseconds kShortestMargin{1000};
constexpr Milliseconds kLongestMargin{60'000};

std::string_view text_of(const boost::json::object& document, std::string_view name) {
  const auto* value = document.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

Milliseconds life_of(const boost::json::object& document) {
  const auto* value = document.if_contains("expires_in");
  if (value == nullptr || !value->is_number()) return kDefaultTokenLife;
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 1)) return kDefaultTokenLife;
  const auto most = static_cast<double>(kLongestTokenLife.count());
  return Milliseconds(static_cast<Milliseconds::rep>(std::min(seconds, most) * 1000));
}

// `width` digits, or nothing.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, width)) {
    if (!http::is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(width);
  return value;
}

// One number of a time, and what separates it from the one before.
std::optional<unsigned> take_field(std::string_view& text, char before, std::size_t width) {
  if (text.empty() || http::to_lower(text.front()) != before) return std::nullopt;
  text.remove_prefix(1);
  return take_digits(text, width);
}

std::optional<std::chrono::minutes> take_zone(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.empty()) return std::nullopt;
  const char sign = text.front();
  const auto hours = take_field(text, sign, 2);
  const auto minutes = take_field(text, ':', 2);
  if (!hours || !minutes || !text.empty() || (sign != '+' && sign != '-')) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return sign == '+' ? offset : -offset;
}

// RFC 3339; fractions of a second are dropped.
std::optional<Time> parse_time(std::string_view text) {
  const auto year = take_digits(text, 4);
  const auto month = take_field(text, '-', 2);
  const auto day = take_field(text, '-', 2);
  const auto hour = take_field(text, 't', 2);
  const auto minute = take_field(text, ':', 2);
  const auto second = take_field(text, ':', 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    while (!text.empty() && http::is_digit(text.front())) text.remove_prefix(1);
  }
  const auto zone = take_zone(text);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!zone || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         Seconds(*second) - *zone;
}

// What may follow "Bearer " in a header: visible ASCII without spaces.
bool valid_token(std::string_view token) {
  return std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

std::optional<BearerChallenge> bearer_challenge(const http::Challenge& challenge) {
  if (challenge.scheme != "bearer") return std::nullopt;
  auto realm = http::parse_url(challenge.get("realm").value_or(""));
  if (!realm) return std::nullopt;
  realm->user.clear();
  realm->password.clear();
  const auto service = challenge.get("service").value_or("");
  const auto scope = challenge.get("scope").value_or("");
  if (service.size() > kMaxServiceBytes || scope.size() > kMaxScopeBytes) return std::nullopt;
  return BearerChallenge{TokenService{std::move(*realm), std::string(service)}, std::string(scope)};
}

http::Url token_url(const TokenService& service, std::string_view scope) {
  auto url = service.realm;
  const auto add = [&url](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!url.query.empty()) url.query += '&';
    url.query.append(name).append("=").append(http::percent_encode(value));
    url.has_query = true;
  };
  add("service", service.service);
  while (!scope.empty()) {
    const auto space = std::min(scope.find(' '), scope.size());
    add("scope", scope.substr(0, space));
    scope.remove_prefix(std::min(space + 1, scope.size()));
  }
  return url;
}

Result<Token> parse_token(std::string_view document, Time asked_at) {
  if (document.size() > kMaxTokenDocumentBytes) return fail(Code::Invalid, "the answer is too long");
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  const auto parsed = boost::json::parse(document, error, {}, options);
  if (error || !parsed.is_object()) return fail(Code::Invalid, "the answer is no JSON object");
  const auto& object = parsed.get_object();
  auto text = text_of(object, "token");
  if (text.empty()) text = text_of(object, "access_token");
  if (text.empty()) return fail(Code::Invalid, "the answer holds no token");
  if (text.size() > kMaxTokenBytes) return fail(Code::Invalid, "the token is too long");
  if (!valid_token(text)) return fail(Code::Invalid, "the token holds what no header may hold");

  const auto life = life_of(object);
  const auto issued = parse_time(text_of(object, "issued_at"));
  const bool shortens = issued && *issued < asked_at && asked_at - *issued < life;
  const auto expires = (shortens ? *issued : asked_at) + life;
  return Token{Secret(std::string(text)), expires - std::clamp(life / 10, kShortestMargin, kLongestMargin),
               expires};
}

bool may_see_credentials(const http::Url& realm, const http::Url& base,
                         std::span<const std::string> token_hosts) {
  if (realm.host == base.host) return true;
  const bool v6 = realm.host.contains(':');
  const auto host = v6 ? "[" + realm.host + "]" : realm.host;
  const auto with_port = fmt::format("{}:{}", host, realm.port);
  return std::ranges::any_of(token_hosts, [&](const auto& trusted) {
    return trusted == host || trusted == with_port || (v6 && trusted == realm.host);
  });
}

}  // namespace artifactapi::upstream
