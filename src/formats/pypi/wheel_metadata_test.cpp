#include "formats/pypi/wheel_metadata.h"

#include "formats/pypi/zip_member.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>
#include <zlib.h>

namespace artifactapi::formats::pypi {
namespace {

std::string le(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string deflated(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Member {
  std::string name;
  std::string content;
  bool deflate = true;
  unsigned flags = 0;
  std::uint64_t claimed = 0;  // length, when it shall not be the true one
};

struct Built {
  bool zip64 = false;
  std::string comment = {};
};

std::string zip(const std::vector<Member>& members, const Built& how = {}) {
  std::string file;
  std::string directory;
  for (const auto& member : members) {
    const auto data = member.deflate ? deflated(member.content) : member.content;
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(member.content.data()), member.content.size());
    const auto plain = member.claimed != 0 ? member.claimed : member.content.size();
    const auto common = le(member.flags, 2) + le(member.deflate ? 8 : 0, 2) + le(0, 4) + le(crc, 4);
    const auto lengths =
        how.zip64 ? le(0xFFFFFFFF, 4) + le(0xFFFFFFFF, 4) : le(data.size(), 4) + le(plain, 4);
    const auto extra = how.zip64 ? le(7, 2) + le(1, 2) + "x" + le(1, 2) + le(24, 2) + le(plain, 8) +
                                       le(data.size(), 8) + le(file.size(), 8)
                                 : std::string();
    directory += "PK\x01\x02" + le(20, 2) + le(20, 2) + common + lengths + le(member.name.size(), 2) +
                 le(extra.size(), 2) + le(0, 2) + le(0, 4) + le(0, 4) +
                 (how.zip64 ? le(0xFFFFFFFF, 4) : le(file.size(), 4)) + member.name + extra;
    file += "PK\x03\x04" + le(20, 2) + common + le(data.size(), 4) + le(plain, 4) +
            le(member.name.size(), 2) + le(3, 2) + member.name + "xyz" + data;
  }
  const auto at = file.size();
  file += directory;
  if (how.zip64) {
    const auto end = file.size();
    file += "PK\x06\x06" + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 8) + le(members.size(), 8) +
            le(members.size(), 8) + le(directory.size(), 8) + le(at, 8);
    file += "PK\x06\x07" + le(0, 4) + le(end, 8) + le(1, 4);
    file += "PK\x05\x06" + le(0, 4) + le(0xFFFF, 2) + le(0xFFFF, 2) + le(0xFFFFFFFF, 4) + le(0xFFFFFFFF, 4);
  } else {
    file += "PK\x05\x06" + le(0, 4) + le(members.size(), 2) + le(members.size(), 2) +
            le(directory.size(), 4) + le(at, 4);
  }
  return file + le(how.comment.size(), 2) + how.comment;
}

ByteRanges ranges_of(const std::string& file) {
  return {file.size(), [&file](std::uint64_t offset, std::size_t count) -> Result<std::string> {
            return file.substr(offset, count);
          }};
}

Result<std::string> metadata_in(const std::string& file) {
  return metadata_of_wheel(ranges_of(file), "My.Demo-1.0-py3-none-any.whl");
}

const std::string kMetadata = "Metadata-Version: 2.1\nName: my-demo\nVersion: 1.0\n" + std::string(5000, 'x');

std::vector<Member> wheel() {
  return {{"my_demo/__init__.py", ""},
          {"my_demo/_vendor/other-1.0.dist-info/METADATA", "wrong"},
          {"other-1.0.dist-info/METADATA", "wrong"},
          {"my_demo-1.0.dist-info/METADATA", kMetadata},
          {"my_demo-1.0.dist-info/RECORD", "x"}};
}

TEST(WheelMetadata, IsTheMemberOfTheWheelsOwnName) {
  EXPECT_EQ(*metadata_in(zip(wheel())), kMetadata);
  EXPECT_EQ(*metadata_in(zip(wheel(), {.zip64 = true, .comment = {}})), kMetadata);
  EXPECT_EQ(*metadata_in(zip(
                wheel(), {.comment = std::string("a comment with PK\x05\x06 in it") + std::string(30, 'x')})),
            kMetadata);
  auto stored = wheel();
  stored[3].deflate = false;
  EXPECT_EQ(*metadata_in(zip(stored)), kMetadata);
}

TEST(WheelMetadata, AWheelWithoutItHasNone) {
  const auto file = zip({{"my_demo/__init__.py", "x"}});
  EXPECT_EQ(metadata_in(file).error().code, Code::NotFound);
  EXPECT_EQ(metadata_of_wheel(ranges_of(file), "demo.zip").error().code, Code::Invalid);
}

TEST(WheelMetadata, DamageAndOtherPackingsAreRefused) {
  auto encrypted = wheel();
  encrypted[3].flags = 1;
  EXPECT_EQ(metadata_in(zip(encrypted)).error().code, Code::Invalid);
  auto claims_less = wheel();
  claims_less[3].claimed = 100;
  EXPECT_EQ(metadata_in(zip(claims_less)).error().code, Code::Invalid);
  auto bomb = wheel();
  bomb[3].claimed = kMostMemberBytes + 1;
  EXPECT_EQ(metadata_in(zip(bomb)).error().code, Code::TooLarge);
  auto changed = wheel();
  changed[3].deflate = false;
  auto file = zip(changed);
  file[file.find("my-demo")] = 'M';
  EXPECT_EQ(metadata_in(file).error().code, Code::Invalid);
}

TEST(WheelMetadata, EveryCutIsNoticed) {
  const auto file = zip(wheel());
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes)
    EXPECT_FALSE(metadata_in(file.substr(0, bytes))) << bytes;
}

TEST(WheelMetadata, ADirectoryTooLargeIsNotRead) {
  auto file = zip(wheel(), {.zip64 = true, .comment = {}});
  const auto end = file.find("PK\x06\x06");
  file.replace(end + 40, 8, le(kMostDirectoryBytes + 1, 8));
  EXPECT_EQ(metadata_in(file).error().code, Code::TooLarge);
}

TEST(WheelMetadata, ErrorsOfTheReaderAreHandedThrough) {
  const ByteRanges broken{
      100, [](std::uint64_t, std::size_t) -> Result<std::string> { return fail(Code::Io, "gone"); }};
  EXPECT_EQ(metadata_of_wheel(broken, "a-1-py3-none-any.whl").error().code, Code::Io);
}

}  // namespace
}  // namespace artifactapi::formats::pypi
