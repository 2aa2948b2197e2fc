// Mock servers of the plugin `line`: what they answer and tell, how they end, and what they call on their own thread.

#include "line.hpp"

#include <atomic>
#include <set>

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::Code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

const Message ok_pong("OK", "pong");

pact_wasm::StartRequest expecting_ping() { return expecting({line_interaction("ping", "", "pong")}); }

pact_wasm::HostOptions impatient() {
    auto limited = options();
    limited.limits.timeout = milliseconds(300);
    return limited;
}

TEST(MockServer, AnswersAndTellsWhatCame) {
    const auto made = host();
    const auto line = made.load("line");
    const auto server = line.start_mock_server(
        expecting({line_interaction("reverse", binary, std::string("\1\0\xfe\n", 4)), line_interaction("ping", "", "pong")}));
    EXPECT_EQ(server.address(), "127.0.0.1");
    EXPECT_NE(server.port(), 0);
    EXPECT_EQ(server.authority(), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_FALSE(server.key().empty());
    const auto before = server.results();
    EXPECT_FALSE(before.ok());
    ASSERT_EQ(before.size(), 2U);
    EXPECT_EQ(before[1].path, "ping");
    EXPECT_EQ(before[1].error, "this interaction was expected and did not come");
    EXPECT_TRUE(before[1].mismatches.empty());

    std::thread([&] {
        const auto client = connect_to(server);
        EXPECT_EQ(client.ask("reverse", binary), Message("OK", std::string("\1\0\xfe\n", 4)));
        EXPECT_EQ(client.ask("ping", ""), ok_pong);
    }).join();
    const auto so_far = server.results();
    EXPECT_TRUE(so_far.ok() && so_far.empty());

    const auto client = connect_to(server);
    EXPECT_EQ(client.ask("reverse", "x").value().first, "ERR");
    EXPECT_EQ(client.ask("drop", "").value().first, "ERR");
    const auto results = server.shutdown();
    EXPECT_FALSE(results.ok());
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].path, "reverse");
    EXPECT_EQ(results[0].error, "");
    ASSERT_EQ(results[0].mismatches.size(), 1U);
    const auto &mismatch = results[0].mismatches[0];
    EXPECT_EQ(mismatch.path, "reverse");
    EXPECT_EQ(mismatch.description, "expected 9 other bytes with the command `reverse`");
    EXPECT_EQ(mismatch.expected, ByteView(binary));
    EXPECT_EQ(mismatch.actual, ByteView("x"));
    EXPECT_EQ(mismatch.diff, std::nullopt);
    EXPECT_EQ(mismatch.mismatch_type, "body");
    EXPECT_EQ(results[1].path, "drop");
    EXPECT_EQ(results[1].mismatches.at(0).expected, std::nullopt);

    EXPECT_EQ(client.receive(), std::nullopt);
    EXPECT_FALSE(is_listening(server.port()));
}

TEST(MockServer, IsGoneAfterItsShutdown) {
    const auto line = host().load("line");
    const auto server = line.start_mock_server(expecting({}));
    EXPECT_TRUE(server.shutdown().ok());
    EXPECT_EQ(server.address(), "127.0.0.1");
    EXPECT_TRUE(server.is_open());
    for (const auto &error : {error_of([&] { (void)server.shutdown(); }), error_of([&] { (void)server.results(); })}) {
        EXPECT_EQ(error.code(), Code::not_found);
        EXPECT_TRUE(contains(error.what(), "no mock server")) << error.what();
        EXPECT_EQ(error.plugin_name(), "line");
    }
}

TEST(MockServer, KnowsNothingOfOthers) {
    const auto line = host().load("line");
    std::vector<pact_wasm::MockServer> servers;
    std::set<std::string> keys;
    for (int number = 0; number < 5; ++number) {
        servers.push_back(line.start_mock_server(expecting({line_interaction("who", "", std::to_string(number))})));
        keys.insert(servers.back().key());
    }
    EXPECT_EQ(keys.size(), 5U);
    for (std::size_t number = 0; number < 5; ++number) {
        EXPECT_EQ(connect_to(servers[number]).ask("who", ""), Message("OK", std::to_string(number)));
        EXPECT_TRUE(servers[number].shutdown().ok());
    }
}

