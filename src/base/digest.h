// SHA-256 as a value, and the running hash that makes one.
#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace artifactapi {

// 32 bytes; prints as 64 lower-case hexadecimal digits.
class Digest {
 public:
  static constexpr std::size_t kBytes = 32;
  using Bytes = std::array<std::uint8_t, kBytes>;

  Digest() = default;
  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}
  // Exactly 64 hexadecimal digits, either case.
  [[nodiscard]] static Result<Digest> from_hex(std::string_view hex);

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  Bytes bytes_{};
};

struct DigestHash {
  // A digest is its own hash: any eight bytes of it.
  std::size_t operator()(const Digest& digest) const noexcept;
};

// A running SHA-256. Used by one thread at a time.
class Sha256 {
 public:
  Sha256();

  void update(std::string_view bytes);
  // The digest of all bytes so far; the hash cannot be used afterwards.
  [[nodiscard]] Digest finish() &&;

  [[nodiscard]] static Digest of(std::string_view bytes);

 private:
  // To the thread that ends the hash, for its next one.
  struct GiveBack {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, GiveBack> context_;
};

// Lower-case hexadecimal digits of any bytes.
std::string to_hex(std::span<const std::uint8_t> bytes);
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);

}  // namespace artifactapi
