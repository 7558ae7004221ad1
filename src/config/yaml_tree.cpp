#include "config/yaml_tree.h"

#include "config/yaml_escapes.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace artifactapi::config {
namespace {

// Thrown out of the parser's recursion when a bound is reached; caught in this file.
struct OverBound {
  YAML::Mark mark;
  std::string message;
};

std::size_t count(const YamlNode& node) {
  std::size_t total = 1;
  for (const auto& item : node.items) total += count(item);
  for (const auto& entry : node.entries) total += 1 + count(entry.value);
  return total;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(YamlBounds bounds, const RepairedText& source, const std::string& file, Diagnostics& findings)
      : bounds_(bounds), source_(source), file_(file), findings_(findings) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  // The parser gives the place of what follows, which may be lines away: what stands before it is nearer.
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto [line, column] = last_place_;
    auto node = node_at(mark);
    if (line > 0) {
      node.line = line;
      node.column = column;
      last_place_ = {line, column};
    }
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    auto node = node_at(mark);
    node.kind = YamlNode::Kind::Scalar;
    node.text = value;
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw OverBound{mark, "an alias inside its own anchor"};
    spend(mark, count(found->second));
    add(found->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::Sequence);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::Map);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    merge(open_.back());
    close();
  }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;                 // of a map: read, and waiting for its value
    std::unordered_map<std::string, int> lines;  // of a map: where each key was first
    std::vector<YamlNode> merged;                // values of `<<`
  };

  void error(int line, int column, std::string message, std::string hint = {}) {
    findings_.push_back({file_, line, column, Severity::Error, std::move(message), std::move(hint)});
  }

  void spend(const YAML::Mark& mark, std::size_t nodes) {
    used_ += nodes;
    if (used_ > bounds_.nodes) throw OverBound{mark, fmt::format("more than {} values", bounds_.nodes)};
  }

  YamlNode node_at(const YAML::Mark& mark) {
    spend(mark, 1);
    YamlNode node;
    node.line = mark.line + 1;
    node.column = source_.original_column(node.line, mark.column + 1);
    last_place_ = {node.line, node.column};
    return node;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "!" || tag == "?" || tag == "tag:yaml.org,2002:str") return;
    error(mark.line + 1, source_.original_column(mark.line + 1, mark.column + 1), "tags are not supported");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    refuse_tag(mark, tag);
    if (open_.size() >= bounds_.depth)
      throw OverBound{mark, fmt::format("more than {} levels", bounds_.depth)};
    Frame frame;
    frame.node = node_at(mark);
    frame.node.kind = kind;
    frame.anchor = anchor;
    open_.push_back(std::move(frame));
  }

  void close() {
    auto frame = std::move(open_.back());
    open_.pop_back();
    add(std::move(frame.node), frame.anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_.insert_or_assign(anchor, node);
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& frame = open_.back();
    if (frame.node.kind == YamlNode::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.key) {
      frame.key = std::move(node);
    } else {
      add_entry(frame, std::move(node));
    }
  }

  void add_entry(Frame& frame, YamlNode value) {
    auto key = *std::exchange(frame.key, std::nullopt);
    if (key.kind != YamlNode::Kind::Scalar) {
      return error(key.line, key.column, fmt::format("a key must be text, not {}", to_string(key.kind)));
    }
    if (key.text == "<<") {
      frame.merged.push_back(std::move(value));
      return;
    }
    const auto [first, is_new] = frame.lines.try_emplace(key.text, key.line);
    if (!is_new) {
      return error(key.line, key.column, fmt::format("duplicate key \"{}\"", key.text),
                   fmt::format("first in line {}", first->second));
    }
    frame.node.entries.push_back({std::move(key), std::move(value)});
  }

  // `<<: *anchor` adds the entries of other maps that the map itself does not have.
  void merge(Frame& frame) {
    for (auto& source : frame.merged) {
      if (source.kind == YamlNode::Kind::Map) merge_one(frame, source);
      for (auto& item : source.items) merge_one(frame, item);
    }
  }
  void merge_one(Frame& frame, YamlNode& source) {
    if (source.kind != YamlNode::Kind::Map)
      return error(source.line, source.column, "<< needs a map to merge");
    for (auto& entry : source.entries) {
      if (!frame.lines.try_emplace(entry.key.text, entry.key.line).second) continue;
      frame.node.entries.push_back(std::move(entry));
    }
  }

  YamlBounds bounds_;
  const RepairedText& source_;
  const std::string& file_;
  Diagnostics& findings_;
  std::size_t used_ = 0;
  std::pair<int, int> last_place_{0, 0};  // of the newest node: line, column
  std::vector<Frame> open_;
  std::unordered_map<YAML::anchor_t, YamlNode> anchors_;
  YamlNode root_;
};

