// The plugins for tables and card numbers: bodies of lines, and single values.

#include "support.hpp"

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::FieldValue;
using pact_wasm::Json;

namespace {

TEST(Csv, ComparesTables) {
    const auto csv = host().load("csv");
    pact_wasm::ConfigureRequest configure;
    configure.content_type = "text/csv";
    configure.contents_config = {R"x({"column:id":"matching(integer,7)","column:team":"red"})x"};
    const auto table = csv.configure_interaction(configure);
    EXPECT_EQ(table[0].body.value().content, ByteView("id,team\n7,red\n"));

    auto request = compare_request("text/csv", *table[0].body->content, "id,team\n8,red\n9,red\n");
    request.rules = table[0].rules;
    request.plugin_configuration = table[0].plugin_configuration;
    EXPECT_TRUE(csv.compare_contents(request).matches());

    request.actual.content = "id,team\n8,blue\nnine,red\n";
    const auto comparison = csv.compare_contents(request);
    ASSERT_EQ(comparison.size(), 2U);
    EXPECT_EQ(comparison[0].path, "row:2 column:id");
    EXPECT_EQ(comparison[1].path, "row:1 column:team");
    EXPECT_EQ(comparison[1].expected, ByteView("red"));
    EXPECT_EQ(comparison[1].actual, ByteView("blue"));
}

class CreditCard : public testing::Test {
protected:
    pact_wasm::Comparison match(FieldValue actual) const {
        pact_wasm::MatchFieldRequest request;
        request.key = "creditcard";
        request.rule_type = "creditcard";
        request.rule_values = Json{R"({"brand":"visa"})"};
        request.path = "$.card";
        request.expected = std::string("4111111111111111");
        request.actual = std::move(actual);
        return creditcard_.match_field(request);
    }

    pact_wasm::Plugin creditcard_ = host().load("creditcard");
};

TEST_F(CreditCard, MatchesCardNumbers) {
    EXPECT_TRUE(match("4012 8888 8888 1881").matches());
    EXPECT_TRUE(match(std::int64_t{4012888888881881}).matches());
}

TEST_F(CreditCard, RefusesWhatIsNone) {
    const auto comparison = match("4012888888881882");
    EXPECT_EQ(comparison.verdict(), pact_wasm::Verdict::mismatch);
    ASSERT_EQ(comparison.size(), 1U);
    EXPECT_EQ(comparison[0].path, "$.card");
    EXPECT_EQ(comparison[0].actual, ByteView("4012888888881882"));
    EXPECT_FALSE(comparison[0].description.empty());
    EXPECT_FALSE(match("5555555555554444").matches());  // another brand
    EXPECT_FALSE(match(4.5).matches());
}

TEST_F(CreditCard, GeneratesNumbersThatMatch) {
    pact_wasm::GenerateFieldRequest request;
    request.key = "creditcard";
    request.generator_type = "creditcard";
    request.example = "4111-1111-1111-1111";
    const auto value = creditcard_.generate_field(request);
    ASSERT_TRUE(std::holds_alternative<std::string>(value));
    EXPECT_EQ(std::get<std::string>(value).size(), 19U);
    EXPECT_EQ(std::get<std::string>(value)[4], '-');
    EXPECT_TRUE(match(value).matches());

    request.example = std::int64_t{4111111111111111};
    const auto number = creditcard_.generate_field(request);
    ASSERT_TRUE(std::holds_alternative<std::int64_t>(number));
    EXPECT_TRUE(match(number).matches());
}

}  // namespace
