// Mock servers at the end of their process, in a process that forks, and beside one that it has started.
//
// Run with an argument it is a process of its own that main() starts: "exit", "return" or "wait".

#include "transport.h"

#include <sys/wait.h>

// A process that ends does not wait for its servers, longer than this at least.
static const double SOON = 2000.0;

// ---- the end of the process ----

static PactWasmHost *host;
static PactWasmPlugin *plugin;
static PactWasmMockServer *servers[4];

// Servers that do everything at which a process could find them, with connections that are open.
static void start_some(void) {
    static const char *const busy_with[] = {NULL, "!loop", "!sleep", "!spin"};
    size_t index;
    host = test_host(NULL);
    plugin = test_plugin(host, "line");
    for (index = 0; index < sizeof servers / sizeof *servers; index++) {
        int client;
        servers[index] = start_answering(plugin, "ping", "pong");
        client = connect_to(servers[index]);
        ANSWERS(client, "ping", text(""), "OK", text("pong"));
        if (busy_with[index] != NULL) send_message(client, busy_with[index], text(""));
    }
}

// The clock is the same in all processes.
static void tell_the_time(void) {
    printf("%.3f\n", milliseconds());
    fflush(stdout);
}

static int as_a_process(const char *way) {
    if (strcmp(way, "wait") == 0) return getchar() == EOF ? 0 : 1;
    alarm(30U * (unsigned)slowness());
    start_some();
    tell_the_time();
    if (strcmp(way, "exit") == 0) exit(0);
    return 0;
}

// Starts this program once more, with its standard input and output at the other ends of pipes.
static pid_t start_process(const char *program, const char *way, int *input, int *output) {
    int in[2], out[2];
    pid_t child;
    CHECK_EQUAL(pipe(in), 0);
    CHECK_EQUAL(pipe(out), 0);
    fflush(stdout);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (dup2(in[0], 0) != 0 || dup2(out[1], 1) != 1) _exit(2);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        execl(program, program, way, (char *)NULL);
        _exit(3);
    }
    close(in[0]);
    close(out[1]);
    *input = in[1];
    *output = out[0];
    return child;
}

static void finish(pid_t child) {
    int status = 0;
    CHECK(child > 0);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) fail_at(__FILE__, __LINE__, "the child was ended by signal %d", WTERMSIG(status));
    CHECK_EQUAL(WEXITSTATUS(status), 0);
}

static void ending(const char *program, const char *way) {
    char said[64];
    size_t length = 0;
    ssize_t got;
    double took;
    int input, output;
    pid_t child = start_process(program, way, &input, &output);
    while ((got = read(output, said + length, sizeof said - 1 - length)) > 0) length += (size_t)got;
    said[length] = '\0';
    finish(child);
    took = milliseconds() - atof(said);
    CHECK(length > 0);
    printf("%s: the process ended %.0f ms later\n", way, took);
    CHECK(took >= 0.0 && took < SOON * slowness());
    close(input);
    close(output);
}

// ---- processes that are started meanwhile ----

// They inherit no socket: the port is free although they run.
static void started_process_holds_nothing(const char *program) {
    PactWasmMockServer *server = start_answering(plugin, "ping", "pong");
    int port = server_info(server).port, client = connect_to(server), input, output;
    pid_t child;
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    child = start_process(program, "wait", &input, &output);
    end_well(server);
    CLOSED(client);
    // Until it has come to exec, the process has them as every child has.
    while (is_listening(port)) {
        int status;
        if (waitpid(child, &status, WNOHANG) != 0) fail_at(__FILE__, __LINE__, "the process ended early");
    }
    close(input);
    close(output);
    finish(child);
}

#if !defined(__SANITIZE_ADDRESS__)
// ---- fork ----

#define FORKED(call) FAILS(call, PACTWASM_ERROR_FORKED, "made before the process forked")

static void in_the_child(PactWasmMockServer *server, PactWasmOutcome *seen) {
    PactWasmStartRequest request = start_request("[]");
    PactWasmMockServer *another = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmHost *own;
    PactWasmPlugin *its;
    PactWasmError *error = NULL;
    // fork.c has all functions.
    FORKED(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    FORKED(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
    FORKED(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &another, &error));
    CHECK(outcome == NULL && another == NULL);
    pactwasm_mock_server_free(server);
    pactwasm_outcome_free(seen);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);

    // Its own work, also while the parent's runs.
    own = test_host(NULL);
    its = test_plugin(own, "line");
    another = start_answering(its, "ping", "of the child");
    ping(another, "ping", "of the child");
    end_well(another);
    pactwasm_plugin_free(its);
    pactwasm_host_free(own);
}

static void forking(void) {
    PactWasmMockServer *server = start_answering(plugin, "ping", "pong"), *unheard = start_answering(plugin, "ping", "pong");
    PactWasmOutcome *seen = results_of(unheard);
    int client = connect_to(server), port = server_info(server).port, turn;
    ANSWERS(client, "ping", text(""), "OK", text("pong"));
    for (turn = 0; turn < reduced(8); turn++) {
        pid_t child;
        fflush(stdout);
        child = fork();
        if (child == 0) {
            alarm(30U * (unsigned)slowness());
            in_the_child(server, seen);
            // Every second one ends as most processes do.
            if (turn % 2 == 1) exit(0);
            _exit(0);
        }
        // The parent's servers go on meanwhile.
        ANSWERS(client, "ping", text(""), "OK", text("pong"));
        ping(server, "ping", "pong");
        expect_ok(results_of(server));
        finish(child);
        ANSWERS(client, "ping", text(""), "OK", text("pong"));
    }
    CHECK_EQUAL(outcome_info(seen).count, 1);
    pactwasm_outcome_free(seen);
    ping(unheard, "ping", "pong");
    end_well(unheard);
    end_well(server);
    CLOSED(client);
    CHECK(!is_listening(port));
}

#endif

int main(int argc, char **argv) {
    if (argc == 2) return as_a_process(argv[1]);
    alarm(100U * (unsigned)slowness());
    ending(argv[0], "exit");
    ending(argv[0], "return");
    host = test_host(NULL);
    plugin = test_plugin(host, "line");
    started_process_holds_nothing(argv[0]);
#if !defined(__SANITIZE_ADDRESS__)
    // The sanitizer's own allocator does not survive a fork while another thread allocates.
    forking();
#endif
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    return 0;
}
