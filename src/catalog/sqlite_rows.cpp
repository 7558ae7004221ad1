#include "catalog/sqlite_rows.h"

#include <algorithm>
#include <limits>

namespace artifactapi::catalog {
namespace {

std::optional<std::uint64_t> read_unsigned(const Statement& statement, int column) {
  const auto number = statement.number(column);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

bool read_text(const Statement& statement, int column, std::string& into) {
  const auto text = statement.text(column);
  if (text) into = *text;
  return text.has_value();
}

bool read_time(const Statement& statement, int column, Time& into) {
  const auto number = statement.number(column);
  if (number) into = Time(Milliseconds(*number));
  return number.has_value();
}

std::int64_t milliseconds(Time time) {
  return time.time_since_epoch().count();
}

}  // namespace

std::optional<Digest> read_digest(const Statement& statement, int column) {
  const auto bytes = statement.bytes(column);
  if (!bytes || bytes->size() != Digest::kBytes) return std::nullopt;
  Digest::Bytes copy{};
  std::ranges::copy(*bytes, copy.begin());
  return Digest(copy);
}

std::optional<Row> read_row(const Statement& statement) {
  const auto digest = read_digest(statement, 2);
  const auto size = read_unsigned(statement, 3);
  const auto kind = read_unsigned(statement, 4);
  const auto builtin = read_unsigned(statement, 5);
  const auto version = read_unsigned(statement, 15);
  const auto stale = read_unsigned(statement, 16);
  if (!digest || !size || !kind || !builtin || !version || !stale) return std::nullopt;
  if (*kind > 1 || *builtin > 1 || *version == 0 || *stale > 1) return std::nullopt;

  Row row;
  row.digest = *digest;
  row.size = *size;
  row.kind = *kind == 0 ? Kind::Immutable : Kind::Mutable;
  row.builtin = *builtin == 1;
  row.version = *version;
  row.stale = *stale == 1;
  const bool texts = read_text(statement, 0, row.repository) && read_text(statement, 1, row.key) &&
                     read_text(statement, 6, row.etag) && read_text(statement, 7, row.upstream_etag) &&
                     read_text(statement, 8, row.last_modified) &&
                     read_text(statement, 9, row.content_type) && read_text(statement, 10, row.headers);
  const bool times = read_time(statement, 11, row.requested_at) && read_time(statement, 12, row.stored_at) &&
                     read_time(statement, 13, row.expires_at) && read_time(statement, 14, row.last_access);
  if (!texts || !times) return std::nullopt;
  return row;
}

Result<void> bind_row(Statement& statement, const Row& row, std::uint64_t version) {
  if (row.size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(Code::Invalid, "catalog: a size over 2^63");
  }
  statement.bind(1, row.repository);
  statement.bind(2, row.key);
  statement.bind(3, std::span<const std::uint8_t>(row.digest.bytes()));
  statement.bind(4, static_cast<std::int64_t>(row.size));
  statement.bind(5, std::int64_t{row.kind == Kind::Mutable});
  statement.bind(6, std::int64_t{row.builtin});
  statement.bind(7, row.etag);
  statement.bind(8, row.upstream_etag);
  statement.bind(9, row.last_modified);
  statement.bind(10, row.content_type);
  statement.bind(11, row.headers);
  statement.bind(12, milliseconds(row.requested_at));
  statement.bind(13, milliseconds(row.stored_at));
  statement.bind(14, milliseconds(row.expires_at));
  statement.bind(15, milliseconds(row.last_access));
  statement.bind(16, static_cast<std::int64_t>(version));
  statement.bind(17, std::int64_t{row.stale});
  return {};
}

}  // namespace artifactapi::catalog
