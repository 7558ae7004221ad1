#include "formats/helm/yaml_scan.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace artifactapi::formats::helm {

namespace {

constexpr std::string_view kBlanks = " \t";

std::unexpected<Error> malformed(const char* why) {
  return fail(Code::BadPeer, std::string("upstream's index cannot be read: ") + why);
}

bool ends_token(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r';
}

class Scan {
 public:
  Scan(std::string_view text, ScalarVisitor& visitor) : text_(text), visitor_(visitor) {}

  Result<void> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size() && !ended_) {
      const auto line = at_;
      at_ = std::min(text_.find_first_not_of(' ', at_), text_.size());
      if (skip_empty_line() || (at_ == line && skip_marker())) continue;
      if (auto read = line_at(at_ - line); !read) return read;
    }
    return {};
  }

 private:
  bool skip_empty_line() {
    const auto content = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    if (content < text_.size() && text_[content] != '\n' && text_[content] != '\r' && text_[content] != '#') {
      return false;
    }
    to_next_line();
    return true;
  }

  // --- and ... and directives.
  bool skip_marker() {
    const auto rest = text_.substr(at_);
    const bool marker = (rest.starts_with("---") || rest.starts_with("...")) && ends_token(rest, 3);
    if (!marker && !rest.starts_with('%')) return false;
    const auto content =
        marker ? std::min(text_.find_first_not_of(kBlanks, at_ + 3), text_.size()) : text_.size();
    path_.clear();
    if (content < text_.size() && (text_[content] == '{' || text_[content] == '[')) {
      at_ = content;
      return false;
    }
    to_next_line();
    return true;
  }

  void to_next_line() { at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1; }

  // What the column closes: deeper steps, and the neighbour that the new step takes the place of.
  void close(std::size_t column, bool item) {
    while (!path_.empty()) {
      const auto& top = path_.back();
      if (top.column < column || (item && top.column == column && !top.item)) return;
      path_.pop_back();
    }
  }

  Result<void> open(Step step) {
    if (path_.size() >= kMostDepth) return malformed("it is nested too deeply");
    path_.push_back(std::move(step));
    return {};
  }

  // At the first character of a line's content.
  Result<void> line_at(std::size_t column) {
    while (text_[at_] == '-' && ends_token(text_, at_ + 1)) {
      close(column, true);
      if (auto opened = open({true, {}, column}); !opened) return opened;
      visitor_.item(path_);
      const auto dash = at_;
      at_ = std::min(text_.find_first_not_of(kBlanks, at_ + 1), text_.size());
      column += at_ - dash;
      if (at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '#') {
        to_next_line();
        return {};
      }
    }
    if (text_[at_] == '?' && ends_token(text_, at_ + 1)) return explicit_key(column);
    auto key = key_here();
    if (!key) return std::unexpected(key.error());
    if (!*key) return value(path_.empty() ? 0 : path_.back().column);
    close(column, false);
    if (auto opened = open({false, std::move(**key), column}); !opened) return opened;
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    return value(column);
  }

  // "? key", as writers put keys that are long or go over lines; its ": value" has a line of its own, which
  // reads as a value without a key: none of ours is written so.
  Result<void> explicit_key(std::size_t column) {
    close(column, false);
    if (auto opened = open({false, "?", column}); !opened) return opened;
    at_ = std::min(text_.find_first_not_of(kBlanks, at_ + 1), text_.size());
    return value(column);
  }

  // The key before ": "; at_ is behind the colon then. Nothing: it is no key.
  Result<std::optional<std::string>> key_here() {
    const auto begin = at_;
    std::size_t end = begin;
    if (text_[begin] == '"' || text_[begin] == '\'') {
      end = end_of_quoted(begin);
      if (end == std::string_view::npos) return malformed("a quote does not end");
    } else if (text_[begin] == '{' || text_[begin] == '[') {
      return std::nullopt;
    } else {
      while (end < text_.size() && text_[end] != '\n' && !(text_[end] == ':' && ends_token(text_, end + 1))) {
        if (text_[end] == '#' && end > begin && text_[end - 1] == ' ') return std::nullopt;
        ++end;
      }
    }
    const auto colon = std::min(text_.find_first_not_of(kBlanks, end), text_.size());
    if (colon >= text_.size() || text_[colon] != ':' || !ends_token(text_, colon + 1)) return std::nullopt;
    if (end - begin > kMostKeyBytes) return malformed("a key is too long");
    at_ = colon + 1;
    return value_of(scalar_of(begin, end));
  }

  Scalar scalar_of(std::size_t begin, std::size_t end) const {
    const char first = begin < end ? text_[begin] : '\0';
    return {text_.substr(begin, end - begin), first == '"' || first == '\'' ? first : '\0'};
  }

  // Behind the closing quote; npos: there is none.
  std::size_t end_of_quoted(std::size_t begin) const {
    const char quote = text_[begin];
    for (auto at = begin + 1; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        if (quote != '\'' || at + 1 >= text_.size() || text_[at + 1] != '\'') return at + 1;
        ++at;
      }
    }
    return std::string_view::npos;
  }

  // What stands behind a key or a dash, on this line and those that go on with it. `column`: of the key.
  Result<void> value(std::size_t column) {
    if (at_ >= text_.size()) return {};
    const char first = text_[at_];
    if (first == '\n' || first == '\r' || first == '#') {
      to_next_line();
      return {};
    }
    if (first == '{' || first == '[') {
      if (auto read = flow(); !read) return read;
      to_next_line();
      return {};
    }
    if (first == '"' || first == '\'') {
      const auto end = end_of_quoted(at_);
      if (end == std::string_view::npos) return malformed("a quote does not end");
      tell(at_, end);
      at_ = end;
      to_next_line();
      return {};
    }
    const auto begin = at_;
    auto end = std::min(text_.find('\n', at_), text_.size());
    const auto comment = text_.substr(begin, end - begin).find(" #");
    if (comment != std::string_view::npos) end = begin + comment;
    while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '\t' || text_[end - 1] == '\r')) --end;
    to_next_line();
    const bool goes_on = skip_deeper_lines(column);
    // A literal block, an anchor, a tag, an alias: nothing that could be a link.
    if (!goes_on && std::string_view("|>&!*").find(first) == std::string_view::npos) tell(begin, end);
    return {};
  }

  // Lines that belong to the scalar before them. True: there were some.
  bool skip_deeper_lines(std::size_t column) {
    bool any = false;
    while (at_ < text_.size()) {
      const auto content = std::min(text_.find_first_not_of(' ', at_), text_.size());
      const bool empty = content == text_.size() || text_[content] == '\n' || text_[content] == '\r';
      if (!empty && content - at_ <= column) break;
      any |= !empty && text_[content] != '#';  // a remark ends a plain scalar and is no part of it
      to_next_line();
    }
    return any;
  }

  void tell(std::size_t begin, std::size_t end) {
    const auto scalar = scalar_of(begin, end);
    if (ended_ || scalar.text.find('\n') != std::string_view::npos) return;
    if (!visitor_.scalar(path_, scalar)) ended_ = true;
  }

  // A flow collection; at_ is behind its closing bracket then. Each open bracket has a step of its own.
  Result<void> flow() {
    brackets_.clear();
    do {
      at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
      if (at_ == text_.size()) return malformed("a bracket does not close");
      if (auto read = flow_token(text_[at_]); !read) return read;
    } while (!brackets_.empty() && !ended_);
    return {};
  }

  Result<void> flow_token(char byte) {
    switch (byte) {
      case '{':
      case '[': return open_bracket(byte);
      case '}': return close_bracket('{');
      case ']': return close_bracket('[');
      case ',':
        ++at_;
        expects_key_ = brackets_.back() == '{';
        if (!expects_key_) visitor_.item(path_);
        return {};
      case ':':
        ++at_;
        expects_key_ = false;
        return {};
      case '#':
        if (text_[at_ - 1] != ' ' && text_[at_ - 1] != '\n') break;
        to_next_line();
        return {};
      default: break;
    }
    return flow_scalar(std::exchange(expects_key_, false));
  }

  Result<void> open_bracket(char bracket) {
    ++at_;
    brackets_.push_back(bracket);
    expects_key_ = bracket == '{';
    if (auto opened = open({bracket == '[', {}, 0}); !opened) return opened;
    if (bracket == '[') visitor_.item(path_);
    return {};
  }

  Result<void> close_bracket(char opening) {
    ++at_;
    if (brackets_.back() != opening) return malformed("brackets do not match");
    brackets_.pop_back();
    path_.pop_back();
    expects_key_ = false;
    return {};
  }

  Result<void> flow_scalar(bool is_key) {
    const auto begin = at_;
    if (text_[begin] == '"' || text_[begin] == '\'') {
      at_ = end_of_quoted(begin);
      if (at_ == std::string_view::npos) return malformed("a quote does not end");
    } else {
      while (at_ < text_.size() && std::string_view(",[]{}\n").find(text_[at_]) == std::string_view::npos &&
             !(text_[at_] == ':' && (ends_token(text_, at_ + 1) || text_[at_ + 1] == ','))) {
        ++at_;
      }
    }
    auto end = at_;
    while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '\t' || text_[end - 1] == '\r')) --end;
    if (!is_key) {
      tell(begin, end);
      return {};
    }
    if (end - begin > kMostKeyBytes) return malformed("a key is too long");
    path_.back().key = value_of(scalar_of(begin, end));
    return {};
  }

  std::string_view text_;
  ScalarVisitor& visitor_;
  std::size_t at_ = 0;
  Path path_;
  std::vector<char> brackets_;  // of the flow collection being read, those that are open
  bool expects_key_ = false;    // of the innermost of them
  bool ended_ = false;
};

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// An ASCII character by \uXXXX, as JSON writes '<', '>' and '&'; nothing for all others.
std::optional<char> ascii_escape(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  int code = 0;
  for (const char digit : digits.substr(0, 4)) {
    const int value = hex_digit(digit);
    if (value < 0) return std::nullopt;
    code = code * 16 + value;
  }
  if (code < 0x20 || code > 0x7e) return std::nullopt;
  return static_cast<char>(code);
}

}  // namespace

Result<void> scan_yaml(std::string_view document, ScalarVisitor& visitor) {
  return Scan(document, visitor).run();
}

std::string value_of(const Scalar& scalar) {
  if (scalar.style == 0) return std::string(scalar.text);
  const auto inside = scalar.text.substr(1, scalar.text.size() - 2);
  std::string value;
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (scalar.style == '\'' && inside[at] == '\'') ++at;
    if (scalar.style == '"' && inside[at] == '\\' && at + 1 < inside.size()) {
      const auto ascii = inside[at + 1] == 'u' ? ascii_escape(inside.substr(at + 2)) : std::nullopt;
      if (ascii) {
        value += *ascii;
        at += 5;
        continue;
      }
      if (std::string_view("\"\\/").find(inside[at + 1]) != std::string_view::npos) ++at;
    }
    value += inside[at];
  }
  return value;
}

}  // namespace artifactapi::formats::helm
