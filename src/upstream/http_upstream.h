// Asks origins over HTTP: resolves, dials under the address rules, walks redirects, sends once more what died
// on a kept connection, and answers challenges where the remote says so.
#pragma once

#include "runtime/loop.h"
#include "runtime/resolver.h"
#include "transport/client.h"
#include "upstream/access.h"
#include "upstream/upstream.h"

#include <memory>
#include <variant>
#include <vector>

namespace artifactapi::upstream {

struct Errand;
struct Hop;

// One for the process; each loop uses its own transport client. All references outlive it.
class HttpUpstream final : public Upstream {
 public:
  static constexpr int kMaxRedirects = 10;
  // Of one question to an origin: openly, with a token that was known, with a new one.
  static constexpr int kMaxAttempts = 3;
  // For a token service's whole answer, and between two pieces of it.
  static constexpr Milliseconds kTokenPatience{10'000};
  static constexpr Milliseconds kTokenIdle{5'000};

  // `clients[i]` belongs to loop i.
  HttpUpstream(std::vector<std::unique_ptr<transport::Client>> clients, runtime::Resolver& resolver,
               Origins& origins, const Clock& clock, std::string user_agent);

  [[nodiscard]] runtime::Task<Result<Reply>> ask(std::shared_ptr<const Origin> origin, Ask ask) override;

  // Shutdown: what this loop has under way ends with Cancelled. On that loop.
  void cancel_all(const runtime::Loop& loop) { clients_[loop.index()]->cancel_all(); }

 private:
  class OverHttp;  // asks token services
  using Admission = std::variant<Pass, TokenRefusal, Error>;

  // What stands for the origin where an absolute URL leads elsewhere.
  [[nodiscard]] std::shared_ptr<const Origin> origin_elsewhere(const Origin& origin, const Ask& ask);
  [[nodiscard]] runtime::Task<Result<Reply>> ask_by_challenge(std::shared_ptr<const Origin> origin, Ask ask);
  [[nodiscard]] runtime::Task<Admission> pass_for(const Origin& origin, Access::Way way);
  [[nodiscard]] runtime::Task<TokenAnswer> ask_for_token(const Origin& origin, TokenQuery query);

  // Counts, and tells the breaker.
  [[nodiscard]] runtime::Task<Result<Reply>> attempt(std::shared_ptr<const Origin> shared, Errand errand);
  [[nodiscard]] runtime::Task<Result<Reply>> walk(const Origin& origin, const Errand& errand, Hop& hop);
  [[nodiscard]] runtime::Task<Result<Reply>> send(const Origin& origin, const Errand& errand, Hop& hop);
  // Finds the addresses of the hop's URL: of a name that is known at once; nothing where it has to be asked.
  [[nodiscard]] std::optional<Result<void>> dial_known(const Origin& origin, Hop& hop);
  [[nodiscard]] runtime::Task<Result<void>> dial(const Origin& origin, Hop& hop);

  std::vector<std::unique_ptr<transport::Client>> clients_;
  runtime::Resolver& resolver_;
  Origins& origins_;
  const Clock& clock_;
  std::string user_agent_;
};

}  // namespace artifactapi::upstream
