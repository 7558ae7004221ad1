// What every store of bytes by content must do. A back end instantiates it with a type that has `Store&
// store()`, an empty store with publish_bytes, open and remove_if as in local_blobs.h.
#pragma once

#include "base/digest.h"
#include "base/file.h"
#include "base/result.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace artifactapi::blobs {

inline std::string content_of(const File& file) {
  std::string content;
  std::string piece(std::size_t{64} << 10, '\0');
  while (true) {
    const auto got =
        ::pread(file.descriptor(), piece.data(), piece.size(), static_cast<off_t>(content.size()));
    if (got <= 0) return content;
    content.append(piece, 0, static_cast<std::size_t>(got));
  }
}

template <class Fixture>
class BlobStoreSuite : public ::testing::Test {
 protected:
  decltype(auto) store() { return fixture_.store(); }
  Digest publish(std::string_view content) {
    const auto digest = Sha256::of(content);
    const auto file = store().publish_bytes(content, digest);
    EXPECT_TRUE(file) << file.error().message;
    return digest;
  }
  Code open_failure(const Digest& digest, std::uint64_t size) {
    const auto file = store().open(digest, size);
    EXPECT_FALSE(file);
    return file ? Code::Internal : file.error().code;
  }
  static Result<bool> yes() { return true; }
  static Result<bool> no() { return false; }

  Fixture fixture_;
};
TYPED_TEST_SUITE_P(BlobStoreSuite);

TYPED_TEST_P(BlobStoreSuite, GivesBackTheBytesThatWerePublished) {
  for (const auto& content : {std::string("hello"), std::string(), std::string(300'000, '\0')}) {
    const auto digest = Sha256::of(content);
    const auto published = this->store().publish_bytes(content, digest);
    ASSERT_TRUE(published) << published.error().message;
    const auto opened = this->store().open(digest, content.size());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(content_of(**opened), content);
  }
}

TYPED_TEST_P(BlobStoreSuite, DoesNotFindWhatWasNeverPublished) {
  this->publish("one");
  EXPECT_EQ(this->open_failure(Sha256::of("another"), 7), Code::NotFound);
}

TYPED_TEST_P(BlobStoreSuite, DoesNotOpenABlobOfAnotherSize) {
  const auto digest = this->publish("hello");
  EXPECT_EQ(this->open_failure(digest, 4), Code::Contradicted);
  EXPECT_EQ(this->open_failure(digest, 6), Code::Contradicted);
}

TYPED_TEST_P(BlobStoreSuite, TakesTheSameBytesTwice) {
  const auto digest = this->publish("hello");
  EXPECT_EQ(this->publish("hello"), digest);
  EXPECT_TRUE(this->store().open(digest, 5));
}

TYPED_TEST_P(BlobStoreSuite, RemovesOnlyWhenTheAnswerIsYes) {
  const auto digest = this->publish("hello");
  EXPECT_FALSE(*this->store().remove_if(digest, this->no));
  EXPECT_TRUE(this->store().open(digest, 5));
  const auto unknown =
      this->store().remove_if(digest, [] { return Result<bool>(fail(Code::Io, "no catalog")); });
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(this->store().open(digest, 5));
  EXPECT_TRUE(*this->store().remove_if(digest, this->yes));
  EXPECT_EQ(this->open_failure(digest, 5), Code::NotFound);
  EXPECT_FALSE(*this->store().remove_if(digest, this->yes));
}

TYPED_TEST_P(BlobStoreSuite, GoesOnServingAnOpenBlobThatWasRemoved) {
  const auto digest = this->publish("hello");
  const auto file = this->store().open(digest, 5);
  ASSERT_TRUE(*this->store().remove_if(digest, this->yes));
  EXPECT_EQ(content_of(**file), "hello");
}

TYPED_TEST_P(BlobStoreSuite, StoresAgainWhatWasRemoved) {
  const auto digest = this->publish("hello");
  ASSERT_TRUE(*this->store().remove_if(digest, this->yes));
  this->publish("hello");
  EXPECT_TRUE(this->store().open(digest, 5));
}

TYPED_TEST_P(BlobStoreSuite, AnnouncesABlobBeforeAnyoneCanRemoveIt) {
  constexpr int kRounds = 200;
  const std::string content = "contested";
  const auto digest = Sha256::of(content);
  std::atomic<bool> pinned{false};
  std::atomic<bool> stop{false};
  std::jthread remover([&] {
    while (!stop) ASSERT_TRUE(this->store().remove_if(digest, [&] { return Result<bool>(!pinned); }));
  });
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(this->store().publish_bytes(content, digest, [&] { pinned = true; }));
    ASSERT_TRUE(this->store().open(digest, content.size())) << round;
    pinned = false;
  }
  stop = true;
}

TYPED_TEST_P(BlobStoreSuite, TakesManyPublicationsAtOnce) {
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        const auto content = "content " + std::to_string(i);
        const auto published = this->store().publish_bytes(content, Sha256::of(content));
        ASSERT_TRUE(published) << published.error().message;
        const auto file = this->store().open(Sha256::of(content), content.size());
        ASSERT_TRUE(file) << file.error().message;
        ASSERT_EQ(content_of(**file), content);
      }
    });
  }
}

REGISTER_TYPED_TEST_SUITE_P(BlobStoreSuite, GivesBackTheBytesThatWerePublished,
                            DoesNotFindWhatWasNeverPublished, DoesNotOpenABlobOfAnotherSize,
                            TakesTheSameBytesTwice, RemovesOnlyWhenTheAnswerIsYes,
                            GoesOnServingAnOpenBlobThatWasRemoved, StoresAgainWhatWasRemoved,
                            AnnouncesABlobBeforeAnyoneCanRemoveIt, TakesManyPublicationsAtOnce);

}  // namespace artifactapi::blobs
