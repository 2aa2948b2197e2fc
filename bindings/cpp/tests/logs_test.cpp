// Log records: what is in them, who gets them, and callbacks that fail.

#include "support.hpp"

using namespace support;
using pact_wasm::Level;

namespace {

/// A record that outlives its callback.
struct Seen {
    Level level;
    std::string target, message, plugin_name, plugin_instance_id;
    std::optional<std::string> test_run_id;
};

Seen copy(const pact_wasm::LogRecord &record) {
    return {record.level,
            std::string(record.target),
            std::string(record.message),
            std::string(record.plugin_name),
            std::string(record.plugin_instance_id),
            record.test_run_id ? std::optional<std::string>(*record.test_run_id) : std::nullopt};
}

TEST(Logs, ReachCallbackAndPlugin) {
    std::vector<Seen> seen;
    auto logging = options();
    logging.implementation = pact_wasm::Implementation{"pact-cpp", "9.8.7"};
    logging.test_run_id = "run of the host";
    logging.log = [&](const pact_wasm::LogRecord &record) { seen.push_back(copy(record)); };
    const pact_wasm::Host made(logging);
    const auto jwt = made.load("jwt");
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].message, "jwt 0.1.0 for pact-cpp 9.8.7");
    EXPECT_EQ(seen[0].test_run_id, "run of the host");

    const auto hostile = made.load("hostile");
    pact_wasm::CallOptions run;
    run.test_run_id = "run 1";
    EXPECT_TRUE(misbehave(hostile, "x/stderr", run).matches());
    ASSERT_EQ(seen.size(), 4U);
    const auto logs = hostile.logs();
    ASSERT_EQ(logs.size(), 3U);
    for (std::size_t index = 0; index < 3; ++index) {
        EXPECT_EQ(seen[index + 1].level, Level::warn);
        EXPECT_EQ(seen[index + 1].target, "stderr");
        EXPECT_EQ(seen[index + 1].message, std::string(index == 0   ? "first line"
                                                       : index == 1 ? "second line"
                                                                    : "rest") +
                                               " on stderr");
        EXPECT_EQ(seen[index + 1].plugin_name, "hostile");
        EXPECT_EQ(seen[index + 1].plugin_instance_id, hostile.info().instance_id);
        EXPECT_EQ(seen[index + 1].test_run_id, "run 1");
        EXPECT_EQ(logs[index].message, seen[index + 1].message);
        EXPECT_EQ(logs[index].level, Level::warn);
    }
}

TEST(Logs, HaveALevel) {
    for (const auto &[level, expected] :
         {std::pair(Level::trace, 6), std::pair(Level::info, 6), std::pair(Level::warn, 3), std::pair(Level::error, 0)}) {
        int count = 0;
        auto logging = options();
        logging.log_level = level;
        logging.log = [&count](const pact_wasm::LogRecord &) { ++count; };
        const auto hostile = pact_wasm::Host(logging).load("hostile");
        misbehave(hostile, "x/stdout");
        misbehave(hostile, "x/stderr");
        EXPECT_EQ(count, expected) << static_cast<int>(level);
        EXPECT_EQ(hostile.logs().size(), static_cast<std::size_t>(expected));
    }
}

TEST(Logs, CallbackMayCallTheLibrary) {
    std::optional<pact_wasm::Plugin> echo;
    std::size_t entries = 0;
    auto logging = options();
    logging.log = [&](const pact_wasm::LogRecord &) { entries += echo.value().catalogue().size(); };
    const pact_wasm::Host made(logging);
    echo = host().load("echo");
    const auto hostile = made.load("hostile");
    misbehave(hostile, "x/stdout");
    EXPECT_EQ(entries, 15U);
}

TEST(Logs, FailingCallbackIsReportedAndBreaksNothing) {
    int calls = 0;
    auto logging = options();
    logging.log = [&](const pact_wasm::LogRecord &) {
        ++calls;
        throw std::runtime_error("the disk is full");
    };
    const auto hostile = pact_wasm::Host(logging).load("hostile");
    testing::internal::CaptureStderr();
    EXPECT_TRUE(misbehave(hostile, "x/stdout").matches());
    EXPECT_EQ(calls, 3);
    const std::string line = "pact_wasm: the log callback threw std::runtime_error: the disk is full\n";
    EXPECT_EQ(testing::internal::GetCapturedStderr(), line + line + line);
}

}  // namespace
