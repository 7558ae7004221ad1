// Regular expressions with the meaning of Python's re.search, run by PCRE2 with its JIT and bounded in time
// and memory.
//
// The source is Python's dialect. Where PCRE2 reads the same text differently it is translated first: `\Z` is
// the very end, `{,n}` starts at zero, `\v` is the vertical tab, `\uXXXX` a code point. `$` matches at the
// end and before one final newline, `.` does not match a newline, `\d \w \s \b` and (?i) know Unicode.
// Refused, as in Python:
// `(*VERB)`, `\C`, `\Q`, `\G`, `\K`, `\R`, `\X`, `\p` and the like. Known differences that stay: PCRE2 allows
// alternatives of different length in a look-behind, recursion, and [[:posix:]] classes; the flags (?a), (?L)
// and
// (?u) and names as in \N{...} do not exist.
//
// A subject is text in UTF-8; a byte that is not part of valid UTF-8 counts as the character U+FFFD.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace artifactapi {

// LimitHit: the answer is unknown because the search took too much; treat it as a refusal and log it.
enum class Match : std::uint8_t { No, Yes, LimitHit };

// Compiled once, never changed: any number of threads may search with one Pattern at the same time.
class Pattern {
 public:
  // Longest source, in bytes.
  static constexpr std::size_t kMaxSourceBytes = 4096;
  // Steps of backtracking after which a search gives up.
  static constexpr std::uint32_t kMatchLimit = 100'000;

  // Invalid with the offset into `source` and the reason; TooLarge when the source is over kMaxSourceBytes.
  [[nodiscard]] static Result<Pattern> compile(std::string_view source);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern();

  // Whether the pattern matches anywhere in `subject`. Allocates nothing after a thread's first search.
  [[nodiscard]] Match search(std::string_view subject) const;
  // The text it was compiled from, as written.
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  struct Compiled;
  Pattern(std::string source, std::unique_ptr<const Compiled> compiled);

  std::string source_;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace artifactapi
