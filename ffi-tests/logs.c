// Log records: what is in them, which ones come, who gets them, and that the callback's data is released exactly once.

#include "check.h"

enum { MOST = 64 };

typedef struct Seen {
    int32_t level;
    char target[32], message[256], plugin_name[32], instance_id[64], test_run_id[64];
    int with_test_run;
    uint64_t timestamp_ms;
} Seen;

typedef struct Sink {
    Seen seen[MOST];
    int count, destroyed;
} Sink;

static void keep(const PactWasmLogRecord *record, void *user_data) {
    Sink *sink = (Sink *)user_data;
    Seen *seen = &sink->seen[sink->count++];
    CHECK(sink->count <= MOST);
    CHECK_EQUAL(record->size, sizeof *record);
    seen->level = record->level;
    snprintf(seen->target, sizeof seen->target, "%s", (const char *)record->target.data);
    snprintf(seen->message, sizeof seen->message, "%s", (const char *)record->message.data);
    snprintf(seen->plugin_name, sizeof seen->plugin_name, "%s", (const char *)record->plugin_name.data);
    snprintf(seen->instance_id, sizeof seen->instance_id, "%s", (const char *)record->plugin_instance_id.data);
    seen->with_test_run = record->test_run_id.data != NULL;
    if (seen->with_test_run) snprintf(seen->test_run_id, sizeof seen->test_run_id, "%s", (const char *)record->test_run_id.data);
    seen->timestamp_ms = record->timestamp_ms;
}

static void destroyed(void *user_data) {
    ((Sink *)user_data)->destroyed++;
}

static uint64_t unix_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static PactWasmHost *host_with_sink(Sink *sink, int32_t level) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    memset(sink, 0, sizeof *sink);
    OK(pactwasm_config_set_log_callback(config, keep, sink, destroyed, &error));
    if (level != 0) OK(pactwasm_config_set_log_level(config, level, &error));
    return test_host(config);
}

static void fields(void) {
    Sink sink;
    PactWasmHost *host = host_with_sink(&sink, 0);
    PactWasmPlugin *plugin;
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    PactWasmCallOptions options = call_options(0);
    uint64_t before = unix_milliseconds(), after;
    plugin = test_plugin(host, "jwt");
    after = unix_milliseconds();
    CHECK_EQUAL(sink.count, 1);
    CHECK_EQUAL(sink.seen[0].level, PACTWASM_LEVEL_INFO);
    CHECK_TEXT(text(sink.seen[0].target), "jwt::init");
    CHECK_TEXT(text(sink.seen[0].message), "jwt 0.1.0 for pact_wasm 0.1.0");
    CHECK_TEXT(text(sink.seen[0].plugin_name), "jwt");
    CHECK_TEXT(plugin_info(plugin).instance_id, sink.seen[0].instance_id);
    CHECK(!sink.seen[0].with_test_run);
    CHECK(sink.seen[0].timestamp_ms >= before && sink.seen[0].timestamp_ms <= after);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    CHECK_EQUAL(sink.destroyed, 1);

    // With an implementation and a test run.
    memset(&sink, 0, sizeof sink);
    OK(pactwasm_config_set_implementation(config, "pact-c", 6, "9.8.7", 5, &error));
    OK(pactwasm_config_set_log_callback(config, keep, &sink, destroyed, &error));
    host = test_host(config);
    OK(pactwasm_host_load(host, "jwt", 3, NULL, 0, &plugin, &error));
    options.test_run_id = text("run-1");
    OK(pactwasm_plugin_init(plugin, &options, &error));
    CHECK_EQUAL(sink.count, 1);
    CHECK_TEXT(text(sink.seen[0].message), "jwt 0.1.0 for pact-c 9.8.7");
    CHECK_TEXT(text(sink.seen[0].test_run_id), "run-1");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    CHECK_EQUAL(sink.destroyed, 1);
}

static void expect(const Sink *sink, int index, int32_t level, const char *target, const char *message, const char *test_run_id) {
    CHECK(index < sink->count);
    CHECK_EQUAL(sink->seen[index].level, level);
    CHECK_TEXT(text(sink->seen[index].target), target);
    CHECK_TEXT(text(sink->seen[index].message), message);
    CHECK_EQUAL(sink->seen[index].with_test_run, test_run_id != NULL);
    if (test_run_id != NULL) CHECK_TEXT(text(sink->seen[index].test_run_id), test_run_id);
}