struct Failure {
  Diagnostic what;
  bool unknown_escape = false;
};

// One attempt; a failure is given back so that the caller may repair the text and try again.
std::optional<Failure> build(const RepairedText& source, const std::string& file, YamlBounds bounds,
                             YamlNode& tree, Diagnostics& findings) {
  const auto failure = [&](const YAML::Mark& mark, std::string message) {
    const int line = mark.line + 1;
    const int column = source.original_column(line, mark.column + 1);
    return Diagnostic{file, line, column, Severity::Error, std::move(message), {}};
  };
  try {
    std::istringstream stream(source.text);
    YAML::Parser parser(stream);
    TreeBuilder builder(bounds, source, file, findings);
    if (!parser.HandleNextDocument(builder)) return std::nullopt;
    tree = builder.take();
    Diagnostics ignored;
    TreeBuilder second(bounds, source, file, ignored);
    if (parser.HandleNextDocument(second)) {
      findings.push_back({file, 0, 0, Severity::Error, "more than one YAML document in the file", {}});
    }
  } catch (const YAML::Exception& e) {
    const bool escape = std::string_view(e.msg).starts_with(YAML::ErrorMsg::INVALID_ESCAPE);
    return Failure{failure(e.mark, fmt::format("not valid YAML: {}", e.msg)), escape};
  } catch (const OverBound& e) {
    return Failure{failure(e.mark, e.message), false};
  }
  return std::nullopt;
}

void warn_of_repairs(const RepairedText& source, const std::string& file, Diagnostics& findings) {
  int line = 0;
  for (const auto& repair : source.repairs) {
    if (std::exchange(line, repair.line) == repair.line) continue;
    findings.push_back(
        {file, repair.line, repair.column, Severity::Warning,
         fmt::format("\\{} is no escape in double quotes; read as these two characters", repair.letter),
         "write it in single quotes, or with \\\\"});
  }
}

// The parser takes some control characters for the end of the file: what stood behind them would be lost
// unseen.
std::optional<Diagnostic> control_character(std::string_view text, const std::string& file) {
  const auto found = std::ranges::find_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  });
  if (found == text.end()) return std::nullopt;
  const auto before = text.substr(0, static_cast<std::size_t>(found - text.begin()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto start = before.rfind('\n') + 1;  // npos + 1 is 0
  return Diagnostic{file,
                    static_cast<int>(line),
                    static_cast<int>(before.size() - start) + 1,
                    Severity::Error,
                    fmt::format("control character 0x{:02x}", static_cast<unsigned char>(*found)),
                    {}};
}

}  // namespace

std::string to_string(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::Null: return "nothing";
    case YamlNode::Kind::Scalar: return "text";
    case YamlNode::Kind::Sequence: return "a list";
    case YamlNode::Kind::Map: return "a map";
  }
  return "nothing";
}

std::optional<YamlNode> parse_yaml(const std::string& text, const std::string& file_name, YamlBounds bounds,
                                   Diagnostics& findings) {
  if (auto bad = control_character(text, file_name)) {
    findings.push_back(std::move(*bad));
    return std::nullopt;
  }
  YamlNode tree;
  Diagnostics found;
  RepairedText source{text, {}};
  auto failure = build(source, file_name, bounds, tree, found);
  if (failure && failure->unknown_escape) {
    found.clear();
    source = repair_escapes(text);
    warn_of_repairs(source, file_name, findings);
    failure = build(source, file_name, bounds, tree, found);
  }
  findings.insert(findings.end(), found.begin(), found.end());
  if (!failure) return tree;
  findings.push_back(std::move(failure->what));
  return std::nullopt;
}

}  // namespace artifactapi::config
