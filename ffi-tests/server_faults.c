// Mock servers that misbehave, or are ended in the middle of what they do: nobody waits for longer than was agreed, and no other
// server notices.

#include "transport.h"

#include <pthread.h>

// Milliseconds in which a server answers that can, but not many more, because some tests wait for them to pass.
static uint64_t short_timeout(void) {
    return slowness() < 10 ? 300U * (unsigned)slowness() : 3000;
}

static PactWasmHost *host_with(int32_t limit, uint64_t value) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    if (limit != 0) OK(pactwasm_config_set_limit(config, limit, value, &error));
    return test_host(config);
}

// ---- misbehaviour ----

// Each command ends its server, and no other.
static void misbehaviour(void) {
    static const struct {
        const char *command;
        int32_t limit;
        uint64_t value;
        const char *reason;
    } cases[] = {
        {"!trap", 0, 0, "the plugin crashed"},
        {"!fail", 0, 0, "the server gave up"},
        {"!loop", PACTWASM_LIMIT_TIMEOUT_MS, 0, "no answer within the deadline of "},
        {"!spin", PACTWASM_LIMIT_TIMEOUT_MS, 0, "no answer within the deadline of "},
        {"!alloc", PACTWASM_LIMIT_MEMORY, 16 << 20, "bytes of memory"},
    };
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        uint64_t value = cases[index].limit == PACTWASM_LIMIT_TIMEOUT_MS ? short_timeout() : cases[index].value;
        PactWasmHost *host = host_with(cases[index].limit, value);
        PactWasmPlugin *plugin = test_plugin(host, "line");
        PactWasmMockServer *victim = start_answering(plugin, NULL, NULL), *neighbour = start_answering(plugin, "ping", "pong");
        PactWasmOutcome *outcome, *again;
        int client = connect_to(victim), bystander = connect_to(victim), near = connect_to(neighbour);
        snprintf(test_case, sizeof test_case, "%s:", cases[index].command);
        send_message(client, cases[index].command, text(""));
        // Meanwhile nobody else notices.
        ANSWERS(near, "ping", text(""), "OK", text("pong"));
        CLOSED(client);
        CLOSED(bystander);
        CHECK(!is_listening(server_info(victim).port));
        outcome = results_of(victim);
        CHECK_EQUAL(outcome_info(outcome).ok, 0);
        CHECK_EQUAL(outcome_info(outcome).count, 1);
        CHECK_CONTAINS(result_of(outcome, 0).error, "plugin line 1.0.0, serve-mock-server: ");
        CHECK_CONTAINS(result_of(outcome, 0).error, cases[index].reason);
        CHECK_TEXT(result_of(outcome, 0).path, "");
        CHECK_EQUAL(result_of(outcome, 0).mismatch_count, 0);
        again = shutdown_of(victim);
        CHECK_TEXT(result_of(again, 0).error, (const char *)result_of(outcome, 0).error.data);
        pactwasm_outcome_free(again);
        pactwasm_outcome_free(outcome);
        ANSWERS(near, "ping", text(""), "OK", text("pong"));
        close(near);
        // Nor do servers that start now.
        pactwasm_mock_server_free(victim);
        victim = start_answering(plugin, "ping", "again");
        ping(victim, "ping", "again");
        end_well(victim);
        end_well(neighbour);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(host);
    }
    *test_case = '\0';
}

typedef struct Asking {
    const PactWasmMockServer *server;
    PactWasmCallOptions options;
    int32_t code;
    double ended;
} Asking;

static void *ask(void *data) {
    Asking *asking = (Asking *)data;
    PactWasmOutcome *outcome = NULL;
    asking->code = pactwasm_mock_server_results(asking->server, &asking->options, &outcome, NULL);
    asking->ended = milliseconds();
    CHECK(outcome == NULL);
    return NULL;
}

// Has a server sleep, and waits until it does. Its client's socket.
static int put_to_sleep(const PactWasmMockServer *server) {
    PactWasmCallOptions options = call_options(short_timeout());
    PactWasmOutcome *outcome = NULL;
    int32_t code;
    int client = connect_to(server);
    send_message(client, "!sleep", text(""));
    while ((code = pactwasm_mock_server_results(server, &options, &outcome, NULL)) == PACTWASM_OK) pactwasm_outcome_free(outcome);
    CHECK_EQUAL(code, PACTWASM_ERROR_DEADLINE);
    CHECK(outcome == NULL);
    return client;
}

