#include "transport/client.h"

#include "transport/curl/curl_exchange.h"
#include "transport/curl/multi.h"
#include "transport/exchange.h"
#include "transport/plain/plain_exchange.h"

#include <boost/intrusive/list.hpp>

#include <utility>

namespace artifactapi::transport {

namespace {

// The exchanges of one client whose transfers are not destroyed yet; they leave it by themselves.
using Started = boost::intrusive::list<Exchange, boost::intrusive::base_hook<StartedHook>,
                                       boost::intrusive::constant_time_size<false>>;

class StartedTransfer final : public Transfer {
 public:
  StartedTransfer(std::shared_ptr<Exchange> exchange, std::shared_ptr<Started> started)
      : exchange_(std::move(exchange)), started_(std::move(started)) {
    started_->push_back(*exchange_);
  }
  ~StartedTransfer() override {
    exchange_->StartedHook::unlink();
    exchange_->abort();
  }
  StartedTransfer(const StartedTransfer&) = delete;
  StartedTransfer& operator=(const StartedTransfer&) = delete;

  runtime::Task<Result<TransferHead>> head() override { return exchange_->head(); }
  runtime::Task<Result<std::string>> next() override { return exchange_->next(); }
  [[nodiscard]] std::optional<std::string> next_at_once() override { return exchange_->next_at_once(); }
  [[nodiscard]] bool ended() const override { return exchange_->ended(); }
  [[nodiscard]] bool died_before_answer() const override { return exchange_->died_before_answer(); }
  void cancel() override { exchange_->abort(); }

 private:
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<Started> started_;
};

// Plain HTTP goes over sockets of our own; libcurl has TLS and proxies. A connection opened under one reach
// is never used under the other: libcurl's are two pools. Plain connections may be half of what is kept, each
// of the pools a quarter.
class HttpClient final : public Client {
 public:
  HttpClient(runtime::Loop& loop, std::size_t kept_connections, PlainHttp plain_http)
      : loop_(loop),
        plain_http_(plain_http),
        plain_(std::make_shared<PlainConnections>(loop, (kept_connections + 1) / 2)),
        public_only_(Multi::create(loop, (kept_connections + 3) / 4)),
        any_(Multi::create(loop, (kept_connections + 3) / 4)) {}

  std::unique_ptr<Transfer> start(std::shared_ptr<const TransferRequest> request) override {
    auto exchange = exchange_for(std::move(request));
    if (cancelled_) {
      exchange->abort();
    } else {
      exchange->begin();
    }
    return std::make_unique<StartedTransfer>(std::move(exchange), started_);
  }

  void cancel_all() override {
    cancelled_ = true;
    for (Exchange& exchange : *started_) exchange.abort();
  }

 private:
  std::shared_ptr<Exchange> exchange_for(std::shared_ptr<const TransferRequest> request) {
    if (plain_http_ == PlainHttp::OwnSockets && request->url.scheme == "http" && request->proxy.empty())
      return std::make_shared<PlainExchange>(plain_, std::move(request));
    const auto& multi = request->reach == Reach::PublicOnly ? public_only_ : any_;
    return std::make_shared<CurlExchange>(multi, loop_, std::move(request));
  }

  runtime::Loop& loop_;
  PlainHttp plain_http_;
  std::shared_ptr<PlainConnections> plain_;
  std::shared_ptr<Multi> public_only_;
  std::shared_ptr<Multi> any_;
  std::shared_ptr<Started> started_ = std::make_shared<Started>();
  bool cancelled_ = false;
};

}  // namespace

std::unique_ptr<Client> make_client(runtime::Loop& loop, std::size_t kept_connections, PlainHttp plain_http) {
  return std::make_unique<HttpClient>(loop, kept_connections, plain_http);
}

}  // namespace artifactapi::transport
