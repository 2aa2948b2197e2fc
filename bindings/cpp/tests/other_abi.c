// Loaded in front of the library, it answers in its place.

#include <stdint.h>

uint32_t pactwasm_abi_version(void) { return 4711; }
