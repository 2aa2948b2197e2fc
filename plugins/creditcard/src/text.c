#include "text.h"

#include <string.h>

void text_clear(struct text *text) {
    text->length = 0;
}

void text_append(struct text *text, const char *piece, size_t length) {
    size_t room = TEXT_CAPACITY - text->length;
    if (length > room) {
        length = room;
        // Bytes 10xxxxxx continue a character; the cut goes before one that starts it.
        while (length > 0 && ((uint8_t)piece[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    memcpy(text->data + text->length, piece, length);
    text->length += length;
}

void text_append_string(struct text *text, const char *piece) {
    text_append(text, piece, strlen(piece));
}

void text_append_number(struct text *text, uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_append(text, digits + first, sizeof digits - first);
}

bool text_equals(const struct text *text, const char *string) {
    return text->length == strlen(string) && memcmp(text->data, string, text->length) == 0;
}
