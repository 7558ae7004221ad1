#include "cache/verifier.h"

#include "cache/damage.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <string>
#include <unistd.h>
#include <utility>

namespace artifactapi::cache {

namespace {

constexpr std::size_t kBlobsAtOnce = 256;
constexpr std::uint64_t kPiece = 1ULL << 20U;
constexpr std::uint64_t kCostOfABlob = 4096;  // of looking for it and opening it, in bytes
constexpr std::uint64_t kMostASecond = 256ULL << 20U;

Digest by_chance() {
  std::random_device source;
  Digest::Bytes bytes{};
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(source()); });
  return Digest(bytes);
}

}  // namespace

Verifier::Verifier(CacheServices services, Seconds pass)
    : services_(std::move(services)), pass_(pass), after_(by_chance()) {}

void Verifier::read_on() {
  if (pass_ == Seconds{0}) return;
  for (auto left = due(); left > 0;) {
    if (!reading_ && !begin_next()) return;
    const auto read = reading_ ? advance(std::min(left, kPiece)) : 0;
    left -= std::min(left, std::max(read, kCostOfABlob));
  }
}

std::uint64_t Verifier::due() const {
  const auto stored = services_.catalog.stored();
  if (!stored || stored->blobs == 0) return 0;
  const auto all = stored->bytes + stored->blobs * kCostOfABlob;
  const auto a_second = all / static_cast<std::uint64_t>(pass_.count()) + 1;
  return std::min(a_second, kMostASecond);
}

bool Verifier::begin_next() {
  if (ahead_.empty()) {
    auto page = services_.catalog.blobs(after_, kBlobsAtOnce);
    if (!page || page->empty()) {
      after_.reset();
      return false;
    }
    ahead_.assign(page->begin(), page->end());
  }
  const auto next = ahead_.front();
  ahead_.pop_front();
  after_ = next.digest;
  auto file = services_.blobs.open(next.digest, next.size);
  if (file) {
    // Read once: it should push nothing out of the page cache that is in use.
    ::posix_fadvise((*file)->descriptor(), 0, 0, POSIX_FADV_NOREUSE);
    reading_.emplace(next.digest, std::move(*file), next.size, 0, Sha256());
  } else if (file.error().code != Code::NotFound) {
    discard_if_damaged(services_, next.digest);
  }
  return true;
}

std::uint64_t Verifier::advance(std::uint64_t most) {
  std::string piece(std::min(most, reading_->size - reading_->offset), '\0');
  const auto count =
      ::pread(reading_->file->descriptor(), piece.data(), piece.size(), static_cast<off_t>(reading_->offset));
  if (count < 0 && errno == EINTR) return 0;
  const auto bytes = static_cast<std::uint64_t>(std::max<ssize_t>(count, 0));
  reading_->hash.update(std::string_view(piece).substr(0, bytes));
  reading_->offset += bytes;
  services_.counters.verified_bytes.inc(bytes);
  if (bytes == 0 || reading_->offset == reading_->size) finish();
  return bytes;
}

void Verifier::finish() {
  auto done = std::move(*reading_);
  reading_.reset();
  if (std::move(done.hash).finish() != done.digest) discard_if_damaged(services_, done.digest);
}

}  // namespace artifactapi::cache
