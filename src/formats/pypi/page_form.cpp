#include "formats/pypi/page_form.h"

#include "http/accept.h"
#include "http/characters.h"

#include <algorithm>
#include <array>
#include <string>

namespace artifactapi::formats::pypi {

namespace {

using http::Exactness;

struct Offered {
  PageForm form;
  std::string_view label;
  std::string_view type;
  std::string_view latest;  // another name for the type
  std::string_view content_type;
};

constexpr std::array<Offered, 3> kOffered{{
    {PageForm::JsonV1, "json", "application/vnd.pypi.simple.v1+json",
     "application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.v1+json"},
    {PageForm::HtmlV1, "html-v1", "application/vnd.pypi.simple.v1+html",
     "application/vnd.pypi.simple.latest+html", "application/vnd.pypi.simple.v1+html; charset=utf-8"},
    {PageForm::Html, "html", "text/html", "text/html", "text/html; charset=utf-8"},
}};

const Offered& offered(PageForm form) {
  return *std::ranges::find(kOffered, form, &Offered::form);
}

Exactness exactness(std::string_view range, const Offered& one) {
  return std::max(http::exactness(range, one.type), http::exactness(range, one.latest));
}

// What a field says of one form.
struct Opinion {
  Exactness exactness = Exactness::None;
  http::Weight weight = 0;
};

bool is_better(const Opinion& one, const Opinion& than) {
  if (one.weight != than.weight) return one.weight > than.weight;
  return one.exactness > than.exactness;
}

std::array<Opinion, kOffered.size()> read_accept(std::string_view accept) {
  std::array<Opinion, kOffered.size()> opinions{};
  while (const auto wanted = http::take_media_range(accept)) {
    for (std::size_t i = 0; i < kOffered.size(); ++i) {
      const auto found = exactness(wanted->type, kOffered[i]);
      if (found > opinions[i].exactness) opinions[i] = {found, wanted->weight};
    }
  }
  return opinions;
}

}  // namespace

std::string_view label(PageForm form) {
  return offered(form).label;
}

PageForm form_of_label(std::string_view label) {
  const auto* const found = std::ranges::find(kOffered, label, &Offered::label);
  return found == kOffered.end() ? PageForm::Html : found->form;
}

std::string_view content_type(PageForm form) {
  return offered(form).content_type;
}

std::optional<PageForm> accepted_form(std::string_view accept) {
  if (http::trim(accept).empty() || accept.size() > kMostAcceptBytes) return PageForm::Html;
  const auto opinions = read_accept(accept);
  std::size_t best = 0;
  for (std::size_t i = 1; i < opinions.size(); ++i) {
    const bool only_by_wildcard =
        opinions[i].exactness == Exactness::Anything && opinions[best].exactness == Exactness::Anything;
    const bool as_good = only_by_wildcard && !is_better(opinions[best], opinions[i]);
    if (is_better(opinions[i], opinions[best]) || as_good) best = i;
  }
  if (opinions[best].weight == 0) return std::nullopt;
  return kOffered[best].form;
}

std::optional<PageForm> named_form(std::string_view format) {
  std::string name(format);
  std::ranges::replace(name, ' ', '+');  // a '+' that was not escaped
  if (name == "json") return PageForm::JsonV1;
  if (name == "html") return PageForm::Html;
  for (const auto& one : kOffered) {
    if (exactness(name, one) == Exactness::Type) return one.form;
  }
  return std::nullopt;
}

}  // namespace artifactapi::formats::pypi
