// Stored documents in the form that clients are given (formats/rendition.h), as they are and in gzip: made
// when first asked for, kept in memory's table of finished answers as long as the document is the same.
#pragma once

#include "cache/answer.h"
#include "cache/cache_services.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "runtime/slots.h"
#include "runtime/turns.h"

#include <string>

namespace artifactapi::cache {

// Who it is for.
struct RenditionFor {
  std::string address;      // ours of the remote, without a final '/'
  std::string host;         // what the address was made of; empty: it is the same for all
  bool takes_gzip = false;  // and is given it where that is worth it
};

// Shared by all loops; `services` outlives it.
class Renditions {
 public:
  // A smaller one leaves in one packet with its head anyway.
  static constexpr std::uint64_t kLeastPacked = 1024;

  explicit Renditions(CacheServices services)
      : services_(services), slots_(services.loops, kMostAtOnce), turns_(services.loops) {}

  // `document`: whole, with bytes or file. An Error when upstream's bytes are no such document, or when there
  // is no room for what is made of them.
  [[nodiscard]] runtime::Task<Answer> make(ProfilePtr profile, formats::PlanPtr plan, Stored document,
                                           RenditionFor whom);

 private:
  // A document is read into memory whole while it is rendered.
  static constexpr std::size_t kMostAtOnce = 2;

  struct Order;
  // In the pool. The form that was asked for; what it was made from is kept too.
  [[nodiscard]] Result<Stored> build(const Order& order);
  [[nodiscard]] Result<Stored> render(const Order& order);
  // `plain` itself where gzip is not worth it.
  [[nodiscard]] Result<Stored> pack(const Order& order, const Stored& plain);
  [[nodiscard]] ReadyPtr kept(const std::string& key, const catalog::Row& document);
  [[nodiscard]] Stored keep(const Order& order, const std::string& key, Stored made);

  CacheServices services_;
  runtime::Slots slots_;
  runtime::Turns turns_;  // by the key of the form as it is
};

}  // namespace artifactapi::cache
