// The tags of a whole HTML page, one after the other, with their attributes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats {

// The tokenization of the HTML standard (section 13.2.5) without building a tree, as HtmlLinks has it for
// pages in pieces: linear in time, and in memory no more than one tag's names. Comments, declarations and the
// text of script, style and their like hold no tags. What ends within a tag has that tag left out.
class HtmlTags {
 public:
  // Of one tag; further ones are left out.
  static constexpr std::size_t kMaxAttributes = 64;
  // Longer values are left out with their attribute.
  static constexpr std::size_t kMaxValue = 64 * 1024;
  static constexpr std::size_t kMaxName = 64;

  struct Attribute {
    std::string name;          // lower-case
    std::string_view written;  // as it stands in the page
  };

  // `page` must outlive this.
  explicit HtmlTags(std::string_view page) : page_(page) {}

  // Goes to the next tag; false: there is none.
  bool next();

  // Of the tag that next() went to. Lower-case.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_end() const { return is_end_; }
  [[nodiscard]] const std::vector<Attribute>& attributes() const { return attributes_; }
  // The first of that name counts; decoded, bytes that are no UTF-8 replaced by U+FFFD.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;

 private:
  [[nodiscard]] char at() const { return at_ < page_.size() ? page_[at_] : '\0'; }
  [[nodiscard]] bool ended() const { return at_ >= page_.size(); }
  void skip_spaces();
  void skip_markup();
  void skip_raw_text();
  bool read_tag();
  void read_attribute();
  [[nodiscard]] std::string_view read_value();
  [[nodiscard]] std::string read_name(std::string_view ends);

  std::string_view page_;
  std::size_t at_ = 0;
  std::string name_;
  bool is_end_ = false;
  std::vector<Attribute> attributes_;
};

}  // namespace artifactapi::formats
