#include "formats/html_links.h"

#include "formats/html_references.h"
#include "http/characters.h"

#include <algorithm>
#include <array>

namespace artifactapi::formats {

namespace {

// Longer than every name that matters here, so that a name cut off is none of them.
constexpr std::size_t kMaxName = 16;

constexpr std::array<std::string_view, 8> kRawElements{"script", "style",  "textarea", "title",
                                                       "xmp",    "iframe", "noembed",  "noframes"};

bool is_space(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
}

void append_name(std::string& name, char byte) {
  if (name.size() < kMaxName) name += http::to_lower(byte);
}

}  // namespace

bool HtmlLinks::feed(std::string_view bytes, const Take& take) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (state_ == State::Text) {
      at = bytes.find('<', at);
      if (at == std::string_view::npos) return true;
    }
    const Step done = step(bytes[at], take);
    if (done == Step::Stop) return false;
    if (done == Step::Next) ++at;
  }
  return true;
}

HtmlLinks::Step HtmlLinks::step(char byte, const Take& take) {
  switch (state_) {
    case State::Text: return byte == '<' ? go(State::TagOpen) : Step::Next;
    case State::TagOpen:
    case State::EndTagOpen:
    case State::TagName: return step_tag(byte);
    case State::BeforeName:
    case State::AfterName:
    case State::BeforeValue: return step_attribute(byte);
    case State::Name: return step_name(byte);
    case State::Quoted:
    case State::Unquoted: return step_value(byte, take);
    case State::MarkupOpen:
    case State::MarkupOpenDash:
    case State::Comment:
    case State::Bogus: return step_markup(byte);
    case State::RawText:
    case State::RawLess:
    case State::RawEnd: return step_raw(byte);
  }
  return Step::Next;
}

HtmlLinks::Step HtmlLinks::step_tag(char byte) {
  if (state_ == State::TagName) {
    if (is_space(byte) || byte == '/' || byte == '>') return go(State::BeforeName, Step::Again);
    append_name(tag_, byte);
    return Step::Next;
  }
  closing_ = state_ == State::EndTagOpen;
  if (http::is_alpha(byte)) {
    tag_.clear();
    has_href_ = false;
    return go(State::TagName, Step::Again);
  }
  if (closing_) return byte == '>' ? go(State::Text) : go(State::Bogus, Step::Again);
  switch (byte) {
    case '/': return go(State::EndTagOpen);
    case '!': return go(State::MarkupOpen);
    case '?': return go(State::Bogus);
    default: return go(State::Text, Step::Again);
  }
}

HtmlLinks::Step HtmlLinks::step_value(char byte, const Take& take) {
  const bool quoted = state_ == State::Quoted;
  const bool ends = quoted ? byte == quote_ : is_space(byte) || byte == '>';
  if (ends) {
    if (!end_value(take)) return Step::Stop;
    return go(State::BeforeName, quoted ? Step::Next : Step::Again);
  }
  if (!wanted_) return Step::Next;
  too_long_ = too_long_ || value_.size() == kMaxHref;
  if (!too_long_) value_ += byte;
  return Step::Next;
}

HtmlLinks::Step HtmlLinks::step_name(char byte) {
  if (is_space(byte)) return go(State::AfterName);
  if (byte == '/' || byte == '>') return go(State::BeforeName, Step::Again);
  if (byte == '=') return go(State::BeforeValue);
  append_name(name_, byte);
  return Step::Next;
}

// Before and after a name and before a value; white space means nothing there.
HtmlLinks::Step HtmlLinks::step_attribute(char byte) {
  if (is_space(byte)) return Step::Next;
  if (state_ == State::AfterName) {
    return byte == '=' ? go(State::BeforeValue) : go(State::BeforeName, Step::Again);
  }
  if (state_ == State::BeforeValue) {
    if (byte == '>') return go(State::BeforeName, Step::Again);
    begin_value();
    quote_ = byte;
    return byte == '"' || byte == '\'' ? go(State::Quoted) : go(State::Unquoted, Step::Again);
  }
  if (byte == '>') {
    end_tag();
    return Step::Next;
  }
  if (byte == '/') return Step::Next;
  name_.clear();
  append_name(name_, byte);
  return go(State::Name);
}

HtmlLinks::Step HtmlLinks::step_markup(char byte) {
  switch (state_) {
    case State::MarkupOpen: return byte == '-' ? go(State::MarkupOpenDash) : go(State::Bogus, Step::Again);
    case State::MarkupOpenDash:
      dashes_ = 2;  // "<!-->" is a whole comment
      return byte == '-' ? go(State::Comment) : go(State::Bogus, Step::Again);
    case State::Comment:
      if (byte == '>' && (dashes_ >= 2 || dashes_ < 0)) return go(State::Text);
      if (byte == '-') {
        dashes_ = std::min(std::max(dashes_, 0) + 1, 2);
      } else {
        dashes_ = byte == '!' && dashes_ == 2 ? -1 : 0;
      }
      return Step::Next;
    default: return byte == '>' ? go(State::Text) : Step::Next;
  }
}

HtmlLinks::Step HtmlLinks::step_raw(char byte) {
  if (state_ == State::RawText) return byte == '<' ? go(State::RawLess) : Step::Next;
  if (state_ == State::RawLess) {
    matched_ = 0;
    return byte == '/' ? go(State::RawEnd) : go(State::RawText, Step::Again);
  }
  if (matched_ < tag_.size()) {
    if (http::to_lower(byte) != tag_[matched_]) return go(State::RawText, Step::Again);
    ++matched_;
    return Step::Next;
  }
  if (!is_space(byte) && byte != '/' && byte != '>') return go(State::RawText, Step::Again);
  closing_ = true;
  return go(State::BeforeName, Step::Again);
}

void HtmlLinks::begin_value() {
  wanted_ = !closing_ && !has_href_ && tag_ == "a" && name_ == "href";
  too_long_ = false;
  value_.clear();
}

bool HtmlLinks::end_value(const Take& take) {
  if (!wanted_) return true;
  has_href_ = true;
  return too_long_ || take(decode_references(value_));
}

void HtmlLinks::end_tag() {
  const bool raw = !closing_ && std::ranges::find(kRawElements, tag_) != kRawElements.end();
  state_ = raw ? State::RawText : State::Text;
}

}  // namespace artifactapi::formats
