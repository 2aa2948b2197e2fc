// Every code that can be reached, with all that its error tells. The codes that cannot are listed at the end.

#include "support.hpp"

#include <map>
#include <regex>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

using namespace support;
using pact_wasm::Code;
using pact_wasm::Error;
using pact_wasm::Init;
using pact_wasm::Json;

namespace {

/// An error, and what it has to be like. Absent fields have to be absent.
void expect(const Error &error, Code code, std::string_view message, const pact_wasm::ErrorDetails &details = {}) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_TRUE(contains(error.what(), message)) << error.what();
    EXPECT_EQ(error.plugin_name(), details.plugin_name) << error.what();
    EXPECT_EQ(error.plugin_version(), details.plugin_version) << error.what();
    EXPECT_EQ(error.operation(), details.operation) << error.what();
    EXPECT_EQ(error.backtrace().has_value(), details.backtrace.has_value()) << error.what();
    EXPECT_TRUE(!details.backtrace || contains(error.backtrace().value(), *details.backtrace))
        << error.backtrace().value_or("");
}

pact_wasm::ErrorDetails of(const char *plugin, const char *operation) { return {plugin, "1.0.0", operation, std::nullopt}; }

pact_wasm::ErrorDetails stopped(const std::string &plugin, const char *operation) {
    return {plugin, "1.0.0", operation, plugin + ".wasm!"};
}

Error misbehaving(std::string_view content_type, const pact_wasm::CallOptions &call_options = {},
                  const pact_wasm::HostOptions &host_options = options()) {
    const auto hostile = pact_wasm::Host(host_options).load("hostile");
    const auto error = error_of([&] { misbehave(hostile, content_type, call_options); });
    EXPECT_TRUE(misbehave(hostile, "x/fine").matches());  // none the worse for it
    return error;
}

