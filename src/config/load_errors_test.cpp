// Every way remotes.yaml can be wrong, with the exact place and words.
#include "config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace artifactapi::config {
namespace {

constexpr std::array<PackageType, 3> kTypes = {{{"generic", true}, {"docker", true}, {"npm", false}}};

std::vector<std::string> errors(const std::string& text, const Environment& environment = {}) {
  const auto remotes = load_remotes(text, "f", kTypes, environment);
  std::vector<std::string> found;
  if (remotes) return found;
  for (const auto& finding : remotes.error()) {
    if (finding.severity == Severity::Error) found.push_back(to_string(finding));
  }
  return found;
}

// The only error of a remote whose fifth line (and those after it) is `lines`.
std::string error_of(const std::string& lines, const Environment& environment = {}) {
  const auto found =
      errors("remotes:\n  r:\n    package: generic\n    base_url: https://example.com\n    " + lines + "\n",
             environment);
  return found.size() == 1 ? found[0] : std::to_string(found.size()) + " errors";
}

TEST(LoadErrors, UnknownKeysNameTheNearestKnownOne) {
  EXPECT_EQ(error_of("immutible_patterns: [a]"),
            "f:5:5: error: unknown key \"immutible_patterns\" (did you mean \"immutable_patterns\"?)");
  EXPECT_EQ(error_of("Immutable-Patterns: [a]"),
            "f:5:5: error: unknown key \"Immutable-Patterns\" (did you mean \"immutable_patterns\"?)");
  EXPECT_EQ(error_of("zebra: 1"), "f:5:5: error: unknown key \"zebra\"");
  EXPECT_EQ(error_of("cache: {mutable_tll: 5}"),
            "f:5:13: error: unknown key \"mutable_tll\" (did you mean \"mutable_ttl\"?)");
  EXPECT_EQ(error_of("tls: {cafile: x}"),
            "f:5:11: error: unknown key \"cafile\" (did you mean \"ca_file\"?)");
  EXPECT_EQ(errors("remote: {}\n")[0], "f:1:1: error: the key \"remotes\" is missing");
  EXPECT_EQ(errors("remote: {}\n")[1], "f:1:1: error: unknown key \"remote\" (did you mean \"remotes\"?)");
}

TEST(LoadErrors, DuplicateKeysNameTheFirst) {
  EXPECT_EQ(error_of("package: generic"), "f:5:5: error: duplicate key \"package\" (first in line 3)");
  EXPECT_EQ(error_of("cache: {mutable_ttl: 5, mutable_ttl: 6}"),
            "f:5:29: error: duplicate key \"mutable_ttl\" (first in line 5)");
  EXPECT_EQ(errors("remotes:\n  a: {type: local, package: generic}\n  a: {type: local, package: generic}\n"),
            std::vector<std::string>{"f:3:3: error: duplicate key \"a\" (first in line 2)"});
}

TEST(LoadErrors, BadPatternsNameTheOffset) {
  EXPECT_EQ(error_of("immutable_patterns: ['ok', 'a(b']"),
            "f:5:32: error: bad pattern \"a(b\": at offset 3: missing closing parenthesis");
  EXPECT_EQ(error_of("mutable_patterns: ['*']"),
            "f:5:24: error: bad pattern \"*\": at offset 0: quantifier does not follow a repeatable item");
  EXPECT_EQ(error_of("mutable_patterns: [[a]]"), "f:5:24: error: expected a pattern, found a list");
  EXPECT_EQ(
      error_of("mutable_patterns: abc"),
      "f:5:23: error: expected a list of patterns, found text (put each pattern on a line of its own after "
      "\"- \")");
}

TEST(LoadErrors, ATypoMustNotOpenARemote) {
  EXPECT_EQ(error_of("immutable_patterns:"), "f:5:5: error: immutable_patterns has no value");
  EXPECT_EQ(error_of("immutable_patterns: []"),
            "f:5:25: error: immutable_patterns is empty (leave the key out to allow every path, or list the "
            "allowed "
            "ones)");
  EXPECT_EQ(error_of("immutable_patterns: ['']"), "f:5:26: error: an empty pattern matches every path");
  EXPECT_EQ(error_of("immutable_patterns: ['${E}']", {{"E", ""}}),
            "f:5:26: error: an empty pattern matches every path");
  EXPECT_EQ(error_of("immutable_patterns:\n      -"), "f:6:7: error: expected a pattern, found nothing");
}

TEST(LoadErrors, PackageTypes) {
  EXPECT_EQ(
      errors("remotes:\n  r: {type: local, package: dokcer}\n"),
      std::vector<std::string>{"f:2:29: error: unknown package type \"dokcer\" (did you mean \"docker\"?)"});
  EXPECT_EQ(errors("remotes:\n  r: {type: local, package: cargo}\n"),
            std::vector<std::string>{
                "f:2:29: error: unknown package type \"cargo\" (one of generic, docker, npm)"});
  EXPECT_EQ(errors("remotes:\n  r: {type: local}\n"),
            std::vector<std::string>{"f:2:3: error: r: package is missing"});
}

TEST(LoadErrors, Types) {
  EXPECT_EQ(error_of("type: lokal"),
            "f:5:11: error: expected remote or local, found \"lokal\" (did you mean \"local\"?)");
  EXPECT_EQ(error_of("type:"), "f:5:5: error: type has no value");
}

TEST(LoadErrors, BaseUrlIsForRemotesOnly) {
  EXPECT_EQ(errors("remotes:\n  r:\n    package: generic\n"),
            std::vector<std::string>{
                "f:2:3: error: r: base_url is missing (only a repository of type \"local\" has none)"});
  EXPECT_EQ(error_of("type: local"),
            "f:4:5: error: a local repository has no base_url (is \"type\" meant to be \"remote\"?)");
}

TEST(LoadErrors, BadUrls) {
  const auto base = [](const std::string& url) {
    const auto found = errors("remotes:\n  r:\n    package: generic\n    base_url: '" + url + "'\n");
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " errors";
  };
  const std::string at = "f:4:15: error: bad URL: ";
  EXPECT_EQ(base("example.com"), at + "not a URL such as https://example.com");
  EXPECT_EQ(base(""), at + "not a URL such as https://example.com");
  EXPECT_EQ(base("ftp://example.com"), at + "the scheme is not http or https");
  EXPECT_EQ(base("https://"), at + "the host is missing");
  EXPECT_EQ(base("https:///x"), at + "the host is missing");
  EXPECT_EQ(base("https://exa mple.com"), at + "bad character in the host");
  EXPECT_EQ(base("https://h:x"), at + "the port is not a number from 0 to 65535");
  EXPECT_EQ(base("https://h:70000"), at + "the port is not a number from 0 to 65535");
  EXPECT_EQ(base("https://h:"), at + "the port is not a number from 0 to 65535");
  EXPECT_EQ(base("https://h:0"), at + "the port is 0");
  EXPECT_EQ(base("https://[::1"), at + "[ without ]");
  EXPECT_EQ(base("https://[zz::]"), at + "not an IPv6 address in []");
  EXPECT_EQ(base("https://h/a?b"), at + "the URL has a query");
  EXPECT_EQ(base("https://h/a#b"), at + "the URL has a fragment");
  EXPECT_EQ(base("https://h/a b"), at + "bad character in the path of the URL");
  EXPECT_EQ(base("https://h/%zz"), at + "bad character in the path of the URL");
  EXPECT_EQ(error_of("index_url: https://u:secret@h/"),
            "f:5:16: error: index_url must not hold credentials (use username and password)");
}

TEST(LoadErrors, Credentials) {
  EXPECT_EQ(error_of("password: x"), "f:2:3: error: r: password is set but username is not");
  EXPECT_EQ(error_of("username: 'a:b'"), "f:5:15: error: a username must not hold a colon");
  const auto both = errors(
      "remotes:\n  r:\n    package: generic\n    base_url: https://u:secret@h\n    username: u\n    "
      "password: other\n");
  EXPECT_EQ(both, (std::vector<std::string>{
                      "f:5:15: error: credentials both in base_url and in username or password",
                      "f:6:15: error: credentials both in base_url and in username or password"}));
}

TEST(LoadErrors, Times) {
  const std::string reason = "is not a span of time such as 30, 30s, 5m or 2h";
  EXPECT_EQ(error_of("cache: {mutable_ttl: -1}"), "f:5:26: error: \"-1\" " + reason);
  EXPECT_EQ(error_of("cache: {mutable_ttl: 1.5}"), "f:5:26: error: \"1.5\" " + reason);
  EXPECT_EQ(error_of("cache: {mutable_ttl: soon}"), "f:5:26: error: \"soon\" " + reason);
  EXPECT_EQ(error_of("cache: {mutable_ttl: 1500ms}"),
            "f:5:26: error: \"1500ms\" is not a whole number of seconds");
  EXPECT_EQ(error_of("cache: {mutable_ttl: 99999999999}"),
            "f:5:26: error: \"99999999999\" is longer than a hundred years");
  EXPECT_EQ(error_of("cache: {stale_retry: 0}"), "f:5:26: error: stale_retry is at least one second");
  EXPECT_EQ(error_of("cache: [1]"), "f:5:12: error: expected a map, found a list");
  EXPECT_EQ(error_of("cache: {mutable_ttl: }"), "f:5:13: error: expected text, found nothing");
}

TEST(LoadErrors, Words) {
  EXPECT_EQ(error_of("check_mutable_updates: maybe"),
            "f:5:28: error: expected true or false, found \"maybe\"");
  EXPECT_EQ(error_of("revalidate_with: gte"),
            "f:5:22: error: expected head or get, found \"gte\" (did you mean \"get\"?)");
  EXPECT_EQ(error_of("query: kept"), "f:5:12: error: expected keep or drop, found \"kept\"");
  EXPECT_EQ(error_of("stale_on: [200]"),
            "f:5:15: error: stale_on takes statuses from 400 to 599, 4xx and 5xx");
  EXPECT_EQ(error_of("stale_on: 6xx"), "f:5:15: error: stale_on takes statuses from 400 to 599, 4xx and 5xx");
  EXPECT_EQ(error_of("serve_ns: 7"), "f:5:15: error: expected true or false, found \"7\"");
}

TEST(LoadErrors, Headers) {
  EXPECT_EQ(error_of("headers: {'a b': x}"), "f:5:15: error: \"a b\" is not a header name");
  EXPECT_EQ(error_of("headers: {HOST: x}"), "f:5:15: error: the header \"HOST\" cannot be set");
  EXPECT_EQ(error_of("headers: {X-A: 1, x-a: 2}"), "f:5:23: error: the header \"x-a\" is set twice");
  EXPECT_EQ(error_of("headers: {X-A: \"a\\r\\nb\"}"), "f:5:20: error: the value holds a control character");
  EXPECT_EQ(error_of("headers: {X-A: '${V}'}", {{"V", "secret\rX-B: 1"}}),
            "f:5:20: error: the value holds a control character");
}

TEST(LoadErrors, ProxyAndTls) {
  EXPECT_EQ(error_of("proxy: ftp://h"),
            "f:5:12: error: bad proxy: a proxy is http, https, socks5 or socks5h");
  EXPECT_EQ(error_of("proxy: http://h/path"), "f:5:12: error: bad proxy: a proxy's URL has no path");
  EXPECT_EQ(error_of("tls: {ca_file: /no/such/file}"),
            "f:5:20: error: the file \"/no/such/file\" cannot be read");
  EXPECT_EQ(error_of("token_hosts: ['a b']"),
            "f:5:18: error: bad host in token_hosts: bad character in the host");
}

TEST(LoadErrors, Names) {
  const std::string hint =
      " (lower-case letters, digits, '.', '_' and '-', beginning with a letter or digit)";
  const auto name = [](const std::string& text) {
    const auto found = errors("remotes:\n  " + text + ": {type: local, package: generic}\n");
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " errors";
  };
  EXPECT_EQ(name("v1"),
            "f:2:3: error: a remote cannot be called \"v1\": the name is part of the API's paths");
  EXPECT_EQ(name("GitHub"), "f:2:3: error: bad remote name \"GitHub\"" + hint);
  EXPECT_EQ(name("-a"), "f:2:3: error: bad remote name \"-a\"" + hint);
  EXPECT_EQ(name("'a/b'"), "f:2:3: error: bad remote name \"a/b\"" + hint);
  EXPECT_EQ(name("''"), "f:2:3: error: bad remote name \"\"" + hint);
  EXPECT_EQ(name(std::string(129, 'a')), "f:2:3: error: the remote name is longer than 128 bytes");
  EXPECT_EQ(name("0-a.b_c"), "0 errors");
}

TEST(LoadErrors, Variables) {
  EXPECT_EQ(error_of("username: ${NOPE}"), "f:5:15: error: environment variable \"NOPE\" is not set");
  EXPECT_EQ(error_of("mutable_patterns: ['${A}${B}', x]", {{"A", "a"}}),
            "f:5:24: error: environment variable \"B\" is not set");
}

TEST(LoadErrors, ValuesOfVariablesAndCredentialsAreNeverQuoted) {
  const Environment environment = {{"S", "canary"}};
  for (const auto* lines :
       {"type: ${S}", "package: ${S}x", "cache: {mutable_ttl: '${S}'}", "serve_ns: ${S}",
        "index_url: ftp://${S}@h", "proxy: ftp://u:canary@h", "index_url: 'https://u:canary@h:x/'",
        "mutable_patterns: ['${S}(']", "tls: {ca_file: '/${S}'}", "index_url: https://u:canary@h",
        "query: ${S}", "stale_on: ${S}"}) {
    const auto all = errors(
        std::string("remotes:\n  r:\n    base_url: https://example.com\n    ") + lines + "\n", environment);
    ASSERT_FALSE(all.empty()) << lines;
    for (const auto& text : all) EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  }
}

TEST(LoadErrors, OnlyOneRemoteIsTheDefaultForTheRoot) {
  EXPECT_EQ(errors("remotes:\n  a: {type: local, package: generic, default_for_root: true}\n"
                   "  b: {type: local, package: generic, default_for_root: true}\n"),
            std::vector<std::string>{"f:3:3: error: default_for_root is already set by \"a\""});
}

TEST(LoadErrors, WrongShapes) {
  EXPECT_EQ(errors("")[0], "f:1:1: error: expected a map with the key \"remotes\", found nothing");
  EXPECT_EQ(errors("- a\n")[0], "f:1:1: error: expected a map with the key \"remotes\", found a list");
  EXPECT_EQ(errors("remotes: [a]\n")[0], "f:1:10: error: remotes: expected a map of names, found a list");
  EXPECT_EQ(errors("remotes:\n")[0], "f:1:1: error: remotes: expected a map of names, found text");
  EXPECT_EQ(errors("remotes:\n  a:\n")[0], "f:2:3: error: a: expected a map of settings, found nothing");
  EXPECT_EQ(errors("remotes:\n  a: x\n")[0], "f:2:6: error: a: expected a map of settings, found text");
  EXPECT_EQ(error_of("[a]: x"), "f:5:5: error: a key must be text, not a list");
  EXPECT_EQ(error_of("type: !!int remote"), "f:5:11: error: tags are not supported");
  EXPECT_EQ(errors("remotes: {}\n---\nremotes: {}\n")[0],
            "f: error: more than one YAML document in the file");
}

TEST(LoadErrors, BrokenYamlHasItsPlace) {
  const auto found = errors("remotes:\n  r: {a: b\n  c: ]\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].starts_with("f:3:")) << found[0];
  EXPECT_NE(found[0].find("not valid YAML"), std::string::npos) << found[0];
  EXPECT_EQ(errors("remotes:\n  r: \x04\n"),
            std::vector<std::string>{"f:2:6: error: control character 0x04"});
  EXPECT_EQ(errors(std::string("a\0b", 3)), std::vector<std::string>{"f:1:2: error: control character 0x00"});
}

TEST(LoadErrors, AllAreReportedAtOnceInFileOrder) {
  const auto found = errors(R"(remotes:
  Bad:
    packages: generic
    base_url: nope
  good:
    type: local
    package: generic
    cache: {mutable_ttl: never}
    "immutable_patterns": ["\.a", "("]
)");
  ASSERT_EQ(found.size(), 6U);
  EXPECT_TRUE(found[0].starts_with("f:2:3: error: Bad: package is missing")) << found[0];
  EXPECT_TRUE(found[1].starts_with("f:2:3: error: bad remote name")) << found[1];
  EXPECT_TRUE(found[2].starts_with("f:3:5: error: unknown key \"packages\"")) << found[2];
  EXPECT_TRUE(found[3].starts_with("f:4:15: error: bad URL")) << found[3];
  EXPECT_TRUE(found[4].starts_with("f:8:26: error: \"never\"")) << found[4];
  EXPECT_TRUE(found[5].starts_with("f:9:35: error: bad pattern \"(\"")) << found[5];  // columns as written
}

TEST(LoadErrors, SizeDepthAndExpansionAreBounded) {
  EXPECT_EQ(errors(std::string(limits::kMaxFileBytes + 1, '#'))[0], "f: error: larger than 4194304 bytes");
  EXPECT_TRUE(errors(std::string(100'000, '['))[0].ends_with("error: more than 16 levels"));
  std::string bomb = "x-a: &a [1,1,1,1,1,1,1,1,1,1]\n";
  for (char c = 'b'; c < 'i'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string("x-") + c + ": &" + c + " [" + before;
    for (int i = 0; i < 9; ++i) bomb += ", " + before;
    bomb += "]\n";
  }
  const auto found = errors(bomb + "remotes: {}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("more than 500000 values"), std::string::npos) << found[0];
  EXPECT_NE(errors("remotes: &a {b: *a}\n").size(), 0U);

  std::string many = "remotes:\n";
  for (int i = 0; i < 10'001; ++i) many += "  r" + std::to_string(i) + ": {type: local, package: generic}\n";
  EXPECT_EQ(errors(many), std::vector<std::string>{"f:2:3: error: more than 10000 remotes"});
}

TEST(LoadErrors, ALongListOfFindingsIsCut) {
  std::string text = "remotes:\n";
  for (int i = 0; i < 500; ++i)
    text += "  r" + std::to_string(i) + ": {type: local, package: generic, bad: 1}\n";
  const auto found = errors(text);
  ASSERT_EQ(found.size(), limits::kMaxDiagnostics + 1);
  EXPECT_EQ(found.back(), "f: error: 300 more findings are not listed");
}

TEST(LoadErrors, AFileThatCannotBeRead) {
  const auto missing = load_remotes_file("/no/such/remotes.yaml", kTypes, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(to_string(missing.error()[0]), "/no/such/remotes.yaml: error: the file cannot be opened");
  EXPECT_FALSE(load_remotes_file("/", kTypes, {}));
}

}  // namespace
}  // namespace artifactapi::config
