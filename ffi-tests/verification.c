// Verification of providers with the plugin line: what is prepared, what is sent, and what becomes of the answer. The providers
// are threads of this program.

#include "transport.h"

#include <pthread.h>

static const char REQUEST[] = {0, (char)255, '\n', 'x'};
static const char RESPONSE[] = {(char)254, 0, 'O', 'K'};
static const char NONCE[] = {(char)255, 0};

// ---- providers ----

// Answers one request on each of so many connections with the same, and keeps the last request.
typedef struct Provider {
    pthread_t thread;
    int listener, port, connections;
    // NULL: it closes the connection without an answer.
    const char *word;
    PactWasmView answer;
    Message asked;
} Provider;

static void *provide(void *data) {
    Provider *provider = (Provider *)data;
    int turn;
    for (turn = 0; turn < provider->connections; turn++) {
        int client = accept(provider->listener, NULL, NULL);
        CHECK(client >= 0);
        patient(client);
        free(provider->asked.data);
        CHECK(receive_message(client, &provider->asked));
        if (provider->word != NULL) send_message(client, provider->word, provider->answer);
        close(client);
    }
    return NULL;
}

static void start_provider(Provider *provider, int connections, const char *word, PactWasmView answer) {
    memset(provider, 0, sizeof *provider);
    provider->listener = listen_here(&provider->port);
    provider->connections = connections;
    provider->word = word;
    provider->answer = answer;
    CHECK_EQUAL(pthread_create(&provider->thread, NULL, provide, provider), 0);
}

// What it was asked last.
static void end_provider(Provider *provider, const char *word, PactWasmView request) {
    CHECK_EQUAL(pthread_join(provider->thread, NULL), 0);
    CHECK_TEXT(text(provider->asked.word), word);
    CHECK_BYTES(bytes(provider->asked.data, provider->asked.len), request.data, request.len);
    free(provider->asked.data);
    close(provider->listener);
}

// ---- requests ----

static PactWasmHost *host;
static PactWasmPlugin *plugin;
static char *interaction;

static PactWasmView whole_request(void) {
    return bytes(REQUEST, sizeof REQUEST);
}

// The configuration of a verification, in static memory.
static PactWasmView config_for(int port) {
    static char made[128];
    snprintf(made, sizeof made, "{\"host\":\"127.0.0.1\",\"port\":%d,\"nonce\":\"/wA=\"}", port);
    return text(made);
}

static PactWasmData *prepared(PactWasmView config) {
    PactWasmPrepareRequest request;
    PactWasmData *data = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interaction_json = text(interaction);
    request.config_json = config;
    OK(pactwasm_plugin_prepare_interaction(plugin, &request, NULL, &data, &error));
    CHECK(data != NULL);
    return data;
}

static PactWasmInteractionData view_of(const PactWasmData *data) {
    PactWasmInteractionData view;
    PactWasmError *error = NULL;
    memset(&view, 0x5a, sizeof view);
    OK(pactwasm_data_get(data, &view, &error));
    return view;
}

static PactWasmVerifyRequest verify_request(PactWasmView config) {
    PactWasmVerifyRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interaction_json = text(interaction);
    request.config_json = config;
    return request;
}

static PactWasmMetadata json_metadata(const char *name, const char *json) {
    PactWasmMetadata made;
    made.name = text(name);
    made.json = text(json);
    made.bytes = absent();
    return made;
}

static PactWasmMetadata bytes_metadata(const char *name, PactWasmView value) {
    PactWasmMetadata made;
    made.name = text(name);
    made.json = absent();
    made.bytes = value;
    return made;
}

static void expect_metadata(PactWasmMetadata actual, PactWasmMetadata expected) {
    CHECK_BYTES(actual.name, expected.name.data, expected.name.len);
    if (expected.json.data == NULL) {
        CHECK_ABSENT(actual.json);
        CHECK_BYTES(actual.bytes, expected.bytes.data, expected.bytes.len);
    } else {
        CHECK_BYTES(actual.json, expected.json.data, expected.json.len);
        CHECK_ABSENT(actual.bytes);
    }
}

