// Helpers of the C tests. A check that fails prints file, line, what was expected and what came, and ends the program.
//
// Functions that use OK, FAILS or INVALID have a local `PactWasmError *error`.
//
// From the environment: PACT_WASM_TEST_PLUGINS (directory that `make plugins` fills), PACT_WASM_TEST_CACHE (compiled
// plugins, shared by the test programs), PACT_WASM_TEST_SCRATCH (where temporary directories are made),
// PACT_WASM_TEST_SLOWNESS (factor for upper bounds of times, and divisor for counts, under valgrind and sanitizers),
// PACT_WASM_TEST_JSON_LOG (file to which successful generic calls are appended, for tests/schema.rs; may be missing).

#ifndef CHECK_H
#define CHECK_H

#include "pact_wasm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) ((condition) ? (void)0 : fail_at(__FILE__, __LINE__, "not true: %s", #condition))
#define CHECK_EQUAL(actual, expected) check_equal_at(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))
#define CHECK_TEXT(actual, expected) check_bytes_at(__FILE__, __LINE__, #actual, (actual), (expected), strlen(expected))
#define CHECK_BYTES(actual, expected, length) check_bytes_at(__FILE__, __LINE__, #actual, (actual), (expected), (length))
#define CHECK_ABSENT(actual) check_absent_at(__FILE__, __LINE__, #actual, (actual))
#define CHECK_CONTAINS(actual, part) check_contains_at(__FILE__, __LINE__, #actual, (actual), (part))

// The call succeeds.
#define OK(call)                                                                                                              \
    do {                                                                                                                      \
        int32_t status_ = (call);                                                                                             \
        if (status_ != PACTWASM_OK)                                                                                           \
            fail_at(__FILE__, __LINE__, "%s\n  gave error %d: %s", #call, (int)status_, pactwasm_error_message(error));        \
        CHECK(error == NULL);                                                                                                 \
    } while (0)

// The call fails with this code, and the message contains this text.
#define FAILS(call, code, text)                                                                                               \
    do {                                                                                                                      \
        int32_t status_ = (call);                                                                                             \
        expect_error_at(__FILE__, __LINE__, #call, status_, error, (code), (text));                                           \
        error = NULL;                                                                                                         \
    } while (0)

// Checks status and error of a call, and frees the error.
#define expect_error(status, error, code, text)                                                                               \
    expect_error_at(__FILE__, __LINE__, "the call", (status), (error), (code), (text))

// Where a test with many cases is; printed with a failure.
static char test_case[128];

#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 3, 4)))
#endif
static inline void fail_at(const char *file, int line, const char *format, ...) {
    va_list arguments;
    fflush(stdout);
    if (*test_case != '\0') fprintf(stderr, "%s\n", test_case);
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(stderr);
    _exit(1);
}

static inline void check_equal_at(const char *file, int line, const char *what, long long actual, long long expected) {
    if (actual != expected) fail_at(file, line, "%s\n  expected: %lld\n  actual:   %lld", what, expected, actual);
}

// The bytes, and the NUL that is promised behind them.
static inline void check_bytes_at(const char *file, int line, const char *what, PactWasmView actual, const void *expected, size_t length) {
    if (actual.data == NULL) fail_at(file, line, "%s\n  expected: %.*s\n  actual:   absent", what, (int)length, (const char *)expected);
    if (actual.len != length || memcmp(actual.data, expected, length) != 0)
        fail_at(file, line, "%s\n  expected: (%zu) %.*s\n  actual:   (%zu) %.*s", what, length, (int)length, (const char *)expected,
                actual.len, (int)actual.len, (const char *)actual.data);
    if (((const char *)actual.data)[actual.len] != '\0') fail_at(file, line, "%s: no NUL behind it", what);
}

static inline void check_absent_at(const char *file, int line, const char *what, PactWasmView actual) {
    if (actual.data != NULL || actual.len != 0)
        fail_at(file, line, "%s\n  expected: absent\n  actual:   (%zu) %.*s", what, actual.len, (int)actual.len,
                actual.data == NULL ? "" : (const char *)actual.data);
}

static inline void check_contains_at(const char *file, int line, const char *what, PactWasmView actual, const char *part) {
    if (actual.data == NULL || strstr((const char *)actual.data, part) == NULL)
        fail_at(file, line, "%s\n  expected to contain: %s\n  actual: %s", what, part,
                actual.data == NULL ? "absent" : (const char *)actual.data);
}

static inline void expect_error_at(const char *file, int line, const char *what, int32_t status, PactWasmError *error, int32_t code,
                                   const char *text) {
    const char *message = pactwasm_error_message(error);
    if (status != code) fail_at(file, line, "%s\n  expected: error %d\n  actual:   %d: %s", what, (int)code, (int)status, message);
    if (error == NULL) fail_at(file, line, "%s: no error handle", what);
    if (pactwasm_error_code(error) != code) fail_at(file, line, "%s: the handle has code %d", what, (int)pactwasm_error_code(error));
    if (strstr(message, text) == NULL) fail_at(file, line, "%s\n  expected to contain: %s\n  actual: %s", what, text, message);
    pactwasm_error_free(error);
}

// ---- views ----

static inline PactWasmView bytes(const void *data, size_t length) {
    PactWasmView view;
    view.data = data;
    view.len = length;
    return view;
}

static inline PactWasmView text(const char *string) {
    return bytes(string, strlen(string));
}

static inline PactWasmView absent(void) {
    return bytes(NULL, 0);
}

// ---- environment, time, files ----

static inline const char *environment(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || *value == '\0') fail_at(__FILE__, __LINE__, "%s is not set; tests/run.sh and ctest set it", name);
    return value;
}

static inline int slowness(void) {
    const char *value = getenv("PACT_WASM_TEST_SLOWNESS");
    int factor = value == NULL ? 1 : atoi(value);
    return factor < 1 ? 1 : factor;
}

// A number of repetitions, less where all is slow.
static inline int reduced(int count) {
    int some = count / slowness();
    return some < 4 ? 4 : some;
}

static inline double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// A new directory, in static memory. It is left behind; ctest removes its parent before it starts.
static inline const char *scratch_directory(void) {
    static char path[4096];
    const char *parent = environment("PACT_WASM_TEST_SCRATCH");
    if (mkdir(parent, 0755) != 0 && errno != EEXIST) fail_at(__FILE__, __LINE__, "mkdir %s: %s", parent, strerror(errno));
    snprintf(path, sizeof path, "%s/ffi-XXXXXX", parent);
    if (mkdtemp(path) == NULL) fail_at(__FILE__, __LINE__, "mkdtemp %s: %s", path, strerror(errno));
    return path;
}

static inline void write_file(const char *path, const void *data, size_t length) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, length, file) != length || fclose(file) != 0)
        fail_at(__FILE__, __LINE__, "writing %s: %s", path, strerror(errno));
}

