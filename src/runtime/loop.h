// Event loops: one io_context and one thread each. A connection, a fill and a curl handle never leave their
// loop.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace artifactapi::runtime {

class Loop {
 public:
  explicit Loop(std::size_t index);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  [[nodiscard]] std::size_t index() const { return index_; }

  // Runs `work` on this loop's thread; callable from any thread.
  template <class Work>
  void post(Work&& work) {
    boost::asio::post(context_, std::forward<Work>(work));
  }

  // The loop whose thread this is; null on every other thread.
  [[nodiscard]] static Loop* current();

  // Runs until stop(); called once, on the thread that becomes this loop's.
  void run();
  // Lets run() return after the handler it is in; callable from any thread.
  void stop();

 private:
  std::size_t index_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
};

// All loops of the process. start / stop once; loops stay addressable until destruction.
class Loops {
 public:
  explicit Loops(std::size_t count);
  ~Loops();
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  void start();
  // Stops every loop and joins its thread. Handlers still queued are destroyed with the loops.
  void stop();

  [[nodiscard]] std::size_t size() const { return loops_.size(); }
  [[nodiscard]] Loop& at(std::size_t index) { return *loops_[index]; }

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace artifactapi::runtime