TEST(MockServer, ServesManyClientsAtOnce) {
    const auto line = host().load("line");
    const auto server = line.start_mock_server(expecting_ping());
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number) {
        threads.emplace_back([&] {
            const auto client = connect_to(server);
            for (int turn = 0; turn < 100; ++turn) {
                EXPECT_EQ(client.ask("ping", ""), ok_pong);
                if (turn % 20 == 0) {
                    EXPECT_TRUE(server.results().ok());
                }
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    EXPECT_TRUE(server.shutdown().ok());
}

TEST(MockServer, ListensWhereItIsToldTo) {
    const auto line = host().load("line");
    const auto first = line.start_mock_server(expecting({}));
    auto request = expecting_ping();
    request.host_interface = "127.0.0.1";
    request.port = first.port();
    const auto taken = error_of([&] { (void)line.start_mock_server(request); });
    EXPECT_EQ(taken.code(), Code::plugin);
    EXPECT_TRUE(contains(taken.what(), std::to_string(first.port()))) << taken.what();
    EXPECT_EQ(taken.operation(), "start-mock-server");
    first.shutdown();
    const auto second = line.start_mock_server(request);
    EXPECT_EQ(second.port(), first.port());
    EXPECT_EQ(connect_to(second).ask("ping", ""), ok_pong);

    request = expecting_ping();
    request.tls = true;
    EXPECT_TRUE(contains(error_of([&] { (void)line.start_mock_server(request); }).what(), "there is no TLS"));
}

TEST(MockServer, GetsEveryPartOfAnInteraction) {
    const auto line = host().load("line");
    auto named = line_interaction("ping", "", "pong");
    named.consumer = "the \"web\"\n\\ \xc3\xa4";
    named.plugin_configuration.pact = pact_wasm::Json{R"({"a":1})"};
    EXPECT_TRUE(line.start_mock_server(expecting({named, named})).is_open());
    EXPECT_TRUE(contains(error_of([&] { (void)line.start_mock_server(expecting({{}})); }).what(),
                         "the interaction has no plugin configuration"));

    const auto refused = [&](const auto &change) {
        auto wrong = line_interaction("ping", "", "pong");
        change(wrong);
        const auto error = error_of([&] { (void)line.start_mock_server(expecting({wrong})); });
        EXPECT_EQ(error.code(), Code::invalid_argument) << error.what();
        return std::string(error.what());
    };
    const auto *const argument = "request.interactions_json";
    EXPECT_TRUE(contains(refused([](auto &wrong) { wrong.consumer = "\xff"; }), argument));
    EXPECT_TRUE(contains(refused([](auto &wrong) { wrong.plugin_configuration.pact = pact_wasm::Json{"[]"}; }), argument));
    EXPECT_TRUE(contains(refused([](auto &wrong) { wrong.plugin_configuration.interaction->text = "{"; }), argument));
    EXPECT_TRUE(contains(refused([](auto &wrong) { wrong.type = static_cast<pact_wasm::InteractionType>(7); }),
                         "the type of an interaction is 7"));
    auto context = expecting_ping();
    context.test_context = pact_wasm::Json{"7"};
    EXPECT_TRUE(contains(error_of([&] { (void)line.start_mock_server(context); }).what(), "request.test_context_json"));
}

/// What ends a server says so in its results, and ends no other.
void expect_death(const pact_wasm::HostOptions &host_options, std::string_view command, std::string_view reason) {
    const pact_wasm::Host made(host_options);
    const auto line = made.load("line");
    const auto victim = line.start_mock_server(expecting_ping()), neighbour = line.start_mock_server(expecting_ping());
    EXPECT_EQ(connect_to(victim).ask(command, ""), std::nullopt) << command;
    const auto results = victim.results(), last = victim.shutdown();
    EXPECT_FALSE(is_listening(victim.port())) << command;
    for (const auto *const outcome : {&results, &last}) {
        EXPECT_FALSE(outcome->ok());
        ASSERT_EQ(outcome->size(), 1U);
        EXPECT_TRUE(contains((*outcome)[0].error, "plugin line 1.0.0, serve-mock-server: ")) << (*outcome)[0].error;
        EXPECT_TRUE(contains((*outcome)[0].error, reason)) << (*outcome)[0].error;
    }
    EXPECT_EQ(connect_to(neighbour).ask("ping", ""), ok_pong);
    EXPECT_TRUE(neighbour.shutdown().ok());
}

TEST(MockServer, ThatCrashesSaysSoInItsResults) {
    expect_death(options(), "!trap", "the plugin crashed");
    expect_death(options(), "!fail", "the server gave up");
}

TEST(MockServer, ThatGoesOverALimitIsStopped) {
    expect_death(impatient(), "!loop", "no answer within the deadline of 300 ms");
    auto small = options();
    small.limits.memory = 16 << 20;
    expect_death(small, "!alloc", "bytes of memory");
}

TEST(MockServer, ThatDoesNotAnswerCannotKeepItsCaller) {
    const auto line = host().load("line");
    const auto server = line.start_mock_server(expecting({}));
    const auto client = connect_to(server);
    EXPECT_EQ(client.ask("!log", "it serves"), Message("OK", ""));
    client.send("!sleep", "");
    pact_wasm::CallOptions soon;
    soon.timeout = milliseconds(200);
    // The command may still be on its way, and a busy machine takes its time as well.
    pact_wasm::CallOptions patient;
    patient.timeout = milliseconds(2000);
    std::optional<Code> code;
    while (!code) {
        try {
            (void)server.results(patient);
        } catch (const pact_wasm::Error &error) {
            code = error.code();
        }
    }
    EXPECT_EQ(code, Code::deadline);
    pact_wasm::CallOptions cancellable;
    cancellable.cancel = pact_wasm::Cancel();
    auto asking = std::async(std::launch::async, [&] { return error_of([&] { (void)server.results(cancellable); }).code(); });
    cancellable.cancel->trigger();
    EXPECT_EQ(asking.get(), Code::cancelled);
    EXPECT_EQ(error_of([&] { (void)server.shutdown(soon); }).code(), Code::deadline);
    EXPECT_FALSE(is_listening(server.port()));
}

TEST(MockServer, EndsWithItsObject) {
    const auto line = host().load("line");
    auto server = std::make_unique<pact_wasm::MockServer>(line.start_mock_server(expecting_ping()));
    const auto port = server->port();
    const auto client = connect_to(*server);
    EXPECT_EQ(client.ask("ping", ""), ok_pong);
    client.send("!loop", "");
    const auto start = steady_clock::now();
    server.reset();
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10));
    EXPECT_EQ(client.receive(), std::nullopt);
    EXPECT_FALSE(is_listening(port));
}

TEST(MockServer, CanBeClosed) {
    const auto line = host().load("line");
    auto server = line.start_mock_server(expecting({}));
    EXPECT_TRUE(server.is_open() && is_listening(server.port()));
    server.close();
    server.close();
    EXPECT_FALSE(server.is_open() || is_listening(server.port()));
    for (const auto &error : {error_of([&] { (void)server.shutdown(); }), error_of([&] { (void)server.results(); })}) {
        EXPECT_EQ(error.code(), Code::wrong_state);
        EXPECT_STREQ(error.what(), "the mock server is closed, or was moved to another object");
    }
}

TEST(MockServer, CanBeClosedWhileItIsAsked) {
    const auto line = host().load("line");
    auto server = line.start_mock_server(expecting({}));
    const auto client = connect_to(server);
    EXPECT_EQ(client.ask("!log", "it serves"), Message("OK", ""));
    client.send("!sleep", "");
    pact_wasm::CallOptions cancellable;
    cancellable.cancel = pact_wasm::Cancel();
    std::promise<void> about_to_ask;
    auto asking = std::async(std::launch::async, [&] {
        about_to_ask.set_value();
        return error_of([&] {
                   for (;;) {
                       (void)server.results(cancellable);
                   }
               })
            .code();
    });
    about_to_ask.get_future().wait();
    server.close();
    EXPECT_FALSE(server.is_open());
    cancellable.cancel->trigger();
    const auto code = asking.get();
    EXPECT_TRUE(code == Code::cancelled || code == Code::wrong_state) << static_cast<int>(code);
    EXPECT_FALSE(is_listening(server.port()));
}

TEST(MockServer, CanBeMoved) {
    const auto line = host().load("line");
    auto server = line.start_mock_server(expecting_ping());
    const auto port = server.port();
    auto moved = std::move(server);
    EXPECT_FALSE(server.is_open());  // NOLINT(bugprone-use-after-move): that is the test
    EXPECT_EQ(moved.port(), port);
    EXPECT_EQ(connect_to(moved).ask("ping", ""), ok_pong);
    moved = line.start_mock_server(expecting({}));
    EXPECT_NE(moved.port(), port);
    EXPECT_FALSE(is_listening(port));
}

TEST(MockServer, KeepsItsPluginButNotItsHost) {
    auto made = host();
    auto line = made.load("line");
    const auto before = made.catalogue().size();
    auto server = line.start_mock_server(expecting_ping());
    line.close();
    EXPECT_EQ(connect_to(server).ask("ping", ""), ok_pong);
    EXPECT_TRUE(server.results().ok());
    EXPECT_EQ(made.catalogue().size(), before);
    made.close();
    EXPECT_FALSE(is_listening(server.port()));
    EXPECT_EQ(error_of([&] { (void)server.results(); }).code(), Code::not_found);
    EXPECT_EQ(error_of([&] { (void)server.shutdown(); }).code(), Code::not_found);
}

TEST(MockServer, IsInTheGenericCallByItsKey) {
    const auto line = host().load("line");
    const auto server = line.start_mock_server(expecting({}));
    const auto request = pact_wasm::Json{"{\"key\":\"" + server.key() + "\"}"};
    EXPECT_EQ(line.call("get-mock-server-results", request), (pact_wasm::Json{R"({"ok":true,"results":[]})"}));
    (void)line.call("shutdown-mock-server", request);
    EXPECT_EQ(error_of([&] { (void)server.results(); }).code(), Code::not_found);
}

TEST(MockServer, NeedsATransport) {
    const auto minimal = host().load("minimal");
    const auto error = error_of([&] { (void)minimal.start_mock_server(expecting({})); });
    EXPECT_EQ(error.code(), Code::unsupported);
    EXPECT_TRUE(contains(error.what(), "does not export transport")) << error.what();
}

TEST(MockServer, TellsWhichInteractionsItsPluginTakes) {
    const auto line = host().load_directory(make_plugin(
        component("line"), R"(,"pluginConfig":{"declares":["interaction/message","interaction/request-response"]})"));
    auto request = expecting_ping();
    for (const auto type : {pact_wasm::InteractionType::synchronous_http, pact_wasm::InteractionType::asynchronous_messages}) {
        request.interactions[0].type = type;
        EXPECT_TRUE(line.start_mock_server(request).is_open());
    }
    request.interactions[0].type = pact_wasm::InteractionType::synchronous_messages;
    const auto error = error_of([&] { (void)line.start_mock_server(request); });
    EXPECT_EQ(error.code(), Code::unsupported);
    EXPECT_TRUE(contains(error.what(), "it does not take Synchronous/Messages interactions")) << error.what();
}

TEST(MockServer, FailsToStart) {
    for (const auto &[way, code] : {std::pair("fail", Code::plugin), std::pair("trap", Code::trap)}) {
        const auto line =
            host().load_directory(make_plugin(component("line"), ",\"pluginConfig\":{\"start\":\"" + std::string(way) + "\"}"));
        EXPECT_EQ(error_of([&] { (void)line.start_mock_server(expecting({})); }).code(), code) << way;
    }
    const auto line = host().load_directory(make_plugin(component("line"), R"(,"pluginConfig":{"start":"loop"})"));
    pact_wasm::CallOptions soon;
    soon.timeout = milliseconds(200);
    EXPECT_EQ(error_of([&] { (void)line.start_mock_server(expecting({}), soon); }).code(), Code::deadline);
}

// ---- what it calls ----

TEST(MockServer, CallsHandlersOnItsOwnThread) {
    std::atomic<int> calls{0};
    auto with_handler = options();
    const auto here = std::this_thread::get_id();
    with_handler.handlers.push_back(
        {"regex", pact_wasm::FieldMatcher([&](const pact_wasm::MatchFieldCall &call, pact_wasm::MatchAnswer &answer) {
             ++calls;
             EXPECT_NE(std::this_thread::get_id(), here);
             EXPECT_EQ(call.entry_key, "core/matcher/regex");
             EXPECT_EQ(call.test_run_id, "run 7");
             const auto &actual = std::get<std::string>(call.request.actual);
             if (actual == "throw") {
                 throw std::runtime_error("thrown for the server");
             }
             if (actual != "as I say") {
                 answer.add_mismatch({"", "", "not as I say", {}, {}, {}, {}});
             }
         })});
    const pact_wasm::Host made(with_handler);
    auto request = expecting({});
    request.test_context = pact_wasm::Json{R"({"testRunId":"run 7"})"};
    const auto server = made.load("line").start_mock_server(request);
    const auto client = connect_to(server);
    EXPECT_EQ(client.ask("!callback", "as I say"), Message("OK", "true"));
    EXPECT_EQ(client.ask("!callback", "123"), Message("OK", "false"));
    const auto failed = client.ask("!callback", "throw").value();
    EXPECT_EQ(failed.first, "ERR");
    EXPECT_TRUE(contains(failed.second, "std::runtime_error: thrown for the server")) << failed.second;
    EXPECT_EQ(calls, 3);
    EXPECT_TRUE(server.shutdown().ok());
}

TEST(MockServer, LogsOnItsOwnThread) {
    std::promise<std::tuple<std::string, std::string, std::thread::id>> logged;
    auto logging = options();
    logging.log = [&](const pact_wasm::LogRecord &record) {
        if (record.target != "line") {
            return;  // the host says that it grants nothing
        }
        logged.set_value(
            {std::string(record.message), std::string(record.test_run_id.value_or("")), std::this_thread::get_id()});
        throw std::runtime_error("reported on stderr");
    };
    const pact_wasm::Host made(logging);
    auto request = expecting({});
    request.test_context = pact_wasm::Json{R"({"testRunId":"run 8"})"};
    const auto server = made.load("line").start_mock_server(request);
    testing::internal::CaptureStderr();
    EXPECT_EQ(connect_to(server).ask("!log", "gr\xc3\xbc\xc3\x9f dich"), Message("OK", ""));
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "pact_wasm: the log callback threw std::runtime_error: reported on stderr\n");
    const auto [message, run, thread] = logged.get_future().get();
    EXPECT_EQ(message, "gr\xc3\xbc\xc3\x9f dich");
    EXPECT_EQ(run, "run 8");
    EXPECT_NE(thread, std::this_thread::get_id());
    EXPECT_TRUE(server.shutdown().ok());
}

