#include "repository/crawl.h"

#include "cache/policy.h"
#include "http/headers.h"
#include "repository/reading.h"

#include <utility>

namespace artifactapi::repository {

using formats::Step;
using runtime::Task;

namespace {

// Links looked at between two looks at the clock.
constexpr std::size_t kLinksAtOnce = 64;

std::string target_of(const http::CanonicalPath& path) {
  return path.has_query ? path.encoded + "?" + path.query : path.encoded;
}

bool is_html(const http::Headers& headers) {
  const auto type = headers.get("Content-Type");
  const bool html = !type || http::has_token(type->substr(0, type->find(';')), "text/html") ||
                    http::has_token(type->substr(0, type->find(';')), "application/xhtml+xml");
  const auto coding = headers.get("Content-Encoding");
  return html && (!coding || http::equal_ignoring_case(*coding, "identity"));
}

}  // namespace

Crawl::Crawl(cache::CacheServices& services, const Repository& repository, formats::Listing listing,
             Pattern pattern, const CrawlLimits& limits)
    : services_(services),
      repository_(repository),
      listing_(std::move(listing)),
      pattern_(std::move(pattern)),
      limits_(limits),
      deadline_(Steady::now() + limits.time) {}

Task<std::expected<Crawled, CrawlFailure>> Crawl::run(Progress progress) {
  add_page(listing_.first_page());
  for (std::size_t read_so_far = 0; !waiting_.empty() && !full_; ++read_so_far) {
    if (Steady::now() >= deadline_) {
      note("there was no time for more index pages");
      break;
    }
    auto path = std::move(waiting_.front());
    waiting_.pop_front();
    auto failure = co_await read(std::move(path));
    if (cancelled_)
      co_return std::unexpected(CrawlFailure(Error{Code::Cancelled, "the search was given up"}));
    if (failure && read_so_far == 0) co_return std::unexpected(std::move(*failure));
    if (failure) note("an index page could not be read");
    progress(read_so_far + 1, found_.paths.size());
  }
  co_return std::move(found_);
}

void Crawl::cancel() {
  cancelled_ = true;
  if (reading_ != nullptr) reading_->cancel();
}

void Crawl::check(Steady::time_point now) {
  if (now >= deadline_ && reading_ != nullptr) reading_->cancel();
}

Task<Crawl::Failure> Crawl::read(http::CanonicalPath path) {
  if (repository_.format->documents != nullptr) co_return co_await read_document(std::move(path));
  upstream::Ask ask;
  ask.target = target_of(path);
  auto reply = co_await services_.upstream.ask(repository_.profile->origin, std::move(ask));
  if (!reply) co_return CrawlFailure(reply.error());
  if (auto failure = judge(*reply)) co_return failure;
  Page page{std::move(path), {}, 0, {}};
  co_return co_await read_body(*reply->transfer, page);
}

// What a GET of the same page would be answered with.
Crawl::Failure Crawl::judge(const upstream::Reply& reply) const {
  const auto now = services_.clock.now();
  const auto verdict = cache::after_upstream(repository_.profile->rules, formats::Plan(), nullptr,
                                             cache::Question::Get, reply.status, now);
  if (const auto* error = std::get_if<Error>(&verdict)) return CrawlFailure(*error);
  if (const auto* pass_on = std::get_if<cache::PassOn>(&verdict)) {
    return CrawlFailure(
        cache::make_refusal(pass_on->status, reply.headers, now, repository_.profile->quota_headers));
  }
  if (repository_.format->documents == nullptr && !is_html(reply.headers)) {
    return CrawlFailure(Error{Code::BadPeer, "what upstream has there is no HTML page to find links on"});
  }
  return std::nullopt;
}

Task<Crawl::Failure> Crawl::read_body(transport::Transfer& transfer, Page& page) {
  const Reading reading(reading_, transfer);
  for (bool more = true; more && !cancelled_;) {
    auto bytes = co_await transfer.next();
    const bool late = Steady::now() >= deadline_;
    if (late) note("there was no time for more index pages");
    if (late) co_return std::nullopt;
    if (!bytes) co_return CrawlFailure(bytes.error());
    if (bytes->empty()) co_return std::nullopt;
    page.bytes += bytes->size();
    auto work = [this, &page, piece = std::move(*bytes)] { return scan(page, piece); };
    more = co_await runtime::offload(services_.pool, std::move(work));
  }
  co_return std::nullopt;
}

bool Crawl::scan(Page& page, std::string_view bytes) {
  const auto began = Steady::now();
  const auto give_up = began + (limits_.page_time - page.spent);
  std::size_t seen = 0;
  auto take = [&](std::string_view href) {
    consider(page.path, href);
    return !full_ && (++seen % kLinksAtOnce != 0 || Steady::now() < give_up);
  };
  const bool whole = page.links.feed(bytes, take);
  page.spent += Steady::now() - began;
  if (!whole && !full_) note("an index page had more links than there was time for");
  if (page.bytes > limits_.page_bytes) note("an index page was too large to be read to its end");
  return whole && page.bytes <= limits_.page_bytes;
}

void Crawl::consider(const http::CanonicalPath& page, std::string_view href) {
  auto step = listing_.step(page, href);
  switch (step.kind) {
    case Step::Kind::Ignored: break;
    case Step::Kind::TooDeep: note("there are directories too deep to be looked at"); break;
    case Step::Kind::Page: add_page(std::move(step.path)); break;
    case Step::Kind::Artifact: add_artifact(step.path); break;
  }
}

void Crawl::add_page(http::CanonicalPath path) {
  auto target = target_of(path);
  if (known_.contains(target)) return;
  if (pages_ == limits_.pages) return note("there are more index pages than one order reads");
  ++pages_;
  known_.insert(std::move(target));
  waiting_.push_back(std::move(path));
}

void Crawl::add_artifact(const http::CanonicalPath& path) {
  const auto matched = pattern_.search(path.decoded);
  if (matched == Match::LimitHit) note("the pattern ran into its match limit");
  if (matched != Match::Yes) return;
  const auto plan = repository_.planner->plan(path);
  if (plan.access != formats::Access::Allowed || known_.contains(plan.key)) return;
  path_bytes_ += plan.key.size();
  const bool room = found_.paths.size() < limits_.artifacts && path_bytes_ <= limits_.artifact_bytes;
  if (!room) {
    full_ = true;
    return note("more artifacts match than one order fetches");
  }
  known_.insert(plan.key);
  found_.paths.push_back(plan.key);
}

// The first reason is told.
void Crawl::note(std::string_view reason) {
  if (found_.incomplete.empty()) found_.incomplete = reason;
}

}  // namespace artifactapi::repository
