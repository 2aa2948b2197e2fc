// What owns what, and for how long: moving, closing, closing in any order and while others call.

#include "support.hpp"

#include <future>
#include <thread>

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::Code;

namespace {

template <class T>
constexpr bool move_only = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                           std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

static_assert(move_only<pact_wasm::Host> && move_only<pact_wasm::Plugin> && move_only<pact_wasm::Interaction> &&
              move_only<pact_wasm::Comparison> && move_only<pact_wasm::Content> && move_only<pact_wasm::Logs> &&
              move_only<pact_wasm::Catalogue> && move_only<pact_wasm::InstalledPlugins> && move_only<pact_wasm::MockServer> &&
              move_only<pact_wasm::MockServerResults> && move_only<pact_wasm::PreparedInteraction> &&
              move_only<pact_wasm::Verification>);
static_assert(std::is_copy_constructible_v<pact_wasm::Cancel> && std::is_copy_constructible_v<pact_wasm::PactFile> &&
              std::is_nothrow_move_constructible_v<pact_wasm::PactFile>);
static_assert(!std::is_copy_constructible_v<pact_wasm::MatchAnswer> && !std::is_copy_constructible_v<pact_wasm::FieldAnswer>);

// Views into temporaries do not compile, and those into things with a name do.
template <class T, class = void>
constexpr bool has_item = false;
template <class T>
constexpr bool has_item<T, std::void_t<decltype(std::declval<T>()[0])>> = true;
static_assert(has_item<const pact_wasm::Comparison &> && !has_item<pact_wasm::Comparison> &&
              !has_item<const pact_wasm::Comparison>);
static_assert(has_item<const pact_wasm::MockServerResults &> && !has_item<pact_wasm::MockServerResults> &&
              has_item<const pact_wasm::Verification &> && !has_item<pact_wasm::Verification>);
static_assert(std::is_constructible_v<ByteView, std::string &> && !std::is_constructible_v<ByteView, std::string>);
static_assert(std::is_constructible_v<ByteView, const std::vector<std::byte> &> &&
              !std::is_constructible_v<ByteView, std::vector<std::byte>>);
static_assert(std::is_constructible_v<ByteView, std::string_view> && std::is_constructible_v<ByteView, const char *>);
static_assert(!std::is_constructible_v<ByteView, std::vector<int> &> && !std::is_constructible_v<ByteView, int (&)[3]>);

template <class Call>
void expect_closed(Call call, std::string_view what) {
    const auto error = error_of(call);
    EXPECT_EQ(error.code(), Code::wrong_state);
    EXPECT_EQ(std::string_view(error.what()), "the " + std::string(what) + " is closed, or was moved to another object");
}

TEST(Closing, MakesEveryUseAnError) {
    auto made = host();
    auto echo = made.load("echo");
    EXPECT_TRUE(made.is_open() && echo.is_open());
    made.close();
    made.close();
    EXPECT_FALSE(made.is_open());
    expect_closed([&] { (void)made.discover(); }, "host");
    expect_closed([&] { (void)made.catalogue(); }, "host");
    expect_closed([&] { (void)made.load("echo"); }, "host");
    expect_closed([&] { (void)made.load_directory(plugin_directory()); }, "host");

    EXPECT_TRUE(echo.compare_contents(compare_request("a/b", "x", "x")).matches());
    echo.close();
    echo.close();
    EXPECT_FALSE(echo.is_open());
    pact_wasm::PactFile pact("a", "b");
    expect_closed([&] { (void)echo.info(); }, "plugin");
    expect_closed([&] { (void)echo.catalogue(); }, "plugin");
    expect_closed([&] { (void)echo.logs(); }, "plugin");
    expect_closed([&] { echo.init(); }, "plugin");
    expect_closed([&] { echo.update_catalogue({"[]"}); }, "plugin");
    expect_closed([&] { (void)echo.configure_interaction({}); }, "plugin");
    expect_closed([&] { (void)echo.compare_contents({}); }, "plugin");
    expect_closed([&] { (void)echo.generate_content({}); }, "plugin");
    expect_closed([&] { (void)echo.match_field({}); }, "plugin");
    expect_closed([&] { (void)echo.generate_field({}); }, "plugin");
    expect_closed([&] { (void)echo.start_mock_server({}); }, "plugin");
    expect_closed([&] { (void)echo.prepare_interaction({}); }, "plugin");
    expect_closed([&] { (void)echo.verify_interaction({}); }, "plugin");
    expect_closed([&] { (void)echo.call("init", {"{}"}); }, "plugin");
    expect_closed([&] { pact.add_plugin(echo); }, "plugin");
}

TEST(Closing, TakesTheEntriesOutOfTheCatalogue) {
    const auto made = host();
    const auto before = made.catalogue().size();
    auto echo = made.load("echo"), again = made.load("echo");
    EXPECT_EQ(made.catalogue().size(), before + 5);
    echo.close();
    EXPECT_EQ(made.catalogue().size(), before + 5);
    again.close();
    EXPECT_EQ(made.catalogue().size(), before);
}

TEST(Moving, TakesEverythingAlong) {
    auto made = host();
    auto other = std::move(made);
    expect_closed([&] { (void)made.discover(); }, "host");  // NOLINT(bugprone-use-after-move): that is the test
    EXPECT_FALSE(made.is_open());
    made.close();
    auto echo = other.load("echo");
    made = std::move(other);
    EXPECT_TRUE(made.is_open());
    pact_wasm::Plugin moved(std::move(echo));
    expect_closed([&] { (void)echo.info(); }, "plugin");
    EXPECT_EQ(moved.info().name, "echo");
}

TEST(Moving, KeepsViewsIntoResults) {
    const auto echo = host().load("echo");
    auto comparison = echo.compare_contents(compare_request("a/b", "x", "y"));
    const auto description = comparison[0].description;
    const auto *const item = &comparison[0];
    const auto moved = std::move(comparison);
    EXPECT_EQ(&moved[0], item);
    EXPECT_EQ(description, "the bodies differ");
    EXPECT_TRUE(comparison.empty());  // NOLINT(bugprone-use-after-move): that is the test

    pact_wasm::ConfigureRequest request;
    request.content_type = "a/b";
    request.contents_config = {"{}"};
    auto interaction = echo.configure_interaction(request);
    const auto other = std::move(interaction);
    pact_wasm::PactFile pact("a", "b");
    const auto error =
        error_of([&] { pact.add_interaction({R"({"type":"Synchronous/HTTP","description":"x"})"}, {&interaction}); });
    EXPECT_EQ(error.code(), Code::wrong_state);
    EXPECT_FALSE(contains(pact.json().text, "interactions"));
    pact.add_interaction({R"({"type":"Synchronous/HTTP","description":"x"})"}, {&other});
    EXPECT_TRUE(contains(pact.json().text, "interactions"));
}

TEST(Destroying, WorksInAnyOrder) {
    auto made = std::make_unique<pact_wasm::Host>(options());
    auto echo = std::make_unique<pact_wasm::Plugin>(made->load("echo"));
    pact_wasm::ConfigureRequest request;
    request.content_type = "a/b";
    request.contents_config = {R"({"a":1})"};
    const auto interaction = echo->configure_interaction(request);
    const auto comparison = echo->compare_contents(compare_request("a/b", "x", "y"));
    const auto catalogue = made->catalogue();
    const auto installed = made->discover();
    const auto logs = echo->logs();
    made.reset();
    EXPECT_TRUE(echo->compare_contents(compare_request("a/b", "x", "x")).matches());
    echo.reset();
    EXPECT_EQ(interaction[0].body->content, ByteView(R"({"a":1})"));
    EXPECT_EQ(comparison[0].actual, ByteView("y"));
    EXPECT_FALSE(catalogue.empty() || installed.empty());
    pact_wasm::PactFile pact("a", "b");
    pact.add_interaction({R"({"type":"Synchronous/HTTP","description":"x"})"}, {&interaction});
    EXPECT_TRUE(contains(pact.json().text, "\"name\": \"echo\""));
}

// A call that is inside a handler while its plugin and host are closed ends as if nothing had happened.
TEST(Closing, LetsRunningCallsEnd) {
    std::promise<void> inside, closed;
    auto made =
        host_with(pact_wasm::FieldGenerator([&](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
            inside.set_value();
            closed.get_future().wait();
            answer.set_value(call.request.example);
        }));
    auto delegate = made.load("delegate");
    auto running = std::async(std::launch::async, [&] {
        auto request = generate_vin();
        request.example = "still there";
        return delegate.generate_field(request);
    });
    inside.get_future().wait();
    delegate.close();
    made.close();
    expect_closed([&] { (void)delegate.info(); }, "plugin");
    closed.set_value();
    EXPECT_EQ(running.get(), pact_wasm::FieldValue("still there"));
}

TEST(Closing, RacesWithCalls) {
    for (int turn = 0; turn < 50; ++turn) {
        auto echo = host().load("echo");
        std::atomic<int> calls{0};
        std::vector<std::thread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&] {
                try {
                    for (;;) {
                        EXPECT_TRUE(echo.compare_contents(compare_request("a/b", "x", "x")).matches());
                        ++calls;
                    }
                } catch (const pact_wasm::Error &error) {
                    EXPECT_EQ(error.code(), Code::wrong_state) << error.what();
                }
            });
        }
        while (calls < 20) {
            std::this_thread::yield();
        }
        echo.close();
        for (auto &thread : threads) {
            thread.join();
        }
    }
}

}  // namespace
