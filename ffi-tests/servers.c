// Mock servers of the plugin line, with real clients: what they answer and tell, and what happens on their threads.
//
// server_faults.c has servers that misbehave, or are freed in the middle of what they do, server_load.c many clients and many
// servers, and server_ends.c the end of the process.

#include "transport.h"

#include <pthread.h>

static const char BINARY[] = {0, 10, 13, (char)255, 'O', 'K', ' ', '1', 10};
static const char REVERSED[] = {10, '1', ' ', 0, (char)254};

// Waits until the server has seen as many things that are wrong; gives the results.
static PactWasmOutcome *results_with(const PactWasmMockServer *server, size_t count) {
    PactWasmOutcome *outcome = results_of(server);
    while (outcome_info(outcome).count < count) {
        pactwasm_outcome_free(outcome);
        outcome = results_of(server);
    }
    CHECK_EQUAL(outcome_info(outcome).count, count);
    return outcome;
}

// ---- what they answer and tell ----

static void expect_mismatch(const PactWasmOutcome *outcome, size_t index, PactWasmView actual) {
    PactWasmResult result = result_of(outcome, index);
    PactWasmMismatch mismatch;
    CHECK_EQUAL(result.size, sizeof result);
    CHECK_TEXT(result.path, "reverse");
    CHECK_TEXT(result.error, "");
    CHECK_EQUAL(result.mismatch_count, 1);
    mismatch = outcome_mismatch(outcome, index, 0);
    CHECK_EQUAL(mismatch.size, sizeof mismatch);
    CHECK_TEXT(mismatch.expression, "reverse");
    CHECK_TEXT(mismatch.path, "reverse");
    CHECK_TEXT(mismatch.description, "expected 9 other bytes with the command `reverse`");
    CHECK_BYTES(mismatch.expected, BINARY, sizeof BINARY);
    CHECK_BYTES(mismatch.actual, actual.data, actual.len);
    CHECK_ABSENT(mismatch.diff);
    CHECK_TEXT(mismatch.mismatch_type, "body");
}

static void good_and_bad_requests(const PactWasmPlugin *plugin) {
    char *interaction = interaction_json("reverse", bytes(BINARY, sizeof BINARY), bytes(REVERSED, sizeof REVERSED));
    char *interactions = interactions_json(interaction);
    PactWasmStartRequest request = start_request(interactions);
    PactWasmMockServer *server = NULL;
    PactWasmMockServerInfo info;
    PactWasmOutcome *outcome = NULL, *before;
    PactWasmError *error = NULL;
    Message message;
    int client, other;
    OK(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &server, &error));
    free(interactions);
    free(interaction);
    info = server_info(server);
    CHECK_EQUAL(info.size, sizeof info);
    CHECK_TEXT(info.address, "127.0.0.1");
    CHECK(info.port > 0 && info.port < 65536);
    CHECK(info.key.len > 0);

    // Nothing has come yet.
    before = results_of(server);
    CHECK_EQUAL(outcome_info(before).ok, 0);
    CHECK_EQUAL(outcome_info(before).count, 1);
    CHECK_ABSENT(outcome_info(before).output_json);
    CHECK_TEXT(result_of(before, 0).path, "reverse");
    CHECK_TEXT(result_of(before, 0).error, "this interaction was expected and did not come");
    CHECK_EQUAL(result_of(before, 0).mismatch_count, 0);

    client = connect_to(server);
    ANSWERS(client, "reverse", bytes(BINARY, sizeof BINARY), "OK", bytes(REVERSED, sizeof REVERSED));
    expect_ok(results_of(server));
    ANSWERS(client, "reverse", bytes(BINARY, 1), "ERR", text("expected 9 other bytes with the command `reverse`"));
    outcome = results_of(server);
    CHECK_EQUAL(outcome_info(outcome).ok, 0);
    CHECK_EQUAL(outcome_info(outcome).count, 1);
    expect_mismatch(outcome, 0, bytes(BINARY, 1));
    pactwasm_outcome_free(outcome);

    // Not the protocol, and half a message.
    other = connect_to(server);
    send_bytes(other, "GET / HTTP/1.1\r\n\r\n", 18);
    CHECK(receive_message(other, &message));
    CHECK_TEXT(text(message.word), "ERR");
    free(message.data);
    CLOSED(other);
    other = connect_to(server);
    send_bytes(other, "reverse 9\nabc", 13);
    close(other);
    outcome = results_with(server, 3);
    CHECK_CONTAINS(result_of(outcome, 1).error, "is not a word and a length");
    CHECK_TEXT(result_of(outcome, 2).error, "the client closed in the middle of a request");
    CHECK_TEXT(result_of(outcome, 2).path, "");
    pactwasm_outcome_free(outcome);

    // The connection is still served; a shutdown closes it.
    ANSWERS(client, "reverse", bytes(BINARY, sizeof BINARY), "OK", bytes(REVERSED, sizeof REVERSED));
    outcome = shutdown_of(server);
    CHECK_EQUAL(outcome_info(outcome).ok, 0);
    CHECK_EQUAL(outcome_info(outcome).count, 3);
    expect_mismatch(outcome, 0, bytes(BINARY, 1));
    CHECK(!is_listening(info.port));
    CLOSED(client);

    // It is over, but the handle is one.
    CHECK_EQUAL(server_info(server).port, info.port);
    CHECK_BYTES(server_info(server).key, info.key.data, info.key.len);
    before = (pactwasm_outcome_free(before), NULL);
    GONE(pactwasm_mock_server_results(server, NULL, &before, &error));
    GONE(pactwasm_mock_server_shutdown(server, NULL, &before, &error));
    CHECK(before == NULL);
    pactwasm_mock_server_free(server);
    // Outcomes need no server.
    expect_mismatch(outcome, 0, bytes(BINARY, 1));
    pactwasm_outcome_free(outcome);
}

