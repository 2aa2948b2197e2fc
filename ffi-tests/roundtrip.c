// Property test of the records: whatever is in their fields arrives on the other side, and comes back, byte by byte. Values are made
// by a generator that starts from a seed, which is printed; PACT_WASM_TEST_SEED sets another one.
//
// Requests go from here into the plugin delegate and from that to a handler here, which compares them with what was sent, and
// answers go the same way back. So each crosses the boundary of WebAssembly four times. What handlers do not see, the plugin
// echo tells.
//
// | function             | records                                                                                     |
// |----------------------|---------------------------------------------------------------------------------------------|
// | compare              | compare-contents: request; answer: mismatches by expression, content type mismatch, error   |
// | generate             | generate-content: request; answer: body, error                                              |
// | match_field          | match-field: request; answer: mismatches, error                                             |
// | generate_field       | generate-field: request; answer: field value, error                                         |
// | configure_requests   | configure-interaction: request                                                              |
// | interactions         | configure-interaction: interaction responses, plugin configuration                          |
// | catalogues           | update-catalogue: catalogue entries                                                         |
// | init_requests        | init: request                                                                               |
// | init_answers         | init: catalogue entries, plugin capabilities; error text, missing capabilities              |
// | log_records          | log                                                                                         |
//
// Bodies, rules, generators, plugin configurations and field values are parts of these.

#include "check.h"

#include <math.h>

// ---- random numbers ----

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15), state;

// Marsaglia's xorshift with a multiplication behind it.
static uint64_t random_number(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(2685821657736338717);
}

static size_t below(size_t limit) {
    return (size_t)((random_number() >> 16) % limit);
}

static int chance(size_t percent) {
    return below(100) < percent;
}

// ---- coverage ----

// What has to come up at least once, by number: a generator that always makes the same proves nothing.
enum { VALUE_SENT, VALUE_ANSWERED, HINT_SENT, HINT_ANSWERED, CONTENT_SENT, CONTENT_ANSWERED, SOURCE, MODE, CONTENT_FOR, ANSWER, PARTS, ENTRY, LEVEL, KINDS };
static struct {
    const char *name;
    int count;
    unsigned seen;
} coverage[KINDS] = {
    {"kind of value sent", 7, 0},   {"kind of value answered", 7, 0}, {"hint sent", 3, 0},      {"hint answered", 3, 0},
    {"content sent", 3, 0},         {"content answered", 3, 0},       {"source", 6, 0},         {"test mode", 3, 0},
    {"content for", 2, 0},          {"kind of answer", 4, 0},         {"number of parts", 4, 0}, {"entry type", 6, 0},
    {"log level", 5, 0},
};

// A random choice that is to be covered.
static int32_t choose(int kind) {
    int32_t choice = (int32_t)below((size_t)coverage[kind].count);
    coverage[kind].seen |= 1U << choice;
    return choice;
}

static void expect_coverage(void) {
    int kind;
    // Few cases do not cover all.
    if (slowness() > 1) return;
    for (kind = 0; kind < KINDS; kind++)
        if (coverage[kind].seen != (1U << coverage[kind].count) - 1)
            fail_at(__FILE__, __LINE__, "not every %s came up: %#x", coverage[kind].name, coverage[kind].seen);
}

// ---- memory ----

// What is made for one case lives until the next one.
static char memory[1 << 20];
static size_t used;

// A copy that is followed by something other than NUL, because nobody may rely on that.
static PactWasmView keep(const void *data, size_t length) {
    char *place = memory + used;
    CHECK(length < sizeof memory - used);
    memcpy(place, data, length);
    place[length] = '!';
    used += length + 1;
    return bytes(place, length);
}

// Every case starts from the seed, its family and its number, so that one alone can be repeated.
static void begin(const char *family, int number) {
    const char *letter;
    snprintf(test_case, sizeof test_case, "%s, case %d, PACT_WASM_TEST_SEED=%llu:", family, number, (unsigned long long)seed);
    state = seed ^ (uint64_t)number * UINT64_C(0xbf58476d1ce4e5b9);
    for (letter = family; *letter != '\0'; letter++) state = state * 31 + (uint64_t)*letter;
    if (state == 0) state = 1;
    used = 0;
    random_number();
}

// ---- text and bytes ----

static size_t random_length(void) {
    return chance(15) ? 0 : chance(90) ? 1 + below(12) : below(300);
}

static PactWasmView random_bytes(void) {
    unsigned char made[300];
    size_t length = random_length(), index;
    for (index = 0; index < length; index++) made[index] = (unsigned char)random_number();
    return keep(made, length);
}

