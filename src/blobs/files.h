// The few system calls this room makes on files, with interrupted calls repeated and errors as values.
#pragma once

#include "base/digest.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::blobs {

// NotFound: there is no such file, or no such directory. Reading does not change the file's access time,
// where the file is ours: nobody looks at it, and it costs on every piece that is sent.
[[nodiscard]] Result<File> open_file(const std::string& path, int flags, std::string_view doing);
[[nodiscard]] Result<void> write_at(const File& file, std::string_view bytes, std::uint64_t offset,
                                    std::string_view doing);
[[nodiscard]] Result<Digest> hash_file(const File& file);
// Makes the names in a directory durable.
[[nodiscard]] Result<void> sync_directory(const std::string& path);

}  // namespace artifactapi::blobs
