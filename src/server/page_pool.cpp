#include "server/page_pool.h"

#include <sys/mman.h>

namespace artifactapi::server {

PagePool::~PagePool() {
  for (void* slab : slabs_) ::munmap(slab, kSlabPages * kPageBytes);
}

char* PagePool::take() {
  if (resident_.empty() && empty_.empty() && !add_slab()) return nullptr;
  auto& pages = resident_.empty() ? empty_ : resident_;
  char* page = pages.back();
  pages.pop_back();
  return page;
}

void PagePool::give_back(char* page) {
  resident_.push_back(page);
}

void PagePool::trim(std::size_t keep) {
  while (resident_.size() > keep) {
    char* page = resident_.back();
    resident_.pop_back();
    ::madvise(page, kPageBytes, MADV_DONTNEED);
    empty_.push_back(page);
  }
}

bool PagePool::add_slab() {
  void* slab =
      ::mmap(nullptr, kSlabPages * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slab == MAP_FAILED) return false;
  // A huge page behind the slab would bring back what trim() gave away.
  ::madvise(slab, kSlabPages * kPageBytes, MADV_NOHUGEPAGE);
  slabs_.push_back(slab);
  char* first = static_cast<char*>(slab);
  for (std::size_t i = kSlabPages; i > 0; --i) empty_.push_back(first + (i - 1) * kPageBytes);
  return true;
}

}  // namespace artifactapi::server
