// Wrong arguments, for every exported function: the code is PACTWASM_ERROR_INVALID_ARGUMENT, the message names the argument, and
// what comes out is harmless. symbols.sh checks that no function is missing here.

#include "check.h"

#define INVALID(call, argument) FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\"")
// The same without a place for the error.
#define INVALID_QUIETLY(call) CHECK_EQUAL((call), PACTWASM_ERROR_INVALID_ARGUMENT)
#define GARBAGE(type) ((type *)(void *)&garbage)

static const char NOT_UTF8[] = "\xff";
static long long garbage = 0x5a5a5a5a5a5a5a5aLL;

// Sets a view of a struct to values that are wrong, one after the other.
#define WRONG_TEXT(view, call, argument)                                                                                      \
    do {                                                                                                                      \
        PactWasmView kept_ = (view);                                                                                          \
        (view) = bytes(NULL, 1);                                                                                              \
        FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\" is NULL");                                             \
        (view) = text(NOT_UTF8);                                                                                              \
        FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\" is not UTF-8");                                        \
        (view) = kept_;                                                                                                       \
    } while (0)
#define WRONG_JSON(view, call, argument)                                                                                      \
    do {                                                                                                                      \
        PactWasmView kept_ = (view);                                                                                          \
        WRONG_TEXT(view, call, argument);                                                                                     \
        (view) = text("{\"a\":");                                                                                             \
        INVALID(call, argument);                                                                                              \
        (view) = text("[1]");                                                                                                 \
        INVALID(call, argument);                                                                                              \
        (view) = kept_;                                                                                                       \
    } while (0)
#define WRONG_BODY(body, call, name)                                                                                          \
    do {                                                                                                                      \
        PactWasmBody whole_ = (body);                                                                                         \
        WRONG_TEXT((body).content_type, call, name ".content_type");                                                          \
        (body) = whole_;                                                                                                      \
        (body).content = bytes(NULL, 1);                                                                                      \
        INVALID(call, name ".content");                                                                                       \
        (body).content = bytes("x", (size_t)-1);                                                                              \
        INVALID(call, name ".content");                                                                                       \
        (body) = whole_;                                                                                                      \
        (body).hint = 3;                                                                                                      \
        INVALID(call, name ".hint");                                                                                          \
        (body).hint = -1;                                                                                                     \
        INVALID(call, name ".hint");                                                                                          \
        (body) = whole_;                                                                                                      \
    } while (0)

// Live handles of every type; each function gets one of another type.
static PactWasmConfig *config;
static PactWasmHost *host;
static PactWasmPlugin *plugin, *jwt, *line;
static PactWasmCancel *cancel;
static PactWasmInstalled *installed;
static PactWasmCatalogue *catalogue;
static PactWasmInteraction *interaction;
static PactWasmComparison *comparison;
static PactWasmContent *content;
static PactWasmLogs *logs;
static PactWasmMockServer *server;
static PactWasmOutcome *outcome;
static PactWasmData *data;
static PactWasmError *failed;

static PactWasmConfigureRequest configure_request(void) {
    PactWasmConfigureRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text("a/b");
    request.contents_config_json = text("{}");
    return request;
}

static PactWasmGenerateRequest generate_request(void) {
    PactWasmGenerateRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body.content_type = text("a/b");
    request.body.content = text("x");
    return request;
}

#define INTERACTION                                                                                                           \
    "{\"interactionType\":\"Synchronous/Messages\",\"pluginConfiguration\":{\"interactionConfiguration\":"                    \
    "{\"command\":\"a\",\"request\":\"\",\"response\":\"\"}}}"

static PactWasmStartRequest start_request(void) {
    PactWasmStartRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interactions_json = text("[" INTERACTION "]");
    return request;
}

static PactWasmPrepareRequest prepare_request(void) {
    PactWasmPrepareRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interaction_json = text(INTERACTION);
    return request;
}

static PactWasmVerifyRequest verify_request(void) {
    PactWasmVerifyRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interaction_json = text(INTERACTION);
    return request;
}

