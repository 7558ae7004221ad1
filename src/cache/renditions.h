// Stored documents in the form that clients are given (formats/rendition.h): made when first asked for, kept
// in memory's table of finished answers as long as the document is the same.
#pragma once

#include "cache/answer.h"
#include "cache/cache_services.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "runtime/slots.h"

#include <string>

namespace artifactapi::cache {

// Who it is for.
struct RenditionFor {
  std::string address;  // ours of the remote, without a final '/'
  std::string host;     // what the address was made of; empty: it is the same for all
};

// Shared by all loops; `services` outlives it.
class Renditions {
 public:
  explicit Renditions(CacheServices services) : services_(services), slots_(services.loops, kMostAtOnce) {}

  // `document`: whole, with bytes or file. An Error when upstream's bytes are no such document, or when there
  // is no room for what is made of them.
  [[nodiscard]] runtime::Task<Answer> make(ProfilePtr profile, formats::Plan plan, Stored document,
                                           RenditionFor whom);

 private:
  // A document is read into memory whole while it is rendered.
  static constexpr std::size_t kMostAtOnce = 2;

  [[nodiscard]] ReadyPtr kept(const std::string& key, const catalog::Row& document);
  [[nodiscard]] Result<Stored> render(const ProfilePtr& profile, const formats::Plan& plan,
                                      const Stored& document, const RenditionFor& whom);
  [[nodiscard]] Stored keep(const std::string& key, const ProfilePtr& profile, const formats::Plan& plan,
                            const RenditionFor& whom, Stored made);

  CacheServices services_;
  runtime::Slots slots_;
};

}  // namespace artifactapi::cache