// The bytes of a file, to be freed.
static inline char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *data = NULL;
    size_t capacity = 0, got;
    *length = 0;
    if (file == NULL) fail_at(__FILE__, __LINE__, "reading %s: %s", path, strerror(errno));
    do {
        capacity += 1 << 16;
        data = (char *)realloc(data, capacity);
        if (data == NULL) fail_at(__FILE__, __LINE__, "no memory");
        got = fread(data + *length, 1, capacity - *length, file);
        *length += got;
    } while (*length == capacity);
    fclose(file);
    return data;
}

// ---- hosts and plugins ----

// A configuration with the test plugins and the common cache.
static inline PactWasmConfig *test_config(void) {
    const char *plugins = environment("PACT_WASM_TEST_PLUGINS"), *cache = environment("PACT_WASM_TEST_CACHE");
    PactWasmConfig *config = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_config_new(&config, &error));
    OK(pactwasm_config_set_plugin_directory(config, plugins, strlen(plugins), &error));
    OK(pactwasm_config_set_cache_directory(config, cache, strlen(cache), &error));
    return config;
}

// A host with this configuration, which is freed; NULL for that of `test_config`.
static inline PactWasmHost *test_host(PactWasmConfig *config) {
    PactWasmHost *host = NULL;
    PactWasmError *error = NULL;
    if (config == NULL) config = test_config();
    OK(pactwasm_host_new(config, &host, &error));
    pactwasm_config_free(config);
    return host;
}

// Loads a plugin by name and initialises it.
static inline PactWasmPlugin *test_plugin(const PactWasmHost *host, const char *name) {
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_host_load(host, name, strlen(name), NULL, 0, &plugin, &error));
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    return plugin;
}

static inline int has_feature(const char *name) {
    return pactwasm_has_feature(name, strlen(name)) == 1;
}

static inline PactWasmCatalogueEntry entry_of(const PactWasmCatalogue *catalogue, size_t index) {
    PactWasmCatalogueEntry entry;
    PactWasmError *error = NULL;
    memset(&entry, 0, sizeof entry);
    entry.size = sizeof entry;
    OK(pactwasm_catalogue_get(catalogue, index, &entry, &error));
    return entry;
}

