#include "server/read_buffer.h"

#include <cstring>
#include <new>
#include <utility>

namespace artifactapi::server {

std::span<char> ReadBuffer::prepare() {
  if (!storage_) {
    storage_ = pages_.take();
    if (!storage_) throw std::bad_alloc();
    capacity_ = PagePool::kPageBytes;
  }
  if (end_ == capacity_ && begin_ > 0) {
    std::memmove(storage_, storage_ + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ == capacity_) grow();
  return {storage_ + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (large_) release();
}

void ReadBuffer::release() {
  if (storage_ && !large_) pages_.give_back(storage_);
  large_.reset();
  storage_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

void ReadBuffer::grow() {
  auto larger = std::make_unique_for_overwrite<char[]>(2 * capacity_);
  std::memcpy(larger.get(), storage_, end_);
  if (!large_) pages_.give_back(storage_);
  large_ = std::move(larger);
  storage_ = large_.get();
  capacity_ *= 2;
}

}  // namespace artifactapi::server