static void expect_binary(PactWasmBody body, PactWasmView content) {
    CHECK_TEXT(body.content_type, "application/octet-stream");
    CHECK_BYTES(body.content, content.data, content.len);
    CHECK_EQUAL(body.hint, PACTWASM_HINT_BINARY);
}

// ---- what is prepared and sent ----

static void preparing(void) {
    PactWasmData *data = prepared(config_for(1)), *plain = prepared(absent());
    PactWasmInteractionData view = view_of(data);
    expect_binary(view.body, whole_request());
    CHECK_EQUAL(view.metadata_count, 2);
    expect_metadata(view.metadata[0], json_metadata("command", "\"store\""));
    expect_metadata(view.metadata[1], bytes_metadata("nonce", bytes(NONCE, sizeof NONCE)));
    CHECK_EQUAL(view_of(plain).metadata_count, 1);
    expect_metadata(view_of(plain).metadata[0], json_metadata("command", "\"store\""));
    pactwasm_data_free(plain);
    pactwasm_data_free(data);
}

static void success(void) {
    Provider provider;
    PactWasmData *data, *response = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmVerifyRequest request;
    PactWasmError *error = NULL;
    char output[256];
    start_provider(&provider, 2, "OK", bytes(RESPONSE, sizeof RESPONSE));
    data = prepared(config_for(provider.port));
    request = verify_request(config_for(provider.port));
    request.data = view_of(data);
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, &response, &error));
    CHECK_EQUAL(outcome_info(outcome).ok, 1);
    CHECK_EQUAL(outcome_info(outcome).count, 0);
    snprintf(output, sizeof output, "[\"sent `store` with 4 bytes to 127.0.0.1:%d\",\"got OK with 4 bytes, as expected\"]", provider.port);
    CHECK_TEXT(outcome_info(outcome).output_json, output);
    CHECK(response != NULL);
    expect_binary(view_of(response).body, bytes(RESPONSE, sizeof RESPONSE));
    CHECK_EQUAL(view_of(response).metadata_count, 2);
    expect_metadata(view_of(response).metadata[0], json_metadata("status", "\"OK\""));
    expect_metadata(view_of(response).metadata[1], bytes_metadata("nonce", bytes(NONCE, sizeof NONCE)));
    pactwasm_outcome_free(outcome);
    pactwasm_data_free(response);
    // Whoever does not want the response leaves it.
    outcome = NULL;
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, NULL, &error));
    expect_ok(outcome);
    pactwasm_data_free(data);
    end_provider(&provider, "store", whole_request());
}

// What the user changed is what the provider gets: the body, and metadata of both kinds.
static void changed_data(void) {
    static const char changed[] = {'n', 'e', 0, 'w'};
    Provider provider;
    PactWasmData *data, *response = NULL;
    PactWasmMetadata metadata[3];
    PactWasmOutcome *outcome = NULL;
    PactWasmVerifyRequest request;
    PactWasmError *error = NULL;

    start_provider(&provider, 1, "OK", bytes(RESPONSE, sizeof RESPONSE));
    data = prepared(absent());
    request = verify_request(config_for(provider.port));
    request.data = view_of(data);
    request.data.body.content = bytes(changed, sizeof changed);
    metadata[0] = json_metadata("added", "{\"deep\":[1, 2.0, null]}");
    metadata[1] = bytes_metadata("nonce", text(""));
    metadata[2] = json_metadata("command", " \"re\\u0070lace\" ");
    request.data.metadata = metadata;
    request.data.metadata_count = 3;
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, &response, &error));
    pactwasm_data_free(data);
    expect_ok(outcome);
    CHECK_EQUAL(view_of(response).metadata_count, 2);
    // Empty bytes are bytes.
    expect_metadata(view_of(response).metadata[1], bytes_metadata("nonce", text("")));
    pactwasm_data_free(response);
    end_provider(&provider, "replace", bytes(changed, sizeof changed));

    // The other kind: the command as bytes, the nonce as JSON, which comes back as it is; no body at all.
    start_provider(&provider, 1, "OK", bytes(RESPONSE, sizeof RESPONSE));
    request = verify_request(config_for(provider.port));
    metadata[0] = bytes_metadata("command", text("raw"));
    metadata[1] = json_metadata("nonce", "[ 1.0,\"\\u00e4\" ]");
    request.data.metadata = metadata;
    request.data.metadata_count = 2;
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, &response, &error));
    expect_ok(outcome);
    expect_metadata(view_of(response).metadata[1], metadata[1]);
    pactwasm_data_free(response);
    end_provider(&provider, "raw", text(""));

    // A response is data, too: it can be sent on.
    start_provider(&provider, 2, "OK", bytes(RESPONSE, sizeof RESPONSE));
    request.config_json = config_for(provider.port);
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, &response, &error));
    expect_ok(outcome);
    request.data.body = view_of(response).body;
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, NULL, &error));
    expect_ok(outcome);
    pactwasm_data_free(response);
    end_provider(&provider, "raw", bytes(RESPONSE, sizeof RESPONSE));
}

