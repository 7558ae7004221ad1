#include "formats/alpine/alpine.h"
#include "formats/docker/docker.h"
#include "formats/format.h"
#include "formats/generic/generic.h"
#include "formats/helm/helm.h"
#include "formats/npm/npm.h"
#include "formats/pypi/pypi.h"
#include "formats/rpm/rpm.h"

#include <array>

namespace artifactapi::formats {

namespace {

constexpr std::array<const Format*, 7> kAll{&kGeneric, &kAlpine, &kRpm, &kDocker, &kHelm, &kNpm, &kPypi};

}  // namespace

std::span<const Format* const> all() {
  return kAll;
}

const Format* find(std::string_view name) {
  for (const auto* format : kAll) {
    if (format->name == name) return format;
  }
  return nullptr;
}

}  // namespace artifactapi::formats