/// A code, and how to get it.
const std::map<Code, void (*)()> provocations = {
    {Code::invalid_argument,
     [] { expect(error_of([] { host().load("a\xff"); }), Code::invalid_argument, "argument \"name\" is not UTF-8"); }},
    {Code::not_found, [] { expect(error_of([] { host().load("nobody"); }), Code::not_found, "no plugin \"nobody\" in "); }},
    {Code::busy,
     [] {
         auto one = options();
         one.limits.instances = 1;
         pact_wasm::Plugin *delegate = nullptr;
         std::optional<Error> inner;
         one.handlers.push_back(
             {"vin", pact_wasm::FieldMatcher([&](const pact_wasm::MatchFieldCall &, pact_wasm::MatchAnswer &) {
                  inner = error_of([&] { delegate->match_field(match_vin()); });
              })});
         auto loaded = pact_wasm::Host(one).load("delegate");
         delegate = &loaded;
         EXPECT_TRUE(loaded.match_field(match_vin()).matches());
         expect(inner.value(), Code::busy, "all 1 instance(s) are busy with the call that this one comes from",
                of("delegate", "match-field"));
     }},
    {Code::forked,
     [] {
         const auto made = host();
         const auto child = fork();
         if (child == 0) {
             _exit(error_of([&] { (void)made.discover(); }).code() == Code::forked ? 0 : 1);
         }
         int status = -1;
         ASSERT_EQ(waitpid(child, &status, 0), child);
         EXPECT_EQ(status, 0);
     }},
    {Code::unsupported,
     [] {
         const auto minimal = host().load("minimal");
         expect(error_of([&] { misbehave(minimal, "x/fine"); }), Code::unsupported, "it does not export content-matcher",
                of("minimal", "compare-contents"));
     }},
    {Code::wrong_state,
     [] {
         const auto hostile = host().load("hostile", "", Init::later);
         expect(error_of([&] { misbehave(hostile, "x/fine"); }), Code::wrong_state, "not initialised",
                of("hostile", "compare-contents"));
     }},
    {Code::incompatible,
     [] {
         const auto directory = make_plugin(std::string_view("\0asm\x0d\0\1\0", 8));
         expect(error_of([&] { host().load_directory(directory); }), Code::incompatible,
                "does not export pact:plugin/lifecycle", {"made", "1.0.0", std::nullopt, std::nullopt});
     }},
    {Code::manifest_invalid,
     [] {
         const auto directory = scratch();
         write_file(directory / "pact-plugin.json", "{}");
         expect(error_of([&] { host().load_directory(directory); }), Code::manifest_invalid, "field \"name\" is missing");
     }},
    {Code::component_invalid,
     [] {
         const auto directory = make_plugin("This is no plugin.");
         expect(error_of([&] { host().load_directory(directory); }), Code::component_invalid, "not a WebAssembly component",
                {"made", "1.0.0", std::nullopt, std::nullopt});
     }},
    {Code::permission,
     [] {
         const auto directory = make_plugin(component("line"), R"(,"pluginConfig":{"permissions":{"environment":["HOME"]}})");
         expect(error_of([&] { host().load_directory(directory); }), Code::permission,
                "it asks for what this host does not grant: environment variable HOME",
                {"made", "1.0.0", std::nullopt, std::nullopt});
         pact_wasm::StartRequest everywhere;
         everywhere.host_interface = "0.0.0.0";
         const auto line = host().load("line");
         expect(error_of([&] { (void)line.start_mock_server(everywhere); }), Code::permission, "to listen on 0.0.0.0",
                of("line", "start-mock-server"));
         pact_wasm::VerifyRequest somewhere;
         somewhere.interaction.plugin_configuration.interaction = Json{R"({"command":"a","request":"","response":""})"};
         somewhere.config = Json{R"({"host":"127.0.0.1","port":9})"};
         somewhere.data.metadata["command"] = Json{"\"a\""};
         expect(error_of([&] { (void)line.verify_interaction(somewhere); }), Code::permission, "to connect to 127.0.0.1:9",
                of("line", "verify-interaction"));
     }},
    {Code::io,
     [] {
         auto file = options();
         file.plugin_directory = scratch() / "a-file";
         write_file(*file.plugin_directory, "");
         expect(error_of([&] { (void)pact_wasm::Host(file).discover(); }), Code::io, "a-file");
         expect(error_of([&] { pact_wasm::PactFile("a", "b").write(*file.plugin_directory / "pact.json"); }), Code::io,
                "a-file/pact.json");
     }},
    {Code::plugin,
     [] {
         expect(misbehaving("x/error"), Code::plugin, "the plugin answered: the guest says no",
                of("hostile", "compare-contents"));
     }},
    {Code::trap,
     [] { expect(misbehaving("x/trap"), Code::trap, "the plugin crashed", stopped("hostile", "compare-contents")); }},
    {Code::deadline,
     [] {
         pact_wasm::CallOptions soon;
         soon.timeout = std::chrono::milliseconds(200);
         expect(misbehaving("x/loop", soon), Code::deadline, "no answer within the deadline of 200 ms",
                stopped("hostile", "compare-contents"));
     }},
    {Code::cancelled,
     [] {
         pact_wasm::CallOptions cancelled;
         cancelled.cancel = pact_wasm::Cancel();
         cancelled.cancel->trigger();
         const auto error = misbehaving("x/loop", cancelled);
         EXPECT_EQ(error.code(), Code::cancelled);
         EXPECT_TRUE(contains(error.what(), "cancelled by the caller")) << error.what();
     }},
    {Code::memory_limit,
     [] {
         expect(misbehaving("x/alloc"), Code::memory_limit, "the limit is 268435456", stopped("hostile", "compare-contents"));
     }},
    {Code::host_call_limit,
     [] {
         auto large = options();
         large.limits.memory = std::uint64_t{1} << 30;
         large.limits.host_call = std::uint64_t{1} << 20;
         const auto error = misbehaving("x/huge-result", {}, large);
         EXPECT_EQ(error.code(), Code::host_call_limit);
         EXPECT_TRUE(contains(error.what(), "more than 1048576 bytes")) << error.what();
     }},
    {Code::stack_limit,
     [] {
         expect(misbehaving("x/recurse"), Code::stack_limit, "stack of 524288 bytes", stopped("hostile", "compare-contents"));
     }},
    {Code::resource_limit,
     [] {
         auto small = options();
         small.limits.table_elements = 1;
         const auto error = error_of([&] { pact_wasm::Host(small).load("hostile"); });
         expect(error, Code::resource_limit, "the limit is 1", of("hostile", "init"));
     }},
    {Code::cycle,
     [] {
         const auto delegate = host().load("delegate");
         auto request = match_vin();
         request.path = "plugin/delegate/matcher/delegate";
         expect(error_of([&] { delegate.match_field(request); }), Code::cycle, "plugins call each other in a circle",
                stopped("delegate", "match-field"));
     }},
    {Code::invalid_response,
     [] {
         pact_wasm::ConfigureRequest request;
         request.content_type = "x/bad-json";
         request.contents_config = {"{}"};
         const auto hostile = host().load("hostile");
         expect(error_of([&] { hostile.configure_interaction(request); }), Code::invalid_response,
                "the answer's rules is not valid", of("hostile", "configure-interaction"));
     }},
};

