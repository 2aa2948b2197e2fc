// Random values for the fields of records, from a generator that starts from a seed: the same seed makes the same values.
// PACT_WASM_TEST_SEED sets another one.

#ifndef RANDOM_H
#define RANDOM_H

#include "check.h"

#include <math.h>

// ---- random numbers ----

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15), state;

// Takes the seed from the environment, where it is set, and prints it.
static inline void start_from_seed(void) {
    const char *given = getenv("PACT_WASM_TEST_SEED");
    if (given != NULL && *given != '\0') seed = strtoull(given, NULL, 0);
    printf("PACT_WASM_TEST_SEED=%llu\n", (unsigned long long)seed);
}

// The generator xorshift64*.
static inline uint64_t random_number(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(2685821657736338717);
}

static inline size_t below(size_t limit) {
    return (size_t)((random_number() >> 16) % limit);
}

static inline int chance(size_t percent) {
    return below(100) < percent;
}

// ---- coverage ----

// Something of which every variant has to come up at least once: a generator that always makes the same proves nothing.
typedef struct Coverage {
    const char *name;
    int count;
    unsigned seen;
} Coverage;

static Coverage values = {"kind of value", 7, 0}, hints = {"hint", 3, 0}, contents = {"kind of content", 3, 0};

// A random choice that is to be covered.
static inline int32_t choose(Coverage *of) {
    int32_t choice = (int32_t)below((size_t)of->count);
    of->seen |= 1U << choice;
    return choice;
}

static inline void expect_covered(const Coverage *of) {
    // Few cases do not cover all.
    if (slowness() == 1 && of->seen != (1U << of->count) - 1)
        fail_at(__FILE__, __LINE__, "not every %s came up: %#x", of->name, of->seen);
}

// ---- memory ----

// What is made for one case lives until the next one.
static char memory[1 << 20];
static size_t used;

// A copy that is followed by something other than NUL, because nobody may rely on that.
static inline PactWasmView keep(const void *data, size_t length) {
    char *place = memory + used;
    CHECK(length < sizeof memory - used);
    memcpy(place, data, length);
    place[length] = '!';
    used += length + 1;
    return bytes(place, length);
}

// Every case starts from the seed, its family and its number: what it is does not depend on the cases before it.
static inline void begin(const char *family, int number) {
    const char *letter;
    snprintf(test_case, sizeof test_case, "%s, case %d, PACT_WASM_TEST_SEED=%llu:", family, number, (unsigned long long)seed);
    state = seed ^ (uint64_t)number * UINT64_C(0xbf58476d1ce4e5b9);
    for (letter = family; *letter != '\0'; letter++) state = state * 31 + (uint64_t)*letter;
    if (state == 0) state = 1;
    used = 0;
    random_number();
}

// ---- text and bytes ----

static inline size_t random_length(void) {
    return chance(15) ? 0 : chance(90) ? 1 + below(12) : below(300);
}

static inline PactWasmView random_bytes(void) {
    unsigned char made[300];
    size_t length = random_length(), index;
    for (index = 0; index < length; index++) made[index] = (unsigned char)random_number();
    return keep(made, length);
}

