#include "base/pattern.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace artifactapi {
namespace {

Match search(std::string_view source, std::string_view subject) {
  auto pattern = Pattern::compile(source);
  EXPECT_TRUE(pattern) << source << ": " << (pattern ? "" : pattern.error().message);
  return pattern ? pattern->search(subject) : Match::LimitHit;
}
bool finds(std::string_view source, std::string_view subject) {
  return search(source, subject) == Match::Yes;
}

std::string error_of(std::string_view source) {
  auto pattern = Pattern::compile(source);
  return pattern ? "compiled" : pattern.error().message;
}

TEST(Pattern, MatchesAnywhereUnlessAnchored) {
  EXPECT_TRUE(finds(R"(lxc/incus/.*\.tar\.gz$)", "a/lxc/incus/v1/incus.tar.gz"));
  EXPECT_FALSE(finds(R"(lxc/incus/.*\.tar\.gz$)", "a/lxc/incus/v1/incus.tar.gz.asc"));
  EXPECT_FALSE(finds("^library/nginx", "x/library/nginx"));
  EXPECT_TRUE(finds("", "anything"));
  EXPECT_TRUE(finds("", ""));
}

TEST(Pattern, KnowsLookAround) {
  EXPECT_TRUE(finds(R"(^(?!.*\.tgz$).*)", "express"));
  EXPECT_FALSE(finds(R"(^(?!.*\.tgz$).*)", "express/-/express-4.18.2.tgz"));
  EXPECT_TRUE(finds("(?<=releases/)v1", "releases/v1"));
  EXPECT_FALSE(finds("(?<!releases/)v1", "releases/v1"));
}

TEST(Pattern, DollarAlsoMatchesBeforeOneFinalNewline) {
  EXPECT_TRUE(finds("a$", "a"));
  EXPECT_TRUE(finds("a$", "a\n"));
  EXPECT_FALSE(finds("a$", "a\n\n"));
  EXPECT_FALSE(finds("a$", "a\nb"));
  EXPECT_FALSE(finds("a$", "a\r\n"));
}

TEST(Pattern, CapitalZIsTheVeryEnd) {
  EXPECT_TRUE(finds(R"(a\Z)", "a"));
  EXPECT_FALSE(finds(R"(a\Z)", "a\n"));
  EXPECT_TRUE(finds(R"(a\\Z)", "a\\Z"));
}

TEST(Pattern, DotExcludesOnlyTheNewline) {
  EXPECT_FALSE(finds("^a.b$", "a\nb"));
  EXPECT_TRUE(finds("^a.b$", "a\rb"));
  EXPECT_TRUE(finds("^a.b$",
                    "a\xC3\xA4"
                    "b"));
}

TEST(Pattern, NamedGroupsAndBackReferencesWork) {
  EXPECT_TRUE(finds(R"((?P<name>[a-z]+)/-/(?P=name)-[\d.]+\.tgz$)", "express/-/express-4.18.2.tgz"));
  EXPECT_FALSE(finds(R"((?P<name>[a-z]+)/-/(?P=name)-[\d.]+\.tgz$)", "express/-/other-4.18.2.tgz"));
  EXPECT_TRUE(finds(R"((a)(b)?c\1)", "aca"));
}

TEST(Pattern, ReadsPythonsRepeatsAndEscapes) {
  EXPECT_TRUE(finds("^a{,2}$", "aa"));
  EXPECT_TRUE(finds("^a{,2}$", ""));
  EXPECT_FALSE(finds("^a{,2}$", "aaa"));
  EXPECT_FALSE(finds("^a{,2}$", "a{,2}"));
  EXPECT_TRUE(finds("^a{,}$", "aaaa"));
  EXPECT_TRUE(finds("^a{x}$", "a{x}"));
  EXPECT_TRUE(finds(R"(^[{,2}]$)", ","));
  EXPECT_TRUE(finds(R"(^\v$)", "\v"));
  EXPECT_FALSE(finds(R"(^\v$)", "\f"));
  EXPECT_TRUE(finds(R"(^\x41\u00e4\U000000e4$)", "A\xC3\xA4\xC3\xA4"));
  EXPECT_TRUE(finds(R"(^[\u00e4]$)", "\xC3\xA4"));
  EXPECT_TRUE(finds("^[[:alpha:]]+$", ":]]"));
  EXPECT_FALSE(finds("^[[:alpha:]]$", "x"));
  EXPECT_TRUE(finds("^[]a]+$", "]a"));
  EXPECT_TRUE(finds("^[^]a]$", "b"));
  EXPECT_TRUE(finds("a(?#it is [ a comment)b", "ab"));
}

TEST(Pattern, ClassesAndCaseKnowUnicode) {
  EXPECT_TRUE(finds(R"(^\w$)", "\xC3\xA4"));
  EXPECT_TRUE(finds("(?i)^\xC3\x84$", "\xC3\xA4"));
  EXPECT_TRUE(finds("(?i)README", "readme"));
}

TEST(Pattern, InvalidUtf8InASubjectCountsAsOneCharacterAndHidesNothing) {
  EXPECT_TRUE(finds("^a.b$",
                    "a\xFF"
                    "b"));
  EXPECT_TRUE(finds("^a..b$",
                    "a\xC3\x28"
                    "b"));
  EXPECT_TRUE(finds("^.$", "\xC0"));
  EXPECT_TRUE(finds("^...$", "\xED\xA0\x80"));
  EXPECT_TRUE(finds("^....$", "\xF4\x90\x80\x80"));
  EXPECT_TRUE(finds("^..$", "\xE2\x82"));
  // A byte that nothing matches would make this look-ahead blind behind it.
  EXPECT_FALSE(finds("^(?!.*private)", "x\xFF/private/y"));
  EXPECT_TRUE(finds("^.+\xC3\xA4$", "\x80\xC3\xA4"));
}

TEST(Pattern, ANulByteIsACharacter) {
  EXPECT_TRUE(finds("^a.b$", std::string_view("a\0b", 3)));
  EXPECT_FALSE(finds("a$", std::string_view("a\0", 2)));
}

TEST(Pattern, CatastrophicPatternsHitTheLimitSoon) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(search("(a+)+$", std::string(5000, 'a') + "b"), Match::LimitHit);
  EXPECT_EQ(search("(.*a){25}$", std::string(5000, 'a') + "b"), Match::LimitHit);
  EXPECT_EQ(search("(x+x+)+y", std::string(5000, 'x') + "yy z"), Match::Yes);
  EXPECT_EQ(search("(x+x+)+y$", std::string(5000, 'x') + "yy z"), Match::LimitHit);
  EXPECT_EQ(search("^(([a-z])+.)+[A-Z]([a-z])+$", std::string(5000, 'a')), Match::LimitHit);
  EXPECT_NE(search(R"((?:(a+)\1?)*b$)", std::string(5000, 'a') + "bc"), Match::Yes);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Pattern, TheLimitLeavesRoomForOrdinaryPatternsOnLongPaths) {
  const std::string path = std::string(8000, 'a') + "/x86_64/pkg-1.0.rpm";
  EXPECT_TRUE(finds(R"(.*/x86_64/.*\.rpm$)", path));
  EXPECT_EQ(search(R"(.*/x86_64/.*\.rpm$)", path + ".sig"), Match::No);
  EXPECT_EQ(search(R"(prometheus/node_exporter/.*/node_exporter-.*\.linux-amd64\.tar\.gz$)", path),
            Match::No);
}