// How many entries of a catalogue are the host's own. They come before those of plugins.
static inline size_t own_entries(const PactWasmCatalogue *catalogue) {
    size_t count = pactwasm_catalogue_count(catalogue), own = 0, index;
    while (own < count && entry_of(catalogue, own).plugin_name.data == NULL) own++;
    for (index = own; index < count; index++) CHECK(entry_of(catalogue, index).plugin_name.data != NULL);
    return own;
}

static inline size_t plugin_entries(const PactWasmCatalogue *catalogue) {
    return pactwasm_catalogue_count(catalogue) - own_entries(catalogue);
}

static inline PactWasmPluginInfo plugin_info(const PactWasmPlugin *plugin) {
    PactWasmPluginInfo info;
    PactWasmError *error = NULL;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    OK(pactwasm_plugin_info(plugin, &info, &error));
    return info;
}

static inline PactWasmErrorInfo error_info(const PactWasmError *failed) {
    PactWasmErrorInfo info;
    PactWasmError *error = NULL;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    OK(pactwasm_error_get(failed, &info, &error));
    return info;
}

static inline PactWasmCallOptions call_options(uint64_t timeout_ms) {
    PactWasmCallOptions options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.timeout_ms = timeout_ms;
    return options;
}

// A request to compare two texts of one content type.
static inline PactWasmCompareRequest compare_request(const char *content_type, const char *expected, const char *actual) {
    PactWasmCompareRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.expected.content_type = request.actual.content_type = text(content_type);
    request.expected.content = text(expected);
    request.actual.content = text(actual);
    return request;
}

// Compares with the plugin `hostile`, whose content types choose how it misbehaves; frees the result.
static inline int32_t misbehave(const PactWasmPlugin *hostile, const char *content_type, const char *actual,
                                const PactWasmCallOptions *options, PactWasmError **error) {
    PactWasmCompareRequest request = compare_request(content_type, "", actual);
    PactWasmComparison *comparison = NULL;
    int32_t status = pactwasm_plugin_compare_contents(hostile, &request, options, &comparison, error);
    if ((status == PACTWASM_OK) != (comparison != NULL)) fail_at(__FILE__, __LINE__, "status %d does not fit the result", (int)status);
    pactwasm_comparison_free(comparison);
    return status;
}

// The verdict on two texts; the result is freed.
static inline int32_t verdict_of(const PactWasmPlugin *plugin, const char *content_type, const char *expected, const char *actual) {
    PactWasmCompareRequest request = compare_request(content_type, expected, actual);
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    int32_t verdict = -1;
    OK(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error));
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    pactwasm_comparison_free(comparison);
    return verdict;
}

// ---- the generic call ----

// Appends to the log, in one write, because tests may run side by side.
static inline void log_generic_call(const char *path, PactWasmView operation, PactWasmView request, PactWasmBytes response) {
    size_t capacity = operation.len + request.len + response.len + 64, length;
    char *line = (char *)malloc(capacity);
    FILE *file = fopen(path, "ab");
    if (line == NULL || file == NULL || setvbuf(file, NULL, _IONBF, 0) != 0)
        fail_at(__FILE__, __LINE__, "opening %s: %s", path, strerror(errno));
    length = (size_t)snprintf(line, capacity, "{\"operation\":\"%.*s\",\"request\":%.*s,\"response\":%.*s}\n", (int)operation.len,
                              (const char *)operation.data, (int)request.len, (const char *)request.data, (int)response.len,
                              (const char *)response.data);
    if (length >= capacity || fwrite(line, 1, length, file) != length || fclose(file) != 0)
        fail_at(__FILE__, __LINE__, "writing %s: %s", path, strerror(errno));
    free(line);
}

static inline int32_t logged_plugin_call(const PactWasmPlugin *plugin, const char *operation, size_t operation_len, const char *request,
                                         size_t request_len, const PactWasmCallOptions *options, PactWasmBytes *response,
                                         PactWasmError **error) {
    const char *path = getenv("PACT_WASM_TEST_JSON_LOG");
    int32_t status = pactwasm_plugin_call(plugin, operation, operation_len, request, request_len, options, response, error);
    if (status == PACTWASM_OK && path != NULL)
        log_generic_call(path, bytes(operation, operation_len), bytes(request, request_len), *response);
    return status;
}

// So that no test can forget it.
#define pactwasm_plugin_call logged_plugin_call

#endif