/// Codes that a C++ program cannot provoke.
const std::map<Code, const char *> unreachable = {
    {Code::ambiguous, "reaches plugins only, as text"},
    {Code::compile_failed, "takes a valid component that the compiler refuses; none is known"},
    {Code::internal, "a fault of the library"},
};

class EveryCode : public testing::TestWithParam<Code> {};

TEST_P(EveryCode, HasAllFields) { provocations.at(GetParam())(); }

std::vector<Code> provoked() {
    std::vector<Code> codes;
    for (const auto &[code, provoke] : provocations) {
        codes.push_back(code);
    }
    return codes;
}

INSTANTIATE_TEST_SUITE_P(Errors, EveryCode, testing::ValuesIn(provoked()),
                         [](const auto &parameter) { return std::to_string(static_cast<int>(parameter.param)); });

TEST(Errors, AreThoseOfTheHeader) {
    const std::string header = read_file(environment("PACT_WASM_TEST_HEADER"));
    const std::regex definition("#define PACTWASM_ERROR_[A-Z_]+ ([0-9]+)");
    std::set<Code> defined, listed;
    for (std::sregex_iterator match(header.begin(), header.end(), definition), end; match != end; ++match) {
        defined.insert(static_cast<Code>(std::stoi((*match)[1])));
    }
    for (const auto &[code, provoke] : provocations) {
        listed.insert(code);
    }
    for (const auto &[code, reason] : unreachable) {
        EXPECT_TRUE(listed.insert(code).second)
            << static_cast<int>(code) << " is provoked and said to be unreachable: " << reason;
    }
    EXPECT_FALSE(defined.empty());
    EXPECT_EQ(listed, defined);
}

TEST(Errors, OfInitCanBeTriedAgain) {
    const auto hostile =
        host().load_directory(make_plugin(component("hostile"), ",\"pluginConfig\":{\"init\":\"fail\"}"), Init::later);
    EXPECT_EQ(hostile.info().capabilities, std::nullopt);
    EXPECT_TRUE(hostile.catalogue().empty());
    for (int attempt = 0; attempt < 2; ++attempt) {
        expect(error_of([&] { hostile.init(); }), Code::plugin, "the guest refuses to start", of("made", "init"));
    }
}

TEST(Errors, OfInitUnloadThePlugin) {
    const auto directory = make_plugin(component("hostile"), ",\"pluginConfig\":{\"init\":\"fail\"}");
    const auto made = host();
    EXPECT_EQ(error_of([&] { made.load_directory(directory); }).code(), Code::plugin);
    for (const auto &entry : made.catalogue()) {
        EXPECT_EQ(entry.plugin_name, std::nullopt);
    }
}

TEST(Errors, OfBrokenManifestsHideNoPlugin) {
    auto own = options();
    own.plugin_directory = make_plugin(component("hostile"), "", "fine").parent_path();
    std::filesystem::create_directories(*own.plugin_directory / "broken");
    write_file(*own.plugin_directory / "broken" / "pact-plugin.json", "{\"name\":7}");
    const auto installed = pact_wasm::Host(own).discover();
    ASSERT_EQ(installed.size(), 2U);
    EXPECT_EQ(installed[0].name, "fine");
    EXPECT_EQ(installed[0].problem, std::nullopt);
    EXPECT_EQ(installed[1].name, std::nullopt);
    EXPECT_EQ(installed[1].version, std::nullopt);
    EXPECT_EQ(installed[1].executable_type, std::nullopt);
    EXPECT_TRUE(contains(installed[1].problem.value(), "field \"name\" is 7")) << installed[1].problem.value();
}

TEST(Errors, OfOnesOwnAreTheSameType) {
    const Error error(Code::busy, "made up", {"a", "1", "init", "f"});
    const Error copy = error;
    expect(copy, Code::busy, "made up", {"a", "1", "init", "f"});
    static_assert(std::is_nothrow_copy_constructible_v<Error>);
    EXPECT_THROW(throw Error(Code::busy, "made up"), std::runtime_error);
}

}  // namespace
