// What a file name tells: its media type, and how it is offered for download.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::http {

// By the longest known ending, without regard to case; nullopt when the name does not tell.
std::optional<std::string_view> content_type_for(std::string_view file_name);

// What follows the last '/'; empty for a path that ends in one. An escaped slash is part of the name.
std::string_view file_name(std::string_view encoded_path);

// `attachment; filename="..."`, with filename* of RFC 6266 when the name is not plain ASCII. Whatever the
// name holds, the result is one valid field value; separators and control characters become '_', an empty
// name gives `attachment`.
std::string content_disposition(std::string_view decoded_file_name);

}  // namespace artifactapi::http
