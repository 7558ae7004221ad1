// Request methods: those that something here answers, and Other. Names are case-sensitive (RFC 9110 9.1).
#pragma once

#include <cstdint>
#include <string_view>

namespace artifactapi::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Patch, Options, Other };

constexpr Method parse_method(std::string_view text) {
  if (text == "GET") return Method::Get;
  if (text == "HEAD") return Method::Head;
  if (text == "POST") return Method::Post;
  if (text == "PUT") return Method::Put;
  if (text == "DELETE") return Method::Delete;
  if (text == "PATCH") return Method::Patch;
  if (text == "OPTIONS") return Method::Options;
  return Method::Other;
}

// The name on the wire; "OTHER" for Other, whose own text the request keeps.
constexpr std::string_view to_string(Method method) {
  switch (method) {
    case Method::Get: return "GET";
    case Method::Head: return "HEAD";
    case Method::Post: return "POST";
    case Method::Put: return "PUT";
    case Method::Delete: return "DELETE";
    case Method::Patch: return "PATCH";
    case Method::Options: return "OPTIONS";
    case Method::Other: break;
  }
  return "OTHER";
}

constexpr bool is_get_or_head(Method method) {
  return method == Method::Get || method == Method::Head;
}

}  // namespace artifactapi::http
