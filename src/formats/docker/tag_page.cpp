#include "formats/docker/tag_page.h"

#include "http/json_string.h"
#include "http/percent.h"
#include "http/query.h"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace artifactapi::formats::docker {

namespace {

struct Page {
  std::optional<std::size_t> most;
  std::string last;
};

Page page_of(std::string_view query) {
  Page page;
  if (const auto n = http::query_parameter(query, "n")) {
    std::size_t most = 0;
    const auto [end, error] = std::from_chars(n->data(), n->data() + n->size(), most);
    if (error == std::errc() && end == n->data() + n->size()) page.most = most;
  }
  page.last = http::query_parameter(query, "last").value_or("");
  return page;
}

// {"name":…,"tags":[…]}; nothing for what is not that.
struct TagList {
  std::string name;
  std::vector<std::string> tags;
};

std::optional<TagList> parse(std::string_view text) {
  boost::system::error_code broken;
  const auto value = boost::json::parse(text, broken);
  if (broken || !value.is_object()) return std::nullopt;
  const auto* name = value.get_object().if_contains("name");
  const auto* tags = value.get_object().if_contains("tags");
  if (name == nullptr || !name->is_string() || tags == nullptr || !tags->is_array()) return std::nullopt;
  TagList list{std::string(name->get_string()), {}};
  for (const auto& tag : tags->get_array()) {
    if (!tag.is_string()) return std::nullopt;
    list.tags.emplace_back(tag.get_string());
  }
  return list;
}

bool is_cut(const TagList& list, const Page& page) {
  if (page.most && list.tags.size() > *page.most) return false;
  return page.last.empty() || std::ranges::find(list.tags, page.last) == list.tags.end();
}

std::string to_json(const TagList& list) {
  std::string text = R"({"name":)";
  http::append_json_string(text, list.name);
  text += R"(,"tags":[)";
  for (const auto& tag : list.tags) {
    if (&tag != &list.tags.front()) text += ',';
    http::append_json_string(text, tag);
  }
  return text += "]}\n";
}

}  // namespace

std::string page_form(std::string_view query) {
  std::string form;
  for (const std::string_view name : {"n", "last"}) {
    const auto value = http::query_parameter(query, name);
    if (!value) continue;
    if (!form.empty()) form += '&';
    form.append(name).append("=").append(http::percent_encode(*value));
  }
  return form;
}

Result<Rendered> render_tag_page(const RenditionAsked& asked, RenditionSink& sink) {
  const auto page = page_of(asked.form);
  auto list = parse(asked.original);
  if (!list || is_cut(*list, page)) {
    sink.write(asked.original);
    return Rendered{};
  }
  auto& tags = list->tags;
  std::ranges::sort(tags);
  tags.erase(tags.begin(), std::ranges::upper_bound(tags, page.last));
  Rendered rendered;
  if (page.most && tags.size() > *page.most) {
    tags.resize(*page.most);
    if (!tags.empty()) {
      rendered.link = "<?n=" + std::to_string(*page.most) + "&last=" + http::percent_encode(tags.back()) +
                      R"(>; rel="next")";
    }
  }
  sink.write(to_json(*list));
  return rendered;
}

}  // namespace artifactapi::formats::docker
