// Handlers: functions of this program that plugins reach as entries of the host's catalogue. The plugin delegate passes each
// operation on to the entry that its request names, so what the caller sends arrives at the handler, and what that answers
// arrives at the caller. roundtrip.c does the same with many values.
//
// With the argument "late" it uses an answer after its time, which valgrind would rightly object to.

#include "check.h"

#include <pthread.h>

#define INVALID(call, argument) FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\"")

static const char *const TYPES[] = {"content-matcher", "content-generator", "matcher", "generator"};
enum { CONTENT_MATCHER, CONTENT_GENERATOR, MATCHER, GENERATOR };

// ---- hosts with handlers ----

static void set(const PactWasmConfig *config, int type, const char *key, const char *values, PactWasmHandler handler, void *user_data,
                PactWasmDestroy destroy) {
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_handler(config, TYPES[type], strlen(TYPES[type]), key, strlen(key), values, values == NULL ? 0 : strlen(values),
                                   handler, user_data, destroy, &error));
}

typedef struct Setup {
    PactWasmHost *host;
    PactWasmPlugin *delegate;
} Setup;

// A host with this configuration, which is freed, and the plugin delegate.
static Setup setup(PactWasmConfig *config) {
    Setup made;
    made.host = test_host(config);
    made.delegate = test_plugin(made.host, "delegate");
    return made;
}

// The same with one handler, "vin".
static Setup setup_one(int type, PactWasmHandler handler, void *user_data) {
    PactWasmConfig *config = test_config();
    set(config, type, "vin", NULL, handler, user_data, NULL);
    return setup(config);
}

static void free_setup(Setup *made) {
    pactwasm_plugin_free(made->delegate);
    pactwasm_host_free(made->host);
}

// ---- requests for the plugin delegate, and what becomes of them ----

#define VIN_CONFIGURATION "{\"entry\":\"vin\"}"

static PactWasmCompareRequest compare_vin(void) {
    PactWasmCompareRequest request = compare_request("text/vin", "expected", "actual");
    request.plugin_configuration.pact_json = text(VIN_CONFIGURATION);
    return request;
}

static PactWasmGenerateRequest generate_vin(void) {
    PactWasmGenerateRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.plugin_configuration.pact_json = text(VIN_CONFIGURATION);
    return request;
}

static PactWasmMatchFieldRequest match_field(const char *entry) {
    PactWasmMatchFieldRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.key = text("delegate");
    request.rule_type = text("vin");
    request.path = text(entry);
    return request;
}

static PactWasmGenerateFieldRequest generate_field(const char *entry) {
    PactWasmGenerateFieldRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.key = text("delegate");
    request.generator_type = text("Vin");
    request.path = text(entry);
    return request;
}

// The status of the operation that asks the handler "vin" of this type; results are freed.
static int32_t ask(const PactWasmPlugin *delegate, int type, const PactWasmCallOptions *options, PactWasmError **error) {
    PactWasmCompareRequest compare = compare_vin();
    PactWasmGenerateRequest generate = generate_vin();
    PactWasmMatchFieldRequest match = match_field("vin");
    PactWasmGenerateFieldRequest field = generate_field("vin");
    PactWasmComparison *comparison = NULL;
    PactWasmContent *content = NULL;
    PactWasmField *value = NULL;
    int32_t status = type == CONTENT_MATCHER     ? pactwasm_plugin_compare_contents(delegate, &compare, options, &comparison, error)
                     : type == CONTENT_GENERATOR ? pactwasm_plugin_generate_content(delegate, &generate, options, &content, error)
                     : type == MATCHER           ? pactwasm_plugin_match_field(delegate, &match, options, &comparison, error)
                                                 : pactwasm_plugin_generate_field(delegate, &field, options, &value, error);
    CHECK((status == PACTWASM_OK) == (comparison != NULL || content != NULL || value != NULL));
    pactwasm_comparison_free(comparison);
    pactwasm_content_free(content);
    pactwasm_field_free(value);
    return status;
}

static PactWasmMismatch mismatch_of(const PactWasmComparison *comparison, size_t index) {
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    memset(&mismatch, 0xff, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    OK(pactwasm_comparison_get(comparison, index, &mismatch, &error));
    return mismatch;
}

static int32_t verdict(const PactWasmComparison *comparison) {
    PactWasmError *error = NULL;
    int32_t of = -1;
    OK(pactwasm_comparison_verdict(comparison, &of, &error));
    return of;
}

// The value that the handler "vin" generates, into `value`; its view lives as long as the field that is returned.
static PactWasmField *generated(const PactWasmPlugin *delegate, PactWasmFieldValue *value) {
    PactWasmGenerateFieldRequest request = generate_field("vin");
    PactWasmField *field = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_generate_field(delegate, &request, NULL, &field, &error));
    memset(value, 0x5a, sizeof *value);
    OK(pactwasm_field_get(field, value, &error));
    return field;
}

static PactWasmFieldValue text_value(const char *of) {
    PactWasmFieldValue value;
    memset(&value, 0, sizeof value);
    value.kind = PACTWASM_VALUE_TEXT;
    value.data = text(of);
    return value;
}

// ---- requests ----

// What every call has; `request` is the one that is there.
static void expect_call(const PactWasmHandlerCall *call, const char *entry_key, const void *request) {
    int requests = (call->compare != NULL) + (call->generate != NULL) + (call->match_field != NULL) + (call->generate_field != NULL);
    CHECK_EQUAL(call->size, sizeof *call);
    CHECK_TEXT(call->entry_key, entry_key);
    CHECK_TEXT(call->plugin_name, "delegate");
    CHECK_TEXT(call->test_run_id, "run 7");
    CHECK(call->remaining_ms > 0 && call->remaining_ms <= 20000);
    CHECK_EQUAL(requests, 1);
    CHECK(request != NULL);
}

static const char BYTES[] = {0, 'x', (char)0xff, 0};

static void sees_compare(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmCompareRequest *request = call->compare;
    (void)answer;
    ++*(int *)user_data;
    expect_call(call, "core/content-matcher/vin", request);
    CHECK_EQUAL(request->size, sizeof *request);
    CHECK_TEXT(request->expected.content_type, "text/vin");
    CHECK_BYTES(request->expected.content, BYTES, sizeof BYTES);
    CHECK_EQUAL(request->expected.hint, PACTWASM_HINT_BINARY);
    CHECK_TEXT(request->actual.content_type, "text/other");
    CHECK_TEXT(request->actual.content, "");
    CHECK_EQUAL(request->actual.hint, PACTWASM_HINT_TEXT);
    CHECK_EQUAL(request->allow_unexpected_keys, 1);
    CHECK_TEXT(request->rules_json, "{\"$.b\":[{\"type\":\"regex\",\"values\":{ \"regex\":\"x\"}},{\"type\":\"type\"}],\"$.a\":[]}");
    CHECK_TEXT(request->plugin_configuration.interaction_json, "{\"i\": 1.0}");
    CHECK_TEXT(request->plugin_configuration.pact_json, VIN_CONFIGURATION);
    CHECK_TEXT(request->test_context_json, "{\"t\":[2.0]}");
}

static void sees_generate(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmGenerateRequest *request = call->generate;
    PactWasmError *error = NULL;
    ++*(int *)user_data;
    expect_call(call, "core/content-generator/vin", request);
    CHECK_EQUAL(request->size, sizeof *request);
    CHECK_TEXT(request->body.content_type, "text/vin");
    CHECK_BYTES(request->body.content, BYTES, sizeof BYTES);
    CHECK_EQUAL(request->body.hint, PACTWASM_HINT_BINARY);
    CHECK_TEXT(request->generators_json, "{\"$.b\":{\"type\":\"Uuid\"},\"$.a\":{\"type\":\"RandomInt\",\"values\":{\"min\": 1}}}");
    CHECK_TEXT(request->plugin_configuration.interaction_json, "{\"i\": 1.0}");
    CHECK_TEXT(request->plugin_configuration.pact_json, VIN_CONFIGURATION);
    CHECK_TEXT(request->test_context_json, "{\"t\":[2.0]}");
    CHECK_EQUAL(request->test_mode, PACTWASM_TEST_MODE_PROVIDER);
    CHECK_EQUAL(request->content_for, PACTWASM_CONTENT_FOR_RESPONSE);
    OK(pactwasm_answer_set_body(answer, &request->body, &error));
}