static void make_handles(void) {
    PactWasmStartRequest start = start_request();
    PactWasmPrepareRequest prepare = prepare_request();
    PactWasmError *error = NULL;
    PactWasmConfigureRequest configure = configure_request();
    PactWasmCompareRequest compare = compare_request("a/b", "x", "y");
    PactWasmGenerateRequest generate = generate_request();
    config = test_config();
    host = test_host(NULL);
    plugin = test_plugin(host, "echo");
    OK(pactwasm_cancel_new(&cancel, &error));
    OK(pactwasm_host_discover(host, &installed, &error));
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    OK(pactwasm_plugin_configure_interaction(plugin, &configure, NULL, &interaction, &error));
    OK(pactwasm_plugin_compare_contents(plugin, &compare, NULL, &comparison, &error));
    OK(pactwasm_plugin_generate_content(plugin, &generate, NULL, &content, &error));
    jwt = test_plugin(host, "jwt"); // it logs at init
    OK(pactwasm_plugin_logs(jwt, &logs, &error));
    line = test_plugin(host, "line");
    OK(pactwasm_plugin_start_mock_server(line, &start, NULL, &server, &error));
    OK(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    OK(pactwasm_plugin_prepare_interaction(line, &prepare, NULL, &data, &error));
    INVALID_QUIETLY(pactwasm_host_new(NULL, NULL, &failed));
}

static void free_handles(void) {
    pactwasm_error_free(failed);
    pactwasm_data_free(data);
    pactwasm_outcome_free(outcome);
    pactwasm_mock_server_free(server);
    pactwasm_logs_free(logs);
    pactwasm_content_free(content);
    pactwasm_comparison_free(comparison);
    pactwasm_interaction_free(interaction);
    pactwasm_catalogue_free(catalogue);
    pactwasm_installed_free(installed);
    pactwasm_cancel_free(cancel);
    pactwasm_plugin_free(plugin);
    pactwasm_plugin_free(jwt);
    pactwasm_plugin_free(line);
    pactwasm_host_free(host);
    pactwasm_config_free(config);
}

static void freeing(void) {
    PactWasmBytes none = {NULL, 0};
    pactwasm_bytes_free(NULL);
    pactwasm_bytes_free(&none);
    pactwasm_error_free(NULL);
    pactwasm_config_free(NULL);
    pactwasm_cancel_free(NULL);
    pactwasm_logs_free(NULL);
    pactwasm_host_free(NULL);
    pactwasm_installed_free(NULL);
    pactwasm_catalogue_free(NULL);
    pactwasm_interaction_free(NULL);
    pactwasm_comparison_free(NULL);
    pactwasm_content_free(NULL);
    pactwasm_mock_server_free(NULL);
    pactwasm_outcome_free(NULL);
    pactwasm_data_free(NULL);
    pactwasm_plugin_free(NULL);
    // What is no handle of that type is left alone; the other tests use these handles afterwards.
    pactwasm_error_free((PactWasmError *)(void *)host);
    pactwasm_config_free((PactWasmConfig *)(void *)host);
    pactwasm_cancel_free((PactWasmCancel *)(void *)host);
    pactwasm_logs_free((PactWasmLogs *)(void *)host);
    pactwasm_host_free((PactWasmHost *)(void *)config);
    pactwasm_installed_free((PactWasmInstalled *)(void *)host);
    pactwasm_catalogue_free((PactWasmCatalogue *)(void *)host);
    pactwasm_interaction_free((PactWasmInteraction *)(void *)host);
    pactwasm_comparison_free((PactWasmComparison *)(void *)host);
    pactwasm_content_free((PactWasmContent *)(void *)host);
    pactwasm_mock_server_free((PactWasmMockServer *)(void *)outcome);
    pactwasm_outcome_free((PactWasmOutcome *)(void *)server);
    pactwasm_data_free((PactWasmData *)(void *)outcome);
    pactwasm_plugin_free((PactWasmPlugin *)(void *)host);
}

static void errors_and_versions(void) {
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    CHECK_EQUAL(pactwasm_error_code(NULL), PACTWASM_ERROR_INVALID_ARGUMENT);
    CHECK_EQUAL(pactwasm_error_code((const PactWasmError *)(const void *)host), PACTWASM_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(text(pactwasm_error_message(NULL)), "");
    CHECK_TEXT(text(pactwasm_error_message((const PactWasmError *)(const void *)host)), "");
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    INVALID(pactwasm_error_get(NULL, &info, &error), "failed");
    INVALID(pactwasm_error_get((const PactWasmError *)(const void *)host, &info, &error), "failed");
    INVALID(pactwasm_error_get(failed, NULL, &error), "info");
    INVALID_QUIETLY(pactwasm_error_get(NULL, &info, NULL));
    info.size = 0;
    INVALID(pactwasm_error_get(failed, &info, &error), "info");
    info.size = (size_t)-1;
    INVALID(pactwasm_error_get(failed, &info, &error), "info");
    CHECK(info.message.data == NULL);
    CHECK(*pactwasm_version() != '\0');
    CHECK_EQUAL(pactwasm_abi_version(), PACTWASM_ABI_VERSION);
    CHECK_EQUAL(pactwasm_has_feature(NULL, 0), 0);
    CHECK_EQUAL(pactwasm_has_feature(NULL, 6), 0);
    CHECK_EQUAL(pactwasm_has_feature("", 0), 0);
    CHECK_EQUAL(pactwasm_has_feature(NOT_UTF8, 1), 0);
}

static void never_called(const PactWasmLogRecord *record, void *user_data) {
    (void)record;
    (void)user_data;
}

static void configuration(void) {
    PactWasmError *error = NULL;
    PactWasmConfig *wrong = (PactWasmConfig *)(void *)host;
    PactWasmCancel *switched = GARBAGE(PactWasmCancel);
    static const struct {
        int32_t limit;
        uint64_t least, most;
    } limits[] = {
        {PACTWASM_LIMIT_TIMEOUT_MS, 1, 86400000},
        {PACTWASM_LIMIT_MEMORY, 65536, UINT64_C(4294967296)},
        {PACTWASM_LIMIT_STACK, 65536, 67108864},
        {PACTWASM_LIMIT_TABLE_ELEMENTS, 1, 16777216},
        {PACTWASM_LIMIT_HOST_CALL, 1024, UINT64_C(4294967296)},
        {PACTWASM_LIMIT_LOG, 0, 1073741824},
        {PACTWASM_LIMIT_INSTANCES, 1, 1024},
        {PACTWASM_LIMIT_NESTING, 1, 64},
    };
    size_t index;

    INVALID(pactwasm_config_new(NULL, &error), "config");
    INVALID_QUIETLY(pactwasm_config_new(NULL, NULL));

    INVALID(pactwasm_config_set_plugin_directory(NULL, "x", 1, &error), "config");
    INVALID(pactwasm_config_set_plugin_directory(wrong, "x", 1, &error), "config");
    INVALID(pactwasm_config_set_plugin_directory(config, NULL, 0, &error), "path");
    INVALID(pactwasm_config_set_plugin_directory(config, NULL, 1, &error), "path");
    INVALID(pactwasm_config_set_plugin_directory(config, "", 0, &error), "path");
    INVALID(pactwasm_config_set_plugin_directory(config, NOT_UTF8, 1, &error), "path");
    INVALID(pactwasm_config_set_plugin_directory(config, "x", (size_t)-1, &error), "path");
    INVALID_QUIETLY(pactwasm_config_set_plugin_directory(NULL, "x", 1, NULL));

    INVALID(pactwasm_config_set_cache_directory(NULL, "x", 1, &error), "config");
    INVALID(pactwasm_config_set_cache_directory(wrong, "x", 1, &error), "config");
    INVALID(pactwasm_config_set_cache_directory(config, NULL, 1, &error), "path");
    INVALID(pactwasm_config_set_cache_directory(config, NOT_UTF8, 1, &error), "path");
    INVALID_QUIETLY(pactwasm_config_set_cache_directory(NULL, "x", 1, NULL));

    INVALID(pactwasm_config_set_implementation(NULL, "x", 1, "1", 1, &error), "config");
    INVALID(pactwasm_config_set_implementation(wrong, "x", 1, "1", 1, &error), "config");
    INVALID(pactwasm_config_set_implementation(config, NULL, 0, "1", 1, &error), "name");
    INVALID(pactwasm_config_set_implementation(config, NULL, 1, "1", 1, &error), "name");
    INVALID(pactwasm_config_set_implementation(config, "", 0, "1", 1, &error), "name");
    INVALID(pactwasm_config_set_implementation(config, NOT_UTF8, 1, "1", 1, &error), "name");
    INVALID(pactwasm_config_set_implementation(config, "x", 1, NULL, 0, &error), "version");
    INVALID(pactwasm_config_set_implementation(config, "x", 1, NULL, 1, &error), "version");
    INVALID(pactwasm_config_set_implementation(config, "x", 1, "", 0, &error), "version");
    INVALID(pactwasm_config_set_implementation(config, "x", 1, NOT_UTF8, 1, &error), "version");
    INVALID_QUIETLY(pactwasm_config_set_implementation(NULL, "x", 1, "1", 1, NULL));

    INVALID(pactwasm_config_set_test_run_id(NULL, "x", 1, &error), "config");
    INVALID(pactwasm_config_set_test_run_id(wrong, "x", 1, &error), "config");
    INVALID(pactwasm_config_set_test_run_id(config, NULL, 1, &error), "id");
    INVALID(pactwasm_config_set_test_run_id(config, NOT_UTF8, 1, &error), "id");
    INVALID_QUIETLY(pactwasm_config_set_test_run_id(NULL, "x", 1, NULL));

    INVALID(pactwasm_config_set_limit(NULL, PACTWASM_LIMIT_STACK, 65536, &error), "config");
    INVALID(pactwasm_config_set_limit(wrong, PACTWASM_LIMIT_STACK, 65536, &error), "config");
    INVALID(pactwasm_config_set_limit(config, 0, 65536, &error), "limit");
    INVALID(pactwasm_config_set_limit(config, 9, 65536, &error), "limit");
    INVALID(pactwasm_config_set_limit(config, -1, 65536, &error), "limit");
    for (index = 0; index < sizeof limits / sizeof *limits; index++) {
        OK(pactwasm_config_set_limit(config, limits[index].limit, limits[index].least, &error));
        OK(pactwasm_config_set_limit(config, limits[index].limit, limits[index].most, &error));
        if (limits[index].least > 0)
            INVALID(pactwasm_config_set_limit(config, limits[index].limit, limits[index].least - 1, &error), "value");
        INVALID(pactwasm_config_set_limit(config, limits[index].limit, limits[index].most + 1, &error), "value");
    }
    INVALID_QUIETLY(pactwasm_config_set_limit(NULL, PACTWASM_LIMIT_STACK, 65536, NULL));

    INVALID(pactwasm_config_set_signal_handlers(NULL, 1, &error), "config");
    INVALID(pactwasm_config_set_signal_handlers(wrong, 1, &error), "config");
    INVALID(pactwasm_config_set_signal_handlers(config, 2, &error), "on");
    INVALID(pactwasm_config_set_signal_handlers(config, -1, &error), "on");
    INVALID_QUIETLY(pactwasm_config_set_signal_handlers(NULL, 1, NULL));

    INVALID(pactwasm_config_set_log_level(NULL, PACTWASM_LEVEL_INFO, &error), "config");
    INVALID(pactwasm_config_set_log_level(wrong, PACTWASM_LEVEL_INFO, &error), "config");
    INVALID(pactwasm_config_set_log_level(config, 0, &error), "level");
    INVALID(pactwasm_config_set_log_level(config, 6, &error), "level");
    INVALID_QUIETLY(pactwasm_config_set_log_level(NULL, PACTWASM_LEVEL_INFO, NULL));

    INVALID(pactwasm_config_set_log_callback(NULL, never_called, NULL, NULL, &error), "config");
    INVALID(pactwasm_config_set_log_callback(wrong, never_called, NULL, NULL, &error), "config");
    INVALID_QUIETLY(pactwasm_config_set_log_callback(NULL, never_called, NULL, NULL, NULL));

    // permissions.c has all values that are none.
    INVALID(pactwasm_config_grant(NULL, "line", 4, PACTWASM_PERMISSION_CONNECT, "*", 1, &error), "config");
    INVALID(pactwasm_config_grant(wrong, "line", 4, PACTWASM_PERMISSION_CONNECT, "*", 1, &error), "config");
    INVALID(pactwasm_config_grant(config, NULL, 1, PACTWASM_PERMISSION_CONNECT, "*", 1, &error), "plugin");
    INVALID(pactwasm_config_grant(config, NOT_UTF8, 1, PACTWASM_PERMISSION_CONNECT, "*", 1, &error), "plugin");
    INVALID(pactwasm_config_grant(config, "line", (size_t)-1, PACTWASM_PERMISSION_CONNECT, "*", 1, &error), "plugin");
    INVALID(pactwasm_config_grant(config, "line", 4, -1, "*", 1, &error), "permission");
    INVALID(pactwasm_config_grant(config, "line", 4, 5, "*", 1, &error), "permission");
    for (index = 0; index < 5; index++) {
        INVALID(pactwasm_config_grant(config, "line", 4, (int32_t)index, NULL, 0, &error), "value");
        INVALID(pactwasm_config_grant(config, "line", 4, (int32_t)index, NULL, 1, &error), "value");
        INVALID(pactwasm_config_grant(config, "line", 4, (int32_t)index, "", 0, &error), "value");
        INVALID(pactwasm_config_grant(config, "line", 4, (int32_t)index, NOT_UTF8, 1, &error), "value");
        INVALID(pactwasm_config_grant(config, "line", 4, (int32_t)index, "*", (size_t)-1, &error), "value");
    }
    INVALID_QUIETLY(pactwasm_config_grant(NULL, "line", 4, PACTWASM_PERMISSION_CONNECT, "*", 1, NULL));

    INVALID(pactwasm_cancel_new(NULL, &error), "cancel");
    INVALID_QUIETLY(pactwasm_cancel_new(NULL, NULL));
    OK(pactwasm_cancel_new(&switched, &error));
    pactwasm_cancel_free(switched);
    INVALID(pactwasm_cancel_trigger(NULL, &error), "cancel");
    INVALID(pactwasm_cancel_trigger((const PactWasmCancel *)(const void *)host, &error), "cancel");
    INVALID_QUIETLY(pactwasm_cancel_trigger(NULL, NULL));
}

static void never_called_handler(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    (void)call;
    (void)answer;
    (void)user_data;
}

static void count(void *user_data) {
    ++*(int *)user_data;
}

// registration.c has all reasons for which a registration can fail.
static void handler_registration(void) {
    PactWasmError *error = NULL;
    PactWasmConfig *wrong = (PactWasmConfig *)(void *)host;
    int destroyed = 0, failures = 0;
#define SET_INVALID(config, type, type_len, key, key_len, values, values_len, handler, argument)                              \
    do {                                                                                                                      \
        INVALID(pactwasm_config_set_handler(config, type, type_len, key, key_len, values, values_len, handler, &destroyed,    \
                                            count, &error),                                                                   \
                argument);                                                                                                    \
        CHECK_EQUAL(destroyed, ++failures);                                                                                   \
    } while (0)
    SET_INVALID(NULL, "matcher", 7, "k", 1, NULL, 0, never_called_handler, "config");
    SET_INVALID(wrong, "matcher", 7, "k", 1, NULL, 0, never_called_handler, "config");
    SET_INVALID(config, NULL, 0, "k", 1, NULL, 0, never_called_handler, "entry_type");
    SET_INVALID(config, NULL, 7, "k", 1, NULL, 0, never_called_handler, "entry_type");
    SET_INVALID(config, "", 0, "k", 1, NULL, 0, never_called_handler, "entry_type");
    SET_INVALID(config, NOT_UTF8, 1, "k", 1, NULL, 0, never_called_handler, "entry_type");
    SET_INVALID(config, "matcher", (size_t)-1, "k", 1, NULL, 0, never_called_handler, "entry_type");
    SET_INVALID(config, "matcher", 6, "k", 1, NULL, 0, never_called_handler, "entry_type");
    SET_INVALID(config, "matcher", 7, NULL, 0, NULL, 0, never_called_handler, "key");
    SET_INVALID(config, "matcher", 7, NULL, 1, NULL, 0, never_called_handler, "key");
    SET_INVALID(config, "matcher", 7, "", 0, NULL, 0, never_called_handler, "key");
    SET_INVALID(config, "matcher", 7, NOT_UTF8, 1, NULL, 0, never_called_handler, "key");
    SET_INVALID(config, "matcher", 7, "a/b", 3, NULL, 0, never_called_handler, "key");
    SET_INVALID(config, "matcher", 7, "k", 1, NULL, 1, never_called_handler, "values_json");
    SET_INVALID(config, "matcher", 7, "k", 1, NOT_UTF8, 1, never_called_handler, "values_json");
    SET_INVALID(config, "matcher", 7, "k", 1, "{", 1, never_called_handler, "values_json");
    SET_INVALID(config, "matcher", 7, "k", 1, "[]", 2, never_called_handler, "values_json");
    SET_INVALID(config, "matcher", 7, "k", 1, "null", 4, never_called_handler, "values_json");
    SET_INVALID(config, "matcher", 7, "k", 1, NULL, 0, NULL, "handler");
    INVALID_QUIETLY(pactwasm_config_set_handler(NULL, "matcher", 7, "k", 1, NULL, 0, never_called_handler, NULL, NULL, NULL));
}

// What a handler of each kind gives to the functions that fill its answer.
static int handlers_called;

static void wrong_answer(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    PactWasmError *error = NULL;
    const PactWasmAnswer *wrong = (const void *)host;
    PactWasmCatalogue *entries = GARBAGE(PactWasmCatalogue);
    PactWasmMismatch mismatch;
    PactWasmBody body;
    PactWasmFieldValue value;
    (void)user_data;
    handlers_called++;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    mismatch.description = text("differs");
    memset(&body, 0, sizeof body);
    memset(&value, 0, sizeof value);

    INVALID(pactwasm_answer_set_error(NULL, "x", 1, &error), "answer");
    INVALID(pactwasm_answer_set_error(wrong, "x", 1, &error), "answer");
    INVALID(pactwasm_answer_set_error(answer, NULL, 0, &error), "message");
    INVALID(pactwasm_answer_set_error(answer, NULL, 1, &error), "message");
    INVALID(pactwasm_answer_set_error(answer, "", 0, &error), "message");
    INVALID(pactwasm_answer_set_error(answer, NOT_UTF8, 1, &error), "message");
    INVALID(pactwasm_answer_set_error(answer, "x", (size_t)-1, &error), "message");
    INVALID_QUIETLY(pactwasm_answer_set_error(NULL, "x", 1, NULL));

    INVALID(pactwasm_answer_add_mismatch(NULL, &mismatch, &error), "answer");
    INVALID(pactwasm_answer_add_mismatch(wrong, &mismatch, &error), "answer");
    INVALID(pactwasm_answer_add_mismatch(answer, NULL, &error), "mismatch");
    INVALID_QUIETLY(pactwasm_answer_add_mismatch(NULL, &mismatch, NULL));
#define ADD_MISMATCH pactwasm_answer_add_mismatch(answer, &mismatch, &error)
    mismatch.size = 0;
    INVALID(ADD_MISMATCH, "mismatch");
    mismatch.size = (size_t)-1;
    INVALID(ADD_MISMATCH, "mismatch");
    mismatch.size = sizeof mismatch;
    WRONG_TEXT(mismatch.expression, ADD_MISMATCH, "mismatch.expression");
    WRONG_TEXT(mismatch.path, ADD_MISMATCH, "mismatch.path");
    WRONG_TEXT(mismatch.diff, ADD_MISMATCH, "mismatch.diff");
    WRONG_TEXT(mismatch.mismatch_type, ADD_MISMATCH, "mismatch.mismatch_type");
    WRONG_TEXT(mismatch.description, ADD_MISMATCH, "mismatch.description");
    mismatch.description = absent();
    INVALID(ADD_MISMATCH, "mismatch.description");
    mismatch.description = text("");
    INVALID(ADD_MISMATCH, "mismatch.description");
    mismatch.description = text("differs");
    mismatch.expected = bytes(NULL, 1);
    INVALID(ADD_MISMATCH, "mismatch.expected");
    mismatch.expected = absent();
    mismatch.actual = bytes("x", (size_t)-1);
    INVALID(ADD_MISMATCH, "mismatch.actual");
    mismatch.actual = absent();

    INVALID(pactwasm_answer_set_type_mismatch(NULL, "a", 1, "b", 1, &error), "answer");
    INVALID(pactwasm_answer_set_type_mismatch(wrong, "a", 1, "b", 1, &error), "answer");
    INVALID(pactwasm_answer_set_type_mismatch(answer, NULL, 1, "b", 1, &error), "expected");
    INVALID(pactwasm_answer_set_type_mismatch(answer, NOT_UTF8, 1, "b", 1, &error), "expected");
    INVALID(pactwasm_answer_set_type_mismatch(answer, "a", 1, NULL, 1, &error), "actual");
    INVALID(pactwasm_answer_set_type_mismatch(answer, "a", 1, NOT_UTF8, 1, &error), "actual");
    INVALID_QUIETLY(pactwasm_answer_set_type_mismatch(NULL, "a", 1, "b", 1, NULL));

    INVALID(pactwasm_answer_set_body(NULL, &body, &error), "answer");
    INVALID(pactwasm_answer_set_body(wrong, &body, &error), "answer");
    INVALID(pactwasm_answer_set_body(answer, NULL, &error), "body");
    WRONG_BODY(body, pactwasm_answer_set_body(answer, &body, &error), "body");
    INVALID_QUIETLY(pactwasm_answer_set_body(NULL, &body, NULL));

    INVALID(pactwasm_answer_set_value(NULL, &value, &error), "answer");
    INVALID(pactwasm_answer_set_value(wrong, &value, &error), "answer");
    INVALID(pactwasm_answer_set_value(answer, NULL, &error), "value");
    INVALID_QUIETLY(pactwasm_answer_set_value(NULL, &value, NULL));
#define SET_VALUE pactwasm_answer_set_value(answer, &value, &error)
    value.kind = 7;
    INVALID(SET_VALUE, "value");
    value.kind = -1;
    INVALID(SET_VALUE, "value");
    value.kind = PACTWASM_VALUE_BOOLEAN;
    value.boolean = 2;
    INVALID(SET_VALUE, "value");
    value.boolean = 0;
    value.kind = PACTWASM_VALUE_TEXT;
    WRONG_TEXT(value.data, SET_VALUE, "value");
    value.kind = PACTWASM_VALUE_BYTES;
    value.data = bytes(NULL, 1);
    INVALID(SET_VALUE, "value");
    value.kind = PACTWASM_VALUE_JSON;
    WRONG_TEXT(value.data, SET_VALUE, "value");
    value.data = text("{");
    INVALID(SET_VALUE, "value");
    value.data = text("");
    INVALID(SET_VALUE, "value");
    // It has a kind of its own.
    value.data = text("2");
    INVALID(SET_VALUE, "value");

    // The answer is a handle of its own type.
    INVALID(pactwasm_host_catalogue((const void *)answer, &entries, &error), "host");
    CHECK(entries == NULL);
    // Nothing of it counts; those that must say something say it now.
    value.kind = PACTWASM_VALUE_NULL;
    if (call->generate != NULL) OK(pactwasm_answer_set_body(answer, &body, &error));
    if (call->generate_field != NULL) OK(pactwasm_answer_set_value(answer, &value, &error));
}

static void handler_answers(void) {
    static const char *const types[] = {"content-matcher", "content-generator", "matcher", "generator"};
    PactWasmError *error = NULL;
    PactWasmConfig *own = test_config();
    PactWasmHost *its;
    PactWasmPlugin *delegate;
    PactWasmCompareRequest compare = compare_request("a/b", "x", "y");
    PactWasmGenerateRequest generate = generate_request();
    PactWasmMatchFieldRequest match;
    PactWasmGenerateFieldRequest field;
    PactWasmComparison *compared = NULL;
    PactWasmContent *generated = NULL;
    PactWasmField *value = NULL;
    size_t index;
    for (index = 0; index < 4; index++)
        OK(pactwasm_config_set_handler(own, types[index], strlen(types[index]), "wrong", 5, NULL, 0, wrong_answer, NULL, NULL, &error));
    its = test_host(own);
    delegate = test_plugin(its, "delegate");
    compare.plugin_configuration.pact_json = generate.plugin_configuration.pact_json = text("{\"entry\":\"wrong\"}");
    memset(&match, 0, sizeof match);
    match.size = sizeof match;
    match.key = match.rule_type = match.path = text("wrong");
    memset(&field, 0, sizeof field);
    field.size = sizeof field;
    field.key = field.generator_type = field.path = text("wrong");
    OK(pactwasm_plugin_compare_contents(delegate, &compare, NULL, &compared, &error));
    CHECK_EQUAL(pactwasm_comparison_count(compared), 0);
    pactwasm_comparison_free(compared);
    OK(pactwasm_plugin_generate_content(delegate, &generate, NULL, &generated, &error));
    pactwasm_content_free(generated);
    OK(pactwasm_plugin_match_field(delegate, &match, NULL, &compared, &error));
    CHECK_EQUAL(pactwasm_comparison_count(compared), 0);
    pactwasm_comparison_free(compared);
    OK(pactwasm_plugin_generate_field(delegate, &field, NULL, &value, &error));
    pactwasm_field_free(value);
    CHECK_EQUAL(handlers_called, 4);
    pactwasm_plugin_free(delegate);
    pactwasm_host_free(its);
}

static void hosts(void) {
    PactWasmError *error = NULL;
    PactWasmHost *made = GARBAGE(PactWasmHost), *wrong = (PactWasmHost *)(void *)config;
    PactWasmPlugin *loaded = GARBAGE(PactWasmPlugin);
    PactWasmInstalled *found = GARBAGE(PactWasmInstalled);
    PactWasmCatalogue *entries = GARBAGE(PactWasmCatalogue);

    INVALID(pactwasm_host_new(NULL, NULL, &error), "host");
    INVALID_QUIETLY(pactwasm_host_new(NULL, NULL, NULL));
    INVALID(pactwasm_host_new((const PactWasmConfig *)(const void *)host, &made, &error), "config");
    CHECK(made == NULL);

    INVALID(pactwasm_host_discover(NULL, &found, &error), "host");
    CHECK(found == NULL);
    found = GARBAGE(PactWasmInstalled);
    INVALID(pactwasm_host_discover(wrong, &found, &error), "host");
    CHECK(found == NULL);
    INVALID(pactwasm_host_discover(host, NULL, &error), "installed");
    INVALID_QUIETLY(pactwasm_host_discover(NULL, &found, NULL));

    INVALID(pactwasm_host_load(NULL, "echo", 4, NULL, 0, &loaded, &error), "host");
    CHECK(loaded == NULL);
    loaded = GARBAGE(PactWasmPlugin);
    INVALID(pactwasm_host_load(host, NULL, 0, NULL, 0, &loaded, &error), "name");
    CHECK(loaded == NULL);
    INVALID(pactwasm_host_load(wrong, "echo", 4, NULL, 0, &loaded, &error), "host");
    INVALID(pactwasm_host_load(host, NULL, 4, NULL, 0, &loaded, &error), "name");
    INVALID(pactwasm_host_load(host, "", 0, NULL, 0, &loaded, &error), "name");
    INVALID(pactwasm_host_load(host, NOT_UTF8, 1, NULL, 0, &loaded, &error), "name");
    INVALID(pactwasm_host_load(host, "echo", 4, NULL, 1, &loaded, &error), "version");
    INVALID(pactwasm_host_load(host, "echo", 4, NOT_UTF8, 1, &loaded, &error), "version");
    INVALID(pactwasm_host_load(host, "echo", 4, "latest", 6, &loaded, &error), "version");
    INVALID(pactwasm_host_load(host, "echo", 4, NULL, 0, NULL, &error), "plugin");
    INVALID_QUIETLY(pactwasm_host_load(NULL, "echo", 4, NULL, 0, &loaded, NULL));

    loaded = GARBAGE(PactWasmPlugin);
    INVALID(pactwasm_host_load_directory(NULL, "x", 1, &loaded, &error), "host");
    CHECK(loaded == NULL);
    INVALID(pactwasm_host_load_directory(wrong, "x", 1, &loaded, &error), "host");
    INVALID(pactwasm_host_load_directory(host, NULL, 0, &loaded, &error), "path");
    INVALID(pactwasm_host_load_directory(host, NULL, 1, &loaded, &error), "path");
    INVALID(pactwasm_host_load_directory(host, "", 0, &loaded, &error), "path");
    INVALID(pactwasm_host_load_directory(host, NOT_UTF8, 1, &loaded, &error), "path");
    INVALID(pactwasm_host_load_directory(host, "x", 1, NULL, &error), "plugin");
    INVALID_QUIETLY(pactwasm_host_load_directory(NULL, "x", 1, &loaded, NULL));

    INVALID(pactwasm_host_catalogue(NULL, &entries, &error), "host");
    CHECK(entries == NULL);
    INVALID(pactwasm_host_catalogue(wrong, &entries, &error), "host");
    INVALID(pactwasm_host_catalogue(host, NULL, &error), "catalogue");
    INVALID_QUIETLY(pactwasm_host_catalogue(NULL, &entries, NULL));
}

// A list: NULL and other handles are empty, a getter wants a list, an index and a struct with its size.
#define LIST(function, count, get, list, list_name, record_type, record_name)                                                 \
    static void function(void) {                                                                                              \
        PactWasmError *error = NULL;                                                                                          \
        record_type record;                                                                                                   \
        memset(&record, 0, sizeof record);                                                                                    \
        record.size = sizeof record;                                                                                          \
        CHECK(count(list) > 0);                                                                                               \
        CHECK_EQUAL(count(NULL), 0);                                                                                          \
        CHECK_EQUAL(count((const void *)config), 0);                                                                          \
        INVALID(get(NULL, 0, &record, &error), list_name);                                                                    \
        INVALID(get((const void *)config, 0, &record, &error), list_name);                                                    \
        INVALID(get(list, count(list), &record, &error), "index");                                                            \
        INVALID(get(list, (size_t)-1, &record, &error), "index");                                                             \
        INVALID_QUIETLY(get(NULL, 0, &record, NULL));                                                                         \
        INVALID(get(list, 0, NULL, &error), record_name);                                                                     \
        record.size = 0;                                                                                                      \
        INVALID(get(list, 0, &record, &error), record_name);                                                                  \
        record.size = sizeof(size_t) - 1;                                                                                     \
        INVALID(get(list, 0, &record, &error), record_name);                                                                  \
        record.size = (size_t)-1;                                                                                             \
        INVALID(get(list, 0, &record, &error), record_name);                                                                  \
    }

LIST(installed_list, pactwasm_installed_count, pactwasm_installed_get, installed, "installed", PactWasmInstalledPlugin, "plugin")
LIST(catalogue_list, pactwasm_catalogue_count, pactwasm_catalogue_get, catalogue, "catalogue", PactWasmCatalogueEntry, "entry")
LIST(interaction_list, pactwasm_interaction_count, pactwasm_interaction_get, interaction, "interaction", PactWasmInteractionPart, "part")
LIST(comparison_list, pactwasm_comparison_count, pactwasm_comparison_get, comparison, "comparison", PactWasmMismatch, "mismatch")
LIST(logs_list, pactwasm_logs_count, pactwasm_logs_get, logs, "logs", PactWasmLogRecord, "record")

static void results(void) {
    PactWasmError *error = NULL;
    PactWasmPluginConfiguration stored;
    PactWasmBody body;
    int32_t verdict = 7;
    installed_list();
    catalogue_list();
    interaction_list();
    comparison_list();
    logs_list();

    memset(&stored, 0x5a, sizeof stored);
    INVALID(pactwasm_interaction_configuration(NULL, &stored, &error), "interaction");
    CHECK_ABSENT(stored.interaction_json);
    CHECK_ABSENT(stored.pact_json);
    INVALID(pactwasm_interaction_configuration((const void *)host, &stored, &error), "interaction");
    INVALID(pactwasm_interaction_configuration(interaction, NULL, &error), "configuration");
    INVALID_QUIETLY(pactwasm_interaction_configuration(NULL, &stored, NULL));

    INVALID(pactwasm_comparison_verdict(NULL, &verdict, &error), "comparison");
    CHECK_EQUAL(verdict, -1);
    INVALID(pactwasm_comparison_verdict((const void *)host, &verdict, &error), "comparison");
    INVALID(pactwasm_comparison_verdict(comparison, NULL, &error), "verdict");
    INVALID_QUIETLY(pactwasm_comparison_verdict(NULL, &verdict, NULL));

    memset(&body, 0x5a, sizeof body);
    INVALID(pactwasm_content_get(NULL, &body, &error), "content");
    CHECK_ABSENT(body.content_type);
    CHECK_ABSENT(body.content);
    INVALID(pactwasm_content_get((const void *)host, &body, &error), "content");
    INVALID(pactwasm_content_get(content, NULL, &error), "body");
    INVALID_QUIETLY(pactwasm_content_get(NULL, &body, NULL));
}

static void outcomes(void) {
    PactWasmError *error = NULL;
    PactWasmOutcomeInfo info;
    PactWasmResult result;
    PactWasmMismatch mismatch;
    PactWasmInteractionData view;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    INVALID(pactwasm_outcome_info(NULL, &info, &error), "outcome");
    INVALID(pactwasm_outcome_info((const void *)server, &info, &error), "outcome");
    INVALID(pactwasm_outcome_info(outcome, NULL, &error), "info");
    INVALID_QUIETLY(pactwasm_outcome_info(NULL, &info, NULL));
    info.size = sizeof(size_t) - 1;
    INVALID(pactwasm_outcome_info(outcome, &info, &error), "info");
    info.size = (size_t)-1;
    INVALID(pactwasm_outcome_info(outcome, &info, &error), "info");

    memset(&result, 0, sizeof result);
    result.size = sizeof result;
    INVALID(pactwasm_outcome_get(NULL, 0, &result, &error), "outcome");
    INVALID(pactwasm_outcome_get((const void *)server, 0, &result, &error), "outcome");
    INVALID(pactwasm_outcome_get(outcome, 1, &result, &error), "index");
    INVALID(pactwasm_outcome_get(outcome, (size_t)-1, &result, &error), "index");
    INVALID(pactwasm_outcome_get(outcome, 0, NULL, &error), "result");
    INVALID_QUIETLY(pactwasm_outcome_get(NULL, 0, &result, NULL));
    result.size = 0;
    INVALID(pactwasm_outcome_get(outcome, 0, &result, &error), "result");
    result.size = (size_t)-1;
    INVALID(pactwasm_outcome_get(outcome, 0, &result, &error), "result");

    // This one has a result without mismatches; verification.c has one with.
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    INVALID(pactwasm_outcome_mismatch(NULL, 0, 0, &mismatch, &error), "outcome");
    INVALID(pactwasm_outcome_mismatch((const void *)server, 0, 0, &mismatch, &error), "outcome");
    INVALID(pactwasm_outcome_mismatch(outcome, 1, 0, &mismatch, &error), "index");
    INVALID(pactwasm_outcome_mismatch(outcome, 0, 0, &mismatch, &error), "mismatch_index");
    INVALID(pactwasm_outcome_mismatch(outcome, 0, (size_t)-1, &mismatch, &error), "mismatch_index");
    INVALID_QUIETLY(pactwasm_outcome_mismatch(NULL, 0, 0, &mismatch, NULL));

    memset(&view, 0x5a, sizeof view);
    INVALID(pactwasm_data_get(NULL, &view, &error), "data");
    CHECK(view.metadata == NULL && view.metadata_count == 0);
    CHECK_ABSENT(view.body.content_type);
    CHECK_ABSENT(view.body.content);
    INVALID(pactwasm_data_get((const void *)server, &view, &error), "data");
    INVALID(pactwasm_data_get(data, NULL, &error), "data_view");
    INVALID_QUIETLY(pactwasm_data_get(NULL, &view, NULL));
}

static void plugins(void) {
    PactWasmError *error = NULL;
    const PactWasmPlugin *wrong = (const void *)host;
    PactWasmPluginInfo info;
    PactWasmCatalogue *entries = GARBAGE(PactWasmCatalogue);
    PactWasmLogs *records = GARBAGE(PactWasmLogs);
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    INVALID(pactwasm_plugin_info(NULL, &info, &error), "plugin");
    INVALID(pactwasm_plugin_info(wrong, &info, &error), "plugin");
    INVALID(pactwasm_plugin_info(plugin, NULL, &error), "info");
    INVALID_QUIETLY(pactwasm_plugin_info(NULL, &info, NULL));
    info.size = 0;
    INVALID(pactwasm_plugin_info(plugin, &info, &error), "info");
    info.size = (size_t)-1;
    INVALID(pactwasm_plugin_info(plugin, &info, &error), "info");

    INVALID(pactwasm_plugin_catalogue(NULL, &entries, &error), "plugin");
    CHECK(entries == NULL);
    INVALID(pactwasm_plugin_catalogue(wrong, &entries, &error), "plugin");
    INVALID(pactwasm_plugin_catalogue(plugin, NULL, &error), "catalogue");
    INVALID_QUIETLY(pactwasm_plugin_catalogue(NULL, &entries, NULL));

    INVALID(pactwasm_plugin_logs(NULL, &records, &error), "plugin");
    CHECK(records == NULL);
    INVALID(pactwasm_plugin_logs(wrong, &records, &error), "plugin");
    INVALID(pactwasm_plugin_logs(plugin, NULL, &error), "logs");
    INVALID_QUIETLY(pactwasm_plugin_logs(NULL, &records, NULL));

    INVALID(pactwasm_plugin_init(NULL, NULL, &error), "plugin");
    INVALID(pactwasm_plugin_init(wrong, NULL, &error), "plugin");
    INVALID_QUIETLY(pactwasm_plugin_init(NULL, NULL, NULL));

    INVALID(pactwasm_plugin_update_catalogue(NULL, "[]", 2, NULL, &error), "plugin");
    INVALID(pactwasm_plugin_update_catalogue(wrong, "[]", 2, NULL, &error), "plugin");
    INVALID(pactwasm_plugin_update_catalogue(plugin, NULL, 0, NULL, &error), "catalogue_json");
    INVALID(pactwasm_plugin_update_catalogue(plugin, NULL, 2, NULL, &error), "catalogue_json");
    INVALID(pactwasm_plugin_update_catalogue(plugin, "", 0, NULL, &error), "catalogue_json");
    INVALID(pactwasm_plugin_update_catalogue(plugin, NOT_UTF8, 1, NULL, &error), "catalogue_json");
    INVALID(pactwasm_plugin_update_catalogue(plugin, "[", 1, NULL, &error), "catalogue_json");
    INVALID(pactwasm_plugin_update_catalogue(plugin, "{}", 2, NULL, &error), "catalogue_json");
    INVALID(pactwasm_plugin_update_catalogue(plugin, "[{\"entryType\":\"spell\",\"key\":\"k\"}]", 34, NULL, &error), "catalogue_json");
    INVALID_QUIETLY(pactwasm_plugin_update_catalogue(NULL, "[]", 2, NULL, NULL));
}

// Every operation takes the same options.
#define WITH_WRONG_OPTIONS(call)                                                                                              \
    do {                                                                                                                      \
        options = call_options(0);                                                                                            \
        options.size = 0;                                                                                                     \
        INVALID(call, "options");                                                                                             \
        options.size = (size_t)-1;                                                                                            \
        INVALID(call, "options");                                                                                             \
        options = call_options(86400001);                                                                                     \
        INVALID(call, "options.timeout_ms");                                                                                  \
        options = call_options(0);                                                                                            \
        options.cancel = (const void *)host;                                                                                  \
        INVALID(call, "options.cancel");                                                                                      \
        options = call_options(0);                                                                                            \
        options.test_run_id = bytes(NULL, 1);                                                                                 \
        INVALID(call, "options.test_run_id");                                                                                 \
        options.test_run_id = text(NOT_UTF8);                                                                                 \
        INVALID(call, "options.test_run_id");                                                                                 \
    } while (0)

static void wrong_options(void) {
    PactWasmError *error = NULL;
    PactWasmCallOptions options;
    PactWasmConfigureRequest configure = configure_request();
    PactWasmCompareRequest compare = compare_request("a/b", "x", "y");
    PactWasmGenerateRequest generate = generate_request();
    PactWasmInteraction *configured = GARBAGE(PactWasmInteraction);
    PactWasmComparison *compared = GARBAGE(PactWasmComparison);
    PactWasmContent *generated = GARBAGE(PactWasmContent);
    PactWasmStartRequest start = start_request();
    PactWasmPrepareRequest prepare = prepare_request();
    PactWasmVerifyRequest verify = verify_request();
    PactWasmMockServer *started = GARBAGE(PactWasmMockServer);
    PactWasmOutcome *seen = GARBAGE(PactWasmOutcome);
    PactWasmData *prepared = GARBAGE(PactWasmData);
    PactWasmBytes response = {NULL, 0};
    WITH_WRONG_OPTIONS(pactwasm_plugin_init(plugin, &options, &error));
    WITH_WRONG_OPTIONS(pactwasm_plugin_update_catalogue(plugin, "[]", 2, &options, &error));
    WITH_WRONG_OPTIONS(pactwasm_plugin_configure_interaction(plugin, &configure, &options, &configured, &error));
    CHECK(configured == NULL);
    WITH_WRONG_OPTIONS(pactwasm_plugin_compare_contents(plugin, &compare, &options, &compared, &error));
    CHECK(compared == NULL);
    WITH_WRONG_OPTIONS(pactwasm_plugin_generate_content(plugin, &generate, &options, &generated, &error));
    CHECK(generated == NULL);
    WITH_WRONG_OPTIONS(pactwasm_plugin_start_mock_server(line, &start, &options, &started, &error));
    CHECK(started == NULL);
    WITH_WRONG_OPTIONS(pactwasm_mock_server_results(server, &options, &seen, &error));
    WITH_WRONG_OPTIONS(pactwasm_mock_server_shutdown(server, &options, &seen, &error));
    CHECK(seen == NULL);
    WITH_WRONG_OPTIONS(pactwasm_plugin_prepare_interaction(line, &prepare, &options, &prepared, &error));
    CHECK(prepared == NULL);
    WITH_WRONG_OPTIONS(pactwasm_plugin_verify_interaction(line, &verify, &options, &seen, &prepared, &error));
    CHECK(seen == NULL && prepared == NULL);
    // The server runs on.
    OK(pactwasm_mock_server_results(server, NULL, &seen, &error));
    pactwasm_outcome_free(seen);
    response.len = 5;
    WITH_WRONG_OPTIONS(pactwasm_plugin_call(plugin, "init", 4, "{}", 2, &options, &response, &error));
    CHECK(response.data == NULL && response.len == 0);
}

static void configure(void) {
    PactWasmError *error = NULL;
    PactWasmInteraction *out = GARBAGE(PactWasmInteraction);
    PactWasmConfigureRequest request = configure_request();
    INVALID(pactwasm_plugin_configure_interaction(NULL, &request, NULL, &out, &error), "plugin");
    CHECK(out == NULL);
    INVALID(pactwasm_plugin_configure_interaction((const void *)host, &request, NULL, &out, &error), "plugin");
    INVALID(pactwasm_plugin_configure_interaction(plugin, NULL, NULL, &out, &error), "request");
    INVALID(pactwasm_plugin_configure_interaction(plugin, &request, NULL, NULL, &error), "interaction");
    INVALID_QUIETLY(pactwasm_plugin_configure_interaction(NULL, &request, NULL, &out, NULL));
    request.size = 0;
    INVALID(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error), "request");
    request.size = (size_t)-1;
    INVALID(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error), "request");
    request = configure_request();
    WRONG_TEXT(request.content_type, pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error), "request.content_type");
    request.content_type = absent();
    INVALID(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error), "request.content_type");
    request = configure_request();
    WRONG_JSON(request.contents_config_json, pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error),
               "request.contents_config_json");
    WRONG_JSON(request.test_context_json, pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error),
               "request.test_context_json");
    request.contents_config_json = absent();
    INVALID(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &out, &error), "request.contents_config_json");
    CHECK(out == NULL);
}

