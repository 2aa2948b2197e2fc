// The header by itself, twice, and what later standards make of it.

#include <pact_wasm.hpp>
#include <pact_wasm.hpp>

#if __cplusplus >= 202002L

#include <algorithm>
#include <ranges>
#include <span>

using namespace std::chrono_literals;

static_assert(std::ranges::random_access_range<const pact_wasm::Comparison &>);
static_assert(!std::ranges::borrowed_range<pact_wasm::Comparison>);
static_assert(std::ranges::contiguous_range<pact_wasm::ByteView>);
static_assert(std::is_constructible_v<std::span<const std::uint8_t>, pact_wasm::ByteView>);
static_assert(std::is_constructible_v<pact_wasm::ByteView, std::span<const std::byte>>);

// Requests and options can be written in place.
bool compare(const pact_wasm::Plugin &plugin, std::span<const std::byte> actual);
bool compare(const pact_wasm::Plugin &plugin, std::span<const std::byte> actual) {
    const auto comparison = plugin.compare_contents(
        {.expected = {"text/plain", "x"}, .actual = {"text/plain", actual}, .rules = pact_wasm::Json{"{}"}}, {.timeout = 5s});
    return std::ranges::none_of(comparison, [](const auto &mismatch) { return mismatch.path == "$"; });
}

#endif
