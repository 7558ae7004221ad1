#include "cache/disk_read.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <unistd.h>

namespace artifactapi::cache {

namespace {

// Fills all of `into`.
Result<void> read_at(const File& file, std::uint64_t offset, std::span<char> into) {
  while (!into.empty()) {
    const auto count = ::pread(file.descriptor(), into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(Code::Io, "a stored blob cannot be read");
    if (count == 0) return fail(Code::Contradicted, "a stored blob is shorter than its row says");
    into = into.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const File& file, std::uint64_t size) {
  std::string bytes(size, '\0');
  const auto read = read_at(file, 0, bytes);
  if (!read) return std::unexpected(read.error());
  return bytes;
}

Result<void> read_file(const File& file, std::uint64_t size,
                       const std::function<void(std::string_view)>& take) {
  constexpr std::uint64_t kPiece = 256 * 1024;
  std::string bytes(std::min(size, kPiece), '\0');
  for (std::uint64_t offset = 0; offset < size; offset += bytes.size()) {
    const std::span piece(bytes.data(), std::min<std::uint64_t>(size - offset, bytes.size()));
    auto read = read_at(file, offset, piece);
    if (!read) return read;
    take({piece.data(), piece.size()});
  }
  return {};
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