// A character in UTF-8: letters, what JSON escapes, NUL, and the first and last ones of each length.
static size_t random_character(char *out) {
    static const uint32_t special[] = {0,      1,      8,      9,      10,     12,     13,     0x1f,    '"',     '\\',    '/',     0x7f,
                                       0x80,   0xe4,   0x7ff,  0x800,  0x20ac, 0x2028, 0xd7ff, 0xe000,  0xfeff,  0xfffd,  0xffff,  0x10000,
                                       0x1f382, 0x10ffff};
    uint32_t code = chance(60) ? 'a' + (uint32_t)below(26) : chance(60) ? special[below(sizeof special / sizeof *special)] : (uint32_t)below(0xd800);
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

static PactWasmView random_text(void) {
    char made[300 * 4];
    size_t characters = random_length(), length = 0;
    while (characters-- > 0) length += random_character(made + length);
    return keep(made, length);
}

static PactWasmView random_name(void) {
    PactWasmView made;
    do made = random_text();
    while (made.len == 0);
    return made;
}

static PactWasmView maybe(PactWasmView view) {
    return chance(25) ? absent() : view;
}

// What arrives where absent and empty mean the same.
static PactWasmView or_empty(PactWasmView view) {
    return view.data == NULL ? text("") : view;
}

// ---- JSON ----

static char json[1 << 18];
static size_t written;

static void put(const char *format, ...) {
    va_list arguments;
    int length;
    va_start(arguments, format);
    length = vsnprintf(json + written, sizeof json - written, format, arguments);
    va_end(arguments);
    CHECK(length >= 0 && (size_t)length < sizeof json - written);
    written += (size_t)length;
}

static PactWasmView finish(void) {
    PactWasmView made = keep(json, written);
    written = 0;
    return made;
}

// A text as the library and the plugins write it.
static void put_text(PactWasmView view) {
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

static void put_optional_text(PactWasmView view) {
    if (view.data == NULL)
        put("null");
    else
        put_text(view);
}

static void put_space(void) {
    static const char *const spaces[] = {" ", "\n", "\t", "\r\n ", "", "", "", "", ""};
    put("%s", spaces[below(sizeof spaces / sizeof *spaces)]);
}

static void put_value(int depth);

// The members of an object, with `first` as the first one, or NULL.
static void put_object(int depth, const char *first) {
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
static void put_value(int depth) {
    static const char *const plain[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-0",
                                        "2.0",
                                        "-0.0",
                                        "1e308",
                                        "-1.7976931348623157E+308",
                                        "5e-324",
                                        "0.1",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "18446744073709551615",
                                        "123456789012345678901234567890",
                                        "\"\"",
                                        "\"\\u00e4\\u0000\\/\\ud83c\\udf82\"",
                                        "[]",
                                        "{}"};
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

static PactWasmView random_object(const char *first) {
    put_space();
    put_object(3, first);
    put_space();
    return finish();
}

static PactWasmView random_json(void) {
    put_value(4);
    return finish();
}

// A member of an object for random_object, in static memory.
static const char *member(const char *name, PactWasmView value) {
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

static PactWasmBody random_body(int sent) {
    PactWasmBody body;
    body.content_type = maybe(random_text());
    switch (choose(sent ? CONTENT_SENT : CONTENT_ANSWERED)) {
    case 0: body.content = absent(); break;
    case 1: body.content = text(""); break;
    default: body.content = random_bytes(); break;
    }
    body.hint = choose(sent ? HINT_SENT : HINT_ANSWERED);
    return body;
}

static PactWasmBody arriving_body(PactWasmBody body) {
    body.content_type = or_empty(body.content_type);
    return body;
}

static PactWasmFieldValue random_value(int sent) {
    static const int64_t integers[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, INT64_C(9007199254740993)};
    static const double decimals[] = {0.0, -0.0, 2.0, 0.1, 1e308, -1e308, 5e-324, -2.2250738585072011e-308, 9007199254740992.0, INFINITY, -INFINITY, NAN};
    PactWasmFieldValue value;
    uint64_t bits;
    memset(&value, 0, sizeof value);
    value.kind = choose(sent ? VALUE_SENT : VALUE_ANSWERED);
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
    case PACTWASM_VALUE_JSON: value.data = random_json(); break;
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
static PactWasmView random_path(size_t number) {
    PactWasmView path = random_text();
    char made[2048];
    int length = snprintf(made, sizeof made, "$.%zu", number);
    memcpy(made + length, path.data, path.len);
    return keep(made, (size_t)length + path.len);
}

static Expressions random_expressions(int generators) {
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
static PactWasmView expressions_json(const Expressions *of) {
    size_t index, inner;
    put("{");
    for (index = 0; index < of->count; index++) {
        put(index == 0 ? "" : ",");
        put_text(of->paths[index]);
        put(of->generators ? ":" : ":[");
        for (inner = 0; inner < of->counts[index]; inner++) {
            put(inner == 0 ? "{\"type\":" : ",{\"type\":");
            put_text(of->applied[index][inner].type);
            if (of->applied[index][inner].values.data != NULL)
                put(",\"values\":%.*s", (int)of->applied[index][inner].values.len, (const char *)of->applied[index][inner].values.data);
            put("}");
        }
        if (!of->generators) put("]");
    }
    put("}");
    return finish();
}

// As echo wants them: [["$.a",[{"type_":"regex","values":"{…}"}]]], [["$.a",{"type_":"Uuid","values":null}]].
static void put_echo_expressions(const char *key, const Expressions *of) {
    size_t index, inner;
    put("\"%s\":[", key);
    for (index = 0; index < of->count; index++) {
        put(index == 0 ? "[" : ",[");
        put_text(of->paths[index]);
        put(of->generators ? "," : ",[");
        for (inner = 0; inner < of->counts[index]; inner++) {
            put(inner == 0 ? "{\"type_\":" : ",{\"type_\":");
            put_text(of->applied[index][inner].type);
            put(",\"values\":");
            put_optional_text(of->applied[index][inner].values);
            put("}");
        }
        put(of->generators ? "]" : "]]");
    }
    put("],");
}

static PactWasmView random_expressions_json(int generators) {
    Expressions made = random_expressions(generators);
    return made.count == 0 && chance(50) ? absent() : expressions_json(&made);
}

// No expressions arrive as absent.
static PactWasmView arriving_expressions(PactWasmView view) {
    return view.len == 2 ? absent() : view;
}

// ---- comparing ----

#define SAME(actual, expected) same_at(__LINE__, #actual, (actual), (expected))
#define SAME_BODY(actual, expected) same_body_at(__LINE__, #actual, (actual), (expected))
#define SAME_VALUE(actual, expected) same_value_at(__LINE__, #actual, (actual), (expected))
#define SAME_CONFIGURATION(actual, expected)                                                                                  \
    do {                                                                                                                      \
        SAME((actual).interaction_json, (expected).interaction_json);                                                         \
        SAME((actual).pact_json, (expected).pact_json);                                                                       \
    } while (0)

static void same_at(int line, const char *what, PactWasmView actual, PactWasmView expected) {
    if (expected.data == NULL)
        check_absent_at(__FILE__, line, what, actual);
    else
        check_bytes_at(__FILE__, line, what, actual, expected.data, expected.len);
}

static void same_body_at(int line, const char *what, PactWasmBody actual, PactWasmBody expected) {
    same_at(line, what, actual.content_type, expected.content_type);
    same_at(line, what, actual.content, expected.content);
    check_equal_at(__FILE__, line, what, actual.hint, expected.hint);
}

static void same_value_at(int line, const char *what, PactWasmFieldValue actual, PactWasmFieldValue expected) {
    check_equal_at(__FILE__, line, what, actual.kind, expected.kind);
    check_equal_at(__FILE__, line, what, actual.boolean, expected.boolean);
    check_equal_at(__FILE__, line, what, actual.integer, expected.integer);
    // Bit by bit, so that -0.0 is not 0.0; but WebAssembly does not promise to keep the bits of what is not a number.
    if (!(isnan(actual.decimal) && isnan(expected.decimal)) && memcmp(&actual.decimal, &expected.decimal, sizeof actual.decimal) != 0)
        fail_at(__FILE__, line, "%s\n  expected: %a\n  actual:   %a", what, expected.decimal, actual.decimal);
    // Absent text and absent bytes are empty ones.
    if (expected.kind == PACTWASM_VALUE_TEXT || expected.kind == PACTWASM_VALUE_BYTES) expected.data = or_empty(expected.data);
    same_at(line, what, actual.data, expected.data);
}

// ---- through the plugin delegate to a handler ----

#define KEY "r\xc3\xb6und \"trip\""

enum { SAYS_NOTHING, SAYS_WHAT_FITS, SAYS_OTHERWISE, SAYS_ERROR };

// The case that is running: what was sent, and what the handler answers with.
static struct Exchange {
    const char *entry_key;
    PactWasmCallOptions options;
    PactWasmView test_run_id;
    PactWasmCompareRequest compare;
    PactWasmGenerateRequest generate;
    PactWasmMatchFieldRequest match_field;
    PactWasmGenerateFieldRequest generate_field;
    int served, answer;
    PactWasmMismatch mismatches[5];
    size_t count;
    PactWasmView types[2], error;
    PactWasmBody body;
    PactWasmFieldValue value;
} sent;

static PactWasmHost *host;
static PactWasmPlugin *delegate, *echo;

// The test context of a call, and the options that go with it: who names a test run.
static PactWasmView random_context(void) {
    PactWasmView of_context = random_name(), of_options = random_name(), context = absent();
    int named = 0;
    if (chance(60)) {
        named = chance(50);
        context = random_object(named ? member("testRunId", of_context) : "\"testRunId\":7");
    } else if (chance(30)) {
        context = text("");
    }
    sent.options = call_options(chance(50) ? 0 : 3600000 + below(3600000));
    sent.test_run_id = named ? of_context : absent();
    if (chance(50)) {
        sent.options.test_run_id = of_options;
        sent.test_run_id = of_options;
    } else if (chance(50)) {
        sent.options.test_run_id = text("");
    }
    return context;
}

// Empty JSON is absent JSON.
static PactWasmView arriving_json(PactWasmView view) {
    return view.len == 0 ? absent() : view;
}

// The entry's key, whole or in part.
static PactWasmView entry_key(const char *type) {
    char made[128];
    int length = snprintf(made, sizeof made, "core/%s/%s", type, KEY);
    size_t skipped = chance(40) ? 0 : chance(50) ? strlen("core/") : strlen("core/") + strlen(type) + 1;
    return keep(made + skipped, (size_t)length - skipped);
}

static PactWasmPluginConfiguration random_configuration(const char *type) {
    PactWasmPluginConfiguration made;
    made.interaction_json = maybe(random_object(NULL));
    made.pact_json = random_object(member("entry", entry_key(type)));
    return made;
}

// For single values the path can name the entry as well, with a configuration that does not, or with none.
static void random_place(const char *type, PactWasmView *path, PactWasmPluginConfiguration *configuration) {
    *configuration = random_configuration(type);
    *path = maybe(random_text());
    if (chance(50)) {
        *path = entry_key(type);
        configuration->pact_json = maybe(random_object(NULL));
    }
}

static void random_answer(const char *type) {
    static char full_key[128];
    size_t index;
    snprintf(full_key, sizeof full_key, "core/%s/%s", type, KEY);
    sent.entry_key = full_key;
    sent.served = 0;
    sent.answer = choose(ANSWER);
    sent.count = below(6);
    for (index = 0; index < sent.count; index++) {
        PactWasmMismatch *mismatch = &sent.mismatches[index];
        memset(mismatch, 0, sizeof *mismatch);
        mismatch->size = sizeof *mismatch;
        // Few, so that some come more than once.
        mismatch->expression = index > 0 && chance(60) ? sent.mismatches[below(index)].expression : maybe(random_text());
        mismatch->path = maybe(random_text());
        mismatch->description = random_name();
        mismatch->expected = maybe(random_bytes());
        mismatch->actual = maybe(random_bytes());
        mismatch->diff = maybe(random_text());
        mismatch->mismatch_type = maybe(random_text());
    }
    sent.types[0] = maybe(random_text());
    sent.types[1] = maybe(random_text());
    sent.error = random_name();
    sent.body = random_body(0);
    sent.value = random_value(0);
}

static void expect_call(const PactWasmHandlerCall *call, const void *request) {
    CHECK_TEXT(call->entry_key, sent.entry_key);
    CHECK_TEXT(call->plugin_name, "delegate");
    SAME(call->test_run_id, sent.test_run_id);
    CHECK(call->remaining_ms > 0 && call->remaining_ms <= (sent.options.timeout_ms == 0 ? 600000 : sent.options.timeout_ms));
    CHECK_EQUAL((call->compare != NULL) + (call->generate != NULL) + (call->match_field != NULL) + (call->generate_field != NULL), 1);
    CHECK(request != NULL);
    sent.served++;
}

static void say_error(PactWasmAnswer *answer) {
    PactWasmError *error = NULL;
    if (sent.answer == SAYS_ERROR) OK(pactwasm_answer_set_error(answer, (const char *)sent.error.data, sent.error.len, &error));
}

static void say_mismatches(PactWasmAnswer *answer) {
    PactWasmError *error = NULL;
    size_t index;
    if (sent.answer == SAYS_NOTHING) return;
    for (index = 0; index < sent.count; index++) OK(pactwasm_answer_add_mismatch(answer, &sent.mismatches[index], &error));
}

// The plugin's call fails with the handler's text.
static void expect_failure(int32_t status, PactWasmError *error, const char *operation, PactWasmView reason) {
    char prefix[256];
    int length = snprintf(prefix, sizeof prefix, "plugin delegate 1.0.0, %s: the plugin answered: the host says: %s: ", operation, sent.entry_key);
    PactWasmErrorInfo info;
    char *message = (char *)malloc((size_t)length + reason.len);
    CHECK_EQUAL(status, PACTWASM_ERROR_PLUGIN);
    CHECK(message != NULL);
    info = error_info(error);
    memcpy(message, prefix, (size_t)length);
    memcpy(message + length, reason.data, reason.len);
    CHECK_BYTES(info.message, message, (size_t)length + reason.len);
    free(message);
    pactwasm_error_free(error);
}

static void expect_mismatch(const PactWasmComparison *comparison, size_t index, PactWasmView expression, PactWasmView path,
                            const PactWasmMismatch *expected) {
    PactWasmMismatch found;
    PactWasmError *error = NULL;
    memset(&found, 0x5a, sizeof found);
    found.size = sizeof found;
    OK(pactwasm_comparison_get(comparison, index, &found, &error));
    SAME(found.expression, expression);
    SAME(found.path, path);
    SAME(found.description, expected->description);
    SAME(found.expected, expected->expected);
    SAME(found.actual, expected->actual);
    SAME(found.diff, expected->diff);
    SAME(found.mismatch_type, expected->mismatch_type);
}

static void expect_verdict(const PactWasmComparison *comparison, int32_t expected, size_t count) {
    PactWasmError *error = NULL;
    int32_t verdict = -1;
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    CHECK_EQUAL(verdict, expected);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), count);
}

// ---- compare-contents ----

static void serve_compare(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmCompareRequest *request = call->compare, *expected = &sent.compare;
    PactWasmError *error = NULL;
    (void)user_data;
    expect_call(call, request);
    CHECK_EQUAL(request->size, sizeof *request);
    SAME_BODY(request->expected, arriving_body(expected->expected));
    SAME_BODY(request->actual, arriving_body(expected->actual));
    CHECK_EQUAL(request->allow_unexpected_keys, expected->allow_unexpected_keys);
    SAME(request->rules_json, arriving_expressions(expected->rules_json));
    SAME_CONFIGURATION(request->plugin_configuration, expected->plugin_configuration);
    SAME(request->test_context_json, arriving_json(expected->test_context_json));
    say_mismatches(answer);
    if (sent.answer == SAYS_OTHERWISE)
        OK(pactwasm_answer_set_type_mismatch(answer, (const char *)sent.types[0].data, sent.types[0].len, (const char *)sent.types[1].data,
                                             sent.types[1].len, &error));
    say_error(answer);
}

// The path of a mismatch, or else the whole body; the expression under which it is listed, or else its path.
static PactWasmView listed_path(const PactWasmMismatch *mismatch) {
    return mismatch->path.len == 0 ? text("$") : mismatch->path;
}

static PactWasmView listed_expression(const PactWasmMismatch *mismatch) {
    return mismatch->expression.len == 0 ? listed_path(mismatch) : mismatch->expression;
}

static int same_text(PactWasmView one, PactWasmView other) {
    return one.len == other.len && memcmp(one.data, other.data, one.len) == 0;
}

// Listed expression by expression, in the order in which these first came.
static void expect_mismatches_by_expression(const PactWasmComparison *comparison) {
    int done[5] = {0, 0, 0, 0, 0};
    size_t first, index, next = 0;
    for (first = 0; first < sent.count; first++) {
        for (index = first; index < sent.count; index++) {
            const PactWasmMismatch *mismatch = &sent.mismatches[index];
            if (done[index] || !same_text(listed_expression(mismatch), listed_expression(&sent.mismatches[first]))) continue;
            expect_mismatch(comparison, next++, listed_expression(mismatch), listed_path(mismatch), mismatch);
            done[index] = 1;
        }
    }
    CHECK_EQUAL(next, sent.count);
}

static void compare(void) {
    int number;
    for (number = 0; number < reduced(200); number++) {
        PactWasmCompareRequest *request = &sent.compare;
        PactWasmComparison *comparison = NULL;
        PactWasmMismatch types;
        PactWasmError *error = NULL;
        int32_t status;
        begin("compare", number);
        random_answer("content-matcher");
        memset(request, 0, sizeof *request);
        request->size = sizeof *request;
        request->expected = random_body(1);
        request->actual = random_body(1);
        request->allow_unexpected_keys = (int32_t)below(2);
        request->rules_json = random_expressions_json(0);
        request->plugin_configuration = random_configuration("content-matcher");
        request->test_context_json = random_context();
        status = pactwasm_plugin_compare_contents(delegate, request, &sent.options, &comparison, &error);
        CHECK_EQUAL(sent.served, 1);
        if (sent.answer == SAYS_ERROR) {
            expect_failure(status, error, "compare-contents", sent.error);
            continue;
        }
        OK(status);
        if (sent.answer == SAYS_OTHERWISE) {
            expect_verdict(comparison, PACTWASM_VERDICT_CONTENT_TYPE, 1);
            memset(&types, 0, sizeof types);
            types.size = sizeof types;
            OK(pactwasm_comparison_get(comparison, 0, &types, &error));
            SAME(types.expected, or_empty(sent.types[0]));
            SAME(types.actual, or_empty(sent.types[1]));
        } else if (sent.answer == SAYS_NOTHING || sent.count == 0) {
            expect_verdict(comparison, PACTWASM_VERDICT_MATCH, 0);
        } else {
            expect_verdict(comparison, PACTWASM_VERDICT_MISMATCH, sent.count);
            expect_mismatches_by_expression(comparison);
        }
        pactwasm_comparison_free(comparison);
    }
}

// ---- generate-content ----

static void serve_generate(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmGenerateRequest *request = call->generate, *expected = &sent.generate;
    PactWasmError *error = NULL;
    (void)user_data;
    expect_call(call, request);
    CHECK_EQUAL(request->size, sizeof *request);
    SAME_BODY(request->body, arriving_body(expected->body));
    SAME(request->generators_json, arriving_expressions(expected->generators_json));
    SAME_CONFIGURATION(request->plugin_configuration, expected->plugin_configuration);
    SAME(request->test_context_json, arriving_json(expected->test_context_json));
    CHECK_EQUAL(request->test_mode, expected->test_mode);
    CHECK_EQUAL(request->content_for, expected->content_for);
    if (sent.answer != SAYS_NOTHING) OK(pactwasm_answer_set_body(answer, &sent.body, &error));
    say_error(answer);
}

static void generate(void) {
    int number;
    for (number = 0; number < reduced(150); number++) {
        PactWasmGenerateRequest *request = &sent.generate;
        PactWasmContent *content = NULL;
        PactWasmBody body;
        PactWasmError *error = NULL;
        int32_t status;
        begin("generate", number);
        random_answer("content-generator");
        memset(request, 0, sizeof *request);
        request->size = sizeof *request;
        request->body = random_body(1);
        request->generators_json = random_expressions_json(1);
        request->plugin_configuration = random_configuration("content-generator");
        request->test_context_json = random_context();
        request->test_mode = choose(MODE);
        request->content_for = choose(CONTENT_FOR);
        status = pactwasm_plugin_generate_content(delegate, request, &sent.options, &content, &error);
        CHECK_EQUAL(sent.served, 1);
        if (sent.answer == SAYS_ERROR || sent.answer == SAYS_NOTHING) {
            expect_failure(status, error, "generate-content", sent.answer == SAYS_ERROR ? sent.error : text("the handler set no body"));
            continue;
        }
        OK(status);
        memset(&body, 0x5a, sizeof body);
        OK(pactwasm_content_get(content, &body, &error));
        SAME_BODY(body, arriving_body(sent.body));
        pactwasm_content_free(content);
    }
}

// ---- match-field ----

static void serve_match_field(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmMatchFieldRequest *request = call->match_field, *expected = &sent.match_field;
    (void)user_data;
    expect_call(call, request);
    CHECK_EQUAL(request->size, sizeof *request);
    SAME(request->key, expected->key);
    SAME(request->rule_type, expected->rule_type);
    SAME(request->rule_values_json, expected->rule_values_json);
    SAME(request->path, or_empty(expected->path));
    CHECK_EQUAL(request->source, expected->source);
    SAME_VALUE(request->expected, expected->expected);
    SAME_VALUE(request->actual, expected->actual);
    SAME_CONFIGURATION(request->plugin_configuration, expected->plugin_configuration);
    SAME(request->test_context_json, arriving_json(expected->test_context_json));
    say_mismatches(answer);
    say_error(answer);
}

static void match_field(void) {
    int number;
    for (number = 0; number < reduced(250); number++) {
        PactWasmMatchFieldRequest *request = &sent.match_field;
        PactWasmComparison *comparison = NULL;
        PactWasmError *error = NULL;
        int32_t status;
        size_t index, count;
        begin("match_field", number);
        random_answer("matcher");
        memset(request, 0, sizeof *request);
        request->size = sizeof *request;
        request->key = random_name();
        request->rule_type = random_name();
        request->rule_values_json = maybe(random_object(NULL));
        random_place("matcher", &request->path, &request->plugin_configuration);
        request->source = choose(SOURCE);
        request->expected = random_value(1);
        request->actual = random_value(1);
        request->test_context_json = random_context();
        status = pactwasm_plugin_match_field(delegate, request, &sent.options, &comparison, &error);
        CHECK_EQUAL(sent.served, 1);
        if (sent.answer == SAYS_ERROR) {
            expect_failure(status, error, "match-field", sent.error);
            continue;
        }
        OK(status);
        count = sent.answer == SAYS_NOTHING ? 0 : sent.count;
        expect_verdict(comparison, count == 0 ? PACTWASM_VERDICT_MATCH : PACTWASM_VERDICT_MISMATCH, count);
        for (index = 0; index < count; index++) {
            const PactWasmMismatch *mismatch = &sent.mismatches[index];
            PactWasmView path = mismatch->path.len == 0 ? or_empty(request->path) : mismatch->path;
            expect_mismatch(comparison, index, path, path, mismatch);
        }
        pactwasm_comparison_free(comparison);
    }
}

// ---- generate-field ----

static void serve_generate_field(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmGenerateFieldRequest *request = call->generate_field, *expected = &sent.generate_field;
    PactWasmError *error = NULL;
    (void)user_data;
    expect_call(call, request);
    CHECK_EQUAL(request->size, sizeof *request);
    SAME(request->key, expected->key);
    SAME(request->generator_type, expected->generator_type);
    SAME(request->generator_values_json, expected->generator_values_json);
    SAME(request->path, or_empty(expected->path));
    SAME_VALUE(request->example, expected->example);
    SAME_CONFIGURATION(request->plugin_configuration, expected->plugin_configuration);
    SAME(request->test_context_json, arriving_json(expected->test_context_json));
    CHECK_EQUAL(request->test_mode, expected->test_mode);
    if (sent.answer != SAYS_NOTHING) OK(pactwasm_answer_set_value(answer, &sent.value, &error));
    say_error(answer);
}

static void generate_field(void) {
    int number;
    for (number = 0; number < reduced(250); number++) {
        PactWasmGenerateFieldRequest *request = &sent.generate_field;
        PactWasmField *field = NULL;
        PactWasmFieldValue value;
        PactWasmError *error = NULL;
        int32_t status;
        begin("generate_field", number);
        random_answer("generator");
        memset(request, 0, sizeof *request);
        request->size = sizeof *request;
        request->key = random_name();
        request->generator_type = random_name();
        request->generator_values_json = maybe(random_object(NULL));
        random_place("generator", &request->path, &request->plugin_configuration);
        request->example = random_value(1);
        request->test_context_json = random_context();
        request->test_mode = choose(MODE);
        status = pactwasm_plugin_generate_field(delegate, request, &sent.options, &field, &error);
        CHECK_EQUAL(sent.served, 1);
        if (sent.answer == SAYS_ERROR || sent.answer == SAYS_NOTHING) {
            expect_failure(status, error, "generate-field", sent.answer == SAYS_ERROR ? sent.error : text("the handler set no value"));
            continue;
        }
        OK(status);
        memset(&value, 0x5a, sizeof value);
        OK(pactwasm_field_get(field, &value, &error));
        SAME_VALUE(value, sent.value);
        pactwasm_field_free(field);
    }
}

// ---- configure-interaction ----

static PactWasmInteraction *configure(const PactWasmPlugin *plugin, PactWasmView content_type, PactWasmView config, PactWasmView context,
                                      const PactWasmCallOptions *options) {
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = content_type;
    request.contents_config_json = config;
    request.test_context_json = context;
    OK(pactwasm_plugin_configure_interaction(plugin, &request, options, &interaction, &error));
    return interaction;
}

static PactWasmInteractionPart part_of(const PactWasmInteraction *interaction, size_t index) {
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    memset(&part, 0x5a, sizeof part);
    part.size = sizeof part;
    OK(pactwasm_interaction_get(interaction, index, &part, &error));
    return part;
}

// The plugin echo describes something as JSON, which is this.
static void expect_description(const PactWasmPlugin *plugin, const char *what, PactWasmView expected) {
    char config[64];
    PactWasmInteraction *interaction;
    snprintf(config, sizeof config, "{\"describe\":\"%s\"}", what);
    interaction = configure(plugin, text("a/b"), text(config), absent(), NULL);
    SAME(part_of(interaction, 0).body.content, expected);
    pactwasm_interaction_free(interaction);
}

static void configure_requests(void) {
    int number;
    for (number = 0; number < reduced(100); number++) {
        PactWasmView content_type, config, context;
        PactWasmInteraction *interaction;
        PactWasmInteractionPart part;
        begin("configure_requests", number);
        content_type = random_name();
        context = random_context();
        // As it is.
        config = random_object(NULL);
        interaction = configure(echo, content_type, config, context, &sent.options);
        CHECK_EQUAL(pactwasm_interaction_count(interaction), 1);
        part = part_of(interaction, 0);
        SAME(part.body.content_type, content_type);
        SAME(part.body.content, config);
        pactwasm_interaction_free(interaction);
        // Described.
        config = random_object("\"describe\":\"request\"");
        interaction = configure(echo, content_type, config, context, &sent.options);
        put("{\"content_type\":");
        put_text(content_type);
        put(",\"contents_config\":");
        put_text(config);
        put(",\"test_context\":");
        put_optional_text(arriving_json(context));
        put("}");
        SAME(part_of(interaction, 0).body.content, finish());
        pactwasm_interaction_free(interaction);
    }
}

typedef struct Part {
    int with_body;
    PactWasmBody body;
    Expressions rules, generators, metadata_rules, metadata_generators;
    PactWasmView message_metadata, part_name, markup;
    PactWasmPluginConfiguration configuration;
    int32_t markup_type;
} Part;

static Part random_part(void) {
    static const char *const names[] = {"", "request", "response"};
    Part part;
    part.with_body = chance(80);
    part.body = arriving_body(random_body(0));
    part.rules = random_expressions(0);
    part.generators = random_expressions(1);
    part.message_metadata = maybe(random_object(NULL));
    part.configuration.interaction_json = maybe(random_object(NULL));
    part.configuration.pact_json = maybe(random_object(NULL));
    part.markup = random_text();
    part.markup_type = (int32_t)below(2);
    part.part_name = chance(50) ? text(names[below(3)]) : random_text();
    part.metadata_rules = random_expressions(0);
    part.metadata_generators = random_expressions(1);
    return part;
}

static void put_echo_configuration(const PactWasmPluginConfiguration *configuration) {
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

static void put_echo_body(const PactWasmBody *body) {
    static const char *const hints[] = {"Default", "Text", "Binary"};
    size_t index;
    put("\"contents\":{\"content_type\":");
    put_text(body->content_type);
    put(",\"hint\":\"%s\",\"content\":%s", hints[body->hint], body->content.data == NULL ? "null" : "[");
    for (index = 0; index < body->content.len; index++)
        put(index == 0 ? "%d" : ",%d", ((const unsigned char *)body->content.data)[index]);
    put(body->content.data == NULL ? "}," : "]},");
}

static void put_echo_part(const Part *part) {
    put("{");
    if (part->with_body) put_echo_body(&part->body);
    put_echo_expressions("rules", &part->rules);
    put_echo_expressions("generators", &part->generators);
    put_echo_expressions("metadata_rules", &part->metadata_rules);
    put_echo_expressions("metadata_generators", &part->metadata_generators);
    put("\"message_metadata\":");
    put_optional_text(part->message_metadata);
    put(",\"interaction_markup\":");
    put_text(part->markup);
    put(",\"interaction_markup_type\":\"%s\",\"part_name\":", part->markup_type == PACTWASM_MARKUP_HTML ? "Html" : "CommonMark");
    put_text(part->part_name);
    put(",");
    put_echo_configuration(&part->configuration);
    put("}");
}

static void expect_part(PactWasmInteractionPart actual, const Part *expected) {
    if (expected->with_body) {
        SAME_BODY(actual.body, expected->body);
    } else {
        CHECK_ABSENT(actual.body.content_type);
        CHECK_ABSENT(actual.body.content);
        CHECK_EQUAL(actual.body.hint, PACTWASM_HINT_DEFAULT);
    }
    SAME(actual.rules_json, expressions_json(&expected->rules));
    SAME(actual.generators_json, expressions_json(&expected->generators));
    SAME(actual.message_metadata_json, expected->message_metadata);
    SAME_CONFIGURATION(actual.plugin_configuration, expected->configuration);
    SAME(actual.markup, expected->markup);
    CHECK_EQUAL(actual.markup_type, expected->markup_type);
    SAME(actual.part_name, expected->part_name);
    SAME(actual.metadata_rules_json, expressions_json(&expected->metadata_rules));
    SAME(actual.metadata_generators_json, expressions_json(&expected->metadata_generators));
}

static void interactions(void) {
    int number;
    for (number = 0; number < reduced(150); number++) {
        Part parts[3];
        PactWasmPluginConfiguration configuration, found;
        PactWasmInteraction *interaction;
        PactWasmError *error = NULL;
        size_t count, index;
        begin("interactions", number);
        count = (size_t)choose(PARTS);
        for (index = 0; index < count; index++) parts[index] = random_part();
        configuration.interaction_json = maybe(random_object(NULL));
        configuration.pact_json = maybe(random_object(NULL));
        put("{\"response\":[");
        for (index = 0; index < count; index++) {
            put(index == 0 ? "" : ",");
            put_echo_part(&parts[index]);
        }
        put("],");
        put_echo_configuration(&configuration);
        put("}");
        interaction = configure(echo, text("a/b"), finish(), absent(), NULL);
        CHECK_EQUAL(pactwasm_interaction_count(interaction), count);
        for (index = 0; index < count; index++) expect_part(part_of(interaction, index), &parts[index]);
        memset(&found, 0x5a, sizeof found);
        OK(pactwasm_interaction_configuration(interaction, &found, &error));
        SAME_CONFIGURATION(found, configuration);
        pactwasm_interaction_free(interaction);
    }
}

// ---- update-catalogue ----

static const char *const ENTRY_TYPES[] = {"content-matcher", "content-generator", "transport", "matcher", "interaction", "generator"};

typedef struct Entry {
    const char *type, *case_name;
    PactWasmView key, names[MOST], values[MOST];
    size_t count;
} Entry;

static Entry random_entry(void) {
    static const char *const case_names[] = {"ContentMatcher", "ContentGenerator", "Transport", "Matcher", "Interaction", "Generator"};
    int32_t type = choose(ENTRY);
    Entry entry;
    size_t index;
    memset(&entry, 0, sizeof entry);
    entry.type = ENTRY_TYPES[type];
    entry.case_name = case_names[type];
    entry.key = random_text();
    entry.count = below(MOST + 1);
    for (index = 0; index < entry.count; index++) {
        // Each name once: the number in front makes them differ.
        entry.names[index] = random_path(index);
        entry.values[index] = random_text();
    }
    return entry;
}

// {"a":"b"}, or [["a","b"]]
static void put_entry_values(const Entry *entry, int as_pairs) {
    size_t index;
    put(as_pairs ? "[" : "{");
    for (index = 0; index < entry->count; index++) {
        put(index == 0 ? "" : ",");
        if (as_pairs) put("[");
        put_text(entry->names[index]);
        put(as_pairs ? "," : ":");
        put_text(entry->values[index]);
        if (as_pairs) put("]");
    }
    put(as_pairs ? "]" : "}");
}

static void catalogues(void) {
    int number;
    for (number = 0; number < reduced(60); number++) {
        Entry entries[5];
        PactWasmView catalogue;
        PactWasmError *error = NULL;
        size_t count, index;
        begin("catalogues", number);
        count = below(6);
        for (index = 0; index < count; index++) entries[index] = random_entry();
        put("[");
        for (index = 0; index < count; index++) {
            put("%s{\"entryType\":\"%s\",\"key\":", index == 0 ? "" : ",", entries[index].type);
            put_text(entries[index].key);
            if (entries[index].count > 0 || chance(50)) {
                put(",\"values\":");
                put_entry_values(&entries[index], 0);
            }
            put("}");
        }
        put("]");
        catalogue = finish();
        OK(pactwasm_plugin_update_catalogue(echo, (const char *)catalogue.data, catalogue.len, NULL, &error));
        put("[");
        for (index = 0; index < count; index++) {
            put("%s{\"entry_type\":\"%s\",\"key\":", index == 0 ? "" : ",", entries[index].case_name);
            put_text(entries[index].key);
            put(",\"values\":");
            put_entry_values(&entries[index], 1);
            put("}");
        }
        put("]");
        expect_description(echo, "catalogue", finish());
    }
}

// ---- init ----

static void unused_handler(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    (void)call;
    (void)answer;
    (void)user_data;
}

// What each plugin is told about the one who loads it and about the host, with handlers of any name.
static void init_requests(void) {
    static const char *const handled[] = {"content-matcher", "content-generator", "matcher", "generator"};
    int number;
    for (number = 0; number < reduced(20); number++) {
        PactWasmConfig *config;
        PactWasmHost *its;
        PactWasmPlugin *plugin;
        PactWasmCatalogue *catalogue = NULL;
        PactWasmError *error = NULL;
        PactWasmView name, version;
        size_t count, index;
        begin("init_requests", number);
        name = random_name();
        version = random_name();
        config = test_config();
        OK(pactwasm_config_set_implementation(config, (const char *)name.data, name.len, (const char *)version.data, version.len, &error));
        for (count = below(4); count > 0; count--) {
            const char *type = handled[below(4)];
            char key[300 * 4];
            size_t length = 0;
            PactWasmView made = random_name();
            for (index = 0; index < made.len; index++)
                if (((const char *)made.data)[index] != '/') key[length++] = ((const char *)made.data)[index];
            key[length++] = '.';
            OK(pactwasm_config_set_handler(config, type, strlen(type), key, length, NULL, 0, unused_handler, NULL, NULL, &error));
        }
        its = test_host(config);
        OK(pactwasm_host_catalogue(its, &catalogue, &error));
        plugin = test_plugin(its, "echo");
        put("{\"implementation\":");
        put_text(name);
        put(",\"version\":");
        put_text(version);
        put(",\"host_capabilities\":[");
        for (index = 0; index < pactwasm_catalogue_count(catalogue); index++) {
            PactWasmView key = entry_of(catalogue, index).key;
            put(index == 0 ? "" : ",");
            put_text(bytes((const char *)key.data + strlen("core/"), key.len - strlen("core/")));
        }
        put("],\"plugin_instance_id\":");
        put_text(plugin_info(plugin).instance_id);
        put("}");
        expect_description(plugin, "init", finish());
        pactwasm_catalogue_free(catalogue);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(its);
    }
}

static void put_texts(const PactWasmView *texts, size_t count) {
    size_t index;
    put("[");
    for (index = 0; index < count; index++) {
        put(index == 0 ? "" : ",");
        put_text(texts[index]);
    }
    put("]");
}

// A name for a plugin: a path separator is refused.
static PactWasmView random_plugin_name(void) {
    PactWasmView made = random_name();
    char name[300 * 4];
    size_t index, length = 0;
    name[length++] = 'p';
    for (index = 0; index < made.len; index++)
        if (strchr("/\\", ((const char *)made.data)[index]) == NULL || ((const char *)made.data)[index] == '\0')
            name[length++] = ((const char *)made.data)[index];
    return keep(name, length);
}

static void expect_entry(PactWasmCatalogueEntry actual, PactWasmView plugin_name, const Entry *expected) {
    char key[8192];
    int length = snprintf(key, sizeof key, "plugin/");
    memcpy(key + length, plugin_name.data, plugin_name.len);
    length += (int)plugin_name.len;
    length += snprintf(key + length, sizeof key - (size_t)length, "/%s/", expected->type);
    memcpy(key + length, expected->key.data, expected->key.len);
    CHECK_BYTES(actual.key, key, (size_t)length + expected->key.len);
    SAME(actual.plugin_name, plugin_name);
    CHECK_TEXT(actual.entry_type, expected->type);
    put_entry_values(expected, 0);
    SAME(actual.values_json, finish());
}

// The plugin delegate answers to init as its configuration says.
static void init_answers(void) {
    static char directory[4096], file[8192];
    const char *scratch = scratch_directory();
    size_t length;
    char *component;
    int number;
    snprintf(file, sizeof file, "%s/delegate-1.0.0/delegate.wasm", environment("PACT_WASM_TEST_PLUGINS"));
    component = read_file(file, &length);
    snprintf(directory, sizeof directory, "%s", scratch);
    snprintf(file, sizeof file, "%s/p.wasm", directory);
    write_file(file, component, length);
    free(component);
    snprintf(file, sizeof file, "%s/pact-plugin.json", directory);
    for (number = 0; number < reduced(60); number++) {
        PactWasmView name, texts[MOST], message, manifest;
        Entry entries[4];
        PactWasmPlugin *plugin = NULL;
        PactWasmCatalogue *catalogue = NULL;
        PactWasmErrorInfo info;
        PactWasmError *error = NULL;
        size_t count, entry_count, index;
        int fails;
        begin("init_answers", number);
        name = random_plugin_name();
        fails = chance(30);
        message = random_text();
        count = below(MOST + 1);
        for (index = 0; index < count; index++) texts[index] = random_text();
        entry_count = below(5);
        for (index = 0; index < entry_count; index++) {
            do entries[index] = random_entry();
            while (strcmp(entries[index].type, "transport") == 0); // delegate does not export it
        }
        put("{\"manifestVersion\":1,\"pluginInterfaceVersion\":2,\"version\":\"1.2.3-rc.1\",\"executableType\":\"wasm\","
            "\"entryPoint\":\"p.wasm\",\"name\":");
        put_text(name);
        put(",\"pluginConfig\":{");
        if (fails) {
            put("\"initFailure\":{\"message\":");
            put_text(message);
            put(",\"missingCapabilities\":");
            put_texts(texts, count);
        } else {
            put("\"init\":{\"catalogue\":[");
            for (index = 0; index < entry_count; index++) {
                put("%s[\"%s\",", index == 0 ? "" : ",", entries[index].type);
                put_text(entries[index].key);
                put(",");
                put_entry_values(&entries[index], 1);
                put("]");
            }
            put("],\"pluginCapabilities\":");
            put_texts(texts, count);
        }
        put("}}}");
        manifest = finish();
        write_file(file, manifest.data, manifest.len);
        OK(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error));
        SAME(plugin_info(plugin).name, name);
        CHECK_TEXT(plugin_info(plugin).version, "1.2.3-rc.1");
        if (fails) {
            CHECK_EQUAL(pactwasm_plugin_init(plugin, NULL, &error), count == 0 ? PACTWASM_ERROR_PLUGIN : PACTWASM_ERROR_INCOMPATIBLE);
            info = error_info(error);
            put("plugin ");
            // Texts, not JSON; a NUL in them does not end them.
            memcpy(json + written, name.data, name.len);
            written += name.len;
            put(" 1.2.3-rc.1, init: %s", count == 0 ? "init failed: " : "this host lacks capabilities that the plugin needs: ");
            for (index = 0; index < count; index++) {
                put(index == 0 ? "" : ", ");
                memcpy(json + written, texts[index].data, texts[index].len);
                written += texts[index].len;
            }
            put(count == 0 ? "" : "; ");
            memcpy(json + written, message.data, message.len);
            written += message.len;
            SAME(info.message, finish());
            SAME(info.plugin_name, name);
            pactwasm_error_free(error);
        } else {
            OK(pactwasm_plugin_init(plugin, NULL, &error));
            put_texts(texts, count);
            SAME(plugin_info(plugin).capabilities_json, finish());
            OK(pactwasm_plugin_catalogue(plugin, &catalogue, &error));
            CHECK_EQUAL(pactwasm_catalogue_count(catalogue), entry_count);
            for (index = 0; index < entry_count; index++) expect_entry(entry_of(catalogue, index), name, &entries[index]);
            pactwasm_catalogue_free(catalogue);
        }
        pactwasm_plugin_free(plugin);
    }
}

// ---- log ----

// The record that is to come next, and how many came.
typedef struct Logged {
    PactWasmView target, message;
    int32_t level;
} Logged;
static Logged logged[MOST];
static size_t log_count, log_next;
static uint64_t log_start;

static uint64_t unix_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void expect_record(const PactWasmLogRecord *record, void *user_data) {
    (void)user_data;
    // What echo says of its own accord.
    if (log_next >= log_count) return;
    CHECK_EQUAL(record->size, sizeof *record);
    CHECK_EQUAL(record->level, logged[log_next].level);
    SAME(record->target, logged[log_next].target);
    SAME(record->message, logged[log_next].message);
    CHECK_TEXT(record->plugin_name, "echo");
    SAME(record->plugin_instance_id, plugin_info(echo).instance_id);
    SAME(record->test_run_id, sent.test_run_id);
    CHECK(record->timestamp_ms >= log_start && record->timestamp_ms <= unix_milliseconds());
    log_next++;
}

static void log_records(void) {
    static const char *const levels[] = {"Trace", "Debug", "Info", "Warn", "Error"};
    int number;
    for (number = 0; number < reduced(60); number++) {
        PactWasmView context;
        size_t count, index;
        begin("log_records", number);
        context = random_context();
        count = 1 + below(MOST);
        for (index = 0; index < count; index++) {
            logged[index].target = random_text();
            logged[index].message = random_text();
            logged[index].level = PACTWASM_LEVEL_TRACE + choose(LEVEL);
        }
        put("{\"log\":[");
        for (index = 0; index < count; index++) {
            put("%s[\"%s\",", index == 0 ? "" : ",", levels[logged[index].level - PACTWASM_LEVEL_TRACE]);
            put_text(logged[index].target);
            put(",");
            put_text(logged[index].message);
            put("]");
        }
        put("]}");
        log_start = unix_milliseconds();
        log_next = 0;
        log_count = count;
        pactwasm_interaction_free(configure(echo, text("a/b"), finish(), context, &sent.options));
        CHECK_EQUAL(log_next, count);
        log_count = 0;
    }
}

int main(void) {
    const char *given = getenv("PACT_WASM_TEST_SEED");
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    if (given != NULL && *given != '\0') seed = strtoull(given, NULL, 0);
    printf("PACT_WASM_TEST_SEED=%llu\n", (unsigned long long)seed);

    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    OK(pactwasm_config_set_log_level(config, PACTWASM_LEVEL_TRACE, &error));
    OK(pactwasm_config_set_log_callback(config, expect_record, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "content-matcher", 15, KEY, strlen(KEY), NULL, 0, serve_compare, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "content-generator", 17, KEY, strlen(KEY), NULL, 0, serve_generate, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "matcher", 7, KEY, strlen(KEY), NULL, 0, serve_match_field, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "generator", 9, KEY, strlen(KEY), NULL, 0, serve_generate_field, NULL, NULL, &error));
    host = test_host(config);
    delegate = test_plugin(host, "delegate");
    echo = test_plugin(host, "echo");

    compare();
    generate();
    match_field();
    generate_field();
    configure_requests();
    interactions();
    log_records();
    init_requests();
    init_answers();
    // Last, because a plugin that was told a catalogue no longer knows the host's.
    catalogues();
    *test_case = '\0';
    expect_coverage();

    pactwasm_plugin_free(echo);
    pactwasm_plugin_free(delegate);
    pactwasm_host_free(host);
    return 0;
}
