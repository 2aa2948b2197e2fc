// One case for each fault that these tests have found, run by its name so that one does not hide another.

#include "check.h"

#include <pthread.h>
#include <sys/wait.h>

#define INVALID(call, argument) FAILS(call, PACTWASM_ERROR_INVALID_ARGUMENT, "\"" argument "\"")

static PactWasmHost *host_with(int32_t limit, uint64_t value) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_limit(config, limit, value, &error));
    return test_host(config);
}

// ---- init ----

typedef struct Again {
    PactWasmPlugin *plugin;
    int calls;
    int32_t code;
} Again;

static void init_again(const PactWasmLogRecord *record, void *user_data) {
    Again *again = (Again *)user_data;
    (void)record;
    if (again->calls++ == 0) again->code = pactwasm_plugin_init(again->plugin, NULL, NULL);
}

// The log callback calls init while init runs: it waited for itself.
static void init_in_the_callback_of_init(void) {
    uint64_t instances;
    for (instances = 1; instances <= 2; instances++) {
        PactWasmConfig *config = test_config();
        PactWasmHost *host;
        PactWasmError *error = NULL;
        Again again;
        memset(&again, 0, sizeof again);
        OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
        OK(pactwasm_config_set_log_callback(config, init_again, &again, NULL, &error));
        host = test_host(config);
        OK(pactwasm_host_load(host, "jwt", 3, NULL, 0, &again.plugin, &error));
        OK(pactwasm_plugin_init(again.plugin, NULL, &error));
        CHECK_EQUAL(again.code, instances == 1 ? PACTWASM_ERROR_BUSY : PACTWASM_OK);
        pactwasm_plugin_free(again.plugin);
        pactwasm_host_free(host);
    }
}

// ---- limits ----

// Every value that the header allows makes a host.
static void extremes_of_limits(void) {
    static const struct {
        int32_t limit;
        uint64_t least, most;
    } limits[] = {
        {PACTWASM_LIMIT_TIMEOUT_MS, 1, 86400000},
        {PACTWASM_LIMIT_MEMORY, 65536, UINT64_C(4294967296)},
        {PACTWASM_LIMIT_TABLE_ELEMENTS, 1, 16777216},
        {PACTWASM_LIMIT_HOST_CALL, 1024, UINT64_C(4294967296)},
        {PACTWASM_LIMIT_LOG, 0, 1073741824},
        {PACTWASM_LIMIT_INSTANCES, 1, 1024},
        {PACTWASM_LIMIT_NESTING, 1, 64},
        {PACTWASM_LIMIT_STACK, 65536, 67108864},
    };
    size_t index;
    for (index = 0; index < sizeof limits / sizeof *limits; index++) {
        PactWasmHost *host;
        PactWasmPlugin *plugin;
        pactwasm_host_free(host_with(limits[index].limit, limits[index].least));
        host = host_with(limits[index].limit, limits[index].most);
        plugin = test_plugin(host, "echo");
        CHECK_EQUAL(verdict_of(plugin, "a/b", "x", "x"), PACTWASM_VERDICT_MATCH);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
    }
}

static void *recurse(void *data) {
    return misbehave((const PactWasmPlugin *)data, "x/recurse", "", NULL, NULL) == PACTWASM_ERROR_STACK_LIMIT ? data : NULL;
}