// ---- what is wrong with the answer ----

// Verifies against a provider that answers this. The outcome, which is a failure with one result.
static PactWasmOutcome *failure(const char *word, const char *answer, const char *last_line) {
    Provider provider;
    PactWasmData *data = prepared(absent()), *response = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmVerifyRequest request;
    PactWasmError *error = NULL;
    start_provider(&provider, 1, word, text(answer));
    request = verify_request(config_for(provider.port));
    request.data = view_of(data);
    OK(pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, &response, &error));
    CHECK_EQUAL(outcome_info(outcome).ok, 0);
    CHECK_EQUAL(outcome_info(outcome).count, 1);
    CHECK_CONTAINS(outcome_info(outcome).output_json, last_line);
    CHECK(response != NULL);
    expect_binary(view_of(response).body, text(answer));
    pactwasm_data_free(response);
    pactwasm_data_free(data);
    end_provider(&provider, "store", whole_request());
    return outcome;
}

static void failures(void) {
    PactWasmOutcome *outcome = failure("OK", "something else", "got OK with 14 bytes, which was not expected");
    PactWasmResult result = result_of(outcome, 0);
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    CHECK_EQUAL(result.size, sizeof result);
    CHECK_TEXT(result.path, "store");
    CHECK_TEXT(result.error, "");
    CHECK_EQUAL(result.mismatch_count, 1);
    mismatch = outcome_mismatch(outcome, 0, 0);
    CHECK_TEXT(mismatch.path, "store");
    CHECK_TEXT(mismatch.description, "the answer has other bytes");
    CHECK_BYTES(mismatch.expected, RESPONSE, sizeof RESPONSE);
    CHECK_TEXT(mismatch.actual, "something else");
    CHECK_TEXT(mismatch.mismatch_type, "body");
    CHECK_ABSENT(mismatch.diff);
    FAILS(pactwasm_outcome_mismatch(outcome, 0, 1, &mismatch, &error), PACTWASM_ERROR_INVALID_ARGUMENT, "\"mismatch_index\"");
    pactwasm_outcome_free(outcome);

    outcome = failure("ERR", "no room", "got ERR with 7 bytes, which was not expected");
    result = result_of(outcome, 0);
    CHECK_TEXT(result.path, "");
    CHECK_TEXT(result.error, "the provider refused the request: no room");
    CHECK_EQUAL(result.mismatch_count, 0);
    pactwasm_outcome_free(outcome);
}

#define VERIFY pactwasm_plugin_verify_interaction(plugin, &request, NULL, &outcome, &response, &error)

