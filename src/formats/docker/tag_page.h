// Pages of tags/list where upstream gives the whole list whatever the query says. Pure.
#pragma once

#include "formats/rendition.h"

#include <string>
#include <string_view>

namespace artifactapi::formats::docker {

// RenditionAsked::form of a canonical query: "n=…&last=…", each part only where it is there. Empty: all of
// the list is asked for.
[[nodiscard]] std::string page_form(std::string_view query);

// Render of formats/rendition.h. A list that has the tag it should begin after, or more tags than asked for,
// was not cut by upstream: it is sorted and cut here, with a Link where it goes on. Any other list is
// upstream's own page, in an order of its own, and stays as it is; so does what is no list.
[[nodiscard]] Result<Rendered> render_tag_page(const RenditionAsked& asked, RenditionSink& sink);

}  // namespace artifactapi::formats::docker
