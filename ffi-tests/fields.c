// Single values: every kind and every field of the requests arrives, results come back, and wrong arguments are named.

#include "check.h"

#define INVALID(call, argument) FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\"")

static PactWasmFieldValue value(int32_t kind, const char *data) {
    PactWasmFieldValue made;
    memset(&made, 0, sizeof made);
    made.kind = kind;
    if (data != NULL) made.data = text(data);
    return made;
}

static PactWasmFieldValue boolean(int32_t of) {
    PactWasmFieldValue made = value(PACTWASM_VALUE_BOOLEAN, NULL);
    made.boolean = of;
    return made;
}

static PactWasmFieldValue integer(int64_t of) {
    PactWasmFieldValue made = value(PACTWASM_VALUE_INTEGER, NULL);
    made.integer = of;
    return made;
}

static PactWasmFieldValue decimal(double of) {
    PactWasmFieldValue made = value(PACTWASM_VALUE_DECIMAL, NULL);
    made.decimal = of;
    return made;
}

static PactWasmMatchFieldRequest match_request(void) {
    PactWasmMatchFieldRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.key = text("echo");
    request.rule_type = text("brand");
    return request;
}

static PactWasmGenerateFieldRequest generate_request(void) {
    PactWasmGenerateFieldRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.key = text("echo");
    request.generator_type = text("Brand");
    return request;
}

// The echo plugin answers with one mismatch that describes what it was asked.
static void every_field_of_match(const PactWasmPlugin *echo) {
    static const char *const sources[] = {"\"Body\"", "\"Header\"", "\"Metadata\"", "\"Query\"", "\"Path\"", "\"Status\""};
    PactWasmMatchFieldRequest request = match_request();
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    int32_t verdict = -1, source;
    request.rule_values_json = text("{\"brand\":\"visa\"}");
    request.path = text("$.card");
    request.expected = integer(INT64_MIN);
    request.actual = decimal(2.0);
    request.plugin_configuration.interaction_json = text("{\"i\":1}");
    request.plugin_configuration.pact_json = text("{\"p\":2}");
    request.test_context_json = text("{\"testRunId\":\"run\"}");
    for (source = PACTWASM_SOURCE_BODY; source <= PACTWASM_SOURCE_STATUS; source++) {
        request.source = source;
        OK(pactwasm_plugin_match_field(echo, &request, NULL, &comparison, &error));
        OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
        CHECK_EQUAL(verdict, PACTWASM_VERDICT_MISMATCH);
        CHECK_EQUAL(pactwasm_comparison_count(comparison), 1);
        memset(&mismatch, 0, sizeof mismatch);
        mismatch.size = sizeof mismatch;
        OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
        CHECK_CONTAINS(mismatch.description, "\"key\":\"echo\"");
        CHECK_CONTAINS(mismatch.description, "\"type_\":\"brand\"");
        CHECK_CONTAINS(mismatch.description, "{\\\"brand\\\":\\\"visa\\\"}");
        CHECK_CONTAINS(mismatch.description, "\"path\":\"$.card\"");
        CHECK_CONTAINS(mismatch.description, sources[source]);
        CHECK_CONTAINS(mismatch.description, "\"expected\":{\"Integer\":-9223372036854775808}");
        CHECK_CONTAINS(mismatch.description, "\"actual\":{\"Decimal\":2.0}");
        CHECK_CONTAINS(mismatch.description, "{\\\"i\\\":1}");
        CHECK_CONTAINS(mismatch.description, "{\\\"p\\\":2}");
        CHECK_CONTAINS(mismatch.description, "{\\\"testRunId\\\":\\\"run\\\"}");
        pactwasm_comparison_free(comparison);
    }
}

