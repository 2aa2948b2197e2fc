// Hosts with handlers, which the plugin delegate asks: it passes each operation on to the entry that its request names.

#ifndef HANDLERS_H
#define HANDLERS_H

#include "check.h"

static const char *const TYPES[] = {"content-matcher", "content-generator", "matcher", "generator"};
enum { CONTENT_MATCHER, CONTENT_GENERATOR, MATCHER, GENERATOR };

// ---- hosts with handlers ----

static inline void set(const PactWasmConfig *config, int type, const char *key, const char *values, PactWasmHandler handler, void *user_data,
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
static inline Setup setup(PactWasmConfig *config) {
    Setup made;
    made.host = test_host(config);
    made.delegate = test_plugin(made.host, "delegate");
    return made;
}

// The same with one handler, "vin".
static inline Setup setup_one(int type, PactWasmHandler handler, void *user_data) {
    PactWasmConfig *config = test_config();
    set(config, type, "vin", NULL, handler, user_data, NULL);
    return setup(config);
}

static inline void free_setup(Setup *made) {
    pactwasm_plugin_free(made->delegate);
    pactwasm_host_free(made->host);
}

// ---- requests for the plugin delegate, and what becomes of them ----

#define VIN_CONFIGURATION "{\"entry\":\"vin\"}"

static inline PactWasmCompareRequest compare_vin(void) {
    PactWasmCompareRequest request = compare_request("text/vin", "expected", "actual");
    request.plugin_configuration.pact_json = text(VIN_CONFIGURATION);
    return request;
}

static inline PactWasmGenerateRequest generate_vin(void) {
    PactWasmGenerateRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.plugin_configuration.pact_json = text(VIN_CONFIGURATION);
    return request;
}

static inline PactWasmMatchFieldRequest match_field(const char *entry) {
    PactWasmMatchFieldRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.key = text("delegate");
    request.rule_type = text("vin");
    request.path = text(entry);
    return request;
}

static inline PactWasmGenerateFieldRequest generate_field(const char *entry) {
    PactWasmGenerateFieldRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.key = text("delegate");
    request.generator_type = text("Vin");
    request.path = text(entry);
    return request;
}

// The status of the operation that asks the handler "vin" of this type; results are freed.
static inline int32_t ask(const PactWasmPlugin *delegate, int type, const PactWasmCallOptions *options, PactWasmError **error) {
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

static inline PactWasmMismatch mismatch_of(const PactWasmComparison *comparison, size_t index) {
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    memset(&mismatch, 0xff, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    OK(pactwasm_comparison_get(comparison, index, &mismatch, &error));
    return mismatch;
}

static inline int32_t verdict(const PactWasmComparison *comparison) {
    PactWasmError *error = NULL;
    int32_t of = -1;
    OK(pactwasm_comparison_verdict(comparison, &of, &error));
    return of;
}

// The value that the handler "vin" generates, into `value`; its view lives as long as the field that is returned.
static inline PactWasmField *generated(const PactWasmPlugin *delegate, PactWasmFieldValue *value) {
    PactWasmGenerateFieldRequest request = generate_field("vin");
    PactWasmField *field = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_generate_field(delegate, &request, NULL, &field, &error));
    memset(value, 0x5a, sizeof *value);
    OK(pactwasm_field_get(field, value, &error));
    return field;
}

static inline PactWasmFieldValue text_value(const char *of) {
    PactWasmFieldValue value;
    memset(&value, 0, sizeof value);
    value.kind = PACTWASM_VALUE_TEXT;
    value.data = text(of);
    return value;
}

// ---- handlers that count ----

// A handler's data: how often it was called and destroyed.
typedef struct Counted {
    const char *answer;
    int calls, destroyed;
} Counted;

static inline void counts(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Counted *counted = (Counted *)user_data;
    PactWasmError *error = NULL;
    __atomic_fetch_add(&counted->calls, 1, __ATOMIC_RELAXED);
    CHECK_EQUAL(counted->destroyed, 0);
    if (call->match_field == NULL || counted->answer == NULL) return;
    OK(pactwasm_answer_set_error(answer, counted->answer, strlen(counted->answer), &error));
}

static inline void destroyed(void *user_data) {
    __atomic_fetch_add(&((Counted *)user_data)->destroyed, 1, __ATOMIC_RELAXED);
}

#endif
