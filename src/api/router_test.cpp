#include "api/router.h"

#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace artifactapi::api {
namespace {

const RequestContext kContext{.request_id = "id", .peer_address = "127.0.0.1"};

class RouterTest : public cache::CacheTest {
 protected:
  RouterTest() {
    config::Remotes remotes;
    for (const auto* name : {"r", "other"}) {
      config::Repository repository;
      repository.name = name;
      repository.package = "generic";
      repository.base_url = "http://origin.test";
      remotes.repositories.push_back(std::move(repository));
    }
    remotes.repositories.back().immutable_patterns.push_back(
        std::make_shared<const Pattern>(Pattern::compile("\\.deb$").value()));
    config::Repository registry;
    registry.name = "images";
    registry.package = "docker";
    registry.base_url = "http://registry.test";
    remotes.repositories.push_back(std::move(registry));
    auto made = repository::Repositories::make(remotes, {origins, metrics, {}, {}});
    EXPECT_TRUE(made) << made.error().message;
    configured = remotes;
    repositories = *made;
    router =
        std::make_unique<Router>(loops, *made, artifacts, rooted, management, warming, log, metrics, clock);
  }

  Response send(const std::string& target, http::Method method = http::Method::Get) {
    http::Request request;
    request.method = method;
    request.method_text = http::to_string(method);
    request.target = target;
    return run(request);
  }
  // As a connection does, on the first loop.
  Response run(const http::Request& request) {
    auto answered = [&]() -> runtime::Task<Response> {
      auto response = co_await router->handle(request, kContext);
      Exchange exchange;
      exchange.target = request.target;
      exchange.hot = response.hot;
      router->finished(exchange);
      co_return response;
    };
    return runtime::run_on(loops.at(0), answered());
  }
  static std::string text_of(const Response& response) { return *std::get<cache::Bytes>(response.body); }
  // What the fast way has for that target, on that loop.
  cache::ReadyPtr hot_answer(const std::string& target, std::size_t loop = 0) {
    auto look = [this, &target]() -> runtime::Task<cache::ReadyPtr> {
      http::HeadSummary head;
      head.target = target;
      co_return router->hot(head);
    };
    return runtime::run_on(loops.at(loop), look());
  }

