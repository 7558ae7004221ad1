#include "formats/pypi/zip_member.h"

#define ZLIB_CONST  // input is not written to
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <zlib.h>

namespace artifactapi::formats::pypi {

namespace {

constexpr std::size_t kEndBytes = 22;             // of the end of central directory record
constexpr std::size_t kMostComment = 65'535;      // behind it
constexpr std::size_t kLocatorBytes = 20;         // of zip64, before it
constexpr std::size_t kEnd64Bytes = 56;           // of zip64's own end record
constexpr std::size_t kDirectoryEntryBytes = 46;  // before the name
constexpr std::size_t kLocalHeaderBytes = 30;     // likewise
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;       // the value is in a zip64 field

// Little-endian numbers at fixed places. The caller knows that they are there.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i - 1]);
  return value;
}
std::size_t number16(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(number(bytes, at, 2));
}
std::uint32_t number32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number(bytes, at, 4));
}

std::unexpected<Error> no_archive(const char* why) {
  return fail(Code::Invalid, std::string("this is no zip archive: ").append(why));
}

Result<std::string> read(const ByteRanges& archive, std::uint64_t offset, std::uint64_t count) {
  if (offset > archive.size || count > archive.size - offset) return no_archive("it points behind its end");
  auto bytes = archive.read(offset, static_cast<std::size_t>(count));
  if (bytes && bytes->size() != count) return fail(Code::Internal, "a range came in another length");
  return bytes;
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t members = 0;
};

struct Member {
  std::uint64_t header = 0;  // offset of its local header
  std::uint64_t packed = 0;
  std::uint64_t plain = 0;
  std::uint32_t crc = 0;
  std::size_t method = 0;
  bool encrypted = false;
};

Result<Directory> find_directory64(const ByteRanges& archive, std::uint64_t end_at) {
  if (end_at < kLocatorBytes) return no_archive("it has no zip64 locator");
  const auto locator = read(archive, end_at - kLocatorBytes, kLocatorBytes);
  if (!locator) return std::unexpected(locator.error());
  if (!locator->starts_with("PK\x06\x07")) return no_archive("it has no zip64 locator");
  const auto end = read(archive, number(*locator, 8, 8), kEnd64Bytes);
  if (!end) return std::unexpected(end.error());
  if (!end->starts_with("PK\x06\x06")) return no_archive("it has no zip64 end");
  return Directory{number(*end, 48, 8), number(*end, 40, 8), number(*end, 32, 8)};
}

Result<Directory> find_directory(const ByteRanges& archive) {
  const auto tail_bytes = std::min<std::uint64_t>(archive.size, kEndBytes + kMostComment);
  const auto tail = read(archive, archive.size - tail_bytes, tail_bytes);
  if (!tail) return std::unexpected(tail.error());
  // The last one: a comment may hold anything, but is as long as the record says.
  for (auto at = tail->rfind("PK\x05\x06"); at != std::string::npos;
       at = at == 0 ? std::string::npos : tail->rfind("PK\x05\x06", at - 1)) {
    if (tail->size() - at < kEndBytes || number16(*tail, at + 20) != tail->size() - at - kEndBytes) continue;
    const auto end = std::string_view(*tail).substr(at);
    Directory found{number(end, 16, 4), number(end, 12, 4), number(end, 10, 2)};
    const bool is_64 = found.offset == kIn64 || found.bytes == kIn64 || found.members == 0xFFFF;
    return is_64 ? find_directory64(archive, archive.size - tail->size() + at) : Result<Directory>(found);
  }
  return no_archive("it has no end record");
}

// The zip64 field (id 1) holds, in this order, those of the three that did not fit.
bool take_from_64(std::string_view extra, Member& member) {
  while (extra.size() >= 4) {
    const auto bytes = number16(extra, 2);
    if (bytes > extra.size() - 4) return false;
    auto field = extra.substr(4, bytes);
    if (number16(extra, 0) != 1) {
      extra.remove_prefix(4 + bytes);
      continue;
    }
    for (auto* value : {&member.plain, &member.packed, &member.header}) {
      if (*value != kIn64) continue;
      if (field.size() < 8) return false;
      *value = number(field, 0, 8);
      field.remove_prefix(8);
    }
    return true;
  }
  return false;
}

