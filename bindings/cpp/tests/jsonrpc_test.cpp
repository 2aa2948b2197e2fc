// The plugin jsonrpc, as consumer and provider tests use it: with a real HTTP client, and a real HTTP server.

#include "support.hpp"

#include <httplib.h>

#include <thread>

using namespace support;
using pact_wasm::Json;

namespace {

pact_wasm::Interaction configure(const pact_wasm::Plugin &jsonrpc) {
    pact_wasm::ConfigureRequest request;
    request.content_type = "application/json-rpc";
    request.contents_config = {R"json({"request": {"method": "subtract", "params": ["matching(integer, 42)", 23]},
                                       "response": {"result": "matching(integer, 19)"}})json"};
    return jsonrpc.configure_interaction(request);
}

pact_wasm::Plugin load() {
    auto granting = options();
    granting.grants.push_back({pact_wasm::Permission::connect, "localhost", "jsonrpc"});
    return pact_wasm::Host(granting).load("jsonrpc");
}

std::string post(const pact_wasm::MockServer &server, const std::string &body) {
    httplib::Client client(server.address(), server.port());
    const auto response = client.Post("/", body, "application/json");
    return response ? response->body : httplib::to_string(response.error());
}

TEST(JsonRpc, ConsumerGetsWhatItExpects) {
    const auto jsonrpc = load();
    const auto interaction = configure(jsonrpc);
    pact_wasm::StartRequest request;
    request.interactions = {interaction.for_transport(pact_wasm::InteractionType::synchronous_messages, "web", "maths")};
    const auto server = jsonrpc.start_mock_server(request);
    EXPECT_EQ(post(server, R"({"jsonrpc": "2.0", "method": "subtract", "params": [7, 23], "id": "a"})"),
              R"({"jsonrpc":"2.0","result":19,"id":"a"})");
    EXPECT_TRUE(server.results().ok());

    const auto refused = post(server, R"({"jsonrpc": "2.0", "method": "subtract", "params": ["x", 23], "id": 2})");
    EXPECT_TRUE(contains(refused, "-32602")) << refused;
    const auto results = server.shutdown();
    EXPECT_FALSE(results.ok());
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].path, "subtract");
    ASSERT_EQ(results[0].mismatches.size(), 1U);
    EXPECT_EQ(results[0].mismatches[0].path, "$.params[0]");

    pact_wasm::PactFile pact("web", "maths");
    pact.add_interaction({R"({"type": "Synchronous/Messages", "description": "a difference", "transport": "jsonrpc"})"},
                         {&interaction, &interaction});
    EXPECT_TRUE(contains(pact.json().text, R"("transport": "jsonrpc")")) << pact.json().text;
}

/// A provider that answers every request with this.
class Provider {
public:
    explicit Provider(const std::string &answer) {
        server_.Post("/rpc", [this, answer](const httplib::Request &request, httplib::Response &response) {
            body = request.body;
            token = request.get_header_value("Authorization");
            response.set_content(answer, "application/json");
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {
            std::this_thread::yield();
        }
    }
    Provider(const Provider &) = delete;
    Provider &operator=(const Provider &) = delete;
    ~Provider() {
        server_.stop();
        thread_.join();
    }

    Json config() const { return {R"({"baseUrl": "http://127.0.0.1:)" + std::to_string(port_) + R"(/rpc"})"}; }

    std::string body{}, token{};

private:
    httplib::Server server_{};
    int port_ = -1;
    std::thread thread_{};
};

TEST(JsonRpc, ProviderIsVerified) {
    const auto jsonrpc = load();
    const auto interaction = configure(jsonrpc);
    for (const auto &[answer, success] : {std::pair(R"({"jsonrpc": "2.0", "result": 5, "id": 1})", true),
                                          std::pair(R"({"jsonrpc": "2.0", "result": "five", "id": 1})", false)}) {
        const Provider provider(answer);
        pact_wasm::VerifyRequest verify;
        verify.interaction = interaction.for_transport(pact_wasm::InteractionType::synchronous_messages);
        verify.config = provider.config();
        const auto prepared = jsonrpc.prepare_interaction({verify.interaction, verify.config, std::nullopt});
        verify.data = prepared.data();
        verify.data.metadata["authorization"] = Json{"\"Bearer x\""};
        const auto verification = jsonrpc.verify_interaction(verify);
        EXPECT_EQ(provider.body, R"({"id":1,"jsonrpc":"2.0","method":"subtract","params":[42,23]})");
        EXPECT_EQ(provider.token, "Bearer x");
        EXPECT_EQ(verification.success(), success);
        EXPECT_EQ(verification.empty(), success);
        EXPECT_FALSE(verification.output().empty());
        EXPECT_EQ(verification.response().value().body.value().content, pact_wasm::ByteView(answer));
        if (!success) {
            EXPECT_EQ(verification[0].mismatch.value().path, "$.result");
        }
    }
}

}  // namespace
