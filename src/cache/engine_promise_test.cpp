// Files whose bytes are not what a stored document promises of them.
#include "cache/engine.h"
#include "cache/testing/cache_fixture.h"
#include "formats/format.h"
#include "formats/plan.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace artifactapi::cache {
namespace {

using formats::DigestAlgorithm;
using formats::Promise;

constexpr std::string_view kList = "list";
constexpr std::string_view kElsewhere = "elsewhere";  // has no place but the one that the list names

// File, blank, raw digest, line feed; SHA-1 for files whose name ends in .sha1.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto file = text.substr(0, text.find(' '));
    text.remove_prefix(file.size() + 1);
    Promise promise;
    if (file.ends_with(".sha1")) promise.algorithm = DigestAlgorithm::Sha1;
    if (file == kElsewhere) promise.url = "http://elsewhere.test/file";
    promise.digest = text.substr(0, promise.algorithm == DigestAlgorithm::Sha1 ? 20 : 32);
    text.remove_prefix(promise.digest.size() + 1);
    take(file, promise);
  }
}

void each_promise(const formats::RenditionAsked& document, formats::PromiseSink& sink) {
  each_line(document.original,
            [&](std::string_view file, const Promise& promise) { sink.take(file, promise); });
}

std::optional<Promise> find_promise(const formats::RenditionAsked& document, std::string_view file) {
  std::optional<Promise> found;
  each_line(document.original, [&](std::string_view name, const Promise& promise) {
    if (name == file) found = promise;
  });
  return found;
}

void refine(formats::Plan& plan) {
  if (plan.key == kList) {
    plan.each_promise = each_promise;
  } else {
    plan.promised_by = {{std::string(kList), {}}};
    plan.find_promise = find_promise;
    plan.elsewhere = plan.key == kElsewhere;
  }
}

constexpr formats::Rule kRules[]{{"^list$", formats::Mutability::Mutable}};
constexpr formats::Format kListed{
    .name = "listed", .built = true, .rules = kRules, .keep_query = false, .refine = refine};

class EnginePromiseTest : public CacheTest {
 protected:
  EnginePromiseTest() {
    auto made = std::make_shared<RemoteProfile>();
    made->name = "r";
    made->rules = revalidating();
    made->origin = std::make_shared<upstream::Origin>();
    auto planner = formats::Planner::make(kListed, {}, {}, {});
    made->planner = std::make_shared<const formats::Planner>(std::move(planner.value()));
    remote = std::move(made);
  }

  [[nodiscard]] formats::Plan plan(std::string_view path) const {
    return remote->planner->plan(http::canonicalise(path).value());
  }
  static std::string line(std::string_view file, std::string_view content) {
    const auto digest = Sha256::of(content);
    return std::string(file) + " " + std::string(digest.bytes().begin(), digest.bytes().end()) + "\n";
  }
  // The list is stored, and says that of them.
  void store_list(const std::string& text) {
    upstream.add(text, {{"ETag", "\"one\""}});
    EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan(kList)))), text);
    settle();
  }
  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> targets;
    for (const auto& ask : upstream.asked()) targets.push_back(ask.target);
    return targets;
  }
  // Another asker is not let through to upstream now.
  void expect_refused(std::string_view path) {
    const auto before = upstream.times_asked();
    EXPECT_EQ(expect<Error>(get(remote, plan(path))).code, Code::Contradicted);
    EXPECT_EQ(expect<Error>(head(remote, plan(path))).code, Code::Contradicted);
    EXPECT_EQ(upstream.times_asked(), before);
  }

  ProfilePtr remote;
  const std::vector<std::string> once_more{"list", "a", "list"};
};

TEST_F(EnginePromiseTest, WhatWasPublishedAnewIsHeldAgainstTheDocumentOfNow) {
  store_list(line("a", "old"));
  upstream.add("new");
  upstream.add(line("a", "new"));
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan("a")))), "new");
  settle();
  EXPECT_EQ(asked(), once_more);
  EXPECT_EQ(upstream.asked().back().headers.get("If-None-Match"), "\"one\"");
  EXPECT_TRUE(row_of("a"));
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan(kList)))), line("a", "new"));
  EXPECT_EQ(expect<Stored>(get(remote, plan("a"))).outcome, Outcome::Hit);
}

