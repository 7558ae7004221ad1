#include "runtime/loop.h"

#include <pthread.h>
#include <string>

namespace artifactapi::runtime {

namespace {
thread_local Loop* current_loop = nullptr;
}  // namespace

Loop::Loop(std::size_t index) : index_(index), work_(context_.get_executor()) {}

Loop* Loop::current() {
  return current_loop;
}

void Loop::run() {
  current_loop = this;
  context_.run();
  current_loop = nullptr;
}

void Loop::stop() {
  context_.stop();
}

Loops::Loops(std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) loops_.push_back(std::make_unique<Loop>(index));
}

Loops::~Loops() {
  stop();
}

void Loops::start() {
  for (auto& loop : loops_) {
    threads_.emplace_back([&loop = *loop] {
      pthread_setname_np(pthread_self(), ("loop-" + std::to_string(loop.index())).c_str());
      loop.run();
    });
  }
}

void Loops::stop() {
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace artifactapi::runtime
