// The library and the process: forks, the end of the process, and another large library of Rust in the same process.

#include "line.hpp"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace support;
using pact_wasm::Code;

namespace {

void expect_forked(bool &right, const std::function<void()> &call) { right = right && error_of(call).code() == Code::forked; }

TEST(Fork, ParentsObjectsAreRefusedInTheChild) {
    auto made = std::make_unique<pact_wasm::Host>(options());
    auto echo = std::make_unique<pact_wasm::Plugin>(made->load("echo"));
    pact_wasm::ConfigureRequest configure;
    configure.content_type = "a/b";
    configure.contents_config = {"{}"};
    auto interaction = std::make_unique<pact_wasm::Interaction>(echo->configure_interaction(configure));
    auto comparison = std::make_unique<pact_wasm::Comparison>(echo->compare_contents(compare_request("a/b", "x", "y")));
    auto server = std::make_unique<pact_wasm::MockServer>(
        made->load("line").start_mock_server(expecting({line_interaction("ping", "", "pong")})));
    const pact_wasm::Cancel cancel;
    const auto work = [] { return host().load("echo").compare_contents(compare_request("a/b", "x", "x")).matches(); };

    const auto child = fork();
    if (child == 0) {
        alarm(60);
        bool right = true;
        expect_forked(right, [&] { (void)made->discover(); });
        expect_forked(right, [&] { (void)made->load("echo"); });
        expect_forked(right, [&] { (void)echo->info(); });
        expect_forked(right, [&] { (void)echo->compare_contents(compare_request("a/b", "x", "x")); });
        expect_forked(right, [&] { (void)echo->start_mock_server({}); });
        expect_forked(right, [&] { (void)echo->prepare_interaction({}); });
        expect_forked(right, [&] { (void)server->results(); });
        expect_forked(right, [&] { (void)server->shutdown(); });
        expect_forked(right, [&] { cancel.trigger(); });
        expect_forked(right, [&] { pact_wasm::PactFile("a", "b").add_plugin(*echo); });
        right = right && work() && (*comparison)[0].description == "the bodies differ";
        interaction.reset();
        comparison.reset();
        server.reset();
        echo.reset();
        made.reset();
        right = right && work();
        // Without exit handlers: the leak checker takes what the parent's threads had for lost.
        _exit(right ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(echo->compare_contents(compare_request("a/b", "x", "x")).matches());
    EXPECT_EQ((*interaction)[0].body->content, pact_wasm::ByteView("{}"));
    EXPECT_EQ(connect_to(*server).ask("ping", ""), Message("OK", "pong"));
    EXPECT_TRUE(server->shutdown().ok());
}

// ---- the end of a process whose servers run ----

/// Ends the process while a server does this. Whether the server ends before depends on who owns it.
[[noreturn]] void exit_while(const char *command, bool is_static) {
    // A handler that does not come back while the process lives.
    auto with_handler = options();
    std::promise<void> inside;
    with_handler.handlers.push_back(
        {"regex", pact_wasm::FieldMatcher([&](const pact_wasm::MatchFieldCall &, pact_wasm::MatchAnswer &) {
             inside.set_value();
             pause();
         })});
    static auto *const made = new pact_wasm::Host(with_handler);
    static auto *const server = new pact_wasm::MockServer(made->load("line").start_mock_server(expecting({})));
    static std::optional<pact_wasm::MockServer> owned;
    if (is_static) {
        owned = std::move(*server);
    }
    static const Connection client = connect_to(is_static ? *owned : *server);
    client.send(command, "");
    if (command == std::string_view("!callback")) {
        inside.get_future().wait();
    } else if (command == std::string_view("!log")) {
        client.receive();
    }
    std::exit(7);
}

class ProcessExit : public testing::TestWithParam<std::tuple<const char *, bool>> {};

TEST_P(ProcessExit, IsNotKeptByAServer) {
    const auto &[command, is_static] = GetParam();
    // The test runs again in a process of its own, up to here.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EXIT(exit_while(command, is_static), testing::ExitedWithCode(7), "^$");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15));
}

INSTANTIATE_TEST_SUITE_P(Process, ProcessExit,
                         testing::Combine(testing::Values("!log", "!loop", "!sleep", "!callback"), testing::Bool()),
                         [](const auto &parameter) {
                             return std::string(std::get<0>(parameter.param)).substr(1) +
                                    (std::get<1>(parameter.param) ? "Static" : "Leaked");
                         });

/// libpact_ffi, with two of its functions.
class PactFfi {
public:
    PactFfi() : library_(dlopen(environment("PACT_WASM_TEST_LIBPACT_FFI").c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (library_ == nullptr) {
            throw std::runtime_error(dlerror());
        }
    }

    void work() const {
        EXPECT_NE(std::string(function<const char *()>("pactffi_version")()), "");
        const auto check_regex = function<bool(const char *, const char *)>("pactffi_check_regex");
        EXPECT_TRUE(check_regex("\\d+", "42"));
        EXPECT_FALSE(check_regex("\\d+", "no number"));
    }

private:
    template <class Signature>
    Signature *function(const char *name) const {
        auto *const found = reinterpret_cast<Signature *>(dlsym(library_, name));
        if (found == nullptr) {
            throw std::runtime_error(std::string("libpact_ffi has no ") + name);
        }
        return found;
    }

    // Not closed: a library of Rust does not like that.
    void *library_;
};

void compare_tokens() {
    const auto hostile = host().load("hostile");
    EXPECT_TRUE(misbehave(hostile, "x/fine").matches());
    EXPECT_EQ(error_of([&] { misbehave(hostile, "x/trap"); }).code(), Code::trap);
}

TEST(Neighbours, PactFfiFirst) {
    const PactFfi other;
    other.work();
    compare_tokens();
    other.work();
}

TEST(Neighbours, PactFfiSecond) {
    compare_tokens();
    const PactFfi other;
    other.work();
    compare_tokens();
}

}  // namespace
