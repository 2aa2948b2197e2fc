// Many threads, one plugin; handles freed in every order and in the middle of calls. Helgrind and the like are not needed to see
// most mistakes here: a wrong result, a crash or a hang (the test's time limit) shows them, and AddressSanitizer the rest.

#include "keys.h"
#include "transport.h"

#include <pthread.h>

enum { THREADS = 8 };

// ---- one plugin, many threads ----

typedef struct Work {
    const PactWasmPlugin *echo, *jwt;
    const PactWasmInteractionPart *part;
    int number, count;
} Work;

static void echo_call(const Work *work, int turn) {
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    PactWasmError *error = NULL;
    PactWasmBody body;
    char sent[64];
    memset(&request, 0, sizeof request);
    snprintf(sent, sizeof sent, "thread %d, turn %d", work->number, turn);
    request.size = sizeof request;
    request.body.content_type = text("a/b");
    request.body.content = text(sent);
    OK(pactwasm_plugin_generate_content(work->echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_TEXT(body.content, sent);
    pactwasm_content_free(content);
    CHECK_EQUAL(verdict_of(work->echo, "a/b", sent, sent), PACTWASM_VERDICT_MATCH);
    CHECK_EQUAL(verdict_of(work->echo, "a/b", sent, "other"), PACTWASM_VERDICT_MISMATCH);
}

static void jwt_call(const Work *work, int turn) {
    PactWasmCompareRequest request;
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.expected = request.actual = work->part->body;
    request.rules_json = work->part->rules_json;
    request.plugin_configuration = work->part->plugin_configuration;
    // Every second token lacks its last byte.
    request.actual.content.len -= (size_t)(turn % 2);
    OK(pactwasm_plugin_compare_contents(work->jwt, &request, NULL, &comparison, &error));
    CHECK_EQUAL(pactwasm_comparison_count(comparison), turn % 2);
    if (turn % 2 == 1) {
        OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
        CHECK_TEXT(mismatch.path, "$");
    }
    pactwasm_comparison_free(comparison);
}

static void *work_on(void *data) {
    const Work *work = (const Work *)data;
    int turn;
    for (turn = 0; turn < work->count; turn++) {
        echo_call(work, turn);
        jwt_call(work, turn);
    }
    return NULL;
}

static void many_calls(uint64_t instances) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *echo, *jwt;
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    pthread_t threads[THREADS];
    Work work[THREADS];
    int index;
    // Waiting for an instance counts against the deadline, and here 8 threads share one.
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    if (instances > 0) OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
    host = test_host(config);
    echo = test_plugin(host, "echo");
    jwt = test_plugin(host, "jwt");
    memset(&request, 0, sizeof request);
    memset(&part, 0, sizeof part);
    request.size = sizeof request;
    part.size = sizeof part;
    request.content_type = text("application/jwt");
    request.contents_config_json = text("{\"private-key\":\"" RSA_PRIVATE_KEY "\",\"lifetime\":86400}");
    OK(pactwasm_plugin_configure_interaction(jwt, &request, NULL, &interaction, &error));
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    for (index = 0; index < THREADS; index++) {
        work[index].echo = echo;
        work[index].jwt = jwt;
        work[index].part = &part;
        work[index].number = index;
        work[index].count = reduced(200);
        CHECK_EQUAL(pthread_create(&threads[index], NULL, work_on, &work[index]), 0);
    }
    for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    pactwasm_interaction_free(interaction);
    pactwasm_plugin_free(jwt);
    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
}

// ---- loading and initialising at the same time ----

typedef struct Loading {
    const PactWasmHost *host;
    pthread_barrier_t *barrier;
    char instance_id[64];
} Loading;

static void *load(void *data) {
    Loading *loading = (Loading *)data;
    PactWasmPlugin *plugin;
    pthread_barrier_wait(loading->barrier);
    plugin = test_plugin(loading->host, "echo");
    CHECK_EQUAL(verdict_of(plugin, "a/b", "x", "x"), PACTWASM_VERDICT_MATCH);
    strcpy(loading->instance_id, (const char *)plugin_info(plugin).instance_id.data);
    pthread_barrier_wait(loading->barrier);
    pactwasm_plugin_free(plugin);
    return NULL;
}

static void loading_at_once(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    pthread_barrier_t barrier;
    pthread_t threads[THREADS];
    Loading loading[THREADS];
    int index, turn;
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (turn = 0; turn < reduced(20); turn++) {
        for (index = 0; index < THREADS; index++) {
            loading[index].host = host;
            loading[index].barrier = &barrier;
            CHECK_EQUAL(pthread_create(&threads[index], NULL, load, &loading[index]), 0);
        }
        for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
        // All got the same plugin, and with the last handle it was unloaded.
        for (index = 1; index < THREADS; index++) CHECK_TEXT(text(loading[index].instance_id), loading[0].instance_id);
        OK(pactwasm_host_catalogue(host, &catalogue, &error));
        CHECK_EQUAL(plugin_entries(catalogue), 0);
        pactwasm_catalogue_free(catalogue);
    }
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
    pactwasm_host_free(host);
}

// ---- freeing in every order ----

enum { KINDS = 7 };
typedef struct Handles {
    PactWasmConfig *config;
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    PactWasmInteraction *interaction;
    PactWasmComparison *comparison;
    PactWasmCatalogue *catalogue;
    PactWasmError *error;
} Handles;

static Handles make_handles(void) {
    Handles handles;
    PactWasmError *error = NULL;
    PactWasmConfigureRequest configure;
    PactWasmCompareRequest compare = compare_request("a/b", "x", "y");
    memset(&handles, 0, sizeof handles);
    memset(&configure, 0, sizeof configure);
    configure.size = sizeof configure;
    configure.content_type = text("a/b");
    configure.contents_config_json = text("{\"a\":1}");
    handles.config = test_config();
    OK(pactwasm_host_new(handles.config, &handles.host, &error));
    handles.plugin = test_plugin(handles.host, "echo");
    OK(pactwasm_plugin_configure_interaction(handles.plugin, &configure, NULL, &handles.interaction, &error));
    OK(pactwasm_plugin_compare_contents(handles.plugin, &compare, NULL, &handles.comparison, &error));
    OK(pactwasm_host_catalogue(handles.host, &handles.catalogue, &error));
    CHECK_EQUAL(pactwasm_plugin_call(handles.plugin, "?", 1, "{}", 2, NULL, NULL, &handles.error), PACTWASM_ERROR_INVALID_ARGUMENT);
    return handles;
}

static void free_one(Handles *handles, int kind) {
    switch (kind) {
    case 0: pactwasm_config_free(handles->config), handles->config = NULL; break;
    case 1: pactwasm_host_free(handles->host), handles->host = NULL; break;
    case 2: pactwasm_plugin_free(handles->plugin), handles->plugin = NULL; break;
    case 3: pactwasm_interaction_free(handles->interaction), handles->interaction = NULL; break;
    case 4: pactwasm_comparison_free(handles->comparison), handles->comparison = NULL; break;
    case 5: pactwasm_catalogue_free(handles->catalogue), handles->catalogue = NULL; break;
    default: pactwasm_error_free(handles->error), handles->error = NULL; break;
    }
}

// What is left works as before.
static void use(const Handles *handles) {
    PactWasmError *error = NULL;
    if (handles->plugin != NULL) {
        CHECK_EQUAL(verdict_of(handles->plugin, "a/b", "x", "x"), PACTWASM_VERDICT_MATCH);
        CHECK_TEXT(plugin_info(handles->plugin).name, "echo");
    }
    if (handles->host != NULL) {
        PactWasmCatalogue *catalogue = NULL;
        OK(pactwasm_host_catalogue(handles->host, &catalogue, &error));
        CHECK_EQUAL(plugin_entries(catalogue), handles->plugin == NULL ? 0 : 5);
        pactwasm_catalogue_free(catalogue);
    }
    if (handles->config != NULL) OK(pactwasm_config_set_log_level(handles->config, PACTWASM_LEVEL_WARN, &error));
    if (handles->interaction != NULL) {
        PactWasmInteractionPart part;
        memset(&part, 0, sizeof part);
        part.size = sizeof part;
        OK(pactwasm_interaction_get(handles->interaction, 0, &part, &error));
        CHECK_TEXT(part.body.content, "{\"a\":1}");
    }
    if (handles->comparison != NULL) {
        PactWasmMismatch mismatch;
        memset(&mismatch, 0, sizeof mismatch);
        mismatch.size = sizeof mismatch;
        OK(pactwasm_comparison_get(handles->comparison, 0, &mismatch, &error));
        CHECK_TEXT(mismatch.description, "the bodies differ");
    }
    if (handles->catalogue != NULL) CHECK_EQUAL(plugin_entries(handles->catalogue), 5);
    if (handles->error != NULL) CHECK_CONTAINS(error_info(handles->error).message, "response_json");
}

static int orders;

// Heap's algorithm: every permutation once. Under valgrind only a part of them is used.
static void permute(int *order, int count) {
    int index;
    if (count == 1) {
        Handles handles;
        if (orders++ % slowness() != 0) return;
        handles = make_handles();
        for (index = 0; index < KINDS; index++) {
            free_one(&handles, order[index]);
            use(&handles);
        }
        return;
    }
    for (index = 0; index < count; index++) {
        int other = count % 2 == 0 ? index : 0, kept;
        permute(order, count - 1);
        kept = order[count - 1];
        order[count - 1] = order[other];
        order[other] = kept;
    }
}

static void freeing_in_every_order(void) {
    int order[KINDS] = {0, 1, 2, 3, 4, 5, 6};
    permute(order, KINDS);
    CHECK_EQUAL(orders, 5040);
}

// ---- freeing in the middle of calls ----

enum { CALLS = 4 };

typedef struct Late {
    const PactWasmPlugin *plugin;
    PactWasmCancel *cancel;
    int32_t code;
} Late;

// Out of the call itself: tells the test that the call has begun, and waits until the handles are freed.
static void wait_inside(const PactWasmLogRecord *record, void *user_data) {
    if (strcmp((const char *)record->message.data, "first line on stdout") != 0) return;
    pthread_barrier_wait((pthread_barrier_t *)user_data);
    pthread_barrier_wait((pthread_barrier_t *)user_data);
}

static void *late_call(void *data) {
    Late *late = (Late *)data;
    PactWasmCallOptions options = call_options(600000);
    options.cancel = late->cancel;
    late->code = misbehave(late->plugin, "x/stdout", "", &options, NULL);
    return NULL;
}

static void freeing_while_calls_run(void) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    pthread_barrier_t barrier;
    int index, turn;
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, CALLS + 1), 0);
    OK(pactwasm_config_set_log_callback(config, wait_inside, &barrier, NULL, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, CALLS, &error));
    for (turn = 0; turn < reduced(20); turn++) {
        PactWasmHost *host = NULL;
        PactWasmPlugin *plugin;
        PactWasmCancel *cancel = NULL;
        pthread_t threads[CALLS];
        Late late[CALLS];
        OK(pactwasm_host_new(config, &host, &error));
        plugin = test_plugin(host, "hostile");
        OK(pactwasm_cancel_new(&cancel, &error));
        for (index = 0; index < CALLS; index++) {
            late[index].plugin = plugin;
            late[index].cancel = cancel;
            CHECK_EQUAL(pthread_create(&threads[index], NULL, late_call, &late[index]), 0);
        }
        pthread_barrier_wait(&barrier);
        pactwasm_cancel_free(cancel);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
        pthread_barrier_wait(&barrier);
        for (index = 0; index < CALLS; index++) {
            CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
            CHECK_EQUAL(late[index].code, PACTWASM_OK);
        }
    }
    pactwasm_config_free(config);
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
}

