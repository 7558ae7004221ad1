// The links of an HTML page as it arrives: the href of each <a>, and nothing else of the document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace artifactapi::formats {

// The tokenization of the HTML standard (section 13.2.5) without building a tree: linear in time and constant
// in memory whatever the page holds. Comments, declarations and the text of script, style and their like hold
// no links. One object for each page.
class HtmlLinks {
 public:
  // Longer ones are left out; no URL may be longer either.
  static constexpr std::size_t kMaxHref = 8 * 1024;

  // Called with each href, character references decoded, in the order of the page; the view is good during
  // the call. False ends the reading.
  using Take = std::function<bool(std::string_view href)>;

  // The next bytes of the page, cut anywhere. False: `take` ended it.
  bool feed(std::string_view bytes, const Take& take);

 private:
  enum class State : std::uint8_t {
    Text,
    TagOpen,         // "<"
    EndTagOpen,      // "</"
    TagName,         //
    BeforeName,      // of an attribute, or the end of the tag
    Name,            //
    AfterName,       //
    BeforeValue,     //
    Quoted,          //
    Unquoted,        //
    MarkupOpen,      // "<!"
    MarkupOpenDash,  // "<!-"
    Comment,         //
    Bogus,           // a declaration or what only looks like one: up to ">"
    RawText,         // inside of script and the like: up to its end tag
    RawLess,         // "<" in there
    RawEnd,          // "</" in there
  };
  enum class Step : std::uint8_t { Next, Again, Stop };  // Again: the same byte in the new state

  [[nodiscard]] Step step(char byte, const Take& take);
  [[nodiscard]] Step step_markup(char byte);
  [[nodiscard]] Step step_tag(char byte);
  [[nodiscard]] Step step_attribute(char byte);
  [[nodiscard]] Step step_name(char byte);
  [[nodiscard]] Step step_value(char byte, const Take& take);
  [[nodiscard]] Step step_raw(char byte);
  [[nodiscard]] Step go(State state, Step step = Step::Next) {
    state_ = state;
    return step;
  }
  void begin_value();
  [[nodiscard]] bool end_value(const Take& take);
  void end_tag();

  State state_ = State::Text;
  bool closing_ = false;   // it is an end tag
  bool has_href_ = false;  // the first href of a tag counts
  bool wanted_ = false;    // the value being read is that href
  bool too_long_ = false;
  char quote_ = '"';
  int dashes_ = 0;           // at the end of the comment so far; -1 after "--!"
  std::size_t matched_ = 0;  // of the name of the element whose end tag is looked for
  std::string tag_;          // its beginning, in lower case
  std::string name_;         // likewise, of the attribute
  std::string value_;
};

}  // namespace artifactapi::formats
