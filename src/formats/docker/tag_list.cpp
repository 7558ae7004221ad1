#include "formats/docker/tag_list.h"

#include "formats/docker/link.h"
#include "formats/docker/resource.h"

#include <boost/json.hpp>

namespace artifactapi::formats::docker {

namespace {

constexpr std::string_view kList = "/tags/list";

std::unexpected<Error> no_list() {
  return fail(Code::BadPeer, "what upstream has there is no list of tags");
}

}  // namespace

Result<std::string> first_list(std::string_view prefix) {
  const auto name = prefix.substr(0, prefix.find("/manifests/"));
  if (name.size() == prefix.size() || !valid_name(name)) {
    return fail(Code::Invalid, "the pattern has to begin with an image's name and /manifests/");
  }
  return std::string(name).append(kList);
}

Result<Named> read_tag_list(const RenditionAsked& asked, std::string_view path, std::string_view link) {
  const auto document = path.substr(0, path.find('?'));
  if (!document.ends_with(kList)) return no_list();
  boost::system::error_code broken;
  const auto value = boost::json::parse(asked.original, broken);
  if (broken || !value.is_object()) return no_list();
  const auto* tags = value.get_object().if_contains("tags");
  if (tags == nullptr) return no_list();
  Named named;
  const auto next = next_query(link);
  if (!next.empty()) named.next = std::string(document).append("?").append(next);
  if (tags->is_null()) return named;  // an image without tags
  if (!tags->is_array()) return no_list();
  const auto manifests = std::string(document.substr(0, document.size() - kList.size())) + "/manifests/";
  for (const auto& tag : tags->get_array()) {
    if (!tag.is_string() || !valid_tag(std::string_view(tag.get_string()))) continue;
    named.artifacts.push_back(manifests + std::string(tag.get_string()));
  }
  return named;
}

}  // namespace artifactapi::formats::docker
