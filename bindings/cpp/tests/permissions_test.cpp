// What hosts grant, tried by the plugin `intruder`.

#include "line.hpp"

using namespace support;
using pact_wasm::Code;
using pact_wasm::Grant;
using pact_wasm::Permission;

namespace {

/// A host that grants this, and the plugin `intruder` with this under "permissions" of its manifest.
pact_wasm::Plugin intruder(const std::vector<Grant> &grants, const std::string &permissions) {
    auto granting = options();
    granting.grants = grants;
    return pact_wasm::Host(granting).load_directory(
        make_plugin(component("intruder"), ",\"pluginConfig\":{\"permissions\":" + permissions + "}"));
}

/// What comes of a probe.
std::string probe(const pact_wasm::Plugin &plugin, const std::string &what) {
    const std::string list = "[" + what + "]";
    return error_of([&] { plugin.compare_contents(compare_request("a/b", "", list)); }).what();
}

void expect_refused(const std::vector<Grant> &grants, const std::string &permissions, std::string_view message) {
    const auto error = error_of([&] { intruder(grants, permissions); });
    EXPECT_EQ(error.code(), Code::permission);
    EXPECT_TRUE(contains(error.what(), message)) << error.what();
}

TEST(Grants, OfTheEnvironment) {
    const std::string asked = R"({"environment":["PACT_WASM_TEST_CACHE"]})";
    expect_refused({}, asked, "environment variable PACT_WASM_TEST_CACHE");
    expect_refused({{Permission::environment, "HOME", ""}}, asked, "environment variable PACT_WASM_TEST_CACHE");
    const auto seen = probe(intruder({{Permission::environment, "PACT_WASM_TEST_CACHE", ""}}, asked), R"({"do":"env"})");
    EXPECT_TRUE(contains(seen, environment("PACT_WASM_TEST_CACHE"))) << seen;
    EXPECT_FALSE(contains(seen, "PACT_WASM_TEST_PLUGINS")) << seen;
}

TEST(Grants, OfFiles) {
    const auto directory = std::filesystem::current_path() / "granted";
    std::filesystem::create_directories(directory);
    write_file(directory / "in", "what is inside");
    const auto path = directory.string();
    const auto asked = [&](const char *access) {
        return "{\"directories\":[{\"path\":\"" + path + "\",\"access\":\"" + access + "\"}]}";
    };
    const std::string reading = R"({"do":"read","path":")" + path + "/in\"}";
    const std::string writing = R"({"do":"write","path":")" + path + R"(/out","text":"written"})";
    expect_refused({}, asked("read"), "read " + path);
    expect_refused({{Permission::read, path, ""}}, asked("read-write"), "read and write " + path);

    const auto reader = intruder({{Permission::read, path, ""}}, asked("read"));
    EXPECT_TRUE(contains(probe(reader, reading), "what is inside"));
    EXPECT_TRUE(contains(probe(reader, writing), "\"error\""));
    EXPECT_FALSE(std::filesystem::exists(directory / "out"));
    const auto writer = intruder({{Permission::read_write, path, ""}}, asked("read-write"));
    EXPECT_TRUE(contains(probe(writer, writing), "\"ok\""));
    EXPECT_EQ(read_file(directory / "out"), "written");
    std::filesystem::remove(directory / "out");
}

TEST(Grants, OfConnecting) {
    const auto line = host().load("line");
    const auto server = line.start_mock_server(expecting({}));
    const auto port = std::to_string(server.port());
    const std::string connecting = R"({"do":"connect","address":"127.0.0.1","port":)" + port + "}";
    const std::string asked = R"({"optional":{"connect":["*"]}})";
    EXPECT_TRUE(contains(probe(intruder({{Permission::connect, "127.0.0.1:" + port, ""}}, asked), connecting), "connected"));
    EXPECT_TRUE(contains(probe(intruder({{Permission::listen, "*", ""}}, asked), connecting), "access-denied"));
    EXPECT_TRUE(contains(probe(intruder({}, asked), connecting), "access-denied"));
    expect_refused({}, R"({"connect":["api.example.com:443"]})", "connect to api.example.com:443");
}

TEST(Grants, OfListening) {
    const auto directory = make_plugin(component("line"), R"(,"pluginConfig":{"permissions":{"listen":["0.0.0.0"]}})", "line");
    auto granting = options();
    granting.grants = {{Permission::listen, "0.0.0.0:*", "line"}};
    const auto line = pact_wasm::Host(granting).load_directory(directory);
    auto request = expecting({line_interaction("ping", "", "pong")});
    request.host_interface = "0.0.0.0";
    const auto server = line.start_mock_server(request);
    EXPECT_EQ(connect_to(server).ask("ping", ""), Message("OK", "pong"));
    EXPECT_TRUE(server.shutdown().ok());

    const auto error = error_of([&] { host().load_directory(directory); });
    EXPECT_EQ(error.code(), Code::permission);
    EXPECT_TRUE(contains(error.what(), "listen on 0.0.0.0")) << error.what();
}

TEST(Grants, AreForThePluginThatTheyName) {
    const std::string asked = R"({"environment":["HOME"]})";
    EXPECT_EQ(intruder({{Permission::environment, "HOME", "made"}}, asked).info().name, "made");
    expect_refused({{Permission::environment, "HOME", "other"}}, asked, "environment variable HOME");
}

TEST(Grants, MustMakeSense) {
    for (const auto &wrong :
         {Grant{Permission::listen, "127.0.0.1:http"}, Grant{Permission::connect, ""}, Grant{Permission::read, "relative/path"},
          Grant{Permission::read_write, "."}, Grant{Permission::environment, "A=B"}, Grant{Permission::environment, "\xff"},
          Grant{Permission::environment, "A", "\xff"}, Grant{static_cast<Permission>(5), "A"}}) {
        auto granting = options();
        granting.grants = {wrong};
        EXPECT_EQ(error_of([&] { pact_wasm::Host{granting}; }).code(), Code::invalid_argument) << wrong.value;
    }
}

}  // namespace
