// Header fields as an ordered list: names keep their spelling and are compared without case (RFC 9110 5).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::http {

// ASCII only, free of locale.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Whether a comma-separated header value names the token; case does not count, parameters do ("a;q=1" is not
// "a").
bool has_token(std::string_view header_value, std::string_view token);

// A token of RFC 9110 5.6.2, not empty.
bool valid_name(std::string_view name);

// No control character but HTAB; bytes above 0x7F are allowed (obs-text). May be empty.
bool valid_value(std::string_view value);

struct Header {
  std::string name;
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

// Whoever puts something in has checked it with valid_name and valid_value, or it is a constant of ours;
// append_to leaves out lines that would break the wire form all the same.
class Headers {
 public:
  using const_iterator = std::vector<Header>::const_iterator;

  Headers() = default;
  Headers(std::initializer_list<Header> lines) : lines_(lines) {}

  // The value of the first line of that name; valid until the next change.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  // All lines of that name, joined by ", "; empty when there is none.
  [[nodiscard]] std::string joined(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;

  // One line of that name, in place of the first one there was.
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void reserve(std::size_t lines) { lines_.reserve(lines); }

  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] const_iterator begin() const { return lines_.begin(); }
  [[nodiscard]] const_iterator end() const { return lines_.end(); }
  // What append_to would write at most.
  [[nodiscard]] std::size_t bytes() const;

  // "Name: value\r\n" for each line, without the empty line that ends a head.
  void append_to(std::string& out) const;

  friend bool operator==(const Headers&, const Headers&) = default;

 private:
  std::vector<Header> lines_;
};

// What may be stored and passed on: without hop-by-hop fields (Connection and those it names, Keep-Alive, TE,
// Trailer, Transfer-Encoding, Upgrade, Proxy-*) and without Set-Cookie.
Headers end_to_end(const Headers& headers);

}  // namespace artifactapi::http
