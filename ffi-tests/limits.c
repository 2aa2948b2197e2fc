// What a plugin may use up, in numbers: time, memory, stack, log, result. Run with the argument "handlers" or "checks": whether
// crashes are caught by signal handlers or by checks in the compiled code.

#include "check.h"

#include <pthread.h>
#include <signal.h>

static int handlers;

static PactWasmHost *host_with(int32_t limit, uint64_t value) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_signal_handlers(config, handlers, &error));
    if (limit != 0) OK(pactwasm_config_set_limit(config, limit, value, &error));
    return test_host(config);
}

static void usable(const PactWasmPlugin *plugin) {
    PactWasmError *error = NULL;
    OK(misbehave(plugin, "x/fine", "", NULL, &error));
}

// Ends at the deadline, not much later, whether the plugin computes, sleeps or waits for its turn.
static void deadlines(void) {
    static const char *const ways[] = {"x/loop", "x/sleep", "x/spin-ms"};
    PactWasmHost *host = host_with(0, 0);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmCallOptions options = call_options(100);
    size_t index;
    for (index = 0; index < sizeof ways / sizeof *ways; index++) {
        double start = milliseconds(), took;
        FAILS(misbehave(plugin, ways[index], "3600000", &options, &error), PACTWASM_ERROR_DEADLINE, "deadline of 100 ms");
        took = milliseconds() - start;
        printf("%s with a deadline of 100 ms returned after %.0f ms\n", ways[index], took);
        CHECK(took >= 99.0);
        CHECK(took < 200.0 * slowness());
        usable(plugin);
    }
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);

    // The host's limit counts where the call names none.
    host = host_with(PACTWASM_LIMIT_TIMEOUT_MS, 150);
    plugin = test_plugin(host, "hostile");
    FAILS(misbehave(plugin, "x/loop", "", NULL, &error), PACTWASM_ERROR_DEADLINE, "deadline of 150 ms");
    options = call_options(50);
    FAILS(misbehave(plugin, "x/loop", "", &options, &error), PACTWASM_ERROR_DEADLINE, "deadline of 50 ms");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

typedef struct Running {
    const PactWasmPlugin *plugin;
    const char *content_type;
    PactWasmCallOptions options;
    int32_t code;
    double ended;
} Running;

static void *run(void *data) {
    Running *running = (Running *)data;
    running->code = misbehave(running->plugin, running->content_type, "", &running->options, NULL);
    running->ended = milliseconds();
    return NULL;
}

