// The forms of the simple repository API and which of them a client wants (PEP 691). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace artifactapi::formats::pypi {

enum class PageForm : std::uint8_t {
  Html,    // text/html
  HtmlV1,  // the same bytes as application/vnd.pypi.simple.v1+html
  JsonV1,  // application/vnd.pypi.simple.v1+json
};

// As Plan::form has it.
[[nodiscard]] std::string_view label(PageForm form);
// Html for everything that is no label.
[[nodiscard]] PageForm form_of_label(std::string_view label);
// The Content-Type of an answer.
[[nodiscard]] std::string_view content_type(PageForm form);

inline constexpr std::size_t kMostAcceptBytes = 4 * 1024;

// The form that an Accept field weighs highest (RFC 9110 section 12.5.1); "latest" means version 1. JSON
// where two weigh the same, but HTML where only a wildcard speaks for both. No field: HTML. Nothing: none of
// ours is wanted, which PEP 691 answers with 406. A field over kMostAcceptBytes says nothing.
[[nodiscard]] std::optional<PageForm> accepted_form(std::string_view accept);

// What the parameter `format` names: a media type, or "json" or "html" for short. Nothing: no form of ours.
[[nodiscard]] std::optional<PageForm> named_form(std::string_view format);

// What upstream is asked: JSON first, which says more, then HTML of either name.
inline constexpr std::string_view kAskForPage =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

}  // namespace artifactapi::formats::pypi
