#include "app/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::app {
namespace {

std::expected<CommandLine, Exit> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "artifactapi");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(CommandLine, ServesWithoutASubcommand) {
  const auto line = parse({});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, Command::Serve);
  EXPECT_TRUE(line->flags.empty());
  EXPECT_EQ(parse({"serve"})->command, Command::Serve);
  EXPECT_EQ(parse({"check-config"})->command, Command::CheckConfig);
  EXPECT_EQ(parse({"version"})->command, Command::Version);
  EXPECT_EQ(parse({"--version"})->command, Command::Version);
}

TEST(CommandLine, TakesFlagsBeforeAndAfterTheSubcommand) {
  const config::FlagMap expected = {{"config", "a.yaml"}, {"listen", ":1"}};
  EXPECT_EQ(parse({"--config", "a.yaml", "serve", "--listen=:1"})->flags, expected);
  EXPECT_EQ(parse({"--config=a.yaml", "--listen", ":1"})->flags, expected);
}

TEST(CommandLine, EveryRowOfTheTableIsAFlag) {
  for (const auto& row : config::setting_rows()) {
    const auto flag = "--" + std::string(row.flag);
    const auto line = parse({"serve", flag.c_str(), "some text"});
    ASSERT_TRUE(line) << flag;
    EXPECT_EQ(line->flags, (config::FlagMap{{std::string(row.flag), "some text"}}));
  }
}

TEST(CommandLine, WrongUseEndsWithCodeTwo) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"--lisen", "x"},
                                                                 {"sevre"},
                                                                 {"--listen"},
                                                                 {"serve", "version"},
                                                                 {"--listen", "a", "--listen", "b"},
                                                                 {"-x"}}) {
    const auto line = parse(words);
    ASSERT_FALSE(line) << words[0];
    EXPECT_EQ(line.error().code, 2);
    EXPECT_FALSE(line.error().output.empty());
  }
}

TEST(CommandLine, GenerateTakesTheNameOfADocumentAndIsNotInTheHelp) {
  const auto line = parse({"generate", "zsh"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, Command::Generate);
  EXPECT_EQ(line->document, "zsh");
  EXPECT_EQ(parse({"generate"}).error().code, 2);
  EXPECT_EQ(parse({"generate", "tcsh"}).error().code, 2);
  EXPECT_EQ(parse({"--help"}).error().output.find("generate "), std::string::npos);
}

TEST(CommandLine, HelpNamesEveryFlagVariableAndDefault) {
  for (const auto* word : {"--help", "-h"}) {
    const auto line = parse({word});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, 0);
    for (const auto& row : config::setting_rows()) {
      EXPECT_NE(line.error().output.find("--" + std::string(row.flag) + " "), std::string::npos) << row.flag;
      EXPECT_NE(line.error().output.find(row.variable), std::string::npos) << row.variable;
      EXPECT_NE(line.error().output.find(row.fallback), std::string::npos) << row.fallback;
    }
    for (const auto* name : {"DBHOST", "REDIS_URL", "MINIO_SECURE", "NO_PROXY", "check-config", "version"}) {
      EXPECT_NE(line.error().output.find(name), std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace artifactapi::app