static void compare(void) {
    PactWasmError *error = NULL;
    PactWasmComparison *out = GARBAGE(PactWasmComparison);
    PactWasmCompareRequest request = compare_request("a/b", "x", "y");
#define COMPARE pactwasm_plugin_compare_contents(plugin, &request, NULL, &out, &error)
    INVALID(pactwasm_plugin_compare_contents(NULL, &request, NULL, &out, &error), "plugin");
    CHECK(out == NULL);
    INVALID(pactwasm_plugin_compare_contents((const void *)host, &request, NULL, &out, &error), "plugin");
    INVALID(pactwasm_plugin_compare_contents(plugin, NULL, NULL, &out, &error), "request");
    INVALID(pactwasm_plugin_compare_contents(plugin, &request, NULL, NULL, &error), "comparison");
    INVALID_QUIETLY(pactwasm_plugin_compare_contents(NULL, &request, NULL, &out, NULL));
    request.size = 0;
    INVALID(COMPARE, "request");
    request.size = (size_t)-1;
    INVALID(COMPARE, "request");
    request.size = sizeof request;
    WRONG_BODY(request.expected, COMPARE, "request.expected");
    WRONG_BODY(request.actual, COMPARE, "request.actual");
    request.allow_unexpected_keys = 2;
    INVALID(COMPARE, "request.allow_unexpected_keys");
    request.allow_unexpected_keys = 0;
    WRONG_JSON(request.rules_json, COMPARE, "request.rules_json");
    request.rules_json = text("{\"$\":[],\"$\":[]}");
    INVALID(COMPARE, "request.rules_json");
    request.rules_json = text("{\"$\":[{\"kind\":\"regex\"}]}");
    INVALID(COMPARE, "request.rules_json");
    request.rules_json = absent();
    WRONG_JSON(request.plugin_configuration.interaction_json, COMPARE, "request.plugin_configuration.interaction_json");
    WRONG_JSON(request.plugin_configuration.pact_json, COMPARE, "request.plugin_configuration.pact_json");
    WRONG_JSON(request.test_context_json, COMPARE, "request.test_context_json");
    CHECK(out == NULL);
}

