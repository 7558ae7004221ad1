#include "cache/verifier.h"

#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace artifactapi::cache {
namespace {

class VerifierTest : public CacheTest {
 protected:
  // Stored by the engine, so that memory has it, too.
  void store(const std::string& key, const std::string& content) {
    upstream.add(content);
    (void)get(remote, immutable(key));
    settle();
  }
  [[nodiscard]] std::filesystem::path file_of(const std::string& content) const {
    return disk.directory.layout().blob(Sha256::of(content));
  }
  void flip_a_bit(const std::string& content) {
    std::fstream file(file_of(content), std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(content.size() / 2));
    file.put(static_cast<char>(content[content.size() / 2] ^ 1));
  }
  // The first call may begin in the middle: the second one goes over all.
  static void read_all(Verifier& verifier) {
    for (int i = 0; i < 3; ++i) verifier.read_on();
  }

  ProfilePtr remote = profile();
  std::string large = std::string(std::size_t{3} << 20U, 'l');
};

TEST_F(VerifierTest, LeavesSoundBytesAlone) {
  store("small", "small");
  store("empty", "");
  store("large", large);
  Verifier verifier(services, Seconds{1});
  read_all(verifier);
  for (const auto* key : {"small", "empty", "large"}) {
    EXPECT_EQ(expect<Stored>(get(remote, immutable(key))).outcome, Outcome::Hit) << key;
  }
  EXPECT_EQ(upstream.times_asked(), 3U);
}

TEST_F(VerifierTest, RemovesDamagedBytesAndTheNextRequestsFetchThemAgain) {
  for (const auto& content : {std::string("small"), large}) {
    const auto key = std::to_string(content.size());
    store(key, content);
    flip_a_bit(content);
    Verifier verifier(services, Seconds{1});
    read_all(verifier);
    EXPECT_FALSE(std::filesystem::exists(file_of(content)));
    store(key, content);
    EXPECT_EQ(bytes_of(expect<Stored>(get(remote, immutable(key)))), content);
    EXPECT_TRUE(std::filesystem::exists(file_of(content)));
  }
  EXPECT_EQ(upstream.times_asked(), 4U);
}

TEST_F(VerifierTest, ATruncatedFileIsDamagedToo) {
  store("a", large);
  std::filesystem::resize_file(file_of(large), 10);
  Verifier verifier(services, Seconds{1});
  read_all(verifier);
  EXPECT_FALSE(std::filesystem::exists(file_of(large)));
}

TEST_F(VerifierTest, ReadsALargeBlobInParts) {
  store("a", large);
  flip_a_bit(large);
  Verifier verifier(services, Seconds{6});
  verifier.read_on();
  verifier.read_on();
  verifier.read_on();
  EXPECT_TRUE(std::filesystem::exists(file_of(large))) << "half of it is read";
  for (int i = 0; i < 6; ++i) verifier.read_on();
  EXPECT_FALSE(std::filesystem::exists(file_of(large)));
}

TEST_F(VerifierTest, NeverReadsWhereItIsSwitchedOff) {
  store("a", large);
  flip_a_bit(large);
  Verifier verifier(services, Seconds{0});
  read_all(verifier);
  EXPECT_TRUE(std::filesystem::exists(file_of(large)));
}

}  // namespace
}  // namespace artifactapi::cache
