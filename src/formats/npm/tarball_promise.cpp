#include "formats/npm/tarball_promise.h"

#include "formats/npm/dist.h"
#include "formats/npm/integrity.h"
#include "formats/npm/tarball_link.h"

#include <algorithm>
#include <string>
#include <utility>

namespace artifactapi::formats::npm {

namespace {

// The fields of one version, as they are written.
struct Dist {
  std::string_view tarball;
  std::string_view integrity;
  std::string_view shasum;
  std::string_view attestations;
};

std::optional<Dist> read_dist(std::string_view written) {
  Dist dist;
  const auto take = [&](DistField field, std::string_view value) {
    switch (field) {
      case DistField::Tarball: dist.tarball = value; break;
      case DistField::Integrity: dist.integrity = value; break;
      case DistField::Shasum: dist.shasum = value; break;
      case DistField::AttestationsUrl: dist.attestations = value; break;
    }
  };
  if (!each_field(written, take)) return std::nullopt;
  return dist;
}

Promise promise_of(const Dist& dist, std::string url) {
  Promise promise;
  promise.url = std::move(url);
  auto digest = promised_digest(short_text(dist.integrity), short_text(dist.shasum));
  if (!digest) return promise;
  promise.algorithm = digest->algorithm;
  promise.digest = std::move(digest->raw);
  return promise;
}

class Search {
 public:
  Search(const RenditionAsked& document, std::string package, std::string_view file)
      : document_(document), package_(std::move(package)), file_(file) {
    name_ = file.substr(0, file.find('?'));
    name_.remove_prefix(name_.rfind('/') + 1);
    if (name_.contains('%')) name_ = {};
  }

  // False: no more is wanted.
  bool look_at(std::string_view written) {
    if (!may_name_it(written)) return true;
    const auto dist = read_dist(written);
    if (!dist) return true;
    auto tarball = tarball_target(document_, package_, short_text(dist->tarball));
    if (tarball && key_of_link(tarball->path) == file_) {
      found = promise_of(*dist, std::move(tarball->url));
      return false;
    }
    auto attestations = target_of(document_, short_text(dist->attestations));
    if (!attestations || key_of_link(attestations->path) != file_) return true;
    found.emplace();
    found->url = std::move(attestations->url);
    return false;
  }

  std::optional<Promise> found;

 private:
  // Most are of other files, and can be told by their text as long as nothing in it is escaped.
  [[nodiscard]] bool may_name_it(std::string_view written) const {
    return name_.empty() || written.contains(name_) || written.contains('\\') || written.contains('%');
  }

  const RenditionAsked& document_;
  std::string package_;
  std::string_view file_;
  std::string_view name_;  // the file's, as its link has it too; empty: no telling
};

}  // namespace

std::optional<Promise> find_promise(const RenditionAsked& document, std::string_view file) {
  auto subject = subject_of(document);
  Search search(document, std::move(subject.package), file);
  const auto look_at = [&search](std::string_view dist) { return search.look_at(dist); };
  // A document that breaks off says no less of the versions before.
  static_cast<void>(each_dist(document.original, subject.place, look_at));
  return std::move(search.found);
}

void each_promise(const RenditionAsked& document, PromiseSink& sink) {
  const auto subject = subject_of(document);
  const auto look_at = [&](std::string_view written) {
    const auto dist = read_dist(written);
    if (!dist) return true;
    auto tarball = tarball_target(document, subject.package, short_text(dist->tarball));
    if (!tarball) return true;
    const auto promise = promise_of(*dist, std::move(tarball->url));
    if (!promise.digest.empty()) sink.take(key_of_link(tarball->path), promise);
    return true;
  };
  static_cast<void>(each_dist(document.original, subject.place, look_at));
}

}  // namespace artifactapi::formats::npm