// As much stack as is allowed, used up, from the main thread and from a small one.
static void largest_stack(void) {
    PactWasmHost *host = host_with(PACTWASM_LIMIT_STACK, 67108864);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    pthread_attr_t attributes;
    pthread_t thread;
    void *result = NULL;
    CHECK(recurse(plugin) != NULL);
    CHECK_EQUAL(pthread_attr_init(&attributes), 0);
    CHECK_EQUAL(pthread_attr_setstacksize(&attributes, 128 << 10), 0);
    CHECK_EQUAL(pthread_create(&thread, &attributes, recurse, plugin), 0);
    CHECK_EQUAL(pthread_join(thread, &result), 0);
    CHECK(result != NULL);
    CHECK_EQUAL(pthread_attr_destroy(&attributes), 0);
    CHECK_EQUAL(misbehave(plugin, "x/fine", "", NULL, NULL), PACTWASM_OK);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// A switch that is on cancels future calls as well, however short they are.
static void cancelled_before_the_call(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmCancel *cancel = NULL;
    PactWasmCallOptions options = call_options(0);
    OK(pactwasm_cancel_new(&cancel, &error));
    OK(pactwasm_cancel_trigger(cancel, &error));
    options.cancel = cancel;
    FAILS(misbehave(plugin, "x/fine", "", &options, &error), PACTWASM_ERROR_CANCELLED, "cancelled by the caller");
    pactwasm_cancel_free(cancel);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// ---- callbacks ----

typedef struct Busy {
    PactWasmPlugin *plugin;
    int calls;
    int32_t code;
} Busy;

static void call_again(const PactWasmLogRecord *record, void *user_data) {
    Busy *busy = (Busy *)user_data;
    (void)record;
    if (busy->calls++ == 0) busy->code = misbehave(busy->plugin, "x/fine", "", NULL, NULL);
}

static void *call_and_log(void *data) {
    CHECK_EQUAL(misbehave(((Busy *)data)->plugin, "x/stdout", "", NULL, NULL), PACTWASM_OK);
    return NULL;
}

// A plugin that is called from its own callback is busy, whatever stack the thread has: where the stack sufficed for the outer
// call and not for the inner one, the inner one waited for its deadline.
static void busy_whatever_the_stack(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmError *error = NULL;
    Busy busy;
    size_t size;
    memset(&busy, 0, sizeof busy);
    OK(pactwasm_config_set_log_callback(config, call_again, &busy, NULL, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, 1, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 2000 * (uint64_t)slowness(), &error));
    host = test_host(config);
    busy.plugin = test_plugin(host, "hostile");
    for (size = 640 << 10; size <= 1024 << 10; size += 4 << 10) {
        pthread_attr_t attributes;
        pthread_t thread;
        busy.calls = 0;
        CHECK_EQUAL(pthread_attr_init(&attributes), 0);
        CHECK_EQUAL(pthread_attr_setstacksize(&attributes, size), 0);
        CHECK_EQUAL(pthread_create(&thread, &attributes, call_and_log, &busy), 0);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        CHECK_EQUAL(pthread_attr_destroy(&attributes), 0);
        if (busy.code != PACTWASM_ERROR_BUSY) fail_at(__FILE__, __LINE__, "with a stack of %zu KiB: error %d", size >> 10, (int)busy.code);
    }
    pactwasm_plugin_free(busy.plugin);
    pactwasm_host_free(host);
}

static void change_config(void *user_data) {
    CHECK_EQUAL(pactwasm_config_set_log_level(*(PactWasmConfig **)user_data, PACTWASM_LEVEL_WARN, NULL), PACTWASM_OK);
}

static void ignore(const PactWasmLogRecord *record, void *user_data) {
    (void)record;
    (void)user_data;
}

// What releases the user data may use the configuration that it was registered with.
static void destroy_changes_the_configuration(void) {
    PactWasmConfig *config = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_config_new(&config, &error));
    OK(pactwasm_config_set_log_callback(config, ignore, &config, change_config, &error));
    OK(pactwasm_config_set_log_callback(config, ignore, NULL, NULL, &error));
    OK(pactwasm_config_set_log_callback(config, NULL, &config, change_config, &error));
    pactwasm_config_free(config);
}

// ---- arguments ----

// The message names the argument as the header does.
static void names_of_arguments(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "echo");
    PactWasmError *error = NULL;
    PactWasmCompareRequest compare = compare_request("a/b", "", "");
    PactWasmComparison *comparison = NULL;
    PactWasmGenerateRequest generate;
    PactWasmContent *content = NULL;
    PactWasmCallOptions options = call_options(86400001);
    PactWasmBytes response;
    INVALID(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 0, &error), "value");
    INVALID(pactwasm_config_set_limit(config, PACTWASM_LIMIT_MEMORY, 0, &error), "value");
    INVALID(pactwasm_plugin_init(plugin, &options, &error), "options.timeout_ms");
    compare.expected.hint = 7;
    INVALID(pactwasm_plugin_compare_contents(plugin, &compare, NULL, &comparison, &error), "request.expected.hint");
    compare.expected.hint = 0;
    compare.actual.content = bytes(NULL, 1);
    INVALID(pactwasm_plugin_compare_contents(plugin, &compare, NULL, &comparison, &error), "request.actual.content");
    memset(&generate, 0, sizeof generate);
    generate.size = sizeof generate;
    generate.body.content_type = bytes(NULL, 1);
    INVALID(pactwasm_plugin_generate_content(plugin, &generate, NULL, &content, &error), "request.body.content_type");
    INVALID(pactwasm_plugin_call(plugin, "init", 4, "[", 1, NULL, &response, &error), "request_json");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    pactwasm_config_free(config);
}