static void generate(void) {
    PactWasmError *error = NULL;
    PactWasmContent *out = GARBAGE(PactWasmContent);
    PactWasmGenerateRequest request = generate_request();
#define GENERATE pactwasm_plugin_generate_content(plugin, &request, NULL, &out, &error)
    INVALID(pactwasm_plugin_generate_content(NULL, &request, NULL, &out, &error), "plugin");
    CHECK(out == NULL);
    INVALID(pactwasm_plugin_generate_content((const void *)host, &request, NULL, &out, &error), "plugin");
    INVALID(pactwasm_plugin_generate_content(plugin, NULL, NULL, &out, &error), "request");
    INVALID(pactwasm_plugin_generate_content(plugin, &request, NULL, NULL, &error), "content");
    INVALID_QUIETLY(pactwasm_plugin_generate_content(NULL, &request, NULL, &out, NULL));
    request.size = 0;
    INVALID(GENERATE, "request");
    request.size = (size_t)-1;
    INVALID(GENERATE, "request");
    request.size = sizeof request;
    WRONG_BODY(request.body, GENERATE, "request.body");
    WRONG_JSON(request.generators_json, GENERATE, "request.generators_json");
    WRONG_JSON(request.plugin_configuration.interaction_json, GENERATE, "request.plugin_configuration.interaction_json");
    WRONG_JSON(request.plugin_configuration.pact_json, GENERATE, "request.plugin_configuration.pact_json");
    WRONG_JSON(request.test_context_json, GENERATE, "request.test_context_json");
    request.test_mode = 3;
    INVALID(GENERATE, "request.test_mode");
    request.test_mode = -1;
    INVALID(GENERATE, "request.test_mode");
    request.test_mode = 0;
    request.content_for = 2;
    INVALID(GENERATE, "request.content_for");
    CHECK(out == NULL);
}

