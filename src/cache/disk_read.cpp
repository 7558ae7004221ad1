#include "cache/disk_read.h"

#include <cerrno>
#include <memory>
#include <string>
#include <unistd.h>

namespace artifactapi::cache {

Result<std::string> read_file(const File& file, std::uint64_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count =
        ::pread(file.descriptor(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(Code::Io, "a stored blob cannot be read");
    if (count == 0) return fail(Code::Contradicted, "a stored blob is shorter than its row says");
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

Result<BlobBody> read_blob(blobs::LocalBlobs& blobs, const catalog::Row& row, std::uint64_t small) {
  auto file = blobs.open(row.digest, row.size);
  if (!file) return std::unexpected(file.error());
  if (row.size > small) return BlobBody{nullptr, std::move(*file)};
  auto bytes = read_file(**file, row.size);
  if (!bytes) return std::unexpected(bytes.error());
  if (Sha256::of(*bytes) != row.digest) return fail(Code::Contradicted, "a stored blob is damaged");
  return BlobBody{std::make_shared<const std::string>(std::move(*bytes)), nullptr};
}

}  // namespace artifactapi::cache
