#include "formats/npm/registry_error.h"

#include "http/json_string.h"

namespace artifactapi::formats::npm {

std::string error_body(int /*status*/, std::string_view word, std::string_view message) {
  std::string body = R"({"error":)";
  http::append_json_string(body, word.empty() ? message : word);
  if (!word.empty()) {
    body += R"(,"reason":)";
    http::append_json_string(body, message);
  }
  body += "}\n";
  return body;
}

}  // namespace artifactapi::formats::npm