// Not of an interaction, although it is JSON.
#define WRONG_INTERACTION(view, call, argument, open, close)                                                                  \
    do {                                                                                                                      \
        static const char *const wrong_[] = {                                                                                 \
            "", open "1" close, open "{}" close, open "{\"interactionType\":\"HTTP\"}" close,                                \
            open "{\"interactionType\":\"Synchronous/HTTP\",\"surprise\":1}" close,                                          \
            open "{\"interactionType\":\"Synchronous/HTTP\",\"consumer\":1}" close,                                          \
            open "{\"interactionType\":\"Synchronous/HTTP\",\"pluginConfiguration\":[]}" close,                              \
        };                                                                                                                    \
        size_t index_;                                                                                                        \
        PactWasmView kept_ = (view);                                                                                          \
        WRONG_TEXT(view, call, argument);                                                                                     \
        (view) = absent();                                                                                                    \
        INVALID(call, argument);                                                                                              \
        (view) = text(open "{\"interactionType\":");                                                                         \
        INVALID(call, argument);                                                                                              \
        for (index_ = 0; index_ < sizeof wrong_ / sizeof *wrong_; index_++) {                                                 \
            (view) = text(wrong_[index_]);                                                                                    \
            INVALID(call, argument);                                                                                          \
        }                                                                                                                     \
        (view) = kept_;                                                                                                       \
    } while (0)

