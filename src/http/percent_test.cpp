#include "http/percent.h"

#include <gtest/gtest.h>

namespace artifactapi::http {
namespace {

TEST(Percent, DecodesOnce) {
  EXPECT_EQ(percent_decode("a%20b%2520"), "a b%20");
  EXPECT_EQ(percent_decode("%41%5a%5A"), "AZZ");
  EXPECT_EQ(percent_decode("+"), "+");
}

TEST(Percent, RefusesMalformedEscapes) {
  for (const std::string_view text : {"%", "%4", "a%4", "%4g", "%g4", "%%41", "%-1", "% 1", "%+1"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}

TEST(Percent, EncodesAllButUnreservedAndComesBack) {
  EXPECT_EQ(percent_encode("az09-._~"), "az09-._~");
  EXPECT_EQ(percent_encode("a/b c+\xC3\xA9"), "a%2Fb%20c%2B%C3%A9");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace artifactapi::http
