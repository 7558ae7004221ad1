// Memory pages for read buffers. A page given back returns to the system when nobody needs it soon, which the
// general allocator does not promise between objects that stay: thousands of idle connections must not keep
// their buffers.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace artifactapi::server {

// Used on one loop.
class PagePool {
 public:
  static constexpr std::size_t kPageBytes = 4096;

  PagePool() = default;
  ~PagePool();
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // kPageBytes of any content; null when the system has no memory.
  [[nodiscard]] char* take();
  void give_back(char* page);
  // Hands the memory of all free pages but `keep` to the system. They stay usable.
  void trim(std::size_t keep);

 private:
  static constexpr std::size_t kSlabPages = 64;

  bool add_slab();

  std::vector<char*> resident_;  // free, backed by memory
  std::vector<char*> empty_;     // free, without memory until they are written to
  std::vector<void*> slabs_;
};

}  // namespace artifactapi::server