static void mock_servers(void) {
    PactWasmError *error = NULL;
    PactWasmMockServer *out = GARBAGE(PactWasmMockServer);
    const PactWasmMockServer *wrong = (const void *)host;
    PactWasmStartRequest request = start_request();
    PactWasmMockServerInfo info;
    PactWasmOutcome *seen = GARBAGE(PactWasmOutcome);
#define START pactwasm_plugin_start_mock_server(line, &request, NULL, &out, &error)
    INVALID(pactwasm_plugin_start_mock_server(NULL, &request, NULL, &out, &error), "plugin");
    CHECK(out == NULL);
    INVALID(pactwasm_plugin_start_mock_server((const void *)host, &request, NULL, &out, &error), "plugin");
    INVALID(pactwasm_plugin_start_mock_server(line, NULL, NULL, &out, &error), "request");
    INVALID(pactwasm_plugin_start_mock_server(line, &request, NULL, NULL, &error), "server");
    INVALID_QUIETLY(pactwasm_plugin_start_mock_server(NULL, &request, NULL, &out, NULL));
    request.size = 0;
    INVALID(START, "request");
    request.size = (size_t)-1;
    INVALID(START, "request");
    request.size = sizeof request;
    WRONG_TEXT(request.host_interface, START, "request.host_interface");
    request.port = -1;
    INVALID(START, "request.port");
    request.port = 65536;
    INVALID(START, "request.port");
    request.port = 0;
    request.tls = 2;
    INVALID(START, "request.tls");
    request.tls = -1;
    INVALID(START, "request.tls");
    request.tls = 0;
    WRONG_INTERACTION(request.interactions_json, START, "request.interactions_json", "[", "]");
    request.interactions_json = text(INTERACTION);
    INVALID(START, "request.interactions_json");
    request = start_request();
    WRONG_JSON(request.test_context_json, START, "request.test_context_json");
    CHECK(out == NULL);

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    INVALID(pactwasm_mock_server_info(NULL, &info, &error), "server");
    INVALID(pactwasm_mock_server_info(wrong, &info, &error), "server");
    INVALID(pactwasm_mock_server_info(server, NULL, &error), "info");
    INVALID_QUIETLY(pactwasm_mock_server_info(NULL, &info, NULL));
    info.size = 0;
    INVALID(pactwasm_mock_server_info(server, &info, &error), "info");
    info.size = (size_t)-1;
    INVALID(pactwasm_mock_server_info(server, &info, &error), "info");

    INVALID(pactwasm_mock_server_results(NULL, NULL, &seen, &error), "server");
    CHECK(seen == NULL);
    seen = GARBAGE(PactWasmOutcome);
    INVALID(pactwasm_mock_server_results(wrong, NULL, &seen, &error), "server");
    CHECK(seen == NULL);
    INVALID(pactwasm_mock_server_results(server, NULL, NULL, &error), "outcome");
    INVALID_QUIETLY(pactwasm_mock_server_results(NULL, NULL, &seen, NULL));
    seen = GARBAGE(PactWasmOutcome);
    INVALID(pactwasm_mock_server_shutdown(NULL, NULL, &seen, &error), "server");
    CHECK(seen == NULL);
    INVALID(pactwasm_mock_server_shutdown(wrong, NULL, &seen, &error), "server");
    INVALID(pactwasm_mock_server_shutdown(server, NULL, NULL, &error), "outcome");
    INVALID_QUIETLY(pactwasm_mock_server_shutdown(NULL, NULL, &seen, NULL));
    // None of these was a shutdown.
    OK(pactwasm_mock_server_results(server, NULL, &seen, &error));
    pactwasm_outcome_free(seen);
}

