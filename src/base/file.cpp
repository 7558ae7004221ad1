#include "base/file.h"

#include <unistd.h>

namespace artifactapi {

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace artifactapi
