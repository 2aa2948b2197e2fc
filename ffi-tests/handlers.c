// Handlers: functions of this program that plugins reach as entries of the host's catalogue. What the caller sends to the plugin
// delegate arrives at the handler, and what that answers arrives at the caller. roundtrip.c does the same with many values,
// registration.c has how handlers come and go, and reentry.c handlers that call the library.
//
// With the argument "late" it uses an answer after its time, which valgrind would rightly object to.

#include "handlers.h"

#define INVALID(call, argument) FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\"")

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
    return 0;
}
