// The JWT plugin, as a consumer test uses it.

#include "support.hpp"

#include <algorithm>

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::Json;
using pact_wasm::Verdict;

namespace {

pact_wasm::Interaction configure(const pact_wasm::Plugin &jwt, const std::string &subject) {
    pact_wasm::ConfigureRequest request;
    request.content_type = "application/jwt";
    request.contents_config = {R"({"algorithm":"HS256","secret":"for tests","issuer":"shop","subject":")" + subject + "\"}"};
    return jwt.configure_interaction(request);
}

pact_wasm::Comparison compare(const pact_wasm::Plugin &jwt, const pact_wasm::Interaction &expected, ByteView actual,
                              std::string_view content_type = "application/jwt") {
    const auto &part = expected[0];
    pact_wasm::CompareRequest request;
    request.expected = part.body.value();
    request.actual = {content_type, actual};
    request.rules = part.rules;
    request.plugin_configuration = part.plugin_configuration;
    return jwt.compare_contents(request);
}

class Jwt : public testing::Test {
protected:
    pact_wasm::Host host_ = host();
    pact_wasm::Plugin jwt_ = host_.load("jwt");
};

TEST_F(Jwt, IsInstalled) {
    const auto installed = host_.discover();
    const auto found = std::find_if(installed.begin(), installed.end(),
                                    [](const pact_wasm::InstalledPlugin &plugin) { return plugin.name == "jwt"; });
    ASSERT_NE(found, installed.end());
    EXPECT_EQ(found->version, "0.1.0");
    EXPECT_EQ(found->executable_type, "wasm");
    EXPECT_EQ(found->directory, (plugin_directory() / "jwt-0.1.0").string());
    EXPECT_EQ(found->problem, std::nullopt);
}

TEST_F(Jwt, TellsAboutItself) {
    const auto info = jwt_.info();
    EXPECT_EQ(info.name, "jwt");
    EXPECT_EQ(info.version, "0.1.0");
    EXPECT_EQ(info.directory, (plugin_directory() / "jwt-0.1.0").string());
    EXPECT_EQ(info.instance_id.size(), 36U);
    EXPECT_EQ(info.roles.text, R"(["content-matcher","content-generator"])");
    EXPECT_EQ(info.capabilities, Json{"[]"});
}

TEST_F(Jwt, HasEntriesInTheCatalogue) {
    const auto own = jwt_.catalogue();
    ASSERT_EQ(own.size(), 2U);
    EXPECT_EQ(own[0].key, "plugin/jwt/content-matcher/jwt");
    EXPECT_EQ(own[0].plugin_name, "jwt");
    EXPECT_EQ(own[0].entry_type, "content-matcher");
    EXPECT_TRUE(contains(own[0].values.text, "application/jwt")) << own[0].values.text;
    EXPECT_EQ(own[1].key, "plugin/jwt/content-generator/jwt");

    const auto all = host_.catalogue();
    ASSERT_GT(all.size(), 2U);
    EXPECT_EQ(all[0].plugin_name, std::nullopt);
    EXPECT_EQ(all[all.size() - 1].key, own[1].key);
}

TEST_F(Jwt, IsLoadedByDirectoryAndVersion) {
    EXPECT_EQ(host_.load_directory(plugin_directory() / "jwt-0.1.0").info().instance_id, jwt_.info().instance_id);
    EXPECT_EQ(host_.load("jwt", "0.1.0").info().instance_id, jwt_.info().instance_id);
}

TEST_F(Jwt, ConfiguresAnInteraction) {
    const auto token = configure(jwt_, "alice");
    ASSERT_EQ(token.size(), 1U);
    const auto &part = token[0];
    EXPECT_EQ(part.part_name, "");
    ASSERT_TRUE(part.body.has_value());
    EXPECT_EQ(part.body->content_type, "application/jwt");
    EXPECT_EQ(part.body->hint, pact_wasm::Hint::text);
    EXPECT_EQ(part.body->content.value().text().substr(0, 3), "eyJ");
    EXPECT_EQ(part.rules.text, R"({"$.claims.exp":[{"type":"integer"}],"$.claims.jti":[{"type":"type"}]})");
    EXPECT_TRUE(contains(part.generators.text, "JWT")) << part.generators.text;
    EXPECT_EQ(part.message_metadata, std::nullopt);
    EXPECT_EQ(part.metadata_rules, Json{"{}"});
    EXPECT_EQ(part.metadata_generators, Json{"{}"});
    EXPECT_TRUE(contains(part.plugin_configuration.interaction.value().text, "HS256"));
    EXPECT_EQ(part.plugin_configuration.pact, std::nullopt);
    EXPECT_TRUE(contains(part.markup, "HS256")) << part.markup;
    EXPECT_EQ(part.markup_type, pact_wasm::Markup::common_mark);
    EXPECT_EQ(token.configuration().interaction, std::nullopt);
}

TEST_F(Jwt, MatchesAnotherTokenThatIsAsGood) {
    const auto expected = configure(jwt_, "alice"), actual = configure(jwt_, "alice");
    ASSERT_NE(expected[0].body->content, actual[0].body->content);
    const auto comparison = compare(jwt_, expected, actual[0].body->content.value());
    EXPECT_EQ(comparison.verdict(), Verdict::match);
    EXPECT_TRUE(comparison.matches());
    EXPECT_TRUE(comparison.empty());
}

