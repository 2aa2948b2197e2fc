/*
 * The C side of `make bench`: a program that uses the library as any other would, and measures while it does.
 *
 *     caller serve PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY
 *         Reads lines "<what> <count>" from stdin, does it <count> times, answers with one number: nanoseconds per call
 *         (instance_rss: bytes). WORK_DIRECTORY holds key.pem, an RSA key of 4096 bits; a token is left there for `first`.
 *     caller first PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY
 *         Loads the JWT plugin, compares that token, says so.
 */
#define _POSIX_C_SOURCE 200809L

#include <pact_wasm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 9, MEGABYTE = 1 << 20, FILE_LIMIT = 2 << 20 };

static const char *plugin_directory, *cache_directory, *work_directory;

static void fail(const char *what) {
    fprintf(stderr, "caller: %s\n", what);
    exit(1);
}

static void check(int32_t status, PactWasmError *error) {
    if (status != PACTWASM_OK) {
        fail(pactwasm_error_message(error));
    }
}

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static PactWasmView text(const char *s) { return (PactWasmView){s, strlen(s)}; }

/* ---- files of the work directory ---- */

static FILE *open_file(const char *name, const char *mode) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", work_directory, name);
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        fail(path);
    }
    return file;
}

/* An empty file is an absent value, as `write_file` writes it. */
static PactWasmView read_file(const char *name) {
    char *bytes = malloc(FILE_LIMIT);
    FILE *file = open_file(name, "rb");
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, FILE_LIMIT, file);
    fclose(file);
    return (PactWasmView){len == 0 ? NULL : bytes, len};
}

static void write_file(const char *name, PactWasmView view) {
    FILE *file = open_file(name, "wb");
    if (view.len > 0 && fwrite(view.data, 1, view.len, file) != view.len) {
        fail(name);
    }
    if (fclose(file) != 0) {
        fail(name);
    }
}

/* ---- hosts and plugins ---- */

typedef struct {
    bool cached;
    bool signal_handlers;
    PactWasmLogCallback log;
    uint64_t instances;
} Options;

static const Options USUAL = {.cached = true, .signal_handlers = true};
static const Options COLD = {.cached = false, .signal_handlers = true};
static const Options NO_SIGNALS = {.cached = true, .signal_handlers = false};

static PactWasmHost *new_host(const Options *options) {
    PactWasmConfig *config = NULL;
    PactWasmHost *host = NULL;
    PactWasmError *error = NULL;
    const char *cache = options->cached ? cache_directory : "";
    check(pactwasm_config_new(&config, &error), error);
    check(pactwasm_config_set_plugin_directory(config, plugin_directory, strlen(plugin_directory), &error), error);
    check(pactwasm_config_set_cache_directory(config, cache, strlen(cache), &error), error);
    check(pactwasm_config_set_signal_handlers(config, options->signal_handlers, &error), error);
    if (options->instances != 0) {
        check(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, options->instances, &error), error);
    }
    if (options->log != NULL) {
        check(pactwasm_config_set_log_level(config, PACTWASM_LEVEL_DEBUG, &error), error);
        check(pactwasm_config_set_log_callback(config, options->log, NULL, NULL, &error), error);
    }
    check(pactwasm_host_new(config, &host, &error), error);
    pactwasm_config_free(config);
    return host;
}

static PactWasmPlugin *load(const PactWasmHost *host, const char *name) {
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    check(pactwasm_host_load(host, name, strlen(name), NULL, 0, &plugin, &error), error);
    check(pactwasm_plugin_init(plugin, NULL, &error), error);
    return plugin;
}

static PactWasmPlugin *load_on(const Options *options, const char *name) {
    PactWasmHost *host = new_host(options);
    PactWasmPlugin *plugin = load(host, name);
    pactwasm_host_free(host);
    return plugin;
}

