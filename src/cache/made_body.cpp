#include "cache/made_body.h"

#include "cache/cache_services.h"

#include <memory>
#include <utility>

namespace artifactapi::cache {

void MadeBody::write(std::string_view piece) {
  if (failure_) return;
  size_ += piece.size();
  waiting_ += piece;
  if (waiting_.size() > kSmallBody) put_out();
}

Result<void> MadeBody::finish() {
  if (!failure_ && spool_) put_out();
  if (failure_) return std::unexpected(*failure_);
  if (spool_) spool_.unname();
  return {};
}

void MadeBody::hand_to(Stored& stored) {
  if (!spool_) {
    stored.bytes = std::make_shared<const std::string>(std::move(waiting_));
    return;
  }
  // The room on the disk is given back when nobody sends it any more.
  auto kept = std::make_shared<blobs::SpoolFile>(std::move(spool_));
  stored.file = std::shared_ptr<const File>(kept, kept->file().get());
}

void MadeBody::put_out() {
  auto written = open();
  if (written) written = spool_.append(waiting_);
  if (!written) failure_ = written.error();
  waiting_.clear();
}

Result<void> MadeBody::open() {
  if (spool_) return {};
  auto opened = blobs_.create_spool(std::nullopt);
  if (!opened) return std::unexpected(opened.error());
  spool_ = std::move(*opened);
  return {};
}

}  // namespace artifactapi::cache
