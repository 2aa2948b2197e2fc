// What goes through unchanged, and what is refused: texts with NULs, large, empty and absent bodies, all fields of all records.

#include "support.hpp"

#include <array>
#include <cmath>

using namespace support;
using pact_wasm::ByteView;
using pact_wasm::Code;
using pact_wasm::FieldValue;
using pact_wasm::Json;
using namespace std::string_literals;

namespace {

TEST(ByteViews, ConvertFromWhateverHoldsBytes) {
    const std::string text = "a\0b"s;
    const std::vector<std::uint8_t> vector = {'a', 0, 'b'};
    const std::vector<std::byte> std_bytes = {std::byte{'a'}, std::byte{0}, std::byte{'b'}};
    const std::array<unsigned char, 3> array = {'a', 0, 'b'};
    const std::uint8_t c_array[] = {'a', 0, 'b'};
    const ByteView view = text;
    EXPECT_EQ(view.size(), 3U);
    EXPECT_EQ(view, ByteView(vector));
    EXPECT_EQ(view, ByteView(std_bytes));
    EXPECT_EQ(view, ByteView(array));
    EXPECT_EQ(view, ByteView(c_array));
    EXPECT_EQ(view, ByteView(std::string_view(text)));
    EXPECT_EQ(view, ByteView("a\0b", 3));
    EXPECT_EQ(ByteView("a\0b"), ByteView("a"));
    EXPECT_NE(view, ByteView("a"));
    EXPECT_EQ(view.text(), text);
    EXPECT_EQ(view.to_vector(), vector);
    EXPECT_EQ(view[2], 'b');
    EXPECT_EQ(std::string(view.begin(), view.end()), text);
    EXPECT_TRUE(ByteView().empty());
    EXPECT_EQ(ByteView(), ByteView(""));
    EXPECT_EQ(ByteView().to_vector(), std::vector<std::uint8_t>());
}

class Echo : public testing::Test {
protected:
    /// What the plugin says that it was asked.
    std::string described(const pact_wasm::CompareRequest &request) const {
        const auto comparison = echo_.compare_contents(request);
        return std::string(comparison[0].description);
    }

