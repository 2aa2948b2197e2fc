// The library and the process: forks, and another large library of Rust in the same process.

#include "support.hpp"

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
        expect_forked(right, [&] { cancel.trigger(); });
        expect_forked(right, [&] { pact_wasm::PactFile("a", "b").add_plugin(*echo); });
        right = right && work() && (*comparison)[0].description == "the bodies differ";
        interaction.reset();
        comparison.reset();
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
}

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
