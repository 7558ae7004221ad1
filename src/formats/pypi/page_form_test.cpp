#include "formats/pypi/page_form.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::pypi {
namespace {

constexpr auto kJson = PageForm::JsonV1;
constexpr auto kHtml = PageForm::Html;
constexpr auto kHtmlV1 = PageForm::HtmlV1;

TEST(AcceptedForm, ClientsGetWhatTheyPrefer) {
  EXPECT_EQ(accepted_form("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
                          "text/html; q=0.01"),
            kJson);  // pip
  EXPECT_EQ(
      accepted_form(
          "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"),
      kJson);  // uv
  EXPECT_EQ(accepted_form("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            kHtml);                              // a browser
  EXPECT_EQ(accepted_form("text/html"), kHtml);  // old pip
  EXPECT_EQ(accepted_form("application/vnd.pypi.simple.v1+html, text/html;q=0.5"), kHtmlV1);
  EXPECT_EQ(accepted_form("Application/VND.pypi.simple.latest+JSON"), kJson);
}

TEST(AcceptedForm, NoFieldAndAWildcardMeanHtml) {
  for (const auto* accept : {"", " ", "*/*", "*/*;q=0.1"}) EXPECT_EQ(accepted_form(accept), kHtml) << accept;
  EXPECT_EQ(accepted_form("text/*"), kHtml);
  EXPECT_EQ(accepted_form("application/*"), kJson);
  EXPECT_EQ(accepted_form("application/vnd.pypi.simple.v1+json, text/html"), kJson);
  EXPECT_EQ(accepted_form("*/*, application/vnd.pypi.simple.v1+json;q=0"), kHtml);
}

TEST(AcceptedForm, WhoWantsNoneOfOursIsTold) {
  for (const auto* accept : {"application/json", "application/vnd.pypi.simple.v2+json", "text/html;q=0",
                             "image/*", "text/html;q=x", "*/*;q=0.000"}) {
    EXPECT_EQ(accepted_form(accept), std::nullopt) << accept;
  }
}

TEST(AcceptedForm, AFieldTooLongSaysNothing) {
  EXPECT_EQ(accepted_form("application/json" + std::string(kMostAcceptBytes, ' ')), kHtml);
}

TEST(NamedForm, IsAMediaTypeOrAShortName) {
  EXPECT_EQ(named_form("json"), kJson);
  EXPECT_EQ(named_form("html"), kHtml);
  EXPECT_EQ(named_form("application/vnd.pypi.simple.v1+json"), kJson);
  EXPECT_EQ(named_form("application/vnd.pypi.simple.latest html"), kHtmlV1);  // a '+' as forms read it
  for (const auto* none : {"", "xml", "*/*", "text/*", "application/vnd.pypi.simple.v2+json"}) {
    EXPECT_EQ(named_form(none), std::nullopt) << none;
  }
}

TEST(PageForm, LabelsLeadBack) {
  for (const auto form : {kJson, kHtml, kHtmlV1}) EXPECT_EQ(form_of_label(label(form)), form);
  EXPECT_EQ(form_of_label("something"), kHtml);
  EXPECT_EQ(content_type(kJson), "application/vnd.pypi.simple.v1+json");
}

}  // namespace
}  // namespace artifactapi::formats::pypi
