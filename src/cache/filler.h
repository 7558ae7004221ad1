// One fill from its first question to its last commit; the only writer of its Fill.
#pragma once

#include "cache/cache_services.h"
#include "cache/contradictions.h"
#include "cache/fill.h"
#include "cache/policy.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "runtime/task.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace artifactapi::cache {

class Intake;

class Filler {
 public:
  // Runs on the home loop. Whatever happens, it settles the fill and takes it out of the table.
  [[nodiscard]] static runtime::Task<> run(CacheServices& services, std::shared_ptr<Fill> fill,
                                           ProfilePtr profile, formats::PlanPtr plan);

 private:
  Filler(CacheServices& services, std::shared_ptr<Fill> fill, ProfilePtr profile, formats::PlanPtr plan);
  // All but what may be compared only when other fills are over: left in coming_.
  [[nodiscard]] runtime::Task<> complete();
  // answer(), answer_knowing() and ask() choose, and are gone when the chosen one runs.
  [[nodiscard]] runtime::Task<Settlement> answer();
  [[nodiscard]] runtime::Task<Settlement> look_up_and_answer();
  [[nodiscard]] runtime::Task<Settlement> answer_knowing(RowPtr stored);
  [[nodiscard]] runtime::Task<Settlement> ask(Question question);
  // Where something has to be waited for first: a place among the downloads, what is known of the bytes.
  [[nodiscard]] runtime::Task<Settlement> prepare_and_ask(Question question);
  [[nodiscard]] runtime::Task<Settlement> conclude(Question question,
                                                   runtime::Task<Result<upstream::Reply>> asked);
  // What documents say of the file (Plan::find_promise); a refusal when it is to be had through them only and
  // none names it.
  [[nodiscard]] runtime::Task<std::optional<Settlement>> look_up_promise(upstream::Ask& request);
  [[nodiscard]] runtime::Task<Settlement> carry_out(const Store& verdict, upstream::Reply& reply);
  [[nodiscard]] runtime::Task<Settlement> carry_out(const Renewed& verdict, upstream::Reply& reply);
  [[nodiscard]] runtime::Task<Settlement> carry_out(const AskNext& verdict, upstream::Reply& reply);
  [[nodiscard]] runtime::Task<Settlement> carry_out(const ServeStale& verdict, upstream::Reply& reply);
  [[nodiscard]] runtime::Task<Settlement> carry_out(const PassOn& verdict, upstream::Reply& reply);
  [[nodiscard]] runtime::Task<Settlement> carry_out(const Error& verdict, upstream::Reply& reply);

  // Upstream was asked anew; unless it has another one, or says that there is none, the copy counts as
  // before.
  [[nodiscard]] bool is_asked_early() const;
  // Nothing when the blob is gone: the row is forgotten then.
  [[nodiscard]] runtime::Task<std::optional<Settlement>> serve_stored(Outcome outcome);
  [[nodiscard]] runtime::Task<Settlement> serve_or_fetch(Outcome outcome);
  // Where the promised bytes are stored under another key, upstream's word that they are to be had under this
  // one too is enough. Nothing: they have to be fetched.
  [[nodiscard]] runtime::Task<std::optional<Settlement>> adopt();
  [[nodiscard]] runtime::Task<Settlement> renew(Time expires_at, const http::Headers* headers,
                                                Outcome outcome);

  [[nodiscard]] runtime::Task<Settlement> not_taken_in(Error failure, Intake& intake, upstream::Reply& reply,
                                                       RowPtr draft);
  [[nodiscard]] runtime::Task<std::optional<Error>> receive(upstream::Reply& reply, Intake& intake,
                                                            const RowPtr& draft);
  // Its bytes have that digest, and are those that were promised.
  [[nodiscard]] Settlement verified(Intake& intake, std::shared_ptr<catalog::Row> draft,
                                    const Digest& digest);
  // Whether the bytes, which are not what a document promised, are what it promises by now: it is fetched
  // anew, once in a while.
  [[nodiscard]] runtime::Task<bool> promised_by_now(const Intake& intake, const Digest& digest);
  [[nodiscard]] runtime::Task<> fetch_anew(formats::PlanPtr document);
  // Counts it, and lets nobody ask for a while.
  [[nodiscard]] Error contradicted();
  [[nodiscard]] Settlement unsuitable(Time expires_at);
  [[nodiscard]] std::optional<Error> too_large(std::uint64_t bytes) const;
  [[nodiscard]] Settlement hand_over(upstream::Reply& reply, RowPtr draft, std::string prefix);

  // Without suspending, where nothing has to be waited for; false: store() has to.
  [[nodiscard]] bool store_at_once(const Whole& whole);
  [[nodiscard]] runtime::Task<> store(Whole whole);
  // Takes the slot with it; false: it has to be published.
  [[nodiscard]] bool hold(const Whole& whole, runtime::Slots::Slot& slot);
  // What is held or published: into memory, where it belongs there, and on its way into the catalog.
  void enter(const Whole& whole, std::uint64_t ticket, runtime::Slots::Slot slot);
  // The ticket of the recent commit. What is sent from its file is left with that alone.
  [[nodiscard]] runtime::Task<Result<std::uint64_t>> publish(Whole& whole);
  [[nodiscard]] runtime::Task<> erase();
  // `kills`: see Proviso; none for what came in just now.
  void keep_in_memory(const Whole& whole, std::optional<std::uint64_t> kills);

  CacheServices& services_;
  std::shared_ptr<Fill> fill_;
  ProfilePtr profile_;
  formats::PlanPtr plan_;
  std::uint64_t kills_ = 0;  // in memory, before row_ was looked up
  RowPtr row_;               // what is stored, however old
  runtime::Slots::Slot download_;
  blobs::SpoolFile spool_;                   // verified, to be published
  std::optional<formats::Promise> promise_;  // what a document says of it
  std::vector<Anew> coming_;                 // see complete()
  bool anew_ = false;                        // upstream is asked however fresh the copy is
  bool adopting_ = false;                    // adopt() was tried
  bool fresh_ = false;                       // the settlement came in just now and is to be stored
};

}  // namespace artifactapi::cache
