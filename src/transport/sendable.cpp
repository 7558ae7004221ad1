#include "transport/sendable.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace artifactapi::transport {

bool may_be_sent(const http::Header& header) {
  static constexpr std::array<std::string_view, 4> kMadeByCarrier = {"Host", "Content-Length",
                                                                     "Transfer-Encoding", "Connection"};
  return http::valid_name(header.name) && http::valid_value(header.value) &&
         std::ranges::none_of(kMadeByCarrier, [&](std::string_view name) {
           return http::equal_ignoring_case(header.name, name);
         });
}

}  // namespace artifactapi::transport
