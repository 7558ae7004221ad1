// One artifact on its way in, and everyone who waits for it.
//
//   Asking  ->  Growing  ->  Settled        a body too large for memory arrives
//   Asking  ->  Settled                     all else: a stored copy, a small body, a refusal, a failure
//
// The home loop's coroutine (Engine) is the only writer. It stores what belongs to a phase before it enters
// the phase, so whoever sees the phase may read that without a lock. Readers on any loop hold a Fill by
// shared_ptr.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "cache/body.h"
#include "cache/outcome.h"
#include "cache/refusal.h"
#include "catalog/row.h"
#include "formats/promise.h"
#include "http/headers.h"
#include "runtime/bell.h"
#include "upstream/upstream.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace artifactapi::cache {

using RowPtr = std::shared_ptr<const catalog::Row>;

// The whole artifact, verified: in memory or in a file.
struct Whole {
  RowPtr row;
  Bytes bytes;                       // set for small ones
  std::shared_ptr<const File> file;  // set for large ones
  Outcome outcome = Outcome::Hit;    // for those who waited; who comes later has a hit
};

// Cannot be stored: each waiter asks upstream for itself, the first takes over the answer there is.
struct Unstorable {};

using Settlement = std::variant<Whole, Refusal, Unstorable, Error>;

// An upstream answer that will not be stored, and what was read of it already.
struct Handover {
  RowPtr draft;
  upstream::Reply reply;
  std::string prefix;
  std::optional<formats::Promise> promise;  // what the bytes have to be
};

class Fill : public std::enable_shared_from_this<Fill> {
 public:
  enum class Phase : std::uint8_t { Asking, Growing, Settled };

  // On the loop that becomes its home.
  Fill(runtime::Loops& loops, std::string key)
      : key_(std::move(key)), home_(*runtime::Loop::current()), bell_(loops) {}

  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] Phase phase() const { return phase_.load(std::memory_order_seq_cst); }

  // From Growing on: what the answer's head is made of (digest and size are not known yet), the announced
  // length.
  [[nodiscard]] const RowPtr& draft() const { return draft_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const { return length_; }
  // Its first bytes, where they were shown before there was a file; empty otherwise.
  [[nodiscard]] std::string_view opening() const { return opening_; }
  // From the moment on that more than the opening is visible.
  [[nodiscard]] const std::shared_ptr<const File>& file() const { return file_; }
  // Bytes a reader may have: all received but the last, until all is verified. A client must never be able to
  // finish a body that may still turn out wrong.
  [[nodiscard]] std::uint64_t visible() const { return visible_.load(std::memory_order_seq_cst); }

  // Settled only.
  [[nodiscard]] const Settlement& settlement() const { return settlement_; }

  // These wait, and give true. Until the fill has left Asking:
  [[nodiscard]] runtime::Task<bool> answered() const;
  // Until more than `position` bytes are visible or it is settled; false when the deadline came first.
  [[nodiscard]] runtime::Task<bool> moved_beyond(std::uint64_t position, runtime::Deadline deadline) const;
  [[nodiscard]] runtime::Task<bool> settled() const;
  // Until it is out of the table: a new look-up finds what it left.
  [[nodiscard]] runtime::Task<bool> gone() const;

  // --- home loop only ---
  // What is known before the first byte, while Asking. Forgets a body before this one that nobody saw.
  void announce(RowPtr draft, std::optional<std::uint64_t> length);
  // The first bytes of a body that goes on. No file yet.
  void open(std::string_view opening);
  // So many bytes are in the file, those of the opening too.
  void received(std::uint64_t bytes, const std::shared_ptr<const File>& file);
  void settle(Settlement settlement);
  void leave();
  // The exchange the body comes from, while it does; null otherwise. Given up by give_up_if_unwanted().
  void set_transfer(transport::Transfer* transfer) { transfer_ = transfer; }
  std::optional<Handover> handover;  // Settled as Unstorable; taken by the asker on the home loop

  // --- who wants it ---
  // Somebody else than who began it has come. Any thread.
  void add_asker() { asked_again_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool asked_again() const { return asked_again_.load(std::memory_order_relaxed); }

  // Counts one reader while it lives.
  class Interest {
   public:
    explicit Interest(std::shared_ptr<Fill> fill);
    Interest(const Interest&) = delete;
    Interest& operator=(const Interest&) = delete;
    ~Interest();
    [[nodiscard]] Fill& fill() const { return *fill_; }

   private:
    std::shared_ptr<Fill> fill_;
  };
  // Ends the download if every client has left for a while and much is missing. Any thread; called once a
  // second.
  void give_up_if_unwanted(std::chrono::steady_clock::time_point now);

 private:
  using Steady = std::chrono::steady_clock;
  void show(std::uint64_t bytes);
  [[nodiscard]] bool worth_finishing() const;

  const std::string key_;
  runtime::Loop& home_;
  runtime::Bell bell_;
  std::atomic<Phase> phase_{Phase::Asking};
  std::atomic<std::uint64_t> visible_{0};
  std::atomic<std::uint32_t> readers_{0};
  std::atomic<Steady::rep> unwanted_since_{0};  // when the last reader left
  std::atomic<bool> gone_{false};
  std::atomic<bool> asked_again_{false};
  transport::Transfer* transfer_ = nullptr;  // not owned
  RowPtr draft_;
  std::optional<std::uint64_t> length_;
  std::string opening_;
  std::shared_ptr<const File> file_;
  Settlement settlement_;
};

// One reader of a growing fill.
class FillFollower final : public Follower {
 public:
  explicit FillFollower(std::shared_ptr<Fill> fill) : interest_(std::move(fill)) {}
  [[nodiscard]] std::string_view opening() const override { return interest_.fill().opening(); }
  [[nodiscard]] int descriptor() const override { return interest_.fill().file()->descriptor(); }
  [[nodiscard]] runtime::Task<Progress> progress(std::uint64_t position, runtime::Deadline deadline) override;

 private:
  Fill::Interest interest_;
};

}  // namespace artifactapi::cache
