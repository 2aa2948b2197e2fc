// Thousands of calls of each kind leave nothing behind, nor do two hundred mock servers.

#include "line.hpp"

#include <malloc.h>
#include <unistd.h>

using namespace support;

namespace {

std::size_t resident_bytes() {
    malloc_trim(0);
    std::size_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

template <class Call>
void expect_no_growth(Call call, int turns = 10000) {
    for (int turn = 0; turn < turns / 5; ++turn) {
        call();
    }
    const auto before = resident_bytes();
    for (int turn = 0; turn < turns; ++turn) {
        call();
    }
    const auto after = resident_bytes();
    ASSERT_GT(before, 0U);
    EXPECT_LT(after, before + (1 << 20));
}

TEST(Memory, OfMatches) {
    const auto echo = host().load("echo");
    expect_no_growth([&] { ASSERT_TRUE(echo.compare_contents(compare_request("a/b", "x", "x")).matches()); });
}

TEST(Memory, OfMismatches) {
    const auto echo = host().load("echo");
    expect_no_growth([&] { ASSERT_EQ(echo.compare_contents(compare_request("a/b", "x", "y")).size(), 1U); });
}

TEST(Memory, OfErrors) {
    const auto hostile = host().load("hostile");
    expect_no_growth([&] { ASSERT_EQ(error_of([&] { misbehave(hostile, "x/error"); }).code(), pact_wasm::Code::plugin); });
}

TEST(Memory, OfHandlers) {
    const auto delegate =
        host_with(pact_wasm::FieldGenerator([](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
            if (call.request.example == pact_wasm::FieldValue()) {
                throw std::runtime_error("nothing to go by");
            }
            answer.set_value(call.request.example);
        })).load("delegate");
    auto request = generate_vin();
    expect_no_growth([&] {
        request.example = "an example that does not fit into a small string";
        ASSERT_EQ(delegate.generate_field(request), request.example);
        request.example = std::monostate{};
        ASSERT_EQ(error_of([&] { delegate.generate_field(request); }).code(), pact_wasm::Code::plugin);
    });
}

TEST(Memory, OfOtherResults) {
    const auto made = host();
    const auto echo = made.load("echo");
    pact_wasm::ConfigureRequest configure;
    configure.content_type = "a/b";
    configure.contents_config = {"{}"};
    pact_wasm::GenerateRequest generate;
    generate.body = {"a/b", "x"};
    expect_no_growth([&] {
        ASSERT_EQ(echo.configure_interaction(configure).size(), 1U);
        const auto generated = echo.generate_content(generate);
        ASSERT_TRUE(generated.body().content.has_value());
        ASSERT_EQ(echo.catalogue().size(), 5U);
        ASSERT_EQ(echo.info().name, "echo");
        ASSERT_TRUE(echo.logs().empty());
        ASSERT_FALSE(echo.call("init", {"{}"}).text.empty());
        ASSERT_NE(pact_wasm::Cancel().native_handle(), nullptr);
    });
}

/// How many files, or threads, the process has.
std::ptrdiff_t count(const char *what) {
    return std::distance(std::filesystem::directory_iterator(std::string("/proc/self/") + what), {});
}

TEST(Memory, OfMockServers) {
    const auto line = host().load("line");
    auto shut_down = true;
    const auto use = [&] {
        const auto server = line.start_mock_server(expecting({line_interaction("ping", "", "pong")}));
        const auto client = connect_to(server);
        ASSERT_EQ(client.ask("ping", ""), Message("OK", "pong"));
        ASSERT_EQ(client.ask("drop", "").value().first, "ERR");
        ASSERT_EQ(server.results().size(), 1U);
        shut_down = !shut_down;
        if (shut_down) {
            const auto results = server.shutdown();
            ASSERT_EQ(results[0].mismatches.size(), 1U);
        }
    };
    use();
    const auto files = count("fd"), threads = count("task");
    expect_no_growth(use, 200);
    EXPECT_EQ(count("fd"), files);
    EXPECT_EQ(count("task"), threads);
}

TEST(Memory, OfVerifications) {
    const auto echo = host().load("echo");
    pact_wasm::PrepareRequest prepare;
    pact_wasm::VerifyRequest verify;
    expect_no_growth(
        [&] {
            const auto prepared = echo.prepare_interaction(prepare);
            verify.data = prepared.data();
            const auto verification = echo.verify_interaction(verify);
            ASSERT_TRUE(verification.success());
            ASSERT_EQ(verification.response().value().metadata.size(), 2U);
            verify.config = pact_wasm::Json{R"({"response":{"success":false,"failures":[{"Error":"no"}]}})"};
            const auto failed = echo.verify_interaction(verify);
            ASSERT_EQ(failed[0].error, "no");
            verify.config.reset();
        },
        3000);
}

}  // namespace
