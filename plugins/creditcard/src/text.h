// Text that is put together piece by piece, in a buffer of its own: this plugin allocates nothing.

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_CAPACITY = 256 };

// UTF-8. What does not fit is cut off at the end of a character.
struct text {
    char data[TEXT_CAPACITY];
    size_t length;
};

void text_clear(struct text *text);

// `piece` is `length` bytes of UTF-8, whole characters.
void text_append(struct text *text, const char *piece, size_t length);

// `piece` ends with a NUL.
void text_append_string(struct text *text, const char *piece);

void text_append_number(struct text *text, uint64_t number);

// `string` ends with a NUL.
bool text_equals(const struct text *text, const char *string);

#endif
