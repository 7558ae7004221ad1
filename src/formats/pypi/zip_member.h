// One member of a zip archive (APPNOTE 6.3), read without touching the others. Pure.
#pragma once

#include "base/result.h"
#include "formats/pypi/byte_ranges.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace artifactapi::formats::pypi {

inline constexpr std::uint64_t kMostDirectoryBytes = 64ULL << 20U;
inline constexpr std::uint64_t kMostMembers = 1'000'000;
inline constexpr std::size_t kMostMemberBytes = 16U << 20U;  // before and after it is inflated

// The bytes of the first member that `wanted` says yes to, checked against its length and CRC-32. Stored or
// deflated, with the archive's zip64 fields where it has them. NotFound: there is none. Invalid: this is no
// such archive, or the member is encrypted or packed in another way. TooLarge: over the limits above.
[[nodiscard]] Result<std::string> read_zip_member(const ByteRanges& archive,
                                                  const std::function<bool(std::string_view name)>& wanted);

}  // namespace artifactapi::formats::pypi
