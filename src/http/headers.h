// Header fields as an ordered list: names keep their spelling and are compared without case (RFC 9110 5).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::http {

namespace detail {
// Both of one size.
[[nodiscard]] bool equal_but_for_case(std::string_view a, std::string_view b);
}  // namespace detail

// ASCII only, free of locale. Mostly sizes differ, or the spelling is the usual one: only the rest is looked
// at letter by letter, in one place.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a == b || detail::equal_but_for_case(a, b));
}

// Whether a comma-separated header value names the token; case does not count, parameters do ("a;q=1" is not
// "a").
bool has_token(std::string_view header_value, std::string_view token);

// A token of RFC 9110 5.6.2, not empty.
bool valid_name(std::string_view name);

// No control character but HTAB; bytes above 0x7F are allowed (obs-text). May be empty.
bool valid_value(std::string_view value);

// One line; what it views belongs to whoever made it.
struct Header {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const Header&, const Header&) = default;
};

// Whoever puts something in has checked it with valid_name and valid_value, or it is a constant of ours;
// append_to leaves out lines that would break the wire form all the same. All lines are one text, in the form
// in which they are sent: a head is made and dropped with each answer, and two strings for each line would
// cost more than all else that is done with them.
class Headers {
  struct Line {
    std::size_t begin;  // in the text
    std::size_t name;   // bytes
    std::size_t value;  // bytes
    friend bool operator==(const Line&, const Line&) = default;
  };

 public:
  // The views it gives are valid until the next change; they go along when the headers are moved.
  class Iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    using reference = Header;
    struct Arrow {
      Header line;
      const Header* operator->() const { return &line; }
    };
    using pointer = Arrow;

    Iterator() = default;
    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Header operator*() const { return headers_->line(headers_->lines_[index_]); }
    Arrow operator->() const { return {**this}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++index_;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Headers* headers_ = nullptr;
    std::size_t index_ = 0;
  };
  using const_iterator = Iterator;

  Headers() = default;
  Headers(std::initializer_list<Header> lines);

  // The value of the first line of that name; valid as an iterator's views are.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  // All lines of that name, joined by ", "; empty when there is none.
  [[nodiscard]] std::string joined(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;

  // One line of that name, in place of the first one there was. What is given may view into this.
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  // Room for lines that are to be added; `bytes` as bytes() counts them.
  void reserve(std::size_t lines, std::size_t bytes);

  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, lines_.size()}; }
  // What append_to would write at most.
  [[nodiscard]] std::size_t bytes() const { return text_.size(); }

  // "Name: value\r\n" for each line, without the empty line that ends a head.
  void append_to(std::string& out) const;
  // The same of those whose names are `kept`.
  template <class Kept>
  void append_to(std::string& out, Kept kept) const;

  friend bool operator==(const Headers&, const Headers&) = default;

 private:
  [[nodiscard]] Header line(const Line& at) const;
  // "Name: value\r\n".
  [[nodiscard]] std::string_view text_of(const Line& at) const;
  [[nodiscard]] bool all_writable() const;
  [[nodiscard]] static bool is_writable(const Header& line);

  // "Name: value\r\n" for each line. No std::string: views of a short one do not outlive a move.
  std::vector<char> text_;
  std::vector<Line> lines_;
};

template <class Kept>
void Headers::append_to(std::string& out, Kept kept) const {
  const bool all = all_writable();
  for (const auto& at : lines_) {
    const auto named = line(at);
    if (kept(named.name) && (all || is_writable(named))) out += text_of(at);
  }
}

// What may be stored and passed on, as Headers::append_to writes it: without hop-by-hop fields (Connection
// and those it names, Keep-Alive, TE, Trailer, Transfer-Encoding, Upgrade, Proxy-*) and without Set-Cookie.
[[nodiscard]] std::string end_to_end(const Headers& headers);

}  // namespace artifactapi::http
