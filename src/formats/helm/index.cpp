#include "formats/helm/index.h"

#include "base/digest.h"
#include "formats/helm/yaml_scan.h"
#include "formats/through_us.h"
#include "http/json_string.h"

#include <utility>
#include <vector>

namespace artifactapi::formats::helm {

namespace {

constexpr std::string_view kIndex = "index.yaml";
constexpr std::string_view kProvenance = ".prov";

// entries, a chart's name, a version's item.
constexpr std::size_t kVersionDepth = 3;

bool in_version(const Path& path) {
  return path.size() >= kVersionDepth && path[0].key == "entries" && !path[1].item && path[2].item;
}

// In flow style a mapping in an item has a step of its own with the key; in block style too.
bool is_link(const Path& path) {
  return in_version(path) && path.size() == kVersionDepth + 2 && path[kVersionDepth].key == "urls" &&
         path[kVersionDepth + 1].item;
}

bool is_digest(const Path& path) {
  return in_version(path) && path.size() == kVersionDepth + 1 && path[kVersionDepth].key == "digest";
}

// As a plain scalar where that is safe in any context.
std::string written(const std::string& address, const Scalar& as) {
  if (as.style == 0 && address.find_first_of(",[]{}#&*!|>'\"%@` ") == std::string::npos) return address;
  std::string quoted;
  http::append_json_string(quoted, address);
  return quoted;
}

class Rewriter final : public ScalarVisitor {
 public:
  Rewriter(const RenditionAsked& asked, RenditionSink& sink) : asked_(asked), sink_(sink) {}

  bool scalar(const Path& path, const Scalar& scalar) override {
    if (!is_link(path)) return true;
    const auto target = link_target(asked_, value_of(scalar));
    if (!target) return true;
    const auto begin = static_cast<std::size_t>(scalar.text.data() - asked_.original.data());
    sink_.write(asked_.original.substr(done_, begin - done_));
    sink_.write(written(through_us(asked_, *target), scalar));
    done_ = begin + scalar.text.size();
    return true;
  }
  void item(const Path&) override {}

  void finish() { sink_.write(asked_.original.substr(done_)); }

 private:
  const RenditionAsked& asked_;
  RenditionSink& sink_;
  std::size_t done_ = 0;
};

// Old writers put the algorithm before it. Empty: it is none.
std::string raw_digest(std::string_view written) {
  if (written.starts_with("sha256:")) written.remove_prefix(7);
  const auto digest = Digest::from_hex(written);
  if (!digest) return {};
  return std::string(digest->bytes().begin(), digest->bytes().end());
}

class ChartFinder final : public ScalarVisitor {
 public:
  ChartFinder(const RenditionAsked& document, std::string_view file) : document_(document), file_(file) {}

  bool scalar(const Path& path, const Scalar& scalar) override {
    if (is_digest(path)) digest_ = value_of(scalar);
    if (found_ || !is_link(path)) return true;
    const auto link = value_of(scalar);
    // Most links are told apart by their last segment, without a look at the rest. Escapes may be written
    // otherwise in the link, or be ours for what it has raw.
    const auto name = file_.substr(file_.rfind('/') + 1);
    if (!name.contains('%') && !link.contains('%') && !link.contains(name)) return true;
    const auto target = link_target(document_, link);
    if (target && target->path == file_) found_ = Promise{DigestAlgorithm::Sha256, {}, target->url};
    return true;
  }
  void item(const Path& path) override {
    if (in_version(path) && path.size() == kVersionDepth) close();
  }

  // The first entry that names it counts.
  std::optional<Promise> finish() {
    close();
    return std::move(told_);
  }

 private:
  void close() {
    if (found_ && !told_) {
      found_->digest = raw_digest(digest_);
      told_ = std::move(found_);
    }
    found_.reset();
    digest_.clear();
  }

  const RenditionAsked& document_;
  std::string_view file_;
  std::string digest_;            // of the version being read
  std::optional<Promise> found_;  // in the version being read
  std::optional<Promise> told_;
};

class ChartTeller final : public ScalarVisitor {
 public:
  ChartTeller(const RenditionAsked& document, PromiseSink& sink) : document_(document), sink_(sink) {}

  bool scalar(const Path& path, const Scalar& scalar) override {
    if (is_digest(path)) digest_ = value_of(scalar);
    if (!is_link(path) || links_.size() == kMostLinks) return true;
    if (auto target = link_target(document_, value_of(scalar))) links_.push_back(std::move(*target));
    return true;
  }
  void item(const Path& path) override {
    if (in_version(path) && path.size() == kVersionDepth) close();
  }

  void close() {
    Promise promise{DigestAlgorithm::Sha256, raw_digest(digest_), {}};
    for (auto& link : links_) {
      promise.url = std::move(link.url);
      if (!promise.digest.empty()) sink_.take(link.path, promise);
    }
    links_.clear();
    digest_.clear();
  }

 private:
  static constexpr std::size_t kMostLinks = 64;  // of one version; writers give one

  const RenditionAsked& document_;
  PromiseSink& sink_;
  std::string digest_;             // of the version being read
  std::vector<LinkTarget> links_;  // of the version being read
};

class Lister final : public ScalarVisitor {
 public:
  explicit Lister(const RenditionAsked& document) : document_(document) {}

  bool scalar(const Path& path, const Scalar& scalar) override {
    if (!is_link(path)) return true;
    auto target = link_target(document_, value_of(scalar));
    if (target && target->foreign_origin.empty()) named.artifacts.push_back(std::move(target->path));
    return true;
  }
  void item(const Path&) override {}

  Named named;

 private:
  const RenditionAsked& document_;
};

}  // namespace

Result<Rendered> render_index(const RenditionAsked& asked, RenditionSink& sink) {
  Rewriter rewriter(asked, sink);
  if (auto read = scan_yaml(asked.original, rewriter); !read) return std::unexpected(read.error());
  rewriter.finish();
  return Rendered{};
}

std::optional<Promise> find_chart(const RenditionAsked& document, std::string_view file) {
  const bool provenance = file.ends_with(kProvenance);
  if (provenance) file.remove_suffix(kProvenance.size());
  ChartFinder finder(document, file);
  if (!scan_yaml(document.original, finder)) return std::nullopt;
  auto promise = finder.finish();
  if (promise && provenance) {
    promise->digest.clear();
    promise->url += kProvenance;
  }
  return promise;
}

void each_chart(const RenditionAsked& document, PromiseSink& sink) {
  ChartTeller teller(document, sink);
  // An index that breaks off promises nothing of the version in which it does.
  if (scan_yaml(document.original, teller)) teller.close();
}

Result<std::string> index_path(std::string_view) {
  return std::string(kIndex);
}

Result<Named> read_index(const RenditionAsked& document, std::string_view, std::string_view) {
  Lister lister(document);
  if (auto read = scan_yaml(document.original, lister); !read) return std::unexpected(read.error());
  return std::move(lister.named);
}

}  // namespace artifactapi::formats::helm
