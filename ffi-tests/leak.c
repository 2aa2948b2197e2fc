// Loses error handles on purpose. Sanitizer and valgrind have to report it, which proves that they look.

#include "check.h"

int main(void) {
    int turn;
    // Several, because the last one may still lie on the stack, where it counts as known.
    for (turn = 0; turn < 10; turn++) {
        PactWasmError *error = NULL;
        CHECK_EQUAL(pactwasm_host_discover(NULL, NULL, &error), PACTWASM_ERROR_INVALID_ARGUMENT);
    }
    return 0;
}
