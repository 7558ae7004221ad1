// A data directory with its accounting and store, as the program puts them together.
#pragma once

#include "blobs/data_dir.h"
#include "blobs/local_blobs.h"
#include "blobs/space.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace artifactapi::blobs {

struct LocalDisk {
  explicit LocalDisk(const std::filesystem::path& path, SpaceLimit limit = {}, std::uint64_t blob_bytes = 0)
      : directory(DataDir::open(path).value()),
        space(Space::open(path, limit, blob_bytes).value()),
        store(std::make_unique<LocalBlobs>(directory.layout(), *space,
                                           [this](const Digest& digest) { replaced.push_back(digest); })) {}
  LocalDisk(const LocalDisk&) = delete;
  LocalDisk& operator=(const LocalDisk&) = delete;

  DataDir directory;
  std::unique_ptr<Space> space;
  std::vector<Digest> replaced;  // damaged blobs; for one thread
  std::unique_ptr<LocalBlobs> store;
};

}  // namespace artifactapi::blobs
