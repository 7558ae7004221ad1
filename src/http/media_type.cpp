#include "http/media_type.h"

#include "http/characters.h"
#include "http/headers.h"
#include "http/percent.h"
#include "http/utf8.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace artifactapi::http {

namespace {

struct Ending {
  std::string_view text;  // lower-case, with its dot
  std::string_view type;
};

constexpr std::string_view kBinary = "application/octet-stream";
constexpr std::string_view kGzip = "application/gzip";
constexpr std::string_view kJar = "application/java-archive";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kSignature = "application/pgp-signature";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kXml = "application/xml";
constexpr std::string_view kYaml = "application/yaml";
constexpr std::string_view kZip = "application/zip";

constexpr auto kEndings = std::to_array<Ending>({
    {".7z", "application/x-7z-compressed"},
    {".aar", kJar},
    {".apk", kBinary},  // packages of two systems share the ending
    {".appimage", kBinary},
    {".asc", kSignature},
    {".bin", kBinary},
    {".box", kBinary},
    {".bz2", "application/x-bzip2"},
    {".cab", "application/vnd.ms-cab-compressed"},
    {".conda", kBinary},
    {".cpio", "application/x-cpio"},
    {".crate", kGzip},
    {".crt", "application/x-x509-ca-cert"},
    {".css", "text/css; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".deb", "application/vnd.debian.binary-package"},
    {".dmg", "application/x-apple-diskimage"},
    {".dsc", kText},
    {".ear", kJar},
    {".egg", kZip},
    {".exe", "application/vnd.microsoft.portable-executable"},
    {".gem", kBinary},
    {".gif", "image/gif"},
    {".gpg", "application/pgp-keys"},
    {".gz", kGzip},
    {".htm", "text/html; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".img", kBinary},
    {".iso", "application/x-iso9660-image"},
    {".jar", kJar},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", kJson},
    {".lz", "application/x-lzip"},
    {".lz4", "application/x-lz4"},
    {".lzma", "application/x-lzma"},
    {".md", "text/markdown; charset=utf-8"},
    {".md5", kText},
    {".metadata", kText},
    {".mjs", "text/javascript; charset=utf-8"},
    {".mod", kText},
    {".module", kJson},
    {".msi", "application/x-msi"},
    {".nupkg", kZip},
    {".pdf", "application/pdf"},
    {".pem", "application/x-pem-file"},
    {".pkg", kBinary},
    {".png", "image/png"},
    {".pom", kXml},
    {".prov", kText},
    {".ps1", kText},
    {".py", "text/x-python; charset=utf-8"},
    {".qcow2", kBinary},
    {".rpm", "application/x-rpm"},
    {".run", kBinary},
    {".sh", "application/x-sh"},
    {".sha1", kText},
    {".sha256", kText},
    {".sha256sum", kText},
    {".sha512", kText},
    {".sha512sum", kText},
    {".sig", kSignature},
    {".sign", kSignature},
    {".snupkg", kZip},
    {".svg", "image/svg+xml"},
    {".tar", "application/x-tar"},
    {".tar.bz2", "application/x-bzip2"},
    {".tar.gz", kGzip},
    {".tar.lz", "application/x-lzip"},
    {".tar.xz", "application/x-xz"},
    {".tar.zst", "application/zstd"},
    {".tbz2", "application/x-bzip2"},
    {".tgz", kGzip},
    {".toml", "application/toml"},
    {".txt", kText},
    {".txz", "application/x-xz"},
    {".udeb", "application/vnd.debian.binary-package"},
    {".vsix", kZip},
    {".war", kJar},
    {".wasm", "application/wasm"},
    {".webp", "image/webp"},
    {".whl", kZip},
    {".xml", kXml},
    {".xpi", kZip},
    {".xz", "application/x-xz"},
    {".yaml", kYaml},
    {".yml", kYaml},
    {".zck", kBinary},
    {".zip", kZip},
    {".zst", "application/zstd"},
});

// Names that say what they are without an ending; their case is part of them.
constexpr auto kTextNames = std::to_array<std::string_view>(
    {"InRelease", "MD5SUMS", "Packages", "Release", "SHA1SUMS", "SHA256SUMS", "SHA512SUMS", "Sources"});

constexpr std::size_t kLongestEnding =
    std::ranges::max(kEndings, {}, [](const Ending& e) { return e.text.size(); }).text.size();

std::optional<std::string_view> type_of_ending(std::string_view text) {
  const auto found = std::ranges::find_if(
      kEndings, [&](const Ending& ending) { return equal_ignoring_case(ending.text, text); });
  if (found == kEndings.end()) return std::nullopt;
  return found->type;
}

constexpr std::size_t kMaxOfferedNameBytes = 255;

// Valid UTF-8 without control characters and separators, of bounded length.
std::string offered_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t length = utf8_sequence(name);
    const std::string_view sequence = name.substr(0, std::max<std::size_t>(length, 1));
    if (out.size() + sequence.size() > kMaxOfferedNameBytes) break;
    const char c = sequence.front();
    if (length == 0 || is_control(c) || c == '/' || c == '\\') {
      out += '_';
    } else {
      out += sequence;
    }
    name.remove_prefix(sequence.size());
  }
  return out;
}

// RFC 8187 attr-char
bool is_attribute_character(char c) {
  return is_token_character(c) && c != '*' && c != '\'' && c != '%';
}

}  // namespace

std::optional<std::string_view> content_type_for(std::string_view file_name) {
  if (std::ranges::find(kTextNames, file_name) != kTextNames.end()) return kText;
  // From the left: the first ending that is known is the longest.
  const std::size_t start = file_name.size() > kLongestEnding ? file_name.size() - kLongestEnding : 0;
  for (std::size_t dot = file_name.find('.', start); dot != std::string_view::npos;
       dot = file_name.find('.', dot + 1)) {
    if (const auto type = type_of_ending(file_name.substr(dot))) return type;
  }
  return std::nullopt;
}

std::string_view file_name(std::string_view encoded_path) {
  return encoded_path.substr(encoded_path.rfind('/') + 1);
}

std::string content_disposition(std::string_view decoded_file_name) {
  const bool usual = !decoded_file_name.empty() && decoded_file_name.size() <= kMaxOfferedNameBytes &&
                     std::ranges::all_of(decoded_file_name, is_attribute_character);
  if (usual) {
    constexpr std::string_view kBefore = "attachment; filename=\"";
    std::string out;
    out.reserve(kBefore.size() + decoded_file_name.size() + 1);
    return out.append(kBefore).append(decoded_file_name).append("\"");
  }
  const std::string name = offered_name(decoded_file_name);
  if (name.empty()) return "attachment";
  std::string plain;
  std::string extended;
  for (const char c : name) {
    // Quotes and percent signs are read differently by different clients, so the plain form does without.
    const bool is_plain = static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '%';
    plain += is_plain ? c : '_';
    if (is_attribute_character(c)) {
      extended += c;
    } else {
      append_percent_encoded(extended, c);
    }
  }
  std::string out = "attachment; filename=\"" + plain + '"';
  if (plain != name) out += "; filename*=UTF-8''" + extended;
  return out;
}

}  // namespace artifactapi::http