TEST_F(Jwt, SaysWhatIsWrong) {
    const auto expected = configure(jwt_, "alice");
    const auto other = configure(jwt_, "bob");
    const auto comparison = compare(jwt_, expected, other[0].body->content.value());
    EXPECT_EQ(comparison.verdict(), Verdict::mismatch);
    EXPECT_FALSE(comparison.matches());
    ASSERT_EQ(comparison.size(), 1U);
    for (const auto &mismatch : comparison) {
        EXPECT_EQ(mismatch.path, "claims:sub");
        EXPECT_EQ(mismatch.expression, "claims:sub");
        EXPECT_EQ(mismatch.description, R"(expected the claim "sub" to be "alice", but it is "bob")");
        EXPECT_EQ(mismatch.expected, ByteView("\"alice\""));
        EXPECT_EQ(mismatch.actual, ByteView("\"bob\""));
        EXPECT_EQ(mismatch.mismatch_type, "body");
    }

    auto tampered = expected[0].body->content->to_vector();
    auto &letter = tampered[tampered.size() - 20];
    letter = letter == 'A' ? 'B' : 'A';
    EXPECT_EQ(compare(jwt_, expected, tampered).size(), 1U);
}

TEST_F(Jwt, DoesNotCompareAnotherType) {
    const auto expected = configure(jwt_, "alice");
    const auto comparison = compare(jwt_, expected, "hello", "text/plain");
    EXPECT_EQ(comparison.verdict(), Verdict::content_type);
    ASSERT_EQ(comparison.size(), 1U);
    EXPECT_EQ(comparison[0].expected, ByteView("application/jwt"));
    EXPECT_EQ(comparison[0].actual, ByteView("text/plain"));
}

TEST_F(Jwt, RenewsATokenForTheProvider) {
    const auto token = configure(jwt_, "alice");
    const auto &part = token[0];
    pact_wasm::GenerateRequest request;
    request.body = part.body.value();
    request.generators = part.generators;
    request.plugin_configuration = part.plugin_configuration;
    request.test_mode = pact_wasm::TestMode::provider;
    request.content_for = pact_wasm::ContentFor::response;
    const auto renewed = jwt_.generate_content(request);
    EXPECT_EQ(renewed.body().content_type, "application/jwt");
    EXPECT_NE(renewed.body().content, part.body->content);
    EXPECT_TRUE(compare(jwt_, token, renewed.body().content.value()).matches());
}

TEST_F(Jwt, IsCalledWithJson) {
    const auto response = jwt_.call(
        "configure-interaction", {R"({"contentType":"application/jwt","contentsConfig":{"algorithm":"HS256","secret":"s"}})"});
    EXPECT_TRUE(contains(response.text, R"({"interactions":[{"contents":{"contentType":"application/jwt","content":")"))
        << response.text;
    EXPECT_EQ(jwt_.call("update-catalogue", {R"({"catalogue":[]})"}), Json{"{}"});
}

TEST_F(Jwt, KeepsItsLog) {
    const auto logs = jwt_.logs();
    ASSERT_EQ(logs.size(), 1U);
    EXPECT_EQ(logs[0].target, "jwt::init");
    EXPECT_EQ(logs[0].message, "jwt 0.1.0 for pact_wasm 0.1.0");
    EXPECT_EQ(logs[0].level, pact_wasm::Level::info);
    EXPECT_EQ(logs[0].plugin_name, "jwt");
    EXPECT_EQ(logs[0].plugin_instance_id, jwt_.info().instance_id);
    EXPECT_EQ(logs[0].test_run_id, std::nullopt);
    const auto age = std::chrono::system_clock::now() - logs[0].time;
    EXPECT_GE(age, std::chrono::milliseconds(-1));
    EXPECT_LT(age, std::chrono::minutes(10));
}

TEST_F(Jwt, GoesIntoAPactFile) {
    const auto request = configure(jwt_, "alice"), response = configure(jwt_, "bob");
    pact_wasm::PactFile pact("web \"shop\"\n\\", "löwe");
    EXPECT_EQ(pact.json().text, "{\"consumer\":{\"name\":\"web \\\"shop\\\"\\u000a\\\\\"},\"provider\":{\"name\":\"löwe\"}}");
    pact.add_plugin(jwt_).add_interaction({R"({"type":"Synchronous/HTTP","description":"a token for a token",
                                               "request":{"method":"POST","path":"/token"},"response":{"status":201}})"},
                                          {&request, &response});
    pact.add_interaction({R"({"type":"Asynchronous/Messages","description":"a token"})"}, {nullptr, nullptr, &request});

    const auto &text = pact.json().text;
    EXPECT_TRUE(contains(text, R"("name": "web \"shop\"\n\\")")) << text;
    EXPECT_TRUE(contains(text, R"("name": "löwe")"));
    EXPECT_TRUE(contains(text, R"("path": "/token")"));
    EXPECT_TRUE(contains(text, R"("status": 201)"));
    EXPECT_TRUE(contains(text, R"("contents": {)"));
    EXPECT_TRUE(contains(text, R"("name": "jwt")"));
    // Base64 of eyJ, with which tokens begin: request, response, message.
    std::size_t tokens = 0;
    for (auto place = text.find("\"ZXlK"); place != std::string::npos; place = text.find("\"ZXlK", place + 1)) {
        ++tokens;
    }
    EXPECT_EQ(tokens, 3U);

    const auto path = scratch() / "pact.json";
    pact.write(path);
    EXPECT_EQ(read_file(path), text);
    pact_wasm::PactFile copy{Json{read_file(path)}};
    copy.add_interaction({R"({"type":"Asynchronous/Messages","description":"a token"})"}, {nullptr, nullptr, &request});
    EXPECT_EQ(copy.json(), pact.json());
    const Json moved = std::move(copy).json();
    EXPECT_EQ(moved, pact.json());
}

}  // namespace
