#include "formats/helm/yaml_scan.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::helm {
namespace {

// "a.b[]=value" for each scalar.
class Told final : public ScalarVisitor {
 public:
  bool scalar(const Path& path, const Scalar& scalar) override {
    text += place(path) + "=" + value_of(scalar) + "\n";
    return true;
  }
  void item(const Path&) override { ++items; }

  static std::string place(const Path& path) {
    std::string text;
    for (const auto& step : path) text += step.item ? "[]" : (text.empty() ? "" : ".") + step.key;
    return text;
  }

  std::string text;
  int items = 0;
};

std::string told(std::string_view document) {
  Told visitor;
  const auto read = scan_yaml(document, visitor);
  return read ? visitor.text : read.error().message;
}

TEST(YamlScan, BlockCollectionsWithDashesAtEitherColumn) {
  EXPECT_EQ(told("a:\n- x\n- y: 1\n  z: 2\nb: 3\n"), "a[]=x\na[].y=1\na[].z=2\nb=3\n");
  EXPECT_EQ(told("a:\n  - x\n  - - y\n    - z\nb:\n    c: 3"), "a[]=x\na[][]=y\na[][]=z\nb.c=3\n");
}

TEST(YamlScan, FlowCollectionsAndJson) {
  EXPECT_EQ(told(R"({"a":{"b":["x","y"],"c":1},"d":[{"e":"f"},{"e":"g"}]})"),
            "a.b[]=x\na.b[]=y\na.c=1\nd[].e=f\nd[].e=g\n");
  EXPECT_EQ(told("a: {b: [x, 'y, z'], c: {}}\nd: [\n  e, # remark\n  f\n]\ng: h\n"),
            "a.b[]=x\na.b[]=y, z\nd[]=e\nd[]=f\ng=h\n");
}

TEST(YamlScan, ScalarsOfAllStyles) {
  EXPECT_EQ(told("a: 'it''s'\nb: \"q\\\"\\/\\u0026\"\nc: plain # remark\nd: a#b\n\"e f\": g:h\n'i': j\n"),
            "a=it's\nb=q\"/&\nc=plain\nd=a#b\ne f=g:h\ni=j\n");
}

TEST(YamlScan, WhatGoesOverSeveralLinesIsPassedOver) {
  EXPECT_EQ(told("a: |\n  urls:\n  - x\n\n  more\nb: >-\n  folded: 1\nc: some words\n  that: go on\nd: "
                 "\"two\n  lines\"\ne: 1\n"),
            "e=1\n");
  EXPECT_EQ(told("- x\n  goes on\n- y\n"), "[]=y\n");
}

TEST(YamlScan, MarkersDirectivesCommentsAndOddLineEnds) {
  EXPECT_EQ(told("\xEF\xBB\xBF%YAML 1.2\n---\n# a: 1\r\nb: 2\r\n...\n--- {c: d}\n"), "b=2\nc=d\n");
  EXPECT_EQ(told(""), "");
  EXPECT_EQ(told("\n\n"), "");
  EXPECT_EQ(told("a: &x 1\nb: *x\nc: !!str 2\nd: 3"), "d=3\n");
}

TEST(YamlScan, KeysOfTheirOwnLines) {
  EXPECT_EQ(
      told("a:\n  b:\n    c: 1\n  ? 'long: it\n    s'\n  : v\n  ? |\n    - x: y\n  : - w\n  d: 2\ne: 3\n"),
      "a.b.c=1\na.=v\na.=- w\na.d=2\ne=3\n");
}

TEST(YamlScan, DepthAndKeysAreBounded) {
  const std::string start = "upstream's index cannot be read: ";
  EXPECT_EQ(told(std::string(kMostDepth + 1, '[') + "1"), start + "it is nested too deeply");
  std::string deep;
  for (std::size_t i = 0; i <= kMostDepth; ++i) deep += std::string(i, ' ') + "k:\n";
  EXPECT_EQ(told(deep), start + "it is nested too deeply");
  EXPECT_EQ(told(std::string(kMostKeyBytes + 1, 'k') + ": 1"), start + "a key is too long");
  EXPECT_EQ(told("a: \"x"), start + "a quote does not end");
  EXPECT_EQ(told("a: [x"), start + "a bracket does not close");
  EXPECT_EQ(told("a: [x}"), start + "brackets do not match");
}

}  // namespace
}  // namespace artifactapi::formats::helm
