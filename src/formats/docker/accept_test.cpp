#include "formats/docker/accept.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::docker {
namespace {

constexpr auto kIndex = "application/vnd.oci.image.index.v1+json";
constexpr auto kManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr auto kDocker = "application/vnd.docker.distribution.manifest.v2+json";

TEST(ManifestAccept, WhoNamesNothingKnownTakesWhateverThereIs) {
  for (const auto* accept : {"", "*/*", "application/*", "application/json", "text/html, */*;q=0.1", ",,;"}) {
    EXPECT_TRUE(ManifestTypes::of_accept(accept).is_anything()) << accept;
    EXPECT_TRUE(suits(accept, kIndex)) << accept;
  }
}

TEST(ManifestAccept, OrderCaseAndWeightsDoNotMatter) {
  const auto types = ManifestTypes::of_accept(
      "application/VND.docker.distribution.manifest.v2+json;q=0.5 , "
      "application/vnd.oci.image.manifest.v1+json");
  EXPECT_EQ(types.accept(), std::string(kManifest) + ", " + kDocker);
  EXPECT_EQ(types.label(), "oci+docker");
}

TEST(ManifestAccept, AWeightOfZeroRefuses) {
  const auto accept = std::string(kIndex) + ";q=0.0, " + kManifest;
  EXPECT_FALSE(suits(accept, kIndex));
  EXPECT_TRUE(suits(accept, kManifest));
}

TEST(ManifestAccept, ParametersOfTheStoredTypeDoNotMatter) {
  EXPECT_TRUE(suits(kIndex, std::string(kIndex) + "; charset=utf-8"));
  EXPECT_FALSE(suits(kManifest, std::string(kIndex) + ";x"));
}

TEST(ManifestAccept, ATypeUnknownHereIsWhatItIs) {
  EXPECT_TRUE(suits(kManifest, "application/octet-stream"));
}

TEST(ManifestAccept, UpstreamIsAskedForEveryTypeButTheFirstSchema) {
  EXPECT_EQ(every_manifest_type(), std::string(kIndex) + ", " + kManifest +
                                       ", application/vnd.docker.distribution.manifest.list.v2+json, " +
                                       kDocker);
}

}  // namespace
}  // namespace artifactapi::formats::docker