static void sees_match_field(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmMatchFieldRequest *request = call->match_field;
    (void)answer;
    ++*(int *)user_data;
    expect_call(call, "core/matcher/vin", request);
    CHECK_EQUAL(request->size, sizeof *request);
    CHECK_TEXT(request->key, "delegate");
    CHECK_TEXT(request->rule_type, "vin");
    CHECK_TEXT(request->rule_values_json, "{\"year\": 2004}");
    CHECK_TEXT(request->path, "$.car.vin");
    CHECK_EQUAL(request->source, PACTWASM_SOURCE_QUERY);
    CHECK_EQUAL(request->expected.kind, PACTWASM_VALUE_INTEGER);
    CHECK(request->expected.integer == INT64_MIN);
    CHECK_EQUAL(request->expected.boolean, 0);
    CHECK(request->expected.decimal == 0.0);
    CHECK_ABSENT(request->expected.data);
    CHECK_EQUAL(request->actual.kind, PACTWASM_VALUE_BYTES);
    CHECK_BYTES(request->actual.data, BYTES, sizeof BYTES);
    CHECK_TEXT(request->plugin_configuration.interaction_json, "{\"i\": 1.0}");
    CHECK_TEXT(request->plugin_configuration.pact_json, VIN_CONFIGURATION);
    CHECK_TEXT(request->test_context_json, "{\"t\":[2.0]}");
}

static void sees_generate_field(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmGenerateFieldRequest *request = call->generate_field;
    PactWasmError *error = NULL;
    ++*(int *)user_data;
    expect_call(call, "core/generator/vin", request);
    CHECK_EQUAL(request->size, sizeof *request);
    CHECK_TEXT(request->key, "delegate");
    CHECK_TEXT(request->generator_type, "Vin");
    CHECK_TEXT(request->generator_values_json, "{\"year\": 2004}");
    CHECK_TEXT(request->path, "$.car.vin");
    CHECK_EQUAL(request->example.kind, PACTWASM_VALUE_DECIMAL);
    CHECK(request->example.decimal == 2.5);
    CHECK_EQUAL(request->example.integer, 0);
    CHECK_ABSENT(request->example.data);
    CHECK_TEXT(request->plugin_configuration.interaction_json, "{\"i\": 1.0}");
    CHECK_TEXT(request->plugin_configuration.pact_json, VIN_CONFIGURATION);
    CHECK_TEXT(request->test_context_json, "{\"t\":[2.0]}");
    CHECK_EQUAL(request->test_mode, PACTWASM_TEST_MODE_CONSUMER);
    OK(pactwasm_answer_set_value(answer, &request->example, &error));
}

static void requests(void) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmPluginConfiguration configuration;
    PactWasmCompareRequest compare = compare_vin();
    PactWasmGenerateRequest generate = generate_vin();
    PactWasmMatchFieldRequest match = match_field("$.car.vin");
    PactWasmGenerateFieldRequest field = generate_field("$.car.vin");
    PactWasmComparison *comparison = NULL;
    PactWasmContent *content = NULL;
    PactWasmField *value = NULL;
    PactWasmCallOptions options = call_options(20000);
    PactWasmError *error = NULL;
    int calls[4] = {0, 0, 0, 0};
    set(config, CONTENT_MATCHER, "vin", NULL, sees_compare, &calls[0], NULL);
    set(config, CONTENT_GENERATOR, "vin", NULL, sees_generate, &calls[1], NULL);
    set(config, MATCHER, "vin", NULL, sees_match_field, &calls[2], NULL);
    set(config, GENERATOR, "vin", NULL, sees_generate_field, &calls[3], NULL);
    made = setup(config);
    options.test_run_id = text("run 7");
    configuration.interaction_json = text("{\"i\": 1.0}");
    configuration.pact_json = text(VIN_CONFIGURATION);

    compare.expected.content = bytes(BYTES, sizeof BYTES);
    compare.expected.hint = PACTWASM_HINT_BINARY;
    compare.actual.content_type = text("text/other");
    compare.actual.content = text("");
    compare.actual.hint = PACTWASM_HINT_TEXT;
    compare.allow_unexpected_keys = 1;
    compare.rules_json = text("{\"$.b\":[{\"type\":\"regex\",\"values\":{ \"regex\":\"x\"}},{\"type\":\"type\"}],\"$.a\":[]}");
    compare.plugin_configuration = configuration;
    compare.test_context_json = text("{\"t\":[2.0]}");
    OK(pactwasm_plugin_compare_contents(made.delegate, &compare, &options, &comparison, &error));
    // A handler that says nothing says that it matches.
    CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_MATCH);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 0);
    pactwasm_comparison_free(comparison);

    generate.body.content_type = text("text/vin");
    generate.body.content = bytes(BYTES, sizeof BYTES);
    generate.body.hint = PACTWASM_HINT_BINARY;
    generate.generators_json = text("{\"$.b\":{\"type\":\"Uuid\"},\"$.a\":{\"type\":\"RandomInt\",\"values\":{\"min\": 1}}}");
    generate.plugin_configuration = configuration;
    generate.test_context_json = text("{\"t\":[2.0]}");
    generate.test_mode = PACTWASM_TEST_MODE_PROVIDER;
    generate.content_for = PACTWASM_CONTENT_FOR_RESPONSE;
    OK(pactwasm_plugin_generate_content(made.delegate, &generate, &options, &content, &error));
    pactwasm_content_free(content);

    match.rule_values_json = text("{\"year\": 2004}");
    match.source = PACTWASM_SOURCE_QUERY;
    match.expected.kind = PACTWASM_VALUE_INTEGER;
    match.expected.integer = INT64_MIN;
    match.actual.kind = PACTWASM_VALUE_BYTES;
    match.actual.data = bytes(BYTES, sizeof BYTES);
    match.plugin_configuration = configuration;
    match.test_context_json = text("{\"t\":[2.0]}");
    OK(pactwasm_plugin_match_field(made.delegate, &match, &options, &comparison, &error));
    CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_MATCH);
    pactwasm_comparison_free(comparison);

    field.generator_values_json = text("{\"year\": 2004}");
    field.example.kind = PACTWASM_VALUE_DECIMAL;
    field.example.decimal = 2.5;
    field.plugin_configuration = configuration;
    field.test_context_json = text("{\"t\":[2.0]}");
    field.test_mode = PACTWASM_TEST_MODE_CONSUMER;
    OK(pactwasm_plugin_generate_field(made.delegate, &field, &options, &value, &error));
    pactwasm_field_free(value);

    CHECK(calls[0] == 1 && calls[1] == 1 && calls[2] == 1 && calls[3] == 1);
    free_setup(&made);
}

// Nothing but what is required, and nobody named a test run.
static void sees_little(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmMatchFieldRequest *request = call->match_field;
    (void)answer;
    ++*(int *)user_data;
    CHECK_ABSENT(call->test_run_id);
    CHECK(call->remaining_ms > 20000 && call->remaining_ms <= 30000);
    CHECK_TEXT(request->path, "vin");
    CHECK_ABSENT(request->rule_values_json);
    CHECK_EQUAL(request->source, PACTWASM_SOURCE_BODY);
    CHECK_EQUAL(request->expected.kind, PACTWASM_VALUE_NULL);
    CHECK_ABSENT(request->expected.data);
    CHECK_ABSENT(request->plugin_configuration.interaction_json);
    CHECK_ABSENT(request->plugin_configuration.pact_json);
    CHECK_ABSENT(request->test_context_json);
}

static void smallest_request(void) {
    int calls = 0;
    Setup made = setup_one(MATCHER, sees_little, &calls);
    PactWasmError *error = NULL;
    OK(ask(made.delegate, MATCHER, NULL, &error));
    CHECK_EQUAL(calls, 1);
    free_setup(&made);
}

