// Stands in for the C library, so that the component is small and imports nothing of an operating system.
//
// The host allocates the arguments of a call, and the results of what the plugin calls, with `cabi_realloc`. The pieces are
// laid one after the other and never freed one by one: all of them belong to one call, and with the first allocation of the
// next call the memory is used anew.

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536 };

// The linker puts this behind all static data and the stack.
extern uint8_t __heap_base;

static uintptr_t top;
static bool call_ended = true;

void memory_end_call(void) {
    call_ended = true;
}

// The bindings have a `cabi_realloc` of their own, which gives way to this one.
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align,
                                                                size_t new_size) {
    if (call_ended) {
        top = (uintptr_t)&__heap_base;
        call_ended = false;
    }
    uintptr_t start = (top + align - 1) & ~(uintptr_t)(align - 1);
    uintptr_t end;
    if (__builtin_add_overflow(start, new_size, &end)) {
        abort();
    }
    size_t pages = (end + PAGE - 1) / PAGE;
    size_t present = __builtin_wasm_memory_size(0);
    if (pages > present && __builtin_wasm_memory_grow(0, pages - present) == SIZE_MAX) {
        abort();
    }
    top = end;
    if (old_size > 0) {
        memcpy((void *)start, old, old_size < new_size ? old_size : new_size);
    }
    return (void *)start;
}

// The bindings free what was passed in and out.
void free(void *memory) {
    (void)memory;
}

void abort(void) {
    __builtin_trap();
}

int memcmp(const void *left, const void *right, size_t length) {
    const uint8_t *a = left;
    const uint8_t *b = right;
    for (; length > 0; length--, a++, b++) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

size_t strlen(const char *string) {
    const char *end = string;
    while (*end != '\0') {
        end++;
    }
    return (size_t)(end - string);
}
