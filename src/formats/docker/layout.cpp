#include "formats/docker/layout.h"

#include "formats/docker/accept.h"
#include "formats/docker/link.h"
#include "formats/docker/resource.h"
#include "formats/docker/tag_page.h"

#include <array>
#include <utility>

namespace artifactapi::formats::docker {

namespace {

using Kind = Resource::Kind;
using Type = HeadRules::Type;

constexpr std::string_view kDigestField = "Docker-Content-Digest";
constexpr std::array<FieldLine, 1> kFixed{{{"Docker-Distribution-Api-Version", "registry/2.0"}}};
constexpr std::array<std::string_view, 1> kPassedOn{"OCI-Filters-Applied"};
constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kEmptyIndex =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";

constexpr HeadRules kTagHead{.type = Type::UpstreamBare,
                             .offers_download = false,
                             .etag_is_digest = true,
                             .digest_field = kDigestField,
                             .fixed = kFixed};
constexpr HeadRules kManifestHead{.type = Type::UpstreamBare,
                                  .offers_download = false,
                                  .etag_is_digest = true,
                                  .url_names_digest = true,
                                  .digest_field = kDigestField,
                                  .fixed = kFixed};
constexpr HeadRules kBlobHead{.type = Type::Fixed,
                              .fixed_type = "application/octet-stream",
                              .offers_download = false,
                              .etag_is_digest = true,
                              .url_names_digest = true,
                              .digest_field = kDigestField,
                              .fixed = kFixed};
constexpr HeadRules kDocumentHead{
    .type = Type::Upstream, .offers_download = false, .fixed = kFixed, .passed_on = kPassedOn};

void refuse(Plan& plan, int status, std::string_view word, std::string_view message) {
  plan.access = Access::NoSuchPath;
  plan.refused = Refused{status, word, message};
}

// Official images of Docker Hub have names of one component in front, and "library/" behind.
std::string full_name(std::string_view name, const http::Url& base) {
  const bool is_short = !name.contains('/');
  return is_short && is_hub(http::authority(base)) ? "library/" + std::string(name) : std::string(name);
}

// A name that a user cannot mistake for a path: no tag and no path of the API has a '#'.
std::string variant_key(const std::string& key, const ManifestTypes& types) {
  return key + "#" + types.label();
}

void by_tag(const PathAsked& asked, Plan& plan, const std::string& name) {
  plan.key = plan.path;
  plan.head = &kTagHead;
  plan.accept = every_manifest_type();
  plan.revalidate_by_digest = true;
  plan.by_digest = (asked.guarded ? name + "/" : std::string()) + "manifests/";
  plan.most_bytes = kMostDocumentBytes;
  plan.word_for_404 = "MANIFEST_UNKNOWN";
  plan.suits = suits;
  const auto types = ManifestTypes::of_accept(asked.accept);
  if (types.is_anything()) return;
  plan.client_accept = types.accept();
  plan.other_key = variant_key(plan.key, types);
}

void by_digest(const PathAsked& asked, Plan& plan, const Resource& resource, const std::string& name) {
  const bool is_blob = resource.kind == Kind::Blob;
  plan.mutability = Mutability::Immutable;
  plan.builtin = false;
  plan.key = (asked.guarded ? name + "/" : std::string()) + (is_blob ? "blobs/" : "manifests/") +
             std::string(resource.reference);
  plan.head = is_blob ? &kBlobHead : &kManifestHead;
  if (!is_blob) plan.accept = every_manifest_type();
  if (!is_blob) plan.most_bytes = kMostDocumentBytes;
  plan.promised = resource.digest;
  plan.revalidate_by_digest = true;
  plan.word_for_404 = is_blob ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN";
}

void as_document(const PathAsked& asked, Plan& plan) {
  plan.head = &kDocumentHead;
  plan.most_bytes = kMostDocumentBytes;
  plan.next_page = next_page;
  plan.key = plan.path;
  const auto query = without_ns(asked.path.query);
  if (query.empty()) return;
  plan.key.append("?").append(query);
  plan.target.append("?").append(query);
}

// Registries that know no referrers keep them as an index under a tag made of the digest.
void as_referrers(const PathAsked& asked, Plan& plan, const Resource& resource, const std::string& name) {
  as_document(asked, plan);
  plan.accept = kIndexType;
  plan.empty_body = kEmptyIndex;
  plan.empty_type = kIndexType;
  Plan fallback;
  fallback.mutability = Mutability::Mutable;
  fallback.builtin = true;
  fallback.path = name + "/manifests/sha256-" + resource.digest.hex();
  fallback.target = "v2/" + fallback.path;
  fallback.scope = plan.scope;
  by_tag(asked, fallback, name);
  fallback.client_accept.clear();
  plan.fallback = std::make_shared<const Plan>(std::move(fallback));
}

void lay_out_resource(const PathAsked& asked, Plan& plan, const Resource& resource) {
  const auto name = full_name(resource.name, asked.base);
  plan.mutability = Mutability::Mutable;
  plan.builtin = true;
  plan.scope = "repository:" + name + ":pull";
  plan.word_for_404 = "NAME_UNKNOWN";
  const auto place = [&](std::string_view kind, std::string_view reference) {
    plan.path = name;
    plan.path.append(kind).append(reference);
    plan.target = "v2/" + plan.path;
  };
  switch (resource.kind) {
    case Kind::Tag: place("/manifests/", resource.reference); return by_tag(asked, plan, name);
    case Kind::Manifest:
      place("/manifests/", resource.reference);
      return by_digest(asked, plan, resource, name);
    case Kind::Blob: place("/blobs/", resource.reference); return by_digest(asked, plan, resource, name);
    case Kind::Tags:
      place("/tags/", "list");
      as_document(asked, plan);
      plan.form = page_form(asked.path.query);
      if (!plan.form.empty()) plan.render = render_tag_page;
      return;
    case Kind::Referrers:
      place("/referrers/", resource.reference);
      return as_referrers(asked, plan, resource, name);
    case Kind::Catalog:
      plan.scope = "registry:catalog:*";
      plan.path = "_catalog";
      plan.target = "v2/_catalog";
      return as_document(asked, plan);
    case Kind::Base:
    case Kind::NoPath: return refuse(plan, 404, "NAME_UNKNOWN", "the API of a registry has no such path");
    case Kind::BadName: return refuse(plan, 400, "NAME_INVALID", "that is no name of an image");
    case Kind::BadTag: return refuse(plan, 404, "MANIFEST_UNKNOWN", "that is no tag of an image");
    case Kind::BadDigest: return refuse(plan, 400, "DIGEST_INVALID", "that is no digest");
    case Kind::OtherDigest:
      return refuse(plan, 400, "UNSUPPORTED",
                    "digests other than sha256 are not served: they are not verified here");
  }
}

}  // namespace

void lay_out(const PathAsked& asked, Plan& plan) {
  std::string_view path = asked.path.encoded;
  if (path == "v2") path = {};
  if (path.starts_with("v2/")) path.remove_prefix(3);
  lay_out_resource(asked, plan, parse_resource(path));
}

std::span<const FieldLine> fixed_fields() {
  return kFixed;
}

}  // namespace artifactapi::formats::docker
