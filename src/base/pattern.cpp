#include "base/pattern.h"

#include "base/pattern_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace artifactapi {
namespace {

constexpr std::uint32_t kHeapLimitKiB = 1024;
constexpr std::size_t kJitStackStart = std::size_t{32} * 1024;
constexpr std::size_t kJitStackMost = std::size_t{512} * 1024;

// What a search writes to. One per thread; a thread searches with one pattern at a time.
class Scratch {
 public:
  Scratch()
      : data_(pcre2_match_data_create(1, nullptr)),
        context_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(kJitStackStart, kJitStackMost, nullptr)) {
    if (context_ == nullptr) return;
    pcre2_set_match_limit(context_, Pattern::kMatchLimit);
    pcre2_set_depth_limit(context_, Pattern::kMatchLimit);
    pcre2_set_heap_limit(context_, kHeapLimitKiB);
    pcre2_jit_stack_assign(context_, nullptr, stack_);
  }
  ~Scratch() {
    pcre2_jit_stack_free(stack_);
    pcre2_match_context_free(context_);
    pcre2_match_data_free(data_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scratch(Scratch&&) = delete;
  Scratch& operator=(Scratch&&) = delete;

  [[nodiscard]] int run(const pcre2_code* code, std::string_view subject) {
    if (data_ == nullptr || context_ == nullptr) return PCRE2_ERROR_NOMEMORY;
    const auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data());
    return pcre2_match(code, bytes, subject.size(), 0, 0, data_, context_);
  }

 private:
  pcre2_match_data* data_;
  pcre2_match_context* context_;
  pcre2_jit_stack* stack_;
};

bool is_bad_utf8(int status) {
  return status <= PCRE2_ERROR_UTF8_ERR1 && status >= PCRE2_ERROR_UTF8_ERR21;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Length of the valid UTF-8 sequence that `text` begins with, 0 if it begins with none (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  if (!std::ranges::all_of(text.substr(1, length - 1), is_continuation)) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool too_long = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return too_long || no_character ? 0 : length;
}

std::string with_replacement_characters(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

Error compile_error(int code, std::size_t offset) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return {Code::Invalid, fmt::format("at offset {}: {}", offset, reinterpret_cast<const char*>(text.data()))};
}

struct CompileContext {
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  CompileContext() {
    if (context == nullptr) return;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);  // the library's default is chosen where it was built
    pcre2_set_parens_nest_limit(context, 100);
  }
  ~CompileContext() { pcre2_compile_context_free(context); }
  CompileContext(const CompileContext&) = delete;
  CompileContext& operator=(const CompileContext&) = delete;
};

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(pcre2_code* compiled) : code(compiled) {}
  ~Compiled() { pcre2_code_free(code); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  pcre2_code* code;
};

Pattern::Pattern(std::string source, std::unique_ptr<const Compiled> compiled)
    : source_(std::move(source)), compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    return fail(Code::TooLarge, fmt::format("longer than {} bytes", kMaxSourceBytes));
  }
  auto translated = translate_pattern(source);
  if (!translated) return std::unexpected(translated.error());

  const CompileContext context;
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated->text.data()), translated->text.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, context.context);
  if (code == nullptr) {
    return std::unexpected(
        compile_error(error, translated->origin[std::min<std::size_t>(offset, translated->text.size())]));
  }
  auto compiled = std::make_unique<const Compiled>(code);
  // Without a JIT the interpreter runs the pattern, under the same limits.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return Pattern(std::string(source), std::move(compiled));
}

Match Pattern::search(std::string_view subject) const {
  thread_local Scratch scratch;
  int status = scratch.run(compiled_->code, subject);
  if (is_bad_utf8(status)) status = scratch.run(compiled_->code, with_replacement_characters(subject));
  if (status >= 0) return Match::Yes;
  return status == PCRE2_ERROR_NOMATCH ? Match::No : Match::LimitHit;
}

}  // namespace artifactapi
