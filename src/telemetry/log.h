// The program's log: a constant message and its fields, written by a thread of its own.
//
// A line is formatted by the thread that logs it and added to that thread's buffer; the writer collects all
// buffers, at once for warnings and errors, else every kFlushInterval or when one is well filled. Nobody ever
// waits for the terminal or pipe behind the log: when it is slow the buffers fill up, further lines are
// dropped and counted, and the count is logged as soon as there is room. Control characters never reach the
// output raw.
//
//   log.info("fill finished", {{"remote", name}, {"bytes", size}});
#pragma once

#include "base/clock.h"
#include "telemetry/field.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace artifactapi::telemetry {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };
enum class Format : std::uint8_t { Text, Json };

struct LogSettings {
  Format format = Format::Json;
  Level level = Level::Info;
  std::size_t buffered_bytes = 8 * 1024 * 1024;  // of all threads together; lines above it are dropped
  int descriptor = 2;                            // not owned
};

// The line of one finished request. Views are valid during the call only.
struct AccessRecord {
  std::string_view method;
  std::string_view target;
  int status = 0;
  std::uint64_t body_bytes = 0;
  bool complete = true;  // false: broken off; the line says so
  std::chrono::microseconds duration{0};
  std::string_view peer_address;
  std::string_view request_id;
  std::string_view cache;  // "HIT", "MISS", "STALE", "REVALIDATED", or empty when it was no artifact
  std::string_view remote;
  std::string_view path;
};

// Any thread may log at any time between construction and destruction.
class Log {
 public:
  static constexpr std::chrono::milliseconds kFlushInterval{50};

  Log(const LogSettings& settings, const Clock& clock);
  // Writes out what is buffered and ends the writer.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::Debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::Info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::Warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::Error, message, fields);
  }
  void access(const AccessRecord& record);

  [[nodiscard]] bool enabled(Level level) const { return level >= settings_.level; }
  // Lines lost since the start (for metrics).
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  // Returns when everything logged before the call has been handed to the kernel.
  void flush();

 private:
  static constexpr std::size_t kBuffers = 8;
  static constexpr std::size_t kWakeBytes = 64 * 1024;

  // Shared by the few threads that map to it, so its lock is nearly never waited for.
  struct alignas(64) Buffer {
    std::mutex mutex;
    std::string lines;
    std::int64_t second = -1;  // the second that `stamp` shows
    std::string stamp;         // "2026-01-31T12:00:00"
  };

  void write(Level level, std::string_view message, std::initializer_list<Field> fields);
  template <class Append>
  void add_line(Level level, Append append);
  static Buffer& own_buffer(std::array<Buffer, kBuffers>& buffers);
  void wake(bool urgent);
  void run();
  void collect();
  void report_dropped();
  void write_out(std::string_view text) const;

  LogSettings settings_;
  const Clock& clock_;
  std::array<Buffer, kBuffers> buffers_;
  std::atomic<std::uint64_t> dropped_{0};
  std::uint64_t reported_ = 0;  // of dropped_; the writer's
  std::string collected_;       // the writer's
  std::atomic<bool> waiting_lines_{false};

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_writer_;
  std::condition_variable written_;
  bool work_ = false;
  bool urgent_ = false;
  bool stopping_ = false;
  std::uint64_t rounds_begun_ = 0;
  std::uint64_t rounds_done_ = 0;
  std::thread writer_;
};

}  // namespace artifactapi::telemetry