// What keeps it from getting an answer is an error.
static void errors(void) {
    Provider provider;
    PactWasmData *data = prepared(absent()), *response = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmVerifyRequest request;
    PactWasmError *error = NULL;
    char *json = interaction;
    int port, listener;
    start_provider(&provider, 1, NULL, absent());
    request = verify_request(config_for(provider.port));
    request.data = view_of(data);
    FAILS(VERIFY, PACTWASM_ERROR_PLUGIN, "closed the connection after 0 bytes, before its answer was complete");
    end_provider(&provider, "store", whole_request());
    start_provider(&provider, 1, "HTTP/1.1 200 OK", absent());
    request.config_json = config_for(provider.port);
    FAILS(VERIFY, PACTWASM_ERROR_PLUGIN, "does not answer in this protocol");
    end_provider(&provider, "store", whole_request());

    // Nobody listens.
    listener = listen_here(&port);
    close(listener);
    request.config_json = config_for(port);
    FAILS(VERIFY, PACTWASM_ERROR_PLUGIN, "plugin line 1.0.0, verify-interaction: the plugin answered: ");
    request.config_json = absent();
    FAILS(VERIFY, PACTWASM_ERROR_PLUGIN, "`host` is not a text, or missing");
    request.data.metadata_count = 0;
    request.data.metadata = NULL;
    request.config_json = config_for(1);
    FAILS(VERIFY, PACTWASM_ERROR_PLUGIN, "the metadata `command` is not one short ASCII word, or missing");
    CHECK(outcome == NULL && response == NULL);

    // So it is while something is prepared.
    interaction = "{\"interactionType\":\"Synchronous/HTTP\"}";
    {
        PactWasmPrepareRequest prepare;
        PactWasmData *nothing = NULL;
        memset(&prepare, 0, sizeof prepare);
        prepare.size = sizeof prepare;
        prepare.interaction_json = text(interaction);
        FAILS(pactwasm_plugin_prepare_interaction(plugin, &prepare, NULL, &nothing, &error), PACTWASM_ERROR_PLUGIN,
              "plugin line 1.0.0, prepare-interaction-for-verification: the plugin answered: the interaction has no plugin configuration");
        CHECK(nothing == NULL);
    }
    interaction = json;
    pactwasm_data_free(data);
}

// Without a grant, or with one for something else, nobody is reached.
static void refused_addresses(void) {
    static const char *const others[] = {NULL, "127.0.0.1:1", "10.0.0.0/8", "provider.example"};
    PactWasmPlugin *granted = plugin;
    PactWasmData *data = prepared(absent()), *response = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    char expected[128];
    size_t index;
    int port, listener = listen_here(&port);
    PactWasmVerifyRequest request = verify_request(config_for(port));
    request.data = view_of(data);
    for (index = 0; index < sizeof others / sizeof *others; index++) {
        PactWasmConfig *config = test_config();
        PactWasmHost *its;
        if (others[index] != NULL) grant(config, "line", PACTWASM_PERMISSION_CONNECT, others[index]);
        its = test_host(config);
        plugin = test_plugin(its, "line");
        snprintf(expected, sizeof expected, "to connect to 127.0.0.1:%d", port);
        FAILS(VERIFY, PACTWASM_ERROR_PERMISSION, expected);
        CHECK(outcome == NULL && response == NULL);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(its);
    }
    plugin = granted;
    // A name is another thing to ask for than the addresses it leads to.
    request.config_json = text("{\"host\":\"provider.example\",\"port\":80}");
    FAILS(VERIFY, PACTWASM_ERROR_PERMISSION, "to look up \"provider.example\"");
    {
        // Nobody came.
        struct timeval moment = {0, 100000};
        CHECK_EQUAL(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment), 0);
        CHECK(accept(listener, NULL, NULL) < 0);
        CHECK(errno == EAGAIN || errno == EWOULDBLOCK);
    }
    close(listener);
    pactwasm_data_free(data);
}

// ---- time ----

typedef struct Verifying {
    PactWasmVerifyRequest request;
    PactWasmCallOptions options;
    int32_t code;
    int ok;
    double ended;
} Verifying;

static void *verify(void *data) {
    Verifying *verifying = (Verifying *)data;
    PactWasmOutcome *outcome = NULL;
    PactWasmData *response = NULL;
    verifying->code = pactwasm_plugin_verify_interaction(plugin, &verifying->request, &verifying->options, &outcome, &response, NULL);
    verifying->ended = milliseconds();
    CHECK((verifying->code == PACTWASM_OK) == (outcome != NULL));
    if (outcome != NULL) verifying->ok = outcome_info(outcome).ok;
    pactwasm_outcome_free(outcome);
    pactwasm_data_free(response);
    return NULL;
}

