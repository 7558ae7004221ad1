#include "blobs/disk_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace artifactapi::blobs {
namespace {

Code code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return Code::NoSpace;
    case EMFILE:
    case ENFILE: return Code::Overloaded;
    default: return Code::Io;
  }
}

}  // namespace

Error disk_error(int error, std::string_view doing) {
  return {code_of(error), fmt::format("cannot {}: {}", doing, std::generic_category().message(error))};
}

}  // namespace artifactapi::blobs
