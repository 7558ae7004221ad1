#include "http/path.h"

#include "http/characters.h"
#include "http/percent.h"
#include "http/utf8.h"

#include <cstddef>

namespace artifactapi::http {

namespace {

// Also with parameters ("..;a=b"): some application servers cut them off before they resolve the segment.
bool is_dot_segment(std::string_view segment) {
  const std::string_view name = segment.substr(0, segment.find(';'));
  return name == "." || name == "..";
}

// U+0080 to U+009F, in text that is UTF-8.
bool has_c1_control(std::string_view text) {
  for (std::size_t at = text.find('\xC2'); at != std::string_view::npos; at = text.find('\xC2', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
  }
  return false;
}

// Writes both forms of a path, byte by byte, and watches its segments.
class PathWriter {
 public:
  explicit PathWriter(CanonicalPath& path) : path_(path) {}

  // False when the segment that ends here is a dot segment.
  [[nodiscard]] bool end_segment(std::string_view slash) {
    const bool dots = is_dot_segment(std::string_view(path_.decoded).substr(segment_));
    path_.encoded += slash;
    path_.decoded += slash;
    segment_ = path_.decoded.size();
    return !dots;
  }

  // Characters that are the same in both forms.
  void append_plain(std::string_view characters) {
    path_.decoded += characters;
    path_.encoded += characters;
  }

  void append(char byte) {
    if (is_path_character(byte)) return append_plain({&byte, 1});
    path_.decoded += byte;
    append_percent_encoded(path_.encoded, byte);
  }

 private:
  CanonicalPath& path_;
  std::size_t segment_ = 0;  // where the current one begins in `decoded`
};

std::size_t leading_path_characters(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_path_character(text[count])) ++count;
  return count;
}

Result<> write_path(std::string_view text, CanonicalPath& path) {
  PathWriter writer(path);
  for (std::size_t i = 0; i < text.size();) {
    if (const auto plain = leading_path_characters(text.substr(i)); plain > 0) {
      writer.append_plain(text.substr(i, plain));
      i += plain;
      continue;
    }
    char byte = text[i];
    const bool escaped = byte == '%';
    if (escaped) {
      const auto decoded = escaped_byte(text, i);
      if (!decoded) return fail(Code::Invalid, "malformed escape in path");
      byte = *decoded;
    }
    i += escaped ? 3 : 1;
    if (is_control(byte) || byte == '\\' || (byte == '#' && !escaped)) {
      return fail(Code::Invalid, "forbidden character in path");
    }
    if (byte != '/') {
      writer.append(byte);
    } else if (!writer.end_segment(escaped ? "%2F" : "/")) {
      return fail(Code::Invalid, "dot segment in path");
    }
  }
  if (!writer.end_segment("")) return fail(Code::Invalid, "dot segment in path");
  return {};
}

}  // namespace

Result<CanonicalPath> canonicalise(std::string_view path_and_query) {
  if (path_and_query.size() > kMaxPathBytes) return fail(Code::TooLarge, "path too long");
  CanonicalPath path;
  const std::size_t mark = path_and_query.find('?');
  const std::string_view text = path_and_query.substr(0, mark);
  path.encoded.reserve(text.size());
  path.decoded.reserve(text.size());
  if (auto written = write_path(text, path); !written)
    return std::unexpected<Error>(std::move(written.error()));
  if (!is_utf8(path.decoded)) return fail(Code::Invalid, "path is not UTF-8");
  if (has_c1_control(path.decoded)) return fail(Code::Invalid, "forbidden character in path");
  if (mark != std::string_view::npos) {
    auto query = canonical_query(path_and_query.substr(mark + 1));
    if (!query) return std::unexpected<Error>(std::move(query.error()));
    path.has_query = true;
    path.query = std::move(*query);
  }
  // What was raw may have grown threefold: the canonical form obeys the limit too, or it would not be
  // accepted again.
  if (path.encoded.size() + path.query.size() + 1 > kMaxPathBytes)
    return fail(Code::TooLarge, "path too long");
  return path;
}

}  // namespace artifactapi::http
