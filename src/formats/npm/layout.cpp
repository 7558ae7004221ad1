#include "formats/npm/layout.h"

#include "formats/npm/package_document.h"
#include "formats/npm/package_form.h"
#include "formats/npm/resource.h"
#include "formats/npm/tarball_link.h"
#include "formats/npm/tarball_promise.h"
#include "formats/through_us.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace artifactapi::formats::npm {

namespace {

using Kind = Resource::Kind;
using Type = HeadRules::Type;

constexpr std::string_view kNotFound = "Not found";
constexpr std::string_view kElsewhere = "-/at/";
constexpr std::string_view kAttestations = "-/npm/v1/attestations/";
constexpr std::string_view kAbbreviated = "#abbreviated";  // no path has a '#'

constexpr std::array<std::string_view, 3> kForwarded{
    "-/npm/v1/security/advisories/bulk", "-/npm/v1/security/audits", "-/npm/v1/security/audits/quick"};

constexpr std::array<FieldLine, 1> kVary{{{"Vary", "Accept"}}};
constexpr HeadRules kPackageHead{.type = Type::Upstream, .offers_download = false, .fixed = kVary};
constexpr HeadRules kDocumentHead{.type = Type::Upstream, .offers_download = false};

const http::QueryRule& search_parameters() {
  static const http::QueryRule kRule{http::QueryRule::Kind::Names,
                                     {"text", "size", "from", "quality", "popularity", "maintenance"}};
  return kRule;
}

void refuse(Plan& plan, std::string_view message) {
  plan.access = Access::NoSuchPath;
  plan.refused = Refused{404, kNotFound, message};
}

void add_query(Plan& plan, const std::string& query) {
  if (query.empty()) return;
  plan.key.append("?").append(query);
  if (!plan.target.empty()) plan.target.append("?").append(query);
}

void as_document(Plan& plan, const Resource& resource) {
  plan.access = Access::Allowed;
  plan.mutability = Mutability::Mutable;
  plan.head = &kDocumentHead;
  plan.key = resource.path.encoded;
  plan.path = resource.path.decoded;
  plan.target = resource.target;
  plan.word_for_404 = kNotFound;
}

void lay_out_package(const PathAsked& asked, Plan& plan, const Resource& resource) {
  const bool abbreviated = accepted_form(asked.accept) == PackageForm::Abbreviated;
  as_document(plan, resource);
  plan.head = &kPackageHead;
  plan.render = render_package;
  plan.each_promise = each_promise;
  plan.most_bytes = kMostPackageBytes;
  plan.form = abbreviated ? "abbreviated" : "full";
  plan.suits = abbreviated ? suits_abbreviated : suits_full;
  plan.accept = abbreviated ? kAskForAbbreviated : kAskForFull;
  if (abbreviated) plan.key += kAbbreviated;
}

void lay_out_version(Plan& plan, const Resource& resource) {
  as_document(plan, resource);
  plan.render = render_version;
  plan.each_promise = each_promise;
  plan.most_bytes = kMostVersionBytes;
  plan.accept = kAskForFull;
}

// The documents that may name a file, those of clients nowadays first.
std::vector<DocumentAt> documents_of(const http::Url& base, const std::vector<std::string>& packages,
                                     std::string_view file_name) {
  std::vector<DocumentAt> documents;
  for (const auto& package : packages) {
    const auto url = url_of_document(base, target_of_package(package));
    documents.push_back({package + std::string(kAbbreviated), url, kAskForAbbreviated});
    documents.push_back({package, url, kAskForFull});
  }
  if (packages.empty()) return documents;
  const auto version = version_of_file(file_name, packages.front());
  if (version.empty()) return documents;
  const auto key = packages.front() + "/" + std::string(version);
  documents.push_back({key, url_of_document(base, target_of_package(key)), kAskForFull});
  return documents;
}

// `path`: without the `folder` that stands before it in the key; `packages`: that may name it.
void lay_out_file(const PathAsked& asked, Plan& plan, const http::CanonicalPath& path,
                  std::string_view folder, std::vector<std::string> packages) {
  const auto at = http::canonicalise(plain_spelling(path.encoded)).value_or(path);
  plan.mutability = Mutability::Immutable;
  plan.key.append(folder).append(at.encoded);
  plan.path = at.decoded;
  plan.elsewhere = !folder.empty();
  plan.word_for_404 = kNotFound;
  if (asked.path.has_query) plan.key.append("?").append(asked.path.query);
  // A link's own query is part of its address; the package in it is for us alone.
  auto named = named_package(asked.path.query);
  const auto query = named.empty() ? asked.path.query : query_without_package(asked.path.query);
  if (!named.empty()) packages = {std::move(named)};
  if (!plan.elsewhere) {
    plan.target = path.encoded;  // as upstream spelled the link
    if (!query.empty()) plan.target.append("?").append(query);
  }
  const std::string_view encoded = at.encoded;
  plan.promised_by = documents_of(asked.base, packages, encoded.substr(encoded.rfind('/') + 1));
  plan.find_promise = find_promise;
}

void lay_out_elsewhere(const PathAsked& asked, Plan& plan, const http::CanonicalPath& path) {
  http::CanonicalPath inner;
  inner.encoded = path_elsewhere(path.encoded).value_or("");
  inner.decoded = path_elsewhere(path.decoded).value_or("");
  const auto folder = std::string_view(path.encoded).substr(0, path.encoded.size() - inner.encoded.size());
  auto resource = parse_resource(inner);
  if (resource.kind != Kind::Attestations) {
    return lay_out_file(asked, plan, inner, folder, std::move(resource.packages));
  }
  as_document(plan, resource);
  plan.key.insert(0, folder);
  plan.target.clear();
  plan.elsewhere = true;
  plan.promised_by = documents_of(asked.base, resource.packages, {});
  plan.find_promise = find_promise;
}

// Clients before npm 11 put the whole path of what they are told behind the registry's address.
http::CanonicalPath without_repetition(const http::CanonicalPath& path) {
  const auto encoded = plain_spelling(path.encoded);
  auto at = encoded.find(kAttestations);
  if (at == std::string::npos || at == 0 || encoded[at - 1] != '/') return path;
  const auto elsewhere = encoded.rfind(kElsewhere, at);
  const bool is_elsewhere = elsewhere != std::string::npos &&
                            path_elsewhere(std::string_view(encoded).substr(elsewhere)) == encoded.substr(at);
  if (is_elsewhere) at = elsewhere;
  return http::canonicalise(encoded.substr(at)).value_or(path);
}

// Whatever it looks like, a document says that it is a tarball.
bool is_named_file(const PathAsked& asked) {
  return !asked.path.encoded.starts_with("-/") && !named_package(asked.path.query).empty();
}

void lay_out_post(const PathAsked& asked, Plan& plan) {
  if (std::ranges::find(kForwarded, asked.path.encoded) == kForwarded.end()) return;
  Resource resource;
  resource.path = asked.path;
  as_document(plan, resource);
  plan.target = plan.key;
  plan.forward = true;
}

}  // namespace

void lay_out(const PathAsked& asked, Plan& plan) {
  if (asked.method == http::Method::Post) return lay_out_post(asked, plan);
  if (!http::is_get_or_head(asked.method)) return;
  const auto path = without_repetition(asked.path);
  if (path_elsewhere(path.encoded)) return lay_out_elsewhere(asked, plan, path);
  auto resource = parse_resource(path);
  if (is_named_file(asked)) resource.kind = Kind::File;
  switch (resource.kind) {
    case Kind::Package: return lay_out_package(asked, plan, resource);
    case Kind::Version: return lay_out_version(plan, resource);
    case Kind::File: return lay_out_file(asked, plan, path, {}, std::move(resource.packages));
    case Kind::Search:
      as_document(plan, resource);
      return add_query(plan, http::filter_query(asked.path.query, search_parameters()));
    case Kind::Attestations: return as_document(plan, resource);
    case Kind::Account: return refuse(plan, "accounts of upstream are not shown");
    case Kind::BadName: return refuse(plan, "that is no name of a package");
    case Kind::Other: as_document(plan, resource); return add_query(plan, asked.path.query);
  }
}

}  // namespace artifactapi::formats::npm
