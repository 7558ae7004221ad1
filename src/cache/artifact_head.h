// The headers of an artifact's answer, and the row an upstream answer makes. Pure.
#pragma once

#include "cache/fill.h"
#include "cache/outcome.h"
#include "cache/ready.h"
#include "catalog/row.h"
#include "formats/plan.h"
#include "http/headers.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::cache {

// What the headers say of an upstream answer before its body is known: everything of the row but size, and
// digest too unless one is promised (else it stays all zero). The entity tag is fixed here: upstream's if it
// is strong, else one derived from the key, the announced length, upstream's validators and the time of the
// fetch.
[[nodiscard]] catalog::Row draft_row(std::string_view repository, const formats::Plan& plan, int status,
                                     const http::Headers& headers, std::optional<std::uint64_t> length,
                                     Time requested_at, Time received_at, Time expires_at);

// What an answer from the store alone counts as: a hit, or stale while upstream cannot be reached.
[[nodiscard]] Outcome outcome_of_stored(const catalog::Row& row);

// Headers of a 200, in the order they are sent, without Content-Length and what the server adds. `now`
// decides how long a mutable artifact may be kept by the client.
[[nodiscard]] http::Headers artifact_headers(const catalog::Row& row, Outcome outcome, Time now,
                                             const formats::HeadRules& rules = formats::kFileHead);

// Adds that the answer is chosen by Accept-Encoding, beside what else it is chosen by (RFC 9110 section
// 12.5.5).
void vary_by_coding(http::Headers& headers);

// Whether there are several codings of a document to choose from.
enum class Codings : std::uint8_t { One, Several };

// The answer that plain hits get from memory; `body` or `file` is set. A mutable artifact leaves memory's
// fast way a minute before it expires: from then on its Cache-Control changes with each second.
[[nodiscard]] std::shared_ptr<Ready> make_ready(RowPtr row, Bytes body, std::shared_ptr<const File> file,
                                                std::string path, Time now,
                                                const formats::HeadRules& rules = formats::kFileHead,
                                                Codings codings = Codings::One);

// The first field of that name in upstream's stored head; empty when there is none.
[[nodiscard]] std::string_view stored_field(const catalog::Row& row, std::string_view name);

// The entity tag that is the digest itself.
[[nodiscard]] std::string digest_etag(const Digest& digest);

}  // namespace artifactapi::cache
