#include "cache/renditions.h"

#include "base/digest.h"
#include "cache/artifact_head.h"
#include "cache/disk_read.h"
#include "runtime/blocking_pool.h"
#include "upstream/origin.h"

#include <fmt/format.h>

#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// Part of each entity tag: another way of rendering gives other tags.
constexpr int kVersion = 1;

// In memory while it is small, in a spool file from then on.
class Collector final : public formats::RenditionSink {
 public:
  explicit Collector(blobs::LocalBlobs& blobs) : blobs_(blobs) {}

  void write(std::string_view piece) override {
    if (failure_) return;
    size_ += piece.size();
    waiting_ += piece;
    if (waiting_.size() > kSmallBody) put_out();
  }

  // After the last piece.
  [[nodiscard]] Result<void> finish() {
    if (!failure_ && spool_) put_out();
    if (failure_) return std::unexpected(*failure_);
    if (spool_) spool_.unname();
    return {};
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  void hand_to(Stored& stored) {
    if (!spool_) {
      stored.bytes = std::make_shared<const std::string>(std::move(waiting_));
      return;
    }
    // The room on the disk is given back when nobody sends it any more.
    auto kept = std::make_shared<blobs::SpoolFile>(std::move(spool_));
    stored.file = std::shared_ptr<const File>(kept, kept->file().get());
  }

 private:
  void put_out() {
    auto written = open();
    if (written) written = spool_.append(waiting_);
    if (!written) failure_ = written.error();
    waiting_.clear();
  }
  Result<void> open() {
    if (spool_) return {};
    auto opened = blobs_.create_spool(std::nullopt);
    if (!opened) return std::unexpected(opened.error());
    spool_ = std::move(*opened);
    return {};
  }

  blobs::LocalBlobs& blobs_;
  blobs::SpoolFile spool_;
  std::string waiting_;
  std::uint64_t size_ = 0;
  std::optional<Error> failure_;
};

// One for each document, form and address.
std::string rendition_key(const RemoteProfile& profile, const formats::Plan& plan, const RenditionFor& whom) {
  return cache_key(profile.name, fmt::format("{}#{}@{}", plan.key, plan.form, whom.address));
}

std::string rendition_etag(const catalog::Row& document, const formats::Plan& plan,
                           const RenditionFor& whom) {
  const auto text = fmt::format("{}\n{}\n{}\n{}", kVersion, document.digest.hex(), plan.form, whom.address);
  return fmt::format("\"{}\"", Sha256::of(text).hex().substr(0, 32));
}

// Everything that a rendition's head takes over from its document.
bool same_answer(const catalog::Row& a, const catalog::Row& b) {
  return a.digest == b.digest && a.requested_at == b.requested_at && a.expires_at == b.expires_at &&
         a.stale == b.stale;
}

}  // namespace

ReadyPtr Renditions::kept(const std::string& key, const catalog::Row& document) {
  auto ready = services_.hot.find(key);
  return ready && ready->row->digest == document.digest ? ready : nullptr;
}

Task<Answer> Renditions::make(ProfilePtr profile, formats::Plan plan, Stored document, RenditionFor whom) {
  const auto key = rendition_key(*profile, plan, whom);
  auto found = kept(key, *document.row);
  runtime::Slots::Slot slot;
  if (!found) {
    slot = co_await slots_.take(runtime::kNoDeadline);
    found = kept(key, *document.row);
  }
  if (found && same_answer(*found->row, *document.row) && document.outcome == found->outcome) {
    co_return Stored{found->row, found->body, found->file, found->outcome, found};
  }
  Stored made;
  if (found) {
    // The document was found to be good for longer, or went stale: the bytes are the same.
    auto row = std::make_shared<catalog::Row>(*found->row);
    row->requested_at = document.row->requested_at;
    row->expires_at = document.row->expires_at;
    row->stale = document.row->stale;
    made = Stored{std::move(row), found->body, found->file, document.outcome, nullptr};
  } else {
    auto work = [&] { return render(profile, plan, document, whom); };
    auto rendered = co_await runtime::offload(services_.pool, work);
    if (!rendered) co_return rendered.error();
    made = std::move(*rendered);
  }
  co_return keep(key, profile, plan, whom, std::move(made));
}

Result<Stored> Renditions::render(const ProfilePtr& profile, const formats::Plan& plan,
                                  const Stored& document, const RenditionFor& whom) {
  if (plan.most_bytes > 0 && document.row->size > plan.most_bytes) {
    return fail(Code::BadPeer, "the stored document is too large to be rewritten");
  }
  std::string read;
  if (!document.bytes) {
    auto bytes = read_file(*document.file, document.row->size);
    if (!bytes) return std::unexpected(bytes.error());
    read = std::move(*bytes);
  }
  const std::string_view original = document.bytes ? std::string_view(*document.bytes) : read;
  const auto& base = profile->origin->base;
  const auto asked_at = http::parse_url(plan.absolute).value_or(upstream::url_below(base, plan.asked()));
  Collector collector(services_.blobs);
  const auto rendered =
      plan.render({original, document.row->content_type, asked_at, base, whom.address, plan.form}, collector);
  if (!rendered) return std::unexpected(rendered.error());
  const auto finished = collector.finish();
  if (!finished) return std::unexpected(finished.error());
  auto row = std::make_shared<catalog::Row>(*document.row);
  row->size = collector.size();
  row->etag = rendition_etag(*document.row, plan, whom);
  if (!rendered->content_type.empty()) row->content_type = rendered->content_type;
  if (!rendered->link.empty()) row->headers.insert(0, "Link: " + rendered->link + "\r\n");
  Stored made{nullptr, nullptr, nullptr, document.outcome, nullptr};
  collector.hand_to(made);
  made.row = std::move(row);
  return made;
}

Stored Renditions::keep(const std::string& key, const ProfilePtr& profile, const formats::Plan& plan,
                        const RenditionFor& whom, Stored made) {
  auto ready = make_ready(made.row, made.bytes, made.file, plan.path, services_.clock.now(), *plan.head);
  ready->suits = plan.suits;
  ready->host = whom.host;
  if (made.outcome == ready->outcome) made.ready = ready;
  services_.hot.insert(key, std::move(ready), &profile->ended);
  return made;
}

}  // namespace artifactapi::cache
