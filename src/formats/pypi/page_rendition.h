// A project's page in the form that a client wants, its links through us. Pure.
#pragma once

#include "formats/rendition.h"

namespace artifactapi::formats::pypi {

// Render of formats/rendition.h; its `form` is the label of a PageForm. JSON made of JSON has every member
// again, those not known here as they were; HTML has what HTML has words for. JSON made of HTML says
// api-version 1.0: size, upload-time and versions, which 1.1 demands, nobody knows then.
[[nodiscard]] Result<Rendered> render_page(const RenditionAsked& asked, RenditionSink& sink);

// Render of the older JSON of a project or a release (/pypi/{name}/json): the `url` of each of its files
// leads through us, everything else stays byte for byte.
[[nodiscard]] Result<Rendered> render_project_json(const RenditionAsked& asked, RenditionSink& sink);

}  // namespace artifactapi::formats::pypi
