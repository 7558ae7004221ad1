#include "upstream/proxy_choice.h"

#include <gtest/gtest.h>

namespace artifactapi::upstream {
namespace {

http::Url url(const char* text) {
  return http::parse_url(text).value();
}

TEST(NoProxy, KnowsHostsSuffixesAddressesNetworksAndPorts) {
  struct Case {
    const char* entry;
    const char* url;
    bool excluded;
  };
  for (const auto& c :
       {Case{"*", "http://a.example/", true}, Case{"a.example", "http://a.example/", true},
        Case{"a.example", "http://b.a.example/", true}, Case{".a.example", "http://b.a.example/", true},
        Case{"a.example", "http://xa.example/", false}, Case{"A.Example", "http://a.example/", true},
        Case{"10.0.0.0/8", "http://10.1.2.3/", true}, Case{"10.0.0.0/8", "http://11.1.2.3/", false},
        Case{"127.0.0.1", "http://127.0.0.1:81/", true}, Case{"a.example:81", "http://a.example:81/", true},
        Case{"a.example:81", "http://a.example/", false}}) {
    EXPECT_EQ(excluded({c.entry}, url(c.url)), c.excluded) << c.entry << " " << c.url;
  }
}

TEST(ProxyChoice, TheRemotesOwnGoesFirstAndDirectMeansNone) {
  ProxyChoice choice;
  choice.environment.http = config::parse_proxy("http://env.example:3128").value();
  EXPECT_EQ(choice.for_url(url("http://a.example/")).reveal(), "http://env.example:3128");
  EXPECT_TRUE(choice.for_url(url("https://a.example/")).empty());
  choice.own = config::parse_proxy("http://us%40er:p%3Aw@own.example:3128").value();
  EXPECT_EQ(choice.for_url(url("http://a.example/")).reveal(), "http://us%40er:p%3Aw@own.example:3128");
  choice.own = config::parse_proxy("direct").value();
  EXPECT_TRUE(choice.for_url(url("http://a.example/")).empty());
}

}  // namespace
}  // namespace artifactapi::upstream
