#include "cache/renditions.h"

#include "base/digest.h"
#include "cache/artifact_head.h"
#include "cache/disk_read.h"
#include "cache/made_body.h"
#include "formats/gzip_sink.h"
#include "runtime/blocking_pool.h"
#include "upstream/origin.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace artifactapi::cache {

using runtime::Task;

// What one request wants made of what.
struct Renditions::Order {
  ProfilePtr profile;
  formats::PlanPtr plan;
  Stored document;
  RenditionFor whom;
  std::string plain_key;  // of the form as it is: one for each document, form and address
  std::string key;        // of what was asked for
};

namespace {

// Part of each entity tag: another way of rendering gives other tags.
constexpr int kVersion = 1;

std::string key_of(const RemoteProfile& profile, const formats::Plan& plan, const RenditionFor& whom) {
  return cache_key(profile.name, fmt::format("{}#{}@{}", plan.key, plan.form, whom.address));
}

std::string etag_of(const catalog::Row& document, const formats::Plan& plan, const RenditionFor& whom,
                    std::string_view coding) {
  const auto text =
      fmt::format("{}\n{}\n{}\n{}\n{}", kVersion, document.digest.hex(), plan.form, whom.address, coding);
  return fmt::format("\"{}\"", Sha256::of(text).hex().substr(0, 32));
}

// Everything that a rendition's head takes over from its document.
bool same_answer(const catalog::Row& a, const catalog::Row& b) {
  return a.digest == b.digest && a.requested_at == b.requested_at && a.expires_at == b.expires_at &&
         a.stale == b.stale;
}

// The document was found to be good for longer, or went stale: the bytes are the same.
Stored brought_up_to(const Stored& document, const Ready& found) {
  auto row = std::make_shared<catalog::Row>(*found.row);
  row->requested_at = document.row->requested_at;
  row->expires_at = document.row->expires_at;
  row->stale = document.row->stale;
  return Stored{std::move(row), found.body, found.file, document.outcome, nullptr};
}

Stored given(MadeBody& body, catalog::Row row, Outcome outcome) {
  row.size = body.size();
  Stored made{std::make_shared<const catalog::Row>(std::move(row)), nullptr, nullptr, outcome, nullptr};
  body.hand_to(made);
  return made;
}

}  // namespace

ReadyPtr Renditions::kept(const std::string& key, const catalog::Row& document) {
  auto ready = services_.hot.find(key);
  return ready && ready->row->digest == document.digest ? ready : nullptr;
}

Task<Answer> Renditions::make(ProfilePtr profile, formats::PlanPtr plan, Stored document, RenditionFor whom) {
  const auto plain_key = key_of(*profile, *plan, whom);
  const auto key = whom.takes_gzip ? plain_key + "#gzip" : plain_key;
  const Order order{std::move(profile), std::move(plan), std::move(document),
                    std::move(whom),    plain_key,       key};
  const auto& original = *order.document.row;
  runtime::Turns::Turn turn;
  ReadyPtr found;
  for (;;) {
    found = kept(key, original);
    if (found || turn) break;
    turn = turns_.try_take(plain_key);
    if (!turn) co_await turns_.ended(plain_key);
  }
  if (found && same_answer(*found->row, original) && order.document.outcome == found->outcome) {
    co_return Stored{found->row, found->body, found->file, found->outcome, found};
  }
  if (found) co_return keep(order, key, brought_up_to(order.document, *found));
  const auto slot = co_await slots_.take(runtime::kNoDeadline);
  auto work = [&] { return build(order); };
  auto built = co_await runtime::offload(services_.pool, work);
  if (!built) co_return built.error();
  co_return std::move(*built);
}

Result<Stored> Renditions::build(const Order& order) {
  const auto found = order.whom.takes_gzip ? kept(order.plain_key, *order.document.row) : nullptr;
  auto plain = found ? Result<Stored>(brought_up_to(order.document, *found)) : render(order);
  if (!plain) return plain;
  if (!found) *plain = keep(order, order.plain_key, std::move(*plain));
  if (!order.whom.takes_gzip) return plain;
  auto packed = pack(order, *plain);
  if (packed) return keep(order, order.key, std::move(*packed));
  // There is no room for a second form.
  return packed.error().code == Code::NoSpace ? plain : packed;
}

Result<Stored> Renditions::render(const Order& order) {
  const auto& [profile, plan, document, whom, plain_key, key] = order;
  if (plan->most_bytes > 0 && document.row->size > plan->most_bytes) {
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
  const auto asked_at = http::parse_url(plan->absolute).value_or(upstream::url_below(base, plan->asked()));
  MadeBody body(services_.blobs);
  const auto rendered =
      plan->render({original, document.row->content_type, asked_at, base, whom.address, plan->form}, body);
  if (!rendered) return std::unexpected(rendered.error());
  const auto finished = body.finish();
  if (!finished) return std::unexpected(finished.error());
  services_.counters.renditions.inc();
  auto row = *document.row;
  row.etag = etag_of(*document.row, *plan, whom, "identity");
  if (!rendered->content_type.empty()) row.content_type = rendered->content_type;
  if (!rendered->link.empty()) row.headers.insert(0, "Link: " + rendered->link + "\r\n");
  return given(body, std::move(row), document.outcome);
}

Result<Stored> Renditions::pack(const Order& order, const Stored& plain) {
  const bool is_coded = !stored_field(*plain.row, "Content-Encoding").empty();
  if (plain.row->size < kLeastPacked || is_coded) return plain;
  MadeBody body(services_.blobs);
  formats::GzipSink gzip(body);
  if (plain.bytes) {
    gzip.write(*plain.bytes);
  } else {
    auto take = [&gzip](std::string_view piece) { gzip.write(piece); };
    const auto read = read_file(*plain.file, plain.row->size, take);
    if (!read) return std::unexpected(read.error());
  }
  gzip.finish();
  const auto finished = body.finish();
  if (!finished) return std::unexpected(finished.error());
  services_.counters.packed_renditions.inc();
  if (body.size() >= plain.row->size) return plain;
  auto row = *plain.row;
  row.etag = etag_of(*order.document.row, *order.plan, order.whom, "gzip");
  row.headers.insert(0, "Content-Encoding: gzip\r\n");
  return given(body, std::move(row), plain.outcome);
}

Stored Renditions::keep(const Order& order, const std::string& key, Stored made) {
  const auto& plan = order.plan;
  auto ready = make_ready(made.row, made.bytes, made.file, plan->path, services_.clock.now(), *plan->head,
                          Codings::Several);
  const bool is_plain = key == order.plain_key;
  ready->audience = std::make_unique<const Audience>(
      Audience{.suits = plan->suits,
               .host = order.whom.host,
               .coding = is_plain ? Audience::Coding::NotGzip : Audience::Coding::Gzip});
  ready->only_here = made.file != nullptr;
  made.ready = made.outcome == ready->outcome ? ready : nullptr;
  services_.hot.insert(key, std::move(ready), {.ended = &order.profile->ended, .kills = {}});
  return made;
}

}  // namespace artifactapi::cache
