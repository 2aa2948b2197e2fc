// Property test of what transports exchange: the plugin echo describes what it was told, or answers with what it is told to answer
// with. It needs no network for that; the plugin line of servers.c and verification.c does.
//
// | function      | records                                                                   |
// |---------------|---------------------------------------------------------------------------|
// | starts        | start-mock-server: request; mock server; error                            |
// | outcomes      | get-mock-server-results, shutdown-mock-server: results with mismatches    |
// | prepares      | prepare-interaction-for-verification: request, error                      |
// | prepared      | prepare-interaction-for-verification: interaction data                    |
// | verifies      | verify-interaction: request, interaction data both ways, output, error    |
// | verifications | verify-interaction: result                                                |

#include "random.h"

static PactWasmPlugin *echo;
static PactWasmCallOptions options;
static Coverage interaction_types = {"interaction type", 3, 0}, metadata_kinds = {"kind of metadata", 2, 0};
static Coverage failure_kinds = {"kind of failure", 2, 0}, verdicts = {"verdict", 2, 0};

// ---- interactions ----

typedef struct Interaction {
    int32_t type;
    PactWasmPluginConfiguration configuration;
    PactWasmView consumer, provider;
} Interaction;

// An object without space around it, which is not its own where it is a member of another one.
static PactWasmView random_member(void) {
    put_object(3, NULL);
    return finish();
}

static Interaction random_interaction(void) {
    Interaction made;
    made.type = choose(&interaction_types);
    made.configuration.interaction_json = maybe(random_member());
    made.configuration.pact_json = maybe(random_member());
    made.consumer = maybe(random_text());
    made.provider = maybe(random_text());
    return made;
}

// A member whose value is JSON, unless it is absent.
static void put_member(const char *name, PactWasmView json_value) {
    if (json_value.data == NULL) return;
    put(",\"%s\":", name);
    put_bytes(json_value);
}

// As the library takes it. What is absent is left out.
static void put_interaction(const Interaction *of) {
    static const char *const types[] = {"Synchronous/HTTP", "Asynchronous/Messages", "Synchronous/Messages"};
    put("{\"interactionType\":\"%s\"", types[of->type]);
    if (of->configuration.interaction_json.data != NULL || of->configuration.pact_json.data != NULL) {
        // The comma of the first member needs something in front of it.
        int first = of->configuration.interaction_json.data != NULL;
        put(",\"pluginConfiguration\":{\"%s\":", first ? "interactionConfiguration" : "pactConfiguration");
        put_bytes(first ? of->configuration.interaction_json : of->configuration.pact_json);
        if (first) put_member("pactConfiguration", of->configuration.pact_json);
        put("}");
    }
    if (of->consumer.data != NULL) {
        put(",\"consumer\":");
        put_text(of->consumer);
    }
    if (of->provider.data != NULL) {
        put(",\"provider\":");
        put_text(of->provider);
    }
    put("}");
}

static PactWasmView interaction_json(const Interaction *of) {
    put_interaction(of);
    return finish();
}

// As echo describes it.
static void put_echo_interaction(const Interaction *of) {
    static const char *const types[] = {"SynchronousHttp", "AsynchronousMessages", "SynchronousMessages"};
    put("{\"interaction_type\":\"%s\",\"plugin_configuration\":", types[of->type]);
    if (of->configuration.interaction_json.data == NULL && of->configuration.pact_json.data == NULL) {
        put("null");
    } else {
        put("{\"interaction_configuration\":");
        put_optional_text(of->configuration.interaction_json);
        put(",\"pact_configuration\":");
        put_optional_text(of->configuration.pact_json);
        put("}");
    }
    put(",\"consumer\":");
    put_text(or_empty(of->consumer));
    put(",\"provider\":");
    put_text(or_empty(of->provider));
    put("}");
}

// ---- mismatches ----

static PactWasmMismatch random_mismatch(void) {
    PactWasmMismatch made;
    memset(&made, 0, sizeof made);
    made.path = random_text();
    made.description = random_text();
    made.expected = maybe(random_bytes());
    made.actual = maybe(random_bytes());
    made.diff = maybe(random_text());
    made.mismatch_type = maybe(random_text());
    return made;
}

