#include "formats/pypi/wheel_metadata.h"

#include "formats/pypi/project_name.h"
#include "formats/pypi/zip_member.h"

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

}  // namespace artifactapi::formats::pypi
