#include "catalog/sqlite_readers.h"

namespace artifactapi::catalog {

Readers::Lease::~Lease() {
  if (connection_) readers_.give_back(std::move(connection_));
}

Result<Readers::Lease> Readers::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || open_ < limit_; });
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
    ++open_;
  }
  auto opened = open();
  if (opened) return Lease(*this, std::move(*opened));
  const std::lock_guard lock(mutex_);
  --open_;
  returned_.notify_one();
  return std::unexpected(opened.error());
}

Result<std::unique_ptr<Connection>> Readers::open() const {
  auto connection = Connection::open(path_);
  if (!connection) return std::unexpected(connection.error());
  if (auto done = connection->configure(Connection::Access::Read); !done)
    return std::unexpected(done.error());
  return std::make_unique<Connection>(std::move(*connection));
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace artifactapi::catalog
