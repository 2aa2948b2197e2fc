// Reads one text from a JSON object (RFC 8259), and checks that the whole document is well formed.

#ifndef JSON_H
#define JSON_H

#include "text.h"

enum json_result {
    JSON_FOUND,
    JSON_ABSENT,     // the object has no such key
    JSON_NO_TEXT,    // the key's value is no text
    JSON_NO_OBJECT,  // the document is something else than an object
    JSON_MALFORMED,  // it is not JSON, or nested more than 128 deep
};

// Looks for `key` in the object itself, not in those nested in it. The last one counts where a key occurs twice. `value`
// is meant for short texts; longer ones are cut off.
enum json_result json_find_text(const char *json, size_t length, const char *key, struct text *value);

#endif
