// Mock servers and providers of the plugin line. Its messages are `<word> <length>\n` and as many bytes.

#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

// ---- interactions ----

static inline char *allocated(size_t length) {
    char *made = (char *)malloc(length);
    if (made == NULL) fail_at(__FILE__, __LINE__, "no memory");
    return made;
}

// A text in base64, to be freed.
static inline char *base64(PactWasmView view) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *data = (const unsigned char *)view.data;
    char *made = allocated((view.len + 2) / 3 * 4 + 1), *end = made;
    size_t index;
    for (index = 0; index < view.len; index += 3) {
        uint32_t group = (uint32_t)data[index] << 16;
        if (index + 1 < view.len) group |= (uint32_t)data[index + 1] << 8;
        if (index + 2 < view.len) group |= data[index + 2];
        *end++ = digits[group >> 18];
        *end++ = digits[group >> 12 & 63];
        *end++ = index + 1 < view.len ? digits[group >> 6 & 63] : '=';
        *end++ = index + 2 < view.len ? digits[group & 63] : '=';
    }
    *end = '\0';
    return made;
}

// An interaction as JSON, to be freed: a client that sends `command` with `request` gets `response`.
static inline char *interaction_json(const char *command, PactWasmView request, PactWasmView response) {
    char *sent = base64(request), *answered = base64(response);
    size_t capacity = strlen(sent) + strlen(answered) + 512;
    char *made = allocated(capacity);
    int length = snprintf(made, capacity,
                          "{\"interactionType\":\"Synchronous/Messages\",\"pluginConfiguration\":{\"interactionConfiguration\":"
                          "{\"command\":\"%s\",\"request\":\"%s\",\"response\":\"%s\"}},\"consumer\":\"c\",\"provider\":\"p\"}",
                          command, sent, answered);
    CHECK(length > 0 && (size_t)length < capacity);
    free(sent);
    free(answered);
    return made;
}

// A list with one interaction, or with none where that is NULL; to be freed.
static inline char *interactions_json(const char *interaction) {
    size_t capacity = (interaction == NULL ? 0 : strlen(interaction)) + 3;
    char *made = allocated(capacity);
    snprintf(made, capacity, "[%s]", interaction == NULL ? "" : interaction);
    return made;
}

// ---- mock servers ----

static inline PactWasmStartRequest start_request(const char *interactions) {
    PactWasmStartRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interactions_json = text(interactions);
    return request;
}

// A server that answers `command` without bytes with this text; with any other command it has no interaction at all.
static inline PactWasmMockServer *start_answering(const PactWasmPlugin *plugin, const char *command, const char *response) {
    char *interaction = command == NULL ? NULL : interaction_json(command, text(""), text(response));
    char *interactions = interactions_json(interaction);
    PactWasmStartRequest request = start_request(interactions);
    PactWasmMockServer *server = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &server, &error));
    CHECK(server != NULL);
    free(interactions);
    free(interaction);
    return server;
}

static inline PactWasmMockServerInfo server_info(const PactWasmMockServer *server) {
    PactWasmMockServerInfo info;
    PactWasmError *error = NULL;
    memset(&info, 0x5a, sizeof info);
    info.size = sizeof info;
    OK(pactwasm_mock_server_info(server, &info, &error));
    return info;
}

static inline PactWasmOutcome *results_of(const PactWasmMockServer *server) {
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    return outcome;
}

static inline PactWasmOutcome *shutdown_of(const PactWasmMockServer *server) {
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
    return outcome;
}

// There is no such server, or none any more.
#define GONE(call) FAILS(call, PACTWASM_ERROR_NOT_FOUND, "no mock server \"")

// ---- outcomes ----

static inline PactWasmOutcomeInfo outcome_info(const PactWasmOutcome *outcome) {
    PactWasmOutcomeInfo info;
    PactWasmError *error = NULL;
    memset(&info, 0x5a, sizeof info);
    info.size = sizeof info;
    OK(pactwasm_outcome_info(outcome, &info, &error));
    return info;
}