// Who asks a server that does not listen gets an error in time, and a shutdown ends it in any case.
static void deadlines_and_cancelling(const PactWasmPlugin *plugin) {
    PactWasmMockServer *server = start_answering(plugin, NULL, NULL), *neighbour = start_answering(plugin, "ping", "pong");
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    PactWasmCancel *cancel = NULL;
    PactWasmCallOptions options = call_options(100);
    Asking asking;
    pthread_t thread;
    double start, took;
    int client = put_to_sleep(server), port = server_info(server).port;

    start = milliseconds();
    FAILS(pactwasm_mock_server_results(server, &options, &outcome, &error), PACTWASM_ERROR_DEADLINE,
          "plugin line 1.0.0, get-mock-server-results: no answer within the deadline of 100 ms");
    took = milliseconds() - start;
    CHECK(took >= 99.0 && took < 200.0 * slowness());

    OK(pactwasm_cancel_new(&cancel, &error));
    memset(&asking, 0, sizeof asking);
    asking.server = server;
    asking.options = call_options(600000);
    asking.options.cancel = cancel;
    CHECK_EQUAL(pthread_create(&thread, NULL, ask, &asking), 0);
    ping(neighbour, "ping", "pong");
    start = milliseconds();
    OK(pactwasm_cancel_trigger(cancel, &error));
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(asking.code, PACTWASM_ERROR_CANCELLED);
    CHECK(asking.ended - start < 100.0 * slowness());

    // Who still waits for it when another one ends it is told so.
    asking.options = call_options(600000);
    CHECK_EQUAL(pthread_create(&thread, NULL, ask, &asking), 0);
    FAILS(pactwasm_mock_server_shutdown(server, &options, &outcome, &error), PACTWASM_ERROR_DEADLINE, "shutdown-mock-server: no answer");
    CHECK(outcome == NULL);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(asking.code, PACTWASM_ERROR_NOT_FOUND);
    CHECK(!is_listening(port));
    CLOSED(client);
    GONE(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    GONE(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
    pactwasm_mock_server_free(server);

    // A switch that is on already: no results, but the end, whether it sleeps or would answer.
    options = call_options(0);
    options.cancel = cancel;
    server = start_answering(plugin, NULL, NULL);
    port = server_info(server).port;
    FAILS(pactwasm_mock_server_results(server, &options, &outcome, &error), PACTWASM_ERROR_CANCELLED, "cancelled by the caller");
    CHECK(is_listening(port));
    FAILS(pactwasm_mock_server_shutdown(server, &options, &outcome, &error), PACTWASM_ERROR_CANCELLED, "cancelled by the caller");
    CHECK(!is_listening(port));
    GONE(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
    pactwasm_mock_server_free(server);
    server = start_answering(plugin, NULL, NULL);
    port = server_info(server).port;
    client = put_to_sleep(server);
    FAILS(pactwasm_mock_server_shutdown(server, &options, &outcome, &error), PACTWASM_ERROR_CANCELLED, "cancelled by the caller");
    CHECK(!is_listening(port));
    CLOSED(client);
    pactwasm_mock_server_free(server);
    pactwasm_cancel_free(cancel);
    ping(neighbour, "ping", "pong");
    end_well(neighbour);
}

// A server that rests lives longer than its timeout.
static void resting(void) {
    const uint64_t timeout = short_timeout();
    PactWasmHost *host = host_with(PACTWASM_LIMIT_TIMEOUT_MS, timeout);
    PactWasmPlugin *plugin = test_plugin(host, "line");
    PactWasmMockServer *server = start_answering(plugin, "ping", "pong");
    struct timespec rest;
    int client = connect_to(server);
    rest.tv_sec = (time_t)(timeout * 2 / 1000);
    rest.tv_nsec = (long)(timeout * 2 % 1000 * 1000000);
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    nanosleep(&rest, NULL);
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    close(client);
    end_well(server);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// ---- freeing ----

// In any order, in the middle of whatever it does, a freed server is gone when the function returns.
static void freeing(void) {
    static const char *const busy_with[] = {NULL, "!sleep", "!loop", "!spin"};
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "line");
    PactWasmMockServer *server, *neighbour;
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    size_t index;
    int client, port;
    for (index = 0; index < sizeof busy_with / sizeof *busy_with; index++) {
        server = start_answering(plugin, "ping", "pong");
        port = server_info(server).port;
        client = connect_to(server);
        ANSWERS(client, "ping", text(""), "OK", text("pong"));
        if (busy_with[index] != NULL) send_message(client, busy_with[index], text(""));
        pactwasm_mock_server_free(server);
        CHECK(!is_listening(port));
        CLOSED(client);
    }

    // The handle keeps the plugin loaded, and the host's end is the server's.
    server = start_answering(plugin, "ping", "pong");
    neighbour = start_answering(plugin, "ping", "pong");
    client = connect_to(server);
    port = server_info(server).port;
    pactwasm_plugin_free(plugin);
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    expect_ok(results_of(server));
    ping(neighbour, "ping", "pong");
    end_well(neighbour);
    pactwasm_host_free(host);
    CHECK(!is_listening(port));
    CLOSED(client);
    CHECK_EQUAL(server_info(server).port, port);
    GONE(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    GONE(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
    pactwasm_mock_server_free(server);

    // The host first: the plugin stays usable, and a server that it starts now lives until it is freed itself.
    host = test_host(NULL);
    plugin = test_plugin(host, "line");
    server = start_answering(plugin, "ping", "pong");
    port = server_info(server).port;
    pactwasm_host_free(host);
    CHECK(!is_listening(port));
    pactwasm_mock_server_free(server);
    server = start_answering(plugin, "ping", "pong");
    port = server_info(server).port;
    pactwasm_plugin_free(plugin);
    ping(server, "ping", "pong");
    pactwasm_mock_server_free(server);
    CHECK(!is_listening(port));

    // Without any handle of its own, as the generic call starts it, the plugin's end is the server's.
    host = test_host(NULL);
    plugin = test_plugin(host, "line");
    {
        PactWasmBytes response;
        OK(pactwasm_plugin_call(plugin, "start-mock-server", 17, "{\"interactions\":[]}", 19, NULL, &response, &error));
        port = atoi(strstr((const char *)response.data, "\"port\":") + 7);
        pactwasm_bytes_free(&response);
    }
    CHECK(is_listening(port));
    pactwasm_plugin_free(plugin);
    CHECK(!is_listening(port));
    pactwasm_host_free(host);
}

int main(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "line");
    misbehaviour();
    deadlines_and_cancelling(plugin);
    resting();
    freeing();
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    return 0;
}
