// What the catalog knows of one artifact, and the changes that may be made to it. Plain values.
#pragma once

#include "base/clock.h"
#include "base/digest.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace artifactapi::catalog {

enum class Kind : std::uint8_t { Immutable, Mutable };

struct Row {
  std::string repository;
  std::string key;         // canonical path, with ?query and variant where there are any
  Digest digest;           // the content address of the bytes
  std::uint64_t size = 0;  // bytes
  Kind kind = Kind::Immutable;
  bool builtin = false;       // matched by a package type's own mutable pattern
  std::string etag;           // the entity tag we serve, quoted, fixed when it was first sent
  std::string upstream_etag;  // as upstream sent it; may be weak or empty
  std::string last_modified;  // upstream's, verbatim; may be empty
  std::string content_type;   // the one we serve
  std::string headers;        // upstream's end-to-end header block, "Name: value\r\n" lines
  Time requested_at{};
  Time stored_at{};
  Time expires_at{};  // Time::max(): never
  Time last_access{};
  bool stale =
      false;  // kept past its time because upstream could not be reached; until upstream is heard again
  std::uint64_t version = 0;  // given by the catalog at each Put and Renew, never used twice; 0: not stored
  friend bool operator==(const Row&, const Row&) = default;
};

// Which version must be there for a change to happen: none given = whatever is there, 0 = no row, else that
// one.
using Expected = std::optional<std::uint64_t>;

// Writes a whole row, never null. `row->version` is not read.
struct Put {
  explicit Put(std::shared_ptr<const Row> row_in, Expected expected_in = std::nullopt)
      : row(std::move(row_in)), expected(expected_in) {}
  explicit Put(Row row_in, Expected expected_in = std::nullopt)
      : Put(std::make_shared<const Row>(std::move(row_in)), expected_in) {}

  std::shared_ptr<const Row> row;
  Expected expected;
};

// A 304 or a stale answer: the bytes stay, the lifetime and perhaps the validators change. Conflicts without
// a row.
struct Renew {
  std::string repository;
  std::string key;
  Expected expected = std::nullopt;
  Time expires_at{};
  std::optional<Time> requested_at = std::nullopt;  // what is not given stays
  std::optional<std::string> upstream_etag = std::nullopt;
  std::optional<std::string> last_modified = std::nullopt;
  std::optional<std::string> headers = std::nullopt;
  bool stale = false;  // see Row
};

// Last use, only ever moved forward. Keeps the version, never conflicts; without a row nothing happens.
struct Touch {
  std::string repository;
  std::string key;
  Time last_access{};
};

// Removes the row; the blob is removed by whoever finds it unreferenced. Without a row: Done, unless one was
// expected.
struct Erase {
  std::string repository;
  std::string key;
  Expected expected = std::nullopt;
};

using Change = std::variant<Put, Renew, Touch, Erase>;

struct Applied {
  enum class Verdict : std::uint8_t { Done, Conflict };
  Verdict verdict = Verdict::Done;
  std::uint64_t version = 0;  // of the row now there, after either verdict; 0: no row
  friend bool operator==(const Applied&, const Applied&) = default;
};

}  // namespace artifactapi::catalog
