#include "_cgo_export.h"

static void on_log(const PactWasmLogRecord *record, void *user_data) {
    pactwasmgoLog((PactWasmLogRecord *)record, (uintptr_t)user_data);
}

static void on_call(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    pactwasmgoHandle((PactWasmHandlerCall *)call, answer, (uintptr_t)user_data);
}

static void on_destroy(void *user_data) {
    pactwasmgoDelete((uintptr_t)user_data);
}

int32_t pactwasmgo_set_logger(const PactWasmConfig *config, uintptr_t logger, PactWasmError **error) {
    return pactwasm_config_set_log_callback(config, on_log, (void *)logger, on_destroy, error);
}

int32_t pactwasmgo_set_handler(const PactWasmConfig *config, const char *entry_type, size_t entry_type_len, const char *key,
                               size_t key_len, const char *values_json, size_t values_json_len, uintptr_t handler,
                               PactWasmError **error) {
    return pactwasm_config_set_handler(config, entry_type, entry_type_len, key, key_len, values_json, values_json_len, on_call,
                                       (void *)handler, on_destroy, error);
}