// The echo plugin generates the example.
static void every_kind_of_value(const PactWasmPlugin *echo) {
    PactWasmFieldValue values[9];
    size_t index;
    values[0] = value(PACTWASM_VALUE_NULL, NULL);
    values[1] = boolean(0);
    values[2] = boolean(1);
    values[3] = value(PACTWASM_VALUE_TEXT, "");
    values[4] = value(PACTWASM_VALUE_TEXT, "gr\xc3\xbc\xc3\x9f dich");
    values[5] = integer(INT64_MAX);
    values[6] = decimal(-0.5);
    values[7] = value(PACTWASM_VALUE_BYTES, NULL);
    values[7].data = bytes("a\0\xff", 3);
    values[8] = value(PACTWASM_VALUE_JSON, "[1, 2.0, {\"a\": null}]");
    for (index = 0; index < sizeof values / sizeof *values; index++) {
        PactWasmGenerateFieldRequest request = generate_request();
        PactWasmFieldValue back;
        PactWasmField *field = NULL;
        PactWasmError *error = NULL;
        request.example = values[index];
        request.path = text("$.a");
        request.test_mode = PACTWASM_TEST_MODE_PROVIDER;
        OK(pactwasm_plugin_generate_field(echo, &request, NULL, &field, &error));
        memset(&back, 0x5a, sizeof back);
        OK(pactwasm_field_get(field, &back, &error));
        CHECK_EQUAL(back.kind, values[index].kind);
        CHECK_EQUAL(back.boolean, values[index].boolean);
        CHECK_EQUAL(back.integer, values[index].integer);
        CHECK(back.decimal == values[index].decimal);
        if (values[index].data.data == NULL) CHECK_ABSENT(back.data);
        else CHECK_BYTES(back.data, values[index].data.data, values[index].data.len);
        pactwasm_field_free(field);
    }
}

static void generic_call(const PactWasmPlugin *echo) {
    static const char generate[] = "{\"key\":\"echo\",\"generator\":{\"type\":\"Brand\"},\"path\":\"$\",\"example\":{\"bytes\":\"AP8=\"}}";
    static const char match[] = "{\"key\":\"echo\",\"rule\":{\"type\":\"brand\"},\"path\":\"$\",\"mismatchType\":\"query\","
                                "\"expected\":\"null\",\"actual\":{\"json\":[1.0]}}";
    PactWasmBytes response = {NULL, 0};
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_call(echo, "generate-field", 14, generate, strlen(generate), NULL, &response, &error));
    CHECK_TEXT(bytes(response.data, response.len), "{\"value\":{\"bytes\":\"AP8=\"}}");
    pactwasm_bytes_free(&response);
    OK(pactwasm_plugin_call(echo, "match-field", 11, match, strlen(match), NULL, &response, &error));
    CHECK_CONTAINS(bytes(response.data, response.len), "\"mismatches\":[{");
    CHECK_CONTAINS(bytes(response.data, response.len), "\\\"Json\\\":\\\"[1.0]\\\"");
    pactwasm_bytes_free(&response);
}