static void large_messages(const PactWasmPlugin *plugin) {
    const size_t length = slowness() < 10 ? 3 << 20 : 200 << 10;
    char *data = allocated(length), *interaction, *interactions;
    PactWasmStartRequest request;
    PactWasmMockServer *server = NULL;
    PactWasmError *error = NULL;
    int client, turn;
    size_t index;
    for (index = 0; index < length; index++) data[index] = (char)(index * 31 >> 3);
    interaction = interaction_json("large", bytes(data, length), bytes(data, length - 1));
    interactions = interactions_json(interaction);
    request = start_request(interactions);
    OK(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &server, &error));
    client = connect_to(server);
    for (turn = 0; turn < 3; turn++) {
        Message message;
        send_message(client, "large", bytes(data, length));
        CHECK(receive_message(client, &message));
        CHECK_TEXT(text(message.word), "OK");
        CHECK_EQUAL(message.len, length - 1);
        CHECK(memcmp(message.data, data, length - 1) == 0);
        free(message.data);
    }
    close(client);
    end_well(server);
    free(interactions);
    free(interaction);
    free(data);
}

static void side_by_side(const PactWasmPlugin *plugin) {
    enum { SERVERS = 6 };
    PactWasmMockServer *servers[SERVERS];
    char names[SERVERS][16];
    int index, other;
    for (index = 0; index < SERVERS; index++) {
        snprintf(names[index], sizeof names[index], "server %d", index);
        servers[index] = start_answering(plugin, "who", names[index]);
        for (other = 0; other < index; other++) {
            CHECK(server_info(servers[other]).port != server_info(servers[index]).port);
            CHECK(strcmp((const char *)server_info(servers[other]).key.data, (const char *)server_info(servers[index]).key.data) != 0);
        }
    }
    // What one has seen, the others have not.
    for (index = 0; index < SERVERS; index++) {
        PactWasmOutcome *outcome = results_of(servers[index]);
        CHECK_EQUAL(outcome_info(outcome).ok, 0);
        pactwasm_outcome_free(outcome);
        ping(servers[index], "who", names[index]);
        expect_ok(results_of(servers[index]));
    }
    for (index = 0; index < SERVERS; index += 2) end_well(servers[index]);
    for (index = 1; index < SERVERS; index += 2) ping(servers[index], "who", names[index]);
    for (index = SERVERS - 1; index > 0; index -= 2) end_well(servers[index]);
}

