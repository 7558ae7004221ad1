// The configured repositories: what remotes.yaml says, checked, as one value that never changes after
// loading. Reloading makes a new Remotes; whoever still works with the old one keeps it by its shared_ptr.
#pragma once

#include "base/clock.h"
#include "base/pattern.h"
#include "base/secret.h"
#include "config/diagnostic.h"
#include "config/proxy.h"

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace artifactapi::config {

// Zero TTLs differ: immutable_ttl 0 is for ever, mutable_ttl 0 asks upstream at every request.
struct CacheSettings {
  Seconds immutable_ttl{0};
  Seconds mutable_ttl{3600};
  std::optional<Seconds> stale_retry;  // none: as long as the TTL
  Seconds negative_ttl{0};             // 0: upstream's 404 is not cached
  friend bool operator==(const CacheSettings&, const CacheSettings&) = default;
};

enum class RepositoryType : std::uint8_t { Remote, Local };
// check_mutable_updates: false | true | all. UserPatterns: what the user's patterns made mutable is
// revalidated.
enum class MutableUpdates : std::uint8_t { Never, UserPatterns, All };
enum class RevalidateWith : std::uint8_t { Head, Get };

// HTTP statuses of upstream that count like a network failure (stale_on: [429, 5xx]).
class StatusSet {
 public:
  void add(int status);
  void add_class(int hundreds);  // 5 for 5xx
  [[nodiscard]] bool contains(int status) const;
  [[nodiscard]] bool empty() const { return statuses_.none(); }
  [[nodiscard]] std::vector<int> list() const;
  friend bool operator==(const StatusSet&, const StatusSet&) = default;

 private:
  std::bitset<600> statuses_;
};

// What of a request's query belongs to the artifact.
struct QueryRule {
  enum class Kind : std::uint8_t { Keep, Drop, Names };
  Kind kind = Kind::Keep;
  std::vector<std::string> names;  // for Kind::Names
  friend bool operator==(const QueryRule&, const QueryRule&) = default;
};

// Equal when they are written the same.
struct PatternList : std::vector<std::shared_ptr<const Pattern>> {
  using vector::vector;
  friend bool operator==(const PatternList& one, const PatternList& other);
};

// One entry of `remotes`. Strings are checked: URLs have a known scheme, a host and no credentials inside,
// header names are tokens, no value holds a control character.
struct Repository {
  std::string name;
  RepositoryType type = RepositoryType::Remote;
  std::string package;  // one of the package types given to the loader
  bool package_built = true;
  std::string description;
  std::optional<std::string> base_url;  // set exactly for Remote; no trailing slash, no credentials
  std::string username;
  Secret password;
  PatternList immutable_patterns;
  PatternList mutable_patterns;
  MutableUpdates check_mutable_updates = MutableUpdates::Never;
  RevalidateWith revalidate_with = RevalidateWith::Head;
  StatusSet stale_on;
  CacheSettings cache;
  std::optional<QueryRule> query;  // none: the package type's default
  std::vector<std::pair<std::string, Secret>> headers;
  std::string ca_file;                   // PEM; empty: the system's
  std::optional<Proxy> proxy;            // none: as the environment says
  std::vector<std::string> token_hosts;  // lower case, host or host:port
  bool allow_overwrite = false;
  bool default_for_root = false;
  bool serve_ns = false;
  std::string index_url;  // like base_url; empty: none

  // Whether a reload leaves the repository as it is.
  friend bool operator==(const Repository&, const Repository&) = default;
  // Without them every path is allowed.
  [[nodiscard]] bool has_immutable_patterns() const { return !immutable_patterns.empty(); }
};

struct Remotes {
  std::vector<Repository> repositories;  // in file order
  std::uint64_t generation = 0;          // counted up by whoever installs a newly loaded file
  Diagnostics warnings;

  // Null when there is no such repository. The pointer lives as long as this Remotes.
  [[nodiscard]] const Repository* find(std::string_view name) const;
  // To be called after `repositories` changed; the loader has done so.
  void index();

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_name_;
};

}  // namespace artifactapi::config
