// What one request means for a package type: may it pass, does it change over time, what is asked and kept.
#pragma once

#include "base/digest.h"
#include "base/pattern.h"
#include "base/result.h"
#include "formats/format.h"
#include "formats/head_rules.h"
#include "formats/promise.h"
#include "formats/rendition.h"
#include "http/method.h"
#include "http/path.h"
#include "http/query.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::formats {

enum class Access : std::uint8_t {
  Allowed,
  Forbidden,   // no pattern allows it
  Undecided,   // a pattern ran into its match limit: refused, and worth a log line
  NoSuchPath,  // the type's grammar has no place for it: Plan::refused says why
};

// An answer that needs no upstream.
struct Refused {
  int status = 404;
  std::string_view word;  // the type's own word for it in an error body
  std::string_view message;
};

// A document as it is stored, and where it came from.
struct DocumentAt {
  std::string key;
  std::string absolute;  // as Plan::absolute; empty: below the base under its key
  // Of a client that gets the one with that key, where the type negotiates; lives as long as the program.
  std::string_view accept = {};
};

// Says whether an answer of that media type may be given to who sent that Accept; `accept` may be empty.
using Suits = bool (*)(std::string_view accept, std::string_view content_type);
// The Link of our answer to `request_target`, made of upstream's; empty: none.
using NextPage = std::string (*)(std::string_view upstream_link, std::string_view request_target);

struct Plan {
  Access access = Access::Forbidden;  // lay_out: Allowed where patterns are not to be asked
  Mutability mutability = Mutability::Immutable;
  bool builtin = false;   // one of the type's own rules matched, and the user's settings do not cover those
  std::string key;        // canonical path, with "?query" where the query means something
  std::string path;       // decoded, for people: patterns, log, file name
  std::string limit_hit;  // Undecided: the pattern's source
  Refused refused;        // NoSuchPath
  std::string redirect;   // path[?query] inside the remote at which the client should ask; empty: here
  // A question that upstream alone can answer: request and answer are passed through as they are, nothing is
  // kept. lay_out sets it for the methods that the type forwards; all others than GET and HEAD are refused.
  bool forward = false;

  // --- what upstream is asked; all empty for a tree of files ---
  std::string target;    // path[?query] below the base; empty: the key
  std::string absolute;  // the whole URL, where it is not below the base; empty: by `target`
  std::string accept;    // empty: anything
  std::string scope;     // of the token, where upstream wants one (RFC 6749 section 3.3)

  // --- what is known of the answer beforehand ---
  const HeadRules* head = &kFileHead;
  std::optional<Digest> promised;     // of the body; also: where these bytes are stored, HEAD is enough
  std::uint64_t most_bytes = 0;       // of the body; 0: no bound
  bool revalidate_by_digest = false;  // by HEAD and the digest it names, whatever check_mutable_updates says
  // Documents in which find_promise looks the key up before it is fetched, the best first. Only what is
  // stored is looked at.
  std::vector<DocumentAt> promised_by;
  FindPromise find_promise = nullptr;
  // Of such a document itself: what it promises. When a new one comes, what is stored is held against it.
  EachPromise each_promise = nullptr;
  // Where it lies is known from such a document only (formats/through_us.h, "-/at/…"): without one it is not
  // there.
  bool elsewhere = false;
  // The same bytes have a name by digest too: this and "sha256:<hex>" is its key. Empty: they have none.
  std::string by_digest;

  // --- what a client is given ---
  Suits suits = nullptr;                 // null: there is one type of answer, for everybody
  bool must_suit = false;                // another type of answer than `accept` names is as none
  std::string client_accept;             // normalised; empty: takes whatever there is
  std::string other_key;                 // of the answer that only this client's Accept gets
  NextPage next_page = nullptr;          // null: answers have no further pages
  std::string_view word_for_404;         // in an error body
  std::shared_ptr<const Plan> fallback;  // asked when upstream knows nothing of this
  std::string_view empty_body;           // answered when it knows nothing of that either; empty: 404
  std::string_view empty_type;           // its media type
  Render render = nullptr;               // made of what is stored; null: what is stored itself
  std::string form;                      // RenditionAsked::form: what there is one rendition for each of

  [[nodiscard]] const std::string& asked() const { return target.empty() ? key : target; }
  // Nothing: an answer of that media type is for this client. Else the plan that gets another one.
  [[nodiscard]] std::optional<Plan> instead_of(std::string_view content_type) const;
};

using PlanPtr = std::shared_ptr<const Plan>;

// What a type's own function is told of a request.
struct PathAsked {
  const http::CanonicalPath& path;  // inside the remote
  std::string_view accept;          // the client's Accept lines, joined; empty: none
  const http::Url& base;            // the remote's
  bool guarded;                     // the remote has immutable_patterns
  std::string_view index_url = {};  // the remote's, as configured, without a final '/'; empty: none
  http::Method method = http::Method::Get;
};

// One repository's patterns over its type's rules. Immutable; shared by all threads.
class Planner {
 public:
  using Patterns = std::vector<std::shared_ptr<const Pattern>>;

  // Fails only when a rule of the type itself does not compile. `base`: the remote's, as configured.
  [[nodiscard]] static Result<Planner> make(const Format& format, Patterns immutable, Patterns changing,
                                            http::QueryRule query, http::Url base = {},
                                            std::string index_url = {});

  // `accept`: the client's, of types that negotiate.
  [[nodiscard]] Plan plan(http::CanonicalPath path, std::string_view accept = {},
                          http::Method method = http::Method::Get) const;
  // Of a document that a plan of this names (Plan::promised_by). Nothing: it may not be asked for.
  [[nodiscard]] std::optional<Plan> plan_of(const DocumentAt& document) const;

 private:
  Planner() = default;
  bool decide(const Patterns& patterns, Plan& plan) const;
  void guard(Plan& plan) const;

  const Format* format_ = nullptr;
  http::Url base_;
  std::string index_url_;
  Patterns builtin_mutable_;
  Patterns immutable_;
  Patterns mutable_;
  http::QueryRule query_;
};

}  // namespace artifactapi::formats