// Started by one, asked by the other, under the key that `info` tells.
static void generic_and_typed(const PactWasmPlugin *plugin) {
    static const char none[] = "{\"interactions\":[]}";
    PactWasmMockServer *server = start_answering(plugin, "ping", "pong");
    PactWasmBytes response;
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    char request[256];
    int port;
    snprintf(request, sizeof request, "{\"key\":\"%s\"}", (const char *)server_info(server).key.data);
#define CALL(operation) pactwasm_plugin_call(plugin, operation, strlen(operation), request, strlen(request), NULL, &response, &error)
    OK(CALL("get-mock-server-results"));
    CHECK(strstr((const char *)response.data, "\"ok\":false") != NULL);
    CHECK(strstr((const char *)response.data, "this interaction was expected and did not come") != NULL);
    pactwasm_bytes_free(&response);
    ping(server, "ping", "pong");
    expect_ok(results_of(server));
    OK(CALL("shutdown-mock-server"));
    CHECK_TEXT(bytes(response.data, response.len), "{\"ok\":true,\"results\":[]}");
    pactwasm_bytes_free(&response);
    CHECK(!is_listening(server_info(server).port));
    GONE(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
    GONE(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    GONE(CALL("get-mock-server-results"));
    CHECK(response.data == NULL);
    pactwasm_mock_server_free(server);

    // One that is shut down by its handle is gone for the generic call as well.
    server = start_answering(plugin, NULL, NULL);
    snprintf(request, sizeof request, "{\"key\":\"%s\"}", (const char *)server_info(server).key.data);
    end_well(server);
    GONE(CALL("shutdown-mock-server"));

    // Started by the generic call it lives without a handle.
    OK(pactwasm_plugin_call(plugin, "start-mock-server", 17, none, strlen(none), NULL, &response, &error));
    CHECK(strstr((const char *)response.data, "\"port\":") != NULL && strstr((const char *)response.data, "\"key\":\"") != NULL);
    port = atoi(strstr((const char *)response.data, "\"port\":") + 7);
    snprintf(request, sizeof request, "{\"key\":\"%.36s\"}", strstr((const char *)response.data, "\"key\":\"") + 7);
    pactwasm_bytes_free(&response);
    CHECK(is_listening(port));
    OK(CALL("shutdown-mock-server"));
    pactwasm_bytes_free(&response);
    CHECK(!is_listening(port));
}

// ---- starting ----

static void failing_to_start(void) {
    static const struct {
        const char *name, *config;
        int32_t code;
        const char *message;
    } cases[] = {
        {"fail", "{\"start\":\"fail\"}", PACTWASM_ERROR_PLUGIN, "the plugin answered: the guest does not start"},
        {"trap", "{\"start\":\"trap\"}", PACTWASM_ERROR_TRAP, "the plugin crashed"},
        {"loop", "{\"start\":\"loop\"}", PACTWASM_ERROR_DEADLINE, "no answer within the deadline of 500 ms"},
        {"declares", "{\"declares\":[\"interaction/message\"]}", PACTWASM_ERROR_UNSUPPORTED,
         "it does not take Synchronous/Messages interactions"},
    };
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin;
    PactWasmMockServer *server = NULL;
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    PactWasmCallOptions options;
    char *interaction = interaction_json("a", text(""), text("")), *interactions = interactions_json(interaction), scratch[4096];
    PactWasmStartRequest request = start_request(interactions);
    size_t index;
    int port, taken = listen_here(&port);
    snprintf(scratch, sizeof scratch, "%s", scratch_directory());
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        plugin = loaded_from(host, plugin_directory(scratch, cases[index].name, "line", cases[index].config));
        options = call_options(cases[index].code == PACTWASM_ERROR_DEADLINE ? 500 : 0);
        CHECK_EQUAL(pactwasm_plugin_start_mock_server(plugin, &request, &options, &server, &error), cases[index].code);
        CHECK(server == NULL);
        info = error_info(error);
        CHECK_CONTAINS(info.message, cases[index].message);
        CHECK_TEXT(info.plugin_name, "line");
        CHECK_TEXT(info.operation, "start-mock-server");
        pactwasm_error_free(error);
        error = NULL;
        pactwasm_plugin_free(plugin);
    }

    OK(pactwasm_host_load(host, "line", 4, NULL, 0, &plugin, &error));
#define START pactwasm_plugin_start_mock_server(plugin, &request, NULL, &server, &error)
    FAILS(START, PACTWASM_ERROR_WRONG_STATE, "start-mock-server: not initialised");
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    request.port = port;
    FAILS(START, PACTWASM_ERROR_PLUGIN, "cannot listen on");
    request.port = 0;
    request.tls = 1;
    FAILS(START, PACTWASM_ERROR_PLUGIN, "there is no TLS in this protocol");
    request.tls = 0;
    request.host_interface = text("0.0.0.0");
    FAILS(START, PACTWASM_ERROR_PERMISSION, "to listen on 0.0.0.0");
    request.host_interface = absent();
    request.interactions_json = text("[{\"interactionType\":\"Synchronous/HTTP\"}]");
    FAILS(START, PACTWASM_ERROR_PLUGIN, "the interaction has no plugin configuration");
    request.interactions_json = text(interactions);
    CHECK(server == NULL);
    // Whatever is called loopback is loopback.
    for (index = 0; index < 3; index++) {
        static const char *const names[] = {"", "localhost", "127.0.0.1"};
        request.host_interface = text(names[index]);
        OK(START);
        ping(server, "a", "");
        end_well(server);
    }
    pactwasm_plugin_free(plugin);
    plugin = test_plugin(host, "minimal");
    FAILS(START, PACTWASM_ERROR_UNSUPPORTED, "it does not export transport");
    pactwasm_plugin_free(plugin);
    close(taken);
    free(interactions);
    free(interaction);
    pactwasm_host_free(host);
}

// ---- callbacks ----

// What happens on the server's thread.
typedef struct Served {
    PactWasmMockServer *server;
    pthread_t thread;
    int handler_calls, records, frees;
    int32_t results, shutdown;
    char test_run_id[32];
} Served;

static void note_thread(Served *served) {
    if (served->handler_calls + served->records == 0) served->thread = pthread_self();
    CHECK(pthread_equal(served->thread, pthread_self()));
}

static void handles(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Served *served = (Served *)user_data;
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL, *refused = NULL;
    note_thread(served);
    served->handler_calls++;
    CHECK_TEXT(call->entry_key, "core/matcher/regex");
    CHECK_TEXT(call->plugin_name, "line");
    CHECK_TEXT(call->test_run_id, "run 7");
    CHECK(call->match_field != NULL && call->remaining_ms > 0);
    served->results = pactwasm_mock_server_results(served->server, NULL, &outcome, &refused);
    CHECK(outcome == NULL && refused != NULL);
    OK(pactwasm_answer_set_error(answer, pactwasm_error_message(refused), strlen(pactwasm_error_message(refused)), &error));
    pactwasm_error_free(refused);
    if (strncmp((const char *)call->match_field->actual.data.data, "free", 4) == 0) {
        served->frees++;
        pactwasm_mock_server_free(served->server);
        served->server = NULL;
    } else if (strncmp((const char *)call->match_field->actual.data.data, "shutdown", 8) == 0) {
        served->shutdown = pactwasm_mock_server_shutdown(served->server, NULL, &outcome, NULL);
        CHECK(outcome == NULL);
    }
}

static void logs(const PactWasmLogRecord *record, void *user_data) {
    Served *served = (Served *)user_data;
    if (record->message.len != 15 || memcmp(record->message.data, "from the server", 15) != 0) return;
    note_thread(served);
    served->records++;
    if (record->test_run_id.data == NULL) return;
    snprintf(served->test_run_id, sizeof served->test_run_id, "%s", (const char *)record->test_run_id.data);
}

static void callbacks(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    PactWasmOutcome *outcome = NULL;
    PactWasmStartRequest request = start_request("[]");
    PactWasmError *error = NULL;
    Served served;
    Message message;
    int client, port;
    memset(&served, 0, sizeof served);
    OK(pactwasm_config_set_handler(config, "matcher", 7, "regex", 5, NULL, 0, handles, &served, NULL, &error));
    OK(pactwasm_config_set_log_callback(config, logs, &served, NULL, &error));
    host = test_host(config);
    plugin = test_plugin(host, "line");
    request.test_context_json = text("{\"testRunId\":\"run 7\"}");
    OK(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &served.server, &error));
    port = server_info(served.server).port;
    client = connect_to(served.server);

    ANSWERS(client, "!log", text("from the server"), "OK", text(""));
    CHECK_EQUAL(served.records, 1);
    CHECK_TEXT(text(served.test_run_id), "run 7");
    CHECK(!pthread_equal(served.thread, pthread_self()));
    send_message(client, "!callback", text("123"));
    CHECK(receive_message(client, &message));
    CHECK_TEXT(text(message.word), "ERR");
    CHECK(strstr(message.data, "get-mock-server-results") != NULL);
    free(message.data);
    CHECK_EQUAL(served.handler_calls, 1);
    CHECK_EQUAL(served.results, PACTWASM_ERROR_BUSY);
    // It goes on, and another thread gets its results.
    expect_ok(results_of(served.server));

    // A shutdown from there ends the server all the same, as soon as the handler has returned.
    send_message(client, "!callback", text("shutdown"));
    CLOSED(client);
    CHECK_EQUAL(served.shutdown, PACTWASM_ERROR_BUSY);
    while (is_listening(port)) {
    }
    GONE(pactwasm_mock_server_results(served.server, NULL, &outcome, &error));
    pactwasm_mock_server_free(served.server);

    // So does freeing it.
    memset(&served, 0, sizeof served);
    OK(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &served.server, &error));
    port = server_info(served.server).port;
    client = connect_to(served.server);
    send_message(client, "!callback", text("free"));
    CLOSED(client);
    CHECK_EQUAL(served.frees, 1);
    while (is_listening(port)) {
    }
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// A handler that returns only when it is let go.
typedef struct Slow {
    pthread_barrier_t entered, let_go;
    int returned, destroyed;
} Slow;

