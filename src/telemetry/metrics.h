// Counters per thread, added up when somebody asks; written out in the Prometheus text format.
//
// A handle is got once (at start, or when the configuration changes) and kept; using it is one relaxed
// addition on the caller's own cache line. What others already count or know is read by a callback at each
// scrape instead.
//
//   Counter refused = metrics.counter(Metric::RefusedRequests, {"431"});
//   refused.inc();
#pragma once

#include "telemetry/catalogue.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::telemetry {

namespace detail {
inline constexpr std::size_t kShards = 16;
inline constexpr std::size_t kChunkCells = 512;
using Number = std::atomic<std::uint64_t>;
// The numbers of one shard lie together, so that two threads never write to the same cache line.
struct Chunk {
  std::array<Number, kChunkCells * kShards> numbers{};  // shard after shard
  std::size_t used = 0;
};
// The shard of the calling thread.
std::size_t shard();
// `cell` is a number's place in shard 0.
inline void add(Number* cell, std::uint64_t n) {
  cell[shard() * kChunkCells].fetch_add(n, std::memory_order_relaxed);
}
std::uint64_t sum(const Number* cell);
}  // namespace detail

// Valid as long as the Metrics it came from; copies count into the same number. An empty handle counts
// nothing.
class Counter {
 public:
  Counter() = default;
  void inc(std::uint64_t n = 1) const {
    if (cell_) detail::add(cell_, n);
  }

 private:
  friend class Metrics;
  explicit Counter(detail::Number* cell) : cell_(cell) {}
  detail::Number* cell_ = nullptr;
};

// Durations, in the fixed buckets of kLatencyBuckets.
class Histogram {
 public:
  Histogram() = default;
  void observe(std::chrono::microseconds duration) const;

 private:
  friend class Metrics;
  explicit Histogram(detail::Number* cells) : cells_(cells) {}
  detail::Number* cells_ =
      nullptr;  // one for each bucket, one for those above, one for the sum in microseconds
};

using Labels = std::initializer_list<std::string_view>;

class Metrics {
 public:
  using Read = std::function<double()>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Label values in the order of the catalogue; the same values give the same counter. Any thread; takes a
  // lock.
  [[nodiscard]] Counter counter(Metric metric, Labels labels = {});
  [[nodiscard]] Histogram histogram(Metric metric, Labels labels = {});

  // `read` is called at every scrape, on the thread that scrapes; it must not block. It replaces the one
  // registered before with the same labels. For counters that are kept elsewhere and for gauges.
  void watch(Metric metric, Labels labels, Read read);
  // Ends the callbacks of that metric whose label values begin with `labels`; returns when none of them runs
  // any more.
  void unwatch(Metric metric, Labels labels = {});

  // The Prometheus text exposition, format 0.0.4, in the order of the catalogue. A callback that fails, or
  // tells NaN for what is not known yet, leaves its line out.
  [[nodiscard]] std::string expose() const;

 private:
  using LabelValues = std::vector<std::string>;
  struct Family {
    std::map<LabelValues, detail::Number*> counters;
    std::map<LabelValues, detail::Number*> histograms;
    std::map<LabelValues, Read> watched;
  };
  static LabelValues label_values(Metric metric, Labels labels);
  // So many cells in a row.
  detail::Number* allocate(std::size_t cells);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<detail::Chunk>> chunks_;
  std::array<Family, kMetrics> families_;
};

// What one repository counts of its requests; found by its slot without any look-up.
class RequestMetrics {
 public:
  RequestMetrics() = default;
  RequestMetrics(Metrics& metrics, std::string_view repository, std::string_view type);

  // `outcome` as in the log ("HIT", ..., or empty); anything else counts as none.
  void finished(std::string_view outcome, int status, std::uint64_t body_bytes) const;

 private:
  static constexpr std::size_t kOutcomes = 5;
  static constexpr std::size_t kClasses = 5;
  std::array<std::array<Counter, kClasses>, kOutcomes> requests_;
  Counter bytes_;
};

}  // namespace artifactapi::telemetry
