// Says whether the library fits the header, by each of the types with which a program may begin.

#include <pact_wasm.hpp>

#include <iostream>

namespace {

template <class Begin>
void say(const char *what, Begin begin) {
    std::cout << what << ": ";
    try {
        begin();
        std::cout << "fits\n";
    } catch (const pact_wasm::Error &error) {
        std::cout << "error " << static_cast<int>(error.code()) << ": " << error.what() << '\n';
    }
}

}  // namespace

int main() {
    say("host", [] { pact_wasm::Host{}; });
    say("cancel", [] { pact_wasm::Cancel{}; });
    say("pact file", [] { pact_wasm::PactFile("a", "b"); });
    return 0;
}
