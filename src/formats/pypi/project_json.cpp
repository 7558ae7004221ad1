#include "formats/json_cursor.h"
#include "formats/piece_buffer.h"
#include "formats/pypi/page_rendition.h"
#include "formats/pypi/project_page.h"
#include "formats/through_us.h"

#include <boost/json.hpp>

namespace artifactapi::formats::pypi {

namespace {

// Goes through the document and copies it, but for the links of its files.
class Rewriting {
 public:
  Rewriting(const RenditionAsked& asked, PieceBuffer& out)
      : asked_(asked), out_(out), cursor_(asked.original) {}

  bool run() {
    std::string name;
    bool has_files = false;
    if (!cursor_.enter('{')) return false;
    while (cursor_.next_member(name)) {
      const bool is_list = name == "urls" && cursor_.next_byte() == '[';
      const bool is_map = name == "releases" && cursor_.next_byte() == '{';
      has_files = has_files || is_list || is_map;
      if (is_list)
        read_files();
      else if (is_map)
        read_releases();
      else
        cursor_.value();
    }
    if (!cursor_.at_end() || !has_files) return false;
    copy_to(asked_.original.size());
    return true;
  }

 private:
  void read_releases() {
    std::string version;
    if (!cursor_.enter('{')) return;
    while (cursor_.next_member(version)) read_files();
  }

  void read_files() {
    if (!cursor_.enter('[')) {
      cursor_.value();
      return;
    }
    while (cursor_.next_element()) read_file();
  }

  void read_file() {
    if (!cursor_.enter('{')) {
      cursor_.value();
      return;
    }
    std::string name;
    while (cursor_.next_member(name)) {
      const auto from = cursor_.position();
      const auto written = cursor_.value();
      if (name != "url" || !written.starts_with('"') || written.size() > JsonCursor::kMaxName) continue;
      const auto target = link_target(asked_, json_text(written));
      if (!target) continue;
      copy_to(from);
      out_.text() += boost::json::serialize(boost::json::string(through_us(asked_, *target)));
      copied_ = from + written.size();
    }
  }

  void copy_to(std::size_t end) {
    out_.copy(asked_.original.substr(copied_, end - copied_));
    copied_ = end;
  }

  const RenditionAsked& asked_;
  PieceBuffer& out_;
  JsonCursor cursor_;
  std::size_t copied_ = 0;
};

}  // namespace

Result<Rendered> render_project_json(const RenditionAsked& asked, RenditionSink& sink) {
  if (asked.original.size() > kMostPageBytes) return no_page("it is too large");
  PieceBuffer out(sink);
  if (!Rewriting(asked, out).run()) return no_page("it is no JSON with files");
  out.finish();
  return Rendered{.content_type = "application/json", .link = {}};
}

}  // namespace artifactapi::formats::pypi