// Many texts in one call of the plugin's are one call of the handler for each.
static void starts_with_w(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const PactWasmFieldValue *actual = &call->match_field->actual;
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    ++*(int *)user_data;
    CHECK_EQUAL(call->match_field->expected.kind, PACTWASM_VALUE_TEXT);
    CHECK_TEXT(call->match_field->expected.data, "W");
    CHECK_EQUAL(actual->kind, PACTWASM_VALUE_TEXT);
    CHECK_TEXT(call->match_field->key, "vin");
    CHECK_EQUAL(((const char *)actual->data.data)[actual->data.len], 0);
    if (*(const char *)actual->data.data == 'W') return;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    mismatch.description = text("no W");
    mismatch.actual = actual->data;
    OK(pactwasm_answer_add_mismatch(answer, &mismatch, &error));
}

static void many_texts(void) {
    int calls = 0;
    Setup made = setup_one(MATCHER, starts_with_w, &calls);
    PactWasmMatchFieldRequest request = match_field("core/matcher/vin!texts");
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    request.expected = text_value("W");
    request.actual.kind = PACTWASM_VALUE_JSON;
    request.actual.data = text("[\"WBA\",\"\",\"W\",\"\\u00e4\\u0000\"]");
    OK(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error));
    CHECK_EQUAL(calls, 4);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 2);
    CHECK_TEXT(mismatch_of(comparison, 0).diff, "1");
    CHECK_TEXT(mismatch_of(comparison, 0).actual, "");
    CHECK_TEXT(mismatch_of(comparison, 1).diff, "3");
    CHECK_BYTES(mismatch_of(comparison, 1).actual, "\xc3\xa4\0", 3);
    pactwasm_comparison_free(comparison);
    free_setup(&made);
}

// ---- answers ----

// What a handler is to say: everything that is there, in this order.
typedef struct Script {
    const PactWasmMismatch *mismatches;
    size_t count;
    const char *expected_type, *actual_type;
    const PactWasmBody *body;
    const PactWasmFieldValue *value;
    const char *error;
} Script;

static void says(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    const Script *script = (const Script *)user_data;
    PactWasmError *error = NULL;
    size_t index;
    (void)call;
    for (index = 0; index < script->count; index++) OK(pactwasm_answer_add_mismatch(answer, &script->mismatches[index], &error));
    if (script->expected_type != NULL)
        OK(pactwasm_answer_set_type_mismatch(answer, script->expected_type, strlen(script->expected_type), script->actual_type,
                                             strlen(script->actual_type), &error));
    if (script->body != NULL) OK(pactwasm_answer_set_body(answer, script->body, &error));
    if (script->value != NULL) OK(pactwasm_answer_set_value(answer, script->value, &error));
    if (script->error != NULL) OK(pactwasm_answer_set_error(answer, script->error, strlen(script->error), &error));
}

static PactWasmMismatch mismatch(const char *expression, const char *path, const char *description) {
    PactWasmMismatch made;
    memset(&made, 0, sizeof made);
    made.size = sizeof made;
    if (expression != NULL) made.expression = text(expression);
    if (path != NULL) made.path = text(path);
    made.description = text(description);
    return made;
}

static void expect_place(const PactWasmComparison *comparison, size_t index, const char *expression, const char *path,
                         const char *description) {
    PactWasmMismatch found = mismatch_of(comparison, index);
    CHECK_TEXT(found.description, description);
    CHECK_TEXT(found.expression, expression);
    CHECK_TEXT(found.path, path);
}

static void answers_to_compare(void) {
    PactWasmMismatch given[6];
    Script script;
    Setup made;
    PactWasmCompareRequest request = compare_vin();
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch found;
    PactWasmError *error = NULL;
    memset(&script, 0, sizeof script);
    // Mismatches of one expression come together, in the order in which the expressions first came.
    given[0] = mismatch("$.a", "$.a[0]", "first");
    given[0].expected = bytes(BYTES, sizeof BYTES);
    given[0].actual = text("");
    given[0].diff = text("- a\n+ b");
    given[0].mismatch_type = text("metadata");
    given[1] = mismatch("$.b", "$.b.c", "second");
    given[2] = mismatch("$.a", "$.a[1]", "third");
    given[3] = mismatch(NULL, "$.b", "fourth, under its path");
    given[4] = mismatch(NULL, NULL, "fifth, under the whole body");
    given[5] = mismatch("", "", "sixth, the same");
    script.mismatches = given;
    script.count = 6;
    made = setup_one(CONTENT_MATCHER, says, &script);
    OK(pactwasm_plugin_compare_contents(made.delegate, &request, NULL, &comparison, &error));
    CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_MISMATCH);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 6);
    expect_place(comparison, 0, "$.a", "$.a[0]", "first");
    expect_place(comparison, 1, "$.a", "$.a[1]", "third");
    expect_place(comparison, 2, "$.b", "$.b.c", "second");
    expect_place(comparison, 3, "$.b", "$.b", "fourth, under its path");
    expect_place(comparison, 4, "$", "$", "fifth, under the whole body");
    expect_place(comparison, 5, "$", "$", "sixth, the same");
    found = mismatch_of(comparison, 0);
    CHECK_BYTES(found.expected, BYTES, sizeof BYTES);
    CHECK_TEXT(found.actual, "");
    CHECK_TEXT(found.diff, "- a\n+ b");
    CHECK_TEXT(found.mismatch_type, "metadata");
    found = mismatch_of(comparison, 1);
    CHECK_ABSENT(found.expected);
    CHECK_ABSENT(found.actual);
    CHECK_ABSENT(found.diff);
    CHECK_ABSENT(found.mismatch_type);
    pactwasm_comparison_free(comparison);

    // Of another type: then mismatches do not count.
    script.expected_type = "text/vin";
    script.actual_type = "text/other";
    OK(pactwasm_plugin_compare_contents(made.delegate, &request, NULL, &comparison, &error));
    CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_CONTENT_TYPE);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 1);
    found = mismatch_of(comparison, 0);
    CHECK_TEXT(found.expected, "text/vin");
    CHECK_TEXT(found.actual, "text/other");
    pactwasm_comparison_free(comparison);

    // An error stands above everything.
    script.error = "the register is closed";
    FAILS(pactwasm_plugin_compare_contents(made.delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/content-matcher/vin: the register is closed");
    free_setup(&made);
}

static void answers_to_match_field(void) {
    PactWasmMismatch given[3];
    Script script;
    Setup made;
    PactWasmMatchFieldRequest request = match_field("vin");
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch found;
    PactWasmError *error = NULL;
    memset(&script, 0, sizeof script);
    given[0] = mismatch("not used", "$.car", "first");
    given[0].expected = bytes(BYTES, sizeof BYTES);
    given[0].actual = text("");
    given[0].diff = text("- a\n+ b");
    given[0].mismatch_type = text("header");
    given[1] = mismatch(NULL, NULL, "second, where the request says");
    given[2] = mismatch(NULL, "$.car", "third");
    script.mismatches = given;
    script.count = 3;
    made = setup_one(MATCHER, says, &script);
    OK(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error));
    CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_MISMATCH);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 3);
    expect_place(comparison, 0, "$.car", "$.car", "first");
    expect_place(comparison, 1, "vin", "vin", "second, where the request says");
    expect_place(comparison, 2, "$.car", "$.car", "third");
    found = mismatch_of(comparison, 0);
    CHECK_BYTES(found.expected, BYTES, sizeof BYTES);
    CHECK_TEXT(found.actual, "");
    CHECK_TEXT(found.diff, "- a\n+ b");
    CHECK_TEXT(found.mismatch_type, "header");
    found = mismatch_of(comparison, 1);
    CHECK_ABSENT(found.expected);
    CHECK_ABSENT(found.actual);
    CHECK_ABSENT(found.diff);
    CHECK_ABSENT(found.mismatch_type);
    pactwasm_comparison_free(comparison);
    free_setup(&made);
}

