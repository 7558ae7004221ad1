#include "telemetry/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace artifactapi::telemetry {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kAbove = kLatencyBuckets.size();  // cell of durations over the last bound
constexpr std::size_t kSum = kAbove + 1;
constexpr std::size_t kHistogramCells = kSum + 1;

MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::Counter: return MetricType::Counter;
    case MetricKind::Gauge: return MetricType::Gauge;
    case MetricKind::Histogram: return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

ClientMetric labelled(const MetricInfo& metric, const std::vector<std::string>& values) {
  ClientMetric line;
  for (std::size_t i = 0; i < values.size(); ++i) {
    line.label.push_back({.name = std::string(metric.labels[i]), .value = values[i]});
  }
  return line;
}

void set_value(ClientMetric& line, MetricKind kind, double value) {
  if (kind == MetricKind::Gauge) {
    line.gauge.value = value;
  } else {
    line.counter.value = value;
  }
}

ClientMetric::Histogram read_histogram(const detail::Number* cells) {
  ClientMetric::Histogram histogram;
  for (std::size_t i = 0; i < kLatencyBuckets.size(); ++i) {
    histogram.sample_count += detail::sum(cells + i);
    histogram.bucket.push_back(
        {.cumulative_count = histogram.sample_count, .upper_bound = kLatencyBuckets[i]});
  }
  histogram.sample_count += detail::sum(cells + kAbove);
  histogram.sample_sum = static_cast<double>(detail::sum(cells + kSum)) / 1e6;
  return histogram;
}

std::size_t outcome_index(std::string_view outcome) {
  constexpr std::array<std::string_view, 4> kNames{"HIT", "MISS", "STALE", "REVALIDATED"};
  const auto found = std::ranges::find(kNames, outcome);
  return found == kNames.end() ? 0 : static_cast<std::size_t>(found - kNames.begin()) + 1;
}

}  // namespace

namespace detail {

std::size_t shard() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kShards;
  return mine;
}

std::uint64_t sum(const Number* cell) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kShards; ++i) total += cell[i * kChunkCells].load(std::memory_order_relaxed);
  return total;
}

}  // namespace detail

void Histogram::observe(std::chrono::microseconds duration) const {
  if (!cells_) return;
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  const auto bucket = std::ranges::lower_bound(kLatencyBuckets, static_cast<double>(micros) / 1e6);
  detail::add(cells_ + (bucket - kLatencyBuckets.begin()), 1);
  detail::add(cells_ + kSum, micros);
}

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::LabelValues Metrics::label_values(Metric metric, Labels labels) {
  if (labels.size() != info(metric).labels.size()) throw std::logic_error("wrong number of labels");
  return {labels.begin(), labels.end()};
}

detail::Number* Metrics::allocate(std::size_t cells) {
  if (chunks_.empty() || chunks_.back()->used + cells > detail::kChunkCells) {
    chunks_.push_back(std::make_unique<detail::Chunk>());
  }
  detail::Chunk& chunk = *chunks_.back();
  detail::Number* first = &chunk.numbers[chunk.used];
  chunk.used += cells;
  return first;
}

Counter Metrics::counter(Metric metric, Labels labels) {
  auto values = label_values(metric, labels);
  const std::lock_guard lock(mutex_);
  auto& cell = families_[static_cast<std::size_t>(metric)].counters[std::move(values)];
  if (!cell) cell = allocate(1);
  return Counter(cell);
}

Histogram Metrics::histogram(Metric metric, Labels labels) {
  auto values = label_values(metric, labels);
  const std::lock_guard lock(mutex_);
  auto& cells = families_[static_cast<std::size_t>(metric)].histograms[std::move(values)];
  if (!cells) cells = allocate(kHistogramCells);
  return Histogram(cells);
}

void Metrics::watch(Metric metric, Labels labels, Read read) {
  auto values = label_values(metric, labels);
  const std::lock_guard lock(mutex_);
  families_[static_cast<std::size_t>(metric)].watched[std::move(values)] = std::move(read);
}

void Metrics::unwatch(Metric metric, Labels labels) {
  const std::lock_guard lock(mutex_);
  std::erase_if(families_[static_cast<std::size_t>(metric)].watched, [&](const auto& entry) {
    return labels.size() <= entry.first.size() &&
           std::equal(labels.begin(), labels.end(), entry.first.begin());
  });
}

std::string Metrics::expose() const {
  std::vector<MetricFamily> families;
  const std::lock_guard lock(mutex_);
  for (const MetricInfo& metric : catalogue()) {
    const Family& family = families_[static_cast<std::size_t>(metric.metric)];
    MetricFamily out;
    out.name = metric.name;
    out.help = metric.help;
    out.type = type_of(metric.kind);
    for (const auto& [values, cell] : family.counters) {
      set_value(out.metric.emplace_back(labelled(metric, values)), metric.kind,
                static_cast<double>(detail::sum(cell)));
    }
    for (const auto& [values, cells] : family.histograms) {
      out.metric.emplace_back(labelled(metric, values)).histogram = read_histogram(cells);
    }
    for (const auto& [values, read] : family.watched) {
      try {
        const double value = read();
        if (std::isnan(value)) continue;  // nothing is known yet
        set_value(out.metric.emplace_back(labelled(metric, values)), metric.kind, value);
      } catch (const std::exception&) {
        continue;  // one broken reading must not cost all the others
      }
    }
    if (!out.metric.empty()) families.push_back(std::move(out));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return std::move(text).str();
}

RequestMetrics::RequestMetrics(Metrics& metrics, std::string_view repository, std::string_view type)
    : bytes_(metrics.counter(Metric::ResponseBytes, {repository, type})) {
  constexpr std::array<std::string_view, kOutcomes> kOutcomeNames{"none", "hit", "miss", "stale",
                                                                  "revalidated"};
  constexpr std::array<std::string_view, kClasses> kClassNames{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
    for (std::size_t status = 0; status < kClasses; ++status) {
      requests_[outcome][status] =
          metrics.counter(Metric::Requests, {repository, type, kOutcomeNames[outcome], kClassNames[status]});
    }
  }
}

void RequestMetrics::finished(std::string_view outcome, int status, std::uint64_t body_bytes) const {
  const int status_class = std::clamp(status / 100, 1, static_cast<int>(kClasses)) - 1;
  requests_[outcome_index(outcome)][static_cast<std::size_t>(status_class)].inc();
  bytes_.inc(body_bytes);
}

}  // namespace artifactapi::telemetry
