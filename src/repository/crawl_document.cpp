// The part of a search that reads documents other than index pages.
#include "cache/asking.h"
#include "repository/crawl.h"
#include "repository/reading.h"

#include <algorithm>
#include <utility>

namespace artifactapi::repository {

using runtime::Task;

namespace {

// A document is read into memory whole, for as many orders as there may be at once.
constexpr std::uint64_t kMostDocumentBytes = 64ULL << 20U;

std::uint64_t most_bytes_of(const formats::Plan& plan, std::uint64_t page_bytes) {
  return plan.most_bytes > 0 ? std::min(plan.most_bytes, kMostDocumentBytes) : page_bytes;
}

}  // namespace

Task<Crawl::Failure> Crawl::read_document(http::CanonicalPath path) {
  const auto plan = repository_.planner->plan(path, documents().accept);
  if (plan.access != formats::Access::Allowed) co_return CrawlFailure(cache::Refusal{403, {}});
  auto ask = cache::make_ask(plan);
  auto reply = co_await services_.upstream.ask(repository_.profile->origin, std::move(ask));
  if (!reply) co_return CrawlFailure(reply.error());
  if (auto failure = judge(*reply)) co_return failure;
  const Reading reading(reading_, *reply->transfer);
  std::string text;
  while (!cancelled_) {
    auto bytes = co_await reply->transfer->next();
    if (!bytes) co_return CrawlFailure(bytes.error());
    if (bytes->empty()) break;
    text += *bytes;
    if (text.size() > most_bytes_of(plan, limits_.page_bytes)) {
      co_return CrawlFailure(Error{Code::BadPeer, "upstream's list is too large to be read"});
    }
  }
  const std::string link(reply->headers.get("Link").value_or(""));
  const auto& base = repository_.profile->origin->base;
  const auto url = http::parse_url(plan.absolute).value_or(upstream::url_below(base, plan.asked()));
  const std::string type(reply->headers.get("Content-Type").value_or(""));
  auto work = [&] { return documents().read({text, type, url, base, {}, {}}, path.encoded, link); };
  const auto named = co_await runtime::offload(services_.pool, work);
  if (!named) co_return CrawlFailure(named.error());
  for (const auto& artifact : named->artifacts) {
    if (auto found = http::canonicalise(artifact); found && !full_) add_artifact(*found);
  }
  if (named->next.empty() || full_) co_return std::nullopt;
  if (auto next = http::canonicalise(named->next)) add_page(std::move(*next));
  co_return std::nullopt;
}

}  // namespace artifactapi::repository
