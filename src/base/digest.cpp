#include "base/digest.h"

#include <openssl/evp.h>

#include <cstring>
#include <new>
#include <utility>

namespace artifactapi {

namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto before = out.size();
  out.resize(before + 2 * bytes.size());
  auto* digit = out.data() + before;
  for (const auto byte : bytes) {
    *digit++ = kDigits[byte >> 4U];
    *digit++ = kDigits[byte & 15U];
  }
}

Result<Digest> Digest::from_hex(std::string_view hex) {
  if (hex.size() != kBytes * 2) return fail(Code::Invalid, "a SHA-256 has 64 hexadecimal digits");
  Bytes bytes{};
  for (std::size_t i = 0; i < kBytes; ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return fail(Code::Invalid, "not a hexadecimal digit in a SHA-256");
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Digest(bytes);
}

std::string Digest::hex() const {
  return to_hex(bytes_);
}

std::size_t DigestHash::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.bytes().data(), sizeof hash);
  return hash;
}

namespace {

// Looked up once: EVP_sha256() is looked up again, under locks, by every hash that begins with it.
const EVP_MD* sha256() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

// A thread hashes one body after the other: the context of the last one serves the next.
class SpareContext {
 public:
  SpareContext() = default;
  ~SpareContext() { EVP_MD_CTX_free(context_); }
  SpareContext(const SpareContext&) = delete;
  SpareContext& operator=(const SpareContext&) = delete;

  // Null where there is none.
  [[nodiscard]] EVP_MD_CTX* take() noexcept { return std::exchange(context_, nullptr); }
  void put(EVP_MD_CTX* context) noexcept { EVP_MD_CTX_free(std::exchange(context_, context)); }

 private:
  EVP_MD_CTX* context_ = nullptr;
};

SpareContext& spare_context() {
  thread_local SpareContext spare;
  return spare;
}

}  // namespace

Sha256::Sha256() : context_(spare_context().take()) {
  if (!context_) context_.reset(EVP_MD_CTX_new());
  if (!context_ || EVP_DigestInit_ex(context_.get(), sha256(), nullptr) != 1) throw std::bad_alloc();
}

void Sha256::GiveBack::operator()(evp_md_ctx_st* context) const noexcept {
  spare_context().put(context);
}

void Sha256::update(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw std::bad_alloc();
}

Digest Sha256::finish() && {
  Digest::Bytes bytes{};
  if (EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr) != 1) throw std::bad_alloc();
  context_.reset();
  return Digest(bytes);
}

Digest Sha256::of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return std::move(hash).finish();
}

}  // namespace artifactapi
