// Mock servers in numbers: many clients of one, many one after the other, and one that has nothing to do. Nothing is left behind.

#include "transport.h"

#include <dirent.h>
#include <pthread.h>

// ---- many clients ----

enum { CLIENTS = 32 };

typedef struct Work {
    const PactWasmMockServer *server;
    pthread_barrier_t *barrier;
    int number, count;
} Work;

// Every tenth request is wrong, and known by its number.
static void *work(void *data) {
    const Work *mine = (const Work *)data;
    int client = connect_to(mine->server), request;
    pthread_barrier_wait(mine->barrier);
    for (request = 0; request < mine->count; request++) {
        char number[32];
        snprintf(number, sizeof number, "%d-%d", mine->number, request);
        if (request % 10 == 0)
            ANSWERS(client, "ping", text(number), "ERR", text("expected 0 other bytes with the command `ping`"));
        else
            ANSWERS(client, "ping", text(""), "OK", text("pong"));
    }
    close(client);
    return NULL;
}

static void many_clients(const PactWasmPlugin *plugin) {
    PactWasmMockServer *server = start_answering(plugin, "ping", "pong");
    PactWasmOutcome *outcome;
    pthread_barrier_t barrier;
    pthread_t threads[CLIENTS];
    Work works[CLIENTS];
    const int count = reduced(500), wrong = (count + 9) / 10;
    char *seen = (char *)calloc((size_t)(CLIENTS * count), 1);
    int index;
    CHECK(seen != NULL);
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, CLIENTS), 0);
    for (index = 0; index < CLIENTS; index++) {
        works[index].server = server;
        works[index].barrier = &barrier;
        works[index].number = index;
        works[index].count = count;
        CHECK_EQUAL(pthread_create(&threads[index], NULL, work, &works[index]), 0);
    }
    for (index = 0; index < CLIENTS; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
    outcome = shutdown_of(server);
    CHECK_EQUAL(outcome_info(outcome).ok, 0);
    CHECK_EQUAL(outcome_info(outcome).count, CLIENTS * wrong);
    // Each of the wrong ones once.
    for (index = 0; index < CLIENTS * wrong; index++) {
        PactWasmMismatch mismatch = outcome_mismatch(outcome, (size_t)index, 0);
        int client = -1, request = -1;
        CHECK(mismatch.actual.data != NULL && sscanf((const char *)mismatch.actual.data, "%d-%d", &client, &request) == 2);
        CHECK(client >= 0 && client < CLIENTS && request >= 0 && request < count && request % 10 == 0);
        CHECK_EQUAL(seen[client * count + request]++, 0);
    }
    free(seen);
    pactwasm_outcome_free(outcome);
    pactwasm_mock_server_free(server);
}

// ---- one after the other ----

// NULL where the port is taken.
static PactWasmMockServer *start_on(const PactWasmPlugin *plugin, int port) {
    char *interaction = interaction_json("ping", text(""), text("pong")), *interactions = interactions_json(interaction);
    PactWasmStartRequest request = start_request(interactions);
    PactWasmMockServer *server = NULL;
    PactWasmError *error = NULL;
    request.port = port;
    if (pactwasm_plugin_start_mock_server(plugin, &request, NULL, &server, &error) != PACTWASM_OK)
        CHECK_CONTAINS(text(pactwasm_error_message(error)), "cannot listen on");
    pactwasm_error_free(error);
    free(interactions);
    free(interaction);
    return server;
}

// The port is free again at once, with connections that were open at the end and some that were not.
static void same_port_again(const PactWasmPlugin *plugin) {
    PactWasmMockServer *server;
    // One that the system gives to nobody who asks for any, so that no other process can have it meanwhile.
    int port = 20000 + (int)(getpid() % 10000), turn, clients[2] = {-1, -1};
    while ((server = start_on(plugin, port)) == NULL) port++;
    ping(server, "ping", "pong");
    end_well(server);
    for (turn = 0; turn < reduced(40); turn++) {
        server = start_on(plugin, port);
        if (server == NULL) fail_at(__FILE__, __LINE__, "port %d is still taken", port);
        CHECK_EQUAL(server_info(server).port, port);
        clients[turn % 2] = connect_to(server);
        ANSWERS(clients[turn % 2], "ping", text(""), "OK", text("pong"));
        ping(server, "ping", "pong");
        // Ended in both ways.
        if (turn % 3 == 0)
            pactwasm_mock_server_free(server);
        else
            end_well(server);
        CLOSED(clients[turn % 2]);
    }
}

