// What came of an order, as it is told to the client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::api {

enum class Warmth : std::uint8_t {
  Cached,         // fetched on account of the order, or still coming when it asked
  AlreadyCached,  // it was there
  Failed,
};

struct WarmedArtifact {
  std::string path;
  Warmth warmth = Warmth::Failed;
  std::optional<std::uint64_t> size;  // of what did not fail
  std::string error;                  // the status of the same GET and a sentence: "404: …"
};

// Grows while the order runs.
class WarmingReport {
 public:
  explicit WarmingReport(std::string remote) : remote_(std::move(remote)) {}

  void set_matched(std::size_t matched) { matched_ = matched; }
  // Why artifacts may be missing.
  void set_incomplete(std::string reason) { incomplete_ = std::move(reason); }
  void add(WarmedArtifact artifact);

  [[nodiscard]] std::size_t matched() const { return matched_; }
  [[nodiscard]] std::size_t count(Warmth warmth) const { return counts_[static_cast<std::size_t>(warmth)]; }

  // The answer: one JSON object and a line end.
  [[nodiscard]] std::string text() const;
  // Lines of progress: the artifact added last, the search for artifacts.
  [[nodiscard]] std::string last_line() const;
  [[nodiscard]] static std::string search_line(std::size_t pages, std::size_t found);

 private:
  std::string remote_;
  std::size_t matched_ = 0;
  std::string incomplete_;
  std::size_t counts_[3] = {0, 0, 0};
  std::vector<WarmedArtifact> artifacts_;
};

}  // namespace artifactapi::api
