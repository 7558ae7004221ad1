#include "config/yaml_escapes.h"

#include <algorithm>
#include <cstddef>

namespace artifactapi::config {
namespace {

constexpr std::string_view kKnownEscapes = "0abtnvfre \"'\\/N_LPxuU\t\n\r";
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_break(char c) {
  return c == '\n' || c == '\r';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { out_.text.reserve(text.size() + 64); }

  RepairedText run() {
    while (more()) step();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char now() const { return text_[at_]; }
  // The byte `ahead`, a line break beyond the end.
  [[nodiscard]] char peek(std::size_t ahead = 1) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  [[nodiscard]] bool space_after() const { return is_blank(peek()) || is_break(peek()); }
  [[nodiscard]] int column() const { return static_cast<int>(at_ - line_start_) + 1; }

  void copy() {
    const char c = now();
    out_.text += c;
    ++at_;
    if (c != '\n') return;
    ++line_;
    line_start_ = at_;
    token_start_ = true;
    parent_ = -1;
  }

  void step() {
    const char c = now();
    if (is_blank(c) || is_break(c)) return copy();
    const bool after_blank = at_ == line_start_ || is_blank(text_[at_ - 1]);
    if (c == '#' && after_blank) return copy_line();
    if (token_start_) return token();
    plain_part();
  }

  // Where a token may begin: an indicator keeps us here, anything else starts a scalar.
  void token() {
    const char c = now();
    if (c == '"') return double_quoted();
    if (c == '\'') return single_quoted();
    if ((c == '|' || c == '>') && flow_ == 0) return block_scalar();
    if ((c == '-' || c == '?') && space_after()) {
      parent_ = column() - 1;
      return copy();
    }
    if (c == '[' || c == '{') {
      ++flow_;
      return copy();
    }
    if (c == '&' || c == '!') {  // an anchor or a tag stands before its scalar
      while (more() && !is_blank(now()) && !is_break(now())) copy();
      return;
    }
    parent_ = flow_ == 0 ? column() - 1 : parent_;
    token_start_ = false;
    plain_part();
  }

  // One byte of a plain scalar, or what ends one.
  void plain_part() {
    const char c = now();
    if (c == ':' && (space_after() || (flow_ > 0 && (peek() == '"' || peek() == ',')))) token_start_ = true;
    if (flow_ > 0 && (c == ',' || c == '[' || c == '{' || c == ']' || c == '}')) {
      if (c == '[' || c == '{') ++flow_;
      if (c == ']' || c == '}') --flow_;
      token_start_ = c != ']' && c != '}';
    }
    copy();
  }

  void copy_line() {
    while (more() && now() != '\n') copy();
  }

  void double_quoted() {
    if (flow_ == 0) parent_ = column() - 1;
    copy();
    while (more() && now() != '"') {
      if (now() == '\\' && at_ + 1 < text_.size()) {
        if (!kKnownEscapes.contains(peek())) {
          out_.repairs.push_back({line_, column(), peek()});
          out_.text += '\\';
        }
        copy();
      }
      copy();
    }
    after_quotes();
  }

  void single_quoted() {
    if (flow_ == 0) parent_ = column() - 1;
    copy();
    while (more() && (now() != '\'' || peek() == '\'')) {
      if (now() == '\'') copy();
      copy();
    }
    after_quotes();
  }

  void after_quotes() {
    if (more()) copy();
    token_start_ = false;
    // In a flow `"key":"value"` needs no blank after the colon.
    if (more() && now() == ':' && flow_ > 0) {
      token_start_ = true;
      copy();
    }
  }

  // A block scalar holds every following line that is blank or indented deeper than its parent.
  void block_scalar() {
    const int parent = parent_;
    copy_line();
    if (more()) copy();
    while (more()) {
      std::size_t first = at_;
      while (first < text_.size() && text_[first] == ' ') ++first;
      const bool blank = first == text_.size() || is_break(text_[first]);
      if (!blank && static_cast<int>(first - line_start_) <= parent) return;
      copy_line();
      if (more()) copy();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  int flow_ = 0;
  int parent_ = -1;  // column, from 0, of the key or dash on this line that a block scalar would belong to
  bool token_start_ = true;
  RepairedText out_;
};

}  // namespace

int RepairedText::original_column(int line, int column) const {
  // The n-th repair of a line has moved what follows it by n.
  int moved = 0;
  auto repair = std::ranges::lower_bound(repairs, line, {}, &UnknownEscape::line);
  for (; repair != repairs.end() && repair->line == line && repair->column + moved < column; ++repair)
    ++moved;
  return column - moved;
}

RepairedText repair_escapes(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace artifactapi::config
