#include "formats/pypi/layout.h"

#include "formats/pypi/file_promise.h"
#include "formats/pypi/page_form.h"
#include "formats/pypi/page_rendition.h"
#include "formats/pypi/project_name.h"
#include "formats/pypi/project_page.h"
#include "formats/pypi/wheel_metadata.h"
#include "formats/through_us.h"

#include <array>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace artifactapi::formats::pypi {

namespace {

using Type = HeadRules::Type;

constexpr std::string_view kFileHost = "files.pythonhosted.org";
constexpr std::string_view kIndexOfFileHost = "https://pypi.org/simple/";
constexpr std::string_view kSimple = "simple/";
constexpr std::string_view kMetadata = ".metadata";

constexpr std::array<FieldLine, 1> kVary{{{"Vary", "Accept"}}};
constexpr std::array<std::string_view, 1> kPassedOn{"X-PyPI-Last-Serial"};
constexpr HeadRules kPageHead{
    .type = Type::Upstream, .offers_download = false, .fixed = kVary, .passed_on = kPassedOn};
constexpr HeadRules kMetadataHead{.type = Type::Upstream, .offers_download = false};
constexpr HeadRules kDocumentHead{.type = Type::Upstream, .offers_download = false, .passed_on = kPassedOn};

// The simple API's root, with its final '/'; empty: below the base.
std::string index_root(const PathAsked& asked) {
  std::string root(asked.index_url);
  if (root.empty() && asked.base.host == kFileHost) root = kIndexOfFileHost;
  if (!root.empty() && !root.ends_with('/')) root += '/';
  return root;
}

// Where an index has what is not its simple API: beside it. Empty: below the base.
std::string beside_index(const PathAsked& asked) {
  auto root = index_root(asked);
  if (!root.ends_with("/simple/")) return {};
  root.resize(root.size() - kSimple.size());
  return root;
}

std::string url_of_page(const PathAsked& asked, std::string_view project) {
  auto url = index_root(asked);
  if (!url.empty()) url.append(project).append("/");
  return url;
}

std::string url_beside_index(const PathAsked& asked, std::string_view path) {
  auto url = beside_index(asked);
  if (!url.empty()) url += path;
  return url;
}

void as_document(const PathAsked& asked, Plan& plan) {
  plan.access = Access::Allowed;
  plan.mutability = Mutability::Mutable;
  plan.head = &kDocumentHead;
  plan.key = asked.path.encoded;
  plan.path = asked.path.decoded;
}

void refuse(Plan& plan, int status, std::string_view message) {
  plan.access = Access::NoSuchPath;
  plan.refused = Refused{status, {}, message};
}

void redirect(const PathAsked& asked, Plan& plan, std::string path) {
  as_document(asked, plan);
  plan.redirect = std::move(path);
  if (asked.path.has_query) plan.redirect.append("?").append(asked.path.query);
}

// The parameter counts more than the field: a person can write it. Nothing: none of ours.
std::optional<PageForm> wanted_form(const PathAsked& asked) {
  if (asked.path.has_query) {
    if (const auto format = http::query_parameter(asked.path.query, "format")) return named_form(*format);
  }
  return accepted_form(asked.accept);
}

// Suits of formats/plan.h.
bool suits(std::string_view accept, std::string_view type) {
  const auto form = accepted_form(accept);
  return form && content_type(*form) == type;
}

std::string ask_for_root(PageForm form) {
  switch (form) {
    case PageForm::JsonV1: return std::string(kAskForPage);
    case PageForm::HtmlV1: return "application/vnd.pypi.simple.v1+html, text/html;q=0.5";
    case PageForm::Html: return "text/html";
  }
  return {};
}

// Hundreds of thousands of names: never read, so each form is one of upstream's own answers.
void lay_out_root(const PathAsked& asked, Plan& plan, PageForm form) {
  as_document(asked, plan);
  plan.head = &kPageHead;
  plan.accept = ask_for_root(form);
  plan.suits = suits;
  plan.absolute = index_root(asked);
  if (form == PageForm::Html) return;
  plan.key.append("#").append(label(form));  // no path has a '#'
  plan.target = asked.path.encoded;
}

void lay_out_page(const PathAsked& asked, Plan& plan, std::string_view name, PageForm form) {
  as_document(asked, plan);
  plan.head = &kPageHead;
  plan.form = label(form);
  plan.render = render_page;
  plan.each_promise = each_promise;
  plan.suits = suits;
  plan.accept = kAskForPage;
  plan.most_bytes = kMostPageBytes;
  plan.absolute = url_of_page(asked, name);
}

void lay_out_simple(const PathAsked& asked, Plan& plan, std::string_view name, bool has_slash) {
  if (!valid_name(name)) return refuse(plan, 404, "that is no name of a project");
  auto project = normalised(name);
  if (!has_slash || project != name) return redirect(asked, plan, std::string(kSimple) + project + "/");
  const auto form = wanted_form(asked);
  if (!form) return refuse(plan, 406, "pages are to be had as HTML and as JSON, in version 1 of the API");
  lay_out_page(asked, plan, project, *form);
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  constexpr std::size_t kMost = 16;  // more than any path of the type's own has
  while (segments.size() < kMost) {
    const auto end = path.find('/');
    segments.push_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return segments;
}

// pypi/NAME/json, pypi/NAME/VERSION/json
bool lay_out_project_json(const PathAsked& asked, Plan& plan) {
  const auto parts = segments_of(asked.path.encoded);
  const bool is_one =
      (parts.size() == 3 || parts.size() == 4) && parts[0] == "pypi" && parts.back() == "json";
  if (!is_one || !valid_name(parts[1])) return false;
  auto path = "pypi/" + normalised(parts[1]);
  for (const auto part : std::span(parts).subspan(2)) path.append("/").append(part);
  if (path != asked.path.encoded) {
    redirect(asked, plan, std::move(path));
    return true;
  }
  as_document(asked, plan);
  plan.render = render_project_json;
  plan.each_promise = each_promise;
  plan.accept = "application/json";
  plan.most_bytes = kMostPageBytes;
  plan.absolute = url_beside_index(asked, path);
  return true;
}

// The documents that may name a file, those of clients nowadays first.
std::vector<DocumentAt> pages_of(const PathAsked& asked, const std::vector<std::string>& projects) {
  std::vector<DocumentAt> pages;
  for (const auto& project : projects) {
    pages.push_back({std::string(kSimple) + project + "/", url_of_page(asked, project), kAskForPage});
  }
  for (const auto& project : projects) {
    auto key = "pypi/" + project + "/json";
    auto url = url_beside_index(asked, key);
    pages.push_back({std::move(key), std::move(url)});
  }
  return pages;
}

// …/integrity/NAME/VERSION/FILE/provenance
bool lay_out_provenance(const PathAsked& asked, Plan& plan) {
  const std::string_view path = asked.path.encoded;
  const auto elsewhere = path_elsewhere(path);
  const auto parts = segments_of(elsewhere.value_or(path));
  const auto count = parts.size();
  const bool is_one = count >= 5 && parts[count - 1] == "provenance" && parts[count - 5] == "integrity";
  if (!is_one || !valid_name(parts[count - 4])) return false;
  as_document(asked, plan);
  plan.most_bytes = kMostProvenanceBytes;
  plan.elsewhere = elsewhere.has_value();
  plan.promised_by = pages_of(asked, {normalised(parts[count - 4])});
  plan.find_promise = find_promise;
  if (path.starts_with("integrity/")) plan.absolute = url_beside_index(asked, path);
  return true;
}

std::shared_ptr<const Plan> metadata_in_wheel(const PathAsked& asked);

void lay_out_file(const PathAsked& asked, Plan& plan) {
  plan.mutability = Mutability::Immutable;
  plan.key = asked.path.encoded;
  // A link's own query is part of its address.
  if (asked.path.has_query) plan.key.append("?").append(asked.path.query);
  const auto elsewhere = path_elsewhere(asked.path.decoded);
  plan.elsewhere = elsewhere.has_value();
  plan.path = elsewhere.value_or(asked.path.decoded);
  if (plan.path.ends_with('/') || plan.path.empty()) {  // a list of something
    plan.mutability = Mutability::Mutable;
    return;
  }
  const auto name = std::string_view(plan.path).substr(plan.path.rfind('/') + 1);
  plan.promised_by = pages_of(asked, projects_of_file(name));
  plan.find_promise = find_promise;
  // Who may have a file may have what its page offers beside it: patterns are asked about the file.
  if (!name.ends_with(kMetadata)) return;
  plan.head = &kMetadataHead;
  plan.most_bytes = kMostMetadataBytes;
  plan.path.resize(plan.path.size() - kMetadata.size());
  if (plan.path.ends_with(".whl")) plan.fallback = metadata_in_wheel(asked);
}

// Some indexes tell of metadata that they have not: it is taken out of the wheel.
std::shared_ptr<const Plan> metadata_in_wheel(const PathAsked& asked) {
  auto path = asked.path;
  path.encoded.resize(path.encoded.size() - kMetadata.size());
  path.decoded.resize(path.decoded.size() - kMetadata.size());
  Plan wheel;
  lay_out_file({path, asked.accept, asked.base, asked.guarded, asked.index_url}, wheel);
  wheel.head = &kMetadataHead;
  wheel.render = render_metadata;
  wheel.form = "metadata";
  wheel.most_bytes = kMostWheelBytes;
  return std::make_shared<const Plan>(std::move(wheel));
}

}  // namespace

void lay_out(const PathAsked& asked, Plan& plan) {
  const std::string_view path = asked.path.encoded;
  if (path == "simple") return redirect(asked, plan, std::string(kSimple));
  if (path == kSimple) {
    const auto form = wanted_form(asked);
    if (!form)
      return refuse(plan, 406, "the index is to be had as HTML and as JSON, in version 1 of the API");
    return lay_out_root(asked, plan, *form);
  }
  if (path.starts_with(kSimple)) {
    const auto rest = path.substr(kSimple.size());
    const auto slash = rest.find('/');
    // What lies below a project's page is a file of a static index.
    if (slash == std::string_view::npos || slash + 1 == rest.size()) {
      return lay_out_simple(asked, plan, rest.substr(0, slash), slash != std::string_view::npos);
    }
  }
  if (lay_out_project_json(asked, plan) || lay_out_provenance(asked, plan)) return;
  lay_out_file(asked, plan);
}

}  // namespace artifactapi::formats::pypi