static void prepare(void) {
    PactWasmError *error = NULL;
    PactWasmData *out = GARBAGE(PactWasmData);
    PactWasmPrepareRequest request = prepare_request();
#define PREPARE pactwasm_plugin_prepare_interaction(line, &request, NULL, &out, &error)
    INVALID(pactwasm_plugin_prepare_interaction(NULL, &request, NULL, &out, &error), "plugin");
    CHECK(out == NULL);
    INVALID(pactwasm_plugin_prepare_interaction((const void *)host, &request, NULL, &out, &error), "plugin");
    INVALID(pactwasm_plugin_prepare_interaction(line, NULL, NULL, &out, &error), "request");
    INVALID(pactwasm_plugin_prepare_interaction(line, &request, NULL, NULL, &error), "data");
    INVALID_QUIETLY(pactwasm_plugin_prepare_interaction(NULL, &request, NULL, &out, NULL));
    request.size = 0;
    INVALID(PREPARE, "request");
    request.size = (size_t)-1;
    INVALID(PREPARE, "request");
    request.size = sizeof request;
    WRONG_INTERACTION(request.interaction_json, PREPARE, "request.interaction_json", "", "");
    WRONG_JSON(request.config_json, PREPARE, "request.config_json");
    WRONG_JSON(request.test_context_json, PREPARE, "request.test_context_json");
    CHECK(out == NULL);
}

// verification.c has all that can be wrong with metadata.
static void verify(void) {
    PactWasmError *error = NULL;
    PactWasmOutcome *out = GARBAGE(PactWasmOutcome);
    PactWasmData *response = GARBAGE(PactWasmData);
    PactWasmVerifyRequest request = verify_request();
#define VERIFY pactwasm_plugin_verify_interaction(line, &request, NULL, &out, &response, &error)
    INVALID(pactwasm_plugin_verify_interaction(NULL, &request, NULL, &out, &response, &error), "plugin");
    CHECK(out == NULL && response == NULL);
    response = GARBAGE(PactWasmData);
    INVALID(pactwasm_plugin_verify_interaction((const void *)host, &request, NULL, &out, &response, &error), "plugin");
    CHECK(response == NULL);
    INVALID(pactwasm_plugin_verify_interaction((const void *)host, &request, NULL, &out, NULL, &error), "plugin");
    INVALID(pactwasm_plugin_verify_interaction(line, NULL, NULL, &out, &response, &error), "request");
    INVALID(pactwasm_plugin_verify_interaction(line, &request, NULL, NULL, &response, &error), "outcome");
    INVALID_QUIETLY(pactwasm_plugin_verify_interaction(NULL, &request, NULL, &out, &response, NULL));
    request.size = 0;
    INVALID(VERIFY, "request");
    request.size = (size_t)-1;
    INVALID(VERIFY, "request");
    request.size = sizeof request;
    WRONG_BODY(request.data.body, VERIFY, "request.data.body");
    request.data.metadata_count = 1;
    INVALID(VERIFY, "request.data.metadata");
    request.data.metadata_count = 0;
    WRONG_INTERACTION(request.interaction_json, VERIFY, "request.interaction_json", "", "");
    WRONG_JSON(request.config_json, VERIFY, "request.config_json");
    WRONG_JSON(request.test_context_json, VERIFY, "request.test_context_json");
    CHECK(out == NULL && response == NULL);
}

