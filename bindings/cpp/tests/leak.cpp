// Loses results on purpose. The sanitizer has to report it, which proves that it looks.

#include <pact_wasm.hpp>

int main() {
    // Several, because the last one may still lie on the stack, where it counts as known.
    for (int turn = 0; turn < 10; ++turn) {
        static_cast<void>(new pact_wasm::Catalogue(pact_wasm::Host().catalogue()));
    }
    return 0;
}
