// A WWW-Authenticate value: bounded, and what was read means the same when it is written again.
#include "http/challenge.h"
#include "http/headers.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace artifactapi;

namespace {

std::string written(const std::vector<http::Challenge>& challenges) {
  std::string out;
  for (const auto& challenge : challenges) {
    if (!out.empty()) out += ", ";
    out += challenge.scheme;
    if (!challenge.token68.empty()) out += " " + challenge.token68;
    const char* before = " ";
    for (const auto& [name, value] : challenge.parameters) {
      out.append(before).append(name).append("=\"");
      for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
      out += '"';
      before = ",";
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto challenges = http::parse_challenges(input);
  FUZZ_REQUIRE(challenges.size() <= http::kMaxChallenges);
  for (const auto& challenge : challenges) {
    FUZZ_REQUIRE(http::valid_name(challenge.scheme));
    FUZZ_REQUIRE(challenge.token68.empty() || challenge.parameters.empty());
    FUZZ_REQUIRE(challenge.parameters.size() <= http::kMaxChallengeParameters);
    for (const auto& [name, value] : challenge.parameters) {
      FUZZ_REQUIRE(http::valid_name(name) && http::valid_value(value));
      FUZZ_REQUIRE(challenge.get(name).has_value());
    }
  }
  const auto again = written(challenges);
  if (again.size() <= http::kMaxChallengeBytes) FUZZ_REQUIRE(http::parse_challenges(again) == challenges);
  return 0;
}
