#include "json.h"


// Each function below reads one thing at `at` and leaves `at` behind it. `false` means that the document is malformed.
struct reader {
    const char *at;
    const char *end;
    int depth;
    struct text scratch;  // for texts that are only passed over, and for keys until they are compared
};

// Deep nesting must end in an error before it ends the stack.
enum { MAX_DEPTH = 128 };

static bool read_value(struct reader *reader);

// The next character, or a NUL (which JSON never has outside of texts) at the end.
static char peek(const struct reader *reader) {
    return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_space(struct reader *reader) {
    while (peek(reader) == ' ' || peek(reader) == '\t' || peek(reader) == '\n' || peek(reader) == '\r') {
        reader->at++;
    }
}

static bool take(struct reader *reader, char character) {
    if (peek(reader) != character) {
        return false;
    }
    reader->at++;
    return true;
}

static bool take_word(struct reader *reader, const char *word) {
    while (*word != '\0') {
        if (!take(reader, *word++)) {
            return false;
        }
    }
    return true;
}

static bool take_digits(struct reader *reader) {
    const char *start = reader->at;
    while (peek(reader) >= '0' && peek(reader) <= '9') {
        reader->at++;
    }
    return reader->at > start;
}

static bool read_number(struct reader *reader) {
    take(reader, '-');
    if (!take(reader, '0') && !take_digits(reader)) {
        return false;
    }
    if (take(reader, '.') && !take_digits(reader)) {
        return false;
    }
    if (take(reader, 'e') || take(reader, 'E')) {
        if (!take(reader, '+')) {
            take(reader, '-');
        }
        return take_digits(reader);
    }
    return true;
}

// The four digits of \uXXXX.
static bool read_hex(struct reader *reader, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        char digit = peek(reader);
        if (digit >= '0' && digit <= '9') {
            *unit = *unit * 16 + (uint32_t)(digit - '0');
        } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
            *unit = *unit * 16 + (uint32_t)((digit | 0x20) - 'a') + 10;
        } else {
            return false;
        }
        reader->at++;
    }
    return true;
}

static void append_character(struct text *text, uint32_t character) {
    char bytes[4];
    size_t length = 0;
    if (character < 0x80) {
        bytes[length++] = (char)character;
    } else {
        if (character < 0x800) {
            bytes[length++] = (char)(0xC0 | character >> 6);
        } else {
            if (character < 0x10000) {
                bytes[length++] = (char)(0xE0 | character >> 12);
            } else {
                bytes[length++] = (char)(0xF0 | character >> 18);
                bytes[length++] = (char)(0x80 | (character >> 12 & 0x3F));
            }
            bytes[length++] = (char)(0x80 | (character >> 6 & 0x3F));
        }
        bytes[length++] = (char)(0x80 | (character & 0x3F));
    }
    text_append(text, bytes, length);
}

// What follows \u. Characters beyond U+FFFF are written as two surrogates (RFC 8259 section 7). The grammar allows half a
// pair as well, but it is no character; it becomes a question mark.
static bool read_unicode_escape(struct reader *reader, struct text *text) {
    uint32_t unit;
    if (!read_hex(reader, &unit)) {
        return false;
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
        const char *next = reader->at;
        uint32_t low;
        if (take_word(reader, "\\u") && read_hex(reader, &low) && low >= 0xDC00 && low < 0xE000) {
            append_character(text, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            return true;
        }
        reader->at = next;
    }
    append_character(text, unit >= 0xD800 && unit < 0xE000 ? '?' : unit);
    return true;
}

static bool read_escape(struct reader *reader, struct text *text) {
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (take(reader, 'u')) {
        return read_unicode_escape(reader, text);
    }
    for (size_t i = 0; i < sizeof names - 1; i++) {
        if (take(reader, names[i])) {
            append_character(text, (uint32_t)meanings[i]);
            return true;
        }
    }
    return false;
}

static bool read_text(struct reader *reader, struct text *text) {
    text_clear(text);
    if (!take(reader, '"')) {
        return false;
    }
    while (reader->at < reader->end) {
        const char *start = reader->at;
        while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' && (uint8_t)*reader->at >= 0x20) {
            reader->at++;
        }
        text_append(text, start, (size_t)(reader->at - start));
        if (take(reader, '"')) {
            return true;
        }
        if (!take(reader, '\\') || !read_escape(reader, text)) {
            return false;
        }
    }
    return false;
}

static bool read_array(struct reader *reader) {
    reader->at++;
    skip_space(reader);
    if (take(reader, ']')) {
        return true;
    }
    do {
        if (!read_value(reader)) {
            return false;
        }
    } while (take(reader, ','));
    return take(reader, ']');
}

// Reads an object and looks for `key` in it, unless that is NULL. What came of it is in `result`.
static bool read_object(struct reader *reader, const char *key, struct text *value, enum json_result *result) {
    const struct text *name = &reader->scratch;
    reader->at++;
    skip_space(reader);
    if (take(reader, '}')) {
        return true;
    }
    do {
        skip_space(reader);
        if (!read_text(reader, &reader->scratch)) {
            return false;
        }
        bool wanted = key != NULL && text_equals(name, key);
        skip_space(reader);
        if (!take(reader, ':')) {
            return false;
        }
        skip_space(reader);
        if (wanted && peek(reader) == '"') {
            *result = JSON_FOUND;
            if (!read_text(reader, value)) {
                return false;
            }
            skip_space(reader);
        } else {
            if (wanted) {
                *result = JSON_NO_TEXT;
            }
            if (!read_value(reader)) {
                return false;
            }
        }
    } while (take(reader, ','));
    return take(reader, '}');
}

static bool read_value(struct reader *reader) {
    bool ok;
    if (++reader->depth > MAX_DEPTH) {
        return false;
    }
    skip_space(reader);
    switch (peek(reader)) {
    case '{': ok = read_object(reader, NULL, NULL, NULL); break;
    case '[': ok = read_array(reader); break;
    case '"': ok = read_text(reader, &reader->scratch); break;
    case 't': ok = take_word(reader, "true"); break;
    case 'f': ok = take_word(reader, "false"); break;
    case 'n': ok = take_word(reader, "null"); break;
    default: ok = read_number(reader);
    }
    skip_space(reader);
    reader->depth--;
    return ok;
}

enum json_result json_find_text(const char *json, size_t length, const char *key, struct text *value) {
    struct reader reader = {.at = json, .end = json + length};
    enum json_result result = JSON_ABSENT;
    bool ok;
    skip_space(&reader);
    if (peek(&reader) == '{') {
        ok = read_object(&reader, key, value, &result);
        skip_space(&reader);
    } else {
        result = JSON_NO_OBJECT;
        ok = read_value(&reader);
    }
    return ok && reader.at == reader.end ? result : JSON_MALFORMED;
}
