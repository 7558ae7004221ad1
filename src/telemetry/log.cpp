#include "telemetry/log.h"

#include "telemetry/line.h"

#include <cerrno>
#include <ctime>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::telemetry {

namespace {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::Debug: return "debug";
    case Level::Info: return "info";
    case Level::Warning: return "warning";
    case Level::Error: return "error";
  }
  return "error";
}

std::size_t thread_number() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

std::string calendar_text(std::int64_t second) {
  const auto time = static_cast<std::time_t>(second);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return std::string(text, size);
}

// "....123Z" after the text of the second; the result lives in `out`.
std::string_view stamp_text(char (&out)[40], std::string_view second, unsigned millisecond) {
  const std::size_t size = second.copy(out, sizeof out - 5);
  char* end = out + size;
  *end++ = '.';
  *end++ = static_cast<char>('0' + millisecond / 100);
  *end++ = static_cast<char>('0' + millisecond / 10 % 10);
  *end++ = static_cast<char>('0' + millisecond % 10);
  *end++ = 'Z';
  return {out, static_cast<std::size_t>(end - out)};
}

}  // namespace

Log::Log(const LogSettings& settings, const Clock& clock)
    : settings_(settings), clock_(clock), writer_([this] { run(); }) {
  pthread_setname_np(writer_.native_handle(), "log");
}

Log::~Log() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_writer_.notify_one();
  writer_.join();
}

Log::Buffer& Log::own_buffer(std::array<Buffer, kBuffers>& buffers) {
  return buffers[thread_number() % kBuffers];
}

template <class Append>
void Log::add_line(Level level, Append append) {
  const auto now = clock_.now().time_since_epoch().count();
  const std::int64_t second = now >= 0 ? now / 1000 : (now - 999) / 1000;
  Buffer& buffer = own_buffer(buffers_);
  std::size_t before = 0;
  std::size_t after = 0;
  {
    const std::lock_guard lock(buffer.mutex);
    if (buffer.second != second) {
      buffer.stamp = calendar_text(second);
      buffer.second = second;
    }
    char stamp[40];
    const LineHead head{.time = stamp_text(stamp, buffer.stamp, static_cast<unsigned>(now - second * 1000)),
                        .level = to_string(level)};
    before = buffer.lines.size();
    append(buffer.lines, head);
    after = buffer.lines.size();
    if (after > settings_.buffered_bytes / kBuffers) {
      buffer.lines.resize(before);
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  const bool urgent = level >= Level::Warning || (before < kWakeBytes && after >= kWakeBytes);
  if (urgent || !waiting_lines_.exchange(true, std::memory_order_acq_rel)) wake(urgent);
}

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  add_line(level, [&](std::string& out, const LineHead& head) {
    if (settings_.format == Format::Json) {
      append_json_line(out, head, message, fields);
    } else {
      append_text_line(out, head, message, fields);
    }
  });
}

void Log::access(const AccessRecord& record) {
  if (!enabled(Level::Info)) return;
  add_line(Level::Info, [&](std::string& out, const LineHead& head) {
    if (settings_.format == Format::Json) {
      append_json_access(out, head, record);
    } else {
      append_text_access(out, head, record);
    }
  });
}

void Log::wake(bool urgent) {
  {
    const std::lock_guard lock(mutex_);
    work_ = true;
    urgent_ = urgent_ || urgent;
  }
  wake_writer_.notify_one();
}

void Log::flush() {
  std::unique_lock lock(mutex_);
  // A round that has begun already may have passed our buffer, so the one after it counts.
  const std::uint64_t target = rounds_begun_ + 1;
  work_ = urgent_ = true;
  wake_writer_.notify_one();
  written_.wait(lock, [&] { return rounds_done_ >= target; });
}

void Log::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_writer_.wait(lock, [this] { return work_ || stopping_; });
    wake_writer_.wait_for(lock, kFlushInterval, [this] { return urgent_ || stopping_; });
    const bool last = stopping_;
    work_ = urgent_ = false;
    ++rounds_begun_;
    lock.unlock();
    waiting_lines_.store(false, std::memory_order_release);
    collect();
    report_dropped();
    lock.lock();
    rounds_done_ = rounds_begun_;
    written_.notify_all();
    if (last) break;
  }
  lock.unlock();
  collect();  // the report of dropped lines, and what was logged meanwhile
}

void Log::collect() {
  for (Buffer& buffer : buffers_) {
    collected_.clear();
    {
      const std::lock_guard lock(buffer.mutex);
      std::swap(collected_, buffer.lines);
    }
    write_out(collected_);
    if (collected_.capacity() > 4 * kWakeBytes) collected_ = std::string();
  }
}

void Log::report_dropped() {
  const std::uint64_t dropped = dropped_.load(std::memory_order_relaxed);
  if (dropped == reported_) return;
  const std::uint64_t lost = dropped - std::exchange(reported_, dropped);
  write(Level::Warning, "log lines dropped", {{"lines", lost}, {"total", dropped}});
}

void Log::write_out(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(settings_.descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {  // inherited as non-blocking
      pollfd writable{.fd = settings_.descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
      continue;
    }
    if (written < 0) return;  // nobody to tell
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace artifactapi::telemetry