// A switch that is freed, or turned on and freed, by the callback of the very call that has it.
typedef struct Switch {
    PactWasmCancel *cancel;
    int trigger;
} Switch;

static void free_switch(const PactWasmLogRecord *record, void *user_data) {
    Switch *its = (Switch *)user_data;
    double start = milliseconds();
    (void)record;
    if (its->cancel != NULL) {
        if (its->trigger) CHECK_EQUAL(pactwasm_cancel_trigger(its->cancel, NULL), PACTWASM_OK);
        pactwasm_cancel_free(its->cancel);
        its->cancel = NULL;
    }
    // Drags the call out, for it to notice: thousands of records follow.
    while (its->trigger && milliseconds() - start < 0.1) {
    }
}

static void freeing_a_switch_in_use(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    PactWasmError *error = NULL;
    Switch its;
    int turn;
    OK(pactwasm_config_set_log_callback(config, free_switch, &its, NULL, &error));
    host = test_host(config);
    plugin = test_plugin(host, "hostile");
    for (turn = 0; turn < 6; turn++) {
        PactWasmCallOptions options = call_options(600000);
        memset(&its, 0, sizeof its);
        its.trigger = turn % 2;
        OK(pactwasm_cancel_new(&its.cancel, &error));
        options.cancel = its.cancel;
        CHECK_EQUAL(misbehave(plugin, "x/log", "", &options, NULL), its.trigger ? PACTWASM_ERROR_CANCELLED : PACTWASM_OK);
        CHECK(its.cancel == NULL);
    }
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// ---- two hosts ----

static long catalogue_size(const PactWasmHost *host) {
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    long count;
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    count = (long)pactwasm_catalogue_count(catalogue);
    pactwasm_catalogue_free(catalogue);
    return count;
}

// How many entries of plugins the plugin itself was told; `own` are the host's.
static void expect_told(const PactWasmPlugin *hostile, long own, long of_plugins) {
    PactWasmError *error = NULL;
    char answer[64];
    snprintf(answer, sizeof answer, "the plugin answered: %ld", own + of_plugins);
    CHECK_EQUAL(misbehave(hostile, "x/catalogue", "", NULL, &error), PACTWASM_ERROR_PLUGIN);
    CHECK_TEXT(text(strstr(pactwasm_error_message(error), "the plugin answered")), answer);
    pactwasm_error_free(error);
}

static void two_hosts(void) {
    PactWasmHost *one = test_host(NULL), *two = test_host(NULL);
    const long own = catalogue_size(one);
    PactWasmPlugin *in_one = test_plugin(one, "hostile"), *in_two = test_plugin(two, "hostile"), *echo = test_plugin(two, "echo");
    PactWasmError *error = NULL;
    CHECK_EQUAL(catalogue_size(one), own + 2);
    CHECK_EQUAL(catalogue_size(two), own + 7);
    CHECK(strcmp((const char *)plugin_info(in_one).instance_id.data, (const char *)plugin_info(in_two).instance_id.data) != 0);
    expect_told(in_one, own, 2);
    expect_told(in_two, own, 7);
    pactwasm_plugin_free(echo);
    expect_told(in_two, own, 2);
    OK(pactwasm_plugin_update_catalogue(in_two, "[]", 2, NULL, &error));
    expect_told(in_two, 0, 0);
    expect_told(in_one, own, 2);
    pactwasm_host_free(one);
    pactwasm_host_free(two);
    expect_told(in_one, own, 2);
    pactwasm_plugin_free(in_one);
    OK(misbehave(in_two, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(in_two);
}

// ---- mock servers, started and ended by all ----

typedef struct Serving {
    const PactWasmPlugin *line;
    int number, count;
} Serving;

static void *serve(void *data) {
    const Serving *serving = (const Serving *)data;
    int turn;
    for (turn = 0; turn < serving->count; turn++) {
        char name[64];
        PactWasmMockServer *server;
        snprintf(name, sizeof name, "thread %d, turn %d", serving->number, turn);
        server = start_answering(serving->line, "who", name);
        ping(server, "who", name);
        expect_ok(results_of(server));
        // In all ways.
        if (turn % 3 != 0) expect_ok(shutdown_of(server));
        pactwasm_mock_server_free(server);
    }
    return NULL;
}

static void servers_of_all(uint64_t instances) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *line;
    PactWasmError *error = NULL;
    pthread_t threads[THREADS];
    Serving serving[THREADS];
    int index;
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    if (instances > 0) OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
    host = test_host(config);
    line = test_plugin(host, "line");
    for (index = 0; index < THREADS; index++) {
        serving[index].line = line;
        serving[index].number = index;
        serving[index].count = reduced(30);
        CHECK_EQUAL(pthread_create(&threads[index], NULL, serve, &serving[index]), 0);
    }
    for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    pactwasm_plugin_free(line);
    pactwasm_host_free(host);
}

typedef struct Shutting {
    PactWasmMockServer *server;
    pthread_barrier_t *barrier;
    int32_t code;
} Shutting;

static void *shut_down(void *data) {
    Shutting *shutting = (Shutting *)data;
    PactWasmOutcome *outcome = NULL;
    pthread_barrier_wait(shutting->barrier);
    shutting->code = pactwasm_mock_server_shutdown(shutting->server, NULL, &outcome, NULL);
    CHECK((shutting->code == PACTWASM_OK) == (outcome != NULL));
    pactwasm_outcome_free(outcome);
    return NULL;
}

// Of all who shut a server down at the same time, one gets the results.
static void shutdowns_at_once(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *line = test_plugin(host, "line");
    int turn, index;
    for (turn = 0; turn < reduced(50); turn++) {
        PactWasmMockServer *server = start_answering(line, NULL, NULL);
        pthread_barrier_t barrier;
        pthread_t threads[THREADS];
        Shutting shutting[THREADS];
        int winners = 0;
        CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
        for (index = 0; index < THREADS; index++) {
            shutting[index].server = server;
            shutting[index].barrier = &barrier;
            CHECK_EQUAL(pthread_create(&threads[index], NULL, shut_down, &shutting[index]), 0);
        }
        for (index = 0; index < THREADS; index++) {
            CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
            if (shutting[index].code == PACTWASM_OK)
                winners++;
            else
                CHECK_EQUAL(shutting[index].code, PACTWASM_ERROR_NOT_FOUND);
        }
        CHECK_EQUAL(winners, 1);
        CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
        pactwasm_mock_server_free(server);
    }
    pactwasm_plugin_free(line);
    pactwasm_host_free(host);
}

static void *free_host(void *data) {
    pactwasm_host_free((PactWasmHost *)data);
    return NULL;
}

static void *free_plugin(void *data) {
    pactwasm_plugin_free((PactWasmPlugin *)data);
    return NULL;
}

static void *free_server(void *data) {
    pactwasm_mock_server_free((PactWasmMockServer *)data);
    return NULL;
}

// Host, plugin and server are freed at the same time, in the middle of requests.
static void freeing_servers_at_once(void) {
    int turn;
    for (turn = 0; turn < reduced(50); turn++) {
        PactWasmHost *host = test_host(NULL);
        PactWasmPlugin *line = test_plugin(host, "line");
        PactWasmMockServer *server = start_answering(line, "ping", "pong");
        pthread_t threads[3];
        int client = connect_to(server), port = server_info(server).port;
        send_message(client, turn % 2 == 0 ? "ping" : "!loop", text(""));
        CHECK_EQUAL(pthread_create(&threads[turn % 3], NULL, free_host, host), 0);
        CHECK_EQUAL(pthread_create(&threads[(turn + 1) % 3], NULL, free_plugin, line), 0);
        CHECK_EQUAL(pthread_create(&threads[(turn + 2) % 3], NULL, free_server, server), 0);
        CHECK_EQUAL(pthread_join(threads[0], NULL), 0);
        CHECK_EQUAL(pthread_join(threads[1], NULL), 0);
        CHECK_EQUAL(pthread_join(threads[2], NULL), 0);
        CHECK(!is_listening(port));
        close(client);
    }
}

int main(void) {
    many_calls(0);
    many_calls(1);
    loading_at_once();
    freeing_in_every_order();
    freeing_while_calls_run();
    freeing_a_switch_in_use();
    two_hosts();
    servers_of_all(0);
    servers_of_all(1);
    shutdowns_at_once();
    freeing_servers_at_once();
    return 0;
}
