#include "cache/promise_check.h"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace artifactapi::cache {

namespace {

const EVP_MD* algorithm_of(formats::DigestAlgorithm algorithm) {
  switch (algorithm) {
    case formats::DigestAlgorithm::Sha1: return EVP_sha1();
    case formats::DigestAlgorithm::Sha256: return EVP_sha256();
    case formats::DigestAlgorithm::Sha384: return EVP_sha384();
    case formats::DigestAlgorithm::Sha512: return EVP_sha512();
  }
  return EVP_sha256();
}

}  // namespace

struct PromiseCheck::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  explicit Context(const EVP_MD* algorithm) {
    if (evp != nullptr && EVP_DigestInit_ex(evp, algorithm, nullptr) == 1) return;
    EVP_MD_CTX_free(evp);
    throw std::bad_alloc();
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
};

PromiseCheck::PromiseCheck(const formats::Promise& promise) : promised_(promise.digest) {
  if (!promised_.empty()) context_ = std::make_unique<Context>(algorithm_of(promise.algorithm));
}
PromiseCheck::PromiseCheck(PromiseCheck&&) noexcept = default;
PromiseCheck& PromiseCheck::operator=(PromiseCheck&&) noexcept = default;
PromiseCheck::~PromiseCheck() = default;

void PromiseCheck::update(std::string_view bytes) {
  if (context_) EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

bool PromiseCheck::kept() {
  if (!context_) return true;
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context_->evp, made.data(), &size) != 1) return false;
  return promised_ == std::string_view(reinterpret_cast<const char*>(made.data()), size);
}

std::optional<bool> kept_by(const Digest& digest, const formats::Promise& promise) {
  if (promise.digest.empty()) return true;
  if (promise.algorithm != formats::DigestAlgorithm::Sha256) return std::nullopt;
  const auto& raw = digest.bytes();
  return promise.digest == std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size());
}

}  // namespace artifactapi::cache
