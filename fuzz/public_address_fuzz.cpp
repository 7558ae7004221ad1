// What a proxy before us says of the client's address: what comes out can stand in a document as it is.
#include "api/public_address.h"
#include "http/url.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace artifactapi;

// A line for each of Forwarded, X-Forwarded-Proto, -Host, -Prefix and Host.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(bytes), size);
  static const api::PublicAddress settings{"", config::parse_networks("10.0.0.0/8").value()};
  http::Request request;
  for (const char* name :
       {"Forwarded", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "Host"}) {
    const auto end = input.find('\n');
    request.headers.add(name, input.substr(0, end));
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  }
  const api::RequestContext context{.request_id = "r", .peer_address = "10.0.0.1"};
  const auto address = api::address_of(settings, request, context);
  if (!address) return 0;
  FUZZ_REQUIRE(address->starts_with("http://") || address->starts_with("https://"));
  FUZZ_REQUIRE(!address->ends_with('/') && address->find_first_of("\"'<>\\ \t\r") == std::string::npos);
  FUZZ_REQUIRE(http::parse_url(*address).has_value());
  return 0;
}