// What a process has of something: the entries of a directory in /proc.
static int entries_of(const char *path) {
    DIR *directory = opendir(path);
    int count = 0;
    CHECK(directory != NULL);
    while (readdir(directory) != NULL) count++;
    closedir(directory);
    return count;
}

// A thread that has ended is still there for a moment after it was the last to do anything.
static int threads_settled_at(int expected) {
    int turn, now = 0;
    for (turn = 0; turn < 1000; turn++) {
        struct timespec moment = {0, 2000000};
        now = entries_of("/proc/self/task");
        if (now <= expected) break;
        nanosleep(&moment, NULL);
    }
    return now;
}

#if !defined(__SANITIZE_ADDRESS__)
static size_t resident_bytes(void) {
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%lu %lu", &total, &resident) == 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

static void rounds(const PactWasmPlugin *plugin, int count, int requests) {
    int turn, request;
    for (turn = 0; turn < count; turn++) {
        PactWasmMockServer *server = start_answering(plugin, "ping", "pong");
        int client = connect_to(server);
        for (request = 0; request < requests; request++) ANSWERS(client, "ping", text(""), "OK", text("pong"));
        close(client);
        end_well(server);
    }
}

static void nothing_is_left(const PactWasmPlugin *plugin) {
    const int count = reduced(200), requests = reduced(100);
    int descriptors, threads;
    rounds(plugin, count / 4, requests);
    descriptors = entries_of("/proc/self/fd");
    threads = entries_of("/proc/self/task");
#if !defined(__SANITIZE_ADDRESS__)
    size_t before = resident_bytes(), after;
#endif
    rounds(plugin, count, requests);
    CHECK_EQUAL(entries_of("/proc/self/fd"), descriptors);
    CHECK(threads_settled_at(threads) <= threads);
#if !defined(__SANITIZE_ADDRESS__)
    after = resident_bytes();
    printf("%d servers, %d requests each: resident memory %zu KiB before, %zu KiB after\n", count, requests, before >> 10, after >> 10);
    // valgrind keeps books in the same process.
    if (slowness() < 10) CHECK(after < before + (2 << 20));
#endif
}

// The same where they crash, are stopped, or are just freed.
static void nothing_is_left_of_those_that_die(const PactWasmPlugin *plugin) {
    static const char *const ends[] = {"!trap", "!fail", "!sleep", "!loop"};
    int descriptors = 0, threads = 0, turn;
    for (turn = 0; turn < 4 + reduced(40); turn++) {
        PactWasmMockServer *server = start_answering(plugin, NULL, NULL);
        int client = connect_to(server);
        send_message(client, ends[turn % 4], text(""));
        if (turn % 4 < 2) CLOSED(client);
        pactwasm_mock_server_free(server);
        if (turn % 4 >= 2) CLOSED(client);
        if (turn != 3) continue;
        threads = entries_of("/proc/self/task");
        descriptors = entries_of("/proc/self/fd");
    }
    CHECK_EQUAL(entries_of("/proc/self/fd"), descriptors);
    CHECK(threads_settled_at(threads) <= threads);
}

// ---- nothing to do ----

static double processor_ms(void) {
    struct timespec now;
    CHECK_EQUAL(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// Servers that nobody asks anything, with and without connections, do not keep a processor busy.
static void idle(const PactWasmPlugin *plugin) {
    PactWasmMockServer *servers[2];
    struct timespec rest = {10, 0};
    double before, used;
    int client;
    servers[0] = start_answering(plugin, "ping", "pong");
    servers[1] = start_answering(plugin, "ping", "pong");
    client = connect_to(servers[0]);
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    before = processor_ms();
    CHECK_EQUAL(nanosleep(&rest, NULL), 0);
    used = processor_ms() - before;
    printf("two idle servers used %.1f ms of a processor in 10 s\n", used);
    CHECK(used < 50.0);
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    close(client);
    ping(servers[1], "ping", "pong");
    end_well(servers[0]);
    end_well(servers[1]);
}

int main(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "line");
    many_clients(plugin);
    same_port_again(plugin);
    nothing_is_left(plugin);
    nothing_is_left_of_those_that_die(plugin);
    if (slowness() == 1) idle(plugin);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    return 0;
}
