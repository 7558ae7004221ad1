// Paging of lists: the Link that leads to the next page (RFC 8288). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace artifactapi::formats::docker {

inline constexpr std::size_t kMostLinkBytes = 8 * 1024;

// The query of the first link with rel="next", canonical, without "ns"; empty when there is none. The rest of
// its address is upstream's and of no use to our clients.
[[nodiscard]] std::string next_query(std::string_view link);

// NextPage of formats/plan.h: the same page of our own list, in the form in which the client asked.
[[nodiscard]] std::string next_page(std::string_view upstream_link, std::string_view request_target);

// A canonical query without the parameter that only names the registry meant.
[[nodiscard]] std::string without_ns(std::string_view query);

}  // namespace artifactapi::formats::docker
