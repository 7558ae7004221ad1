// Runs a coroutine on a loop and hands its result to the thread of the test.
#pragma once

#include "runtime/loop.h"
#include "runtime/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>

namespace artifactapi::runtime {

template <class T>
std::future<T> start_on(Loop& loop, Task<T> task) {
  return boost::asio::co_spawn(loop.context(), std::move(task), boost::asio::use_future);
}

// The result; a test that would hang ends the process, so that the log shows where.
template <class T>
T result_of(std::future<T> future) {
  if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
    std::fputs("a coroutine did not end\n", stderr);
    std::abort();
  }
  return future.get();
}

template <class T>
T run_on(Loop& loop, Task<T> task) {
  return result_of(start_on(loop, std::move(task)));
}

}  // namespace artifactapi::runtime
