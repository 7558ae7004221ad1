#include "http/challenge.h"

#include "http/characters.h"
#include "http/headers.h"

#include <algorithm>
#include <utility>

namespace artifactapi::http {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_token68_character(char c) {
  return is_alnum(c) || std::string_view("-._~+/").contains(c);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view rest) : rest_(rest) {}

  std::vector<Challenge> read() {
    while (skip_commas(), !rest_.empty() && challenges_.size() < kMaxChallenges) {
      Challenge challenge;
      const bool whole = read_challenge(challenge);
      if (!whole) break;
      challenges_.push_back(std::move(challenge));
    }
    return std::move(challenges_);
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  void skip_commas() {
    while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == ',')) rest_.remove_prefix(1);
  }
  [[nodiscard]] bool at_element_end() const { return rest_.empty() || rest_.front() == ','; }

  template <class Accept>
  std::string_view take_while(Accept accept) {
    const auto end = std::ranges::find_if_not(rest_, accept);
    const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  // False: not one, or cut off.
  bool read_challenge(Challenge& challenge) {
    const auto scheme = take_while(is_token_character);
    if (scheme.empty()) return false;
    challenge.scheme = lower(scheme);
    if (at_element_end()) return true;
    if (!is_space(rest_.front())) return false;
    skip_spaces();
    if (at_element_end() || read_token68(challenge)) return true;
    do {
      if (!read_parameter(challenge)) return false;
    } while (another_parameter_follows());
    return true;
  }

  bool read_token68(Challenge& challenge) {
    const auto before = rest_;
    take_while(is_token68_character);
    take_while([](char c) { return c == '='; });
    const auto text = before.substr(0, before.size() - rest_.size());
    skip_spaces();
    if (at_element_end() && !text.empty()) {
      challenge.token68 = text;
      return true;
    }
    rest_ = before;
    return false;
  }

  bool read_parameter(Challenge& challenge) {
    const auto name = take_while(is_token_character);
    skip_spaces();
    if (name.empty() || rest_.empty() || rest_.front() != '=') return false;
    if (challenge.parameters.size() == kMaxChallengeParameters) return false;
    rest_.remove_prefix(1);
    skip_spaces();
    auto value = read_value();
    if (!value) return false;
    challenge.parameters.push_back({lower(name), std::move(*value)});
    skip_spaces();
    return at_element_end();
  }

  std::optional<std::string> read_value() {
    if (!rest_.empty() && rest_.front() == '"') return read_quoted();
    const auto visible = [](char c) { return !is_control(c) && !is_space(c) && c != '"' && c != ','; };
    const auto text = take_while(visible);
    if (text.empty()) return std::nullopt;
    return std::string(text);
  }

  std::optional<std::string> read_quoted() {
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\') ++i;
      if (i == rest_.size()) break;
      if (is_control(rest_[i]) && rest_[i] != '\t') break;
      value += rest_[i];
    }
    return std::nullopt;
  }

  // A comma ends a parameter and a challenge alike: only what follows tells.
  bool another_parameter_follows() {
    const auto before = rest_;
    skip_commas();
    const auto start = rest_;
    const auto name = take_while(is_token_character);
    skip_spaces();
    const bool parameter = !name.empty() && !rest_.empty() && rest_.front() == '=';
    rest_ = parameter ? start : before;
    return parameter;
  }

  std::string_view rest_;
  std::vector<Challenge> challenges_;
};

}  // namespace

std::optional<std::string_view> Challenge::get(std::string_view name) const {
  const auto found = std::ranges::find_if(
      parameters, [name](const auto& parameter) { return equal_ignoring_case(parameter.name, name); });
  if (found == parameters.end()) return std::nullopt;
  return found->value;
}

std::vector<Challenge> parse_challenges(std::string_view value) {
  return ChallengeReader(value.substr(0, kMaxChallengeBytes)).read();
}

}  // namespace artifactapi::http