// What a plugin prints, call by call: each call has its test run, and its unfinished line ends with it.
static void printing_and_test_runs(void) {
    Sink sink;
    PactWasmHost *host = host_with_sink(&sink, 0);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmLogs *logs = NULL;
    PactWasmLogRecord record;
    PactWasmCallOptions options = call_options(0);
    int index;
    CHECK_EQUAL(sink.count, 0);
    options.test_run_id = text("run-1");
    OK(misbehave(plugin, "x/stdout", "", &options, &error));
    options.test_run_id = text("run-2");
    OK(misbehave(plugin, "x/stderr", "", &options, &error));
    OK(misbehave(plugin, "x/stdout", "", NULL, &error));
    CHECK_EQUAL(sink.count, 9);
    expect(&sink, 0, PACTWASM_LEVEL_INFO, "stdout", "first line on stdout", "run-1");
    expect(&sink, 1, PACTWASM_LEVEL_INFO, "stdout", "second line on stdout", "run-1");
    expect(&sink, 2, PACTWASM_LEVEL_INFO, "stdout", "rest on stdout", "run-1");
    expect(&sink, 3, PACTWASM_LEVEL_WARN, "stderr", "first line on stderr", "run-2");
    expect(&sink, 4, PACTWASM_LEVEL_WARN, "stderr", "second line on stderr", "run-2");
    expect(&sink, 5, PACTWASM_LEVEL_WARN, "stderr", "rest on stderr", "run-2");
    expect(&sink, 6, PACTWASM_LEVEL_INFO, "stdout", "first line on stdout", NULL);
    expect(&sink, 8, PACTWASM_LEVEL_INFO, "stdout", "rest on stdout", NULL);

    // The same records, collected; they outlive the plugin.
    OK(pactwasm_plugin_logs(plugin, &logs, &error));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    CHECK_EQUAL(pactwasm_logs_count(logs), 9);
    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    for (index = 0; index < 9; index++) {
        OK(pactwasm_logs_get(logs, (size_t)index, &record, &error));
        CHECK_EQUAL(record.level, sink.seen[index].level);
        CHECK_TEXT(record.target, sink.seen[index].target);
        CHECK_TEXT(record.message, sink.seen[index].message);
        CHECK_TEXT(record.plugin_name, "hostile");
        CHECK_TEXT(record.plugin_instance_id, sink.seen[index].instance_id);
        CHECK_EQUAL(record.timestamp_ms, sink.seen[index].timestamp_ms);
        if (sink.seen[index].with_test_run)
            CHECK_TEXT(record.test_run_id, sink.seen[index].test_run_id);
        else
            CHECK_ABSENT(record.test_run_id);
    }
    pactwasm_logs_free(logs);
    CHECK_EQUAL(sink.destroyed, 1);
}

// What a plugin printed before it crashed is often the only trace.
static void records_of_failed_calls(void) {
    Sink sink;
    PactWasmHost *host = host_with_sink(&sink, 0);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    CHECK_EQUAL(misbehave(plugin, "x/trap", "", NULL, NULL), PACTWASM_ERROR_TRAP);
    CHECK(sink.count > 0);
    CHECK_EQUAL(sink.seen[0].level, PACTWASM_LEVEL_WARN);
    CHECK_TEXT(text(sink.seen[0].target), "stderr");
    CHECK(strstr(sink.seen[0].message, "panicked") != NULL || strstr(sink.seen[1].message, "panicked") != NULL);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

static void levels(void) {
    static const struct {
        int32_t level;
        int from_echo, from_hostile;
    } cases[] = {
        // The plugin echo logs at DEBUG: its init, and the catalogue; hostile prints three lines each at INFO and WARN.
        {PACTWASM_LEVEL_TRACE, 2, 6}, {PACTWASM_LEVEL_DEBUG, 2, 6}, {PACTWASM_LEVEL_INFO, 0, 6},
        {PACTWASM_LEVEL_WARN, 0, 3},  {PACTWASM_LEVEL_ERROR, 0, 0},
    };
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        Sink sink;
        PactWasmHost *host = host_with_sink(&sink, cases[index].level);
        PactWasmPlugin *plugin = test_plugin(host, "echo");
        PactWasmError *error = NULL;
        PactWasmLogs *logs = NULL;
        CHECK_EQUAL(verdict_of(plugin, "a/b", "x", "x"), PACTWASM_VERDICT_MATCH);
        CHECK_EQUAL(sink.count, cases[index].from_echo);
        OK(pactwasm_plugin_logs(plugin, &logs, &error));
        CHECK_EQUAL(pactwasm_logs_count(logs), cases[index].from_echo);
        pactwasm_logs_free(logs);
        pactwasm_plugin_free(plugin);
        sink.count = 0;
        plugin = test_plugin(host, "hostile");
        OK(misbehave(plugin, "x/stdout", "", NULL, &error));
        OK(misbehave(plugin, "x/stderr", "", NULL, &error));
        CHECK_EQUAL(sink.count, cases[index].from_hostile);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
        CHECK_EQUAL(sink.destroyed, 1);
    }
}

