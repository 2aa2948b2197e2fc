// The header alone, first and only; compiled as every version of C.

#include "pact_wasm.h"

int main(void) {
    return pactwasm_abi_version() == PACTWASM_ABI_VERSION ? 0 : 1;
}
