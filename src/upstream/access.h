// How one remote's origin wants to be asked, learnt from its challenges (RFC 9110 section 11).
#pragma once

#include "base/secret.h"
#include "http/headers.h"
#include "transport/client.h"
#include "upstream/token_source.h"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace artifactapi::upstream {

// What a request shows of its right to ask.
struct Pass {
  std::optional<transport::BasicCredentials> basic;
  Secret token;                     // empty: none
  std::optional<TokenQuery> query;  // what the token was given for
  bool fresh = false;               // the token was got for this very request
};

// Of one remote, shared by all loops: with other credentials it is another Access, so that what one may see
// never passes to the other.
class Access {
 public:
  static constexpr std::size_t kMaxScopes = 1024;

  // `token_hosts`: beside the origin's own host, who may see the credentials; host or host:port, lower case.
  Access(runtime::Loops& loops, std::vector<std::string> token_hosts)
      : token_hosts_(std::move(token_hosts)), tokens_(loops) {}

  struct Open {};   // ask without credentials
  struct Basic {};  // with those of the remote
  using Way = std::variant<Open, Basic, TokenQuery>;

  // How to ask for something of that scope (of upstream::Ask), as far as it is known.
  [[nodiscard]] Way way_for(const std::string& scope) const;

  // Judges the 401 that `pass` met. A better way to ask; nullopt when there is none: the 401 is the answer.
  // BadPeer: the token service is http although `origin` is https.
  [[nodiscard]] Result<std::optional<Way>> learn(const std::string& scope, const http::Headers& answer,
                                                 const Pass& pass, const http::Url& origin,
                                                 bool has_credentials);

  [[nodiscard]] TokenSource& tokens() { return tokens_; }
  [[nodiscard]] const std::vector<std::string>& token_hosts() const { return token_hosts_; }

 private:
  void remember(const std::string& scope, const TokenQuery& query);

  const std::vector<std::string> token_hosts_;
  TokenSource tokens_;
  mutable std::mutex mutex_;  // guards all below
  bool basic_ = false;
  std::optional<TokenService> service_;
  std::unordered_map<std::string, std::string>
      wanted_;  // where the origin names another scope than was asked
};

}  // namespace artifactapi::upstream