// A character in UTF-8: letters, what JSON escapes, NUL, and the first and last ones of each length.
static inline size_t random_character(char *out) {
    static const uint32_t special[] = {
        0,    1,     8,     9,      10,     12,     13,     0x1f,   '"',    '\\',   '/',     0x7f,    0x80,
        0xe4, 0x7ff, 0x800, 0x20ac, 0x2028, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f382, 0x10ffff,
    };
    uint32_t code = chance(60)   ? 'a' + (uint32_t)below(26)
                    : chance(60) ? special[below(sizeof special / sizeof *special)]
                                 : (uint32_t)below(0xd800);
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static inline PactWasmView random_text(void) {
    char made[300 * 4];
    size_t characters = random_length(), length = 0;
    while (characters-- > 0) length += random_character(made + length);
    return keep(made, length);
}

static inline PactWasmView random_name(void) {
    PactWasmView made;
    do made = random_text();
    while (made.len == 0);
    return made;
}

static inline PactWasmView maybe(PactWasmView view) {
    return chance(25) ? absent() : view;
}

// What arrives where absent and empty mean the same.
static inline PactWasmView or_empty(PactWasmView view) {
    return view.data == NULL ? text("") : view;
}

// ---- JSON ----

// What is being written, until it is finished.
static char json[1 << 18];
static size_t written;

static inline void put(const char *format, ...) {
    va_list arguments;
    int length;
    va_start(arguments, format);
    length = vsnprintf(json + written, sizeof json - written, format, arguments);
    va_end(arguments);
    CHECK(length >= 0 && (size_t)length < sizeof json - written);
    written += (size_t)length;
}

// Bytes as they are, NULs among them.
static inline void put_bytes(PactWasmView view) {
    CHECK(view.len < sizeof json - written);
    memcpy(json + written, view.data, view.len);
    written += view.len;
}

static inline PactWasmView finish(void) {
    PactWasmView made = keep(json, written);
    written = 0;
    return made;
}

// A text as the library and the plugins write it.
static inline void put_text(PactWasmView view) {
    const unsigned char *data = (const unsigned char *)view.data;
    size_t index;
    put("\"");
    for (index = 0; index < view.len; index++) {
        static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
        const char *pair;
        for (pair = shorts; *pair != '\0' && (unsigned char)*pair != data[index]; pair += 2) {}
        if (*pair != '\0')
            put("\\%c", pair[1]);
        else if (data[index] < 0x20)
            put("\\u%04x", data[index]);
        else
            put("%c", data[index]);
    }
    put("\"");
}

static inline void put_optional_text(PactWasmView view) {
    if (view.data == NULL)
        put("null");
    else
        put_text(view);
}

static inline void put_space(void) {
    static const char *const spaces[] = {" ", "\n", "\t", "\r\n ", "", "", "", "", ""};
    put("%s", spaces[below(sizeof spaces / sizeof *spaces)]);
}

static inline void put_value(int depth);

// The members of an object, with `first` as the first one, or NULL.
static inline void put_object(int depth, const char *first) {
    size_t count = below(4);
    put("{");
    if (first != NULL) put("%s%s", first, count > 0 ? "," : "");
    while (count-- > 0) {
        put_space();
        put_text(random_text());
        put_space();
        put(":");
        put_value(depth - 1);
        if (count > 0) put(",");
    }
    put("}");
}

// Any JSON, written in any way that is allowed.
static inline void put_value(int depth) {
    static const char *const plain[] = {
        "null", "true", "false", "[]", "{}", "\"\"", "\"\\u00e4\\u0000\\/\\ud83c\\udf82\"", "0", "-0", "2.0", "-0.0", "0.1",
        "1e308", "-1.7976931348623157E+308", "5e-324", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
        "123456789012345678901234567890",
    };
    size_t count;
    put_space();
    switch (below(depth > 0 ? 5 : 3)) {
    case 0: put("%s", plain[below(sizeof plain / sizeof *plain)]); break;
    case 1: put_text(random_text()); break;
    case 2: put("%lld", (long long)random_number()); break;
    case 3:
        put("[");
        for (count = below(4); count > 0; count--) {
            put_value(depth - 1);
            if (count > 1) put(",");
        }
        put("]");
        break;
    default: put_object(depth, NULL); break;
    }
    put_space();
}

static inline PactWasmView random_object(const char *first) {
    put_space();
    put_object(3, first);
    put_space();
    return finish();
}

// An object or an array: other values have kinds of their own.
static inline PactWasmView random_structure(void) {
    size_t count;
    if (chance(50)) return random_object(NULL);
    put_space();
    put("[");
    for (count = below(4); count > 0; count--) {
        put_value(3);
        if (count > 1) put(",");
    }
    put("]");
    put_space();
    return finish();
}

// A member of an object for random_object, in static memory.
static inline const char *member(const char *name, PactWasmView value) {
    static char made[8192];
    put("\"%s\":", name);
    put_text(value);
    CHECK(written < sizeof made);
    memcpy(made, json, written);
    made[written] = '\0';
    written = 0;
    return made;
}

// ---- parts of records ----

static inline PactWasmBody random_body(void) {
    PactWasmBody body;
    body.content_type = maybe(random_text());
    switch (choose(&contents)) {
    case 0: body.content = absent(); break;
    case 1: body.content = text(""); break;
    default: body.content = random_bytes(); break;
    }
    body.hint = choose(&hints);
    return body;
}

static inline PactWasmBody arriving_body(PactWasmBody body) {
    body.content_type = or_empty(body.content_type);
    return body;
}

static inline PactWasmFieldValue random_value(void) {
    static const int64_t integers[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, INT64_C(9007199254740993)};
    static const double decimals[] = {0.0,    -0.0,     2.0, 0.1, 1e308, -1e308, 5e-324, -2.2250738585072011e-308, 9007199254740992.0,
                                      INFINITY, -INFINITY, NAN};
    PactWasmFieldValue value;
    uint64_t bits;
    memset(&value, 0, sizeof value);
    value.kind = choose(&values);
    switch (value.kind) {
    case PACTWASM_VALUE_BOOLEAN: value.boolean = (int32_t)below(2); break;
    case PACTWASM_VALUE_TEXT: value.data = maybe(random_text()); break;
    case PACTWASM_VALUE_INTEGER:
        bits = random_number();
        memcpy(&value.integer, &bits, sizeof bits);
        if (chance(50)) value.integer = integers[below(sizeof integers / sizeof *integers)];
        break;
    case PACTWASM_VALUE_DECIMAL:
        bits = random_number();
        memcpy(&value.decimal, &bits, sizeof bits);
        if (chance(50)) value.decimal = decimals[below(sizeof decimals / sizeof *decimals)];
        break;
    case PACTWASM_VALUE_BYTES: value.data = maybe(random_bytes()); break;
    case PACTWASM_VALUE_JSON: value.data = random_structure(); break;
    default: break;
    }
    return value;
}

// Rules or generators by path expression; of the latter there is one for each expression.
enum { MOST = 3 };
typedef struct Applied {
    PactWasmView type, values;
} Applied;
typedef struct Expressions {
    PactWasmView paths[MOST];
    Applied applied[MOST][MOST];
    size_t counts[MOST], count;
    int generators;
} Expressions;

// A path expression that no other one of the same case equals.
static inline PactWasmView random_path(size_t number) {
    PactWasmView path = random_text();
    char made[2048];
    int length = snprintf(made, sizeof made, "$.%zu", number);
    memcpy(made + length, path.data, path.len);
    return keep(made, (size_t)length + path.len);
}

static inline Expressions random_expressions(int generators) {
    Expressions made;
    size_t index, inner;
    memset(&made, 0, sizeof made);
    made.generators = generators;
    made.count = below(MOST + 1);
    for (index = 0; index < made.count; index++) {
        made.paths[index] = random_path(index);
        made.counts[index] = generators ? 1 : below(MOST + 1);
        for (inner = 0; inner < made.counts[index]; inner++) {
            Applied *one = &made.applied[index][inner];
            one->type = random_text();
            put_object(2, NULL);
            one->values = maybe(finish());
        }
    }
    return made;
}

// As in requests and results: {"$.a":[{"type":"regex","values":{…}}]}, {"$.a":{"type":"Uuid"}}.
static inline PactWasmView expressions_json(const Expressions *of) {
    size_t index, inner;
    put("{");
    for (index = 0; index < of->count; index++) {
        put(index == 0 ? "" : ",");
        put_text(of->paths[index]);
        put(of->generators ? ":" : ":[");
        for (inner = 0; inner < of->counts[index]; inner++) {
            put(inner == 0 ? "{\"type\":" : ",{\"type\":");
            put_text(of->applied[index][inner].type);
            if (of->applied[index][inner].values.data != NULL) {
                put(",\"values\":");
                put_bytes(of->applied[index][inner].values);
            }
            put("}");
        }
        if (!of->generators) put("]");
    }
    put("}");
    return finish();
}

static inline PactWasmView random_expressions_json(int generators) {
    Expressions made = random_expressions(generators);
    return made.count == 0 && chance(50) ? absent() : expressions_json(&made);
}

// No expressions arrive as absent.
static inline PactWasmView arriving_expressions(PactWasmView view) {
    return view.len == 2 ? absent() : view;
}

// ---- as the plugin echo reads and describes records ----

static inline void put_echo_configuration(const PactWasmPluginConfiguration *configuration) {
    // None, and one with nothing in it, are the same.
    if (configuration->interaction_json.data == NULL && configuration->pact_json.data == NULL && chance(50)) {
        put("\"plugin_configuration\":null");
        return;
    }
    put("\"plugin_configuration\":{\"interaction_configuration\":");
    put_optional_text(configuration->interaction_json);
    put(",\"pact_configuration\":");
    put_optional_text(configuration->pact_json);
    put("}");
}

// [1,2,255], or null.
static inline void put_echo_bytes(PactWasmView view) {
    size_t index;
    put(view.data == NULL ? "null" : "[");
    for (index = 0; index < view.len; index++) put(index == 0 ? "%d" : ",%d", ((const unsigned char *)view.data)[index]);
    put(view.data == NULL ? "" : "]");
}

static inline void put_echo_body(const PactWasmBody *body) {
    static const char *const hints[] = {"Default", "Text", "Binary"};
    put("{\"content_type\":");
    put_text(body->content_type);
    put(",\"content\":");
    put_echo_bytes(body->content);
    put(",\"hint\":\"%s\"}", hints[body->hint]);
}

static inline void put_texts(const PactWasmView *texts, size_t count) {
    size_t index;
    put("[");
    for (index = 0; index < count; index++) {
        put(index == 0 ? "" : ",");
        put_text(texts[index]);
    }
    put("]");
}

// ---- comparing ----

#define SAME(actual, expected) same_at(__FILE__, __LINE__, #actual, (actual), (expected))
#define SAME_BODY(actual, expected) same_body_at(__FILE__, __LINE__, #actual, (actual), (expected))
#define SAME_VALUE(actual, expected) same_value_at(__FILE__, __LINE__, #actual, (actual), (expected))
#define SAME_CONFIGURATION(actual, expected)                                                                                  \
    do {                                                                                                                      \
        SAME((actual).interaction_json, (expected).interaction_json);                                                         \
        SAME((actual).pact_json, (expected).pact_json);                                                                       \
    } while (0)

static inline void same_at(const char *file, int line, const char *what, PactWasmView actual, PactWasmView expected) {
    if (expected.data == NULL)
        check_absent_at(file, line, what, actual);
    else
        check_bytes_at(file, line, what, actual, expected.data, expected.len);
}

static inline void same_body_at(const char *file, int line, const char *what, PactWasmBody actual, PactWasmBody expected) {
    same_at(file, line, what, actual.content_type, expected.content_type);
    same_at(file, line, what, actual.content, expected.content);
    check_equal_at(file, line, what, actual.hint, expected.hint);
}

static inline void same_value_at(const char *file, int line, const char *what, PactWasmFieldValue actual, PactWasmFieldValue expected) {
    check_equal_at(file, line, what, actual.kind, expected.kind);
    check_equal_at(file, line, what, actual.boolean, expected.boolean);
    check_equal_at(file, line, what, actual.integer, expected.integer);
    // Bit by bit, so that -0.0 is not 0.0; but WebAssembly does not promise to keep the bits of what is not a number.
    if (!(isnan(actual.decimal) && isnan(expected.decimal)) && memcmp(&actual.decimal, &expected.decimal, sizeof actual.decimal) != 0)
        fail_at(file, line, "%s\n  expected: %a\n  actual:   %a", what, expected.decimal, actual.decimal);
    // Absent text and absent bytes are empty ones.
    if (expected.kind == PACTWASM_VALUE_TEXT || expected.kind == PACTWASM_VALUE_BYTES) expected.data = or_empty(expected.data);
    same_at(file, line, what, actual.data, expected.data);
}

// ---- calls ----

// The test context of a call, and the options that go with it: each can name the test run, and the options come first.
static inline PactWasmView random_context(PactWasmCallOptions *options, PactWasmView *test_run_id) {
    PactWasmView of_context = random_name(), of_options = random_name(), context = absent();
    int named = 0;
    if (chance(60)) {
        named = chance(50);
        context = random_object(named ? member("testRunId", of_context) : "\"testRunId\":7");
    } else if (chance(30)) {
        context = text("");
    }
    *options = call_options(chance(50) ? 0 : 3600000 + below(3600000));
    *test_run_id = named ? of_context : absent();
    if (chance(50)) {
        options->test_run_id = of_options;
        *test_run_id = of_options;
    } else if (chance(50)) {
        options->test_run_id = text("");
    }
    return context;
}

// Empty JSON is absent JSON.
static inline PactWasmView arriving_json(PactWasmView view) {
    return view.len == 0 ? absent() : view;
}

#endif
