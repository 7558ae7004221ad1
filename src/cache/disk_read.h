// A stored blob made ready for serving.
#pragma once

#include "base/result.h"
#include "blobs/local_blobs.h"
#include "cache/body.h"
#include "catalog/row.h"

namespace artifactapi::cache {

struct BlobBody {
  Bytes bytes;                       // of small ones, read whole and compared with their digest
  std::shared_ptr<const File> file;  // of the others, open
};

// Blocks. NotFound, Contradicted or Io: the blob is not there or not what the row says.
[[nodiscard]] Result<BlobBody> read_blob(blobs::LocalBlobs& blobs, const catalog::Row& row,
                                         std::uint64_t small);

}  // namespace artifactapi::cache
