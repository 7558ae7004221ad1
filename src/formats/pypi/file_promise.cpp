#include "formats/pypi/file_promise.h"

#include "formats/json_cursor.h"
#include "formats/pypi/project_page.h"
#include "formats/through_us.h"

#include <algorithm>
#include <string>
#include <utility>

namespace artifactapi::formats::pypi {

namespace {

// Before the query, as clients put it there.
std::string beside(std::string_view address, std::string_view ending) {
  const auto end = std::min(address.find('?'), address.size());
  return std::string(address.substr(0, end)).append(ending).append(address.substr(end));
}

Promise promise_of(std::optional<NamedDigest> digest, std::string url) {
  Promise promise;
  promise.url = std::move(url);
  if (digest) {
    promise.algorithm = digest->algorithm;
    promise.digest = std::move(digest->raw);
  }
  return promise;
}

// What one entry says of `file`.
std::optional<Promise> look_at(const RenditionAsked& page, const FileEntry& entry, std::string_view file) {
  const auto provenance = text_field(entry, "provenance");
  if (!provenance.empty()) {
    auto target = link_target(page, provenance);
    if (target && target->path == file) return promise_of({}, std::move(target->url));
  }
  const auto link = text_field(entry, "url");
  auto target = link_target(page, link.substr(0, link.find('#')));
  if (!target) return std::nullopt;
  if (target->path == file) {
    const auto* hashes = entry.fields.if_contains("hashes");
    if (hashes == nullptr) hashes = entry.fields.if_contains("digests");  // of the older JSON
    return promise_of(strongest(hashes), std::move(target->url));
  }
  const auto* const metadata = core_metadata(entry);
  if (metadata != nullptr && beside(target->path, ".metadata") == file) {
    return promise_of(strongest(metadata), beside(target->url, ".metadata"));
  }
  const auto* const signature = entry.fields.if_contains("gpg-sig");
  const bool is_signed = signature != nullptr && signature->is_bool() && signature->get_bool();
  if (is_signed && beside(target->path, ".asc") == file) return promise_of({}, beside(target->url, ".asc"));
  return std::nullopt;
}

// The name that a file's JSON has in it when the file is what `file` is or belongs to; empty: no telling.
std::string_view telling_name(std::string_view file) {
  file = file.substr(0, file.find('?'));
  if (file.ends_with("/provenance")) return {};
  for (const std::string_view ending : {".metadata", ".asc"}) {
    if (file.ends_with(ending)) file.remove_suffix(ending.size());
  }
  file.remove_prefix(file.rfind('/') + 1);
  return file.contains('%') ? std::string_view() : file;
}

// Most entries are of other files, and can be told by their text as long as nothing in it is escaped.
bool may_be_of(std::string_view written, std::string_view name) {
  return name.empty() || written.contains('\\') || written.contains('%') || written.contains(name);
}

class Search {
 public:
  Search(const RenditionAsked& page, std::string_view file)
      : page_(page), file_(file), name_(telling_name(file)) {}

  bool take(const FileEntry& entry) {
    found_ = look_at(page_, entry, file_);
    return !found_;
  }
  [[nodiscard]] bool wants(std::string_view written) const { return may_be_of(written, name_); }
  [[nodiscard]] std::optional<Promise> found() && { return std::move(found_); }

 private:
  const RenditionAsked& page_;
  std::string_view file_;
  std::string_view name_;
  std::optional<Promise> found_;
};

// The lists of files in the older JSON: "urls", and in "releases" one for each version.
bool is_project_json(std::string_view document) {
  JsonCursor cursor(document);
  std::string name;
  if (!cursor.enter('{')) return false;
  while (cursor.next_member(name)) {
    if (name == "files") return false;
    if (name == "urls" || name == "releases") return true;
    cursor.value();
  }
  return false;
}

// False: no more is wanted.
bool search_list(JsonCursor& cursor, Search& search) {
  if (!cursor.enter('[')) {
    cursor.value();
    return true;
  }
  while (cursor.next_element()) {
    const auto written = cursor.value();
    if (written.size() > kMostFileBytes || !search.wants(written)) continue;
    boost::system::error_code broken;
    auto parsed = boost::json::parse(written, broken);
    if (broken || !parsed.is_object()) continue;
    if (!search.take({std::move(parsed.get_object()), {}})) return false;
  }
  return true;
}

void search_project_json(std::string_view document, Search& search) {
  JsonCursor cursor(document);
  std::string name;
  if (!cursor.enter('{')) return;
  while (cursor.next_member(name)) {
    if (name == "urls") {
      if (!search_list(cursor, search)) return;
    } else if (name == "releases" && cursor.enter('{')) {
      while (cursor.next_member(name)) {
        if (!search_list(cursor, search)) return;
      }
    } else {
      cursor.value();
    }
  }
}

}  // namespace

std::optional<Promise> find_promise(const RenditionAsked& document, std::string_view file) {
  const auto kind = kind_of_page(document);
  if (!kind) return std::nullopt;
  if (*kind == PageKind::Json && is_project_json(document.original)) {
    Search search(document, file);
    search_project_json(document.original, search);
    return std::move(search).found();
  }
  const auto head = *kind == PageKind::Html ? page_head(document) : PageHead{};
  if (!head) return std::nullopt;
  const auto page = with_base(document, *head);
  Search search(page, file);
  const auto take = [&search](FileEntry& entry) { return search.take(entry); };
  const auto wants = [&search](std::string_view written) { return search.wants(written); };
  const auto done = each_file(page, take, wants);
  // A page that breaks off says no less of the files before.
  static_cast<void>(done);
  return std::move(search).found();
}

}  // namespace artifactapi::formats::pypi