// ---- destroy ----

static void destroying(void) {
    Sink sink, other;
    PactWasmConfig *config = NULL;
    PactWasmHost *one = NULL, *two = NULL;
    PactWasmPlugin *plugin;
    PactWasmError *error = NULL;
    memset(&sink, 0, sizeof sink);
    memset(&other, 0, sizeof other);

    // The registration failed.
    FAILS(pactwasm_config_set_log_callback(NULL, keep, &sink, destroyed, &error), PACTWASM_ERROR_INVALID_ARGUMENT, "\"config\"");
    CHECK_EQUAL(sink.destroyed, 1);

    // The configuration is freed.
    sink.destroyed = 0;
    OK(pactwasm_config_new(&config, &error));
    OK(pactwasm_config_set_log_callback(config, keep, &sink, destroyed, &error));
    CHECK_EQUAL(sink.destroyed, 0);
    pactwasm_config_free(config);
    CHECK_EQUAL(sink.destroyed, 1);

    // Another callback takes its place, then none; without a callback the data is released at once.
    sink.destroyed = 0;
    OK(pactwasm_config_new(&config, &error));
    OK(pactwasm_config_set_log_callback(config, keep, &sink, destroyed, &error));
    OK(pactwasm_config_set_log_callback(config, keep, &other, destroyed, &error));
    CHECK_EQUAL(sink.destroyed, 1);
    CHECK_EQUAL(other.destroyed, 0);
    OK(pactwasm_config_set_log_callback(config, NULL, NULL, NULL, &error));
    CHECK_EQUAL(other.destroyed, 1);
    OK(pactwasm_config_set_log_callback(config, NULL, &other, destroyed, &error));
    CHECK_EQUAL(other.destroyed, 2);
    // Neither a callback's data nor its destroy function is required.
    OK(pactwasm_config_set_log_callback(config, keep, NULL, NULL, &error));
    pactwasm_config_free(config);
    CHECK_EQUAL(sink.destroyed, 1);
    CHECK_EQUAL(other.destroyed, 2);

    // Configuration, two hosts and a plugin share it; the last one of them lets go.
    sink.destroyed = 0;
    config = test_config();
    OK(pactwasm_config_set_log_callback(config, keep, &sink, destroyed, &error));
    OK(pactwasm_host_new(config, &one, &error));
    OK(pactwasm_host_new(config, &two, &error));
    plugin = test_plugin(one, "jwt");
    OK(pactwasm_config_set_log_callback(config, NULL, NULL, NULL, &error));
    pactwasm_config_free(config);
    pactwasm_host_free(one);
    pactwasm_host_free(two);
    CHECK_EQUAL(sink.destroyed, 0);
    pactwasm_plugin_free(plugin);
    CHECK_EQUAL(sink.destroyed, 1);
}

// ---- the callback calls the library ----

typedef struct Again {
    PactWasmPlugin *plugin;
    int calls;
    int32_t expected;
    double took;
} Again;

static void call_again(const PactWasmLogRecord *record, void *user_data) {
    Again *again = (Again *)user_data;
    PactWasmError *error = NULL;
    PactWasmLogs *logs = NULL;
    PactWasmCancel *cancel = NULL;
    double start = milliseconds();
    if (again->plugin == NULL || again->calls++ > 0) return;
    CHECK_TEXT(plugin_info(again->plugin).name, (const char *)record->plugin_name.data);
    OK(pactwasm_plugin_logs(again->plugin, &logs, &error));
    CHECK_EQUAL(pactwasm_logs_count(logs), 1);
    pactwasm_logs_free(logs);
    OK(pactwasm_cancel_new(&cancel, &error));
    pactwasm_cancel_free(cancel);
    CHECK_EQUAL(misbehave(again->plugin, "x/fine", "", NULL, &error), again->expected);
    if (again->expected != PACTWASM_OK) {
        CHECK_CONTAINS(error_info(error).message, "all 1 instance(s) are busy with the call that this one comes from");
        pactwasm_error_free(error);
    }
    again->took = milliseconds() - start;
}