static void takes_its_time(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Slow *slow = (Slow *)user_data;
    (void)call;
    (void)answer;
    pthread_barrier_wait(&slow->entered);
    pthread_barrier_wait(&slow->let_go);
    CHECK_EQUAL(__atomic_load_n(&slow->destroyed, __ATOMIC_ACQUIRE), 0);
    __atomic_store_n(&slow->returned, 1, __ATOMIC_RELEASE);
}

static void destroys(void *user_data) {
    Slow *slow = (Slow *)user_data;
    CHECK_EQUAL(__atomic_load_n(&slow->returned, __ATOMIC_ACQUIRE), 1);
    __atomic_fetch_add(&slow->destroyed, 1, __ATOMIC_RELEASE);
}

enum { KEPT = 4 };

// All handles are freed while a handler runs on the threads of several servers. Nobody waits for it for long, for all of them no
// longer than for one, and what it uses stays.
static void handler_that_takes_its_time(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    PactWasmMockServer *servers[KEPT];
    PactWasmError *error = NULL;
    Slow slow;
    double start;
    int clients[KEPT], ports[KEPT], i;
    memset(&slow, 0, sizeof slow);
    CHECK_EQUAL(pthread_barrier_init(&slow.entered, NULL, KEPT + 1), 0);
    CHECK_EQUAL(pthread_barrier_init(&slow.let_go, NULL, KEPT + 1), 0);
    OK(pactwasm_config_set_handler(config, "matcher", 7, "regex", 5, NULL, 0, takes_its_time, &slow, destroys, &error));
    host = test_host(config);
    plugin = test_plugin(host, "line");
    for (i = 0; i < KEPT; i++) {
        servers[i] = start_answering(plugin, NULL, NULL);
        ports[i] = server_info(servers[i]).port;
        clients[i] = connect_to(servers[i]);
        send_message(clients[i], "!callback", text("1"));
    }
    pthread_barrier_wait(&slow.entered);
    start = milliseconds();
    pactwasm_host_free(host);
    pactwasm_plugin_free(plugin);
    for (i = 0; i < KEPT; i++) pactwasm_mock_server_free(servers[i]);
    CHECK(milliseconds() - start < 3000.0 * slowness());
    CHECK_EQUAL(slow.destroyed, 0);
    pthread_barrier_wait(&slow.let_go);
    for (i = 0; i < KEPT; i++) {
        CLOSED(clients[i]);
        CHECK(!is_listening(ports[i]));
    }
    while (__atomic_load_n(&slow.destroyed, __ATOMIC_ACQUIRE) == 0) {
    }
    CHECK_EQUAL(slow.destroyed, 1);
    CHECK_EQUAL(pthread_barrier_destroy(&slow.entered), 0);
    CHECK_EQUAL(pthread_barrier_destroy(&slow.let_go), 0);
}