static void generic_call(void) {
    PactWasmError *error = NULL;
    PactWasmBytes out;
    static const char *const wrong[][2] = {
        {"init", "{\"a\":1}"},
        {"init", "["},
        {"update-catalogue", "{}"},
        {"configure-interaction", "{\"contentType\":\"a/b\"}"},
        {"configure-interaction", "{\"contentType\":\"a/b\",\"contentsConfig\":{},\"surprise\":1}"},
        {"compare-contents", "{\"expected\":{\"contentType\":\"a/b\",\"content\":\"*\"},\"actual\":{\"contentType\":\"a/b\"}}"},
        {"generate-content", "{\"body\":{\"contentType\":\"a/b\"},\"testMode\":\"dream\"}"},
        {"start-mock-server", "{}"},
        {"start-mock-server", "{\"interactions\":{}}"},
        {"start-mock-server", "{\"interactions\":[],\"port\":65536}"},
        {"start-mock-server", "{\"interactions\":[{\"interactionType\":\"HTTP\"}]}"},
        {"get-mock-server-results", "{}"},
        {"shutdown-mock-server", "{\"key\":1}"},
        {"prepare-interaction-for-verification", "{\"interaction\":1}"},
        {"verify-interaction", "{\"interaction\":" INTERACTION "}"},
        {"verify-interaction", "{\"interaction\":" INTERACTION ",\"interactionData\":{\"metadata\":{\"a\":{\"json\":1,\"bytes\":\"\"}}}}"},
        {"verify-interaction", "{\"interaction\":" INTERACTION ",\"interactionData\":{\"metadata\":{\"a\":{\"bytes\":\"*\"}}}}"},
    };
    size_t index;
    memset(&out, 0x5a, sizeof out);
    INVALID(pactwasm_plugin_call(NULL, "init", 4, "{}", 2, NULL, &out, &error), "plugin");
    CHECK(out.data == NULL && out.len == 0);
    INVALID(pactwasm_plugin_call((const void *)host, "init", 4, "{}", 2, NULL, &out, &error), "plugin");
    INVALID(pactwasm_plugin_call(plugin, NULL, 0, "{}", 2, NULL, &out, &error), "operation");
    INVALID(pactwasm_plugin_call(plugin, NULL, 4, "{}", 2, NULL, &out, &error), "operation");
    INVALID(pactwasm_plugin_call(plugin, NOT_UTF8, 1, "{}", 2, NULL, &out, &error), "operation");
    FAILS(pactwasm_plugin_call(plugin, "dance", 5, "{}", 2, NULL, &out, &error), PACTWASM_ERROR_INVALID_ARGUMENT,
          "unknown operation \"dance\"; there are init, update-catalogue, configure-interaction, compare-contents, generate-content");
    INVALID(pactwasm_plugin_call(plugin, "init", 4, NULL, 0, NULL, &out, &error), "request_json");
    INVALID(pactwasm_plugin_call(plugin, "init", 4, NULL, 2, NULL, &out, &error), "request_json");
    INVALID(pactwasm_plugin_call(plugin, "init", 4, NOT_UTF8, 1, NULL, &out, &error), "request_json");
    INVALID(pactwasm_plugin_call(plugin, "init", 4, "{}", 2, NULL, NULL, &error), "response_json");
    INVALID_QUIETLY(pactwasm_plugin_call(NULL, "init", 4, "{}", 2, NULL, &out, NULL));
    for (index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        FAILS(pactwasm_plugin_call(plugin, wrong[index][0], strlen(wrong[index][0]), wrong[index][1], strlen(wrong[index][1]), NULL, &out,
                                   &error),
              PACTWASM_ERROR_INVALID_ARGUMENT, "\"request_json\"");
        CHECK(out.data == NULL && out.len == 0);
    }
}

#define PACT "{\"consumer\":{\"name\":\"c\"},\"provider\":{\"name\":\"p\"}}"
#define HTTP "{\"type\":\"Synchronous/HTTP\",\"description\":\"d\"}"

// Texts that are no pact file, in various ways.
static const char *const no_pacts[] = {
    "", "[1]", "{\"consumer\":", "{}", "{\"consumer\":{\"name\":\"c\"},\"provider\":{\"name\":\"\"}}",
    "{\"consumer\":{\"name\":\"c\"},\"provider\":{\"name\":\"p\"},\"interactions\":{}}",
    "{\"consumer\":{\"name\":\"c\"},\"provider\":{\"name\":\"p\"},\"metadata\":{\"pactSpecification\":{\"version\":\"3.0\"}}}",
};

static void pact_interaction(void) {
    PactWasmError *error = NULL;
    PactWasmBytes out;
    PactWasmPactInteraction added;
    size_t index;
    memset(&out, 0x5a, sizeof out);
    memset(&added, 0, sizeof added);
    added.size = sizeof added;
    added.template_json = text(HTTP);
#define ADD pactwasm_pact_add_interaction(PACT, strlen(PACT), &added, &out, &error)
    INVALID(pactwasm_pact_add_interaction(NULL, 0, &added, &out, &error), "pact_json");
    CHECK(out.data == NULL && out.len == 0);
    INVALID(pactwasm_pact_add_interaction(NULL, 2, &added, &out, &error), "pact_json");
    INVALID(pactwasm_pact_add_interaction(NOT_UTF8, 1, &added, &out, &error), "pact_json");
    for (index = 0; index < sizeof no_pacts / sizeof *no_pacts; index++)
        INVALID(pactwasm_pact_add_interaction(no_pacts[index], strlen(no_pacts[index]), &added, &out, &error), "pact_json");
    INVALID(pactwasm_pact_add_interaction(PACT, strlen(PACT), NULL, &out, &error), "interaction");
    INVALID(pactwasm_pact_add_interaction(PACT, strlen(PACT), &added, NULL, &error), "result_json");
    INVALID_QUIETLY(pactwasm_pact_add_interaction(NULL, 0, &added, &out, NULL));
    added.size = 0;
    INVALID(ADD, "interaction");
    added.size = (size_t)-1;
    INVALID(ADD, "interaction");
    added.size = sizeof added;
    WRONG_JSON(added.template_json, ADD, "interaction.template_json");
    added.template_json = text("{\"type\":\"Synchronous/HTTP\"}");
    INVALID(ADD, "interaction.template_json");
    added.template_json = text("{\"type\":\"HTTP\",\"description\":\"d\"}");
    INVALID(ADD, "interaction.template_json");
    added.template_json = text(HTTP);
    added.request = (const void *)host;
    INVALID(ADD, "interaction.request");
    added.request = NULL;
    added.response = (const void *)host;
    INVALID(ADD, "interaction.response");
    added.response = NULL;
    added.message = (const void *)host;
    INVALID(ADD, "interaction.message");
    added.message = interaction; // HTTP has none
    INVALID(ADD, "interaction.message");
    CHECK(out.data == NULL && out.len == 0);
}

static void pact_plugin(void) {
    PactWasmError *error = NULL;
    PactWasmBytes out;
    size_t index;
    memset(&out, 0x5a, sizeof out);
    INVALID(pactwasm_pact_add_plugin(NULL, PACT, strlen(PACT), &out, &error), "plugin");
    CHECK(out.data == NULL && out.len == 0);
    INVALID(pactwasm_pact_add_plugin((const void *)host, PACT, strlen(PACT), &out, &error), "plugin");
    INVALID(pactwasm_pact_add_plugin(plugin, NULL, 0, &out, &error), "pact_json");
    INVALID(pactwasm_pact_add_plugin(plugin, NULL, 2, &out, &error), "pact_json");
    INVALID(pactwasm_pact_add_plugin(plugin, NOT_UTF8, 1, &out, &error), "pact_json");
    for (index = 0; index < sizeof no_pacts / sizeof *no_pacts; index++)
        INVALID(pactwasm_pact_add_plugin(plugin, no_pacts[index], strlen(no_pacts[index]), &out, &error), "pact_json");
    INVALID(pactwasm_pact_add_plugin(plugin, PACT, strlen(PACT), NULL, &error), "result_json");
    INVALID_QUIETLY(pactwasm_pact_add_plugin(NULL, PACT, strlen(PACT), &out, NULL));
    CHECK(out.data == NULL && out.len == 0);
}

int main(void) {
    make_handles();
    freeing();
    errors_and_versions();
    configuration();
    hosts();
    results();
    outcomes();
    plugins();
    wrong_options();
    configure();
    compare();
    generate();
    mock_servers();
    prepare();
    verify();
    generic_call();
    handler_registration();
    handler_answers();
    pact_interaction();
    pact_plugin();
    free_handles();
    return 0;
}