// The generic call is as strict as the typed functions.
static void strictness_of_the_generic_call(void) {
    static const char *const requests[][2] = {
        {"configure-interaction", "{\"contentType\":\"a/b\",\"contentsConfig\":[1]}"},
        {"configure-interaction", "{\"contentType\":\"\",\"contentsConfig\":{}}"},
        {"configure-interaction", "{\"contentType\":\"a/b\",\"contentsConfig\":{},\"testContext\":7}"},
        {"compare-contents", "{\"expected\":{\"contentType\":\"a/b\"},\"actual\":{\"contentType\":\"a/b\"},"
                             "\"pluginConfiguration\":{\"interactionConfiguration\":\"text\"}}"},
    };
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "echo");
    PactWasmError *error = NULL;
    PactWasmBytes response;
    size_t index;
    for (index = 0; index < sizeof requests / sizeof *requests; index++)
        FAILS(pactwasm_plugin_call(plugin, requests[index][0], strlen(requests[index][0]), requests[index][1], strlen(requests[index][1]),
                                   NULL, &response, &error),
              PACTWASM_ERROR_INVALID_ARGUMENT, "");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// Values of rules and generators are objects, in requests too.
static void values_of_rules(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "echo");
    PactWasmError *error = NULL;
    PactWasmCompareRequest request = compare_request("a/b", "", "");
    PactWasmComparison *comparison = NULL;
    request.rules_json = text("{\"$\":[{\"type\":\"regex\",\"values\":7}]}");
    INVALID(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error), "request.rules_json");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// ---- answers of plugins ----

static void expect_invalid(const char *const *responses, size_t count) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "echo");
    PactWasmError *error = NULL;
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    size_t index;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text("a/b");
    for (index = 0; index < count; index++) {
        request.contents_config_json = text(responses[index]);
        FAILS(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, &error), PACTWASM_ERROR_INVALID_RESPONSE,
              "the answer's ");
    }
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// What is promised to be a JSON object is one.
static void answers_are_objects(void) {
    static const char *const responses[] = {
        "{\"response\":{\"message_metadata\":\"[1]\"}}",
        "{\"response\":{\"rules\":[[\"$\",[{\"type_\":\"regex\",\"values\":\"7\"}]]]}}",
        "{\"response\":{\"generators\":[[\"$\",{\"type_\":\"Uuid\",\"values\":\"null\"}]]}}",
        "{\"response\":{\"plugin_configuration\":{\"interaction_configuration\":\"\\\"text\\\"\",\"pact_configuration\":null}}}",
    };
    expect_invalid(responses, sizeof responses / sizeof *responses);
}

// Each expression occurs once, or the JSON that is made of it has a key twice.
static void expressions_occur_once(void) {
    static const char *const responses[] = {
        "{\"response\":{\"rules\":[[\"$.a\",[]],[\"$.a\",[]]]}}",
        "{\"response\":{\"metadata_generators\":[[\"a\",{\"type_\":\"Uuid\",\"values\":null}],[\"a\",{\"type_\":\"Uuid\",\"values\":null}]]}}",
    };
    expect_invalid(responses, sizeof responses / sizeof *responses);
}

// Functions, one a line, without a headline.
static void backtrace_is_functions(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    CHECK_EQUAL(misbehave(plugin, "x/trap", "", NULL, &error), PACTWASM_ERROR_TRAP);
    info = error_info(error);
    CHECK_CONTAINS(info.backtrace, "hostile.wasm!");
    CHECK(strstr((const char *)info.backtrace.data, "error while executing") == NULL);
    pactwasm_error_free(error);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// ---- files, forks ----

static void directory_that_is_not_there(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    FAILS(pactwasm_host_load_directory(host, "/nowhere/p", 10, &plugin, &error), PACTWASM_ERROR_NOT_FOUND, "/nowhere/p");
    pactwasm_host_free(host);
}

static int stop;

static void *read_logs(void *data) {
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        PactWasmLogs *logs = NULL;
        CHECK_EQUAL(pactwasm_plugin_logs((const PactWasmPlugin *)data, &logs, NULL), PACTWASM_OK);
        pactwasm_logs_free(logs);
    }
    return NULL;
}

