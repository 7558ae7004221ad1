#include "formats/npm/package_index.h"

#include "formats/npm/dist.h"
#include "formats/npm/resource.h"
#include "formats/npm/tarball_link.h"
#include "http/path.h"

#include <utility>

namespace artifactapi::formats::npm {

Result<std::string> first_document(std::string_view prefix) {
  const auto path = http::canonicalise(prefix);
  const auto plain = path ? plain_spelling(path->encoded) : std::string();
  auto end = plain.find('/');
  if (plain.starts_with('@') && end != std::string::npos) end = plain.find('/', end + 1);
  if (end == std::string::npos || !is_package_name(std::string_view(plain).substr(0, end))) {
    return fail(Code::Invalid, "the pattern has to begin with a package's name and '/', as tarballs do");
  }
  return plain.substr(0, end);
}

Result<Named> read_tarballs(const RenditionAsked& document, std::string_view /*path*/,
                            std::string_view /*link*/) {
  const auto subject = subject_of(document);
  Named named;
  const auto take = [&](std::string_view dist) {
    std::string link;
    const auto keep_link = [&](DistField field, std::string_view written) {
      if (field == DistField::Tarball) link = short_text(written);
    };
    if (!each_field(dist, keep_link) || link.empty()) return true;
    if (auto target = tarball_target(document, subject.package, link)) {
      named.artifacts.push_back(std::move(target->path));
    }
    return true;
  };
  const auto done = each_dist(document.original, subject.place, take);
  if (!done) return std::unexpected(done.error());
  return named;
}

}  // namespace artifactapi::formats::npm
