#include "formats/plan.h"

#include <utility>

namespace artifactapi::formats {

std::optional<Plan> Plan::instead_of(std::string_view content_type) const {
  if (suits == nullptr || client_accept.empty() || suits(client_accept, content_type)) return std::nullopt;
  Plan other = *this;
  other.key = other_key;
  other.accept = client_accept;
  other.client_accept.clear();
  other.must_suit = true;
  return other;
}

Result<Planner> Planner::make(const Format& format, Patterns immutable, Patterns changing,
                              http::QueryRule query, http::Url base, std::string index_url) {
  Planner planner;
  planner.format_ = &format;
  planner.base_ = std::move(base);
  planner.index_url_ = std::move(index_url);
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

// Without immutable_patterns every path is allowed.
void Planner::guard(Plan& plan) const {
  if (immutable_.empty()) {
    plan.access = Access::Allowed;
    return;
  }
  decide(immutable_, plan);
}

// What stands behind a '#' in a key, where no path has one, is told by `accept`.
std::optional<Plan> Planner::plan_of(const DocumentAt& document) const {
  auto path = http::canonicalise(std::string_view(document.key).substr(0, document.key.find('#')));
  if (!path) return std::nullopt;
  auto made = plan(std::move(*path), document.accept);
  if (made.access != Access::Allowed || made.key != document.key) return std::nullopt;
  return made;
}

// The order is the contract's: built-in beats the user's, mutable beats immutable, and either kind of
// mutable pattern opens a path whatever immutable_patterns say; but where the type lays its paths out itself,
// it says what is mutable, and immutable_patterns guard them all.
Plan Planner::plan(http::CanonicalPath path, std::string_view accept, http::Method method) const {
  Plan plan;
  if (format_->lay_out != nullptr) {
    format_->lay_out({path, accept, base_, !immutable_.empty(), index_url_, method}, plan);
    if (plan.access == Access::NoSuchPath || plan.access == Access::Allowed) return plan;
    guard(plan);
    if (plan.fallback) {
      auto fallback = *plan.fallback;
      guard(fallback);
      plan.fallback = std::make_shared<const Plan>(std::move(fallback));
    }
    return plan;
  }
  plan.path = std::move(path.decoded);
  plan.key = std::move(path.encoded);
  if (path.has_query) {
    const auto query = http::filter_query(path.query, query_);
    if (!query.empty()) plan.key.append("?").append(query);
  }
  if (format_->refine != nullptr) format_->refine(plan);
  plan.mutability = Mutability::Mutable;
  if (decide(builtin_mutable_, plan)) {
    plan.builtin = !format_->rules_revalidate;
    return plan;
  }
  if (decide(mutable_, plan)) return plan;
  plan.mutability = Mutability::Immutable;
  guard(plan);
  return plan;
}

}  // namespace artifactapi::formats
