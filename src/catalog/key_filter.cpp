#include "catalog/key_filter.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>

namespace artifactapi::catalog {
namespace {

// Spreads every bit of the input over all bits (the finalizer of MurmurHash3).
std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33U;
  hash *= 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33U);
}

// Where a key's bits are: one in each word of its block.
template <std::size_t kWords>
struct Place {
  std::size_t block;
  std::array<std::uint64_t, kWords> bits;
};

template <std::size_t kWords>
Place<kWords> place_of(std::string_view repository, std::string_view key, std::size_t blocks) {
  const std::hash<std::string_view> hash;
  const auto first = mix(hash(key) ^ mix(hash(repository)));
  Place<kWords> place{first % blocks, {}};
  auto left = mix(first);  // six bits of it for each word
  for (auto& bit : place.bits) {
    bit = std::uint64_t{1} << (left & 63U);
    left >>= 6U;
  }
  return place;
}

}  // namespace

void KeyFilter::Free::operator()(std::uint64_t* words) const noexcept {
  std::free(words);
}

KeyFilter::KeyFilter() : words_(static_cast<std::uint64_t*>(std::calloc(kBytes, 1))) {
  if (!words_) throw std::bad_alloc();
}

void KeyFilter::add(std::string_view repository, std::string_view key) noexcept {
  const auto place = place_of<kWordsOfBlock>(repository, key, kBlocks);
  auto* word = &words_[place.block * kWordsOfBlock];
  for (const auto bit : place.bits) std::atomic_ref(*word++).fetch_or(bit, std::memory_order_release);
}

bool KeyFilter::may_have(std::string_view repository, std::string_view key) const noexcept {
  const auto place = place_of<kWordsOfBlock>(repository, key, kBlocks);
  auto* word = &words_[place.block * kWordsOfBlock];
  for (const auto bit : place.bits) {
    if ((std::atomic_ref(*word++).load(std::memory_order_acquire) & bit) == 0) return false;
  }
  return true;
}

}  // namespace artifactapi::catalog
