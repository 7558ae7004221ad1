#include "formats/gzip_sink.h"

#include "formats/testing/gunzip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

namespace artifactapi::formats {
namespace {

using testing::gunzip;

class Kept final : public RenditionSink {
 public:
  void write(std::string_view piece) override { bytes.append(piece); }
  std::string bytes;
};

std::string packed(std::string_view text, std::size_t piece) {
  Kept kept;
  GzipSink sink(kept);
  while (!text.empty()) {
    const auto size = std::min(piece, text.size());
    sink.write(text.substr(0, size));
    text.remove_prefix(size);
  }
  sink.finish();
  return kept.bytes;
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&random] { return static_cast<char>(random()); });
  return bytes;
}

TEST(GzipSink, WhatIsUnpackedIsWhatWasWritten) {
  const std::string text = noise(300'000) + std::string(3'000'000, 'x') + noise(10);
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{65'536}, text.size()}) {
    EXPECT_TRUE(gunzip(packed(text, piece)) == text) << piece;
  }
  EXPECT_EQ(gunzip(packed("", 1)), "");
  EXPECT_EQ(gunzip(packed("a", 1)), "a");
}

TEST(GzipSink, TheSamePiecesMakeTheSameBytesWithoutATime) {
  const std::string text = noise(1000) + std::string(200'000, 'x');
  const auto bytes = packed(text, 4096);
  EXPECT_TRUE(packed(text, 4096) == bytes);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
  EXPECT_LT(bytes.size(), 3000U);
}

}  // namespace
}  // namespace artifactapi::formats
