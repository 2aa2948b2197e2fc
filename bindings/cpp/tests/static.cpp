// A program that has the library in it.

#include <pact_wasm.hpp>

#include <cstdlib>
#include <iostream>

int main() {
    try {
        pact_wasm::HostOptions options;
        options.plugin_directory = std::getenv("PACT_WASM_TEST_PLUGINS");
        options.cache_directory = std::getenv("PACT_WASM_TEST_CACHE");
        const auto echo = pact_wasm::Host(options).load("echo");
        pact_wasm::CompareRequest request;
        request.expected = request.actual = {"text/plain", "x"};
        return echo.compare_contents(request).matches() ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception &exception) {
        std::cerr << exception.what() << '\n';
        return EXIT_FAILURE;
    }
}
