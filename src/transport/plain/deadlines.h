// Ends what waits too long for a peer: one timer for all exchanges of a loop.
#pragma once

#include "runtime/loop.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace artifactapi::transport {

// Used on its loop only. The pending timer holds it weakly.
class Deadlines : public std::enable_shared_from_this<Deadlines> {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // Leaves the list by itself when it is destroyed.
  class Member
      : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    // The deadline has passed and is none any more. Must not destroy a member.
    virtual void timed_out() = 0;

   protected:
    ~Member() = default;

   private:
    friend class Deadlines;
    Instant deadline_ = Instant::max();
  };

  explicit Deadlines(runtime::Loop& loop) : timer_(loop.context()) {}

  // In place of the member's earlier one.
  void set(Member& member, Instant deadline);
  void clear(Member& member) { member.deadline_ = Instant::max(); }

 private:
  void arm(Instant when);
  void on_timer();

  boost::asio::steady_timer timer_;
  std::optional<Instant> armed_;
  boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> members_;
};

}  // namespace artifactapi::transport
