// A package type: data and pure functions. Nothing outside formats/ names one.
#pragma once

#include "http/url.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace artifactapi::formats {

struct ApiRoot;
struct DocumentIndex;
struct PathAsked;
struct Plan;

enum class Mutability : std::uint8_t { Immutable, Mutable };

// One row of a type's table: which of its own paths change over time, whatever the configuration says.
struct Rule {
  std::string_view pattern;  // searched in the decoded path inside the remote
  Mutability mutability;
};

struct Format {
  std::string_view name;  // as in `package:`
  // False: remotes of the type load and answer 501.
  bool built;
  std::span<const Rule> rules;
  // Whether the query is part of what is asked and kept when a remote does not say (`query:`).
  bool keep_query;
  // Whether `check_mutable_updates: true` covers what these rules make mutable, as it does what the user's
  // patterns do.
  bool rules_revalidate = false;
  // Whether upstream's index pages tell what there is (formats/listing.h).
  bool listed = false;
  // How, where its index is no HTML. Null: by links.
  const DocumentIndex* documents = nullptr;
  // Whether upstream says by a challenge which credentials it wants (RFC 9110 section 11); else they are sent
  // with every request.
  bool by_challenge = false;
  // What a path means where a table of rules does not say enough: fills in the plan, key and path at least,
  // and refuses what the type's grammar has no place for. Then the rules are not asked, and
  // immutable_patterns guard every path that it leaves Forbidden. Null: a tree of files.
  void (*lay_out)(const PathAsked& asked, Plan& plan) = nullptr;
  // What a path of a tree of files means beyond its pattern: is told key and path and may change the path
  // that the patterns are asked about. Null: nothing.
  void (*refine)(Plan& plan) = nullptr;
  // Where a remote's base_url really leads. Null: where it says.
  void (*settle_base)(http::Url& base) = nullptr;
  // The address at which the type's own clients ask, beside /api/{remote}/. Null: none.
  const ApiRoot* root = nullptr;
  // How errors below /api/{remote}/ are written (ErrorBody of formats/api_root.h). Null: as all others.
  std::string (*error_body)(int status, std::string_view word, std::string_view message) = nullptr;
  // Token services that may see a remote's credentials, beside its own `token_hosts`: host or host:port.
  std::span<const std::string_view> token_hosts = {};
  // Fields that tell of a quota, beside RateLimit-*: passed on with a 429.
  std::span<const std::string_view> quota_headers = {};
};

// Every type this version knows; the one list.
std::span<const Format* const> all();

// Null when there is no such type.
const Format* find(std::string_view name);

}  // namespace artifactapi::formats