  config::Remotes configured;
  std::shared_ptr<const repository::Repositories> repositories;
  telemetry::Metrics metrics;
  telemetry::Health health{clock};
  upstream::Origins origins{loops, 10};
  cache::Renditions renditions{engine.services()};
  Artifacts artifacts{engine, renditions, {}, log};
  Rooted rooted{artifacts, *rows, pool};
  Warming warming{engine, 16};
  Management management{ManagementServices{*rows, pool, health, metrics, clock, "1.2.3", "{}"}};
  std::unique_ptr<Router> router;
};

TEST_F(RouterTest, BothFormsOfAnArtifactsUrlAreOneResource) {
  upstream.add("hello");
  const auto first = send("/api/r/pool/a.deb");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(text_of(first), "hello");
  EXPECT_EQ(first.headers.get("X-Artifact-Source"), "remote");
  EXPECT_EQ(first.repository, "r");
  EXPECT_EQ(first.path, "pool/a.deb");
  settle();
  const auto second = send("/api/v1/remote/r/pool/a.deb");
  EXPECT_EQ(text_of(second), "hello");
  EXPECT_EQ(second.headers.get("X-Artifact-Source"), "cache");
  EXPECT_EQ(upstream.times_asked(), 1U);
  EXPECT_EQ(upstream.asked().front().target, "pool/a.deb");
}

TEST_F(RouterTest, UpstreamIsAskedWithTheCanonicalPathAndQuery) {
  upstream.add("x");
  EXPECT_EQ(send("/api/r/pool//%61%2fb+c%20d/?x=1").status, 200);
  EXPECT_EQ(upstream.asked().front().target, "pool//a%2Fb+c%20d/?x=1");
}

TEST_F(RouterTest, TheRootOfARepositoryIsAPathToo) {
  for (const auto* target : {"/api/r", "/api/r/"}) {
    upstream.add_status(404);
    EXPECT_EQ(send(target).status, 404) << target;
    EXPECT_EQ(upstream.asked().back().target, "") << target;
    settle();
  }
}

TEST_F(RouterTest, PathsThatClimbAreRefused) {
  for (const auto* target : {"/api/r/../other/a.deb", "/api/r/%2e%2e/a.deb", "/api/r/a%00b", "/api/r/%5ca"}) {
    EXPECT_EQ(send(target).status, 400) << target;
  }
}

TEST_F(RouterTest, AnUnknownRepositoryIsNotFound) {
  for (const auto* target : {"/api/none/a.deb", "/api/", "/api//a.deb", "/api/v1/remote/none/a.deb",
                             "/api/caf%C3%A9/a.deb", "/api/r%2Fpool/a.deb", "/artifacts/none"}) {
    const auto response = send(target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_NE(text_of(response).find("\"not_found\""), std::string::npos);
  }
}

TEST_F(RouterTest, APathThatNoPatternAllowsIsForbidden) {
  EXPECT_EQ(send("/api/other/a.zip").status, 403);
  upstream.add("x");
  EXPECT_EQ(send("/api/other/a.deb").status, 200);
}

TEST_F(RouterTest, WhatCanOnlyBeReadSaysSo) {
  for (const auto* target : {"/api/r/pool/a.deb", "/", "/health", "/artifacts/r"}) {
    const auto response = send(target, http::Method::Put);
    EXPECT_EQ(response.status, 405) << target;
    EXPECT_EQ(response.headers.get("Allow"), "GET, HEAD") << target;
  }
}

TEST_F(RouterTest, AHeadHasTheLengthOfItsBody) {
  const auto response = send("/health", http::Method::Head);
  EXPECT_EQ(response.status, 200);
  EXPECT_GT(response.content_length.value_or(0), 0U);
}

TEST_F(RouterTest, RefusalsOfUpstreamKeepTheirStatusAndTheTimeToComeBack) {
  upstream.add_status(429, {{"Retry-After", "7"}, {"WWW-Authenticate", "Basic"}});
  const auto response = send("/api/r/pool/a.deb");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.get("Retry-After"), "7");
  EXPECT_FALSE(response.headers.has("WWW-Authenticate"));
}

TEST_F(RouterTest, TheFastWayKnowsTheTargetsOfItsLoopOnceTheyWereAHit) {
  const std::string target = "/api/r/pool/a.deb";
  EXPECT_EQ(hot_answer(target), nullptr);
  upstream.add("hello");
  (void)send(target);
  settle();
  (void)send(target);
  const auto ready = hot_answer(target);
  ASSERT_NE(ready, nullptr);
  EXPECT_EQ(*ready->body, "hello");
  EXPECT_EQ(hot_answer(target, 1), nullptr);
  hot.kill(cache::cache_key("r", "pool/a.deb"));
  EXPECT_EQ(hot_answer(target), nullptr);
}

TEST_F(RouterTest, TheFastWayHasNoAnswerThatNamesTheRegistryAsked) {
  const auto blob = "/blobs/sha256:" + Sha256::of("layer").hex();
  const auto plain = "/v2/images/app" + blob;
  const auto asked_by_registry = "/v2/app" + blob + "?ns=registry.test";
  upstream.add("layer");
  (void)send(plain);
  settle();
  for (int hit = 0; hit < 2; ++hit) {
    EXPECT_EQ(send(plain).headers.get("OCI-Namespace"), std::nullopt);
    EXPECT_EQ(send(asked_by_registry).headers.get("OCI-Namespace"), "registry.test");
  }
  EXPECT_EQ(upstream.times_asked(), 1U);
  EXPECT_NE(hot_answer(plain), nullptr);
  EXPECT_EQ(hot_answer(asked_by_registry), nullptr);
}

TEST_F(RouterTest, AnOrderIsAnsweredWithWhatCameOfIt) {
  upstream.add("hello");
  http::Request request;
  request.method = http::Method::Post;
  request.target = "/cache-artifact";
  request.headers.set("Content-Type", "application/json");
  request.body = std::make_shared<const std::string>(R"({"remote":"other","paths":["a.deb","a.zip"]})");
  const auto response = run(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.repository, "other");
  const auto text = text_of(response);
  EXPECT_NE(text.find(R"("matched":2,"cached_count":1,"already_cached":0,"failed":1)"), std::string::npos);
  EXPECT_NE(text.find(R"({"path":"a.deb","status":"cached","size":5,"error":null})"), std::string::npos);
  EXPECT_NE(text.find("403: no pattern of this remote allows this path"), std::string::npos);
  EXPECT_EQ(send("/cache-artifact").status, 405);
}

TEST_F(RouterTest, TheManagementRoutesAnswer) {
  EXPECT_NE(text_of(send("/")).find("\"version\":\"1.2.3\""), std::string::npos);
  EXPECT_EQ(send("/health").status, 200);
  EXPECT_EQ(send("/config").status, 200);
  EXPECT_EQ(send("/artifacts/r").status, 200);
  EXPECT_EQ(send("/artifacts/r?limit=0").status, 400);
  EXPECT_EQ(send("/nothing").status, 404);
  EXPECT_EQ(send("/ready").status, 503);
  management.set_serving(true);
  EXPECT_EQ(send("/ready").status, 200);
}

TEST_F(RouterTest, AfterInstallEveryLoopAnswersByTheNewRepositories) {
  configured.repositories.erase(configured.repositories.begin());
  auto made = repository::Repositories::make(configured, {origins, metrics, {}, {}}, repositories.get());
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->find("other"), repositories->find("other")) << "unchanged: the same object";
  const std::vector<const repository::Repository*> ended{repositories->find("r")};
  EXPECT_EQ((*made)->ended_since(*repositories), ended);
  auto install = [this, &made]() -> runtime::Task<bool> {
    co_await router->install(*made);
    co_return true;
  };
  EXPECT_TRUE(runtime::run_on(loops.at(0), install()));
  EXPECT_EQ(send("/api/r/pool/a.deb").status, 404);
  EXPECT_EQ(send("/api/other/forbidden").status, 403);
}

}  // namespace
}  // namespace artifactapi::api
