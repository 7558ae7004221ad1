#include "formats/pypi/wheel_metadata.h"

#include "formats/pypi/project_name.h"
#include "formats/pypi/zip_member.h"
#include "http/percent.h"

namespace artifactapi::formats::pypi {

Result<std::string> metadata_of_wheel(const ByteRanges& wheel, std::string_view file_name) {
  const auto projects = projects_of_file(file_name);
  if (!file_name.ends_with(".whl") || projects.empty()) return fail(Code::Invalid, "that is no wheel's name");
  // The folder's name need not be spelled as the file's; packages within a package may bring their own.
  const auto is_metadata = [&project = projects.front()](std::string_view name) {
    constexpr std::string_view kFile = ".dist-info/METADATA";
    if (!name.ends_with(kFile)) return false;
    name.remove_suffix(kFile.size());
    const auto dash = name.find('-');
    return dash != std::string_view::npos && !name.contains('/') &&
           normalised(name.substr(0, dash)) == project;
  };
  return read_zip_member(wheel, is_metadata);
}

Result<Rendered> render_metadata(const RenditionAsked& asked, RenditionSink& sink) {
  const auto read = [&asked](std::uint64_t offset, std::size_t count) -> Result<std::string> {
    return std::string(asked.original.substr(offset, count));
  };
  const auto& path = asked.original_url.path;
  const auto name = http::percent_decode(path.substr(path.rfind('/') + 1));
  if (!name) return fail(Code::Invalid, "that is no wheel's name");
  const auto metadata = metadata_of_wheel({asked.original.size(), read}, *name);
  if (!metadata) return std::unexpected(metadata.error());
  sink.write(*metadata);
  return Rendered{.content_type = "application/octet-stream", .link = {}};
}

}  // namespace artifactapi::formats::pypi
