// Tells most keys that no row has from those that one may have, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace artifactapi::catalog {

// A Bloom filter in blocks of a cache line (F. Putze, P. Sanders, J. Singler: Cache-, Hash- and
// Space-Efficient Bloom Filters, 2007), of a fixed size: with a million keys it is wrong about one unknown
// key in a thousand, with four million about one in four, and a wrong "may have" costs the look-up it could
// have saved. Keys are never taken out. Any thread, no lock.
class KeyFilter {
 public:
  static constexpr std::size_t kBytes = std::size_t{2} << 20;

  KeyFilter();

  void add(std::string_view repository, std::string_view key) noexcept;
  // false: never added. A call that starts after an add() returned sees it.
  [[nodiscard]] bool may_have(std::string_view repository, std::string_view key) const noexcept;

 private:
  static constexpr std::size_t kWordsOfBlock = 8;
  static constexpr std::size_t kBlocks = kBytes / (kWordsOfBlock * sizeof(std::uint64_t));
  struct Free {
    void operator()(std::uint64_t* words) const noexcept;
  };
  // Pages of it that no key touched take no memory.
  std::unique_ptr<std::uint64_t[], Free> words_;
};

}  // namespace artifactapi::catalog
