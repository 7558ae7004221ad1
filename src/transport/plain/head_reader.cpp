#include "transport/plain/head_reader.h"

namespace artifactapi::transport {

Result<std::size_t> HeadReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !head_.complete()) {
    const auto rest = bytes.substr(used);
    const auto line_end = rest.find('\n');
    const bool whole = line_end != std::string_view::npos;
    std::string_view line = whole ? rest.substr(0, line_end + 1) : rest;
    used += line.size();
    if (!whole || !unfinished_.empty()) {
      if (unfinished_.size() + line.size() > HeadCollector::kMaxBytes)
        return fail(Code::BadPeer, "the response head is too long");
      unfinished_ += line;
      if (!whole) break;
      line = unfinished_;
    }
    if (auto added = head_.add(line); !added) return std::unexpected(std::move(added.error()));
    unfinished_.clear();
  }
  return used;
}

}  // namespace artifactapi::transport
