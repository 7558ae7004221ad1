// Opens one TCP connection to the first of several addresses that answers (RFC 8305 section 5): the families
// take turns, and the next address is tried when all before have failed or the last of them has said nothing
// for a quarter of a second.
#pragma once

#include "base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace artifactapi::transport {

// On one loop. What it waits for holds it alive, until it is done or cancelled.
class Dial : public std::enable_shared_from_this<Dial> {
 public:
  // Unreachable, with the last address's failure, when none answers.
  using Done = std::move_only_function<void(Result<boost::asio::ip::tcp::socket>)>;

  // At least one endpoint. There is no limit on the whole: whoever dials cancels.
  Dial(boost::asio::io_context& context, std::vector<boost::asio::ip::tcp::endpoint> endpoints, Done done);

  // Once. `done` may be called from within.
  void run();
  // `done` is not called any more.
  void cancel();

 private:
  void try_next();
  void attempted(std::size_t index, const boost::system::error_code& error);
  void finish(Result<boost::asio::ip::tcp::socket> result);

  boost::asio::io_context& context_;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  std::vector<boost::asio::ip::tcp::socket> attempts_;  // of the first endpoints, those that failed closed
  std::size_t failed_ = 0;
  boost::asio::steady_timer stagger_;
  Done done_;
};

}  // namespace artifactapi::transport
