#include "formats/docker/hub.h"

#include <algorithm>

namespace artifactapi::formats::docker {

namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kHubApi = "registry-1.docker.io";

}  // namespace

bool is_hub(std::string_view authority) {
  return authority == kHub || authority == "index.docker.io" || authority == kHubApi;
}

void settle_base(http::Url& base) {
  if (is_hub(http::authority(base))) base.host = kHubApi;
}

std::string registry_of(const http::Url& base) {
  const bool has_path = base.path.find_first_not_of('/') != std::string::npos;
  return has_path ? std::string() : registry_of(http::authority(base));
}

std::string registry_of(std::string_view authority) {
  constexpr std::string_view kHttpsPort = ":443";
  std::string name(authority);
  std::ranges::transform(name, name.begin(), [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  });
  if (name.ends_with(kHttpsPort)) name.resize(name.size() - kHttpsPort.size());
  return is_hub(name) ? std::string(kHub) : name;
}

}  // namespace artifactapi::formats::docker