static void answers_to_generate_content(void) {
    static const int32_t hints[] = {PACTWASM_HINT_DEFAULT, PACTWASM_HINT_TEXT, PACTWASM_HINT_BINARY};
    const PactWasmView contents[] = {absent(), text(""), bytes(BYTES, sizeof BYTES)};
    Script script;
    Setup made;
    PactWasmBody given, back;
    PactWasmGenerateRequest request = generate_vin();
    PactWasmContent *content = NULL;
    PactWasmError *error = NULL;
    size_t index;
    memset(&script, 0, sizeof script);
    script.body = &given;
    made = setup_one(CONTENT_GENERATOR, says, &script);
    for (index = 0; index < 3; index++) {
        given.content_type = text("text/vin");
        given.content = contents[index];
        given.hint = hints[index];
        OK(pactwasm_plugin_generate_content(made.delegate, &request, NULL, &content, &error));
        memset(&back, 0x5a, sizeof back);
        OK(pactwasm_content_get(content, &back, &error));
        CHECK_TEXT(back.content_type, "text/vin");
        CHECK_EQUAL(back.hint, hints[index]);
        if (contents[index].data == NULL)
            CHECK_ABSENT(back.content);
        else
            CHECK_BYTES(back.content, contents[index].data, contents[index].len);
        pactwasm_content_free(content);
    }
    // Without anything.
    script.body = NULL;
    FAILS(ask(made.delegate, CONTENT_GENERATOR, NULL, &error), PACTWASM_ERROR_PLUGIN,
          "core/content-generator/vin: the handler set no body");
    free_setup(&made);
}

static void answers_to_generate_field(void) {
    PactWasmFieldValue given[9], back;
    Script script;
    Setup made;
    PactWasmError *error = NULL;
    size_t index;
    memset(&script, 0, sizeof script);
    memset(given, 0, sizeof given);
    given[0].kind = PACTWASM_VALUE_NULL;
    given[1].kind = PACTWASM_VALUE_BOOLEAN;
    given[2].kind = PACTWASM_VALUE_BOOLEAN;
    given[2].boolean = 1;
    given[3] = text_value("gr\xc3\xbc\xc3\x9f dich");
    given[4] = text_value("");
    given[5].kind = PACTWASM_VALUE_INTEGER;
    given[5].integer = INT64_MIN;
    given[6].kind = PACTWASM_VALUE_DECIMAL;
    given[6].decimal = 2.0;
    given[7].kind = PACTWASM_VALUE_BYTES;
    given[7].data = bytes(BYTES, sizeof BYTES);
    given[8].kind = PACTWASM_VALUE_JSON;
    given[8].data = text("[1, 2.0, {\"a\": null}]");
    made = setup_one(GENERATOR, says, &script);
    for (index = 0; index < sizeof given / sizeof *given; index++) {
        PactWasmField *field;
        script.value = &given[index];
        field = generated(made.delegate, &back);
        CHECK_EQUAL(back.kind, given[index].kind);
        CHECK_EQUAL(back.boolean, given[index].boolean);
        CHECK(back.integer == given[index].integer);
        CHECK(back.decimal == given[index].decimal);
        if (given[index].data.data == NULL)
            CHECK_ABSENT(back.data);
        else
            CHECK_BYTES(back.data, given[index].data.data, given[index].data.len);
        pactwasm_field_free(field);
    }
    script.value = NULL;
    FAILS(ask(made.delegate, GENERATOR, NULL, &error), PACTWASM_ERROR_PLUGIN, "core/generator/vin: the handler set no value");
    free_setup(&made);
}

static void errors_of_handlers(void) {
    static const char with_nul[] = "a\0\xc3\xa4";
    int type;
    for (type = CONTENT_MATCHER; type <= GENERATOR; type++) {
        Script script;
        Setup made;
        PactWasmError *error = NULL;
        PactWasmErrorInfo info;
        char message[256];
        memset(&script, 0, sizeof script);
        script.error = "no register \xc3\xa4 here";
        made = setup_one(type, says, &script);
        CHECK_EQUAL(ask(made.delegate, type, NULL, &error), PACTWASM_ERROR_PLUGIN);
        info = error_info(error);
        snprintf(message, sizeof message, "plugin delegate 1.0.0, %s: the plugin answered: the host says: core/%s/vin: %s",
                 (const char *)info.operation.data, TYPES[type], script.error);
        CHECK_TEXT(info.message, message);
        CHECK_TEXT(info.plugin_name, "delegate");
        CHECK_TEXT(info.plugin_version, "1.0.0");
        CHECK_ABSENT(info.backtrace);
        pactwasm_error_free(error);
        error = NULL;
        // The plugin is none the worse for it.
        script.error = with_nul;
        FAILS(ask(made.delegate, type, NULL, &error), PACTWASM_ERROR_PLUGIN, "vin: a");
        free_setup(&made);
    }
}

// The last one counts, and whatever was copied may change afterwards.
static void says_twice(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    PactWasmFieldValue value = text_value("first");
    PactWasmError *error = NULL;
    char copied[] = "second";
    (void)call;
    (void)user_data;
    OK(pactwasm_answer_set_value(answer, &value, &error));
    value.data = text(copied);
    OK(pactwasm_answer_set_value(answer, &value, &error));
    memset(copied, 'x', sizeof copied);
    memset(&value, 0, sizeof value);
}

static void last_answer_counts(void) {
    Setup made = setup_one(GENERATOR, says_twice, NULL);
    PactWasmFieldValue value;
    PactWasmField *field = generated(made.delegate, &value);
    CHECK_TEXT(value.data, "second");
    pactwasm_field_free(field);
    free_setup(&made);
}

// ---- answers that are refused ----

// Each kind of answer to each operation; those that do not fit are refused, and the call goes on as if they had not been made.
static void says_what_does_not_fit(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    static const char *const reasons[] = {"is for compare-contents, which takes mismatches", "is for generate-content, which takes a body",
                                          "is for match-field, which takes mismatches", "is for generate-field, which takes a value"};
    const int type = *(const int *)user_data;
    PactWasmMismatch wrong = mismatch(NULL, NULL, "differs");
    PactWasmBody body;
    PactWasmFieldValue value = text_value("v");
    PactWasmError *error = NULL;
    (void)call;
    memset(&body, 0, sizeof body);
    body.content_type = text("a/b");
#define FITS(call, fits)                                                                                                      \
    do {                                                                                                                      \
        if (fits)                                                                                                             \
            OK(call);                                                                                                         \
        else                                                                                                                  \
            FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, reasons[type]);                                                      \
    } while (0)
    FITS(pactwasm_answer_add_mismatch(answer, &wrong, &error), type == CONTENT_MATCHER || type == MATCHER);
    FITS(pactwasm_answer_set_type_mismatch(answer, "a/b", 3, "c/d", 3, &error), type == CONTENT_MATCHER);
    FITS(pactwasm_answer_set_body(answer, &body, &error), type == CONTENT_GENERATOR);
    FITS(pactwasm_answer_set_value(answer, &value, &error), type == GENERATOR);
}

static void answers_that_do_not_fit(void) {
    int type;
    for (type = CONTENT_MATCHER; type <= GENERATOR; type++) {
        Setup made = setup_one(type, says_what_does_not_fit, &type);
        PactWasmError *error = NULL;
        OK(ask(made.delegate, type, NULL, &error));
        free_setup(&made);
    }
}

static void keeps(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    (void)call;
    *(PactWasmAnswer **)user_data = answer;
}

// The handle is gone when the handler returns. Directly afterwards its memory does not hold another answer yet, so that
// this is noticed: no promise, but a help.
static void answer_after_its_time(void) {
    PactWasmAnswer *kept = NULL;
    Setup made = setup_one(CONTENT_MATCHER, keeps, &kept);
    PactWasmMismatch wrong = mismatch(NULL, NULL, "differs");
    PactWasmError *error = NULL;
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    CHECK(kept != NULL);
    INVALID(pactwasm_answer_add_mismatch(kept, &wrong, &error), "answer");
    INVALID(pactwasm_answer_set_type_mismatch(kept, "a/b", 3, "c/d", 3, &error), "answer");
    INVALID(pactwasm_answer_set_error(kept, "x", 1, &error), "answer");
    free_setup(&made);
}