/* Each time with a host of its own, so nothing that a host keeps helps. */
static double time_loads(const Options *options, long count) {
    double total = 0;
    for (long i = 0; i < count; i++) {
        double start = now_ns();
        PactWasmHost *host = new_host(options);
        PactWasmPlugin *plugin = load(host, "jwt");
        total += now_ns() - start;
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
    }
    return total / (double)count;
}

/* ---- comparing ---- */

static void compare(const PactWasmPlugin *plugin, const PactWasmCompareRequest *request) {
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    int32_t verdict = -1;
    check(pactwasm_plugin_compare_contents(plugin, request, NULL, &comparison, &error), error);
    check(pactwasm_comparison_verdict(comparison, &verdict, &error), error);
    if (verdict != PACTWASM_VERDICT_MATCH) {
        fail("bodies that are equal do not match");
    }
    pactwasm_comparison_free(comparison);
}

static double time_compares(const PactWasmPlugin *plugin, const PactWasmCompareRequest *request, long count) {
    double start = now_ns();
    for (long i = 0; i < count; i++) {
        compare(plugin, request);
    }
    return (now_ns() - start) / (double)count;
}

/* Two bodies of the same content, each in memory of its own. */
static PactWasmCompareRequest echo_request(size_t len) {
    PactWasmCompareRequest request = {.size = sizeof request};
    char *expected = malloc(len + 1), *actual = malloc(len + 1);
    if (expected == NULL || actual == NULL) {
        fail("out of memory");
    }
    memset(expected, 'x', len + 1);
    memset(actual, 'x', len + 1);
    request.expected.content_type = request.actual.content_type = text("text/plain");
    request.expected.content = (PactWasmView){expected, len};
    request.actual.content = (PactWasmView){actual, len};
    return request;
}

/* The token that `configure` has left in the work directory. */
static PactWasmCompareRequest token_request(void) {
    PactWasmCompareRequest request = {.size = sizeof request};
    request.expected.content_type = request.actual.content_type = text("application/jwt");
    request.expected.content = request.actual.content = read_file("token");
    request.rules_json = read_file("rules.json");
    request.plugin_configuration.interaction_json = read_file("interaction.json");
    request.plugin_configuration.pact_json = read_file("pact.json");
    return request;
}

/* ---- matching values ---- */

/* The plugin `delegate` calls the catalogue entry that the path names, through the host. */
static PactWasmMatchFieldRequest field_request(const char *entry) {
    PactWasmMatchFieldRequest request = {.size = sizeof request};
    request.key = request.rule_type = text("type");
    request.path = text(entry);
    request.expected.kind = request.actual.kind = PACTWASM_VALUE_TEXT;
    request.expected.data = text("expected");
    request.actual.data = text("actual");
    return request;
}

static double time_matches(const PactWasmPlugin *plugin, const char *entry, long count) {
    PactWasmMatchFieldRequest request = field_request(entry);
    PactWasmError *error = NULL;
    double start = now_ns();
    for (long i = 0; i < count; i++) {
        PactWasmComparison *comparison = NULL;
        check(pactwasm_plugin_match_field(plugin, &request, NULL, &comparison, &error), error);
        pactwasm_comparison_free(comparison);
    }
    return (now_ns() - start) / (double)count;
}

/* ---- comparing tables ---- */

static PactWasmCompareRequest table_request(PactWasmView rules) {
    PactWasmCompareRequest request = {.size = sizeof request};
    request.expected.content_type = request.actual.content_type = text("text/csv");
    request.expected.content = read_file("expected.csv");
    request.actual.content = read_file("actual.csv");
    request.rules_json = rules;
    request.plugin_configuration.interaction_json = text("{\"csvHeaders\":true,\"delimiter\":\",\"}");
    return request;
}

/* ---- configuring ---- */

