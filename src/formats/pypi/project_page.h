// A project's page of the simple repository API, in either form (PEP 503, 691). Pure.
#pragma once

#include "base/result.h"
#include "formats/pypi/file_entry.h"
#include "formats/rendition.h"
#include "http/url.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats::pypi {

// Beyond these a page is BadPeer.
inline constexpr std::uint64_t kMostPageBytes = 128ULL << 20U;
inline constexpr std::size_t kMostFiles = 500'000;
inline constexpr std::size_t kMostFileBytes = 1U << 20U;  // what a page says of one file
inline constexpr std::size_t kMostListed = 1000;          // of each list in a page's head

// What a page says of the project as a whole, beside its files.
struct PageHead {
  std::string name;                              // normalised, when the page does not say
  std::string api_version;                       // PEP 629; empty: it does not say, which means 1.0
  std::vector<std::string> tracks;               // PEP 708
  std::vector<std::string> alternate_locations;  // likewise
  std::string status;                            // PEP 792
  std::string status_reason;
  std::optional<http::Url> links_from;  // another base than the page's own URL
};

enum class PageKind : std::uint8_t { Json, Html };

// By the media type, where that says nothing by its first byte. BadPeer: it is neither, or too large.
[[nodiscard]] Result<PageKind> kind_of_page(const RenditionAsked& page);

// Called with each file in the order of the page; false ends the reading. It may change the entry.
using TakeFile = std::function<bool(FileEntry& entry)>;
// Says of what is written of a file whether it is worth reading.
using WantsFile = std::function<bool(std::string_view written)>;

// BadPeer: the bytes are no such page. Entries without a file name or URL are among them: see text_field.
[[nodiscard]] Result<> each_file(const RenditionAsked& page, const TakeFile& take,
                                 const WantsFile& wants = {});

[[nodiscard]] Result<PageHead> page_head(const RenditionAsked& page);

// The same page with links as `head` wants them resolved. Views of both.
[[nodiscard]] RenditionAsked with_base(const RenditionAsked& page, const PageHead& head);

// --- of one form each; for the parts of this reader ---

[[nodiscard]] Result<> each_json_file(std::string_view page, const TakeFile& take, const WantsFile& wants);
[[nodiscard]] Result<PageHead> json_head(std::string_view page);
[[nodiscard]] Result<> each_html_file(std::string_view page, const TakeFile& take);
[[nodiscard]] PageHead html_head(std::string_view page, const http::Url& original_url);

[[nodiscard]] std::unexpected<Error> no_page(std::string_view why);

}  // namespace artifactapi::formats::pypi
