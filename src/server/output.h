// The sending half of a connection: tries at once, waits only for what the kernel does not take.
#pragma once

#include "runtime/blocking_pool.h"
#include "runtime/task.h"
#include "server/tls.h"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <utility>

namespace artifactapi::server {

enum class Sent : std::uint8_t {
  All,
  Broken,  // the source of the bytes failed or was shorter than promised
  Gone,    // the peer is away, or a time limit closed the connection
};

// Used on its connection's loop, by one coroutine at a time.
class Output {
 public:
  using Steady = std::chrono::steady_clock;

  Output(boost::asio::ip::tcp::socket& socket, runtime::BlockingPool& pool) : socket_(socket), pool_(pool) {}

  // From now on everything goes through the session, which outlives this.
  void secure(TlsSession& session) { tls_ = &session; }

  // Sends what the kernel takes at once of a head in two pieces and a body, without suspending; how many
  // bytes, or -1 when the peer is gone. Nothing may be held. Nothing at once with TLS, whose records cannot
  // be taken back in part.
  [[nodiscard]] std::int64_t try_send(std::string_view head, std::string_view tail, std::string_view body);

  // The same with the first bytes of a file, at most 4 MiB of `length`, which is not 0. They should be in
  // memory: the loop waits for the disk else. What fails is not told, and fails again when the rest is sent,
  // which has to follow at once.
  [[nodiscard]] std::int64_t try_send_file(std::string_view head, std::string_view tail, int descriptor,
                                           std::uint64_t length);

  // Bytes that leave together with the next ones.
  void hold(std::string_view bytes) { held_ += bytes; }
  [[nodiscard]] std::string& held() { return held_; }
  // Sends what is held and `bytes`, as much as the kernel takes at once, and takes that off both. False: the
  // peer is gone. Nothing at once with TLS.
  [[nodiscard]] bool write_some(std::string_view& bytes);
  // All of it. `bytes` must live until the end of the call.
  [[nodiscard]] runtime::Task<Sent> write(std::string_view bytes);
  [[nodiscard]] runtime::Task<Sent> flush() { return write({}); }
  // Sends [offset, offset + length) of a file that stays open until the end of the call. Pages that are not
  // in memory are read in the pool first. Other work of the loop gets its turn every few MiB.
  [[nodiscard]] runtime::Task<Sent> send_file(int descriptor, std::uint64_t offset, std::uint64_t length);

  // Bytes the kernel took since the last call, without those that were held.
  [[nodiscard]] std::uint64_t take_payload_bytes() { return std::exchange(payload_bytes_, 0); }
  // Gives memory back that only a busy connection needs.
  void shrink() { held_ = std::string(); }
  // Whether the peer has closed its side or reset the connection; costs a system call.
  [[nodiscard]] bool peer_gone();

  // For the sweep: whether a write has waited for `limit` without the peer having taken one byte.
  [[nodiscard]] bool stalled(Steady::time_point now, std::chrono::milliseconds limit);

 private:
  [[nodiscard]] std::int64_t send_now(std::span<iovec> pieces, int flags);
  [[nodiscard]] bool takes_more();
  [[nodiscard]] runtime::Task<bool> writable();
  // The same by TLS: what was held and the first bytes leave in common records.
  [[nodiscard]] runtime::Task<Sent> write_tls(std::string_view bytes);
  [[nodiscard]] runtime::Task<bool> send_records(std::string_view bytes);
  [[nodiscard]] runtime::Task<Sent> send_file_tls(int descriptor, std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] runtime::Task<bool> send_held();
  [[nodiscard]] runtime::Task<Sent> send_burst(int descriptor, std::uint64_t offset, std::uint64_t length);

  friend class LargeBody;
  void set_large(bool large);

  boost::asio::ip::tcp::socket& socket_;
  runtime::BlockingPool& pool_;
  TlsSession* tls_ = nullptr;  // null: plain
  std::string held_;
  std::uint64_t payload_bytes_ = 0;
  bool waiting_ = false;
  int unacknowledged_ = 0;              // bytes in the kernel when the sweep looked last
  Steady::time_point last_movement_{};  // when a byte was last taken, by us or by the peer
};

// A body of so many bytes is sent while this lives; the output outlives it. A large one leaves in full
// segments; one of 1 MiB would cost more for it.
class LargeBody {
 public:
  static constexpr std::uint64_t kLarge = 8ULL << 20;

  LargeBody(Output& output, std::uint64_t length) : output_(output), large_(length >= kLarge) {
    if (large_) output_.set_large(true);
  }
  ~LargeBody() {
    if (large_) output_.set_large(false);
  }
  LargeBody(const LargeBody&) = delete;
  LargeBody& operator=(const LargeBody&) = delete;

 private:
  Output& output_;
  const bool large_;
};

}  // namespace artifactapi::server
