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

// What one entry says of its file and of the metadata beside it.
void tell(const RenditionAsked& page, const FileEntry& entry, PromiseSink& sink) {
  const auto link = text_field(entry, "url");
  const auto target = link_target(page, link.substr(0, link.find('#')));
  if (!target) return;
  const auto* hashes = entry.fields.if_contains("hashes");
  if (hashes == nullptr) hashes = entry.fields.if_contains("digests");
  const auto promise = promise_of(strongest(hashes), target->url);
  if (!promise.digest.empty()) sink.take(target->path, promise);
  const auto* const metadata = core_metadata(entry);
  if (metadata == nullptr) return;
  const auto beside_it = promise_of(strongest(metadata), beside(target->url, ".metadata"));
  if (!beside_it.digest.empty()) sink.take(beside(target->path, ".metadata"), beside_it);
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

// Which entries are of interest, and what is made of them.
class EntryReader {
 public:
  EntryReader() = default;
  EntryReader(const EntryReader&) = delete;
  EntryReader& operator=(const EntryReader&) = delete;
  virtual ~EntryReader() = default;
  // False: no more is wanted.
  virtual bool take(const RenditionAsked& page, const FileEntry& entry) = 0;
  [[nodiscard]] virtual bool wants(std::string_view written) const = 0;
};

class Teller final : public EntryReader {
 public:
  explicit Teller(PromiseSink& sink) : sink_(sink) {}

  bool take(const RenditionAsked& page, const FileEntry& entry) override {
    tell(page, entry, sink_);
    return true;
  }
  [[nodiscard]] bool wants(std::string_view) const override { return true; }

 private:
  PromiseSink& sink_;
};

class Search final : public EntryReader {
 public:
  explicit Search(std::string_view file) : file_(file), name_(telling_name(file)) {}

  bool take(const RenditionAsked& page, const FileEntry& entry) override {
    found_ = look_at(page, entry, file_);
    return !found_;
  }
  [[nodiscard]] bool wants(std::string_view written) const override { return may_be_of(written, name_); }
  [[nodiscard]] std::optional<Promise> found() && { return std::move(found_); }

 private:
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
bool read_list(const RenditionAsked& page, JsonCursor& cursor, EntryReader& reader) {
  if (!cursor.enter('[')) {
    cursor.value();
    return true;
  }
  while (cursor.next_element()) {
    const auto written = cursor.value();
    if (written.size() > kMostFileBytes || !reader.wants(written)) continue;
    boost::system::error_code broken;
    auto parsed = boost::json::parse(written, broken);
    if (broken || !parsed.is_object()) continue;
    if (!reader.take(page, {std::move(parsed.get_object()), {}})) return false;
  }
  return true;
}

void read_project_json(const RenditionAsked& page, EntryReader& reader) {
  JsonCursor cursor(page.original);
  std::string name;
  if (!cursor.enter('{')) return;
  while (cursor.next_member(name)) {
    if (name == "urls") {
      if (!read_list(page, cursor, reader)) return;
    } else if (name == "releases" && cursor.enter('{')) {
      while (cursor.next_member(name)) {
        if (!read_list(page, cursor, reader)) return;
      }
    } else {
      cursor.value();
    }
  }
}

// A page that breaks off says no less of the files before.
void read_page(const RenditionAsked& document, EntryReader& reader) {
  const auto kind = kind_of_page(document);
  if (!kind) return;
  if (*kind == PageKind::Json && is_project_json(document.original)) {
    read_project_json(document, reader);
    return;
  }
  const auto head = *kind == PageKind::Html ? page_head(document) : PageHead{};
  if (!head) return;
  const auto page = with_base(document, *head);
  const auto take = [&](FileEntry& entry) { return reader.take(page, entry); };
  const auto wants = [&reader](std::string_view written) { return reader.wants(written); };
  static_cast<void>(each_file(page, take, wants));
}

}  // namespace

std::optional<Promise> find_promise(const RenditionAsked& document, std::string_view file) {
  Search search(file);
  read_page(document, search);
  return std::move(search).found();
}

void each_promise(const RenditionAsked& document, PromiseSink& sink) {
  Teller teller(sink);
  read_page(document, teller);
}

}  // namespace artifactapi::formats::pypi
