// Small texts on their way into a rendition, in pieces of a size worth passing on.
#pragma once

#include "formats/rendition.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace artifactapi::formats {

class PieceBuffer {
 public:
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;

  // `sink` must outlive this. What is neither passed on nor finished is lost.
  explicit PieceBuffer(RenditionSink& sink) : sink_(sink) {}

  // To append to.
  [[nodiscard]] std::string& text() { return text_; }
  // When there is enough of it.
  void pass_on() {
    if (text_.size() >= kPiece) finish();
  }
  // A text of any length, passed on as it comes.
  void copy(std::string_view text) {
    while (!text.empty()) {
      const auto piece = text.substr(0, kPiece);
      text_ += piece;
      text.remove_prefix(piece.size());
      pass_on();
    }
  }
  void finish() {
    if (!text_.empty()) sink_.write(text_);
    text_.clear();
  }

 private:
  RenditionSink& sink_;
  std::string text_;
};

}  // namespace artifactapi::formats
