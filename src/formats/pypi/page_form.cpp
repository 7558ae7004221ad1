#include "formats/pypi/page_form.h"

#include "http/characters.h"
#include "http/headers.h"

#include <algorithm>
#include <array>
#include <string>

namespace artifactapi::formats::pypi {

namespace {

// In thousandths, as the grammar of a weight has it.
using Weight = int;
constexpr Weight kFull = 1000;

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

// "0.8", "1", "0.123"; what is no weight counts as none at all.
Weight parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  Weight weight = text[0] == '1' ? kFull : 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  Weight unit = kFull / 10;
  for (std::size_t at = 2; at < text.size(); ++at, unit /= 10) {
    if (!http::is_digit(text[at])) return 0;
    weight += unit * (text[at] - '0');
  }
  return std::min(weight, kFull);
}

struct Wanted {
  std::string_view type;
  Weight weight = kFull;
};

Wanted parse_wanted(std::string_view one) {
  const auto semicolon = std::min(one.find(';'), one.size());
  Wanted wanted{http::trim(one.substr(0, semicolon)), kFull};
  auto rest = one.substr(semicolon);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find(';'), rest.size());
    const auto parameter = http::trim(rest.substr(0, end));
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
      wanted.weight = parse_weight(parameter.substr(2));
    }
    rest.remove_prefix(end);
  }
  return wanted;
}

// 0: it does not name that type; else the higher, the more exactly.
int exactness(std::string_view range, const Offered& one) {
  if (http::equal_ignoring_case(range, one.type) || http::equal_ignoring_case(range, one.latest)) return 3;
  const auto whole = one.type.substr(0, one.type.find('/') + 1);
  if (range.ends_with("/*") && http::equal_ignoring_case(range.substr(0, range.size() - 1), whole)) return 2;
  return range == "*/*" ? 1 : 0;
}

// What a field says of one form.
struct Opinion {
  int exactness = 0;
  Weight weight = 0;
};

bool is_better(const Opinion& one, const Opinion& than) {
  if (one.weight != than.weight) return one.weight > than.weight;
  return one.exactness > than.exactness;
}

std::array<Opinion, kOffered.size()> read_accept(std::string_view accept) {
  std::array<Opinion, kOffered.size()> opinions{};
  while (!accept.empty()) {
    const auto comma = std::min(accept.find(','), accept.size());
    const auto wanted = parse_wanted(accept.substr(0, comma));
    for (std::size_t i = 0; i < kOffered.size(); ++i) {
      const int found = exactness(wanted.type, kOffered[i]);
      if (found > opinions[i].exactness) opinions[i] = {found, wanted.weight};
    }
    accept.remove_prefix(std::min(comma + 1, accept.size()));
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
    const bool only_by_wildcard = opinions[i].exactness == 1 && opinions[best].exactness == 1;
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
    if (exactness(name, one) == 3) return one.form;
  }
  return std::nullopt;
}

}  // namespace artifactapi::formats::pypi
