// The closed set of bodies a response can have. None of them knows a socket.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "runtime/bell.h"
#include "runtime/task.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace artifactapi::cache {

// The end of a stream has three values, so that "broken" can never be taken for "finished".
enum class Stream : std::uint8_t { More, End, Broken };

struct Progress {
  std::uint64_t readable = 0;  // bytes [0, readable) of the file may be sent
  Stream stream = Stream::More;
};

// Reads a file that is still growing, at its own pace. One reader's view of a fill; keeps the fill's interest
// alive until destroyed. Used on one loop.
class Follower {
 public:
  virtual ~Follower() = default;
  // The first bytes, where they are in memory: they are read from here, as far as they are readable.
  [[nodiscard]] virtual std::string_view opening() const { return {}; }
  // The growing file; there once more than the opening is readable, open as long as this object lives. Read
  // it with sendfile or pread only.
  [[nodiscard]] virtual int descriptor() const = 0;
  // Suspends until more than `position` bytes are readable, or the stream has ended or broken. On deadline:
  // the progress as it is (readable <= position, More).
  [[nodiscard]] virtual runtime::Task<Progress> progress(std::uint64_t position,
                                                         runtime::Deadline deadline) = 0;
};

// Bytes passed through without being stored; the slower side sets the pace.
class Relay {
 public:
  virtual ~Relay() = default;
  // At least one byte, or empty at the clean end. An error means the body is broken off.
  [[nodiscard]] virtual runtime::Task<Result<std::string>> next() = 0;
};

struct EmptyBody {};
using Bytes = std::shared_ptr<const std::string>;
struct FileBody {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
struct FollowBody {
  std::shared_ptr<Follower> follower;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  // none: to the end, whose place is not known yet
};
struct RelayBody {
  std::shared_ptr<Relay> relay;
};

using Piece = std::variant<Bytes, FileBody, FollowBody>;
// multipart/byteranges: boundaries as Bytes between the parts.
struct PiecesBody {
  std::vector<Piece> pieces;
};

using Body = std::variant<EmptyBody, Bytes, FileBody, FollowBody, RelayBody, PiecesBody>;

}  // namespace artifactapi::cache
