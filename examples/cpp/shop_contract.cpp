// A consumer test: "web" sends orders to "shop", each of them a JSON Web Token. The plugin jwt makes the expected token and
// compares it with what the client really sends; what passed is written to a pact file, with which the provider is verified.

#include <gtest/gtest.h>
#include <httplib.h>
#include <pact_wasm.hpp>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

namespace {

using pact_wasm::Json;

// ---- the code under test: what "web" has to talk to "shop" ----

struct Order {
    bool placed;
    std::string answer;
};

Order place_order(const std::string &host, int port, const std::string &token) {
    httplib::Client client(host, port);
    const auto response = client.Post("/orders", token, "application/jwt");
    return response ? Order{response->status == 201, response->body} : Order{false, httplib::to_string(response.error())};
}

// ---- the contract ----

constexpr const char *pact_path = "web-shop.json";

/// A token as the plugin makes it, signed with the secret of these tests.
pact_wasm::Interaction token_of(const pact_wasm::Plugin &jwt, const std::string &customer) {
    pact_wasm::ConfigureRequest request;
    request.content_type = "application/jwt";
    request.contents_config = {R"({"algorithm": "HS256", "secret": "only for these tests", "issuer": "web", "subject": ")" +
                               customer + "\"}"};
    return jwt.configure_interaction(request);
}

std::string text_of(const pact_wasm::Interaction &token) { return std::string(token[0].body.value().content.value().text()); }

/// Stands for "shop": answers 201 if the order is what the contract says, and otherwise 500 with what is wrong.
class MockShop {
public:
    MockShop(const pact_wasm::Plugin &jwt, const pact_wasm::Interaction &expected) {
        server_.Post("/orders", [&](const httplib::Request &request, httplib::Response &response) {
            const auto content_type = request.get_header_value("Content-Type");
            pact_wasm::CompareRequest compare;
            compare.expected = expected[0].body.value();
            compare.actual = {content_type, request.body};
            compare.rules = expected[0].rules;
            compare.plugin_configuration = expected[0].plugin_configuration;
            const auto comparison = jwt.compare_contents(compare);
            response.status = comparison.matches() ? 201 : 500;
            for (const auto &mismatch : comparison) {
                response.body.append(mismatch.path).append(": ").append(mismatch.description).append("\n");
            }
        });
        port_ = server_.bind_to_any_port(host);
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {
            std::this_thread::yield();
        }
    }

    ~MockShop() {
        server_.stop();
        thread_.join();
    }

    static constexpr const char *host = "127.0.0.1";
    int port() const { return port_; }

private:
    httplib::Server server_;
    int port_ = -1;
    std::thread thread_;
};

class ShopContract : public testing::Test {
protected:
    static void SetUpTestSuite() { pact = std::make_unique<pact_wasm::PactFile>("web", "shop"); }

    /// Writes what passed, for the provider.
    static void TearDownTestSuite() { pact->write(pact_path); }

    static std::unique_ptr<pact_wasm::PactFile> pact;

    const pact_wasm::Plugin jwt = pact_wasm::Host().load("jwt");
    const pact_wasm::Interaction expected = token_of(jwt, "alice");
    const MockShop shop{jwt, expected};
};

std::unique_ptr<pact_wasm::PactFile> ShopContract::pact;

TEST_F(ShopContract, AnOrderIsPlaced) {
    const Order order = place_order(shop.host, shop.port(), text_of(token_of(jwt, "alice")));
    ASSERT_TRUE(order.placed) << order.answer;

    pact->add_interaction({R"({"type": "Synchronous/HTTP", "description": "an order",
                               "request": {"method": "POST", "path": "/orders"}, "response": {"status": 201}})"},
                          {&expected});
}

TEST_F(ShopContract, AnOrderOfSomebodyElseIsNot) {
    const Order order = place_order(shop.host, shop.port(), text_of(token_of(jwt, "bob")));
    EXPECT_FALSE(order.placed);
    EXPECT_EQ(order.answer, "claims:sub: expected the claim \"sub\" to be \"alice\", but it is \"bob\"\n");
}

// Runs after the others, which have written the file.
TEST(PactFile, HasWhatPassed) {
    std::ifstream file(pact_path);
    const std::string json(std::istreambuf_iterator<char>(file), {});
    EXPECT_NE(json.find(R"("description": "an order")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("path": "/orders")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("contentType": "application/jwt")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("name": "jwt")"), std::string::npos) << json;
}

}  // namespace
