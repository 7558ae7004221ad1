#include "api/warming/report.h"

#include "http/json_string.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace artifactapi::api {

namespace {

std::string_view word_of(Warmth warmth) {
  switch (warmth) {
    case Warmth::Cached: return "cached";
    case Warmth::AlreadyCached: return "already_cached";
    case Warmth::Failed: return "failed";
  }
  return "failed";
}

void append_artifact(std::string& out, const WarmedArtifact& artifact) {
  out += R"({"path":)";
  http::append_json_string(out, artifact.path);
  fmt::format_to(std::back_inserter(out), R"(,"status":"{}","size":)", word_of(artifact.warmth));
  out += artifact.size ? std::to_string(*artifact.size) : "null";
  out += R"(,"error":)";
  if (artifact.error.empty()) {
    out += "null";
  } else {
    http::append_json_string(out, artifact.error);
  }
  out += '}';
}

}  // namespace

void WarmingReport::add(WarmedArtifact artifact) {
  ++counts_[static_cast<std::size_t>(artifact.warmth)];
  artifacts_.push_back(std::move(artifact));
}

std::string WarmingReport::text() const {
  std::string out = R"({"remote":)";
  http::append_json_string(out, remote_);
  fmt::format_to(std::back_inserter(out),
                 R"(,"matched":{},"cached_count":{},"already_cached":{},"failed":{},"artifacts":[)", matched_,
                 count(Warmth::Cached), count(Warmth::AlreadyCached), count(Warmth::Failed));
  for (const auto& artifact : artifacts_) {
    if (&artifact != &artifacts_.front()) out += ',';
    append_artifact(out, artifact);
  }
  out += ']';
  if (!incomplete_.empty()) {
    out += R"(,"incomplete":)";
    http::append_json_string(out, incomplete_);
  }
  return out + "}\n";
}

std::string WarmingReport::last_line() const {
  std::string out = R"({"artifact":)";
  append_artifact(out, artifacts_.back());
  return out + fmt::format(R"(,"done":{},"matched":{}}})", artifacts_.size(), matched_) + "\n";
}

std::string WarmingReport::search_line(std::size_t pages, std::size_t found) {
  return fmt::format(R"({{"search":{{"pages":{},"found":{}}}}})", pages, found) + "\n";
}

}  // namespace artifactapi::api