// One entry at the front of `directory`, which is taken off it.
struct Listed {
  std::string_view name;
  Member member;
};
std::optional<Listed> take_entry(std::string_view& directory) {
  if (directory.size() < kDirectoryEntryBytes || !directory.starts_with("PK\x01\x02")) return std::nullopt;
  const auto name_bytes = number16(directory, 28);
  const auto extra_bytes = number16(directory, 30);
  const auto whole = kDirectoryEntryBytes + name_bytes + extra_bytes + number16(directory, 32);
  if (whole > directory.size()) return std::nullopt;
  Listed listed;
  listed.name = directory.substr(kDirectoryEntryBytes, name_bytes);
  auto& member = listed.member;
  member.encrypted = (number16(directory, 8) & 1U) != 0;
  member.method = number16(directory, 10);
  member.crc = number32(directory, 16);
  member.packed = number32(directory, 20);
  member.plain = number32(directory, 24);
  member.header = number32(directory, 42);
  const bool is_64 = member.packed == kIn64 || member.plain == kIn64 || member.header == kIn64;
  const auto extra = directory.substr(kDirectoryEntryBytes + name_bytes, extra_bytes);
  if (is_64 && !take_from_64(extra, member)) return std::nullopt;
  directory.remove_prefix(whole);
  return listed;
}

Result<Member> find_member(const ByteRanges& archive, const std::function<bool(std::string_view)>& wanted) {
  const auto place = find_directory(archive);
  if (!place) return std::unexpected(place.error());
  if (place->bytes > kMostDirectoryBytes || place->members > kMostMembers) {
    return fail(Code::TooLarge, "the archive has too many members");
  }
  const auto directory = read(archive, place->offset, place->bytes);
  if (!directory) return std::unexpected(directory.error());
  std::string_view rest = *directory;
  for (std::uint64_t i = 0; i < place->members; ++i) {
    const auto listed = take_entry(rest);
    if (!listed) return no_archive("its directory is damaged");
    if (wanted(listed->name)) return listed->member;
  }
  return fail(Code::NotFound, "the archive has no such member");
}

Result<std::string> inflate(std::string_view packed, std::size_t plain_bytes) {
  std::string plain(plain_bytes, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return fail(Code::Internal, "zlib does not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ending(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int done = ::inflate(&stream, Z_FINISH);
  if (done != Z_STREAM_END || stream.total_out != plain_bytes) return no_archive("a member is damaged");
  return plain;
}

Result<std::string> unpack(const Member& member, std::string packed) {
  const bool is_stored = member.method == 0;
  if (is_stored && packed.size() != member.plain) return no_archive("a member has two lengths");
  Result<std::string> plain =
      is_stored ? std::move(packed) : inflate(packed, static_cast<std::size_t>(member.plain));
  if (!plain) return plain;
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(plain->data()), plain->size());
  if (crc != member.crc) return no_archive("a member is not what its checksum says");
  return plain;
}

}  // namespace

Result<std::string> read_zip_member(const ByteRanges& archive,
                                    const std::function<bool(std::string_view name)>& wanted) {
  const auto member = find_member(archive, wanted);
  if (!member) return std::unexpected(member.error());
  if (member->plain > kMostMemberBytes || member->packed > kMostMemberBytes) {
    return fail(Code::TooLarge, "the archive's member is too large");
  }
  if (member->encrypted || (member->method != 0 && member->method != Z_DEFLATED)) {
    return no_archive("a member is packed in a way not known here");
  }
  const auto header = read(archive, member->header, kLocalHeaderBytes);
  if (!header) return std::unexpected(header.error());
  if (!header->starts_with("PK\x03\x04")) return no_archive("a member has no header");
  const auto data = member->header + kLocalHeaderBytes + number16(*header, 26) + number16(*header, 28);
  auto packed = read(archive, data, member->packed);
  if (!packed) return packed;
  return unpack(*member, std::move(*packed));
}

}  // namespace artifactapi::formats::pypi
