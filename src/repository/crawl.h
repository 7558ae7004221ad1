// Finds a remote's artifacts by a pattern: reads upstream's index pages, one after the other, within bounds.
#pragma once

#include "base/pattern.h"
#include "base/result.h"
#include "cache/cache_services.h"
#include "cache/refusal.h"
#include "formats/document_index.h"
#include "formats/html_links.h"
#include "formats/listing.h"
#include "repository/repository.h"
#include "runtime/bell.h"
#include "runtime/task.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace artifactapi::repository {

struct CrawlLimits {
  std::size_t pages = 256;                   // read or waiting to be read
  std::size_t page_bytes = 8 * 1024 * 1024;  // of one page
  Milliseconds page_time{1000};              // of looking at one page's links
  std::size_t artifacts = 1000;              // found
  std::size_t artifact_bytes = 1024 * 1024;  // of their paths together
  Milliseconds time{60'000};                 // for all pages
};

struct Crawled {
  std::vector<std::string> paths;  // path[?query] below the base, canonical
  std::string incomplete;          // why there may be more; empty when that is all
};
// Why not even the first page could be read.
using CrawlFailure = std::variant<cache::Refusal, Error>;

// One search; used on one loop, kept there until run() has ended. Index pages are neither stored nor served.
class Crawl {
 public:
  using Steady = std::chrono::steady_clock;
  // Told after each page how many were read and how many artifacts found.
  using Progress = std::function<void(std::size_t pages, std::size_t found)>;

  // Services and repository outlive it; the repository is a remote of a type that is listed.
  Crawl(cache::CacheServices& services, const Repository& repository, formats::Listing listing,
        Pattern pattern, const CrawlLimits& limits = {});

  // Once. Only artifacts that the remote's own patterns allow are found.
  [[nodiscard]] runtime::Task<std::expected<Crawled, CrawlFailure>> run(Progress progress);

  // Ends it soon; run() answers Cancelled.
  void cancel();
  // Gives up a page that takes longer than there is time; to be called now and then.
  void check(Steady::time_point now);

 private:
  struct Page {
    http::CanonicalPath path;
    formats::HtmlLinks links;
    std::size_t bytes = 0;
    Steady::duration spent{0};
  };
  using Failure = std::optional<CrawlFailure>;

  [[nodiscard]] runtime::Task<Failure> read(http::CanonicalPath path);
  // The same of a type whose index is no HTML.
  [[nodiscard]] runtime::Task<Failure> read_document(http::CanonicalPath path);
  [[nodiscard]] const formats::DocumentIndex& documents() const { return *repository_.format->documents; }
  [[nodiscard]] runtime::Task<Failure> read_body(transport::Transfer& transfer, Page& page);
  [[nodiscard]] Failure judge(const upstream::Reply& reply) const;
  // In the pool. False: there is no more to be had of this page.
  [[nodiscard]] bool scan(Page& page, std::string_view bytes);
  void consider(const http::CanonicalPath& page, std::string_view href);
  void add_page(http::CanonicalPath path);
  void add_artifact(const http::CanonicalPath& path);
  void note(std::string_view reason);

  cache::CacheServices& services_;
  const Repository& repository_;
  const formats::Listing listing_;
  const Pattern pattern_;
  const CrawlLimits limits_;
  const Steady::time_point deadline_;
  bool cancelled_ = false;
  bool full_ = false;                       // one artifact more was found than may be
  transport::Transfer* reading_ = nullptr;  // not owned
  std::deque<http::CanonicalPath> waiting_;
  std::unordered_set<std::string> known_;  // pages and artifacts, as they are asked for
  std::size_t pages_ = 0;                  // known ones
  std::size_t path_bytes_ = 0;
  Crawled found_;
};

}  // namespace artifactapi::repository
