#include "formats/docker/root.h"

#include "formats/docker/hub.h"
#include "http/json_string.h"
#include "http/percent.h"
#include "http/query.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace artifactapi::formats::docker {

namespace {

using Kind = Resolved::Kind;

constexpr std::size_t kNamesOfAPage = 1000;

std::string_view word_of(int status) {
  switch (status) {
    case 401: return "UNAUTHORIZED";
    case 403: return "DENIED";
    case 404: return "NAME_UNKNOWN";
    case 429: return "TOOMANYREQUESTS";
    default: return status < 500 && status != 501 ? "UNSUPPORTED" : "UNKNOWN";
  }
}

// The registry's own path: with its "v2/", so that no name can be taken for it.
http::CanonicalPath inside(const http::CanonicalPath& target, std::string_view path) {
  http::CanonicalPath found;
  found.encoded = "v2/";
  found.encoded += path;
  found.decoded = found.encoded;
  found.query = target.query;
  found.has_query = target.has_query;
  return found;
}

bool is_ping(std::string_view path) {
  return path.empty() || path == "/";
}

bool allows(const Candidate& candidate, const http::CanonicalPath& path) {
  return candidate.planner != nullptr && candidate.planner->plan(path).access == Access::Allowed;
}

Resolved at(std::size_t index, http::CanonicalPath path) {
  Resolved found;
  found.kind = Kind::Place;
  found.at = index;
  found.path = std::move(path);
  return found;
}

Resolved by_ns(const http::CanonicalPath& target, std::string_view whole, const std::string& registry,
               std::span<const Candidate> candidates) {
  auto path = inside(target, whole);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto& candidate = candidates[i];
    if (registry_of(candidate.base) != registry) continue;
    if (candidate.has_credentials && !candidate.serves_ns) continue;
    if (allows(candidate, path)) return at(i, std::move(path));
  }
  return {};
}

struct Page {
  std::size_t most = kNamesOfAPage;
  std::string last;
};

Page page_of(std::string_view query) {
  Page page;
  if (const auto n = http::query_parameter(query, "n")) {
    std::size_t most = 0;
    const auto [end, error] = std::from_chars(n->data(), n->data() + n->size(), most);
    if (error == std::errc() && end == n->data() + n->size()) page.most = std::min(most, kNamesOfAPage);
  }
  page.last = http::query_parameter(query, "last").value_or("");
  return page;
}

}  // namespace

std::string error_body(int status, std::string_view word, std::string_view message) {
  std::string body = R"({"errors":[{"code":)";
  http::append_json_string(body, word.empty() ? word_of(status) : word);
  body += R"(,"message":)";
  http::append_json_string(body, message);
  body += "}]}\n";
  return body;
}

Resolved resolve(const http::CanonicalPath& target, std::span<const Candidate> candidates) {
  const std::string_view encoded = target.encoded;
  Resolved found;
  if (is_ping(encoded)) {
    found.kind = Kind::Fixed;
    found.body = "{}";
    return found;
  }
  const auto whole = encoded.substr(1);
  const auto ns = http::query_parameter(target.query, "ns").value_or("");
  if (whole == "_catalog" && ns.empty()) {
    found.kind = Kind::Names;
    return found;
  }
  const auto first = whole.substr(0, whole.find('/'));
  const auto rest = first.size() < whole.size() ? whole.substr(first.size() + 1) : std::string_view();
  const auto named = std::ranges::find(candidates, first, &Candidate::name);
  const auto index = static_cast<std::size_t>(named - candidates.begin());
  if (ns.empty()) {
    if (named != candidates.end()) return at(index, inside(target, rest));
    const auto root = std::ranges::find(candidates, true, &Candidate::by_default);
    if (root == candidates.end()) return {};
    return at(static_cast<std::size_t>(root - candidates.begin()), inside(target, whole));
  }
  if (!http::valid_authority(ns)) return {};
  const auto registry = registry_of(ns);
  const auto serves_it = [&](const Candidate& candidate) { return registry_of(candidate.base) == registry; };
  // Clients that were given a path send the registry's name all the same: also where the remote is a mirror
  // of it, or the name is one that only the client's configuration knows.
  const bool is_prefix =
      named != candidates.end() && (serves_it(*named) || std::ranges::none_of(candidates, serves_it));
  found = is_prefix ? at(index, inside(target, rest)) : by_ns(target, whole, registry, candidates);
  if (found.kind == Kind::Place) found.headers.set("OCI-Namespace", ns);
  return found;
}

NameOfKey name_of_key(std::string_view key) {
  key = key.substr(0, key.find('?'));
  std::size_t name_end = std::string_view::npos;
  std::size_t kind_end = 0;
  for (const std::string_view kind : {"/manifests/", "/blobs/", "/referrers/", "/tags/"}) {
    const auto place = key.rfind(kind);
    if (place == std::string_view::npos || place + kind.size() <= kind_end) continue;
    name_end = place;
    kind_end = place + kind.size();
  }
  NameOfKey found;
  if (name_end == std::string_view::npos) {
    // Under its digest alone, or no image's.
    const auto slash = key.find('/');
    kind_end = slash == std::string_view::npos ? key.size() : slash + 1;
  } else {
    found.name = key.substr(0, name_end);
  }
  found.skip_to = std::string(key.substr(0, kind_end)) + '\x7f';
  return found;
}

NamePage render_names(std::span<const std::string> names, std::string_view query) {
  const auto page = page_of(query);
  const auto begin = page.last.empty() ? names.begin() : std::ranges::upper_bound(names, page.last);
  const auto left = static_cast<std::size_t>(names.end() - begin);
  const auto count = std::min(page.most, left);
  NamePage rendered;
  rendered.body = R"({"repositories":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) rendered.body += ',';
    http::append_json_string(rendered.body, begin[static_cast<std::ptrdiff_t>(i)]);
  }
  rendered.body += "]}\n";
  if (count == 0 || count == left) return rendered;
  rendered.link = "</v2/_catalog?n=" + std::to_string(page.most) +
                  "&last=" + http::percent_encode(begin[static_cast<std::ptrdiff_t>(count) - 1]) +
                  R"(>; rel="next")";
  return rendered;
}

}  // namespace artifactapi::formats::docker
