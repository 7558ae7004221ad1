// Amounts of bytes as people write them: 4096, 512MiB, 10GiB, 1.5G, 90%.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi {

// Either a number of bytes or a share of something whose size is known later (a file system).
struct SizeOrPercent {
  std::uint64_t bytes = 0;
  unsigned percent = 0;  // 1 to 100 when this is a share; then bytes is 0

  // The amount in bytes, given what 100 % is.
  [[nodiscard]] std::uint64_t of(std::uint64_t whole) const;
  friend bool operator==(const SizeOrPercent&, const SizeOrPercent&) = default;
};

// "0", "4096", "4k", "512MiB", "10 GB". K, M, G, T with or without "iB" or "B" are powers of 1024, as nearly
// every server reads them. Invalid otherwise, and for anything that does not fit in 63 bits.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
// The above, or "1%" to "100%".
[[nodiscard]] Result<SizeOrPercent> parse_size_or_percent(std::string_view text);

// "10 GiB", "1.5 MiB", "90 %": for help texts and the configuration view.
[[nodiscard]] std::string to_string(const SizeOrPercent& size);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace artifactapi