// ---- time ----

typedef struct Dawdling {
    PactWasmCancel *cancel;
    int calls;
} Dawdling;

// Uses up the time that is left, or has the call cancelled; then it is too late for any answer.
static void dawdles(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Dawdling *dawdling = (Dawdling *)user_data;
    PactWasmFieldValue value = text_value("too late");
    PactWasmError *error = NULL;
    double end = milliseconds() + (double)call->remaining_ms + 2.0;
    dawdling->calls++;
    if (dawdling->cancel != NULL) OK(pactwasm_cancel_trigger(dawdling->cancel, &error));
    while (dawdling->cancel == NULL && milliseconds() < end) {
        struct timespec little = {0, 1000000};
        nanosleep(&little, NULL);
    }
    OK(pactwasm_answer_set_value(answer, &value, &error));
    // Not even an error of its own counts.
    if (dawdling->calls == 2) OK(pactwasm_answer_set_error(answer, "slow", 4, &error));
}

static void deadlines(void) {
    Dawdling dawdling;
    Setup made;
    PactWasmCallOptions options = call_options(100U * (unsigned)slowness());
    PactWasmError *error = NULL;
    memset(&dawdling, 0, sizeof dawdling);
    made = setup_one(GENERATOR, dawdles, &dawdling);
    FAILS(ask(made.delegate, GENERATOR, &options, &error), PACTWASM_ERROR_DEADLINE, "no answer within the deadline of ");
    FAILS(ask(made.delegate, GENERATOR, &options, &error), PACTWASM_ERROR_DEADLINE, "plugin delegate 1.0.0, generate-field: ");
    CHECK_EQUAL(dawdling.calls, 2);

    OK(pactwasm_cancel_new(&dawdling.cancel, &error));
    options = call_options(0);
    options.cancel = dawdling.cancel;
    FAILS(ask(made.delegate, GENERATOR, &options, &error), PACTWASM_ERROR_CANCELLED, "cancelled by the caller");
    CHECK_EQUAL(dawdling.calls, 3);
    // Nobody is in a hurry any more.
    OK(ask(made.delegate, GENERATOR, NULL, &error));
    pactwasm_cancel_free(dawdling.cancel);
    free_setup(&made);
}

// ---- the catalogue ----

// The host's own entry with this key; it must be there once.
static PactWasmCatalogueEntry own_entry(const PactWasmCatalogue *catalogue, const char *key) {
    PactWasmCatalogueEntry found;
    size_t index, times = 0;
    memset(&found, 0, sizeof found);
    for (index = 0; index < own_entries(catalogue); index++) {
        PactWasmCatalogueEntry entry = entry_of(catalogue, index);
        if (strcmp((const char *)entry.key.data, key) != 0) continue;
        CHECK_ABSENT(entry.plugin_name);
        found = entry;
        times++;
    }
    CHECK_EQUAL(times, 1);
    return found;
}

static size_t own_count(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    size_t count;
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    count = own_entries(catalogue);
    pactwasm_catalogue_free(catalogue);
    pactwasm_host_free(host);
    return count;
}

static void catalogue_entries(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host = NULL;
    PactWasmPlugin *echo;
    PactWasmCatalogue *catalogue = NULL;
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    const int core_rules = has_feature("core-rules");
    size_t own = own_count(), index;
    set(config, CONTENT_MATCHER, "vin", "{\"content-types\":\"text/vin\",\"b\":\"\\u00e4\",\"a\":\"\"}", says, NULL, NULL);
    set(config, CONTENT_GENERATOR, "vin", "", says, NULL, NULL);
    set(config, MATCHER, "vin", "{}", says, NULL, NULL);
    set(config, GENERATOR, "vin", NULL, says, NULL, NULL);
    // In the place of the library's own: without values of its own it keeps what was there.
    set(config, MATCHER, "type", NULL, says, NULL, NULL);
    set(config, MATCHER, "regex", "{\"config-key\":\"regex\"}", says, NULL, NULL);
    OK(pactwasm_host_new(config, &host, &error));
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    CHECK_EQUAL(own_entries(catalogue), own + (core_rules ? 4 : 6));
    CHECK_EQUAL(pactwasm_catalogue_count(catalogue), own_entries(catalogue));
    for (index = 0; index < 4; index++) {
        char key[64];
        PactWasmCatalogueEntry entry;
        snprintf(key, sizeof key, "core/%s/vin", TYPES[index]);
        entry = own_entry(catalogue, key);
        CHECK_TEXT(entry.entry_type, TYPES[index]);
        CHECK_TEXT(entry.values_json, index == 0 ? "{\"content-types\":\"text/vin\",\"b\":\"\xc3\xa4\",\"a\":\"\"}" : "{}");
    }
    CHECK_TEXT(own_entry(catalogue, "core/matcher/type").values_json, core_rules ? "{\"spec-version\":\"V2\"}" : "{}");
    CHECK_TEXT(own_entry(catalogue, "core/matcher/regex").values_json, "{\"config-key\":\"regex\"}");
    pactwasm_catalogue_free(catalogue);

    // So with an earlier handler: it keeps what that had, or brings its own.
    set(config, MATCHER, "type", "{\"a\":\"1\"}", says, NULL, NULL);
    set(config, MATCHER, "type", NULL, says, NULL, NULL);
    set(config, MATCHER, "regex", "{\"config-key\":\"example\"}", says, NULL, NULL);
    pactwasm_host_free(host);
    host = test_host(config);
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    CHECK_EQUAL(own_entries(catalogue), own + (core_rules ? 4 : 6));
    CHECK_TEXT(own_entry(catalogue, "core/matcher/type").values_json, "{\"a\":\"1\"}");
    CHECK_TEXT(own_entry(catalogue, "core/matcher/regex").values_json, "{\"config-key\":\"example\"}");
    pactwasm_catalogue_free(catalogue);

    // Plugins are told: at init as a capability, and with the catalogue.
    echo = test_plugin(host, "echo");
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text("a/b");
    memset(&part, 0, sizeof part);
    part.size = sizeof part;
    request.contents_config_json = text("{\"describe\":\"init\"}");
    OK(pactwasm_plugin_configure_interaction(echo, &request, NULL, &interaction, &error));
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    for (index = 0; index < 4; index++) {
        char capability[64];
        snprintf(capability, sizeof capability, "\"%s/vin\"", TYPES[index]);
        CHECK_CONTAINS(part.body.content, capability);
    }
    pactwasm_interaction_free(interaction);
    request.contents_config_json = text("{\"describe\":\"catalogue\"}");
    OK(pactwasm_plugin_configure_interaction(echo, &request, NULL, &interaction, &error));
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    CHECK_CONTAINS(part.body.content, "{\"entry_type\":\"ContentMatcher\",\"key\":\"core/content-matcher/vin\",\"values\":[[\"content-types\","
                                      "\"text/vin\"],[\"b\",\"\xc3\xa4\"],[\"a\",\"\"]]}");
    CHECK_CONTAINS(part.body.content, "{\"entry_type\":\"Generator\",\"key\":\"core/generator/vin\",\"values\":[]}");
    pactwasm_interaction_free(interaction);
    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
}

// ---- registration and release ----

// A handler's data: how often it was called and destroyed.
typedef struct Counted {
    const char *answer;
    int calls, destroyed;
} Counted;

static void counts(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Counted *counted = (Counted *)user_data;
    PactWasmError *error = NULL;
    __atomic_fetch_add(&counted->calls, 1, __ATOMIC_RELAXED);
    CHECK_EQUAL(counted->destroyed, 0);
    if (call->match_field == NULL || counted->answer == NULL) return;
    OK(pactwasm_answer_set_error(answer, counted->answer, strlen(counted->answer), &error));
}

static void destroyed(void *user_data) {
    __atomic_fetch_add(&((Counted *)user_data)->destroyed, 1, __ATOMIC_RELAXED);
}

