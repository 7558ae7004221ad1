// What every coroutine of ours returns, and the completion token that reports errors as values.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace artifactapi::runtime {

template <class T = void>
using Task = boost::asio::awaitable<T>;

// `auto [ec, n] = co_await socket.async_read_some(buffer, kAsTuple);`
inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace artifactapi::runtime