    pact_wasm::Plugin echo_ = host().load("echo");
};

TEST_F(Echo, TellsAbsentFromEmpty) {
    pact_wasm::CompareRequest request;
    request.expected = {"application/vnd.echo+json", std::nullopt};
    request.actual = {"a/b", ""};
    const auto text = described(request);
    EXPECT_TRUE(contains(text, R"("expected":{"content_type":"application/vnd.echo+json","content":null,"hint":"Default"})"))
        << text;
    EXPECT_TRUE(contains(text, R"("actual":{"content_type":"a/b","content":[],"hint":"Default"})")) << text;
    EXPECT_TRUE(contains(text, R"("allow_unexpected_keys":false)")) << text;
    EXPECT_TRUE(contains(text, R"("test_context":null)")) << text;

    const auto comparison = echo_.compare_contents(request);
    EXPECT_EQ(comparison[0].expected, std::nullopt);
    EXPECT_EQ(comparison[0].actual, ByteView());

    // Views without an address are present as well.
    request.actual.content = ByteView();
    EXPECT_EQ(described(request), text);
    request.actual.content = std::nullopt;
    EXPECT_NE(described(request), text);
}

TEST_F(Echo, GetsEveryField) {
    pact_wasm::CompareRequest request;
    request.expected = {"application/vnd.echo+json", "\xff", pact_wasm::Hint::binary};
    request.actual = {"a/b", "x", pact_wasm::Hint::text};
    request.allow_unexpected_keys = true;
    request.rules = Json{R"({"$.a":[{"type":"regex","values":{"regex":"\\d"}}]})"};
    request.plugin_configuration = {Json{R"({"i":1.0})"}, Json{R"({"p":2})"}};
    request.test_context = Json{R"({"t":1e2})"};
    const auto text = described(request);
    EXPECT_TRUE(contains(text, R"("content":[255],"hint":"Binary")")) << text;
    EXPECT_TRUE(contains(text, R"("content":[120],"hint":"Text")")) << text;
    EXPECT_TRUE(contains(text, R"("allow_unexpected_keys":true)")) << text;
    EXPECT_TRUE(contains(text, R"x(["$.a",[{"type_":"regex","values":"{\"regex\":\"\\\\d\"}"}]])x")) << text;
    EXPECT_TRUE(contains(text, R"("interaction_configuration":"{\"i\":1.0}","pact_configuration":"{\"p\":2}")")) << text;
    EXPECT_TRUE(contains(text, R"("test_context":"{\"t\":1e2}")")) << text;
}

TEST_F(Echo, GivesEveryFieldOfAnInteraction) {
    pact_wasm::ConfigureRequest request;
    request.content_type = "a/b";
    request.test_context = Json{R"({"t":1})"};
    request.contents_config = {
        R"({"response":[{"contents":{"content_type":"text/csv","content":[97,0,255],"hint":"Binary"},
             "rules":[["column:1",[{"type_":"regex","values":"{\"regex\":\"x\"}"}]]],
             "generators":[["column:1",{"type_":"RandomInt","values":"{\"min\":1}"}]],"message_metadata":"{\"topic\":\"t\"}",
             "metadata_rules":[["topic",[{"type_":"not-empty","values":null}]]],"metadata_generators":[["topic",{"type_":"Uuid","values":null}]],
             "plugin_configuration":{"interaction_configuration":"{\"i\":1.0}","pact_configuration":"{\"p\":2}"},
             "interaction_markup":"<b>a</b>","interaction_markup_type":"Html","part_name":"request"},{"part_name":"response"}],
             "plugin_configuration":{"interaction_configuration":"{\"whole\":1}","pact_configuration":null}})"};
    const auto interaction = echo_.configure_interaction(request);
    ASSERT_EQ(interaction.size(), 2U);
    const auto &part = interaction[0];
    EXPECT_EQ(part.part_name, "request");
    EXPECT_EQ(part.body->content_type, "text/csv");
    EXPECT_EQ(part.body->content, ByteView("a\0\xff", 3));
    EXPECT_EQ(part.body->hint, pact_wasm::Hint::binary);
    EXPECT_EQ(part.rules.text, R"({"column:1":[{"type":"regex","values":{"regex":"x"}}]})");
    EXPECT_EQ(part.generators.text, R"({"column:1":{"type":"RandomInt","values":{"min":1}}})");
    EXPECT_EQ(part.message_metadata, Json{R"({"topic":"t"})"});
    EXPECT_EQ(part.metadata_rules.text, R"({"topic":[{"type":"not-empty"}]})");
    EXPECT_EQ(part.metadata_generators.text, R"({"topic":{"type":"Uuid"}})");
    EXPECT_EQ(part.plugin_configuration.interaction, Json{R"({"i":1.0})"});
    EXPECT_EQ(part.plugin_configuration.pact, Json{R"({"p":2})"});
    EXPECT_EQ(part.markup, "<b>a</b>");
    EXPECT_EQ(part.markup_type, pact_wasm::Markup::html);
    EXPECT_EQ(interaction[1].part_name, "response");
    EXPECT_FALSE(interaction[1].body.has_value());
    EXPECT_EQ(interaction.configuration().interaction, Json{R"({"whole":1})"});
    EXPECT_EQ(interaction.configuration().pact, std::nullopt);
}

pact_wasm::InteractionContents every_field() {
    return {pact_wasm::InteractionType::asynchronous_messages, {Json{R"({"i":1.0})"}, Json{R"({"p":2})"}}, "\"c\"\n", "p"};
}

constexpr std::string_view described_interaction =
    R"({"interaction_type":"AsynchronousMessages","plugin_configuration":{"interaction_configuration":"{\"i\":1.0}",)"
    R"("pact_configuration":"{\"p\":2}"},"consumer":"\"c\"\n","provider":"p"})";