static void failed_registrations(void) {
    static const char not_utf8[] = "\xff";
    PactWasmConfig *config = test_config();
    PactWasmHost *host = test_host(NULL);
    PactWasmError *error = NULL;
    const struct {
        const void *config;
        const char *type, *key, *values;
        PactWasmHandler handler;
        const char *argument;
    } cases[] = {
        {NULL, "matcher", "vin", NULL, counts, "\"config\" is NULL"},
        {host, "matcher", "vin", NULL, counts, "\"config\" is a handle of another type"},
        {config, "matcher", "vin", NULL, NULL, "\"handler\" is NULL"},
        {config, NULL, "vin", NULL, counts, "\"entry_type\" is NULL"},
        {config, "", "vin", NULL, counts, "\"entry_type\" is empty"},
        {config, not_utf8, "vin", NULL, counts, "\"entry_type\" is not UTF-8"},
        {config, "transport", "vin", NULL, counts,
         "\"entry_type\" is \"transport\"; it must be content-matcher, content-generator, matcher or generator"},
        {config, "interaction", "vin", NULL, counts, "\"entry_type\" is \"interaction\""},
        {config, "Matcher", "vin", NULL, counts, "\"entry_type\" is \"Matcher\""},
        {config, "matcher", NULL, NULL, counts, "\"key\" is NULL"},
        {config, "matcher", "", NULL, counts, "\"key\" is empty"},
        {config, "matcher", not_utf8, NULL, counts, "\"key\" is not UTF-8"},
        {config, "matcher", "core/matcher/vin", NULL, counts, "\"key\" must not contain \"/\""},
        {config, "matcher", "vin/", NULL, counts, "\"key\" must not contain \"/\""},
        {config, "matcher", "vin", not_utf8, counts, "\"values_json\" is not UTF-8"},
        {config, "matcher", "vin", "{", counts, "\"values_json\" is not as it must be: EOF"},
        {config, "matcher", "vin", "[]", counts, "\"values_json\" is not as it must be"},
        {config, "matcher", "vin", "{\"a\":1}", counts, "\"values_json\" is not as it must be"},
        {config, "matcher", "vin", "{\"a\":\"1\",\"a\":\"2\"}", counts, "\"values_json\" is not as it must be: the key \"a\" occurs twice"},
    };
    Counted counted;
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        const char *type = cases[index].type, *key = cases[index].key, *values = cases[index].values;
        memset(&counted, 0, sizeof counted);
        FAILS(pactwasm_config_set_handler((const PactWasmConfig *)cases[index].config, type, type == NULL ? 0 : strlen(type), key,
                                          key == NULL ? 0 : strlen(key), values, values == NULL ? 0 : strlen(values), cases[index].handler,
                                          &counted, destroyed, &error),
              PACTWASM_ERROR_INVALID_ARGUMENT, cases[index].argument);
        CHECK_EQUAL(counted.destroyed, 1);
    }
    // Nobody wants to know why, and nothing has to be destroyed.
    CHECK_EQUAL(pactwasm_config_set_handler(config, "matcher", 7, "vin", 3, NULL, 0, NULL, NULL, NULL, NULL), PACTWASM_ERROR_INVALID_ARGUMENT);
    // None of them is in the way of one that is right.
    set(config, MATCHER, "vin", NULL, counts, &counted, NULL);
    pactwasm_host_free(host);
    host = test_host(config);
    pactwasm_host_free(host);
}

