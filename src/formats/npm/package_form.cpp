#include "formats/npm/package_form.h"

#include "http/accept.h"

#include <limits>

namespace artifactapi::formats::npm {

namespace {

using http::Exactness;

constexpr std::string_view kFullType = "application/json";
constexpr std::string_view kAbbreviatedType = "application/vnd.npm.install-v1+json";

// What a field says of one type.
struct Opinion {
  Exactness exactness = Exactness::None;
  http::Weight weight = 0;
  int place = std::numeric_limits<int>::max();  // in the field, where it is named itself
};

void hear(Opinion& opinion, const http::MediaRange& range, int place, std::string_view type) {
  const auto found = http::exactness(range.type, type);
  if (found <= opinion.exactness) return;
  opinion.exactness = found;
  opinion.weight = range.weight;
  if (found == Exactness::Type) opinion.place = place;
}

}  // namespace

PackageForm accepted_form(std::string_view accept) {
  if (accept.size() > kMostAcceptBytes) return PackageForm::Full;
  Opinion full;
  Opinion abbreviated;
  for (int place = 0; const auto range = http::take_media_range(accept); ++place) {
    hear(full, *range, place, kFullType);
    hear(abbreviated, *range, place, kAbbreviatedType);
  }
  if (abbreviated.exactness != Exactness::Type || abbreviated.weight == 0) return PackageForm::Full;
  if (abbreviated.weight != full.weight) {
    return abbreviated.weight > full.weight ? PackageForm::Abbreviated : PackageForm::Full;
  }
  return abbreviated.place < full.place ? PackageForm::Abbreviated : PackageForm::Full;
}

bool suits_full(std::string_view accept, std::string_view /*content_type*/) {
  return accepted_form(accept) == PackageForm::Full;
}

bool suits_abbreviated(std::string_view accept, std::string_view /*content_type*/) {
  return accepted_form(accept) == PackageForm::Abbreviated;
}

}  // namespace artifactapi::formats::npm