/// A server whose handler does something, and what the handler ended with.
void from_its_handler(const std::function<void(pact_wasm::MockServer &)> &action, bool goes_on) {
    std::optional<pact_wasm::MockServer> server;
    std::promise<void> done;
    auto with_handler = options();
    with_handler.handlers.push_back(
        {"regex", pact_wasm::FieldMatcher([&](const pact_wasm::MatchFieldCall &, pact_wasm::MatchAnswer &) {
             action(*server);
             done.set_value();
         })});
    const pact_wasm::Host made(with_handler);
    server = made.load("line").start_mock_server(expecting({}));
    const auto answer = connect_to(*server).ask("!callback", "x");
    done.get_future().get();
    EXPECT_EQ(answer, goes_on ? std::optional(Message("OK", "true")) : std::nullopt);
    EXPECT_EQ(is_listening(server->port()), goes_on);
}

TEST(MockServer, IsBusyForItsOwnHandler) {
    from_its_handler([](auto &server) { EXPECT_EQ(error_of([&] { (void)server.results(); }).code(), Code::busy); }, true);
    from_its_handler([](auto &server) { EXPECT_EQ(error_of([&] { (void)server.shutdown(); }).code(), Code::busy); }, false);
    from_its_handler([](auto &server) { server.close(); }, false);
}

}  // namespace
