// A walk through a JSON document of any size without a tree: from value to value, each seen as it is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace artifactapi::formats {

// Goes forward only; after the first fault everything is at its end and failed() holds. What is between the
// values that are looked into is checked for balanced brackets and whole strings only. Linear in time; its
// memory does not depend on the document.
//
//   JsonCursor cursor(text);
//   if (cursor.enter('{')) while (cursor.next_member(name)) { … cursor.value() or cursor.enter('[') … }
class JsonCursor {
 public:
  static constexpr std::size_t kMaxDepth = 64;
  // Names of members, as they are written; longer ones are a fault.
  static constexpr std::size_t kMaxName = 64 * 1024;

  // `text` must outlive this.
  explicit JsonCursor(std::string_view text) : text_(text) {}

  // The first byte of the next value: '{', '[', '"' and so on; '\0' at the end.
  [[nodiscard]] char next_byte();
  // Into the next value when it begins with that bracket; else it stays before it.
  [[nodiscard]] bool enter(char bracket);
  // To the value of the object's next member; false behind the object's end. Its value must be taken or
  // entered and left before the next call.
  [[nodiscard]] bool next_member(std::string& name);
  // To the array's next element; false behind the array's end.
  [[nodiscard]] bool next_element();
  // The next value as it is written, without white space around it.
  std::string_view value();
  // Nothing but white space may follow.
  [[nodiscard]] bool at_end();

  // Where the next value begins, counted in bytes of the text.
  [[nodiscard]] std::size_t position();
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  void skip_spaces();
  bool fail_here();
  [[nodiscard]] bool next_in(char end);
  [[nodiscard]] bool skip_string();
  [[nodiscard]] bool skip_nested();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool first_ = false;  // nothing of the innermost object or array was read yet
  bool failed_ = false;
};

// The text of a string as it is written, with its quotes. Nothing else: empty.
[[nodiscard]] std::string json_text(std::string_view written);

}  // namespace artifactapi::formats