// Ends soon after it is cancelled from another thread.
static void cancelling(void) {
    static const char *const ways[] = {"x/loop", "x/sleep"};
    PactWasmHost *host = host_with(PACTWASM_LIMIT_INSTANCES, 1);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    size_t index;
    for (index = 0; index < sizeof ways / sizeof *ways; index++) {
        Running running;
        pthread_t thread;
        PactWasmCancel *cancel = NULL;
        double start, took;
        PactWasmCallOptions probe = call_options(1);
        OK(pactwasm_cancel_new(&cancel, &error));
        memset(&running, 0, sizeof running);
        running.plugin = plugin;
        running.content_type = ways[index];
        running.options = call_options(600000);
        running.options.cancel = cancel;
        CHECK_EQUAL(pthread_create(&thread, NULL, run, &running), 0);
        // There is one instance, so a call with a short deadline fails once the other thread has it.
        while (misbehave(plugin, "x/fine", "", &probe, NULL) != PACTWASM_ERROR_DEADLINE) {
        }
        start = milliseconds();
        OK(pactwasm_cancel_trigger(cancel, &error));
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        took = running.ended - start;
        printf("%s ended %.0f ms after it was cancelled\n", ways[index], took);
        CHECK_EQUAL(running.code, PACTWASM_ERROR_CANCELLED);
        CHECK(took < 100.0 * slowness());
        pactwasm_cancel_free(cancel);
        usable(plugin);
    }
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

static size_t resident_bytes(void) {
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%lu %lu", &total, &resident) == 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// Watches resident memory from another thread while the plugin allocates, because the memory is given back afterwards.
static int watching;
static size_t most_resident;

static void *watch(void *unused) {
    (void)unused;
    while (__atomic_load_n(&watching, __ATOMIC_ACQUIRE)) {
        size_t now = resident_bytes();
        if (now > most_resident) most_resident = now;
    }
    return NULL;
}

static void memory(void) {
#if defined(__SANITIZE_ADDRESS__)
    const size_t slack = 24 << 20; // the sanitizer holds on to what is freed
#else
    const size_t slack = 8 << 20;
#endif
    const size_t limit = 32 << 20;
    PactWasmHost *host = host_with(PACTWASM_LIMIT_MEMORY, limit);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    pthread_t thread;
    size_t before, after;
    usable(plugin);
    before = most_resident = resident_bytes();
    __atomic_store_n(&watching, 1, __ATOMIC_RELEASE);
    CHECK_EQUAL(pthread_create(&thread, NULL, watch, NULL), 0);
    FAILS(misbehave(plugin, "x/alloc", "", NULL, &error), PACTWASM_ERROR_MEMORY_LIMIT, "the limit is 33554432");
    __atomic_store_n(&watching, 0, __ATOMIC_RELEASE);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    after = resident_bytes();
    printf("resident memory: %zu KiB before, %zu KiB at most, %zu KiB after\n", before >> 10, most_resident >> 10, after >> 10);
    CHECK(most_resident <= before + limit + slack);
    CHECK(after <= before + slack);
    usable(plugin);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

typedef struct Small {
    const PactWasmPlugin *plugin;
    const char *content_type;
    int32_t code;
} Small;

static void *on_small_stack(void *data) {
    Small *small = (Small *)data;
    small->code = misbehave(small->plugin, small->content_type, "", NULL, NULL);
    return NULL;
}

// Endless recursion ends the call, not the process, however small the stack of the calling thread is.
static void stacks(void) {
    static const size_t sizes[] = {64 << 10, 128 << 10, 256 << 10, 512 << 10, 768 << 10, 800 << 10, 1 << 20, 2 << 20, 8 << 20};
    static const uint64_t limits[] = {0, 65536, 1 << 20};
    size_t size, limit;
    for (limit = 0; limit < sizeof limits / sizeof *limits; limit++) {
        PactWasmHost *host = host_with(limits[limit] == 0 ? 0 : PACTWASM_LIMIT_STACK, limits[limit]);
        PactWasmPlugin *plugin = test_plugin(host, "hostile");
        PactWasmError *error = NULL;
        FAILS(misbehave(plugin, "x/recurse", "", NULL, &error), PACTWASM_ERROR_STACK_LIMIT, "used up its stack");
        for (size = 0; size < sizeof sizes / sizeof *sizes; size++) {
            Small small;
            pthread_attr_t attributes;
            pthread_t thread;
            small.plugin = plugin;
            CHECK_EQUAL(pthread_attr_init(&attributes), 0);
            CHECK_EQUAL(pthread_attr_setstacksize(&attributes, sizes[size]), 0);
            small.content_type = "x/recurse";
            CHECK_EQUAL(pthread_create(&thread, &attributes, on_small_stack, &small), 0);
            CHECK_EQUAL(pthread_join(thread, NULL), 0);
            CHECK_EQUAL(small.code, PACTWASM_ERROR_STACK_LIMIT);
            small.content_type = "x/fine";
            CHECK_EQUAL(pthread_create(&thread, &attributes, on_small_stack, &small), 0);
            CHECK_EQUAL(pthread_join(thread, NULL), 0);
            CHECK_EQUAL(small.code, PACTWASM_OK);
            CHECK_EQUAL(pthread_attr_destroy(&attributes), 0);
        }
        usable(plugin);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
    }
}

// Loading compiles, which needs a lot of stack; without a cache, so that it does.
static void *load_and_call(void *data) {
    PactWasmPlugin *plugin = test_plugin((PactWasmHost *)data, "minimal");
    pactwasm_plugin_free(plugin);
    return NULL;
}

static void compiling_on_a_small_stack(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmError *error = NULL;
    pthread_attr_t attributes;
    pthread_t thread;
    OK(pactwasm_config_set_cache_directory(config, NULL, 0, &error));
    OK(pactwasm_config_set_signal_handlers(config, handlers, &error));
    host = test_host(config);
    CHECK_EQUAL(pthread_attr_init(&attributes), 0);
    CHECK_EQUAL(pthread_attr_setstacksize(&attributes, 64 << 10), 0);
    CHECK_EQUAL(pthread_create(&thread, &attributes, load_and_call, host), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(pthread_attr_destroy(&attributes), 0);
    pactwasm_host_free(host);
}

static void log_volume(void) {
    PactWasmHost *host = host_with(PACTWASM_LIMIT_LOG, 16400);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmLogs *logs = NULL;
    PactWasmLogRecord record;
    size_t count;
    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    // 10,000 records of 100 bytes, each counted as 164: 100 of them fit.
    OK(misbehave(plugin, "x/log", "", NULL, &error));
    OK(pactwasm_plugin_logs(plugin, &logs, &error));
    count = pactwasm_logs_count(logs);
    CHECK_EQUAL(count, 101);
    OK(pactwasm_logs_get(logs, 99, &record, &error));
    CHECK_EQUAL(strtol((const char *)record.message.data, NULL, 10), 99);
    OK(pactwasm_logs_get(logs, 100, &record, &error));
    CHECK_TEXT(record.message, "9900 log record(s) dropped: one call may log 16400 bytes");
    CHECK_TEXT(record.target, "pact_wasm");
    CHECK_EQUAL(record.level, PACTWASM_LEVEL_WARN);
    pactwasm_logs_free(logs);
    // One record that is larger than all that is allowed.
    OK(misbehave(plugin, "x/log-big", "", NULL, &error));
    OK(pactwasm_plugin_logs(plugin, &logs, &error));
    CHECK_EQUAL(pactwasm_logs_count(logs), 102);
    OK(pactwasm_logs_get(logs, 101, &record, &error));
    CHECK_TEXT(record.message, "1 log record(s) dropped: one call may log 16400 bytes");
    pactwasm_logs_free(logs);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// A result at the limit and beyond it.
static void results(void) {
    PactWasmHost *host = host_with(PACTWASM_LIMIT_HOST_CALL, 1 << 20);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    const size_t much = 1 << 20;
    char *body = (char *)calloc(1, much);
    CHECK(body != NULL);
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body.content_type = text("x/fine");
    request.body.content = bytes(body, much / 2);
    OK(pactwasm_plugin_generate_content(plugin, &request, NULL, &content, &error));
    pactwasm_content_free(content);
    request.body.content = bytes(body, much);
    FAILS(pactwasm_plugin_generate_content(plugin, &request, NULL, &content, &error), PACTWASM_ERROR_HOST_CALL_LIMIT,
          "generate-content: the plugin handed over more than 1048576 bytes");
    CHECK(content == NULL);
    usable(plugin);
    free(body);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

static void crashes(void) {
    static const char *const ways[] = {"x/trap", "x/exit", "x/trap", "x/recurse"};
    PactWasmHost *host = host_with(0, 0);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    size_t index, turn;
    for (turn = 0; turn < 20; turn++) {
        for (index = 0; index < sizeof ways / sizeof *ways; index++) {
            CHECK_EQUAL(misbehave(plugin, ways[index], "", NULL, NULL),
                        strcmp(ways[index], "x/recurse") == 0 ? PACTWASM_ERROR_STACK_LIMIT : PACTWASM_ERROR_TRAP);
            usable(plugin);
        }
    }
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// The handlers that a process has for these signals stay its own where it asks for that.
static const int SIGNALS[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP};

static void remember_handlers(struct sigaction *actions) {
    size_t index;
    for (index = 0; index < sizeof SIGNALS / sizeof *SIGNALS; index++) CHECK_EQUAL(sigaction(SIGNALS[index], NULL, &actions[index]), 0);
}

static int same_handler(const struct sigaction *one, const struct sigaction *other) {
    return one->sa_handler == other->sa_handler && one->sa_flags == other->sa_flags;
}

int main(int argc, char **argv) {
    struct sigaction before[5], after[5];
    size_t index;
    CHECK(argc == 2 && (strcmp(argv[1], "handlers") == 0 || strcmp(argv[1], "checks") == 0));
    handlers = strcmp(argv[1], "handlers") == 0;
    remember_handlers(before);
    deadlines();
    cancelling();
    memory();
    stacks();
    compiling_on_a_small_stack();
    log_volume();
    results();
    crashes();
    remember_handlers(after);
    for (index = 0; index < 5; index++) {
        int ours = handlers && (SIGNALS[index] == SIGSEGV || SIGNALS[index] == SIGILL || SIGNALS[index] == SIGFPE);
        CHECK_EQUAL(same_handler(&before[index], &after[index]), !ours);
        if (ours) CHECK((after[index].sa_flags & SA_ONSTACK) != 0);
    }
    return 0;
}