static void calling_again(uint64_t instances, int32_t expected) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmError *error = NULL;
    Again again;
    memset(&again, 0, sizeof again);
    again.expected = expected;
    OK(pactwasm_config_set_log_callback(config, call_again, &again, NULL, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
    host = test_host(config);
    again.plugin = test_plugin(host, "hostile");
    OK(misbehave(again.plugin, "x/stdout", "", NULL, &error));
    CHECK_EQUAL(again.calls, 3);
    CHECK(again.took < 1000.0 * slowness());
    OK(misbehave(again.plugin, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(again.plugin);
    pactwasm_host_free(host);
}

// The callback frees the plugin that is logging, and its host.
typedef struct Freeing {
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    int calls, destroyed;
} Freeing;

static void free_handles(const PactWasmLogRecord *record, void *user_data) {
    Freeing *freeing = (Freeing *)user_data;
    (void)record;
    if (freeing->calls++ > 0) return;
    pactwasm_plugin_free(freeing->plugin);
    pactwasm_host_free(freeing->host);
}

static void count_destroyed(void *user_data) {
    ((Freeing *)user_data)->destroyed++;
}

static void freeing_in_the_callback(void) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    Freeing freeing;
    memset(&freeing, 0, sizeof freeing);
    OK(pactwasm_config_set_log_callback(config, free_handles, &freeing, count_destroyed, &error));
    freeing.host = test_host(config);
    freeing.plugin = test_plugin(freeing.host, "hostile");
    OK(misbehave(freeing.plugin, "x/stdout", "", NULL, &error));
    CHECK_EQUAL(freeing.calls, 3);
    CHECK_EQUAL(freeing.destroyed, 1);
}

// The callback loads and uses another plugin of the same host.
static void use_other(const PactWasmLogRecord *record, void *user_data) {
    PactWasmPlugin *echo;
    if (strcmp((const char *)record->plugin_name.data, "hostile") != 0 || record->level != PACTWASM_LEVEL_INFO) return;
    echo = test_plugin(*(PactWasmHost **)user_data, "echo");
    CHECK_EQUAL(verdict_of(echo, "a/b", "x", "x"), PACTWASM_VERDICT_MATCH);
    pactwasm_plugin_free(echo);
}

static void another_plugin_in_the_callback(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host = NULL;
    PactWasmPlugin *plugin;
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_log_callback(config, use_other, &host, NULL, &error));
    host = test_host(config);
    plugin = test_plugin(host, "hostile");
    OK(misbehave(plugin, "x/stdout", "", NULL, &error));
    OK(misbehave(plugin, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// The call's options come first, then the test context, then the host.
static void whose_test_run(void) {
    Sink sink;
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    PactWasmError *error = NULL;
    PactWasmCallOptions options = call_options(0);
    PactWasmCompareRequest request = compare_request("x/stdout", "", "");
    PactWasmComparison *comparison = NULL;
    memset(&sink, 0, sizeof sink);
    OK(pactwasm_config_set_log_callback(config, keep, &sink, NULL, &error));
    OK(pactwasm_config_set_test_run_id(config, "of the host", 11, &error));
    host = test_host(config);
    plugin = test_plugin(host, "hostile");
    OK(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error));
    pactwasm_comparison_free(comparison);
    request.test_context_json = text("{\"testRunId\":\"of the context\"}");
    OK(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error));
    pactwasm_comparison_free(comparison);
    options.test_run_id = text("of the call");
    OK(pactwasm_plugin_compare_contents(plugin, &request, &options, &comparison, &error));
    pactwasm_comparison_free(comparison);
    CHECK_EQUAL(sink.count, 9);
    expect(&sink, 0, PACTWASM_LEVEL_INFO, "stdout", "first line on stdout", "of the host");
    expect(&sink, 3, PACTWASM_LEVEL_INFO, "stdout", "first line on stdout", "of the context");
    expect(&sink, 6, PACTWASM_LEVEL_INFO, "stdout", "first line on stdout", "of the call");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

int main(void) {
    alarm(60U * (unsigned)slowness()); // a call that waits for itself would wait for ever
    fields();
    printing_and_test_runs();
    whose_test_run();
    records_of_failed_calls();
    levels();
    destroying();
    calling_again(1, PACTWASM_ERROR_BUSY);
    calling_again(2, PACTWASM_OK);
    freeing_in_the_callback();
    another_plugin_in_the_callback();
    return 0;
}
