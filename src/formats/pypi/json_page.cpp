#include "formats/json_cursor.h"
#include "formats/pypi/project_page.h"

#include <array>
#include <memory>

namespace artifactapi::formats::pypi {

namespace {

using boost::json::value;

constexpr std::size_t kMostHeadBytes = 1U << 20U;  // of one member of the page that is looked into

// Null: it is no JSON, or too long.
value parse_small(std::string_view written) {
  if (written.size() > kMostHeadBytes) return nullptr;
  boost::system::error_code broken;
  auto parsed = boost::json::parse(written, broken);
  return broken ? value(nullptr) : parsed;
}

std::string text_of(const value* found) {
  return found != nullptr && found->is_string() ? std::string(std::string_view(found->get_string()))
                                                : std::string();
}

std::vector<std::string> texts_of(const value* found) {
  std::vector<std::string> texts;
  if (found == nullptr || !found->is_array()) return texts;
  for (const auto& one : found->get_array()) {
    if (one.is_string() && texts.size() < kMostListed) texts.emplace_back(std::string_view(one.get_string()));
  }
  return texts;
}

void read_member(PageHead& head, std::string_view name, std::string_view written) {
  if (name != "meta" && name != "name" && name != "alternate-locations" && name != "project-status") return;
  const auto member = parse_small(written);
  if (name == "name") head.name = text_of(&member);
  if (name == "alternate-locations") head.alternate_locations = texts_of(&member);
  if (!member.is_object()) return;
  const auto& fields = member.get_object();
  if (name == "meta") {
    head.api_version = text_of(fields.if_contains("api-version"));
    head.tracks = texts_of(fields.if_contains("tracks"));
  } else {
    head.status = text_of(fields.if_contains("status"));
    head.status_reason = text_of(fields.if_contains("reason"));
  }
}

// Memory of one file's fields, used again for the next.
class FileMemory {
 public:
  [[nodiscard]] std::unique_ptr<boost::json::monotonic_resource> fresh() {
    return std::make_unique<boost::json::monotonic_resource>(buffer_.data(), buffer_.size());
  }

 private:
  std::array<unsigned char, std::size_t{16} * 1024> buffer_{};
};

// False: `take` wants no more.
Result<bool> read_file(std::string_view written, FileMemory& memory, const TakeFile& take) {
  if (written.size() > kMostFileBytes) return no_page("it says too much of one file");
  const auto resource = memory.fresh();
  boost::system::error_code broken;
  auto parsed = boost::json::parse(written, broken, resource.get());
  if (broken || !parsed.is_object()) return no_page("a file is no JSON object");
  FileEntry entry{std::move(parsed.get_object()), {}};
  return take(entry);
}

}  // namespace

Result<> each_json_file(std::string_view page, const TakeFile& take, const WantsFile& wants) {
  JsonCursor cursor(page);
  FileMemory memory;
  std::string name;
  std::size_t files = 0;
  bool has_files = false;
  if (!cursor.enter('{')) return no_page("it is no JSON object");
  while (cursor.next_member(name)) {
    if (name != "files" || !cursor.enter('[')) {
      cursor.value();
      continue;
    }
    has_files = true;
    while (cursor.next_element()) {
      const auto written = cursor.value();
      if (cursor.failed()) break;
      if (++files > kMostFiles) return no_page("it has too many files");
      if (wants && !wants(written)) continue;
      const auto go_on = read_file(written, memory, take);
      if (!go_on) return std::unexpected(go_on.error());
      if (!*go_on) return {};
    }
  }
  if (!cursor.at_end() || !has_files) return no_page("it is no JSON object with a list of files");
  return {};
}

Result<PageHead> json_head(std::string_view page) {
  JsonCursor cursor(page);
  PageHead head;
  std::string name;
  if (!cursor.enter('{')) return no_page("it is no JSON object");
  while (cursor.next_member(name)) read_member(head, name, cursor.value());
  if (!cursor.at_end()) return no_page("it is no JSON object");
  return head;
}

}  // namespace artifactapi::formats::pypi
