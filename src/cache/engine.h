// Answers requests for artifacts of remotes: from memory, from a fill under way, or by a new fill.
#pragma once

#include "cache/answer.h"
#include "cache/cache_services.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "http/range.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <atomic>
#include <memory>
#include <optional>

namespace artifactapi::cache {

// Shared by all loops. stop() before the loops end.
class Engine {
 public:
  explicit Engine(CacheServices services) : services_(services), fills_(services.loops) {}

  // The artifact's bytes. On a loop thread, as head(); both look into memory when they are called.
  [[nodiscard]] runtime::Task<Answer> get(ProfilePtr profile, formats::PlanPtr plan);
  // What a GET's head would say; asks upstream at most with HEAD and stores nothing.
  [[nodiscard]] runtime::Task<Answer> head(ProfilePtr profile, formats::PlanPtr plan);
  // A part of what is growing, asked of upstream apart and not stored. Nothing: upstream did not give that
  // part of that version; follow the fill instead.
  [[nodiscard]] runtime::Task<std::optional<Relayed>> part(ProfilePtr profile, formats::PlanPtr plan,
                                                           RowPtr draft, http::ByteRange range);

  // Fills that run, to be waited for at shutdown.
  [[nodiscard]] runtime::Task<bool> idle(runtime::Deadline deadline) const { return fills_.idle(deadline); }
  [[nodiscard]] std::size_t fills_running() const { return fills_.running(); }
  [[nodiscard]] CacheServices& services() { return services_; }

 private:
  [[nodiscard]] std::optional<Stored> from_memory(const std::string& key, Time now);
  // What memory has not.
  [[nodiscard]] runtime::Task<Answer> fetch(ProfilePtr profile, formats::PlanPtr plan, std::string key);
  [[nodiscard]] runtime::Task<Answer> look_up_or_describe(ProfilePtr profile, formats::PlanPtr plan,
                                                          std::string key);
  [[nodiscard]] runtime::Task<bool> has_no_copy(ProfilePtr profile, formats::PlanPtr plan);
  // The fill of that key, which runs from here on.
  [[nodiscard]] FillTable::Joined join(const ProfilePtr& profile, const formats::PlanPtr& plan,
                                       const std::string& key);
  // Nothing: what it left is of no use to a newcomer.
  [[nodiscard]] std::optional<Stored> stored_by(const Fill& settled) const;
  [[nodiscard]] Answer answer_of(const std::shared_ptr<Fill>& fill);
  [[nodiscard]] runtime::Task<Answer> pass_through(ProfilePtr profile, formats::PlanPtr plan);
  [[nodiscard]] runtime::Task<Answer> describe(ProfilePtr profile, formats::PlanPtr plan, RowPtr row);

  CacheServices services_;
  runtime::TaskGroup fills_;
};

}  // namespace artifactapi::cache
