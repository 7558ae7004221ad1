// A URL that is accepted is written so that it is read as the same one; resolving never leaves http and
// https.
#include "http/url.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

void check(http::Url url) {
  FUZZ_REQUIRE(url.scheme == "http" || url.scheme == "https");
  FUZZ_REQUIRE(!url.host.empty() && url.port != 0 && url.path.starts_with('/'));
  FUZZ_REQUIRE(url.has_query || url.query.empty());
  const std::string text = http::to_string(url);
  FUZZ_REQUIRE(text.size() <= http::kMaxUrlBytes);
  for (const char c : text)
    FUZZ_REQUIRE(c > ' ' && c < '\x7F' && c != '\\' && c != '#' && c != '"' && c != '<');
  FUZZ_REQUIRE(http::valid_authority(http::authority(url)));
  const auto again = http::parse_url(text);
  FUZZ_REQUIRE(again);
  url.user.clear();
  url.password.clear();
  FUZZ_REQUIRE(*again == url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (const auto url = http::parse_url(input)) {
    check(*url);
    const auto same = http::resolve(*url, "");
    FUZZ_REQUIRE(same && *same == *url);
  }
  static const http::Url kBase = http::parse_url("https://user:secret@base.example:8443/a/b/c?d=e").value();
  if (const auto url = http::resolve(kBase, input)) {
    check(*url);
    FUZZ_REQUIRE(url->password != "secret" || http::same_origin(*url, kBase) ||
                 input.find("secret") != std::string_view::npos);
    FUZZ_REQUIRE(url->path.find("/../") == std::string::npos && !url->path.ends_with("/.."));
  }
  return 0;
}
