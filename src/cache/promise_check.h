// Whether bytes have the digest that a document promised, of any of its algorithms.
#pragma once

#include "base/digest.h"
#include "formats/promise.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::cache {

// Used by one coroutine, on any thread at a time.
class PromiseCheck {
 public:
  // A promise without a digest is kept by any bytes.
  explicit PromiseCheck(const formats::Promise& promise);
  PromiseCheck(PromiseCheck&&) noexcept;
  PromiseCheck& operator=(PromiseCheck&&) noexcept;
  ~PromiseCheck();

  void update(std::string_view bytes);
  // Once, after the last byte.
  [[nodiscard]] bool kept();

 private:
  struct Context;
  std::unique_ptr<Context> context_;  // null: nothing to compare
  std::string promised_;
};

// Whether bytes with that SHA-256 keep the promise. Nothing: one has to read them.
[[nodiscard]] std::optional<bool> kept_by(const Digest& digest, const formats::Promise& promise);

}  // namespace artifactapi::cache