/* The key as a JSON text: its line ends are all that needs escaping. */
static char *contents_config(void) {
    PactWasmView key = read_file("key.pem");
    char *config = calloc(1, 2 * key.len + 256);
    if (key.data == NULL || config == NULL) {
        fail("key.pem is empty");
    }
    char *end = config + sprintf(config, "{\"algorithm\":\"RS512\",\"issuer\":\"https://login.example.com\",\"subject\":"
                                         "\"joe\",\"lifetime\":86400,\"private-key\":\"");
    for (size_t i = 0; i < key.len; i++) {
        char c = ((const char *)key.data)[i];
        end += sprintf(end, c == '\n' ? "\\n" : "%c", c);
    }
    strcpy(end, "\"}");
    return config;
}

static PactWasmInteraction *configure(const PactWasmPlugin *plugin, const char *config) {
    PactWasmConfigureRequest request = {.size = sizeof request};
    PactWasmInteraction *interaction = NULL;
    PactWasmError *error = NULL;
    request.content_type = text("application/jwt");
    request.contents_config_json = text(config);
    check(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, &error), error);
    return interaction;
}

static void write_token(const PactWasmPlugin *plugin, const char *config) {
    PactWasmInteractionPart part = {.size = sizeof part};
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction = configure(plugin, config);
    check(pactwasm_interaction_get(interaction, 0, &part, &error), error);
    write_file("token", part.body.content);
    write_file("rules.json", part.rules_json);
    write_file("interaction.json", part.plugin_configuration.interaction_json);
    write_file("pact.json", part.plugin_configuration.pact_json);
    pactwasm_interaction_free(interaction);
}

static double time_configures(const PactWasmPlugin *plugin, const char *config, long count) {
    double start = now_ns();
    for (long i = 0; i < count; i++) {
        pactwasm_interaction_free(configure(plugin, config));
    }
    return (now_ns() - start) / (double)count;
}

/* ---- memory of one more instance ---- */

static pthread_barrier_t all_inside, round_over;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool holding;
static _Thread_local bool held;
static const PactWasmPlugin *measured_plugin;
static const PactWasmCompareRequest *measured_request;

/* The first record of each thread's call holds the call, and with it an instance, until all threads have one. */
static void hold(const PactWasmLogRecord *record, void *user_data) {
    (void)record, (void)user_data;
    if (atomic_load(&holding) && !held) {
        held = true;
        pthread_barrier_wait(&all_inside);
    }
}

/* First one after the other, which needs one instance and warms up what belongs to the thread; then all at once. */
static void *compare_twice(void *nothing) {
    pthread_mutex_lock(&one_at_a_time);
    compare(measured_plugin, measured_request);
    pthread_mutex_unlock(&one_at_a_time);
    pthread_barrier_wait(&round_over);
    pthread_barrier_wait(&round_over);
    compare(measured_plugin, measured_request);
    pthread_barrier_wait(&round_over);
    pthread_barrier_wait(&round_over);
    return nothing;
}

static double resident_bytes(void) {
    char line[256];
    long kilobytes = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Rss: %ld kB", &kilobytes) == 1) {
            break;
        }
    }
    if (file == NULL || kilobytes < 0) {
        fail("/proc/self/smaps_rollup has no Rss");
    }
    fclose(file);
    return (double)kilobytes * 1024;
}

static double instance_rss(const PactWasmCompareRequest *request) {
    Options options = {.cached = true, .signal_handlers = true, .log = hold, .instances = THREADS};
    PactWasmPlugin *plugin = load_on(&options, "jwt");
    pthread_t threads[THREADS];
    measured_plugin = plugin;
    measured_request = request;
    pthread_barrier_init(&all_inside, NULL, THREADS);
    pthread_barrier_init(&round_over, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, compare_twice, NULL) != 0) {
            fail("a thread cannot start");
        }
    }
    pthread_barrier_wait(&round_over);
    double one = resident_bytes();
    atomic_store(&holding, true);
    pthread_barrier_wait(&round_over);
    pthread_barrier_wait(&round_over);
    double all = resident_bytes();
    atomic_store(&holding, false);
    pthread_barrier_wait(&round_over);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&all_inside);
    pthread_barrier_destroy(&round_over);
    pactwasm_plugin_free(plugin);
    return (all - one) / (THREADS - 1);
}