static void wrong_arguments(const PactWasmHost *host, const PactWasmPlugin *echo, const PactWasmPlugin *jwt) {
    const PactWasmPlugin *wrong = (const void *)host;
    PactWasmMatchFieldRequest match = match_request();
    PactWasmGenerateFieldRequest generate = generate_request();
    PactWasmComparison *comparison = (PactWasmComparison *)(void *)&match;
    PactWasmField *field = (PactWasmField *)(void *)&match;
    PactWasmFieldValue back;
    PactWasmError *error = NULL;
#define MATCH pactwasm_plugin_match_field(echo, &match, NULL, &comparison, &error)
#define GENERATE pactwasm_plugin_generate_field(echo, &generate, NULL, &field, &error)
    INVALID(pactwasm_plugin_match_field(NULL, &match, NULL, &comparison, &error), "plugin");
    CHECK(comparison == NULL);
    INVALID(pactwasm_plugin_match_field(wrong, &match, NULL, &comparison, &error), "plugin");
    INVALID(pactwasm_plugin_match_field(echo, NULL, NULL, &comparison, &error), "request");
    INVALID(pactwasm_plugin_match_field(echo, &match, NULL, NULL, &error), "comparison");
    match.size = 1;
    INVALID(MATCH, "request");
    match = match_request();
    match.key = absent();
    INVALID(MATCH, "request.key");
    match = match_request();
    match.rule_type = text("\xff");
    INVALID(MATCH, "request.rule_type");
    match = match_request();
    match.rule_values_json = text("7");
    INVALID(MATCH, "request.rule_values_json");
    match = match_request();
    match.path = bytes(NULL, 1);
    INVALID(MATCH, "request.path");
    match = match_request();
    match.source = 6;
    INVALID(MATCH, "request.source");
    match = match_request();
    match.expected = value(7, NULL);
    INVALID(MATCH, "request.expected");
    match = match_request();
    match.actual = boolean(2);
    INVALID(MATCH, "request.actual");
    match.actual = value(PACTWASM_VALUE_JSON, "{");
    INVALID(MATCH, "request.actual");
    match.actual = value(PACTWASM_VALUE_JSON, "2");
    INVALID(MATCH, "request.actual");
    match.actual = value(PACTWASM_VALUE_TEXT, "\xff");
    INVALID(MATCH, "request.actual");
    match = match_request();
    match.test_context_json = text("[]");
    INVALID(MATCH, "request.test_context_json");

    INVALID(pactwasm_plugin_generate_field(NULL, &generate, NULL, &field, &error), "plugin");
    CHECK(field == NULL);
    INVALID(pactwasm_plugin_generate_field(wrong, &generate, NULL, &field, &error), "plugin");
    INVALID(pactwasm_plugin_generate_field(echo, NULL, NULL, &field, &error), "request");
    INVALID(pactwasm_plugin_generate_field(echo, &generate, NULL, NULL, &error), "field");
    generate.generator_type = absent();
    INVALID(GENERATE, "request.generator_type");
    generate = generate_request();
    generate.generator_values_json = text("[]");
    INVALID(GENERATE, "request.generator_values_json");
    generate = generate_request();
    generate.example = value(-1, NULL);
    INVALID(GENERATE, "request.example");
    generate = generate_request();
    generate.test_mode = 3;
    INVALID(GENERATE, "request.test_mode");

    INVALID(pactwasm_field_get(NULL, &back, &error), "field");
    CHECK_EQUAL(back.kind, PACTWASM_VALUE_NULL);
    CHECK_ABSENT(back.data);
    INVALID(pactwasm_field_get((const void *)host, &back, &error), "field");
    pactwasm_field_free(NULL);
    pactwasm_field_free((PactWasmField *)(uintptr_t)(const void *)host);

    // The JWT plugin has other roles.
    match = match_request();
    FAILS(pactwasm_plugin_match_field(jwt, &match, NULL, &comparison, &error), PACTWASM_ERROR_UNSUPPORTED, "does not export field-matcher");
    generate = generate_request();
    FAILS(pactwasm_plugin_generate_field(jwt, &generate, NULL, &field, &error), PACTWASM_ERROR_UNSUPPORTED, "does not export field-generator");
}

// The delegate plugin passes the request on to the entry that the path names.
static void between_plugins(const PactWasmPlugin *delegate) {
    PactWasmMatchFieldRequest request = match_request();
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    request.path = text("echo/matcher/echo");
    OK(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error));
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_CONTAINS(mismatch.description, "\"path\":\"echo/matcher/echo\"");
    pactwasm_comparison_free(comparison);
    request.path = text("matcher/nobody");
    FAILS(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "plugin/echo/matcher/echo, plugin/delegate/matcher/delegate");
    request.path = text("matcher/delegate");
    FAILS(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_CYCLE,
          "match-field of delegate \xe2\x86\x92 match-field (plugin/delegate/matcher/delegate)");
}

int main(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *echo = test_plugin(host, "echo");
    PactWasmPlugin *jwt = test_plugin(host, "jwt");
    PactWasmPlugin *delegate = test_plugin(host, "delegate");
    every_field_of_match(echo);
    every_kind_of_value(echo);
    generic_call(echo);
    wrong_arguments(host, echo, jwt);
    between_plugins(delegate);
    pactwasm_plugin_free(delegate);
    pactwasm_plugin_free(jwt);
    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
    return 0;
}