static void put_echo_mismatch(const PactWasmMismatch *of) {
    put("{\"expected\":");
    put_echo_bytes(of->expected);
    put(",\"actual\":");
    put_echo_bytes(of->actual);
    put(",\"description\":");
    put_text(of->description);
    put(",\"path\":");
    put_text(of->path);
    put(",\"diff\":");
    put_optional_text(of->diff);
    put(",\"mismatch_type\":");
    put_optional_text(of->mismatch_type);
    put("}");
}

static void expect_mismatch(const PactWasmOutcome *outcome, size_t index, size_t mismatch_index, const PactWasmMismatch *expected) {
    PactWasmMismatch actual;
    PactWasmError *error = NULL;
    memset(&actual, 0x5a, sizeof actual);
    actual.size = sizeof actual;
    OK(pactwasm_outcome_mismatch(outcome, index, mismatch_index, &actual, &error));
    SAME(actual.expression, expected->path);
    SAME(actual.path, expected->path);
    SAME(actual.description, expected->description);
    SAME(actual.expected, expected->expected);
    SAME(actual.actual, expected->actual);
    SAME(actual.diff, expected->diff);
    SAME(actual.mismatch_type, expected->mismatch_type);
}

// ---- outcomes ----

static void expect_info(const PactWasmOutcome *outcome, int32_t ok, size_t count, PactWasmView output) {
    PactWasmOutcomeInfo info;
    PactWasmError *error = NULL;
    memset(&info, 0x5a, sizeof info);
    info.size = sizeof info;
    OK(pactwasm_outcome_info(outcome, &info, &error));
    CHECK_EQUAL(info.ok, ok);
    CHECK_EQUAL(info.count, count);
    SAME(info.output_json, output);
}

static void expect_result(const PactWasmOutcome *outcome, size_t index, PactWasmView path, PactWasmView failure, size_t mismatch_count) {
    PactWasmResult result;
    PactWasmError *error = NULL;
    memset(&result, 0x5a, sizeof result);
    result.size = sizeof result;
    OK(pactwasm_outcome_get(outcome, index, &result, &error));
    SAME(result.path, path);
    SAME(result.error, failure);
    CHECK_EQUAL(result.mismatch_count, mismatch_count);
}

// The error with which echo was told to fail, for this operation.
static void expect_failure(int32_t status, PactWasmError *error, const char *operation, PactWasmView message) {
    CHECK_EQUAL(status, PACTWASM_ERROR_PLUGIN);
    put("plugin echo 1.0.0, %s: the plugin answered: ", operation);
    put_bytes(message);
    SAME(error_info(error).message, finish());
    pactwasm_error_free(error);
}

// An object with which echo is told to fail; `message` is what it is to say.
static PactWasmView failing_object(PactWasmView *message) {
    *message = random_name();
    put("{\"error\":");
    put_text(*message);
    put("}");
    return finish();
}

// ---- mock servers ----

static PactWasmStartRequest random_start(Interaction *interactions, size_t count) {
    PactWasmStartRequest request;
    size_t index;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.host_interface = maybe(random_text());
    request.port = chance(20) ? 65535 : (int32_t)below(65536);
    request.tls = (int32_t)below(2);
    for (index = 0; index < count; index++) interactions[index] = random_interaction();
    put("[");
    for (index = 0; index < count; index++) {
        put(index == 0 ? "" : ",");
        put_space();
        put_interaction(&interactions[index]);
    }
    put("]");
    request.interactions_json = finish();
    return request;
}

static PactWasmMockServer *start(const PactWasmStartRequest *request) {
    PactWasmMockServer *server = NULL;
    PactWasmMockServerInfo info;
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_start_mock_server(echo, request, &options, &server, &error));
    memset(&info, 0x5a, sizeof info);
    info.size = sizeof info;
    OK(pactwasm_mock_server_info(server, &info, &error));
    SAME(info.address, or_empty(request->host_interface));
    CHECK_EQUAL(info.port, request->port);
    CHECK(info.key.len > 0);
    return server;
}