/* ---- */

static void serve(void) {
    PactWasmPlugin *echo = load_on(&USUAL, "echo"), *jwt = load_on(&USUAL, "jwt");
    PactWasmPlugin *echo_no_signals = load_on(&NO_SIGNALS, "echo"), *jwt_no_signals = load_on(&NO_SIGNALS, "jwt");
    PactWasmHost *host = new_host(&USUAL);
    PactWasmPlugin *called = load(host, "echo"), *delegate = load(host, "delegate"), *csv = load(host, "csv");
    char *config = contents_config();
    write_token(jwt, config);
    PactWasmCompareRequest empty = echo_request(0), tiny = echo_request(64), small = echo_request(200);
    PactWasmCompareRequest large = echo_request(MEGABYTE);
    PactWasmCompareRequest token = token_request();
    PactWasmCompareRequest table = table_request(read_file("table.json"));
    PactWasmCompareRequest regex = table_request(read_file("regex.json"));

    char line[128], what[64];
    long count;
    while (fgets(line, sizeof line, stdin) != NULL) {
        double answer = -1;
        if (sscanf(line, "%63s %ld", what, &count) != 2) {
            fail("a command is a word and a number");
        } else if (strcmp(what, "compare_empty") == 0) {
            answer = time_compares(echo, &empty, count);
        } else if (strcmp(what, "compare_64b") == 0) {
            answer = time_compares(echo, &tiny, count);
        } else if (strcmp(what, "compare_200b") == 0) {
            answer = time_compares(echo, &small, count);
        } else if (strcmp(what, "compare_1mb") == 0) {
            answer = time_compares(echo, &large, count);
        } else if (strcmp(what, "compare_200b_no_signals") == 0) {
            answer = time_compares(echo_no_signals, &small, count);
        } else if (strcmp(what, "compare_token") == 0) {
            answer = time_compares(jwt, &token, count);
        } else if (strcmp(what, "compare_token_no_signals") == 0) {
            answer = time_compares(jwt_no_signals, &token, count);
        } else if (strcmp(what, "configure_token") == 0) {
            answer = time_configures(jwt, config, count);
        } else if (strcmp(what, "match_called") == 0) {
            answer = time_matches(called, "matcher/echo", count);
        } else if (strcmp(what, "match_delegated") == 0) {
            answer = time_matches(delegate, "matcher/echo", count);
        } else if (strcmp(what, "match_core") == 0) {
            answer = time_matches(delegate, "core/matcher/type", count);
        } else if (strcmp(what, "compare_table") == 0) {
            answer = time_compares(csv, &table, count);
        } else if (strcmp(what, "compare_regex") == 0) {
            answer = time_compares(csv, &regex, count);
        } else if (strcmp(what, "load_cached") == 0) {
            answer = time_loads(&USUAL, count);
        } else if (strcmp(what, "load_cold") == 0) {
            answer = time_loads(&COLD, count);
        } else if (strcmp(what, "instance_rss") == 0) {
            answer = instance_rss(&token);
        } else {
            fail(what);
        }
        printf("%.1f\n", answer);
        fflush(stdout);
    }
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fail("needs serve or first, a plugin directory, a cache directory and a work directory");
    }
    plugin_directory = argv[2];
    cache_directory = argv[3];
    work_directory = argv[4];
    if (strcmp(argv[1], "serve") == 0) {
        serve();
    } else {
        PactWasmCompareRequest token = token_request();
        PactWasmPlugin *plugin = load_on(&USUAL, "jwt");
        compare(plugin, &token);
        puts("compared");
        fflush(stdout);
        pactwasm_plugin_free(plugin);
    }
    return 0;
}
