// Threads for work that may block: disk, catalog, name look-ups. Loop threads hand such work over and await
// it.
#pragma once

#include "runtime/task.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace artifactapi::runtime {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}

  // Runs `work` on a pool thread; callable from any thread. `work` must not throw.
  template <class Work>
  void post(Work&& work) {
    waiting_.fetch_add(1, std::memory_order_relaxed);
    boost::asio::post(pool_, [this, work = std::forward<Work>(work)]() mutable {
      waiting_.fetch_sub(1, std::memory_order_relaxed);
      work();
    });
  }

  // Work handed in and not begun yet (for metrics).
  [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

  // Finishes what was handed in, then ends the threads. Nothing may be posted afterwards.
  void join() { pool_.join(); }

 private:
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool pool_;
};

// Runs `work` in the pool and resumes the caller on its own loop with the result (never void).
template <class Work>
Task<std::invoke_result_t<Work&>> offload(BlockingPool& pool, Work work) {
  using Value = std::invoke_result_t<Work&>;
  auto initiate = [&pool](auto handler, Work job) {
    auto executor = boost::asio::get_associated_executor(handler);
    auto guard = boost::asio::make_work_guard(executor);
    pool.post([handler = std::move(handler), job = std::move(job), guard = std::move(guard)]() mutable {
      auto resume = [handler = std::move(handler), value = job()]() mutable { handler(std::move(value)); };
      boost::asio::post(guard.get_executor(), std::move(resume));
    });
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Value)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(work));
}

}  // namespace artifactapi::runtime
