// remotes.yaml: any bytes load or are refused, never crash or hang, and no secret is shown.
#include "config/load.h"
#include "config/redact.h"
#include "config/yaml_escapes.h"
#include "require.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

using artifactapi::config::Environment;
using artifactapi::config::PackageType;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<PackageType, 2> kTypes = {{{"generic", true}, {"docker", false}}};
  static const Environment kEnvironment = {{"SECRET", "canary-7f3a"}};
  const std::string text(reinterpret_cast<const char*>(data), size);

  const auto repaired = artifactapi::config::repair_escapes(text);
  FUZZ_REQUIRE(repaired.text.size() == text.size() + repaired.repairs.size());

  const auto remotes = artifactapi::config::load_remotes(text, "remotes.yaml", kTypes, kEnvironment);
  if (!remotes) {
    FUZZ_REQUIRE(artifactapi::config::has_errors(remotes.error()));
    const bool written_out = text.contains("canary-7f3a");
    for (const auto& finding : remotes.error()) {
      FUZZ_REQUIRE(written_out || !to_string(finding).contains("canary-7f3a"));
    }
    return 0;
  }
  for (const auto& repository : remotes->repositories) {
    FUZZ_REQUIRE(remotes->find(repository.name) == &repository);
  }
  const artifactapi::config::Settings settings;
  FUZZ_REQUIRE(!artifactapi::config::redacted_json(*remotes, settings).empty());
  return 0;
}