TEST_F(EnginePromiseTest, AnotherDigestThanSha256IsComparedWithTheBytesReadAgain) {
  // SHA-1 of "new", as sha1sum prints it.
  const std::string digest =
      "\xc2\xa6\xb0\x3f\x19\x0d\xfb\x2b\x4a\xa9\x1f\x8a\xf8\xd4\x77\xa9\xbc\x34\x01\xdc";
  store_list("a.sha1 " + std::string(20, 'x') + "\n");
  upstream.add("new");
  upstream.add("a.sha1 " + digest + "\n");
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan("a.sha1")))), "new");
  EXPECT_EQ(asked(), (std::vector<std::string>{"list", "a.sha1", "list"}));
}

TEST_F(EnginePromiseTest, ALargeOneWaitsForTheDocumentWithItsLastByte) {
  const std::string content(1U << 20U, 'n');
  store_list(line("a", "old"));
  const auto body = upstream.add_open(content.size());
  body->push(content.substr(0, content.size() / 2));
  ScriptedAnswer list;
  list.body = upstream.make_body(line("a", content));
  list.gate = upstream.make_gate();
  upstream.add(list);
  auto following = follow(expect<Growing>(get(remote, plan("a"))));
  body->push(content.substr(content.size() / 2));
  body->end();
  wait_until_asked(3);
  EXPECT_EQ(fills.find(cache_key("r", "a"))->visible(), content.size() - 1);
  list.gate->open();
  const auto read = following.get();
  EXPECT_EQ(read.stream, Stream::End);
  EXPECT_EQ(read.bytes, content);
  settle();
  EXPECT_TRUE(row_of("a"));
}

TEST_F(EnginePromiseTest, WhatIsBeliedStillIsRefusedForHalfAMinute) {
  store_list(line("a", "right"));
  upstream.add("wrong");
  upstream.add_status(304);
  EXPECT_EQ(expect<Error>(get(remote, plan("a"))).code, Code::Contradicted);
  settle();
  EXPECT_EQ(asked(), once_more);
  EXPECT_FALSE(row_of("a"));
  clock.advance(Seconds{29});
  expect_refused("a");
  clock.advance(Seconds{1});
  upstream.add("right");
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan("a")))), "right");
}

TEST_F(EnginePromiseTest, ALargeOneThatIsBeliedStillIsBroken) {
  const std::string content(1U << 20U, 'w');
  store_list(line("a", "right"));
  const auto body = upstream.add_open(content.size());
  body->push(content.substr(0, content.size() / 2));
  upstream.add_status(304);
  auto following = follow(expect<Growing>(get(remote, plan("a"))));
  body->push(content.substr(content.size() / 2));
  body->end();
  const auto read = following.get();
  EXPECT_EQ(read.stream, Stream::Broken);
  EXPECT_LT(read.bytes.size(), content.size());
  settle();
  expect_refused("a");
}

TEST_F(EnginePromiseTest, ADocumentIsFetchedAnewOnceInHalfAMinute) {
  store_list(line("a", "right") + line("b", "right") + line("c", "right"));
  upstream.add("wrong");
  upstream.add_status(304);
  upstream.add("wrong");
  EXPECT_EQ(expect<Error>(get(remote, plan("a"))).code, Code::Contradicted);
  EXPECT_EQ(expect<Error>(get(remote, plan("b"))).code, Code::Contradicted);
  EXPECT_EQ(asked(), (std::vector<std::string>{"list", "a", "list", "b"}));
  clock.advance(Seconds{30});
  upstream.add("wrong");
  upstream.add_status(304);
  EXPECT_EQ(expect<Error>(get(remote, plan("c"))).code, Code::Contradicted);
  EXPECT_EQ(asked().back(), "list");
}

// What it was fetched anew for, the first time, may have made other promises too.
TEST_F(EnginePromiseTest, APromiseThatChangedMeanwhileCountsWithoutAnotherFetch) {
  store_list(line("a", "old") + line("b", "old"));
  auto held = upstream.add_open(std::nullopt);
  upstream.add("new");
  upstream.add(line("a", "new") + line("b", "new"));
  auto second = start_get(remote, plan("b"));
  wait_until_asked(2);
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan("a"), 1))), "new");
  held->push("new");
  held->end();
  EXPECT_EQ(bytes_of(expect<Stored>(runtime::result_of(std::move(second)))), "new");
  EXPECT_EQ(asked(), (std::vector<std::string>{"list", "b", "a", "list"}));
}

