// What a document promises, as a list for tests.
#pragma once

#include "formats/promise.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats::testing {

class FilesTold final : public PromiseSink {
 public:
  void take(std::string_view file, const Promise& promise) override {
    files.emplace_back(file);
    promises.push_back(promise);
  }
  std::vector<std::string> files;
  std::vector<Promise> promises;
};

// The files that `each` tells of; each has to be what `find` says of it.
inline std::vector<std::string> files_told(const RenditionAsked& document, EachPromise each,
                                           FindPromise find) {
  FilesTold told;
  each(document, told);
  for (std::size_t at = 0; at < told.files.size(); ++at) {
    const auto found = find(document, told.files[at]);
    EXPECT_TRUE(found) << told.files[at];
    if (!found) continue;
    EXPECT_EQ(found->digest, told.promises[at].digest) << told.files[at];
    EXPECT_EQ(found->algorithm, told.promises[at].algorithm) << told.files[at];
    EXPECT_EQ(found->url, told.promises[at].url) << told.files[at];
  }
  return told.files;
}

}  // namespace artifactapi::formats::testing