TEST_F(Echo, GetsEveryFieldOfAMockServer) {
    pact_wasm::StartRequest request;
    request.host_interface = "[::1]";
    request.port = 65535;
    request.tls = true;
    request.interactions = {every_field(), {}};
    request.test_context = Json{R"({"t":1.50})"};
    const auto server = echo_.start_mock_server(request);
    EXPECT_EQ(server.address(), "[::1]");
    EXPECT_EQ(server.port(), 65535);
    EXPECT_EQ(server.authority(), "[::1]:65535");
    const auto results = server.results();
    EXPECT_FALSE(results.ok());
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].path, "get-mock-server-results");
    const auto text = results[0].error;
    EXPECT_TRUE(contains(text, R"("host_interface":"[::1]","port":65535,"tls":true)")) << text;
    EXPECT_TRUE(contains(text, described_interaction)) << text;
    EXPECT_TRUE(
        contains(text, R"({"interaction_type":"SynchronousHttp","plugin_configuration":null,"consumer":"","provider":""})"))
        << text;
    EXPECT_TRUE(contains(text, R"("test_context":"{\"t\":1.50}")")) << text;
    const auto last = server.shutdown();
    EXPECT_EQ(last[0].path, "shutdown-mock-server");
}

TEST_F(Echo, GivesEveryFieldOfServerResults) {
    pact_wasm::StartRequest request;
    request.port = 1;
    request.test_context = Json{R"({"response":{"ok":true,"results":[
        {"path":"a","error":"","mismatches":[
            {"expected":null,"actual":[0,255],"description":"d","path":"$.a","diff":"- a","mismatch_type":"metadata"},
            {"expected":[],"actual":null,"description":"e","path":"","diff":null,"mismatch_type":null}]},
        {"path":"","error":"it broke","mismatches":[]}]}})"};
    const auto server = echo_.start_mock_server(request);
    auto results = server.results();
    const auto moved = std::move(results);
    EXPECT_TRUE(moved.ok());
    ASSERT_EQ(moved.size(), 2U);
    EXPECT_EQ(moved[0].path, "a");
    EXPECT_EQ(moved[0].error, "");
    ASSERT_EQ(moved[0].mismatches.size(), 2U);
    const auto &first = moved[0].mismatches[0], &second = moved[0].mismatches[1];
    EXPECT_EQ(first.expected, std::nullopt);
    EXPECT_EQ(first.actual, ByteView("\0\xff", 2));
    EXPECT_EQ(first.description, "d");
    EXPECT_EQ(first.path, "$.a");
    EXPECT_EQ(first.diff, "- a");
    EXPECT_EQ(first.mismatch_type, "metadata");
    EXPECT_EQ(second.expected, ByteView());
    EXPECT_EQ(second.actual, std::nullopt);
    EXPECT_EQ(second.diff, std::nullopt);
    EXPECT_EQ(second.mismatch_type, std::nullopt);
    EXPECT_EQ(moved[1].path, "");
    EXPECT_EQ(moved[1].error, "it broke");
    EXPECT_TRUE(moved[1].mismatches.empty());
}

