// A chart repository's index, whatever it is: what it names is found again in it, and no link of the
// rendition leads past us.
#include "formats/helm/index.h"
#include "http/path.h"
#include "require.h"

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

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto url = http::parse_url("https://charts.example/repo/index.yaml").value();
  const auto base = http::parse_url("https://charts.example/repo").value();
  const formats::RenditionAsked asked{input, "", url, base, "https://ours/r", ""};
  Text sink;
  const auto rendered = formats::helm::render_index(asked, sink);
  const auto named = formats::helm::read_index(asked, "index.yaml", "");
  FUZZ_REQUIRE(rendered.has_value() == named.has_value());
  if (!named) return 0;
  if (named->artifacts.empty()) return 0;
  for (const auto& path : {named->artifacts.front(), named->artifacts.back()}) {
    FUZZ_REQUIRE(sink.text.contains("https://ours/r/"));
    const bool provenance = path.ends_with(".prov");
    FUZZ_REQUIRE(provenance || formats::helm::find_chart(asked, path).has_value());
  }
  return 0;
}
