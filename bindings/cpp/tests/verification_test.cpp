// Verifying a provider with the plugin `line`: what is prepared, changed, sent, and told.

#include "line.hpp"

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::Code;
using pact_wasm::Json;

namespace {

const std::vector<std::uint8_t> nonce = {0xff, 0};

pact_wasm::InteractionContents reverse() { return line_interaction("reverse", binary, "ok"); }

pact_wasm::PreparedInteraction prepare(const pact_wasm::Plugin &line, const std::optional<Json> &config = std::nullopt) {
    pact_wasm::PrepareRequest request;
    request.interaction = reverse();
    request.config = config;
    return line.prepare_interaction(request);
}

pact_wasm::Verification verify(const pact_wasm::Plugin &line, const pact_wasm::InteractionData &data, const Json &config,
                               const pact_wasm::CallOptions &call_options = {}) {
    pact_wasm::VerifyRequest request;
    request.data = data;
    request.interaction = reverse();
    request.config = config;
    return line.verify_interaction(request, call_options);
}

TEST(Verification, Succeeds) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    Provider provider({"OK", "ok"});
    const auto config = provider.config(R"(,"nonce":"/wA=")");
    const auto prepared = prepare(line, config);
    const auto &data = prepared.data();
    EXPECT_EQ(data.body.value().content_type, "application/octet-stream");
    EXPECT_EQ(data.body.value().content, ByteView(binary));
    EXPECT_EQ(data.body.value().hint, pact_wasm::Hint::binary);
    ASSERT_EQ(data.metadata.size(), 2U);
    EXPECT_EQ(data.metadata.at("command"), pact_wasm::MetadataValue(Json{"\"reverse\""}));
    EXPECT_EQ(data.metadata.at("nonce"), pact_wasm::MetadataValue(nonce));

    const auto verification = verify(line, data, config);
    EXPECT_EQ(provider.request(), Message("reverse", binary));
    EXPECT_TRUE(verification.success());
    EXPECT_TRUE(verification.empty());
    EXPECT_EQ(verification.output(),
              (std::vector<std::string>{"sent `reverse` with 9 bytes to 127.0.0.1:" + std::to_string(provider.port()),
                                        "got OK with 2 bytes, as expected"}));
    const auto &response = verification.response().value();
    EXPECT_EQ(response.body.value().content, ByteView("ok"));
    EXPECT_EQ(response.metadata.at("status"), pact_wasm::MetadataValue(Json{"\"OK\""}));
    EXPECT_EQ(response.metadata.at("nonce"), pact_wasm::MetadataValue(nonce));
}

TEST(Verification, SendsWhatWasChanged) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    Provider provider({"OK", binary});
    const auto prepared = prepare(line);
    pact_wasm::InteractionData data = prepared.data();
    data.body->content = "changed";
    const std::string command = "replace";
    data.metadata["command"] = std::vector<std::uint8_t>(command.begin(), command.end());
    data.metadata["nonce"] = Json{"{\"a\": [1, 2.0]}"};
    const auto verification = verify(line, data, provider.config());
    EXPECT_EQ(provider.request(), Message("replace", "changed"));
    EXPECT_FALSE(verification.success());
    ASSERT_EQ(verification.size(), 1U);
    EXPECT_EQ(verification[0].error, "");
    const auto &mismatch = verification[0].mismatch.value();
    EXPECT_EQ(mismatch.path, "replace");
    EXPECT_EQ(mismatch.description, "the answer has other bytes");
    EXPECT_EQ(mismatch.expected, ByteView("ok"));
    EXPECT_EQ(mismatch.actual, ByteView(binary));
    EXPECT_EQ(mismatch.mismatch_type, "body");
    EXPECT_EQ(verification.response().value().body.value().content, ByteView(binary));
    EXPECT_EQ(verification.response().value().metadata.at("nonce"), pact_wasm::MetadataValue(Json{"{\"a\": [1, 2.0]}"}));
    EXPECT_EQ(prepared.data().body.value().content, ByteView(binary));
}

TEST(Verification, MayHaveNoBody) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    Provider provider({"OK", "ok"});
    pact_wasm::InteractionData data;
    data.metadata["command"] = Json{"\"reverse\""};
    EXPECT_TRUE(verify(line, data, provider.config()).success());
    EXPECT_EQ(provider.request(), Message("reverse", ""));
}

TEST(Verification, TellsErrorsOfTheProviderAsTheyStand) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    const std::string reason = "no \"room\"\n\t\\ \x01\x1f\x7f gr\xc3\xbc\xc3\x9f dich";
    Provider provider({"ERR", reason});
    const auto prepared = prepare(line);
    const auto verification = verify(line, prepared.data(), provider.config());
    EXPECT_FALSE(verification.success());
    ASSERT_EQ(verification.size(), 1U);
    EXPECT_EQ(verification[0].error, "the provider refused the request: " + reason);
    EXPECT_EQ(verification[0].mismatch, std::nullopt);
}

TEST(Verification, KeepsItsViewsWhenMoved) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    Provider provider({"OK", "other"});
    auto prepared = prepare(line);
    const auto moved = std::move(prepared);
    auto verification = verify(line, moved.data(), provider.config());
    const auto description = verification[0].mismatch.value().description;
    const auto other = std::move(verification);
    EXPECT_EQ(description, "the answer has other bytes");
    EXPECT_EQ(other.response().value().body.value().content, ByteView("other"));
}

TEST(Verification, OfNobodyFails) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    std::optional<Provider> provider(std::in_place, Message("OK", ""));
    const auto config = provider->config();
    provider.reset();
    const auto prepared = prepare(line);
    const auto error = error_of([&] { (void)verify(line, prepared.data(), config); });
    EXPECT_EQ(error.code(), Code::plugin);
    EXPECT_EQ(error.operation(), "verify-interaction");
}

