#include "formats/pypi/file_entry.h"

#include "formats/through_us.h"
#include "http/characters.h"
#include "http/percent.h"
#include "http/utf8.h"

#include <algorithm>
#include <array>

namespace artifactapi::formats::pypi {

namespace {

using boost::json::object;
using boost::json::value;

struct Algorithm {
  std::string_view name;
  std::size_t bytes;
  std::optional<DigestAlgorithm> verified;
};

// The strongest first.
constexpr std::array<Algorithm, 6> kAlgorithms{{{"sha512", 64, DigestAlgorithm::Sha512},
                                                {"sha384", 48, DigestAlgorithm::Sha384},
                                                {"sha256", 32, DigestAlgorithm::Sha256},
                                                {"sha224", 28, {}},
                                                {"sha1", 20, DigestAlgorithm::Sha1},
                                                {"md5", 16, {}}}};

std::optional<std::string> unhex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string raw;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const int high = http::hex_value(digits[at]);
    const int low = http::hex_value(digits[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    raw += static_cast<char>(high * 16 + low);
  }
  return raw;
}

// "algorithm=digits", the digits as many as it has. Nothing: it is something else.
std::optional<object> parse_digest(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto* const known = std::ranges::find(kAlgorithms, text.substr(0, equals), &Algorithm::name);
  const auto digits = text.substr(equals + 1);
  if (known == kAlgorithms.end() || digits.size() != 2 * known->bytes || !unhex(digits)) return std::nullopt;
  object digests;
  digests[known->name] = digits;
  return digests;
}

// Takes the digest out of a fragment's parts and leaves the others.
object take_digest(std::string& link) {
  const auto hash = link.find('#');
  if (hash == std::string::npos) return {};
  object digests;
  std::string others;
  for (std::string_view rest = std::string_view(link).substr(hash + 1); !rest.empty();) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto part = rest.substr(0, end);
    if (auto found = parse_digest(part)) {
      if (digests.empty()) digests = std::move(*found);
    } else if (!part.empty()) {
      others.append(others.empty() ? "#" : "&").append(part);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  link.resize(hash);
  link += others;
  return digests;
}

// The last segment of a link's path, decoded where that gives text; empty: it names a folder, or nothing.
std::string name_of_link(std::string_view link) {
  auto path = link.substr(0, link.find_first_of("?#"));
  path.remove_prefix(path.rfind('/') + 1);
  auto name = http::percent_decode(path);
  if (!name || !http::is_utf8(*name)) return std::string(path);
  return *name != "." && *name != ".." ? std::move(*name) : std::string();
}

// "true", "false" or a digest; nothing else has a meaning (PEP 658).
std::optional<value> metadata_of(const std::optional<std::string>& written) {
  if (!written) return std::nullopt;
  if (*written == "true") return value(true);
  if (*written == "false") return value(false);
  if (auto digests = parse_digest(*written)) return value(std::move(*digests));
  return std::nullopt;
}

bool is_known_attribute(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "href",        "data-requires-python", "data-core-metadata", "data-dist-info-metadata",
      "data-yanked", "data-gpg-sig",         "data-provenance"};
  return std::ranges::find(kKnown, name) != kKnown.end();
}

void read_attributes(const HtmlTags& anchor, FileEntry& entry) {
  if (auto python = anchor.value("data-requires-python")) entry.fields["requires-python"] = *python;
  auto metadata = metadata_of(anchor.value("data-core-metadata"));
  if (!metadata) metadata = metadata_of(anchor.value("data-dist-info-metadata"));
  if (metadata) entry.fields["core-metadata"] = std::move(*metadata);
  if (auto signature = anchor.value("data-gpg-sig")) entry.fields["gpg-sig"] = *signature == "true";
  if (auto provenance = anchor.value("data-provenance")) entry.fields["provenance"] = *provenance;
  if (auto reason = anchor.value("data-yanked")) {
    entry.fields["yanked"] = reason->empty() ? value(true) : value(*reason);
  }
  for (const auto& attribute : anchor.attributes()) {
    const bool is_data = attribute.name.starts_with("data-") || attribute.name == "rel";
    if (!is_data || is_known_attribute(attribute.name)) continue;
    // PEP 503's letters only: it is written again as it is.
    const bool plain =
        std::ranges::all_of(attribute.name, [](char c) { return http::is_alnum(c) || c == '-'; });
    if (plain) entry.attributes.emplace_back(attribute.name, *anchor.value(attribute.name));
  }
}

void lead_field_through_us(const RenditionAsked& page, FileEntry& entry, std::string_view name) {
  const auto link = text_field(entry, name);
  if (link.empty()) return;
  if (const auto target = link_target(page, link)) entry.fields[name] = through_us(page, *target);
}

}  // namespace

std::optional<FileEntry> entry_of_anchor(const HtmlTags& anchor) {
  auto link = anchor.value("href");
  if (!link) return std::nullopt;
  const auto first = link->find_first_not_of(" \t\r\n\f");
  if (first == std::string::npos) return std::nullopt;
  *link = link->substr(first, link->find_last_not_of(" \t\r\n\f") - first + 1);
  auto name = name_of_link(*link);
  if (name.empty()) return std::nullopt;
  FileEntry entry;
  auto digests = take_digest(*link);
  entry.fields["filename"] = name;
  entry.fields["url"] = *link;
  entry.fields["hashes"] = std::move(digests);
  read_attributes(anchor, entry);
  return entry;
}

std::string_view text_field(const FileEntry& entry, std::string_view name) {
  const auto* const found = entry.fields.if_contains(name);
  return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

const value* core_metadata(const FileEntry& entry) {
  for (const auto* name : {"core-metadata", "dist-info-metadata", "data-dist-info-metadata"}) {
    const auto* const found = entry.fields.if_contains(name);
    if (found == nullptr) continue;
    const bool offered = found->is_object() || (found->is_bool() && found->get_bool());
    return offered ? found : nullptr;
  }
  return nullptr;
}

void lead_through_us(const RenditionAsked& page, FileEntry& entry) {
  lead_field_through_us(page, entry, "url");
  lead_field_through_us(page, entry, "provenance");
  if (entry.fields.contains("core-metadata")) return;
  if (const auto* const metadata = entry.fields.if_contains("dist-info-metadata")) {
    auto copy = *metadata;
    entry.fields["core-metadata"] = std::move(copy);
  }
}

std::optional<NamedDigest> strongest(const value* digests) {
  if (digests == nullptr || !digests->is_object()) return std::nullopt;
  for (const auto& algorithm : kAlgorithms) {
    const auto* const digits = digests->get_object().if_contains(algorithm.name);
    if (!algorithm.verified || digits == nullptr || !digits->is_string()) continue;
    auto raw = unhex(std::string_view(digits->get_string()));
    if (raw && raw->size() == algorithm.bytes) return NamedDigest{*algorithm.verified, std::move(*raw)};
  }
  return std::nullopt;
}

std::string digest_text(const value* digests) {
  if (digests == nullptr || !digests->is_object()) return {};
  const auto& all = digests->get_object();
  auto chosen = all.find("sha256");
  if (chosen == all.end()) chosen = all.begin();
  if (chosen == all.end() || !chosen->value().is_string()) return {};
  return std::string(chosen->key()).append("=").append(std::string_view(chosen->value().get_string()));
}

}  // namespace artifactapi::formats::pypi
