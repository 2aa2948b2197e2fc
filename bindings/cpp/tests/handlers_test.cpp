// Functions of this program that plugins call: what arrives, what comes back, and exceptions. The plugin `delegate` passes each
// operation on to the entry that its request names.

#include "support.hpp"

#include <atomic>

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::Code;
using pact_wasm::FieldValue;
using pact_wasm::Json;

namespace {

const std::vector<std::uint8_t> bytes = {0, 'x', 0xff, 0};

pact_wasm::CallOptions run_7() {
    pact_wasm::CallOptions call_options;
    call_options.timeout = std::chrono::seconds(20);
    call_options.test_run_id = "run 7";
    return call_options;
}

template <class Call>
void expect_call(const Call &call, std::string_view entry_key) {
    EXPECT_EQ(call.entry_key, entry_key);
    EXPECT_EQ(call.plugin_name, "delegate");
    EXPECT_EQ(call.test_run_id, "run 7");
    EXPECT_GT(call.remaining, std::chrono::milliseconds(0));
    EXPECT_LE(call.remaining, std::chrono::seconds(20));
}

pact_wasm::PluginConfiguration configuration() { return {Json{R"({"i": 1.0})"}, ask_vin().pact}; }

TEST(Handlers, CompareBodies) {
    int calls = 0;
    const auto delegate =
        host_with(pact_wasm::ContentMatcher([&](const pact_wasm::CompareCall &call, pact_wasm::CompareAnswer &answer) {
            expect_call(call, "core/content-matcher/vin");
            const auto &request = call.request;
            EXPECT_EQ(request.expected.content_type, "text/vin");
            EXPECT_EQ(request.expected.content, ByteView(bytes));
            EXPECT_EQ(request.expected.hint, pact_wasm::Hint::binary);
            EXPECT_EQ(request.actual.content_type, "text/other");
            EXPECT_EQ(request.actual.content.has_value(), calls == 0);
            EXPECT_EQ(request.allow_unexpected_keys, true);
            EXPECT_EQ(request.rules, Json{R"({"$.b":[{"type":"regex","values":{ "regex":"x"}}]})"});
            EXPECT_EQ(request.plugin_configuration.interaction, Json{R"({"i": 1.0})"});
            EXPECT_EQ(request.plugin_configuration.pact, ask_vin().pact);
            EXPECT_EQ(request.test_context, Json{R"({"t":[2.0]})"});
            pact_wasm::Mismatch mismatch;
            mismatch.expression = "$.a";
            mismatch.path = "$.a[0]";
            mismatch.description = "they differ";
            mismatch.expected = bytes;
            mismatch.actual = "";
            mismatch.diff = "- a";
            mismatch.mismatch_type = "metadata";
            answer.add_mismatch(mismatch);
            if (++calls == 2) {
                answer.set_type_mismatch("text/vin", "text/other");
            }
        })).load("delegate");
    pact_wasm::CompareRequest request;
    request.expected = {"text/vin", bytes, pact_wasm::Hint::binary};
    request.actual = {"text/other", ""};
    request.allow_unexpected_keys = true;
    request.rules = Json{R"({"$.b":[{"type":"regex","values":{ "regex":"x"}}]})"};
    request.plugin_configuration = configuration();
    request.test_context = Json{R"({"t":[2.0]})"};
    const auto comparison = delegate.compare_contents(request, run_7());
    ASSERT_EQ(comparison.size(), 1U);
    EXPECT_EQ(comparison[0].expression, "$.a");
    EXPECT_EQ(comparison[0].path, "$.a[0]");
    EXPECT_EQ(comparison[0].description, "they differ");
    EXPECT_EQ(comparison[0].expected, ByteView(bytes));
    EXPECT_EQ(comparison[0].actual, ByteView(""));
    EXPECT_EQ(comparison[0].diff, "- a");
    EXPECT_EQ(comparison[0].mismatch_type, "metadata");

    request.actual.content.reset();
    const auto of_another_type = delegate.compare_contents(request, run_7());
    EXPECT_EQ(of_another_type.verdict(), pact_wasm::Verdict::content_type);
    EXPECT_EQ(of_another_type[0].actual, ByteView("text/other"));
    EXPECT_EQ(calls, 2);
}

TEST(Handlers, GenerateBodies) {
    const auto delegate =
        host_with(pact_wasm::ContentGenerator([](const pact_wasm::GenerateCall &call, pact_wasm::ContentAnswer &answer) {
            expect_call(call, "core/content-generator/vin");
            const auto &request = call.request;
            EXPECT_EQ(request.body.content_type, "text/vin");
            EXPECT_EQ(request.generators, Json{R"({"$.b":{"type":"Uuid"}})"});
            EXPECT_EQ(request.plugin_configuration.interaction, Json{R"({"i": 1.0})"});
            EXPECT_EQ(request.test_context, Json{R"({"t":[2.0]})"});
            EXPECT_EQ(request.test_mode, pact_wasm::TestMode::provider);
            EXPECT_EQ(request.content_for, pact_wasm::ContentFor::response);
            answer.set_body(request.body);
        })).load("delegate");
    pact_wasm::GenerateRequest request;
    request.generators = Json{R"({"$.b":{"type":"Uuid"}})"};
    request.plugin_configuration = configuration();
    request.test_context = Json{R"({"t":[2.0]})"};
    request.test_mode = pact_wasm::TestMode::provider;
    request.content_for = pact_wasm::ContentFor::response;
    for (const auto &content : {std::optional<ByteView>(), std::optional<ByteView>(""), std::optional<ByteView>(bytes)}) {
        for (const auto hint : {pact_wasm::Hint::by_content_type, pact_wasm::Hint::text, pact_wasm::Hint::binary}) {
            request.body = {"text/vin", content, hint};
            const auto generated = delegate.generate_content(request, run_7());
            EXPECT_EQ(generated.body().content_type, "text/vin");
            EXPECT_EQ(generated.body().content, content);
            EXPECT_EQ(generated.body().hint, hint);
        }
    }
}

TEST(Handlers, MatchValues) {
    const auto delegate =
        host_with(pact_wasm::FieldMatcher([](const pact_wasm::MatchFieldCall &call, pact_wasm::MatchAnswer &answer) {
            expect_call(call, "core/matcher/vin");
            const auto &request = call.request;
            EXPECT_EQ(request.key, "delegate");
            EXPECT_EQ(request.rule_type, "vin");
            EXPECT_EQ(request.rule_values, Json{R"({"year": 2004})"});
            EXPECT_EQ(request.path, "vin");
            EXPECT_EQ(request.source, pact_wasm::Source::query);
            EXPECT_EQ(request.expected, FieldValue(std::numeric_limits<std::int64_t>::min()));
            EXPECT_EQ(request.plugin_configuration.interaction, std::nullopt);
            EXPECT_EQ(request.test_context, Json{R"({"t":[2.0]})"});
            if (request.actual != FieldValue(bytes)) {
                answer.add_mismatch({"", "", "no VIN", {}, {}, {}, {}});
            }
        })).load("delegate");
    auto request = match_vin();
    request.rule_values = Json{R"({"year": 2004})"};
    request.source = pact_wasm::Source::query;
    request.expected = std::numeric_limits<std::int64_t>::min();
    request.actual = bytes;
    request.test_context = Json{R"({"t":[2.0]})"};
    EXPECT_TRUE(delegate.match_field(request, run_7()).matches());
    request.actual = "WBA";
    const auto comparison = delegate.match_field(request, run_7());
    ASSERT_EQ(comparison.size(), 1U);
    EXPECT_EQ(comparison[0].description, "no VIN");
    EXPECT_EQ(comparison[0].path, "vin");
    EXPECT_EQ(comparison[0].expected, std::nullopt);
}

TEST(Handlers, GenerateValues) {
    const auto delegate =
        host_with(pact_wasm::FieldGenerator([](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
            expect_call(call, "core/generator/vin");
            EXPECT_EQ(call.request.key, "delegate");
            EXPECT_EQ(call.request.generator_type, "Vin");
            EXPECT_EQ(call.request.generator_values, Json{R"({"year": 2004})"});
            EXPECT_EQ(call.request.path, "vin");
            EXPECT_EQ(call.request.test_mode, pact_wasm::TestMode::consumer);
            answer.set_value(call.request.example);
        })).load("delegate");
    auto request = generate_vin();
    request.generator_values = Json{R"({"year": 2004})"};
    request.test_mode = pact_wasm::TestMode::consumer;
    const FieldValue values[] = {std::monostate{}, false, true,  "gr\xc3\xbc\xc3\x9f dich",   "",
                                 std::int64_t{2},  2.0,   bytes, std::vector<std::uint8_t>{}, Json{R"([1, 2.0, {"a": null}])"}};
    for (const auto &value : values) {
        request.example = value;
        EXPECT_EQ(delegate.generate_field(request, run_7()), value) << value.index();
    }
}

TEST(Handlers, AreInTheCatalogue) {
    auto with_handler = options();
    with_handler.handlers.push_back(
        {"vin", pact_wasm::ContentMatcher([](const pact_wasm::CompareCall &, pact_wasm::CompareAnswer &) {}),
         Json{R"({"content-types":"text/vin"})"}});
    const auto catalogue = pact_wasm::Host(with_handler).catalogue();
    std::size_t found = 0;
    for (const auto &entry : catalogue) {
        if (entry.key == "core/content-matcher/vin") {
            ++found;
            EXPECT_EQ(entry.values, Json{R"({"content-types":"text/vin"})"});
        }
    }
    EXPECT_EQ(found, 1U);
}

class OfMyOwn : public std::out_of_range {
    using std::out_of_range::out_of_range;
};

TEST(Handlers, AnswerWithTheirExceptions) {
    const auto message_of = [](auto thrown) {
        const auto delegate =
            host_with(pact_wasm::FieldMatcher([&](const pact_wasm::MatchFieldCall &, pact_wasm::MatchAnswer &) {
                throw thrown;
            })).load("delegate");
        const auto error = error_of([&] { delegate.match_field(match_vin()); });
        EXPECT_EQ(error.code(), Code::plugin);
        EXPECT_EQ(error.plugin_name(), "delegate");
        EXPECT_EQ(error.plugin_version(), "1.0.0");
        EXPECT_EQ(error.operation(), "match-field");
        return std::string(error.what());
    };
    const std::string before = "plugin delegate 1.0.0, match-field: the plugin answered: the host says: core/matcher/vin: ";
    EXPECT_EQ(message_of(std::runtime_error("no register \xc3\xa4 here")),
              before + "std::runtime_error: no register \xc3\xa4 here");
    EXPECT_EQ(message_of(OfMyOwn("too far")), before + "(anonymous namespace)::OfMyOwn: too far");
    EXPECT_EQ(message_of(std::runtime_error("\xff")), before + "an exception whose message is not UTF-8");
    EXPECT_EQ(message_of(7), before + "an exception that is no std::exception");
    EXPECT_EQ(message_of(pact_wasm::Error(Code::busy, "made up")), before + "pact_wasm::Error: made up");
}

TEST(Handlers, LearnWhatIsWrongWithTheirAnswer) {
    const auto delegate =
        host_with(pact_wasm::FieldMatcher([](const pact_wasm::MatchFieldCall &, pact_wasm::MatchAnswer &answer) {
            answer.add_mismatch({});
        })).load("delegate");
    const auto error = error_of([&] { delegate.match_field(match_vin()); });
    EXPECT_EQ(error.code(), Code::plugin);
    EXPECT_TRUE(contains(error.what(), "core/matcher/vin: pact_wasm::Error: argument \"mismatch.description\""))
        << error.what();
}

TEST(Handlers, CallTheLibrary) {
    const auto made = host();
    const auto echo = made.load("echo");
    const auto delegate =
        host_with(pact_wasm::FieldGenerator([&](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
            EXPECT_GT(made.catalogue().size(), 0U);
            answer.set_value(echo.generate_field(call.request));
        })).load("delegate");
    auto request = generate_vin();
    request.example = "by way of echo";
    EXPECT_EQ(delegate.generate_field(request), FieldValue("by way of echo"));
}

TEST(Handlers, MayFreeWhatTheyAreCalledFor) {
    auto made = std::make_unique<pact_wasm::Host>();
    auto delegate = std::make_unique<std::optional<pact_wasm::Plugin>>();
    *made = host_with(pact_wasm::FieldGenerator([&](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
        made.reset();
        delegate->reset();
        answer.set_value(call.request.example);
    }));
    *delegate = made->load("delegate");
    auto request = generate_vin();
    request.example = true;
    EXPECT_EQ((*delegate)->generate_field(request), FieldValue(true));
    EXPECT_FALSE(delegate->has_value());
}

TEST(Handlers, MustHaveAFunction) {
    auto without = options();
    without.handlers.push_back({"vin", pact_wasm::FieldMatcher()});
    const auto error = error_of([&] { pact_wasm::Host{without}; });
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_TRUE(contains(error.what(), "\"vin\" has no function")) << error.what();
}

/// Counts how many of it there are.
struct Counted {
    explicit Counted(std::atomic<int> &counter) : count(&counter) { ++*count; }
    Counted(const Counted &other) : count(other.count) { ++*count; }
    Counted &operator=(const Counted &) = delete;
    ~Counted() { --*count; }
    std::atomic<int> *count;
};

TEST(Handlers, AreDestroyedOnceWithTheLastUser) {
    std::atomic<int> count{0};
    {
        auto made = std::make_unique<pact_wasm::Host>(host_with(pact_wasm::FieldMatcher(
            [counted = Counted(count)](const pact_wasm::MatchFieldCall &, pact_wasm::MatchAnswer &) { (void)counted; })));
        EXPECT_EQ(count, 1);
        const auto delegate = made->load("delegate");
        made.reset();
        EXPECT_TRUE(delegate.match_field(match_vin()).matches());
        EXPECT_EQ(count, 1);
    }
    EXPECT_EQ(count, 0);

    // Refused, and still destroyed.
    auto refused = options();
    refused.log = [counted = Counted(count)](const pact_wasm::LogRecord &) { (void)counted; };
    refused.handlers.push_back(
        {"a/b", pact_wasm::FieldMatcher([counted = Counted(count)](const pact_wasm::MatchFieldCall &,
                                                                   pact_wasm::MatchAnswer &) { (void)counted; })});
    EXPECT_EQ(count, 2);
    EXPECT_EQ(error_of([&] { pact_wasm::Host{refused}; }).code(), Code::invalid_argument);
    EXPECT_EQ(count, 2);
}

}  // namespace
