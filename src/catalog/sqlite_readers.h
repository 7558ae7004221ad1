// The connections that read.
#pragma once

#include "base/result.h"
#include "catalog/sqlite_connection.h"

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace artifactapi::catalog {

// Connections are opened when first needed and kept; with all in use, the next caller waits.
class Readers {
 public:
  // One caller's use of a connection, given back on destruction.
  class Lease {
   public:
    Lease(Readers& readers, std::unique_ptr<Connection> connection)
        : readers_(readers), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Readers& readers_;
    std::unique_ptr<Connection> connection_;
  };

  Readers(std::filesystem::path path, std::size_t limit) : path_(std::move(path)), limit_(limit) {}

  [[nodiscard]] Result<Lease> take();

 private:
  [[nodiscard]] Result<std::unique_ptr<Connection>> open() const;
  void give_back(std::unique_ptr<Connection> connection);

  const std::filesystem::path path_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
};

}  // namespace artifactapi::catalog
