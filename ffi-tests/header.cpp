// The header alone in C++: its functions are extern "C", so they link.

#include "pact_wasm.h"

int main() {
    PactWasmView view = {"x", 1};
    return view.len == 1 && pactwasm_abi_version() == PACTWASM_ABI_VERSION ? 0 : 1;
}
