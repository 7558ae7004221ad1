// Runs one loop with a client on the test's own thread.
#pragma once

#include "transport/client.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace artifactapi::transport::testing {

struct Reply {
  Result<TransferHead> head;
  std::string body;             // as far as it came
  std::optional<Error> broken;  // of the head or the body
  bool died_before_answer = false;
  std::size_t largest_piece = 0;

  [[nodiscard]] bool whole() const { return !broken.has_value(); }
  [[nodiscard]] bool broken_by(Code code) const { return broken && broken->code == code; }
  [[nodiscard]] std::string why() const {
    return broken ? std::string(to_string(broken->code)) + ": " + broken->message : "whole";
  }
};

// Reads a started transfer to its end.
inline runtime::Task<Reply> read_all(Transfer& transfer) {
  Reply reply;
  reply.head = co_await transfer.head();
  reply.died_before_answer = transfer.died_before_answer();
  if (!reply.head) {
    reply.broken = reply.head.error();
    co_return reply;
  }
  for (;;) {
    auto piece = co_await transfer.next();
    if (!piece) {
      reply.broken = piece.error();
      co_return reply;
    }
    if (piece->empty()) co_return reply;
    reply.largest_piece = std::max(reply.largest_piece, piece->size());
    reply.body += *piece;
  }
}

class ClientFixture {
 public:
  explicit ClientFixture(PlainHttp plain_http) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    client = make_client(loop, kKeptConnections, plain_http);
  }

  template <class T>
  T run(runtime::Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(loop.context(), std::move(task), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
      loop.stop();
    });
    loop.context().restart();
    loop.run();
    return std::move(*result);
  }

  [[nodiscard]] std::unique_ptr<Transfer> start(TransferRequest request) {
    return client->start(std::make_shared<const TransferRequest>(std::move(request)));
  }

  Reply fetch(TransferRequest request) {
    const auto transfer = start(std::move(request));
    return run(read_all(*transfer));
  }

  // To `port` of this machine, by a name that only the request's addresses tell.
  static TransferRequest request_to(std::uint16_t port, std::string method = "GET") {
    TransferRequest request;
    request.method = std::move(method);
    request.url.host = "upstream.test";
    request.url.port = port;
    request.url.path = "/file";
    request.addresses = {boost::asio::ip::make_address("127.0.0.1")};
    request.reach = Reach::Any;
    return request;
  }

  static constexpr std::size_t kKeptConnections = 8;

  runtime::Loop loop{0};
  std::unique_ptr<Client> client;
};

// For suites that hold every carrier to the same.
inline std::string name_of(const ::testing::TestParamInfo<PlainHttp>& carrier) {
  return carrier.param == PlainHttp::OwnSockets ? "OwnSockets" : "Libcurl";
}

}  // namespace artifactapi::transport::testing
