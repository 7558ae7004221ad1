#include "transport/client.h"
#include "transport/exchange.h"
#include "transport/multi.h"

#include <unordered_set>
#include <utility>

namespace artifactapi::transport {

namespace {

// The exchanges of one client that are not destroyed yet.
using Started = std::unordered_set<Exchange*>;

class CurlTransfer final : public Transfer {
 public:
  CurlTransfer(std::shared_ptr<Exchange> exchange, std::shared_ptr<Started> started)
      : exchange_(std::move(exchange)), started_(std::move(started)) {
    started_->insert(exchange_.get());
  }
  ~CurlTransfer() override {
    started_->erase(exchange_.get());
    exchange_->abort();
  }
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  runtime::Task<Result<TransferHead>> head() override { return Exchange::head(exchange_); }
  runtime::Task<Result<std::string>> next() override { return Exchange::next(exchange_); }
  [[nodiscard]] bool died_before_answer() const override { return exchange_->died_before_answer(); }
  void cancel() override { exchange_->abort(); }

 private:
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<Started> started_;
};

// A connection opened under one reach is never used under the other: two pools, each with half of what may be
// kept.
class CurlClient final : public Client {
 public:
  CurlClient(runtime::Loop& loop, std::size_t kept_connections)
      : loop_(loop),
        public_only_(Multi::create(loop, (kept_connections + 1) / 2)),
        any_(Multi::create(loop, (kept_connections + 1) / 2)) {}

  std::unique_ptr<Transfer> start(TransferRequest request) override {
    const auto& multi = request.reach == Reach::PublicOnly ? public_only_ : any_;
    auto exchange = std::make_shared<Exchange>(multi, loop_, std::move(request));
    if (cancelled_) {
      exchange->abort();
    } else {
      exchange->begin();
    }
    return std::make_unique<CurlTransfer>(std::move(exchange), started_);
  }

  void cancel_all() override {
    cancelled_ = true;
    for (Exchange* exchange : *started_) exchange->abort();
  }

 private:
  runtime::Loop& loop_;
  std::shared_ptr<Multi> public_only_;
  std::shared_ptr<Multi> any_;
  std::shared_ptr<Started> started_ = std::make_shared<Started>();
  bool cancelled_ = false;
};

}  // namespace

std::unique_ptr<Client> make_curl_client(runtime::Loop& loop, std::size_t kept_connections) {
  return std::make_unique<CurlClient>(loop, kept_connections);
}

}  // namespace artifactapi::transport
