// The pure parts of a request's way, one by one: what a change to one of them costs is seen here first.
#include "base/pattern.h"
#include "cache/aliases.h"
#include "cache/policy.h"
#include "formats/format.h"
#include "formats/plan.h"
#include "http/path.h"
#include "http/request_head.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <string_view>

namespace artifactapi {
namespace {

constexpr Time kNow{Milliseconds{1'700'000'000'000}};
constexpr std::string_view kHead =
    "GET /api/v1/remote/files/pool/main/h/hello/hello_2.10-3_amd64.deb HTTP/1.1\r\n"
    "Host: artifacts.example.com\r\nUser-Agent: bench/1 (linux-amd64)\r\nAccept: */*\r\n"
    "Accept-Encoding: gzip, deflate\r\nX-Request-Id: 0d2c1f9a7b3e4c5d8f60718293a4b5c6\r\n\r\n";

void check_head(benchmark::State& state) {
  const http::HeadLimits limits;
  for (auto _ : state) benchmark::DoNotOptimize(http::check_request_head(kHead, limits));
}
BENCHMARK(check_head);

void canonicalise_path(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(http::canonicalise("/pool/main/h/hello/hello_2.10-3%2bdeb12_amd64.deb"));
  }
}
BENCHMARK(canonicalise_path);

// `patterns`: how many are asked before the last one matches.
void plan_path(benchmark::State& state) {
  formats::Planner::Patterns patterns;
  for (int i = 1; i < state.range(0); ++i) {
    auto pattern = Pattern::compile("^dists/suite" + std::to_string(i) + "/.*Release$").value();
    patterns.push_back(std::make_shared<const Pattern>(std::move(pattern)));
  }
  patterns.push_back(std::make_shared<const Pattern>(Pattern::compile(R"(\.deb$)").value()));
  const auto planner = formats::Planner::make(*formats::find("generic"), std::move(patterns), {}, {}).value();
  const auto path = http::canonicalise("/pool/main/h/hello/hello_2.10-3_amd64.deb").value();
  for (auto _ : state) benchmark::DoNotOptimize(planner.plan(path));
}
BENCHMARK(plan_path)->ArgName("patterns")->Arg(1)->Arg(10);

std::shared_ptr<cache::Ready> ready_of(std::string key) {
  auto row = std::make_shared<catalog::Row>();
  row->repository = "files";
  row->key = std::move(key);
  auto ready = std::make_shared<cache::Ready>();
  ready->body = std::make_shared<const std::string>(4096, 'x');
  ready->expires_at = Time::max();
  ready->row = std::move(row);
  return ready;
}

void find_alias(benchmark::State& state) {
  cache::Aliases aliases;
  std::vector<std::shared_ptr<cache::Ready>> kept;
  std::string target;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    target = "/api/v1/remote/files/pool/main/h/hello/hello_2.10-" + std::to_string(i) + "_amd64.deb";
    kept.push_back(ready_of(target));
    aliases.remember(target, kept.back());
  }
  http::HeadSummary head;
  head.target = target;
  for (auto _ : state) benchmark::DoNotOptimize(aliases.find(head, kNow));
}
BENCHMARK(find_alias)->ArgName("aliases")->Arg(1)->Arg(10'000);

void decide(benchmark::State& state) {
  const cache::Rules rules;
  formats::Plan plan;
  plan.mutability = formats::Mutability::Mutable;
  catalog::Row row;
  row.expires_at = kNow + Seconds{1};
  for (auto _ : state) {
    benchmark::DoNotOptimize(row);  // else it is decided once, by the compiler
    benchmark::DoNotOptimize(cache::before_upstream(rules, plan, &row, kNow));
  }
}
BENCHMARK(decide);

}  // namespace
}  // namespace artifactapi

BENCHMARK_MAIN();
