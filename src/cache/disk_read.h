// A stored blob made ready for serving.
#pragma once

#include "base/result.h"
#include "blobs/local_blobs.h"
#include "cache/body.h"
#include "catalog/row.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace artifactapi::cache {

struct BlobBody {
  Bytes bytes;                       // of small ones, read whole and compared with their digest
  std::shared_ptr<const File> file;  // of the others, open
};

// All of a stored file. Blocks. Contradicted: it is shorter.
[[nodiscard]] Result<std::string> read_file(const File& file, std::uint64_t size);

// The same in pieces, for what need not be in memory whole.
[[nodiscard]] Result<void> read_file(const File& file, std::uint64_t size,
                                     const std::function<void(std::string_view)>& take);

// Blocks. NotFound, Contradicted or Io: the blob is not there or not what the row says.
[[nodiscard]] Result<BlobBody> read_blob(blobs::LocalBlobs& blobs, const catalog::Row& row,
                                         std::uint64_t small);

}  // namespace artifactapi::cache
