#include "app/generated_document.h"

#include "app/command_table.h"
#include "config/settings.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::app {
namespace {

// In the manual page every dash is "\-".
std::string as_in_man(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '-' ? std::string("\\-") : std::string(1, c);
  return out;
}

TEST(GeneratedDocument, EachNamesEverySettingCommandAndGeneralFlag) {
  for (const auto& name : document_names()) {
    const auto text = generated_document(name);
    const bool man = name == "man";
    const auto flag = [&](std::string_view word) {
      if (man) return as_in_man("--" + std::string(word)) + "\\fR";
      return (name == "fish" ? " -l " : "--") + std::string(word);
    };
    for (const auto& row : config::setting_rows()) {
      EXPECT_NE(text.find(flag(row.flag)), std::string::npos) << name << " " << row.flag;
    }
    for (const auto& row : general_flags()) {
      EXPECT_NE(text.find(flag(row.long_name)), std::string::npos) << name << " " << row.long_name;
    }
    for (const auto& row : command_rows()) {
      EXPECT_NE(text.find(man ? as_in_man(row.name) : std::string(row.name)), std::string::npos) << name;
    }
    EXPECT_EQ(text.find("generate "), std::string::npos) << name;
  }
}

TEST(GeneratedDocument, TheManualPageNamesEveryVariableAndDefault) {
  const auto text = generated_document("man");
  for (const auto& row : config::setting_rows()) {
    EXPECT_NE(text.find(as_in_man(row.variable)), std::string::npos) << row.variable;
    EXPECT_NE(text.find("default: " + as_in_man(row.fallback) + "."), std::string::npos) << row.fallback;
  }
  for (const auto& row : variable_rows()) EXPECT_NE(text.find(row.names), std::string::npos) << row.names;
}

TEST(GeneratedDocument, ThereIsNoneOfAnotherName) {
  EXPECT_EQ(generated_document("tcsh"), "");
}

}  // namespace
}  // namespace artifactapi::app
