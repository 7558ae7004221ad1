#include "formats/gzip_sink.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <zlib.h>

namespace artifactapi::formats {

namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr int kGzipHeader = 16;  // added to the window's size
constexpr int kMemory = 8;       // zlib's own choice

}  // namespace

struct GzipSink::Stream : z_stream {};

GzipSink::GzipSink(RenditionSink& sink)
    : sink_(sink), stream_(std::make_unique<Stream>()), made_(kPiece, '\0') {
  const int begun =
      deflateInit2(stream_.get(), kLevel, Z_DEFLATED, MAX_WBITS + kGzipHeader, kMemory, Z_DEFAULT_STRATEGY);
  if (begun != Z_OK) throw std::bad_alloc();  // the arguments are right
}

GzipSink::~GzipSink() {
  deflateEnd(stream_.get());
}

void GzipSink::write(std::string_view piece) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  while (!piece.empty()) {
    const auto taken = std::min(piece.size(), kMost);
    // zlib's interface is older than const.
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_->avail_in = static_cast<uInt>(taken);
    deflate_all(Z_NO_FLUSH);
    piece.remove_prefix(taken);
  }
}

void GzipSink::finish() {
  stream_->next_in = nullptr;
  stream_->avail_in = 0;
  deflate_all(Z_FINISH);
}

void GzipSink::deflate_all(int flush) {
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(made_.data());
    stream_->avail_out = static_cast<uInt>(made_.size());
    deflate(stream_.get(), flush);
    const auto size = made_.size() - stream_->avail_out;
    if (size > 0) sink_.write(std::string_view(made_).substr(0, size));
  } while (stream_->avail_out == 0);
}

}  // namespace artifactapi::formats