TEST_F(Echo, GetsEveryFieldOfPreparing) {
    pact_wasm::PrepareRequest request;
    request.interaction = every_field();
    request.config = Json{R"({"c":1e2})"};
    request.test_context = Json{R"({"t":1.50})"};
    const auto prepared = echo_.prepare_interaction(request);
    const auto &data = prepared.data();
    const auto text = data.body.value().content.value().text();
    EXPECT_TRUE(contains(text, described_interaction)) << text;
    EXPECT_TRUE(contains(text, R"("config":"{\"c\":1e2}","test_context":"{\"t\":1.50}")")) << text;
    EXPECT_EQ(data.metadata, (std::map<std::string, pact_wasm::MetadataValue>{{"json", Json{R"({"a":1})"}},
                                                                              {"bytes", std::vector<std::uint8_t>{0, 255}}}));

    request.config = Json{R"({"response":{"body":null,"metadata":[]}})"};
    const auto nothing = echo_.prepare_interaction(request);
    EXPECT_FALSE(nothing.data().body.has_value());
    EXPECT_TRUE(nothing.data().metadata.empty());
    request.config = Json{R"({"response":{"body":{"content_type":"","content":[],"hint":"Text"}}})"};
    const auto empty = echo_.prepare_interaction(request);
    EXPECT_EQ(empty.data().body.value().content, ByteView());
    EXPECT_EQ(empty.data().body.value().hint, pact_wasm::Hint::text);
}

TEST_F(Echo, GetsEveryFieldOfVerifying) {
    pact_wasm::VerifyRequest request;
    request.data.body = pact_wasm::Body{"a/b", "\xff", pact_wasm::Hint::binary};
    request.data.metadata["json"] = Json{"[1.50]"};
    request.data.metadata["bytes"] = std::vector<std::uint8_t>{};
    request.interaction = every_field();
    request.config = Json{R"({"c":1e2})"};
    request.test_context = Json{R"({"t":1.50})"};
    const auto verification = echo_.verify_interaction(request);
    EXPECT_TRUE(verification.success() && verification.empty());
    ASSERT_EQ(verification.output().size(), 1U);
    const auto &text = verification.output()[0];
    EXPECT_TRUE(contains(text, R"("body":{"content_type":"a/b","content":[255],"hint":"Binary"})")) << text;
    EXPECT_TRUE(contains(text, described_interaction)) << text;
    EXPECT_TRUE(contains(text, R"("config":"{\"c\":1e2}")")) << text;
    EXPECT_TRUE(contains(text, R"("test_context":"{\"t\":1.50}")")) << text;
    const auto &response = verification.response().value();
    EXPECT_EQ(response.body.value().content_type, "a/b");
    EXPECT_EQ(response.body.value().content, ByteView("\xff"));
    EXPECT_EQ(response.body.value().hint, pact_wasm::Hint::binary);
    EXPECT_EQ(response.metadata, request.data.metadata);
}

TEST_F(Echo, GivesEveryFieldOfAVerification) {
    pact_wasm::VerifyRequest request;
    request.config = Json{R"({"response":{"success":false,
        "failures":[{"Error":"no \"answer\""},{"Mismatch":{"expected":[1],"actual":[],"description":"d","path":"$.a","diff":null,"mismatch_type":"body"}}],
        "output":["", "a,]\"[\\/", "\b\f\n\r\t\u0001\u001F\u007F\u0000", "grüß dich", "\uD83D\uDE00"]}})"};
    const auto verification = echo_.verify_interaction(request);
    EXPECT_FALSE(verification.success());
    ASSERT_EQ(verification.size(), 2U);
    EXPECT_EQ(verification[0].error, "no \"answer\"");
    EXPECT_FALSE(verification[0].mismatch.has_value());
    EXPECT_EQ(verification[1].error, "");
    EXPECT_EQ(verification[1].mismatch.value().expected, ByteView("\1"));
    EXPECT_EQ(verification[1].mismatch.value().actual, ByteView());
    EXPECT_EQ(verification[1].mismatch.value().path, "$.a");
    EXPECT_EQ(verification.output(), (std::vector<std::string>{"", "a,]\"[\\/", std::string("\b\f\n\r\t\1\x1f\x7f\0", 9),
                                                               "gr\xc3\xbc\xc3\x9f dich", "\xf0\x9f\x98\x80"}));
    EXPECT_FALSE(verification.response().has_value());
    request.config = Json{"{\"error\":\"not today\"}"};
    EXPECT_TRUE(contains(error_of([&] { (void)echo_.verify_interaction(request); }).what(), "not today"));
}

TEST_F(Echo, GetsTheTestContextOfConfiguring) {
    pact_wasm::ConfigureRequest request;
    request.content_type = "a/b";
    request.contents_config = {R"({"describe":"request"})"};
    request.test_context = Json{R"({"t":1.50})"};
    const auto interaction = echo_.configure_interaction(request);
    const auto text = interaction[0].body->content->text();
    EXPECT_TRUE(contains(text, R"("test_context":"{\"t\":1.50}")")) << text;
    EXPECT_TRUE(contains(text, R"("content_type":"a/b")")) << text;
}

TEST_F(Echo, TakesAMegabyte) {
    std::vector<std::uint8_t> large(1 << 20);
    for (std::size_t index = 0; index < large.size(); ++index) {
        large[index] = static_cast<std::uint8_t>(index * 7);
    }
    EXPECT_TRUE(echo_.compare_contents(compare_request("a/b", large, large)).matches());
    pact_wasm::GenerateRequest request;
    request.body = {"a/b", large};
    const auto generated = echo_.generate_content(request);
    EXPECT_EQ(generated.body().content, ByteView(large));
    auto other = large;
    other.back() ^= 1;
    const auto comparison = echo_.compare_contents(compare_request("a/b", large, other));
    ASSERT_EQ(comparison.size(), 1U);
    EXPECT_EQ(comparison[0].actual, ByteView(other));
}

TEST_F(Echo, TakesTextsWithNulsAndOfAllLanguages) {
    const std::string text = "a\0ä\xe4\xb8\xad\xf0\x9f\x98\x80"s;
    pact_wasm::GenerateFieldRequest request;
    request.key = "echo";
    request.generator_type = "echo";
    request.example = text;
    EXPECT_EQ(echo_.generate_field(request), FieldValue(text));

    pact_wasm::MatchFieldRequest match;
    match.key = "echo";
    match.rule_type = "echo";
    match.path = text;
    const auto comparison = echo_.match_field(match);
    EXPECT_EQ(comparison[0].path, text);
    EXPECT_TRUE(contains(comparison[0].description, "\"path\":\"a\\u0000ä中😀\"")) << comparison[0].description;

    pact_wasm::CallOptions call_options;
    call_options.test_run_id = text;
    EXPECT_EQ(echo_.generate_field(request, call_options), FieldValue(text));
}

TEST_F(Echo, KeepsKindsOfValuesApart) {
    pact_wasm::GenerateFieldRequest request;
    request.key = "echo";
    request.generator_type = "echo";
    const FieldValue values[] = {{},
                                 true,
                                 "2",
                                 std::int64_t{2},
                                 2.0,
                                 std::numeric_limits<double>::infinity(),
                                 std::numeric_limits<std::int64_t>::max(),
                                 std::vector<std::uint8_t>{'2'},
                                 Json{R"({"n":2.0})"}};
    for (const auto &value : values) {
        request.example = value;
        EXPECT_EQ(echo_.generate_field(request), value) << value.index();
    }
    request.example = std::nan("");
    EXPECT_TRUE(std::isnan(std::get<double>(echo_.generate_field(request))));
}

TEST_F(Echo, RefusesWhatJsonCannotHave) {
    // A NaN is a value, but not in the JSON of the generic call.
    const auto delegate =
        host_with(pact_wasm::FieldGenerator([](const pact_wasm::GenerateFieldCall &, pact_wasm::FieldAnswer &answer) {
            answer.set_value(std::nan(""));
        })).load("delegate");
    const auto error = error_of([&] {
        delegate.call("generate-field", {R"({"key":"delegate","generator":{"type":"Vin"},"path":"vin","example":"null"})"});
    });
    EXPECT_EQ(error.code(), Code::invalid_response) << error.what();
    EXPECT_EQ(error.operation(), "generate-field");
}

TEST_F(Echo, RefusesWhatIsNoGood) {
    const auto expect_invalid = [](auto call, std::string_view argument) {
        const auto error = error_of(call);
        EXPECT_EQ(error.code(), Code::invalid_argument);
        EXPECT_TRUE(contains(error.what(), argument)) << error.what();
    };
    auto request = compare_request("a/b", "x", "x");
    request.rules = Json{"[]"};
    expect_invalid([&] { echo_.compare_contents(request); }, "\"request.rules_json\"");
    request.rules.reset();
    request.expected.hint = static_cast<pact_wasm::Hint>(7);
    expect_invalid([&] { echo_.compare_contents(request); }, "\"request.expected.hint\"");
    request.expected = {"a/\xff", "x"};
    expect_invalid([&] { echo_.compare_contents(request); }, "\"request.expected.content_type\"");
    expect_invalid([&] { echo_.configure_interaction({}); }, "\"request.content_type\"");
    expect_invalid([&] { echo_.update_catalogue({"{"}); }, "\"catalogue_json\"");
    expect_invalid([&] { echo_.call("shout", {"{}"}); }, "unknown operation \"shout\"");
    expect_invalid([&] { echo_.call("compare-contents", {"{}"}); }, "\"request_json\"");
    expect_invalid([&] { pact_wasm::PactFile(Json{"[]"}).add_plugin(echo_); }, "\"pact_json\"");
    expect_invalid([&] { pact_wasm::PactFile("a", "b").add_interaction({"{}"}); }, "\"interaction.template_json\"");
}

TEST(Options, AreChecked) {
    const auto expect_invalid = [](auto set, std::string_view argument) {
        auto wrong = options();
        set(wrong);
        const auto error = error_of([&] { pact_wasm::Host{wrong}; });
        EXPECT_EQ(error.code(), Code::invalid_argument);
        EXPECT_TRUE(contains(error.what(), argument)) << error.what();
    };
    expect_invalid([](auto &wrong) { wrong.plugin_directory = ""; }, "\"path\" is empty");
    expect_invalid([](auto &wrong) { wrong.implementation = pact_wasm::Implementation{"", "1"}; }, "\"name\" is empty");
    expect_invalid([](auto &wrong) { wrong.log_level = static_cast<pact_wasm::Level>(9); }, "\"level\"");
    expect_invalid([](auto &wrong) { wrong.limits.memory = 1; }, "\"value\"");
    expect_invalid([](auto &wrong) { wrong.limits.stack = 1; }, "\"value\"");
    expect_invalid([](auto &wrong) { wrong.limits.log = std::uint64_t{1} << 40; }, "\"value\"");
    expect_invalid([](auto &wrong) { wrong.limits.nesting = 65; }, "\"value\"");
    expect_invalid([](auto &wrong) { wrong.limits.instances = 0; }, "\"value\"");
    expect_invalid([](auto &wrong) { wrong.test_run_id = "\xff"; }, "\"id\"");
}

TEST(Options, ReachTheLibrary) {
    auto all = options();
    all.cache_directory = scratch() / "cache";
    all.signal_handlers = false;
    all.limits = {std::chrono::seconds(30), 1 << 27, 1 << 20, 1 << 20, 1 << 27, 164, 2, 1};
    const auto hostile = pact_wasm::Host(all).load("hostile");
    EXPECT_FALSE(std::filesystem::is_empty(*all.cache_directory));
    EXPECT_EQ(error_of([&] { misbehave(hostile, "x/trap"); }).code(), Code::trap);
    EXPECT_TRUE(contains(error_of([&] { misbehave(hostile, "x/alloc"); }).what(), "the limit is 134217728"));
    EXPECT_TRUE(contains(error_of([&] { misbehave(hostile, "x/recurse"); }).what(), "stack of 1048576 bytes"));
    misbehave(hostile, "x/log");
    const auto logs = hostile.logs();
    EXPECT_EQ(logs[logs.size() - 1].message, "9999 log record(s) dropped: one call may log 164 bytes");

    // Plugins call each other: delegate asks csv, which is allowed, and csv asks creditcard, which is one too deep.
    const pact_wasm::Host shallow(all);
    const auto delegate = shallow.load("delegate"), csv = shallow.load("csv"), creditcard = shallow.load("creditcard");
    auto request = compare_request("text/csv", "card\n4111111111111111\n", "card\n4111111111111111\n");
    request.plugin_configuration.pact = Json{R"({"entry":"plugin/csv/content-matcher/csv"})"};
    EXPECT_TRUE(delegate.compare_contents(request).matches());
    request.rules = Json{R"({"column:card":[{"type":"creditcard"}]})"};
    const auto error = error_of([&] { delegate.compare_contents(request); });
    EXPECT_EQ(error.code(), Code::cycle);
    EXPECT_TRUE(contains(error.what(), "plugins call each other more than 1 deep")) << error.what();
}

TEST(Options, AnEmptyCacheDirectoryKeepsNothing) {
    auto without = options();
    without.cache_directory = "";
    EXPECT_TRUE(misbehave(pact_wasm::Host(without).load("hostile"), "x/fine").matches());
}

TEST(Library, TellsItsVersion) {
    EXPECT_EQ(pact_wasm::version(), "0.1.0");
    EXPECT_EQ(pact_wasm::abi_version(), static_cast<std::uint32_t>(PACTWASM_ABI_VERSION));
    EXPECT_TRUE(pact_wasm::has_feature("crypto"));
    EXPECT_FALSE(pact_wasm::has_feature("telepathy"));
    EXPECT_FALSE(pact_wasm::has_feature(""));
}

TEST_F(Echo, TakesACatalogue) {
    echo_.update_catalogue({R"([{"entryType":"matcher","key":"core/matcher/mine","values":{"a":"b"}}])"});
    pact_wasm::ConfigureRequest request;
    request.content_type = "a/b";
    request.contents_config = {R"({"describe":"catalogue"})"};
    const auto interaction = echo_.configure_interaction(request);
    EXPECT_EQ(interaction[0].body->content->text(),
              R"([{"entry_type":"Matcher","key":"core/matcher/mine","values":[["a","b"]]}])");
}

}  // namespace