// A handler in the place of the library's own, and one in the place of another.
static void replacing(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host = NULL;
    PactWasmPlugin *delegate, *other;
    PactWasmMatchFieldRequest request = match_field("core/matcher/type");
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    Counted first, second, third;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    memset(&third, 0, sizeof third);
    first.answer = "the first handler";
    second.answer = "the second handler";
    third.answer = "the third handler";
    set(config, MATCHER, "type", NULL, counts, &first, destroyed);
    CHECK_EQUAL(first.destroyed, 0);
    set(config, MATCHER, "type", NULL, counts, &second, destroyed);
    CHECK_EQUAL(first.destroyed, 1);
    // Of another type or key, hence in nobody's place.
    set(config, GENERATOR, "type", NULL, counts, &first, NULL);
    set(config, MATCHER, "typ", NULL, counts, &first, NULL);
    CHECK_EQUAL(second.destroyed, 0);

    OK(pactwasm_host_new(config, &host, &error));
    delegate = test_plugin(host, "delegate");
    FAILS(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/type: the second handler");

    // The host keeps what it was made with.
    set(config, MATCHER, "type", NULL, counts, &third, destroyed);
    CHECK_EQUAL(second.destroyed, 0);
    FAILS(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/type: the second handler");
    pactwasm_plugin_free(delegate);
    pactwasm_host_free(host);
    CHECK_EQUAL(second.destroyed, 1);

    host = test_host(config);
    other = test_plugin(host, "delegate");
    FAILS(pactwasm_plugin_match_field(other, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/type: the third handler");
    pactwasm_host_free(host);
    CHECK_EQUAL(third.destroyed, 0);
    pactwasm_plugin_free(other);
    CHECK(first.calls == 0 && first.destroyed == 1);
    CHECK(second.calls == 2 && second.destroyed == 1);
    CHECK(third.calls == 1 && third.destroyed == 1);
}

// Configuration, host and plugin in every order: the last one of them lets go of the handlers.
static void release_in_every_order(void) {
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    size_t order, step;
    for (order = 0; order < sizeof orders / sizeof *orders; order++) {
        PactWasmConfig *config = test_config();
        PactWasmHost *host = NULL;
        PactWasmPlugin *delegate;
        PactWasmError *error = NULL;
        Counted counted[4];
        int type;
        memset(counted, 0, sizeof counted);
        for (type = CONTENT_MATCHER; type <= GENERATOR; type++)
            set(config, type, "vin", NULL, counts, &counted[type], destroyed);
        OK(pactwasm_host_new(config, &host, &error));
        delegate = test_plugin(host, "delegate");
        for (step = 0; step < 3; step++) {
            if (delegate != NULL) {
                OK(ask(delegate, MATCHER, NULL, &error));
                CHECK_EQUAL(counted[MATCHER].calls, (int)step + 1);
            }
            for (type = CONTENT_MATCHER; type <= GENERATOR; type++) CHECK_EQUAL(counted[type].destroyed, 0);
            switch (orders[order][step]) {
            case 0: pactwasm_config_free(config); break;
            case 1: pactwasm_host_free(host); break;
            default: pactwasm_plugin_free(delegate), delegate = NULL; break;
            }
        }
        for (type = CONTENT_MATCHER; type <= GENERATOR; type++) CHECK_EQUAL(counted[type].destroyed, 1);
    }
}

// What a handler holds while it frees everything that it was made for.
typedef struct Owner {
    PactWasmConfig *config;
    PactWasmHost *host;
    PactWasmPlugin *delegate;
    int destroyed;
} Owner;

static void frees_all(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Owner *owner = (Owner *)user_data;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    pactwasm_config_free(owner->config);
    pactwasm_host_free(owner->host);
    pactwasm_plugin_free(owner->delegate);
    CHECK_EQUAL(owner->destroyed, 0);
    CHECK_TEXT(call->plugin_name, "delegate");
    value = call->generate_field->example;
    OK(pactwasm_answer_set_value(answer, &value, &error));
}

static void owner_destroyed(void *user_data) {
    ((Owner *)user_data)->destroyed++;
}

static void freeing_in_the_handler(void) {
    Owner owner;
    PactWasmError *error = NULL;
    memset(&owner, 0, sizeof owner);
    owner.config = test_config();
    set(owner.config, GENERATOR, "vin", NULL, frees_all, &owner, owner_destroyed);
    OK(pactwasm_host_new(owner.config, &owner.host, &error));
    owner.delegate = test_plugin(owner.host, "delegate");
    OK(ask(owner.delegate, GENERATOR, NULL, &error));
    CHECK_EQUAL(owner.destroyed, 1);
}

// The configuration is not locked while a replaced handler is released.
typedef struct Successor {
    PactWasmConfig *config;
    Counted *counted;
    int32_t status;
    int destroyed;
} Successor;

static void registers_again(void *user_data) {
    Successor *successor = (Successor *)user_data;
    successor->destroyed++;
    successor->status = pactwasm_config_set_handler(successor->config, "matcher", 7, "vin", 3, NULL, 0, counts, successor->counted,
                                                    destroyed, NULL);
}

static void registering_in_destroy(void) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmError *error = NULL;
    Counted replacement, last;
    Successor successor;
    memset(&replacement, 0, sizeof replacement);
    memset(&last, 0, sizeof last);
    last.answer = "the last one";
    successor.config = config;
    successor.counted = &last;
    successor.status = -1;
    successor.destroyed = 0;
    set(config, MATCHER, "vin", NULL, says, &successor, registers_again);
    // Takes the place of the first, whose end puts another in its own place at once.
    set(config, MATCHER, "vin", NULL, counts, &replacement, destroyed);
    CHECK_EQUAL(successor.destroyed, 1);
    CHECK_EQUAL(successor.status, PACTWASM_OK);
    CHECK_EQUAL(replacement.destroyed, 1);
    made = setup(config);
    FAILS(ask(made.delegate, MATCHER, NULL, &error), PACTWASM_ERROR_PLUGIN, "core/matcher/vin: the last one");
    free_setup(&made);
    CHECK_EQUAL(successor.destroyed, 1);
    CHECK_EQUAL(replacement.destroyed, 1);
    CHECK_EQUAL(last.destroyed, 1);

    // Also where the registration itself failed.
    config = test_config();
    memset(&last, 0, sizeof last);
    successor.config = config;
    successor.destroyed = 0;
    FAILS(pactwasm_config_set_handler(config, "matcher", 7, "a/b", 3, NULL, 0, says, &successor, registers_again, &error),
          PACTWASM_ERROR_INVALID_ARGUMENT, "\"key\"");
    CHECK_EQUAL(successor.destroyed, 1);
    CHECK_EQUAL(last.destroyed, 0);
    pactwasm_config_free(config);
    CHECK_EQUAL(last.destroyed, 1);
}

// ---- handlers that call the library ----

typedef struct Caller {
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    int calls, deepest;
    int32_t status;
    char message[512];
} Caller;

// Has another plugin generate the value.
static void asks_another(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmGenerateFieldRequest request = *call->generate_field;
    PactWasmField *field = NULL;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    caller->calls++;
    OK(pactwasm_plugin_generate_field(caller->plugin, &request, NULL, &field, &error));
    OK(pactwasm_field_get(field, &value, &error));
    OK(pactwasm_answer_set_value(answer, &value, &error));
    pactwasm_field_free(field);
}

static void calling_another_plugin(void) {
    Caller caller;
    Setup made;
    PactWasmGenerateFieldRequest request = generate_field("core/generator/vin");
    PactWasmField *field = NULL;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    int turn;
    memset(&caller, 0, sizeof caller);
    made = setup_one(GENERATOR, asks_another, &caller);
    caller.plugin = test_plugin(made.host, "echo");
    request.example = text_value("by way of echo");
    for (turn = 1; turn <= 3; turn++) {
        OK(pactwasm_plugin_generate_field(made.delegate, &request, NULL, &field, &error));
        OK(pactwasm_field_get(field, &value, &error));
        CHECK_TEXT(value.data, "by way of echo");
        pactwasm_field_free(field);
        CHECK_EQUAL(caller.calls, turn);
    }
    pactwasm_plugin_free(caller.plugin);
    free_setup(&made);
}

// Loads, initialises and unloads a plugin of the same host, whose catalogue changes twice by that.
static void loads_another(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmPlugin *jwt = test_plugin(caller->host, "jwt");
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    (void)call;
    (void)answer;
    caller->calls++;
    OK(pactwasm_host_catalogue(caller->host, &catalogue, &error));
    CHECK_EQUAL(plugin_entries(catalogue), 4 + 2);
    pactwasm_catalogue_free(catalogue);
    pactwasm_plugin_free(jwt);
}

static void loading_in_the_handler(void) {
    Caller caller;
    Setup made;
    PactWasmError *error = NULL;
    memset(&caller, 0, sizeof caller);
    made = setup_one(CONTENT_MATCHER, loads_another, &caller);
    caller.host = made.host;
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    CHECK_EQUAL(caller.calls, 2);
    free_setup(&made);
}

// Asks the plugin that is asking, for another entry.
static void asks_back(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmGenerateFieldRequest request = generate_field("echo");
    PactWasmField *field = NULL;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    caller->calls++;
    request.example = call->generate_field->example;
    caller->status = pactwasm_plugin_generate_field(caller->plugin, &request, NULL, &field, &error);
    if (caller->status != PACTWASM_OK) {
        const char *message = pactwasm_error_message(error);
        CHECK_EQUAL(pactwasm_answer_set_error(answer, message, strlen(message), NULL), PACTWASM_OK);
        pactwasm_error_free(error);
        return;
    }
    OK(pactwasm_field_get(field, &value, &error));
    OK(pactwasm_answer_set_value(answer, &value, &error));
    pactwasm_field_free(field);
}

static void calling_the_asking_plugin(void) {
    uint64_t instances;
    for (instances = 1; instances <= 2; instances++) {
        PactWasmConfig *config = test_config();
        PactWasmPlugin *echo;
        Caller caller;
        Setup made;
        PactWasmError *error = NULL;
        memset(&caller, 0, sizeof caller);
        OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
        set(config, GENERATOR, "vin", NULL, asks_back, &caller, NULL);
        made = setup(config);
        echo = test_plugin(made.host, "echo");
        caller.plugin = made.delegate;
        if (instances == 1) {
            FAILS(ask(made.delegate, GENERATOR, NULL, &error), PACTWASM_ERROR_PLUGIN,
                  "core/generator/vin: plugin delegate 1.0.0, generate-field: all 1 instance(s) are busy with the call that this one comes from");
            CHECK_EQUAL(caller.status, PACTWASM_ERROR_BUSY);
        } else {
            OK(ask(made.delegate, GENERATOR, NULL, &error));
            CHECK_EQUAL(caller.status, PACTWASM_OK);
        }
        CHECK_EQUAL(caller.calls, 1);
        pactwasm_plugin_free(echo);
        free_setup(&made);
    }
}

// Asks the plugin that is asking for the same again: a circle of which the plugin sees only its half. It ends with the instances.
static void asks_the_same(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmError *error = NULL;
    int32_t status;
    (void)call;
    (void)answer;
    caller->calls++;
    status = ask(caller->plugin, CONTENT_MATCHER, NULL, &error);
    if (status == PACTWASM_OK) return;
    CHECK_EQUAL(status, PACTWASM_ERROR_BUSY);
    caller->deepest = caller->calls;
    pactwasm_error_free(error);
}

static void circle_through_a_handler(void) {
    PactWasmConfig *config = test_config();
    Caller caller;
    Setup made;
    PactWasmError *error = NULL;
    memset(&caller, 0, sizeof caller);
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, 5, &error));
    set(config, CONTENT_MATCHER, "vin", NULL, asks_the_same, &caller, NULL);
    made = setup(config);
    caller.plugin = made.delegate;
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    CHECK_EQUAL(caller.deepest, 5);
    CHECK_EQUAL(caller.calls, 5);
    free_setup(&made);
}

// ---- threads ----

static void *sets_the_value(void *answer) {
    PactWasmFieldValue value = text_value("from another thread");
    PactWasmError *error = NULL;
    OK(pactwasm_answer_set_value((PactWasmAnswer *)answer, &value, &error));
    return NULL;
}

static void has_another_thread_answer(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    pthread_t thread;
    (void)call;
    (void)user_data;
    CHECK_EQUAL(pthread_create(&thread, NULL, sets_the_value, answer), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

static void answering_from_another_thread(void) {
    Setup made = setup_one(GENERATOR, has_another_thread_answer, NULL);
    PactWasmFieldValue value;
    PactWasmField *field = generated(made.delegate, &value);
    CHECK_TEXT(value.data, "from another thread");
    pactwasm_field_free(field);
    free_setup(&made);
}

enum { THREADS = 8 };

typedef struct Work {
    const PactWasmPlugin *delegate;
    int number;
} Work;

// Answers each thread with what it asked for.
static void answers_the_example(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Counted *counted = (Counted *)user_data;
    PactWasmError *error = NULL;
    CHECK_EQUAL(__atomic_load_n(&counted->destroyed, __ATOMIC_RELAXED), 0);
    __atomic_fetch_add(&counted->calls, 1, __ATOMIC_RELAXED);
    OK(pactwasm_answer_set_value(answer, &call->generate_field->example, &error));
}

static void *work_on(void *data) {
    const Work *work = (const Work *)data;
    int turn;
    for (turn = 0; turn < reduced(200); turn++) {
        PactWasmGenerateFieldRequest request = generate_field("core/generator/vin");
        PactWasmField *field = NULL;
        PactWasmFieldValue value;
        PactWasmError *error = NULL;
        char sent[64];
        snprintf(sent, sizeof sent, "thread %d, turn %d", work->number, turn);
        request.example = text_value(sent);
        OK(pactwasm_plugin_generate_field(work->delegate, &request, NULL, &field, &error));
        OK(pactwasm_field_get(field, &value, &error));
        CHECK_TEXT(value.data, sent);
        pactwasm_field_free(field);
    }
    return NULL;
}

// The handles are freed while the threads still call, except for the plugin's.
static void many_threads(uint64_t instances, size_t stack) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmError *error = NULL;
    Counted counted;
    Work work[THREADS];
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    int index;
    memset(&counted, 0, sizeof counted);
    // Waiting for an instance counts against the deadline, and 8 threads may share one.
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
    set(config, GENERATOR, "vin", NULL, answers_the_example, &counted, destroyed);
    made = setup(config);
    CHECK_EQUAL(pthread_attr_init(&attributes), 0);
    if (stack > 0) CHECK_EQUAL(pthread_attr_setstacksize(&attributes, stack), 0);
    for (index = 0; index < THREADS; index++) {
        work[index].delegate = made.delegate;
        work[index].number = index;
        CHECK_EQUAL(pthread_create(&threads[index], &attributes, work_on, &work[index]), 0);
    }
    pactwasm_host_free(made.host);
    for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    CHECK_EQUAL(counted.calls, THREADS * reduced(200));
    CHECK_EQUAL(counted.destroyed, 0);
    pactwasm_plugin_free(made.delegate);
    CHECK_EQUAL(counted.destroyed, 1);
    CHECK_EQUAL(pthread_attr_destroy(&attributes), 0);
}

// Two calls that hold all instances, and whose handlers want one more each: neither waits for the other.
typedef struct Both {
    PactWasmPlugin *delegate;
    pthread_barrier_t *barrier;
    int busy;
} Both;

static void wants_one_more(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Both *both = (Both *)user_data;
    PactWasmError *error = NULL;
    (void)call;
    (void)answer;
    pthread_barrier_wait(both->barrier);
    if (ask(both->delegate, MATCHER, NULL, &error) == PACTWASM_ERROR_BUSY) __atomic_fetch_add(&both->busy, 1, __ATOMIC_RELAXED);
    pactwasm_error_free(error);
    // The other one is to keep its instance until this one has its answer.
    pthread_barrier_wait(both->barrier);
}

static void *asks_once(void *data) {
    PactWasmError *error = NULL;
    OK(ask(((Both *)data)->delegate, MATCHER, NULL, &error));
    return NULL;
}

static void all_instances_in_handlers(void) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmError *error = NULL;
    pthread_barrier_t barrier;
    pthread_t threads[2];
    Both both;
    int index;
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, 2), 0);
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, 2, &error));
    set(config, MATCHER, "vin", NULL, wants_one_more, &both, NULL);
    made = setup(config);
    both.delegate = made.delegate;
    both.barrier = &barrier;
    both.busy = 0;
    for (index = 0; index < 2; index++) CHECK_EQUAL(pthread_create(&threads[index], NULL, asks_once, &both), 0);
    for (index = 0; index < 2; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    CHECK_EQUAL(both.busy, 2);
    free_setup(&made);
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
}

