#include "formats/plan.h"

#include <utility>

namespace artifactapi::formats {

Result<Planner> Planner::make(const Format& format, Patterns immutable, Patterns changing,
                              http::QueryRule query) {
  Planner planner;
  planner.immutable_ = std::move(immutable);
  planner.mutable_ = std::move(changing);
  planner.query_ = std::move(query);
  for (const auto& rule : format.rules) {
    auto pattern = Pattern::compile(rule.pattern);
    if (!pattern) return std::unexpected(pattern.error());
    if (rule.mutability != Mutability::Mutable) continue;
    planner.builtin_mutable_.push_back(std::make_shared<const Pattern>(std::move(*pattern)));
  }
  return planner;
}

// True when the question is settled: a pattern matched, or one could not be answered.
bool Planner::decide(const Patterns& patterns, Plan& plan) const {
  for (const auto& pattern : patterns) {
    switch (pattern->search(plan.path)) {
      case Match::No: continue;
      case Match::Yes: plan.access = Access::Allowed; return true;
      case Match::LimitHit:
        plan.access = Access::Undecided;
        plan.limit_hit = pattern->source();
        return true;
    }
  }
  return false;
}

// The order is the contract's: built-in beats the user's, mutable beats immutable, and either kind of
// mutable pattern opens a path whatever immutable_patterns say.
Plan Planner::plan(const http::CanonicalPath& path) const {
  Plan plan;
  plan.path = path.decoded;
  plan.key = path.encoded;
  if (path.has_query) {
    const auto query = http::filter_query(path.query, query_);
    if (!query.empty()) plan.key.append("?").append(query);
  }
  plan.mutability = Mutability::Mutable;
  if (decide(builtin_mutable_, plan)) {
    plan.builtin = true;
    return plan;
  }
  if (decide(mutable_, plan)) return plan;
  plan.mutability = Mutability::Immutable;
  if (immutable_.empty()) {
    plan.access = Access::Allowed;
    return plan;
  }
  decide(immutable_, plan);
  return plan;
}

}  // namespace artifactapi::formats