// ---- asking from many threads ----

enum { ASKERS = 4 };

typedef struct Asked {
    const PactWasmMockServer *server;
    int turns, answered, gone;
} Asked;

static void *ask_again_and_again(void *data) {
    Asked *asked = (Asked *)data;
    PactWasmError *error = NULL;
    while (asked->answered < asked->turns) {
        PactWasmOutcome *outcome = NULL;
        OK(pactwasm_mock_server_results(asked->server, NULL, &outcome, &error));
        pactwasm_outcome_free(outcome);
        __atomic_fetch_add(&asked->answered, 1, __ATOMIC_RELAXED);
    }
    for (;;) {
        PactWasmOutcome *outcome = NULL;
        int32_t code = pactwasm_mock_server_results(asked->server, NULL, &outcome, NULL);
        CHECK((code == PACTWASM_OK) == (outcome != NULL));
        pactwasm_outcome_free(outcome);
        if (code == PACTWASM_OK) continue;
        // Also for whoever asked while it was being shut down.
        CHECK_EQUAL(code, PACTWASM_ERROR_NOT_FOUND);
        break;
    }
    asked->gone = 1;
    return NULL;
}

static void asked_by_many(const PactWasmPlugin *plugin) {
    PactWasmMockServer *server = start_answering(plugin, "ping", "pong");
    pthread_t threads[ASKERS];
    Asked asked[ASKERS];
    int index, client = connect_to(server), turn;
    for (index = 0; index < ASKERS; index++) {
        memset(&asked[index], 0, sizeof asked[index]);
        asked[index].server = server;
        asked[index].turns = reduced(400);
        CHECK_EQUAL(pthread_create(&threads[index], NULL, ask_again_and_again, &asked[index]), 0);
    }
    for (turn = 0; turn < reduced(400); turn++) ANSWERS(client, "ping", text(""), "OK", text("pong"));
    for (index = 0; index < ASKERS; index++) {
        while (__atomic_load_n(&asked[index].answered, __ATOMIC_RELAXED) < asked[index].turns)
            ANSWERS(client, "ping", text(""), "OK", text("pong"));
    }
    expect_ok(shutdown_of(server));
    CLOSED(client);
    for (index = 0; index < ASKERS; index++) {
        CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
        CHECK_EQUAL(asked[index].gone, 1);
    }
    pactwasm_mock_server_free(server);
}

int main(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "line");
    good_and_bad_requests(plugin);
    large_messages(plugin);
    side_by_side(plugin);
    generic_and_typed(plugin);
    failing_to_start();
    callbacks();
    handler_that_takes_its_time();
    asked_by_many(plugin);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    return 0;
}
