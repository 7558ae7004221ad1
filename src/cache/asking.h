// A plan as a question to upstream, and what an answer says of the digest. Pure.
#pragma once

#include "base/digest.h"
#include "cache/policy.h"
#include "catalog/row.h"
#include "formats/plan.h"
#include "formats/promise.h"
#include "http/headers.h"
#include "upstream/upstream.h"

#include <optional>

namespace artifactapi::cache {

// `row`: what is stored; its validators go with a conditional question.
[[nodiscard]] upstream::Ask make_ask(const formats::Plan& plan, Question question = Question::Get,
                                     const catalog::Row* row = nullptr);

// Whether upstream answered with a type that was not asked for, where that is as good as nothing
// (Plan::must_suit).
[[nodiscard]] bool is_unsuitable(const formats::Plan& plan, const catalog::Row& draft);

// The digest that is known of an answer before its body: the plan's, else the one in upstream's head.
[[nodiscard]] std::optional<Digest> promised_digest(const formats::Plan& plan, const http::Headers& upstream);

// What the bytes of an answer have to be: the digest that is known, else what a document promised. Nothing
// when neither names one.
[[nodiscard]] std::optional<formats::Promise> expected_bytes(const std::optional<Digest>& digest,
                                                             const std::optional<formats::Promise>& promise);

// Whether upstream's head names the digest that is stored.
[[nodiscard]] Sameness sameness(const formats::Plan& plan, const catalog::Row* row,
                                const http::Headers& upstream);

}  // namespace artifactapi::cache
