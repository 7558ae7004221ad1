#include "transport/plain/deadlines.h"

#include <algorithm>

namespace artifactapi::transport {

void Deadlines::set(Member& member, Instant deadline) {
  if (!member.is_linked()) members_.push_back(member);
  member.deadline_ = deadline;
  // A timer that fires earlier than needed stays and is set again when it does: setting one is dear.
  if (!armed_ || deadline < *armed_) arm(deadline);
}

void Deadlines::arm(Instant when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->on_timer();
  });
}

void Deadlines::on_timer() {
  armed_.reset();
  const auto now = std::chrono::steady_clock::now();
  auto next = Instant::max();
  for (auto at = members_.begin(); at != members_.end();) {
    auto& member = *at++;
    if (member.deadline_ > now) {
      next = std::min(next, member.deadline_);
      continue;
    }
    clear(member);
    member.timed_out();
  }
  if (next != Instant::max() && (!armed_ || next < *armed_)) arm(next);
}

}  // namespace artifactapi::transport
