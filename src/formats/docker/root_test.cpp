#include "formats/docker/root.h"

#include "formats/docker/docker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats::docker {
namespace {

using Kind = Resolved::Kind;

class RegistryRoot : public ::testing::Test {
 protected:
  void add(const char* name, const char* base, const char* pattern = nullptr) {
    Planner::Patterns patterns;
    if (pattern != nullptr)
      patterns.push_back(std::make_shared<const Pattern>(Pattern::compile(pattern).value()));
    auto url = http::parse_url(base).value();
    planners.push_back(
        std::make_unique<Planner>(Planner::make(kDocker, std::move(patterns), {}, {}, url).value()));
    candidates.push_back({.name = name, .base = url, .planner = planners.back().get()});
  }
  // "remote path", or the kind's number when it is no place.
  std::string meaning(const std::string& target) {
    const auto found = resolve(http::canonicalise(target).value(), candidates);
    if (found.kind != Kind::Place) return std::to_string(static_cast<int>(found.kind));
    return std::string(candidates[found.at].name) + " " + found.path.encoded;
  }

  std::vector<std::unique_ptr<Planner>> planners;
  std::vector<Candidate> candidates;
};

const std::string kNowhere = std::to_string(static_cast<int>(Kind::Nowhere));

TEST_F(RegistryRoot, TheFirstSegmentNamesTheRemote) {
  add("hub", "https://registry-1.docker.io");
  EXPECT_EQ(meaning("/hub/library/nginx/manifests/latest"), "hub v2/library/nginx/manifests/latest");
  EXPECT_EQ(meaning("/hub/_catalog"), "hub v2/_catalog");
  EXPECT_EQ(meaning("/other/library/nginx/manifests/latest"), kNowhere);
}

TEST_F(RegistryRoot, WithoutARemotesNameTheDefaultIsMeant) {
  add("hub", "https://registry-1.docker.io");
  add("quay", "https://quay.io");
  candidates[0].by_default = true;
  EXPECT_EQ(meaning("/library/nginx/manifests/latest"), "hub v2/library/nginx/manifests/latest");
  EXPECT_EQ(meaning("/quay/a/manifests/latest"), "quay v2/a/manifests/latest");
}

TEST_F(RegistryRoot, TheNamespaceIsAPrefixsOrDecides) {
  add("quay", "https://quay.io");
  add("hub", "https://registry-1.docker.io");
  for (const std::string ns :
       {"docker.io", "index.docker.io", "registry-1.docker.io", "Docker.IO", "docker.io:443"}) {
    EXPECT_EQ(meaning("/hub/a/manifests/b?ns=" + ns), "hub v2/a/manifests/b") << ns;
    EXPECT_EQ(meaning("/a/manifests/b?ns=" + ns), "hub v2/a/manifests/b") << ns;
    EXPECT_EQ(meaning("/quay/a/manifests/b?ns=" + ns), "hub v2/quay/a/manifests/b") << ns;
  }
  // Nobody's registry: the client was given the path, and its remote may be a mirror.
  EXPECT_EQ(meaning("/quay/a/manifests/b?ns=unknown.test"), "quay v2/a/manifests/b");
  EXPECT_EQ(meaning("/a/manifests/b?ns=unknown.test"), kNowhere);
  EXPECT_EQ(meaning("/quay/a/manifests/b?ns=http%3A%2F%2Fx"), kNowhere);
}

TEST_F(RegistryRoot, OfSeveralTheFirstWhosePatternsAllowItAnswers) {
  add("first", "https://quay.io", "^team/");
  add("second", "https://quay.io");
  EXPECT_EQ(meaning("/team/a/manifests/b?ns=quay.io"), "first v2/team/a/manifests/b");
  EXPECT_EQ(meaning("/other/a/manifests/b?ns=quay.io"), "second v2/other/a/manifests/b");
}

TEST_F(RegistryRoot, CredentialsAreLentByPermissionOnly) {
  add("mine", "https://quay.io");
  candidates[0].has_credentials = true;
  EXPECT_EQ(meaning("/a/manifests/b?ns=quay.io"), kNowhere);
  EXPECT_EQ(meaning("/mine/a/manifests/b?ns=quay.io"), "mine v2/a/manifests/b");
  candidates[0].serves_ns = true;
  EXPECT_EQ(meaning("/a/manifests/b?ns=quay.io"), "mine v2/a/manifests/b");
}

TEST_F(RegistryRoot, ABaseWithAPathIsNoRegistrysRoot) {
  add("far", "https://proxy.test/api/hub");
  EXPECT_EQ(meaning("/a/manifests/b?ns=proxy.test"), kNowhere);
}

TEST(RegistryErrors, HaveTheWordsOfTheSpecification) {
  const auto word = [](int status, std::string_view own = {}) {
    const auto body = error_body(status, own, "m\"");
    const std::string begin = R"({"errors":[{"code":")";
    EXPECT_TRUE(body.starts_with(begin) && body.ends_with(R"(","message":"m\""}]})"
                                                          "\n"))
        << body;
    return body.substr(begin.size(), body.find('"', begin.size()) - begin.size());
  };
  EXPECT_EQ(word(401), "UNAUTHORIZED");
  EXPECT_EQ(word(403), "DENIED");
  EXPECT_EQ(word(404), "NAME_UNKNOWN");
  EXPECT_EQ(word(404, "BLOB_UNKNOWN"), "BLOB_UNKNOWN");
  EXPECT_EQ(word(405), "UNSUPPORTED");
  EXPECT_EQ(word(429), "TOOMANYREQUESTS");
  EXPECT_EQ(word(502), "UNKNOWN");
}

TEST(RegistryNames, AreFoundInKeysAndTheRestOfANameIsSkipped) {
  const auto name = [](std::string_view key) { return name_of_key(key).name; };
  EXPECT_EQ(name("a/b/manifests/latest"), "a/b");
  EXPECT_EQ(name("a/b/manifests/latest#oci"), "a/b");
  EXPECT_EQ(name("a/manifests/b/blobs/sha256:00"), "a/manifests/b");
  EXPECT_EQ(name("a/blobs/b/tags/list?n=1&last=x/manifests/y"), "a/blobs/b");
  EXPECT_EQ(name("blobs/sha256:00"), "");
  EXPECT_EQ(name("_catalog?n=1"), "");
  for (const std::string key : {"a/b/manifests/latest", "blobs/sha256:00", "_catalog?n=1", "_catalog"}) {
    EXPECT_GT(name_of_key(key).skip_to, key);
  }
}

TEST(RegistryNames, AreGivenInPages) {
  const std::vector<std::string> names{"a/b", "c", "d"};
  auto page = render_names(names, "n=2");
  EXPECT_EQ(page.body, "{\"repositories\":[\"a/b\",\"c\"]}\n");
  EXPECT_EQ(page.link, R"(</v2/_catalog?n=2&last=c>; rel="next")");
  page = render_names(names, "n=2&last=c");
  EXPECT_EQ(page.body, "{\"repositories\":[\"d\"]}\n");
  EXPECT_EQ(page.link, "");
  EXPECT_EQ(render_names(names, "last=zz").body, "{\"repositories\":[]}\n");
  EXPECT_EQ(render_names(names, "n=nonsense").link, "");
}

}  // namespace
}  // namespace artifactapi::formats::docker
