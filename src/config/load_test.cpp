#include "config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

namespace artifactapi::config {
namespace {

constexpr std::array<PackageType, 4> kTypes = {
    {{"generic", true}, {"alpine", true}, {"docker", true}, {"npm", false}}};

Remotes load(const std::string& text, const Environment& environment = {}) {
  auto remotes = load_remotes(text, "remotes.yaml", kTypes, environment);
  if (remotes) return std::move(*remotes);
  for (const auto& finding : remotes.error()) ADD_FAILURE() << to_string(finding);
  return {};
}

// One remote called r with these further lines.
std::string remote(const std::string& lines) {
  std::string text = "remotes:\n  r:\n    package: generic\n    base_url: https://example.com\n";
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    text += "    " + lines.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text;
}
Repository load_one(const std::string& lines, const Environment& environment = {}) {
  auto remotes = load(remote(lines), environment);
  const auto* found = remotes.find("r");
  return found == nullptr ? Repository{} : *found;
}

TEST(Load, ReadsARemoteWithAllThatTheSpecificationHas) {
  const auto remotes = load(R"(
remotes:
  archive:
    base_url: "https://example.com/files/"
    type: "remote"
    package: "generic"
    description: "Tags and branches"
    immutable_patterns:
      - ".*/tags/.*\\.tar\\.gz$"   # never change
    mutable_patterns:
      - ".*/heads/main\\.tar\\.gz$"
    check_mutable_updates: true
    cache:
      immutable_ttl: 0
      mutable_ttl: 86400
  mine:
    type: "local"
    package: "generic"
)");
  ASSERT_EQ(remotes.repositories.size(), 2U);
  EXPECT_TRUE(remotes.warnings.empty());
  const auto* archive = remotes.find("archive");
  ASSERT_NE(archive, nullptr);
  EXPECT_EQ(archive, remotes.repositories.data());
  EXPECT_EQ(archive->type, RepositoryType::Remote);
  EXPECT_EQ(archive->package, "generic");
  EXPECT_EQ(archive->description, "Tags and branches");
  EXPECT_EQ(archive->base_url, "https://example.com/files");
  ASSERT_EQ(archive->immutable_patterns.size(), 1U);
  EXPECT_EQ(archive->immutable_patterns[0]->source(), R"(.*/tags/.*\.tar\.gz$)");
  EXPECT_EQ(archive->mutable_patterns.size(), 1U);
  EXPECT_EQ(archive->check_mutable_updates, MutableUpdates::UserPatterns);
  EXPECT_EQ(archive->cache.mutable_ttl, Seconds(86400));
  const auto* mine = remotes.find("mine");
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(mine->type, RepositoryType::Local);
  EXPECT_FALSE(mine->base_url);
  EXPECT_EQ(remotes.find("min"), nullptr);
}

TEST(Load, DefaultsAreThoseOfTheSpecification) {
  const auto r = load_one("");
  EXPECT_EQ(r.type, RepositoryType::Remote);
  EXPECT_FALSE(r.has_immutable_patterns());
  EXPECT_EQ(r.cache.immutable_ttl, Seconds(0));
  EXPECT_EQ(r.cache.mutable_ttl, Seconds(3600));
  EXPECT_EQ(r.cache.negative_ttl, Seconds(0));
  EXPECT_FALSE(r.cache.stale_retry);
  EXPECT_EQ(r.check_mutable_updates, MutableUpdates::Never);
  EXPECT_EQ(r.revalidate_with, RevalidateWith::Head);
  EXPECT_TRUE(r.stale_on.empty());
  EXPECT_FALSE(r.query);
  EXPECT_FALSE(r.proxy);
}

TEST(Load, ReadsTheFurtherKeys) {
  const auto r = load_one(R"(index_url: https://index.example.com/simple/
revalidate_with: get
check_mutable_updates: all
stale_on: [429, 5xx]
query: [ref, arch]
headers: {X-Key: abc, Accept-Language: en}
proxy: http://user:p%40ss@proxy.example.com:3128
token_hosts: [Auth.Example.com, "auth2.example.com:8443"]
default_for_root: true
serve_ns: yes
cache: {stale_retry: 30s, negative_ttl: 1m, immutable_ttl: 7d})");
  EXPECT_EQ(r.index_url, "https://index.example.com/simple");
  EXPECT_EQ(r.revalidate_with, RevalidateWith::Get);
  EXPECT_EQ(r.check_mutable_updates, MutableUpdates::All);
  EXPECT_TRUE(r.stale_on.contains(429) && r.stale_on.contains(500) && r.stale_on.contains(599));
  EXPECT_FALSE(r.stale_on.contains(404) || r.stale_on.contains(600) || r.stale_on.contains(-1));
  ASSERT_TRUE(r.query);
  EXPECT_EQ(r.query->kind, QueryRule::Kind::Names);
  EXPECT_EQ(r.query->names, (std::vector<std::string>{"ref", "arch"}));
  ASSERT_EQ(r.headers.size(), 2U);
  EXPECT_EQ(r.headers[0].first, "X-Key");
  EXPECT_EQ(r.headers[0].second.reveal(), "abc");
  ASSERT_TRUE(r.proxy);
  EXPECT_EQ(r.proxy->url, "http://proxy.example.com:3128");
  EXPECT_EQ(r.proxy->username, "user");
  EXPECT_EQ(r.proxy->password.reveal(), "p@ss");
  EXPECT_EQ(r.token_hosts, (std::vector<std::string>{"auth.example.com", "auth2.example.com:8443"}));
  EXPECT_TRUE(r.default_for_root && r.serve_ns);
  EXPECT_EQ(r.cache.stale_retry, Seconds(30));
  EXPECT_EQ(r.cache.negative_ttl, Seconds(60));
  EXPECT_EQ(r.cache.immutable_ttl, Seconds(7 * 86400));
  EXPECT_TRUE(load_one("proxy: direct").proxy->direct());
  EXPECT_EQ(load_one("query: drop").query->kind, QueryRule::Kind::Drop);
}

TEST(Load, CredentialsInTheBaseUrlMoveOutOfIt) {
  const auto remotes =
      load("remotes: {r: {package: generic, base_url: 'HTTPS://u%3Aser:pa%2Fss@Example.COM:8443/a%20b/'}}");
  const auto* r = remotes.find("r");
  ASSERT_NE(r, nullptr);
  EXPECT_EQ(r->base_url, "https://example.com:8443/a%20b");
  EXPECT_EQ(r->username, "u:ser");
  EXPECT_EQ(r->password.reveal(), "pa/ss");
}

TEST(Load, TakesVariablesFromTheEnvironmentInValuesOnly) {
  const Environment environment = {{"USER_1", "joe"}, {"TOKEN", "${USER_1}$1\n"}, {"EMPTY", ""}};
  const auto r =
      load_one("username: ${USER_1}-x\npassword: \"${TOKEN}\"\ndescription: $1 ${2} $${USER_1} ${EMPTY}$",
               environment);
  EXPECT_EQ(r.username, "joe-x");
  EXPECT_EQ(r.password.reveal(), "${USER_1}$1");  // once, and without the line break of a mounted file
  EXPECT_EQ(r.description, "$1 ${2} ${USER_1} $");
}

TEST(Load, AnUnknownEscapeInDoubleQuotesStandsForItsTwoCharacters) {
  const auto remotes = load(R"(remotes:
  npm:
    package: npm
    base_url: https://registry.example.com
    immutable_patterns:
      - "\.tgz$"  # a "quoted \. comment"
    mutable_patterns: ["^(?!.*\.tgz$).*", 'a\.b', "c\\.d"]
)");
  const auto* npm = remotes.find("npm");
  ASSERT_NE(npm, nullptr);
  EXPECT_EQ(npm->immutable_patterns[0]->source(), R"(\.tgz$)");
  ASSERT_EQ(npm->mutable_patterns.size(), 3U);
  EXPECT_EQ(npm->mutable_patterns[0]->source(), R"(^(?!.*\.tgz$).*)");
  EXPECT_EQ(npm->mutable_patterns[1]->source(), R"(a\.b)");
  EXPECT_EQ(npm->mutable_patterns[2]->source(), R"(c\.d)");
  ASSERT_EQ(remotes.warnings.size(), 3U);
  EXPECT_EQ(to_string(remotes.warnings[0]),
            "remotes.yaml:3:14: warning: package type \"npm\" is not built yet: its requests answer 501");
  EXPECT_EQ(to_string(remotes.warnings[1]),
            "remotes.yaml:6:10: warning: \\. is no escape in double quotes; read as these two characters "
            "(write it in single quotes, or with \\\\)");
  EXPECT_EQ(remotes.warnings[2].line, 7);
  EXPECT_FALSE(npm->package_built);
}

TEST(Load, EqualPatternsAreCompiledOnceAndRepeatedOnesIgnored) {
  const auto remotes = load(R"(remotes:
  a: {package: generic, base_url: https://a.example.com, immutable_patterns: [x, x, y]}
  b: {package: generic, base_url: https://b.example.com, immutable_patterns: [x]}
)");
  ASSERT_EQ(remotes.repositories.size(), 2U);
  EXPECT_EQ(remotes.repositories[0].immutable_patterns.size(), 2U);
  EXPECT_EQ(remotes.repositories[0].immutable_patterns[0], remotes.repositories[1].immutable_patterns[0]);
}

TEST(Load, AnchorsAndMergeKeysWork) {
  const auto remotes = load(R"(x-common: &common
  package: generic
  cache: &slow {mutable_ttl: 600}
remotes:
  a: {<<: *common, base_url: https://a.example.com}
  b: {base_url: https://b.example.com, package: alpine, <<: *common}
  c: {package: generic, base_url: https://c.example.com, cache: *slow}
)");
  ASSERT_EQ(remotes.repositories.size(), 3U);
  EXPECT_EQ(remotes.find("a")->package, "generic");
  EXPECT_EQ(remotes.find("b")->package, "alpine");
  for (const auto& repository : remotes.repositories) EXPECT_EQ(repository.cache.mutable_ttl, Seconds(600));
}

TEST(Load, AnEmptyMapOfRemotesIsAllowedWithAWarning) {
  EXPECT_EQ(load("remotes: {}").warnings.size(), 1U);
}

TEST(Load, KeysWithoutAValueAreAsIfLeftOutWhereThatIsHarmless) {
  const auto r =
      load_one("description:\nusername:\npassword:\nmutable_patterns:\ncache:\nheaders:\nstale_on:");
  EXPECT_TRUE(r.mutable_patterns.empty());
  EXPECT_EQ(r.cache.mutable_ttl, Seconds(3600));
}

TEST(Load, WarnsOfKeysWithoutEffect) {
  const auto remotes = load("remotes: {r: {type: local, package: generic, revalidate_with: get}}");
  ASSERT_EQ(remotes.warnings.size(), 1U);
  EXPECT_EQ(remotes.warnings[0].message, "revalidate_with has no effect on a local repository");
  EXPECT_EQ(load(remote("allow_overwrite: true")).warnings.size(), 1U);
}

TEST(Load, WarnsOfAPatternWhoseEscapeBecameAControlCharacter) {
  const auto remotes = load(remote("mutable_patterns: [\"\\bindex\"]"));
  ASSERT_EQ(remotes.warnings.size(), 1U);
  EXPECT_EQ(remotes.warnings[0].line, 5);
}

TEST(Load, AThousandRemotesLoadAtOnce) {
  std::string text = "remotes:\n";
  for (int i = 0; i < 1000; ++i) {
    const auto n = std::to_string(i);
    text += "  r" + n + ":\n    package: generic\n    base_url: https://h" + n + ".example.com\n";
    text += "    immutable_patterns: ['^" + n + "/.*\\.rpm$', '/noarch/.*\\.rpm$']\n";
  }
  const auto remotes = load(text);
  EXPECT_EQ(remotes.repositories.size(), 1000U);
  EXPECT_EQ(remotes.find("r999")->base_url, "https://h999.example.com");
}

// The example that ships with the program.
class Example : public testing::Test {
 protected:
  void SetUp() override {
    constexpr std::array<PackageType, 3> kBuilt = {{{"generic", true}, {"alpine", true}, {"rpm", true}}};
    const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
    auto loaded = load_remotes_file((root / "remotes.yaml").string(), kBuilt, {});
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    remotes_ = std::move(*loaded);
  }
  [[nodiscard]] std::string kind(std::string_view name, std::string_view path) const {
    const auto* repository = remotes_.find(name);
    if (repository == nullptr) return "unknown";
    const auto matches = [&](const auto& pattern) { return pattern->search(path) == Match::Yes; };
    if (std::ranges::any_of(repository->mutable_patterns, matches)) return "mutable";
    return std::ranges::any_of(repository->immutable_patterns, matches) ? "immutable" : "forbidden";
  }
  Remotes remotes_;
};

TEST_F(Example, LoadsWithoutWarnings) {
  EXPECT_TRUE(remotes_.warnings.empty());
  EXPECT_EQ(remotes_.repositories.size(), 6U);
}

TEST_F(Example, ServesAllThatAptAsksFor) {
  for (const auto* path :
       {"dists/bookworm/InRelease", "dists/bookworm/Release", "dists/bookworm/Release.gpg",
        "dists/bookworm/main/binary-amd64/Packages", "dists/bookworm/main/binary-amd64/Packages.xz",
        "dists/bookworm-updates/main/source/Sources.gz", "dists/bookworm/main/i18n/Translation-en.bz2",
        "dists/bookworm/main/Contents-amd64.gz", "dists/bookworm/main/dep11/icons-64x64.tar.gz",
        "dists/bookworm/main/dep11/Components-amd64.yml.gz", "dists/bookworm/main/cnf/Commands-amd64.xz",
        "dists/bookworm/main/binary-amd64/Packages.diff/Index",
        "dists/bookworm/main/binary-amd64/Packages.diff/T-2024-01-01-0000.00-F-2024-01-01-0000.00.gz",
        "dists/bookworm/main/binary-amd64/Release"}) {
    EXPECT_EQ(kind("debian", path), "mutable") << path;
  }
  for (const auto* path :
       {"dists/bookworm/main/binary-amd64/by-hash/SHA256/0123456789abcdef",
        "pool/main/h/hello/hello_2.10-3_amd64.deb", "dists/bookworm/main/dep11/by-hash/SHA256/00ff",
        "dists/bookworm/main/i18n/by-hash/SHA256/00ff",
        "dists/bookworm/main/binary-amd64/Packages.diff/by-hash/SHA256/00ff",
        "pool/main/h/hello/hello_2.10.orig.tar.gz", "pool/main/h/hello/hello_2.10-3.dsc"}) {
    EXPECT_EQ(kind("debian", path), "immutable") << path;
  }
  EXPECT_EQ(kind("debian", "project/trace/master"), "forbidden");
}

TEST_F(Example, ServesReleaseFilesAndNothingElseOfAProject) {
  EXPECT_EQ(kind("github", "o/p/releases/download/v1.0/p_linux_amd64"), "immutable");
  EXPECT_EQ(kind("github", "o/p/releases/download/v1.0/p-1.0.tar.gz"), "immutable");
  EXPECT_EQ(kind("github", "o/p/raw/main/install.sh"), "forbidden");
  EXPECT_EQ(kind("github-archive", "o/p/archive/refs/tags/v1.tar.gz"), "immutable");
  EXPECT_EQ(kind("github-archive", "o/p/archive/refs/heads/main.tar.gz"), "mutable");
}

TEST(Load, EqualTextsMakeEqualRepositoriesAndOtherOnesDoNot) {
  const std::string text =
      "immutable_patterns: [\"a+\"]\nusername: u\npassword: ${P}\ncache: {mutable_ttl: 1}";
  const auto one = load_one(text, {{"P", "p"}});
  EXPECT_EQ(one, load_one(text, {{"P", "p"}}));
  EXPECT_NE(one, load_one(text, {{"P", "other"}}));
  EXPECT_NE(one, load_one("immutable_patterns: [\"a*\"]\nusername: u\npassword: p\ncache: {mutable_ttl: 1}"));
  EXPECT_NE(one, load_one("immutable_patterns: [\"a+\"]\nusername: u\npassword: p\ncache: {mutable_ttl: 2}"));
}

}  // namespace
}  // namespace artifactapi::config
