#include "formats/docker/link.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::docker {
namespace {

TEST(Link, ThePageAfterThisIsFound) {
  EXPECT_EQ(next_query(R"(</v2/x/tags/list?n=2&last=b>; rel="next")"), "n=2&last=b");
  EXPECT_EQ(next_query("<https://quay.test/v2/x/tags/list?next_page=gA%3d%3D&n=50>; REL=next"),
            "next_page=gA%3D%3D&n=50");
  EXPECT_EQ(next_query(R"(</a?n=1>; rel="prev", </b?n=3>; title="x"; rel="next")"), "n=3");
}

TEST(Link, WhatLeadsNowhereIsNoLink) {
  for (const auto* link : {"", "<", "</x?n=1", "</x?n=1>", R"(</x?n=1>; rel="prev")", R"(</x>; rel="next")",
                           R"(</x?a=%zz>; rel="next")", R"(<?ns=other.test>; rel="next")"}) {
    EXPECT_EQ(next_query(link), "") << link;
  }
  EXPECT_EQ(next_query("<?n=" + std::string(kMostLinkBytes, '1') + ">; rel=next"), "");
}

TEST(Link, OursLeadsToTheAddressThatWasAskedFor) {
  constexpr auto kUpstreams = R"(<http://evil.test/v2/other/tags/list?n=2&last=b&ns=evil>; rel="next")";
  EXPECT_EQ(next_page(kUpstreams, "/v2/hub/x/tags/list?n=2"),
            R"(</v2/hub/x/tags/list?n=2&last=b>; rel="next")");
  EXPECT_EQ(next_page(kUpstreams, "/v2/x/tags/list?ns=quay.io&n=2"),
            R"(</v2/x/tags/list?n=2&last=b&ns=quay.io>; rel="next")");
  EXPECT_EQ(next_page("", "/v2/hub/x/tags/list"), "");
}

}  // namespace
}  // namespace artifactapi::formats::docker