static void starts(void) {
    int number;
    for (number = 0; number < reduced(80); number++) {
        Interaction interactions[MOST];
        PactWasmStartRequest request;
        PactWasmMockServer *server = NULL;
        PactWasmOutcome *outcome = NULL;
        PactWasmView test_run_id, description, message;
        PactWasmError *error = NULL;
        size_t count, index;
        begin("starts", number);
        count = below(MOST + 1);
        request = random_start(interactions, count);
        request.test_context_json = random_context(&options, &test_run_id);
        server = start(&request);
        put("{\"host_interface\":");
        put_text(or_empty(request.host_interface));
        put(",\"port\":%d,\"tls\":%s,\"interactions\":[", (int)request.port, request.tls ? "true" : "false");
        for (index = 0; index < count; index++) {
            put(index == 0 ? "" : ",");
            put_echo_interaction(&interactions[index]);
        }
        put("],\"test_context\":");
        put_optional_text(arriving_json(request.test_context_json));
        put("}");
        description = finish();
        OK(pactwasm_mock_server_results(server, &options, &outcome, &error));
        expect_info(outcome, 0, 1, absent());
        expect_result(outcome, 0, text("get-mock-server-results"), description, 0);
        pactwasm_outcome_free(outcome);
        OK(pactwasm_mock_server_shutdown(server, &options, &outcome, &error));
        expect_info(outcome, 0, 1, absent());
        expect_result(outcome, 0, text("shutdown-mock-server"), description, 0);
        pactwasm_outcome_free(outcome);
        pactwasm_mock_server_free(server);

        request.test_context_json = failing_object(&message);
        server = NULL;
        {
            int32_t status = pactwasm_plugin_start_mock_server(echo, &request, &options, &server, &error);
            expect_failure(status, error, "start-mock-server", message);
        }
        CHECK(server == NULL);
    }
}

static void outcomes(void) {
    int number;
    for (number = 0; number < reduced(80); number++) {
        PactWasmView paths[MOST], errors[MOST];
        PactWasmMismatch mismatches[MOST][MOST];
        size_t counts[MOST], count, index, inner;
        PactWasmStartRequest request;
        PactWasmMockServer *server;
        int32_t ok;
        int turn;
        begin("outcomes", number);
        options = call_options(0);
        request = random_start(NULL, 0);
        ok = choose(&verdicts);
        count = below(MOST + 1);
        put("{\"response\":{\"ok\":%s,\"results\":[", ok ? "true" : "false");
        for (index = 0; index < count; index++) {
            paths[index] = random_text();
            errors[index] = random_text();
            counts[index] = below(MOST + 1);
            put("%s{\"path\":", index == 0 ? "" : ",");
            put_text(paths[index]);
            put(",\"error\":");
            put_text(errors[index]);
            put(",\"mismatches\":[");
            for (inner = 0; inner < counts[index]; inner++) {
                mismatches[index][inner] = random_mismatch();
                put(inner == 0 ? "" : ",");
                put_echo_mismatch(&mismatches[index][inner]);
            }
            put("]}");
        }
        put("]}}");
        request.test_context_json = finish();
        server = start(&request);
        for (turn = 0; turn < 2; turn++) {
            PactWasmOutcome *outcome = NULL;
            PactWasmError *error = NULL;
            if (turn == 0)
                OK(pactwasm_mock_server_results(server, NULL, &outcome, &error));
            else
                OK(pactwasm_mock_server_shutdown(server, NULL, &outcome, &error));
            expect_info(outcome, ok, count, absent());
            for (index = 0; index < count; index++) {
                expect_result(outcome, index, paths[index], errors[index], counts[index]);
                for (inner = 0; inner < counts[index]; inner++) expect_mismatch(outcome, index, inner, &mismatches[index][inner]);
            }
            pactwasm_outcome_free(outcome);
        }
        pactwasm_mock_server_free(server);
    }
}

// ---- interaction data ----

typedef struct Data {
    PactWasmBody body;
    PactWasmMetadata metadata[MOST];
    size_t count;
} Data;

// Any JSON as text.
static PactWasmView random_json(void) {
    put_value(3);
    return finish();
}

static Data random_data(void) {
    Data made;
    size_t index;
    memset(&made, 0, sizeof made);
    if (chance(80)) made.body = random_body();
    // A body without type and content is none, and so is its hint.
    if (made.body.content_type.len == 0 && made.body.content.data == NULL) memset(&made.body, 0, sizeof made.body);
    made.count = below(MOST + 1);
    for (index = 0; index < made.count; index++) {
        // Each name once: the number in front makes them differ, and one may be empty.
        made.metadata[index].name = index == 0 && chance(20) ? text("") : random_path(index);
        if (choose(&metadata_kinds) == 0)
            made.metadata[index].json = random_json();
        else
            made.metadata[index].bytes = random_bytes();
    }
    return made;
}

static int has_body(const Data *data) {
    return data->body.content.data != NULL || data->body.content_type.len > 0;
}