// A provider that never answers keeps nobody for longer than was agreed.
static void silent_provider(void) {
    int port, listener = listen_here(&port), client;
    PactWasmData *data = prepared(absent());
    PactWasmCancel *cancel = NULL;
    PactWasmError *error = NULL;
    Verifying verifying;
    Message message;
    pthread_t thread;
    double start = milliseconds(), took;
    memset(&verifying, 0, sizeof verifying);
    verifying.request = verify_request(config_for(port));
    verifying.request.data = view_of(data);
    verifying.options = call_options(200);
    verify(&verifying);
    took = verifying.ended - start;
    CHECK_EQUAL(verifying.code, PACTWASM_ERROR_DEADLINE);
    CHECK(took >= 199.0 && took < 400.0 * slowness());
    client = accept(listener, NULL, NULL);
    CHECK(client >= 0);
    close(client);

    OK(pactwasm_cancel_new(&cancel, &error));
    verifying.options = call_options(600000);
    verifying.options.cancel = cancel;
    CHECK_EQUAL(pthread_create(&thread, NULL, verify, &verifying), 0);
    client = accept(listener, NULL, NULL);
    CHECK(client >= 0);
    patient(client);
    CHECK(receive_message(client, &message));
    free(message.data);
    start = milliseconds();
    OK(pactwasm_cancel_trigger(cancel, &error));
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(verifying.code, PACTWASM_ERROR_CANCELLED);
    CHECK(verifying.ended - start < 100.0 * slowness());
    // Its connection went with the call.
    CLOSED(client);
    close(listener);
    pactwasm_cancel_free(cancel);
    pactwasm_data_free(data);
}

// Several at once, and against a mock server of the same plugin.
static void side_by_side(void) {
    enum { MANY = 8 };
    PactWasmMockServer *server;
    PactWasmStartRequest start;
    PactWasmData *data = prepared(absent());
    PactWasmError *error = NULL;
    Verifying verifying[MANY];
    pthread_t threads[MANY];
    char *interactions = interactions_json(interaction);
    int index;
    start = start_request(interactions);
    OK(pactwasm_plugin_start_mock_server(plugin, &start, NULL, &server, &error));
    for (index = 0; index < MANY; index++) {
        memset(&verifying[index], 0, sizeof verifying[index]);
        verifying[index].request = verify_request(config_for(server_info(server).port));
        verifying[index].request.data = view_of(data);
        verifying[index].options = call_options(600000);
        CHECK_EQUAL(pthread_create(&threads[index], NULL, verify, &verifying[index]), 0);
    }
    for (index = 0; index < MANY; index++) {
        CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
        CHECK_EQUAL(verifying[index].code, PACTWASM_OK);
        CHECK_EQUAL(verifying[index].ok, 1);
    }
    end_well(server);
    free(interactions);
    pactwasm_data_free(data);
}

// ---- wrong metadata ----

