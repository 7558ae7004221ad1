#include "formats/api_root.h"

namespace artifactapi::formats {

const ApiRoot* root_of(std::string_view target) {
  for (const auto* format : all()) {
    const auto* root = format->root;
    if (root == nullptr || !target.starts_with(root->prefix)) continue;
    const auto rest = target.substr(root->prefix.size());
    if (rest.empty() || rest.front() == '/' || rest.front() == '?') return root;
  }
  return nullptr;
}

}  // namespace artifactapi::formats