// ---- Pact's own rules ----

static void core_rules(void) {
    PactWasmFieldValue one, one_point_zero;
    PactWasmMatchFieldRequest request = match_field("core/matcher/type");
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    Setup made = setup(NULL);
    size_t index;
    memset(&one, 0, sizeof one);
    one.kind = PACTWASM_VALUE_INTEGER;
    one.integer = 1;
    memset(&one_point_zero, 0, sizeof one_point_zero);
    one_point_zero.kind = PACTWASM_VALUE_DECIMAL;
    one_point_zero.decimal = 1.0;
    if (!has_feature("core-rules")) {
        FAILS(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
              "no catalogue entry of type matcher is called \"core/matcher/type\"");
        free_setup(&made);
        return;
    }
    {
        // NULL for a match.
        const struct {
            const char *entry, *type, *values;
            PactWasmFieldValue expected, actual;
            const char *description, *shown_expected, *shown_actual;
        } cases[] = {
            {"core/matcher/type", "type", NULL, text_value("a"), text_value("b"), NULL, NULL, NULL},
            {"matcher/type", "type", NULL, text_value("a"), one,
             "Expected 1 (Integer) to be the same type as 'a' (String)", "a", "1"},
            {"core/matcher/regex", "regex", "{\"regex\":\"^\\\\d+$\"}", text_value("1"), text_value("22"), NULL, NULL, NULL},
            {"regex", "regex", "{\"regex\":\"^\\\\d+$\"}", text_value("1"), text_value("two"),
             "Expected 'two' to match '^\\d+$'", "1", "two"},
            {"core/matcher/integer", "integer", NULL, one, one, NULL, NULL, NULL},
            {"core/matcher/integer", "integer", NULL, one, one_point_zero, "Expected 1.0 (Decimal) to be an integer", "1", "1.0"},
            {"core/matcher/decimal", "decimal", NULL, one_point_zero, one_point_zero, NULL, NULL, NULL},
            {"core/matcher/decimal", "decimal", NULL, one_point_zero, one, "Expected 1 (Integer) to be a decimal number", "1.0", "1"},
        };
        for (index = 0; index < sizeof cases / sizeof *cases; index++) {
            request = match_field(cases[index].entry);
            request.rule_type = text(cases[index].type);
            if (cases[index].values != NULL) request.rule_values_json = text(cases[index].values);
            request.source = PACTWASM_SOURCE_HEADER;
            request.expected = cases[index].expected;
            request.actual = cases[index].actual;
            OK(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error));
            if (cases[index].description == NULL) {
                CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_MATCH);
            } else {
                PactWasmMismatch found = mismatch_of(comparison, 0);
                CHECK_EQUAL(pactwasm_comparison_count(comparison), 1);
                CHECK_TEXT(found.description, cases[index].description);
                CHECK_TEXT(found.path, cases[index].entry);
                CHECK_TEXT(found.mismatch_type, "header");
                CHECK_TEXT(found.expected, cases[index].shown_expected);
                CHECK_TEXT(found.actual, cases[index].shown_actual);
            }
            pactwasm_comparison_free(comparison);
        }
    }
    request = match_field("core/matcher/each-key");
    request.rule_type = text("each-key");
    FAILS(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/each-key: \"each-key\" looks at a collection as a whole");
    free_setup(&made);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "late") == 0) {
        answer_after_its_time();
        return 0;
    }
    CHECK_EQUAL(argc, 1);
    requests();
    smallest_request();
    many_texts();
    answers_to_compare();
    answers_to_match_field();
    answers_to_generate_content();
    answers_to_generate_field();
    errors_of_handlers();
    last_answer_counts();
    answers_that_do_not_fit();
    deadlines();
    catalogue_entries();
    failed_registrations();
    replacing();
    release_in_every_order();
    freeing_in_the_handler();
    registering_in_destroy();
    calling_another_plugin();
    loading_in_the_handler();
    calling_the_asking_plugin();
    circle_through_a_handler();
    answering_from_another_thread();
    many_threads(1, 0);
    many_threads(4, 0);
    many_threads(4, 256 << 10);
    all_instances_in_handlers();
    core_rules();
    return 0;
}
