// Response heads as libcurl would hand them over: line by line. What is accepted must be safe to store and
// pass on.
#include "transport/body_framing.h"
#include "transport/head_collector.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using artifactapi::transport::framing_of;
using artifactapi::transport::HeadCollector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(bytes), size);
  HeadCollector head;
  while (!rest.empty()) {
    const auto line =
        rest.substr(0, rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    if (!head.add(line)) return 0;
  }
  if (!head.complete()) return 0;
  if (head.status() < 200 || head.status() > 599) std::abort();
  if (head.headers().size() > HeadCollector::kMaxHeaders) std::abort();
  for (const auto& [name, value] : head.headers()) {
    if (!artifactapi::http::valid_name(name) || !artifactapi::http::valid_value(value)) std::abort();
  }
  const auto framing = framing_of("GET", head.status(), head.is_http_1_0(), head.headers());
  if (framing && framing->length && head.headers().has("Transfer-Encoding")) std::abort();
  return 0;
}
