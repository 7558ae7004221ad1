// Asks origins over HTTP: resolves, dials under the address rules, walks redirects, sends once more what died
// on a kept connection.
#pragma once

#include "runtime/loop.h"
#include "runtime/resolver.h"
#include "transport/client.h"
#include "upstream/upstream.h"

#include <memory>
#include <vector>

namespace artifactapi::upstream {

// One for the process; each loop uses its own transport client. All references outlive it.
class HttpUpstream final : public Upstream {
 public:
  static constexpr int kMaxRedirects = 10;

  // `clients[i]` belongs to loop i.
  HttpUpstream(std::vector<std::unique_ptr<transport::Client>> clients, runtime::Resolver& resolver,
               const Clock& clock, std::string user_agent);

  [[nodiscard]] runtime::Task<Result<Reply>> ask(std::shared_ptr<const Origin> origin, Ask ask) override;

  // Shutdown: what this loop has under way ends with Cancelled. On that loop.
  void cancel_all(const runtime::Loop& loop) { clients_[loop.index()]->cancel_all(); }

 private:
  struct Hop;
  [[nodiscard]] runtime::Task<Result<Reply>> walk(const Origin& origin, const Ask& ask);
  [[nodiscard]] runtime::Task<Result<Reply>> send(const Origin& origin, const Ask& ask, Hop& hop);
  [[nodiscard]] runtime::Task<Result<void>> dial(const Origin& origin, Hop& hop);

  std::vector<std::unique_ptr<transport::Client>> clients_;
  runtime::Resolver& resolver_;
  const Clock& clock_;
  std::string user_agent_;
};

}  // namespace artifactapi::upstream