static PactWasmInteractionData sent_data(const Data *data) {
    PactWasmInteractionData made;
    made.body = data->body;
    made.metadata = data->count == 0 && chance(50) ? NULL : data->metadata;
    made.metadata_count = data->count;
    return made;
}

// As echo reads and describes them.
static void put_echo_data(const Data *data) {
    PactWasmBody body = arriving_body(data->body);
    size_t index;
    put("{\"body\":");
    if (has_body(data))
        put_echo_body(&body);
    else
        put("null");
    put(",\"metadata\":[");
    for (index = 0; index < data->count; index++) {
        const PactWasmMetadata *of = &data->metadata[index];
        put(index == 0 ? "[" : ",[");
        put_text(of->name);
        put(of->json.data == NULL ? ",{\"Bytes\":" : ",{\"Json\":");
        if (of->json.data == NULL)
            put_echo_bytes(of->bytes);
        else
            put_text(of->json);
        put("}]");
    }
    put("]}");
}

static void expect_data(const PactWasmData *actual, const Data *expected) {
    PactWasmInteractionData view;
    PactWasmError *error = NULL;
    size_t index;
    memset(&view, 0x5a, sizeof view);
    OK(pactwasm_data_get(actual, &view, &error));
    if (has_body(expected)) {
        SAME_BODY(view.body, arriving_body(expected->body));
    } else {
        CHECK_ABSENT(view.body.content_type);
        CHECK_ABSENT(view.body.content);
        CHECK_EQUAL(view.body.hint, PACTWASM_HINT_DEFAULT);
    }
    CHECK_EQUAL(view.metadata_count, expected->count);
    for (index = 0; index < expected->count; index++) {
        SAME(view.metadata[index].name, expected->metadata[index].name);
        SAME(view.metadata[index].json, expected->metadata[index].json);
        SAME(view.metadata[index].bytes, expected->metadata[index].bytes);
    }
}

// ---- preparing ----

static PactWasmPrepareRequest random_prepare(const Interaction *interaction) {
    PactWasmPrepareRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.interaction_json = interaction_json(interaction);
    request.config_json = maybe(random_object(NULL));
    return request;
}

static void prepares(void) {
    int number;
    for (number = 0; number < reduced(80); number++) {
        Interaction interaction;
        PactWasmPrepareRequest request;
        PactWasmData *data = NULL;
        PactWasmInteractionData view;
        PactWasmView test_run_id, message;
        PactWasmError *error = NULL;
        int32_t status;
        begin("prepares", number);
        interaction = random_interaction();
        request = random_prepare(&interaction);
        request.test_context_json = random_context(&options, &test_run_id);
        OK(pactwasm_plugin_prepare_interaction(echo, &request, &options, &data, &error));
        OK(pactwasm_data_get(data, &view, &error));
        put("{\"interaction\":");
        put_echo_interaction(&interaction);
        put(",\"config\":");
        put_optional_text(request.config_json);
        put(",\"test_context\":");
        put_optional_text(arriving_json(request.test_context_json));
        put("}");
        SAME(view.body.content, finish());
        CHECK_EQUAL(view.metadata_count, 2);
        pactwasm_data_free(data);

        data = NULL;
        request.config_json = failing_object(&message);
        status = pactwasm_plugin_prepare_interaction(echo, &request, &options, &data, &error);
        CHECK(data == NULL);
        expect_failure(status, error, "prepare-interaction-for-verification", message);
    }
}

static void prepared(void) {
    int number;
    for (number = 0; number < reduced(80); number++) {
        Interaction interaction;
        Data expected;
        PactWasmPrepareRequest request;
        PactWasmData *data = NULL;
        PactWasmError *error = NULL;
        begin("prepared", number);
        interaction = random_interaction();
        request = random_prepare(&interaction);
        expected = random_data();
        put("{\"response\":");
        put_echo_data(&expected);
        put("}");
        request.config_json = finish();
        OK(pactwasm_plugin_prepare_interaction(echo, &request, NULL, &data, &error));
        expect_data(data, &expected);
        pactwasm_data_free(data);
    }
}

// ---- verifying ----

static PactWasmVerifyRequest random_verify(const Interaction *interaction, const Data *data) {
    PactWasmVerifyRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.data = sent_data(data);
    request.interaction_json = interaction_json(interaction);
    request.config_json = maybe(random_object(NULL));
    return request;
}

