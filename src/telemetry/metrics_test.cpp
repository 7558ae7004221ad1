#include "telemetry/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <stdexcept>
#include <thread>

namespace artifactapi::telemetry {
namespace {

TEST(Catalogue, IsInTheOrderOfTheEnumerationWithUniqueNames) {
  std::set<std::string_view> names;
  ASSERT_EQ(catalogue().size(), kMetrics);
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const MetricInfo& metric = catalogue()[i];
    EXPECT_EQ(static_cast<std::size_t>(metric.metric), i);
    EXPECT_TRUE(metric.name.starts_with("artifactapi_"));
    EXPECT_EQ(metric.kind == MetricKind::Counter, metric.name.ends_with("_total")) << metric.name;
    EXPECT_FALSE(metric.help.empty());
    EXPECT_TRUE(names.insert(metric.name).second);
  }
}

TEST(Metrics, CountersOfAllThreadsAreAddedUp) {
  Metrics metrics;
  const Counter commits = metrics.counter(Metric::Commits);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([commits] {
      for (int i = 0; i < 1000; ++i) commits.inc();
    });
  }
  for (auto& thread : threads) thread.join();
  metrics.counter(Metric::Commits).inc(5);
  EXPECT_TRUE(metrics.expose().contains("\nartifactapi_commits_total 4005\n"));
}

TEST(Metrics, LabelsAreWrittenAndEscaped) {
  Metrics metrics;
  metrics.counter(Metric::UpstreamErrors, {"a\"b", "timeout"}).inc();
  const std::string text = metrics.expose();
  EXPECT_TRUE(text.contains("# TYPE artifactapi_upstream_errors_total counter\n"));
  EXPECT_TRUE(text.contains("artifactapi_upstream_errors_total{remote=\"a\\\"b\",code=\"timeout\"} 1\n"));
}

TEST(Metrics, AWrongNumberOfLabelsIsABug) {
  Metrics metrics;
  EXPECT_THROW(static_cast<void>(metrics.counter(Metric::UpstreamErrors, {"only one"})), std::logic_error);
}

TEST(Metrics, AHistogramCountsInCumulativeBuckets) {
  Metrics metrics;
  const Histogram histogram = metrics.histogram(Metric::RequestDuration, {"hit"});
  histogram.observe(std::chrono::microseconds(500));
  histogram.observe(std::chrono::microseconds(501));
  histogram.observe(std::chrono::minutes(2));
  const std::string text = metrics.expose();
  EXPECT_TRUE(text.contains("_bucket{cache=\"hit\",le=\"0.0005\"} 1\n"));
  EXPECT_TRUE(text.contains("_bucket{cache=\"hit\",le=\"0.001\"} 2\n"));
  EXPECT_TRUE(text.contains("_bucket{cache=\"hit\",le=\"60\"} 2\n"));
  EXPECT_TRUE(text.contains("_bucket{cache=\"hit\",le=\"+Inf\"} 3\n"));
  EXPECT_TRUE(text.contains("_sum{cache=\"hit\"} 120.001"));
}

TEST(Metrics, WatchedNumbersAreReadAtEachScrape) {
  Metrics metrics;
  double entries = 1;
  metrics.watch(Metric::HotEntries, {}, [&] { return entries; });
  EXPECT_TRUE(metrics.expose().contains("artifactapi_hot_entries 1\n"));
  entries = 2;
  EXPECT_TRUE(metrics.expose().contains("artifactapi_hot_entries 2\n"));
  metrics.unwatch(Metric::HotEntries);
  EXPECT_FALSE(metrics.expose().contains("artifactapi_hot_entries"));
}

TEST(Metrics, OneFailingReadingDoesNotCostTheOthers) {
  Metrics metrics;
  metrics.watch(Metric::DiskUsed, {}, []() -> double { throw std::runtime_error("gone"); });
  metrics.watch(Metric::DiskLimit, {}, [] { return 10.0; });
  const std::string text = metrics.expose();
  EXPECT_FALSE(text.contains("artifactapi_disk_used_bytes "));
  EXPECT_TRUE(text.contains("artifactapi_disk_limit_bytes 10\n"));
}

TEST(Metrics, WhatIsNotKnownYetHasNoLine) {
  Metrics metrics;
  metrics.watch(Metric::DiskUsed, {}, [] { return std::numeric_limits<double>::quiet_NaN(); });
  EXPECT_FALSE(metrics.expose().contains("artifactapi_disk_used_bytes "));
}

TEST(RequestMetrics, CountsByOutcomeAndClass) {
  Metrics metrics;
  const RequestMetrics requests(metrics, "pypi-org", "pypi");
  requests.finished("HIT", 200, 100);
  requests.finished("HIT", 206, 20);
  requests.finished("", 404, 3);
  const std::string text = metrics.expose();
  const std::string name = "artifactapi_requests_total{remote=\"pypi-org\",type=\"pypi\",";
  EXPECT_TRUE(text.contains(name + "cache=\"hit\",class=\"2xx\"} 2\n"));
  EXPECT_TRUE(text.contains(name + "cache=\"none\",class=\"4xx\"} 1\n"));
  EXPECT_TRUE(text.contains("artifactapi_response_bytes_total{remote=\"pypi-org\",type=\"pypi\"} 123\n"));
}

TEST(RequestMetrics, ThousandsOfRepositoriesKeepTheirOwnNumbers) {
  Metrics metrics;
  for (int i = 0; i < 200; ++i)
    RequestMetrics(metrics, std::to_string(i), "generic").finished("MISS", 200, 1);
  const std::string text = metrics.expose();
  EXPECT_TRUE(text.contains("{remote=\"0\",type=\"generic\",cache=\"miss\",class=\"2xx\"} 1\n"));
  EXPECT_TRUE(text.contains("{remote=\"199\",type=\"generic\",cache=\"miss\",class=\"2xx\"} 1\n"));
}

}  // namespace
}  // namespace artifactapi::telemetry
