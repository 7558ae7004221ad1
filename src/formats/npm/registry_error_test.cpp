#include "formats/npm/registry_error.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::npm {
namespace {

TEST(RegistryError, IsWhatClientsShow) {
  EXPECT_EQ(error_body(502, "", "upstream's \"body\""), "{\"error\":\"upstream's \\\"body\\\"\"}\n");
  EXPECT_EQ(error_body(404, "Not found", "upstream answered with status 404"),
            "{\"error\":\"Not found\",\"reason\":\"upstream answered with status 404\"}\n");
}

}  // namespace
}  // namespace artifactapi::formats::npm
