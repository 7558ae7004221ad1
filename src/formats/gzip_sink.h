// A rendition in gzip (RFC 1952) on its way to where it is kept.
#pragma once

#include "formats/rendition.h"

#include <memory>
#include <string>

namespace artifactapi::formats {

// The same pieces make the same bytes: no time, no name. Needs some 400 KiB, whatever the size. write() each
// piece, then finish() once.
class GzipSink final : public RenditionSink {
 public:
  // Made once and sent often: from 6 on the time doubles for two hundredths of the size, at 1 the size is a
  // quarter larger (ADR 0015).
  static constexpr int kLevel = 6;

  // `sink` must outlive this.
  explicit GzipSink(RenditionSink& sink);
  ~GzipSink() override;

  void write(std::string_view piece) override;
  // What is still held back, and the end.
  void finish();

 private:
  struct Stream;
  void deflate_all(int flush);

  RenditionSink& sink_;
  std::unique_ptr<Stream> stream_;
  std::string made_;
};

}  // namespace artifactapi::formats
