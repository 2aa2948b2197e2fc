// Timeouts, cancelling, and many threads.

#include "support.hpp"

#include <condition_variable>
#include <thread>

using namespace support;
using pact_wasm::Code;
using std::chrono::milliseconds;

namespace {

TEST(Timeout, StopsALoop) {
    const auto hostile = host().load("hostile");
    pact_wasm::CallOptions soon;
    soon.timeout = milliseconds(100);
    for (const auto *way : {"x/loop", "x/sleep"}) {
        const auto start = std::chrono::steady_clock::now();
        const auto error = error_of([&] { misbehave(hostile, way, soon); });
        EXPECT_EQ(error.code(), Code::deadline);
        EXPECT_TRUE(contains(error.what(), "deadline of 100 ms")) << error.what();
        EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(99));
        EXPECT_TRUE(misbehave(hostile, "x/fine").matches());
    }
}

TEST(Timeout, OfTheHostCountsWhereTheCallHasNone) {
    auto limited = options();
    limited.limits.timeout = milliseconds(150);
    const auto hostile = pact_wasm::Host(limited).load("hostile");
    EXPECT_TRUE(contains(error_of([&] { misbehave(hostile, "x/loop"); }).what(), "deadline of 150 ms"));
}

TEST(Timeout, IsPositive) {
    const auto hostile = host().load("hostile");
    for (const auto wrong : {milliseconds(0), milliseconds(-5), milliseconds(86400001)}) {
        pact_wasm::CallOptions call_options;
        call_options.timeout = wrong;
        const auto error = error_of([&] { misbehave(hostile, "x/fine", call_options); });
        EXPECT_EQ(error.code(), Code::invalid_argument);
        EXPECT_TRUE(contains(error.what(), "timeout")) << error.what();
        EXPECT_TRUE(contains(error.what(), std::to_string(wrong.count()))) << error.what();
        auto limited = options();
        limited.limits.timeout = wrong;
        EXPECT_EQ(error_of([&] { pact_wasm::Host{limited}; }).code(), Code::invalid_argument);
    }
}

TEST(Cancel, StopsALoopFromAnotherThread) {
    auto one = options();
    one.limits.instances = 1;
    const auto hostile = pact_wasm::Host(one).load("hostile");
    for (const auto *way : {"x/loop", "x/sleep"}) {
        pact_wasm::CallOptions cancellable;
        cancellable.timeout = std::chrono::minutes(10);
        cancellable.cancel = pact_wasm::Cancel();
        std::optional<Code> code;
        std::thread thread([&] { code = error_of([&] { misbehave(hostile, way, cancellable); }).code(); });
        // There is one instance, so a call with a short deadline fails once the other thread has it.
        pact_wasm::CallOptions probe;
        probe.timeout = milliseconds(1);
        bool has_it = false;
        while (!has_it) {
            try {
                misbehave(hostile, "x/fine", probe);
            } catch (const pact_wasm::Error &error) {
                has_it = error.code() == Code::deadline;
            }
        }
        const pact_wasm::Cancel copy = *cancellable.cancel;
        copy.trigger();
        thread.join();
        EXPECT_EQ(code, Code::cancelled);
        // It stays on.
        EXPECT_EQ(error_of([&] { misbehave(hostile, "x/fine", cancellable); }).code(), Code::cancelled);
        EXPECT_TRUE(misbehave(hostile, "x/fine").matches());
    }
}

TEST(Cancel, MayBeGoneWhileTheCallRuns) {
    pact_wasm::CallOptions call_options;
    call_options.cancel = pact_wasm::Cancel();
    const auto delegate = host_with([&](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
                              call_options.cancel.reset();
                              answer.set_value(call.request.example);
                          }).load("delegate");
    EXPECT_EQ(delegate.generate_field(generate_vin(), call_options), pact_wasm::FieldValue());
    EXPECT_FALSE(call_options.cancel.has_value());
}

// Opens when all have come.
class Barrier {
public:
    explicit Barrier(int count) : missing_(count) {}

    bool wait() {
        std::unique_lock lock(mutex_);
        if (--missing_ == 0) {
            all_.notify_all();
        }
        return all_.wait_for(lock, std::chrono::seconds(60), [this] { return missing_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable all_;
    int missing_;
};

TEST(Threads, CallOnePluginAtOnce) {
    constexpr int count = 16;
    Barrier barrier(count);
    std::atomic<int> together{0};
    auto parallel = options();
    parallel.limits.instances = count;
    parallel.limits.timeout = std::chrono::minutes(2);
    parallel.handlers.push_back(
        {"vin", pact_wasm::FieldGenerator([&](const pact_wasm::GenerateFieldCall &call, pact_wasm::FieldAnswer &answer) {
             if (call.request.example == pact_wasm::FieldValue("meet") && barrier.wait()) {
                 ++together;
             }
             answer.set_value(call.request.example);
         })});
    const pact_wasm::Host made(parallel);
    const auto delegate = made.load("delegate");
    std::vector<std::thread> threads;
    for (int number = 0; number < count; ++number) {
        threads.emplace_back([&, number] {
            auto request = generate_vin();
            request.example = "meet";
            EXPECT_EQ(delegate.generate_field(request), request.example);
            for (int turn = 0; turn < 100; ++turn) {
                request.example = std::to_string(number) + "/" + std::to_string(turn);
                EXPECT_EQ(delegate.generate_field(request), request.example);
                EXPECT_EQ(delegate.info().name, "delegate");
                EXPECT_FALSE(made.catalogue().empty());
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(together, count);
}

}  // namespace
