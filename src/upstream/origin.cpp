#include "upstream/origin.h"

namespace artifactapi::upstream {

std::shared_ptr<OriginHealth> Origins::health_of(const http::Url& base) {
  const std::lock_guard lock(mutex_);
  auto& health = by_origin_[http::origin(base)];
  if (!health) health = std::make_shared<OriginHealth>(loops_, each_);
  return health;
}

void Origins::forget_unused() {
  const std::lock_guard lock(mutex_);
  std::erase_if(by_origin_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

http::Url url_below(const http::Url& base, std::string_view path_and_query) {
  auto url = base;
  while (url.path.ends_with('/')) url.path.pop_back();
  const auto mark = path_and_query.find('?');
  url.path.append("/").append(path_and_query.substr(0, mark));
  url.has_query = mark != std::string_view::npos;
  url.query = url.has_query ? path_and_query.substr(mark + 1) : std::string_view{};
  url.user.clear();
  url.password.clear();
  return url;
}

}  // namespace artifactapi::upstream