TEST(Verification, EndsWithItsDeadlineAndWhenCancelled) {
    const auto line = pact_wasm::Host(connecting()).load("line");
    // It listens and nobody accepts: the server that serves `!sleep` is the provider.
    const auto silent = line.start_mock_server(expecting({}));
    const auto prepared = prepare(line);
    pact_wasm::InteractionData data = prepared.data();
    data.metadata["command"] = Json{"\"!sleep\""};
    const Json config{R"({"host":"127.0.0.1","port":)" + std::to_string(silent.port()) + "}"};
    pact_wasm::CallOptions call_options;
    call_options.timeout = std::chrono::milliseconds(200);
    EXPECT_EQ(error_of([&] { (void)verify(line, data, config, call_options); }).code(), Code::deadline);
    call_options.timeout.reset();
    call_options.cancel = pact_wasm::Cancel();
    auto running = std::async(std::launch::async,
                              [&] { return error_of([&] { (void)verify(line, data, config, call_options); }).code(); });
    call_options.cancel->trigger();
    EXPECT_EQ(running.get(), Code::cancelled);
}

TEST(Verification, RefusesWhatIsNoRequest) {
    const auto line = host().load("line");
    const auto refused = [&](const auto &change) {
        pact_wasm::VerifyRequest request;
        request.interaction = reverse();
        change(request);
        const auto error = error_of([&] { (void)line.verify_interaction(request); });
        EXPECT_EQ(error.code(), Code::invalid_argument) << error.what();
        return std::string(error.what());
    };
    EXPECT_TRUE(contains(refused([](auto &request) { request.config = Json{"7"}; }), "request.config_json"));
    EXPECT_TRUE(contains(refused([](auto &request) { request.test_context = Json{"7"}; }), "request.test_context_json"));
    EXPECT_TRUE(contains(refused([](auto &request) { request.interaction.consumer = "\xff"; }), "request.interaction_json"));
    EXPECT_TRUE(
        contains(refused([](auto &request) { request.data.metadata["\xff"] = Json{"1"}; }), "request.data.metadata.name"));
    EXPECT_TRUE(contains(refused([](auto &request) { request.data.metadata["a"] = Json{"{"}; }), "request.data.metadata.json"));
    EXPECT_TRUE(contains(refused([](auto &request) { request.data.body = pact_wasm::Body{"\xff", ""}; }),
                         "request.data.body.content_type"));
    pact_wasm::PrepareRequest prepare;
    prepare.interaction = reverse();
    prepare.config = Json{"7"};
    EXPECT_TRUE(contains(error_of([&] { (void)line.prepare_interaction(prepare); }).what(), "request.config_json"));
    prepare.config.reset();
    prepare.test_context = Json{"7"};
    EXPECT_TRUE(contains(error_of([&] { (void)line.prepare_interaction(prepare); }).what(), "request.test_context_json"));
}

// ---- an interaction that a plugin has set up ----

pact_wasm::Interaction configure(const pact_wasm::Plugin &echo, const char *contents_config) {
    pact_wasm::ConfigureRequest request;
    request.content_type = "a/b";
    request.contents_config = {contents_config};
    return echo.configure_interaction(request);
}

TEST(ForTransport, HasWhatThePluginWantsStored) {
    const auto echo = host().load("echo");
    const auto configured = configure(echo, R"({
        "response":[{"part_name":"request","plugin_configuration":{"interaction_configuration":"{\"i\":1.0}","pact_configuration":null}},
                    {"part_name":"response","plugin_configuration":{"interaction_configuration":"{\"i\":1.0}","pact_configuration":null}}],
        "plugin_configuration":{"interaction_configuration":null,"pact_configuration":"{\"p\":2}"}})");
    const auto contents = configured.for_transport(pact_wasm::InteractionType::asynchronous_messages, "c", "p");
    EXPECT_EQ(contents.type, pact_wasm::InteractionType::asynchronous_messages);
    EXPECT_EQ(contents.consumer, "c");
    EXPECT_EQ(contents.provider, "p");
    EXPECT_EQ(contents.plugin_configuration.interaction, Json{R"({"i":1.0})"});
    EXPECT_EQ(contents.plugin_configuration.pact, Json{R"({"p":2})"});

    const auto plain = configure(echo, "{}").for_transport(pact_wasm::InteractionType::synchronous_http);
    EXPECT_EQ(plain.plugin_configuration.interaction, std::nullopt);
    EXPECT_EQ(plain.plugin_configuration.pact, std::nullopt);
}

TEST(ForTransport, RefusesDifferentConfigurations) {
    const auto configured = configure(host().load("echo"), R"({
        "response":[{"plugin_configuration":{"interaction_configuration":"{\"i\":1}","pact_configuration":null}},
                    {"plugin_configuration":{"interaction_configuration":"{\"i\":2}","pact_configuration":null}}]})");
    const auto error = error_of([&] { (void)configured.for_transport(pact_wasm::InteractionType::synchronous_http); });
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_TRUE(contains(error.what(), R"({"i":1} and {"i":2})")) << error.what();
}

TEST(ForTransport, NeedsTheInteraction) {
    auto configured = configure(host().load("echo"), "{}");
    const auto moved = std::move(configured);
    const auto error = error_of([&] { (void)configured.for_transport(pact_wasm::InteractionType::synchronous_http); });
    EXPECT_EQ(error.code(), Code::wrong_state);
    EXPECT_EQ(moved.for_transport(pact_wasm::InteractionType::synchronous_http).type,
              pact_wasm::InteractionType::synchronous_http);
}

}  // namespace
