// Property test of the records: whatever is in their fields arrives on the other side, and comes back, byte by byte.
//
// Requests go from here into the plugin delegate and from that to a handler here, which compares them with what was sent, and
// answers go the same way back. So each crosses the boundary of WebAssembly four times. echoed.c has the records that handlers
// do not see, and random.h says where the values come from.
//
// | function       | records                                                                                               |
// |----------------|-------------------------------------------------------------------------------------------------------|
// | compare        | compare-contents: request; answer: mismatches by expression, content type mismatch, error             |
// | generate       | generate-content: request; answer: body, error                                                        |
// | match_field    | match-field: request; answer: mismatches, error                                                       |
// | generate_field | generate-field: request; answer: field value, error                                                   |
//
// Bodies, rules, generators, plugin configurations and field values are parts of these.

#include "random.h"

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

static PactWasmPlugin *delegate;
static Coverage sources = {"source", 6, 0}, test_modes = {"test mode", 3, 0}, contents_for = {"content for", 2, 0};
static Coverage answers = {"kind of answer", 4, 0};

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
    sent.answer = choose(&answers);
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
    sent.body = random_body();
    sent.value = random_value();
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
    CHECK_EQUAL(status, PACTWASM_ERROR_PLUGIN);
    CHECK_EQUAL(sent.served, 1);
    put("plugin delegate 1.0.0, %s: the plugin answered: the host says: %s: ", operation, sent.entry_key);
    put_bytes(reason);
    SAME(error_info(error).message, finish());
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
        request->expected = random_body();
        request->actual = random_body();
        request->allow_unexpected_keys = (int32_t)below(2);
        request->rules_json = random_expressions_json(0);
        request->plugin_configuration = random_configuration("content-matcher");
        request->test_context_json = random_context(&sent.options, &sent.test_run_id);
        status = pactwasm_plugin_compare_contents(delegate, request, &sent.options, &comparison, &error);
        if (sent.answer == SAYS_ERROR) {
            expect_failure(status, error, "compare-contents", sent.error);
            continue;
        }
        OK(status);
        CHECK_EQUAL(sent.served, 1);
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
        request->body = random_body();
        request->generators_json = random_expressions_json(1);
        request->plugin_configuration = random_configuration("content-generator");
        request->test_context_json = random_context(&sent.options, &sent.test_run_id);
        request->test_mode = choose(&test_modes);
        request->content_for = choose(&contents_for);
        status = pactwasm_plugin_generate_content(delegate, request, &sent.options, &content, &error);
        if (sent.answer == SAYS_ERROR || sent.answer == SAYS_NOTHING) {
            expect_failure(status, error, "generate-content", sent.answer == SAYS_ERROR ? sent.error : text("the handler set no body"));
            continue;
        }
        OK(status);
        CHECK_EQUAL(sent.served, 1);
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
        request->source = choose(&sources);
        request->expected = random_value();
        request->actual = random_value();
        request->test_context_json = random_context(&sent.options, &sent.test_run_id);
        status = pactwasm_plugin_match_field(delegate, request, &sent.options, &comparison, &error);
        if (sent.answer == SAYS_ERROR) {
            expect_failure(status, error, "match-field", sent.error);
            continue;
        }
        OK(status);
        CHECK_EQUAL(sent.served, 1);
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
        request->example = random_value();
        request->test_context_json = random_context(&sent.options, &sent.test_run_id);
        request->test_mode = choose(&test_modes);
        status = pactwasm_plugin_generate_field(delegate, request, &sent.options, &field, &error);
        if (sent.answer == SAYS_ERROR || sent.answer == SAYS_NOTHING) {
            expect_failure(status, error, "generate-field", sent.answer == SAYS_ERROR ? sent.error : text("the handler set no value"));
            continue;
        }
        OK(status);
        CHECK_EQUAL(sent.served, 1);
        memset(&value, 0x5a, sizeof value);
        OK(pactwasm_field_get(field, &value, &error));
        SAME_VALUE(value, sent.value);
        pactwasm_field_free(field);
    }
}

int main(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmError *error = NULL;
    start_from_seed();
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    OK(pactwasm_config_set_handler(config, "content-matcher", 15, KEY, strlen(KEY), NULL, 0, serve_compare, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "content-generator", 17, KEY, strlen(KEY), NULL, 0, serve_generate, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "matcher", 7, KEY, strlen(KEY), NULL, 0, serve_match_field, NULL, NULL, &error));
    OK(pactwasm_config_set_handler(config, "generator", 9, KEY, strlen(KEY), NULL, 0, serve_generate_field, NULL, NULL, &error));
    host = test_host(config);
    delegate = test_plugin(host, "delegate");

    compare();
    generate();
    match_field();
    generate_field();
    *test_case = '\0';
    expect_covered(&values);
    expect_covered(&hints);
    expect_covered(&contents);
    expect_covered(&sources);
    expect_covered(&test_modes);
    expect_covered(&contents_for);
    expect_covered(&answers);

    pactwasm_plugin_free(delegate);
    pactwasm_host_free(host);
    return 0;
}