// Another thread may be in the middle of a function when the process forks; what it has locked stays locked in the child.
static void fork_while_another_thread_calls(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    pthread_t thread;
    int turn;
    CHECK_EQUAL(misbehave(plugin, "x/log", "", NULL, NULL), PACTWASM_OK); // so that reading takes a while
    CHECK_EQUAL(pthread_create(&thread, NULL, read_logs, plugin), 0);
    for (turn = 0; turn < 20; turn++) {
        pid_t child = fork();
        int status = 0;
        if (child == 0) {
            PactWasmLogs *logs = NULL;
            alarm(5U * (unsigned)slowness());
            pactwasm_plugin_logs(plugin, &logs, NULL);
            pactwasm_plugin_free(plugin);
            pactwasm_host_free(host);
            _exit(0);
        }
        CHECK(child > 0);
        CHECK_EQUAL(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status)) fail_at(__FILE__, __LINE__, "the child hung in turn %d", turn);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

static void *load_again_and_again(void *unused) {
    (void)unused;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        PactWasmHost *host = test_host(NULL);
        PactWasmPlugin *plugin = test_plugin(host, "hostile");
        CHECK_EQUAL(misbehave(plugin, "x/trap", "", NULL, NULL), PACTWASM_ERROR_TRAP);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
    }
    return NULL;
}

// The same with everything that loading and crashing locks, in the engine too: a host that is made in the child works.
static void fork_while_another_thread_loads(void) {
    pthread_t threads[2];
    int turn;
    // Makes errors of the library's dependencies capture backtraces, which takes a lock of its own.
    CHECK_EQUAL(setenv("RUST_BACKTRACE", "1", 1), 0);
    CHECK_EQUAL(pthread_create(&threads[0], NULL, load_again_and_again, NULL), 0);
    CHECK_EQUAL(pthread_create(&threads[1], NULL, load_again_and_again, NULL), 0);
    for (turn = 0; turn < 100; turn++) {
        pid_t child = fork();
        int status = 0;
        if (child == 0) {
            PactWasmHost *host;
            PactWasmPlugin *plugin;
            alarm(10U * (unsigned)slowness());
            host = test_host(NULL);
            plugin = test_plugin(host, "hostile");
            CHECK_EQUAL(misbehave(plugin, "x/trap", "", NULL, NULL), PACTWASM_ERROR_TRAP);
            pactwasm_plugin_free(plugin);
            pactwasm_host_free(host);
            _exit(0);
        }
        CHECK(child > 0);
        CHECK_EQUAL(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status)) fail_at(__FILE__, __LINE__, "the child hung in turn %d", turn);
        CHECK_EQUAL(WEXITSTATUS(status), 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    CHECK_EQUAL(pthread_join(threads[0], NULL), 0);
    CHECK_EQUAL(pthread_join(threads[1], NULL), 0);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
        {"init-in-the-callback-of-init", init_in_the_callback_of_init},
        {"extremes-of-limits", extremes_of_limits},
        {"largest-stack", largest_stack},
        {"cancelled-before-the-call", cancelled_before_the_call},
        {"busy-whatever-the-stack", busy_whatever_the_stack},
        {"destroy-changes-the-configuration", destroy_changes_the_configuration},
        {"names-of-arguments", names_of_arguments},
        {"strictness-of-the-generic-call", strictness_of_the_generic_call},
        {"values-of-rules", values_of_rules},
        {"answers-are-objects", answers_are_objects},
        {"expressions-occur-once", expressions_occur_once},
        {"backtrace-is-functions", backtrace_is_functions},
        {"directory-that-is-not-there", directory_that_is_not_there},
        {"fork-while-another-thread-calls", fork_while_another_thread_calls},
        {"fork-while-another-thread-loads", fork_while_another_thread_loads},
    };
    size_t index;
    CHECK(argc == 2);
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        if (strcmp(argv[1], cases[index].name) != 0) continue;
        alarm(110U * (unsigned)slowness());
        cases[index].run();
        return 0;
    }
    fail_at(__FILE__, __LINE__, "no case \"%s\"", argv[1]);
}