TEST_F(EnginePromiseTest, ADocumentThatUpstreamDoesNotGiveAnewIsAsGoodAsBefore) {
  const auto text = line("a", "right") + line("b", "right");
  store_list(text);
  upstream.add("wrong");
  upstream.add_status(503);
  EXPECT_EQ(expect<Error>(get(remote, plan("a"))).code, Code::Contradicted);
  clock.advance(Seconds{30});
  upstream.add("wrong");
  upstream.add_failure(Code::Unreachable);
  EXPECT_EQ(expect<Error>(get(remote, plan("b"))).code, Code::Contradicted);
  settle();
  const auto list = expect<Stored>(get(remote, plan(kList)));
  EXPECT_EQ(list.outcome, Outcome::Hit);
  EXPECT_EQ(bytes_of(list), text);
}

// Who asks for the document while it is fetched anew has the stored one where upstream gives none.
TEST_F(EnginePromiseTest, WhoJoinsIsGivenTheStoredDocument) {
  const auto text = line("a", "right");
  store_list(text);
  hot.kill(cache_key("r", "list"));
  upstream.add("wrong");
  ScriptedAnswer busy;
  busy.status = 503;
  busy.gate = upstream.make_gate();
  upstream.add(busy);
  auto file = start_get(remote, plan("a"));
  wait_until_asked(3);
  const auto fetch = fills.find(cache_key("r", "list"));
  ASSERT_TRUE(fetch);
  auto list = start_get(remote, plan(kList), 1);
  while (!fetch->asked_again()) std::this_thread::yield();
  busy.gate->open();
  EXPECT_EQ(expect<Error>(runtime::result_of(std::move(file))).code, Code::Contradicted);
  EXPECT_EQ(bytes_of(expect<Stored>(runtime::result_of(std::move(list)))), text);
  EXPECT_EQ(upstream.times_asked(), 3U);
}

// A reader of the document's new bytes is not told that they end where the old ones do.
TEST_F(EnginePromiseTest, WhoFollowsADocumentThatIsCutIsBroken) {
  std::string text = line("a", "right");
  for (int i = 0; i < 4000; ++i) text += line("b" + std::to_string(i), "other");
  upstream.add(text);
  (void)follow(expect<Growing>(get(remote, plan(kList)))).get();
  settle();
  hot.kill(cache_key("r", "list"));
  upstream.add("wrong");
  const auto body = upstream.add_open(2 * text.size());
  auto file = start_get(remote, plan("a"));
  body->push(std::string(text.size() + 1000, '\n'));
  wait_until_asked(3);
  const auto fetch = fills.find(cache_key("r", "list"));
  ASSERT_TRUE(fetch);
  while (fetch->phase() == Fill::Phase::Asking) std::this_thread::yield();
  auto following = follow(expect<Growing>(get(remote, plan(kList), 1)), 1);
  body->fail(Code::Cut);
  EXPECT_EQ(following.get().stream, Stream::Broken);
  EXPECT_EQ(expect<Error>(runtime::result_of(std::move(file))).code, Code::Contradicted);
  settle();
  EXPECT_TRUE(bytes_of(expect<Stored>(get(remote, plan(kList)))) == text);
}

TEST_F(EnginePromiseTest, WhatNoDocumentNamesAnyMoreIsAsWhatNoneEverNamed) {
  store_list(line("a", "old"));
  upstream.add("new");
  upstream.add(line("b", "other"));
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan("a")))), "new");
}

// Without a document there is no such file.
TEST_F(EnginePromiseTest, WhatOnlyADocumentHadAPlaceForIsRefusedWithoutIt) {
  store_list(line(kElsewhere, "old"));
  upstream.add("new");
  upstream.add(line("b", "other"));
  EXPECT_EQ(expect<Error>(get(remote, plan(kElsewhere))).code, Code::Contradicted);
  settle();
  EXPECT_FALSE(row_of(std::string(kElsewhere)));
}

// The documents' downloads need slots of their own while the files' are over.
TEST_F(EnginePromiseTest, FilesDoNotHoldTheSlotsThatTheirDocumentNeeds) {
  std::vector<runtime::Slots::Slot> taken;
  for (int i = 0; i < 99; ++i) taken.push_back(fill_slots.try_take());
  store_list(line("a", "old"));
  upstream.add("new");
  upstream.add(line("a", "new"));
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, plan("a")))), "new");
}

}  // namespace
}  // namespace artifactapi::cache