static void verifies(void) {
    int number;
    for (number = 0; number < reduced(80); number++) {
        Interaction interaction;
        Data data;
        PactWasmVerifyRequest request;
        PactWasmOutcome *outcome = NULL;
        PactWasmData *response = NULL;
        PactWasmView test_run_id, description, message;
        PactWasmError *error = NULL;
        int32_t status;
        begin("verifies", number);
        interaction = random_interaction();
        data = random_data();
        request = random_verify(&interaction, &data);
        request.test_context_json = random_context(&options, &test_run_id);
        OK(pactwasm_plugin_verify_interaction(echo, &request, &options, &outcome, &response, &error));
        put("{\"interaction_data\":");
        put_echo_data(&data);
        put(",\"config\":");
        put_optional_text(request.config_json);
        put(",\"interaction\":");
        put_echo_interaction(&interaction);
        put(",\"test_context\":");
        put_optional_text(arriving_json(request.test_context_json));
        put("}");
        description = finish();
        put_texts(&description, 1);
        expect_info(outcome, 1, 0, finish());
        expect_data(response, &data);
        pactwasm_data_free(response);
        pactwasm_outcome_free(outcome);

        outcome = NULL;
        response = NULL;
        request.config_json = failing_object(&message);
        status = pactwasm_plugin_verify_interaction(echo, &request, &options, &outcome, &response, &error);
        CHECK(outcome == NULL && response == NULL);
        expect_failure(status, error, "verify-interaction", message);
    }
}

// One thing that went wrong: a text, or a mismatch.
typedef struct Failure {
    int32_t kind;
    PactWasmView error;
    PactWasmMismatch mismatch;
} Failure;

static void verifications(void) {
    int number;
    for (number = 0; number < reduced(80); number++) {
        Interaction interaction;
        Data data, answered;
        Failure failures[MOST];
        PactWasmView lines[MOST];
        PactWasmVerifyRequest request;
        PactWasmOutcome *outcome = NULL;
        PactWasmData *response = NULL;
        PactWasmError *error = NULL;
        size_t failure_count, line_count, index;
        int32_t ok;
        int with_response, unwanted;
        begin("verifications", number);
        interaction = random_interaction();
        data = random_data();
        request = random_verify(&interaction, &data);
        answered = random_data();
        ok = choose(&verdicts);
        with_response = chance(70);
        unwanted = chance(20);
        failure_count = below(MOST + 1);
        line_count = below(MOST + 1);
        put("{\"response\":{\"success\":%s,\"response\":", ok ? "true" : "false");
        if (with_response)
            put_echo_data(&answered);
        else
            put("null");
        put(",\"failures\":[");
        for (index = 0; index < failure_count; index++) {
            failures[index].kind = choose(&failure_kinds);
            failures[index].error = random_text();
            failures[index].mismatch = random_mismatch();
            put("%s{\"%s\":", index == 0 ? "" : ",", failures[index].kind == 0 ? "Error" : "Mismatch");
            if (failures[index].kind == 0)
                put_text(failures[index].error);
            else
                put_echo_mismatch(&failures[index].mismatch);
            put("}");
        }
        put("],\"output\":");
        for (index = 0; index < line_count; index++) lines[index] = random_text();
        put_texts(lines, line_count);
        put("}}");
        request.config_json = finish();
        OK(pactwasm_plugin_verify_interaction(echo, &request, NULL, &outcome, unwanted ? NULL : &response, &error));
        put_texts(lines, line_count);
        expect_info(outcome, ok, failure_count, finish());
        for (index = 0; index < failure_count; index++) {
            const Failure *failure = &failures[index];
            if (failure->kind == 0) {
                expect_result(outcome, index, text(""), failure->error, 0);
            } else {
                expect_result(outcome, index, failure->mismatch.path, text(""), 1);
                expect_mismatch(outcome, index, 0, &failure->mismatch);
            }
        }
        CHECK((response != NULL) == (with_response && !unwanted));
        if (response != NULL) expect_data(response, &answered);
        pactwasm_data_free(response);
        pactwasm_outcome_free(outcome);
    }
}

int main(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmError *error = NULL;
    start_from_seed();
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    host = test_host(config);
    echo = test_plugin(host, "echo");
    starts();
    outcomes();
    prepares();
    prepared();
    verifies();
    verifications();
    *test_case = '\0';
    expect_covered(&hints);
    expect_covered(&contents);
    expect_covered(&interaction_types);
    expect_covered(&metadata_kinds);
    expect_covered(&failure_kinds);
    expect_covered(&verdicts);
    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
    return 0;
}
