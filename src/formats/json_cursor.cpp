#include "formats/json_cursor.h"

#include <boost/json.hpp>

#include <algorithm>

namespace artifactapi::formats {

namespace {

bool is_space(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

// Of a number or a word: all that neither ends a value nor separates two.
bool is_plain(char byte) {
  return !is_space(byte) && byte != ',' && byte != ':' && byte != '"' && byte != '{' && byte != '}' &&
         byte != '[' && byte != ']';
}

// Stands for itself in a string.
bool is_simple(char byte) {
  return byte >= ' ' && byte < '\x7F' && byte != '\\';
}

// Where something begins or ends that matters for finding the end of an object or array.
bool is_structure(char byte) {
  return byte == '"' || byte == '{' || byte == '}' || byte == '[' || byte == ']';
}

}  // namespace

bool JsonCursor::fail_here() {
  failed_ = true;
  at_ = text_.size();
  return false;
}

void JsonCursor::skip_spaces() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

char JsonCursor::next_byte() {
  skip_spaces();
  return at_ < text_.size() ? text_[at_] : '\0';
}

std::size_t JsonCursor::position() {
  skip_spaces();
  return at_;
}

bool JsonCursor::at_end() {
  return next_byte() == '\0' && at_ == text_.size() && depth_ == 0 && !failed_;
}

bool JsonCursor::enter(char bracket) {
  if (next_byte() != bracket) return false;
  if (depth_ == kMaxDepth) return fail_here();
  ++at_;
  ++depth_;
  first_ = true;
  return true;
}

// Past the comma between two, or the bracket behind the last one.
bool JsonCursor::next_in(char end) {
  const char byte = next_byte();
  if (byte == end && depth_ > 0) {
    ++at_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (byte != ',') return fail_here();
    ++at_;
  }
  first_ = false;
  return true;
}

bool JsonCursor::next_element() {
  return next_in(']') && (next_byte() != ']' || fail_here());
}

bool JsonCursor::next_member(std::string& name) {
  if (!next_in('}')) return false;
  const auto from = position();
  if (next_byte() != '"' || !skip_string()) return fail_here();
  const auto written = text_.substr(from, at_ - from);
  if (written.size() > kMaxName) return fail_here();
  if (std::ranges::all_of(written, is_simple)) {
    name.assign(written.substr(1, written.size() - 2));
  } else {
    name = json_text(written);
    if (name.empty()) return fail_here();
  }
  if (next_byte() != ':') return fail_here();
  ++at_;
  return true;
}

std::string_view JsonCursor::value() {
  const auto from = position();
  const char byte = next_byte();
  if (byte == '"') {
    if (!skip_string()) return {};
  } else if (byte == '{' || byte == '[') {
    if (!skip_nested()) return {};
  } else {
    while (at_ < text_.size() && is_plain(text_[at_])) ++at_;
  }
  if (at_ == from) fail_here();
  first_ = false;
  return failed_ ? std::string_view() : text_.substr(from, at_ - from);
}

// At its first quote; behind its last one afterwards.
bool JsonCursor::skip_string() {
  ++at_;
  for (;;) {
    at_ = text_.find('"', at_);
    if (at_ == std::string_view::npos) return fail_here();
    std::size_t escapes = 0;
    while (text_[at_ - 1 - escapes] == '\\') ++escapes;  // a quote stands before them all
    ++at_;
    if (escapes % 2 == 0) return true;
  }
}

bool JsonCursor::skip_nested() {
  std::string open;  // the brackets that are open
  do {
    while (at_ < text_.size() && !is_structure(text_[at_])) ++at_;
    if (at_ == text_.size()) return fail_here();
    const char byte = text_[at_];
    if (byte == '"') {
      if (!skip_string()) return false;
      continue;
    }
    ++at_;
    if (byte == '{' || byte == '[') {
      if (depth_ + open.size() == kMaxDepth) return fail_here();
      open += byte;
      continue;
    }
    if (open.back() != (byte == '}' ? '{' : '[')) return fail_here();
    open.pop_back();
  } while (!open.empty());
  return true;
}

std::string json_text(std::string_view written) {
  boost::system::error_code broken;
  const auto value = boost::json::parse(written, broken);
  if (broken || !value.is_string()) return {};
  return std::string(std::string_view(value.get_string()));
}

}  // namespace artifactapi::formats
