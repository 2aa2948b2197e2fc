// The little that this plugin and the generated bindings want from the C library, which is not there. See src/memory.c.

#ifndef STRING_H
#define STRING_H

#include <stddef.h>

int memcmp(const void *left, const void *right, size_t length);
size_t strlen(const char *string);

// WebAssembly has an instruction for it.
#define memcpy __builtin_memcpy

#endif
