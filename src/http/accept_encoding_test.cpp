#include "http/accept_encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::http {
namespace {

struct Case {
  std::string_view field;
  bool gzip;
};

TEST(AcceptEncoding, SaysWhetherGzipIsWelcome) {
  const Case cases[] = {
      {"", false},
      {"identity", false},
      {"gzip", true},
      {"GZip", true},
      {"x-gzip", true},
      {"gzip, deflate, br", true},
      {"gzip;q=1.0, deflate;q=0.6, identity;q=0.3", true},
      {"br, zstd", false},
      {"gzip;q=0", false},
      {"gzip;q=0.000, *", false},
      {"gzip;q=0.001", true},
      {"*", true},
      {"*;q=0", false},
      {"identity;q=0, *", true},
      {"gzip;q=0, identity;q=0", false},
      {"*;q=0.5, gzip;q=0", false},
      {"*;q=0, gzip", true},
      {"identity;q=1, gzip;q=0.5", false},
      {"identity;q=0.5, gzip;q=0.5", true},
      {"identity;q=0.5, *;q=0.4", false},
      {" gzip ; q=0.5 ,br", true},
      {"gzip;q=much", false},
      {"gzip;q=", false},
      {",,gzip,,", true},
      {"gzipped", false},
      {"deflate;gzip", false},
  };
  for (const auto& one : cases) EXPECT_EQ(accepts_gzip(one.field), one.gzip) << one.field;
}

TEST(AcceptEncoding, IsBounded) {
  std::string field;
  for (std::size_t i = 1; i < kMostCodings; ++i) field += "x" + std::to_string(i) + ",";
  EXPECT_TRUE(accepts_gzip(field + "gzip"));
  EXPECT_FALSE(accepts_gzip(field + "y,gzip"));
  EXPECT_FALSE(accepts_gzip("gzip," + field + "y"));
}

}  // namespace
}  // namespace artifactapi::http