static void wrong_metadata(void) {
    static const char NOT_UTF8[] = "\xff";
    PactWasmMetadata metadata[3];
    PactWasmData *response = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmVerifyRequest request = verify_request(config_for(1));
    PactWasmError *error = NULL;
    size_t index;
    // In all places of the list.
    for (index = 0; index < 3; index++) {
        metadata[0] = json_metadata("command", "\"a\"");
        metadata[1] = bytes_metadata("b", text(""));
        metadata[2] = json_metadata("c", "null");
        request.data.metadata = metadata;
        request.data.metadata_count = 3;
#define WRONG(argument) FAILS(VERIFY, PACTWASM_ERROR_INVALID_ARGUMENT, argument)
        metadata[index].json = metadata[index].bytes = absent();
        WRONG("\"request.data.metadata\" has neither JSON nor bytes, or both, for \"");
        metadata[index].json = text("1");
        metadata[index].bytes = text("");
        WRONG("\"request.data.metadata\" has neither JSON nor bytes, or both, for \"");
        metadata[index].bytes = absent();
        metadata[index].json = text("{\"a\":");
        WRONG("\"request.data.metadata.json\" is no JSON");
        metadata[index].json = text("");
        FAILS(VERIFY, PACTWASM_ERROR_INVALID_ARGUMENT, "\"request.data.metadata");
        metadata[index].json = text(NOT_UTF8);
        WRONG("\"request.data.metadata.json\" is not UTF-8");
        metadata[index].json = bytes(NULL, 1);
        WRONG("\"request.data.metadata.json\" is NULL");
        metadata[index].json = absent();
        metadata[index].bytes = bytes(NULL, 1);
        WRONG("\"request.data.metadata.bytes\" is NULL");
        metadata[index].bytes = bytes("x", (size_t)-1);
        WRONG("\"request.data.metadata.bytes\"");
        metadata[index].bytes = text("");
        metadata[index].name = text(NOT_UTF8);
        WRONG("\"request.data.metadata.name\" is not UTF-8");
        metadata[index].name = bytes(NULL, 1);
        WRONG("\"request.data.metadata.name\" is NULL");
        metadata[index].name = metadata[(index + 1) % 3].name;
        WRONG("\"request.data.metadata\" has \"");
    }
    request.data.metadata = NULL;
    WRONG("\"request.data.metadata\" is NULL, but its count is 3");
    request.data.metadata = (const PactWasmMetadata *)(const void *)((const char *)metadata + 1);
    WRONG("\"request.data.metadata\" is no array of PactWasmMetadata, but its count is 3");
    request.data.metadata = metadata;
    request.data.metadata_count = (size_t)-1;
    WRONG("\"request.data.metadata\" is longer than memory, but its count is ");
    request.data.metadata_count = (size_t)-1 / sizeof *metadata;
    WRONG("\"request.data.metadata\" is longer than memory, but its count is ");
    CHECK(outcome == NULL && response == NULL);
    // Where there is none, nobody looks where it would be.
    request.data.metadata = (const PactWasmMetadata *)(const void *)((const char *)metadata + 1);
    request.data.metadata_count = 0;
    FAILS(VERIFY, PACTWASM_ERROR_PLUGIN, "the metadata `command` is not one short ASCII word, or missing");
}

// ---- the generic call ----

static PactWasmBytes called(const char *operation, const char *request) {
    PactWasmBytes response = {NULL, 0};
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_call(plugin, operation, strlen(operation), request, strlen(request), NULL, &response, &error));
    CHECK(response.data != NULL);
    return response;
}

// What the one operation answers is what the other takes.
static void generic_call(void) {
    Provider provider;
    PactWasmBytes data, verified;
    const char *config;
    char *request = allocated(4096);
    start_provider(&provider, 1, "OK", bytes(RESPONSE, sizeof RESPONSE));
    config = (const char *)config_for(provider.port).data;
    snprintf(request, 4096, "{\"interaction\":%s,\"config\":%s}", interaction, config);
    data = called("prepare-interaction-for-verification", request);
    CHECK(data.len < 2048);
    snprintf(request, 4096, "{\"interaction\":%s,\"config\":%s,\"interactionData\":%s}", interaction, config, (const char *)data.data);
    verified = called("verify-interaction", request);
    CHECK(strstr((const char *)verified.data, "\"success\":true") != NULL);
    CHECK(strstr((const char *)verified.data, "\"failures\":[]") != NULL);
    end_provider(&provider, "store", whole_request());
    pactwasm_bytes_free(&data);
    pactwasm_bytes_free(&verified);
    free(request);
}

int main(void) {
    PactWasmConfig *config = test_config();
    grant(config, NULL, PACTWASM_PERMISSION_CONNECT, "127.0.0.1");
    host = test_host(config);
    plugin = test_plugin(host, "line");
    interaction = interaction_json("store", whole_request(), bytes(RESPONSE, sizeof RESPONSE));
    preparing();
    success();
    changed_data();
    failures();
    errors();
    refused_addresses();
    silent_provider();
    side_by_side();
    wrong_metadata();
    generic_call();
    free(interaction);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    return 0;
}
