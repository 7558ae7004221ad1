#include "formats/pypi/page_rendition.h"

#include "formats/html_references.h"
#include "formats/json_cursor.h"
#include "formats/piece_buffer.h"
#include "formats/pypi/page_form.h"
#include "formats/pypi/project_page.h"

namespace artifactapi::formats::pypi {

namespace {

namespace json = boost::json;

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  append_html(out, value);
  out += '"';
}

void append_meta(std::string& out, std::string_view name, std::string_view content) {
  if (content.empty()) return;
  out += "    <meta";
  append_attribute(out, "name", name);
  append_attribute(out, "content", content);
  out += ">\n";
}

std::string html_top(const PageHead& head) {
  std::string out = "<!DOCTYPE html>\n<html>\n  <head>\n";
  append_meta(out, "pypi:repository-version", head.api_version);
  for (const auto& url : head.tracks) append_meta(out, "pypi:tracks", url);
  for (const auto& url : head.alternate_locations) append_meta(out, "pypi:alternate-locations", url);
  append_meta(out, "pypi:project-status", head.status);
  append_meta(out, "pypi:project-status-reason", head.status_reason);
  out += "    <title>Links for ";
  append_html(out, head.name);
  out += "</title>\n  </head>\n  <body>\n    <h1>Links for ";
  append_html(out, head.name);
  out += "</h1>\n";
  return out;
}

// The digest stands before the parts that the fragment has anyway.
std::string with_digest(std::string_view url, const std::string& digest) {
  if (digest.empty()) return std::string(url);
  const auto hash = url.find('#');
  std::string out(url.substr(0, hash));
  out.append("#").append(digest);
  if (hash == std::string_view::npos) return out;
  const auto rest = url.substr(hash + 1);
  if (rest.empty() || rest.contains(digest)) return out;
  return out.append("&").append(rest);
}

void append_anchor(std::string& out, const FileEntry& entry) {
  const auto url = text_field(entry, "url");
  const auto name = text_field(entry, "filename");
  if (url.empty() || name.empty()) return;  // HTML has no words for it
  out += "    <a";
  append_attribute(out, "href", with_digest(url, digest_text(entry.fields.if_contains("hashes"))));
  if (const auto* python = entry.fields.if_contains("requires-python");
      python != nullptr && python->is_string()) {
    append_attribute(out, "data-requires-python", text_field(entry, "requires-python"));
  }
  if (const auto* metadata = core_metadata(entry)) {
    const auto digest = digest_text(metadata);
    const std::string_view text = digest.empty() ? "true" : std::string_view(digest);
    append_attribute(out, "data-dist-info-metadata", text);
    append_attribute(out, "data-core-metadata", text);
  }
  if (const auto* signature = entry.fields.if_contains("gpg-sig");
      signature != nullptr && signature->is_bool()) {
    append_attribute(out, "data-gpg-sig", signature->get_bool() ? "true" : "false");
  }
  const auto* const yanked = entry.fields.if_contains("yanked");
  const bool is_yanked =
      yanked != nullptr && (yanked->is_string() || (yanked->is_bool() && yanked->get_bool()));
  if (is_yanked) append_attribute(out, "data-yanked", text_field(entry, "yanked"));
  const auto provenance = text_field(entry, "provenance");
  if (!provenance.empty()) append_attribute(out, "data-provenance", provenance);
  for (const auto& [attribute, value] : entry.attributes) append_attribute(out, attribute, value);
  out += '>';
  append_html(out, name);
  out += "</a><br />\n";
}

Result<> write_html(const RenditionAsked& asked, const PageHead& head, PieceBuffer& out) {
  const auto page = with_base(asked, head);
  out.text() += html_top(head);
  auto take = [&](FileEntry& entry) {
    lead_through_us(page, entry);
    append_anchor(out.text(), entry);
    out.pass_on();
    return true;
  };
  auto done = each_file(page, take);
  out.text() += "  </body>\n</html>\n";
  return done;
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

// Without its last bracket, for the files to follow.
std::string json_top(const PageHead& head) {
  json::object meta{{"api-version", "1.0"}};
  if (!head.tracks.empty()) meta["tracks"] = array_of(head.tracks);
  json::object top{{"meta", std::move(meta)}, {"name", head.name}};
  if (!head.alternate_locations.empty()) top["alternate-locations"] = array_of(head.alternate_locations);
  if (!head.status.empty()) {
    json::object status{{"status", head.status}};
    if (!head.status_reason.empty()) status["reason"] = head.status_reason;
    top["project-status"] = std::move(status);
  }
  auto text = json::serialize(top);
  text.pop_back();
  return text;
}

// Writes the files of a page as the elements of an array.
class FileList {
 public:
  FileList(const RenditionAsked& page, PieceBuffer& out) : page_(page), out_(out) {}

  bool operator()(FileEntry& entry) {
    lead_through_us(page_, entry);
    if (!first_) out_.text() += ',';
    first_ = false;
    out_.text() += json::serialize(entry.fields);
    out_.pass_on();
    return true;
  }

 private:
  const RenditionAsked& page_;
  PieceBuffer& out_;
  bool first_ = true;
};

Result<> html_to_json(const RenditionAsked& asked, PieceBuffer& out) {
  const auto head = page_head(asked);
  if (!head) return std::unexpected(head.error());
  const auto page = with_base(asked, *head);
  out.text() += json_top(*head);
  out.text() += ",\"files\":[";
  FileList files(page, out);
  auto done = each_file(page, [&files](FileEntry& entry) { return files(entry); });
  out.text() += "]}";
  return done;
}

bool is_json(std::string_view written) {
  json::stream_parser parser;
  boost::system::error_code broken;
  parser.write(written.data(), written.size(), broken);
  if (!broken) parser.finish(broken);
  return !broken;
}

Result<> json_to_json(const RenditionAsked& asked, PieceBuffer& out) {
  JsonCursor cursor(asked.original);
  std::string name;
  bool first = true;
  out.text() += '{';
  if (!cursor.enter('{')) return no_page("it is no JSON object");
  while (cursor.next_member(name)) {
    const auto written = cursor.value();
    if (name == "files") continue;  // they come last
    if (!is_json(written)) return no_page("a member is no JSON");
    out.text() += first ? "" : ",";
    first = false;
    out.text().append(json::serialize(json::string(name))).append(":").append(written);
    out.pass_on();
  }
  out.text().append(first ? "" : ",").append("\"files\":[");
  FileList files(asked, out);
  auto done = each_file(asked, [&files](FileEntry& entry) { return files(entry); });
  out.text() += "]}";
  return done;
}

Result<> render_as(PageForm form, const RenditionAsked& asked, PieceBuffer& out) {
  const auto kind = kind_of_page(asked);
  if (!kind) return std::unexpected(kind.error());
  if (form == PageForm::JsonV1)
    return *kind == PageKind::Json ? json_to_json(asked, out) : html_to_json(asked, out);
  const auto head = page_head(asked);
  if (!head) return std::unexpected(head.error());
  return write_html(asked, *head, out);
}

}  // namespace

Result<Rendered> render_page(const RenditionAsked& asked, RenditionSink& sink) {
  const auto form = form_of_label(asked.form);
  PieceBuffer out(sink);
  auto done = render_as(form, asked, out);
  if (!done) return std::unexpected(done.error());
  out.finish();
  return Rendered{.content_type = std::string(content_type(form)), .link = {}};
}

}  // namespace artifactapi::formats::pypi
