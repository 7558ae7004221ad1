// What has been received and not been used yet. One page at first, more for a long head, nothing while idle.
#pragma once

#include "server/page_pool.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace artifactapi::server {

class ReadBuffer {
 public:
  explicit ReadBuffer(PagePool& pages) : pages_(pages) {}
  ~ReadBuffer() { release(); }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  [[nodiscard]] std::string_view view() const { return {storage_ + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] bool has_storage() const { return storage_ != nullptr; }

  // Room to read into, never empty; doubles the storage when that is full. Invalidates views.
  [[nodiscard]] std::span<char> prepare();
  // So many bytes were put into the room.
  void commit(std::size_t bytes) { end_ += bytes; }
  // The first bytes of the view are not needed any more. Views of the others stay valid.
  void consume(std::size_t bytes);
  // Gives the storage back, and whatever is in it.
  void release();

 private:
  void grow();

  PagePool& pages_;
  char* storage_ = nullptr;
  std::unique_ptr<char[]> large_;  // owns storage_ when that is more than a page
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace artifactapi::server
