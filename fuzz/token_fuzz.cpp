// A token service's answer: what is taken for a token fits into a header and has a sane life. The same bytes
// as a challenge's parameters: the URL made of them is one.
#include "http/headers.h"
#include "require.h"
#include "upstream/token.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

constexpr Time kNow{Seconds{1'700'000'000}};

void check_url(std::string_view bytes) {
  http::Challenge challenge;
  challenge.scheme = "bearer";
  const auto line = bytes.find('\n');
  const auto rest = line == std::string_view::npos ? std::string_view{} : bytes.substr(line + 1);
  challenge.parameters = {{"realm", std::string(bytes.substr(0, line))},
                          {"service", std::string(rest)},
                          {"scope", std::string(rest)}};
  const auto read = upstream::bearer_challenge(challenge);
  if (!read) return;
  const auto url = upstream::token_url(read->service, read->scope);
  FUZZ_REQUIRE(url.user.empty() && url.password.empty());
  FUZZ_REQUIRE(http::origin(url) == http::origin(read->service.realm));
  const auto text = http::to_string(url);
  if (text.size() <= http::kMaxUrlBytes) FUZZ_REQUIRE(http::parse_url(text).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  check_url(input);
  const auto token = upstream::parse_token(input, kNow);
  if (!token) {
    FUZZ_REQUIRE(token.error().code == Code::Invalid);
    return 0;
  }
  const auto& text = token->value.reveal();
  FUZZ_REQUIRE(!text.empty() && text.size() <= upstream::kMaxTokenBytes && http::valid_value(text));
  FUZZ_REQUIRE(token->renew_at < token->expires_at);
  FUZZ_REQUIRE(token->expires_at > kNow && token->expires_at <= kNow + upstream::kLongestTokenLife);
  return 0;
}
