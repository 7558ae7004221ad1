#include "base/pattern_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace artifactapi {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Translator {
 public:
  explicit Translator(std::string_view source) : source_(source) {}

  Result<PatternText> run() {
    while (at_ < source_.size()) {
      if (auto step = in_class_ ? class_step() : plain_step(); !step) return std::unexpected(step.error());
    }
    out_.origin.push_back(static_cast<std::uint32_t>(source_.size()));
    return std::move(out_);
  }

 private:
  // Replaces the next `length` bytes of the source by `text`.
  void put(std::string_view text, std::size_t length) {
    out_.text += text;
    out_.origin.insert(out_.origin.end(), text.size(), static_cast<std::uint32_t>(at_));
    at_ += length;
  }
  void copy(std::size_t length) {
    length = std::min(length, source_.size() - at_);
    for (std::size_t i = 0; i < length; ++i) out_.origin.push_back(static_cast<std::uint32_t>(at_ + i));
    out_.text += source_.substr(at_, length);
    at_ += length;
  }
  [[nodiscard]] std::string_view rest() const { return source_.substr(at_); }
  [[nodiscard]] std::unexpected<Error> bad(std::string_view what) const {
    return fail(Code::Invalid, fmt::format("at offset {}: {}", at_, what));
  }

  Result<> plain_step() {
    if (rest().starts_with("\\")) return escape();
    if (rest().starts_with("(*")) return bad("nothing to repeat");
    if (rest().starts_with("(?#")) {
      copy(rest().find(')'));  // npos: PCRE2 says that the comment has no end
      return {};
    }
    if (rest().starts_with("[")) {
      in_class_ = true;
      std::size_t head = rest().starts_with("[^") ? 2 : 1;
      if (rest().substr(head).starts_with("]")) ++head;  // a first ] is itself
      copy(head);
      return {};
    }
    if (const auto length = open_repeat(); length != 0) {
      put("{0", 1);
      copy(length - 1);
      return {};
    }
    copy(1);
    return {};
  }

  Result<> class_step() {
    if (rest().starts_with("\\")) return escape();
    if (rest().starts_with("[")) {  // PCRE2 would look for a POSIX class
      put("\\[", 1);
      return {};
    }
    if (rest().starts_with("]")) in_class_ = false;
    copy(1);
    return {};
  }

  // Length of `{,n}` or `{,}` at this place, else 0.
  [[nodiscard]] std::size_t open_repeat() const {
    if (!rest().starts_with("{,")) return 0;
    std::size_t i = 2;
    while (i < rest().size() && is_digit(rest()[i])) ++i;
    return i < rest().size() && rest()[i] == '}' ? i + 1 : 0;
  }

  // `\xHH`, `\uHHHH`, `\UHHHHHHHH`: exactly that many digits, as in Python.
  Result<> code_point(std::size_t digits) {
    const auto hex = rest().substr(2, digits);
    if (hex.size() != digits || !std::ranges::all_of(hex, is_hex)) return bad("incomplete escape");
    put(fmt::format("\\x{{{}}}", hex), 2 + digits);
    return {};
  }

  Result<> escape() {
    if (rest().size() < 2) return bad("bad escape (end of pattern)");
    const char c = rest()[1];
    if (c == 'x') return code_point(2);
    if (c == 'u') return code_point(4);
    if (c == 'U') return code_point(8);
    if (c == 'v') {
      put("\\x0b", 2);
      return {};
    }
    if (c == 'Z' && !in_class_) {
      put("\\z", 2);
      return {};
    }
    const std::string_view known = in_class_ ? "bdDsSwWafnrt" : "AbBdDsSwWafnrtz";
    if (is_letter(c) && !known.contains(c)) return bad(fmt::format("bad escape \\{}", c));
    copy(2);
    return {};
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool in_class_ = false;
  PatternText out_;
};

}  // namespace

Result<PatternText> translate_pattern(std::string_view source) {
  return Translator(source).run();
}

}  // namespace artifactapi
