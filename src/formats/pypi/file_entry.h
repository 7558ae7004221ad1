// One file of a project's page, in the words of its JSON form (PEP 691, 700, 714, 740), whichever form it
// came in. Pure.
#pragma once

#include "formats/html_tags.h"
#include "formats/promise.h"
#include "formats/rendition.h"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace artifactapi::formats::pypi {

// The fields of a file in JSON; those not known here are kept with the others.
//   filename, url, hashes                    always there when it came as HTML
//   requires-python, yanked, gpg-sig, size, upload-time, provenance
//   core-metadata                            with the older names dist-info-metadata, data-dist-info-metadata
struct FileEntry {
  boost::json::object fields;
  // Of an HTML link: attributes that have no field; only HTML has them again.
  std::vector<std::pair<std::string, std::string>> attributes;
};

// Of an `<a>`. Nothing: it leads to no file.
[[nodiscard]] std::optional<FileEntry> entry_of_anchor(const HtmlTags& anchor);

// Empty: there is none, or it is no string.
[[nodiscard]] std::string_view text_field(const FileEntry& entry, std::string_view name);

// What the entry says of FILE.metadata: `true`, an object of digests, or null for nothing.
[[nodiscard]] const boost::json::value* core_metadata(const FileEntry& entry);

// url and provenance lead through us afterwards, where they are web addresses; a file whose metadata has only
// an older name gets the newer one beside it (PEP 714).
void lead_through_us(const RenditionAsked& page, FileEntry& entry);

// The strongest of an object of digests that can be verified here. Nothing: there is none.
struct NamedDigest {
  DigestAlgorithm algorithm = DigestAlgorithm::Sha256;
  std::string raw;
};
[[nodiscard]] std::optional<NamedDigest> strongest(const boost::json::value* digests);

// "sha256=…" as a link's fragment and attributes have it (PEP 503 has one place only): SHA-256 if there,
// else whichever comes first. Empty: no digest.
[[nodiscard]] std::string digest_text(const boost::json::value* digests);

}  // namespace artifactapi::formats::pypi
