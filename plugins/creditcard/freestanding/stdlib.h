// The little that the generated bindings want from the C library, which is not there. See src/memory.c.

#ifndef STDLIB_H
#define STDLIB_H

#include <stddef.h>

void free(void *memory);
void *malloc(size_t size);
void *realloc(void *memory, size_t size);
_Noreturn void abort(void);

#endif
