#include "config/config.h"

#include <algorithm>

namespace artifactapi::config {

bool operator==(const PatternList& one, const PatternList& other) {
  const auto source = [](const auto& pattern) -> const std::string& { return pattern->source(); };
  return std::ranges::equal(one, other, {}, source, source);
}

void StatusSet::add(int status) {
  if (status >= 0 && status < static_cast<int>(statuses_.size()))
    statuses_.set(static_cast<std::size_t>(status));
}

void StatusSet::add_class(int hundreds) {
  for (int status = hundreds * 100; status < (hundreds + 1) * 100; ++status) add(status);
}

bool StatusSet::contains(int status) const {
  return status >= 0 && status < static_cast<int>(statuses_.size()) &&
         statuses_.test(static_cast<std::size_t>(status));
}

std::vector<int> StatusSet::list() const {
  std::vector<int> found;
  for (int status = 0; status < static_cast<int>(statuses_.size()); ++status) {
    if (contains(status)) found.push_back(status);
  }
  return found;
}

void Remotes::index() {
  by_name_.clear();
  by_name_.reserve(repositories.size());
  for (std::size_t i = 0; i < repositories.size(); ++i) by_name_.emplace(repositories[i].name, i);
}

const Repository* Remotes::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &repositories[found->second];
}

}  // namespace artifactapi::config