TEST(Pattern, ErrorsNameTheOffsetInTheSource) {
  EXPECT_EQ(error_of("abc("), "at offset 4: missing closing parenthesis");
  EXPECT_EQ(error_of(R"(\Z\Z\Z[)"), "at offset 7: missing terminating ] for character class");
  EXPECT_EQ(error_of("x{,3}a**"), "at offset 7: quantifier does not follow a repeatable item");
}

TEST(Pattern, RefusesWhatOnlyPcreKnows) {
  EXPECT_EQ(error_of("(*UTF)a"), "at offset 0: nothing to repeat");
  EXPECT_EQ(error_of(R"(ab\Qx)"), "at offset 2: bad escape \\Q");
  EXPECT_EQ(error_of(R"(\C)"), "at offset 0: bad escape \\C");
  EXPECT_EQ(error_of(R"([\Z])"), "at offset 1: bad escape \\Z");
  EXPECT_EQ(error_of(R"(a\)"), "at offset 1: bad escape (end of pattern)");
  EXPECT_EQ(error_of(R"(\x4)"), "at offset 0: incomplete escape");
  EXPECT_EQ(error_of(R"(\x{41})"), "at offset 0: incomplete escape");
  EXPECT_NE(error_of("\xFF"), "compiled");
}

TEST(Pattern, SourceIsBounded) {
  EXPECT_EQ(error_of(std::string(4096, 'a')), "compiled");
  EXPECT_EQ(error_of(std::string(4097, 'a')), "longer than 4096 bytes");
  EXPECT_NE(error_of(std::string(2000, '(') + std::string(2000, ')')), "compiled");
  EXPECT_NE(error_of("((((a{1000}){1000}){1000}){1000})"), "compiled");
}

TEST(Pattern, KeepsItsSourceAsWritten) {
  auto pattern = Pattern::compile(R"(a\Z)");
  ASSERT_TRUE(pattern);
  const Pattern moved = std::move(*pattern);
  EXPECT_EQ(moved.source(), R"(a\Z)");
  EXPECT_EQ(moved.search("a"), Match::Yes);
}

TEST(Pattern, ManyThreadsSearchWithOnePattern) {
  const auto pattern = Pattern::compile(R"(^(?!.*\.tgz$).*)");
  ASSERT_TRUE(pattern);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        if (pattern->search("a/b/c.tgz") != Match::No || pattern->search("a/b/c") != Match::Yes) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace artifactapi