static inline PactWasmResult result_of(const PactWasmOutcome *outcome, size_t index) {
    PactWasmResult result;
    PactWasmError *error = NULL;
    memset(&result, 0x5a, sizeof result);
    result.size = sizeof result;
    OK(pactwasm_outcome_get(outcome, index, &result, &error));
    return result;
}

static inline PactWasmMismatch outcome_mismatch(const PactWasmOutcome *outcome, size_t index, size_t mismatch_index) {
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    memset(&mismatch, 0x5a, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    OK(pactwasm_outcome_mismatch(outcome, index, mismatch_index, &mismatch, &error));
    return mismatch;
}

// All that was expected came, and nothing else; the outcome is freed.
static inline void expect_ok(PactWasmOutcome *outcome) {
    PactWasmOutcomeInfo info = outcome_info(outcome);
    if (info.ok != 1 && info.count > 0) {
        PactWasmResult result = result_of(outcome, 0);
        fail_at(__FILE__, __LINE__, "the outcome is not ok: %s: %s", (const char *)result.path.data, (const char *)result.error.data);
    }
    CHECK_EQUAL(info.ok, 1);
    CHECK_EQUAL(info.count, 0);
    pactwasm_outcome_free(outcome);
}

// Shuts a server down that has seen all that it expects, and frees it.
static inline void end_well(PactWasmMockServer *server) {
    expect_ok(shutdown_of(server));
    pactwasm_mock_server_free(server);
}

// ---- messages ----

typedef struct Message {
    char word[64];
    // To be freed; followed by a NUL.
    char *data;
    size_t len;
} Message;

static inline void send_bytes(int socket, const void *data, size_t length) {
    const char *rest = (const char *)data;
    while (length > 0) {
        ssize_t sent = send(socket, rest, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        // Nobody reads any more: what is expected of the answer shows whether that is right.
        if (sent < 0) return;
        rest += sent;
        length -= (size_t)sent;
    }
}

static inline void send_message(int socket, const char *word, PactWasmView payload) {
    size_t capacity = strlen(word) + payload.len + 32;
    char *made = allocated(capacity);
    size_t length = (size_t)snprintf(made, capacity, "%s %zu\n", word, payload.len);
    if (payload.len > 0) memcpy(made + length, payload.data, payload.len);
    send_bytes(socket, made, length + payload.len);
    free(made);
}

// 1, or 0 where the connection was closed before.
static inline int receive_bytes(int socket, void *data, size_t length) {
    char *rest = (char *)data;
    while (length > 0) {
        ssize_t got = recv(socket, rest, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) fail_at(__FILE__, __LINE__, "nothing came within the time to receive");
        if (got <= 0) return 0;
        rest += got;
        length -= (size_t)got;
    }
    return 1;
}

static inline int receive_message(int socket, Message *message) {
    char line[128];
    size_t length = 0;
    memset(message, 0, sizeof *message);
    do {
        CHECK(length < sizeof line - 1);
        if (!receive_bytes(socket, line + length, 1)) return 0;
    } while (line[length++] != '\n');
    line[length - 1] = '\0';
    CHECK_EQUAL(sscanf(line, "%63s %zu", message->word, &message->len), 2);
    message->data = allocated(message->len + 1);
    message->data[message->len] = '\0';
    if (receive_bytes(socket, message->data, message->len)) return 1;
    free(message->data);
    return 0;
}

// ---- sockets ----

static inline struct sockaddr_in loopback(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline void patient(int socket) {
    struct timeval patience;
    int yes = 1;
    memset(&patience, 0, sizeof patience);
    patience.tv_sec = 100;
    CHECK_EQUAL(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    CHECK_EQUAL(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), 0);
}

// A connection to this machine, or −1 where nobody listens. Who comes while the listener closes is reset.
static inline int try_connect(int port) {
    struct sockaddr_in address = loopback(port), own;
    socklen_t length = sizeof own;
    int made = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(made >= 0);
    if (connect(made, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != ECONNRESET) CHECK_EQUAL(errno, ECONNREFUSED);
        close(made);
        return -1;
    }
    // Where nobody listens, the port of the client itself can be this one. It is connected to itself then.
    CHECK_EQUAL(getsockname(made, (struct sockaddr *)&own, &length), 0);
    if (own.sin_port == address.sin_port) {
        close(made);
        return -1;
    }
    patient(made);
    return made;
}

static inline int is_listening(int port) {
    int made = try_connect(port);
    if (made < 0) return 0;
    close(made);
    return 1;
}

static inline int connect_to(const PactWasmMockServer *server) {
    PactWasmMockServerInfo info = server_info(server);
    int made;
    CHECK_TEXT(info.address, "127.0.0.1");
    made = try_connect(info.port);
    if (made < 0) fail_at(__FILE__, __LINE__, "nobody listens on port %d", (int)info.port);
    return made;
}

// A socket that listens on a free port of this machine.
static inline int listen_here(int *port) {
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int made = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(made >= 0);
    CHECK_EQUAL(bind(made, (const struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQUAL(listen(made, 16), 0);
    CHECK_EQUAL(getsockname(made, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return made;
}

// ---- clients ----

#define ANSWERS(socket, word, payload, answer, expected)                                                                      \
    answers_at(__FILE__, __LINE__, (socket), (word), (payload), (answer), (expected))

// Sends a message and expects this answer.
static inline void answers_at(const char *file, int line, int socket, const char *word, PactWasmView payload, const char *answer,
                              PactWasmView expected) {
    Message message;
    send_message(socket, word, payload);
    if (!receive_message(socket, &message)) fail_at(file, line, "the server closed the connection instead of answering %s", word);
    if (strcmp(message.word, answer) != 0) fail_at(file, line, "%s got the answer %s: %s", word, message.word, message.data);
    check_bytes_at(file, line, word, bytes(message.data, message.len), expected.data, expected.len);
    free(message.data);
}

#define CLOSED(socket) closed_at(__FILE__, __LINE__, (socket))

// The other side has closed the connection; this one is closed, too.
static inline void closed_at(const char *file, int line, int socket) {
    Message message;
    if (receive_message(socket, &message)) fail_at(file, line, "expected the end of the connection, got %s", message.data);
    close(socket);
}

// A new client asks, and gets this text.
static inline void ping(const PactWasmMockServer *server, const char *command, const char *response) {
    int client = connect_to(server);
    ANSWERS(client, command, text(""), "OK", text(response));
    close(client);
}

// ---- plugins with a manifest of the test's own ----

// Makes a plugin directory out of an installed component, with this `pluginConfig`; gives its path, in static memory.
static inline const char *plugin_directory(const char *scratch, const char *directory, const char *name, const char *config) {
    static char path[4096];
    char file[8192], manifest[8192];
    size_t length;
    char *wasm;
    int written;
    snprintf(file, sizeof file, "%s/%s-1.0.0/%s.wasm", environment("PACT_WASM_TEST_PLUGINS"), name, name);
    wasm = read_file(file, &length);
    snprintf(path, sizeof path, "%s/%s", scratch, directory);
    if (mkdir(path, 0755) != 0) fail_at(__FILE__, __LINE__, "mkdir %s: %s", path, strerror(errno));
    snprintf(file, sizeof file, "%s/%s.wasm", path, name);
    write_file(file, wasm, length);
    free(wasm);
    written = snprintf(manifest, sizeof manifest,
                       "{\"manifestVersion\":1,\"pluginInterfaceVersion\":2,\"name\":\"%s\",\"version\":\"1.0.0\","
                       "\"executableType\":\"wasm\",\"entryPoint\":\"%s.wasm\",\"pluginConfig\":%s}",
                       name, name, config);
    CHECK(written > 0 && (size_t)written < sizeof manifest);
    snprintf(file, sizeof file, "%s/pact-plugin.json", path);
    write_file(file, manifest, (size_t)written);
    return path;
}

static inline PactWasmPlugin *loaded_from(const PactWasmHost *host, const char *directory) {
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error));
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    return plugin;
}

static inline void grant(const PactWasmConfig *config, const char *plugin, int32_t permission, const char *value) {
    PactWasmError *error = NULL;
    OK(pactwasm_config_grant(config, plugin, plugin == NULL ? 0 : strlen(plugin), permission, value, strlen(value), &error));
}

#endif
