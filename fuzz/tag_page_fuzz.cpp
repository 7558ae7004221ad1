// A page of tags made of whatever upstream calls its list: upstream's own bytes, or a list that is sorted and
// short enough.
#include "formats/docker/tag_list.h"
#include "formats/docker/tag_page.h"
#include "require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

class Text final : public formats::RenditionSink {
 public:
  void write(std::string_view piece) override { text += piece; }
  std::string text;
};

}  // namespace

// The first line is the query, the rest the list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto line = std::min(input.find('\n'), input.size());
  const auto list = input.substr(std::min(line + 1, input.size()));
  const auto form = formats::docker::page_form(input.substr(0, line));
  const auto url = http::parse_url("https://registry.example/v2/a/tags/list").value();
  Text sink;
  const auto rendered =
      formats::docker::render_tag_page({list, "application/json", url, url, "https://ours", form}, sink);
  FUZZ_REQUIRE(rendered.has_value());
  if (sink.text == list) return 0;
  const auto made = formats::docker::read_tag_list({sink.text, "", url, url, {}, {}}, "a/tags/list", "");
  FUZZ_REQUIRE(made && std::ranges::is_sorted(made->artifacts));
  FUZZ_REQUIRE(rendered->link.empty() || rendered->link.starts_with("<?n="));
  return 0;
}
