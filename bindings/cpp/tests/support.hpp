// What the tests share: where things are, hosts, and errors to look at.

#ifndef SUPPORT_HPP
#define SUPPORT_HPP

#include <gtest/gtest.h>
#include <pact_wasm.hpp>

namespace support {

/// A variable that test.sh sets.
inline std::string environment(const char *name) {
    const char *const value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        throw std::runtime_error(std::string(name) + " is not set; test.sh sets it");
    }
    return value;
}

inline std::filesystem::path plugin_directory() { return environment("PACT_WASM_TEST_PLUGINS"); }

/// Options with the test plugins and the cache that all tests share.
inline pact_wasm::HostOptions options() {
    pact_wasm::HostOptions options;
    options.plugin_directory = plugin_directory();
    options.cache_directory = environment("PACT_WASM_TEST_CACHE");
    return options;
}

inline pact_wasm::Host host() { return pact_wasm::Host(options()); }

/// The same with one handler for the key "vin".
template <class Function>
pact_wasm::Host host_with(Function function) {
    pact_wasm::HostOptions with_handler = options();
    with_handler.handlers.push_back({"vin", std::move(function)});
    return pact_wasm::Host(with_handler);
}

/// The error that a call throws.
template <class Call>
pact_wasm::Error error_of(Call call) {
    try {
        call();
    } catch (const pact_wasm::Error &error) {
        return error;
    }
    throw std::runtime_error("no error was thrown");
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A directory of its own for each test, below that of the build.
inline std::filesystem::path scratch() {
    const auto *const test = testing::UnitTest::GetInstance()->current_test_info();
    const auto path = std::filesystem::current_path() / "scratch" / (std::string(test->test_suite_name()) + "." + test->name());
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
    return path;
}

inline void write_file(const std::filesystem::path &path, std::string_view contents) {
    std::ofstream file(path, std::ios::binary);
    file << contents;
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

inline std::string read_file(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The component of a test plugin.
inline std::string component(const std::string &name) {
    return read_file(plugin_directory() / (name + "-1.0.0") / (name + ".wasm"));
}

/// A plugin of its own, made of a component and a manifest.
inline std::filesystem::path make_plugin(std::string_view component, const std::string &more = "",
                                         const std::string &name = "made") {
    const auto directory = scratch() / name;
    std::filesystem::create_directories(directory);
    write_file(directory / "p.wasm", component);
    write_file(directory / "pact-plugin.json",
               "{\"manifestVersion\":1,\"pluginInterfaceVersion\":2,\"name\":\"" + name +
                   "\",\"version\":\"1.0.0\",\"executableType\":\"wasm\",\"entryPoint\":\"p.wasm\"" + more + "}");
    return directory;
}

/// A request to compare two bodies of one content type.
inline pact_wasm::CompareRequest compare_request(std::string_view content_type, pact_wasm::ByteView expected,
                                                 pact_wasm::ByteView actual) {
    pact_wasm::CompareRequest request;
    request.expected = {content_type, expected};
    request.actual = {content_type, actual};
    return request;
}

/// Compares with the plugin `hostile`, whose content types choose how it misbehaves.
inline pact_wasm::Comparison misbehave(const pact_wasm::Plugin &hostile, std::string_view content_type,
                                       const pact_wasm::CallOptions &call_options = {}) {
    return hostile.compare_contents(compare_request(content_type, "", ""), call_options);
}

/// A request for the plugin `delegate`, which asks the handler "vin".
inline pact_wasm::MatchFieldRequest match_vin() {
    pact_wasm::MatchFieldRequest request;
    request.key = "delegate";
    request.rule_type = "vin";
    request.path = "vin";
    return request;
}

/// A request for the plugin `delegate`, which asks the handler "vin".
inline pact_wasm::GenerateFieldRequest generate_vin() {
    pact_wasm::GenerateFieldRequest request;
    request.key = "delegate";
    request.generator_type = "Vin";
    request.path = "vin";
    return request;
}

/// What makes the plugin `delegate` ask the handler "vin" about bodies.
inline pact_wasm::PluginConfiguration ask_vin() {
    pact_wasm::PluginConfiguration configuration;
    configuration.pact = pact_wasm::Json{R"({"entry":"vin"})"};
    return configuration;
}

}  // namespace support

#endif  // SUPPORT_HPP
