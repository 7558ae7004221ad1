#include "app/generated_document.h"

#include "app/completion.h"
#include "app/man_page.h"

#include <array>

namespace artifactapi::app {
namespace {

struct Document {
  std::string_view name;
  std::string (*make)();
};
constexpr std::array<Document, 4> kDocuments = {
    {{"man", man_page}, {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}}};

}  // namespace

std::vector<std::string> document_names() {
  std::vector<std::string> names;
  for (const auto& document : kDocuments) names.emplace_back(document.name);
  return names;
}

std::string generated_document(std::string_view name) {
  for (const auto& document : kDocuments) {
    if (document.name == name) return document.make();
  }
  return {};
}

}  // namespace artifactapi::app
