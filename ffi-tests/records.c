// Every field of every request and response arrives, in both directions, with the plugin echo: it describes requests as
// JSON and answers with what it is told.

#include "check.h"

#define DESCRIBE "application/vnd.echo+json"

static PactWasmPlugin *echo;

// ---- requests ----

static void compare_request_fields(void) {
    static const char expected_bytes[] = {1, 0, 2};
    PactWasmCompareRequest request;
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    int32_t verdict = -1;
    memset(&request, 0, sizeof request);
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    request.size = sizeof request;
    request.expected.content_type = text(DESCRIBE);
    request.expected.content = bytes(expected_bytes, 3);
    request.expected.hint = PACTWASM_HINT_TEXT;
    request.actual.content_type = text("b/c");
    request.actual.content = text("");
    request.actual.hint = PACTWASM_HINT_BINARY;
    request.allow_unexpected_keys = 1;
    request.rules_json = text("{\"$.b\":[{\"type\":\"regex\",\"values\":{ \"regex\":\"x\"}},{\"type\":\"type\"}],\"$.a\":[]}");
    request.plugin_configuration.interaction_json = text("{\"i\": 1.0}");
    request.plugin_configuration.pact_json = text("{\"p\":2}");
    request.test_context_json = text("{\"t\":3}");
    OK(pactwasm_plugin_compare_contents(echo, &request, NULL, &comparison, &error));
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    CHECK_EQUAL(verdict, PACTWASM_VERDICT_MISMATCH);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 1);
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_EQUAL(mismatch.size, sizeof mismatch);
    CHECK_TEXT(mismatch.description,
               "{\"expected\":{\"content_type\":\"" DESCRIBE "\",\"content\":[1,0,2],\"hint\":\"Text\"},"
               "\"actual\":{\"content_type\":\"b/c\",\"content\":[],\"hint\":\"Binary\"},"
               "\"allow_unexpected_keys\":true,"
               "\"rules\":[[\"$.b\",[{\"type_\":\"regex\",\"values\":\"{ \\\"regex\\\":\\\"x\\\"}\"},{\"type_\":\"type\",\"values\":null}]],"
               "[\"$.a\",[]]],"
               "\"plugin_configuration\":{\"interaction_configuration\":\"{\\\"i\\\": 1.0}\",\"pact_configuration\":\"{\\\"p\\\":2}\"},"
               "\"test_context\":\"{\\\"t\\\":3}\"}");
    CHECK_TEXT(mismatch.expression, "$");
    CHECK_TEXT(mismatch.path, "$");
    CHECK_BYTES(mismatch.expected, expected_bytes, 3);
    CHECK_TEXT(mismatch.actual, "");
    CHECK_TEXT(mismatch.diff, "- expected\n+ actual");
    CHECK_TEXT(mismatch.mismatch_type, "body");
    pactwasm_comparison_free(comparison);

    // The same with nothing but what is required; a missing body is none, in both directions.
    request = compare_request(DESCRIBE, "", "");
    request.expected.content = request.actual.content = absent();
    OK(pactwasm_plugin_compare_contents(echo, &request, NULL, &comparison, &error));
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_TEXT(mismatch.description,
               "{\"expected\":{\"content_type\":\"" DESCRIBE "\",\"content\":null,\"hint\":\"Default\"},"
               "\"actual\":{\"content_type\":\"" DESCRIBE "\",\"content\":null,\"hint\":\"Default\"},"
               "\"allow_unexpected_keys\":false,\"rules\":[],\"plugin_configuration\":null,\"test_context\":null}");
    CHECK_ABSENT(mismatch.expected);
    CHECK_ABSENT(mismatch.actual);
    pactwasm_comparison_free(comparison);

    // One half of the plugin configuration alone.
    request.plugin_configuration.pact_json = text("{}");
    OK(pactwasm_plugin_compare_contents(echo, &request, NULL, &comparison, &error));
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_CONTAINS(mismatch.description, "{\"interaction_configuration\":null,\"pact_configuration\":\"{}\"}");
    pactwasm_comparison_free(comparison);
}

static void generate_request_fields(void) {
    static const struct {
        int32_t test_mode, content_for, hint;
        const char *expected;
    } cases[] = {
        {PACTWASM_TEST_MODE_UNKNOWN, PACTWASM_CONTENT_FOR_REQUEST, PACTWASM_HINT_DEFAULT,
         "{\"body\":{\"content_type\":\"" DESCRIBE "\",\"content\":[65],\"hint\":\"Default\"},"
         "\"generators\":[[\"$.b\",{\"type_\":\"Uuid\",\"values\":null}],[\"$.a\",{\"type_\":\"RandomInt\",\"values\":\"{\\\"min\\\":1}\"}]],"
         "\"plugin_configuration\":{\"interaction_configuration\":\"{\\\"i\\\":1}\",\"pact_configuration\":\"{\\\"p\\\":2}\"},"
         "\"test_context\":\"{\\\"t\\\":3}\",\"test_mode\":\"Unknown\",\"content_for\":\"Request\"}"},
        {PACTWASM_TEST_MODE_CONSUMER, PACTWASM_CONTENT_FOR_RESPONSE, PACTWASM_HINT_TEXT,
         "\"test_mode\":\"Consumer\",\"content_for\":\"Response\"}"},
        {PACTWASM_TEST_MODE_PROVIDER, PACTWASM_CONTENT_FOR_REQUEST, PACTWASM_HINT_BINARY,
         "\"test_mode\":\"Provider\",\"content_for\":\"Request\"}"},
    };
    static const char *const hints[] = {"\"hint\":\"Default\"", "\"hint\":\"Text\"", "\"hint\":\"Binary\""};
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    PactWasmBody body;
    PactWasmError *error = NULL;
    size_t index;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body.content_type = text(DESCRIBE);
    request.body.content = text("A");
    request.generators_json = text("{\"$.b\":{\"type\":\"Uuid\"},\"$.a\":{\"type\":\"RandomInt\",\"values\":{\"min\":1}}}");
    request.plugin_configuration.interaction_json = text("{\"i\":1}");
    request.plugin_configuration.pact_json = text("{\"p\":2}");
    request.test_context_json = text("{\"t\":3}");
    for (index = 0; index < 3; index++) {
        request.test_mode = cases[index].test_mode;
        request.content_for = cases[index].content_for;
        request.body.hint = cases[index].hint;
        OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
        OK(pactwasm_content_get(content, &body, &error));
        if (index == 0) CHECK_TEXT(body.content, cases[index].expected);
        CHECK_CONTAINS(body.content, cases[index].expected);
        CHECK_CONTAINS(body.content, hints[cases[index].hint]);
        pactwasm_content_free(content);
    }
}

// ---- responses ----

static PactWasmInteraction *configure(const char *contents_config, PactWasmView test_context) {
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text("a/b");
    request.contents_config_json = text(contents_config);
    request.test_context_json = test_context;
    OK(pactwasm_plugin_configure_interaction(echo, &request, NULL, &interaction, &error));
    CHECK_EQUAL(pactwasm_interaction_count(interaction), 1);
    return interaction;
}

static PactWasmInteractionPart part_of(const PactWasmInteraction *interaction) {
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    memset(&part, 0xff, sizeof part);
    part.size = sizeof part;
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    return part;
}

static void configure_response_fields(void) {
    PactWasmPluginConfiguration configuration;
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction = configure(
        "{\"response\":{"
        "\"contents\":{\"content_type\":\"c/d\",\"content\":[0,255],\"hint\":\"Binary\"},"
        "\"rules\":[[\"$.b\",[{\"type_\":\"regex\",\"values\":\"{\\\"regex\\\":\\\"x\\\"}\"},{\"type_\":\"type\",\"values\":null}]],[\"$.a\",[]]],"
        "\"generators\":[[\"$.b\",{\"type_\":\"Uuid\",\"values\":null}],[\"$.a\",{\"type_\":\"RandomInt\",\"values\":\"{\\\"min\\\":1}\"}]],"
        "\"message_metadata\":\"{\\\"m\\\": 1}\","
        "\"plugin_configuration\":{\"interaction_configuration\":\"{\\\"i\\\":1}\",\"pact_configuration\":\"{\\\"p\\\":2}\"},"
        "\"interaction_markup\":\"<b>a</b>\",\"interaction_markup_type\":\"Html\",\"part_name\":\"request\","
        "\"metadata_rules\":[[\"key\",[{\"type_\":\"include\",\"values\":\"{\\\"value\\\":\\\"k\\\"}\"}]]],"
        "\"metadata_generators\":[[\"key\",{\"type_\":\"RandomString\",\"values\":\"{\\\"size\\\":9}\"}]]},"
        "\"plugin_configuration\":{\"interaction_configuration\":\"{\\\"I\\\":3}\",\"pact_configuration\":\"{\\\"P\\\":4}\"}}",
        text("{\"t\":1}"));
    PactWasmInteractionPart part = part_of(interaction);
    CHECK_EQUAL(part.size, sizeof part);
    CHECK_TEXT(part.part_name, "request");
    CHECK_TEXT(part.body.content_type, "c/d");
    CHECK_BYTES(part.body.content, "\0\377", 2);
    CHECK_EQUAL(part.body.hint, PACTWASM_HINT_BINARY);
    CHECK_TEXT(part.rules_json,
               "{\"$.b\":[{\"type\":\"regex\",\"values\":{\"regex\":\"x\"}},{\"type\":\"type\"}],\"$.a\":[]}");
    CHECK_TEXT(part.generators_json,
               "{\"$.b\":{\"type\":\"Uuid\"},\"$.a\":{\"type\":\"RandomInt\",\"values\":{\"min\":1}}}");
    CHECK_TEXT(part.message_metadata_json, "{\"m\": 1}");
    CHECK_TEXT(part.metadata_rules_json, "{\"key\":[{\"type\":\"include\",\"values\":{\"value\":\"k\"}}]}");
    CHECK_TEXT(part.metadata_generators_json, "{\"key\":{\"type\":\"RandomString\",\"values\":{\"size\":9}}}");
    CHECK_TEXT(part.plugin_configuration.interaction_json, "{\"i\":1}");
    CHECK_TEXT(part.plugin_configuration.pact_json, "{\"p\":2}");
    CHECK_TEXT(part.markup, "<b>a</b>");
    CHECK_EQUAL(part.markup_type, PACTWASM_MARKUP_HTML);
    OK(pactwasm_interaction_configuration(interaction, &configuration, &error));
    CHECK_TEXT(configuration.interaction_json, "{\"I\":3}");
    CHECK_TEXT(configuration.pact_json, "{\"P\":4}");
    pactwasm_interaction_free(interaction);

    // Nothing but defaults.
    interaction = configure("{\"response\":{}}", absent());
    part = part_of(interaction);
    CHECK_TEXT(part.part_name, "");
    CHECK_ABSENT(part.body.content_type);
    CHECK_ABSENT(part.body.content);
    CHECK_EQUAL(part.body.hint, PACTWASM_HINT_DEFAULT);
    CHECK_TEXT(part.rules_json, "{}");
    CHECK_TEXT(part.generators_json, "{}");
    CHECK_ABSENT(part.message_metadata_json);
    CHECK_TEXT(part.metadata_rules_json, "{}");
    CHECK_TEXT(part.metadata_generators_json, "{}");
    CHECK_ABSENT(part.plugin_configuration.interaction_json);
    CHECK_ABSENT(part.plugin_configuration.pact_json);
    CHECK_TEXT(part.markup, "");
    CHECK_EQUAL(part.markup_type, PACTWASM_MARKUP_COMMON_MARK);
    OK(pactwasm_interaction_configuration(interaction, &configuration, &error));
    CHECK_ABSENT(configuration.interaction_json);
    CHECK_ABSENT(configuration.pact_json);
    pactwasm_interaction_free(interaction);
}

// A body that is missing, and one that is empty.
static void missing_and_empty_bodies(void) {
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    PactWasmBody body;
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction;
    PactWasmInteractionPart part;
    interaction = configure("{\"response\":{\"contents\":{\"content_type\":\"c/d\",\"content\":null,\"hint\":\"Text\"}}}", absent());
    part = part_of(interaction);
    CHECK_TEXT(part.body.content_type, "c/d");
    CHECK_ABSENT(part.body.content);
    CHECK_EQUAL(part.body.hint, PACTWASM_HINT_TEXT);
    pactwasm_interaction_free(interaction);
    interaction = configure("{\"response\":{\"contents\":{\"content_type\":\"c/d\",\"content\":[],\"hint\":\"Default\"}}}", absent());
    part = part_of(interaction);
    CHECK_TEXT(part.body.content, "");
    pactwasm_interaction_free(interaction);

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body.content_type = text("a/b");
    OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_ABSENT(body.content);
    pactwasm_content_free(content);
    // Nobody has to know the content type.
    request.body.content_type = absent();
    OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_TEXT(body.content_type, "");
    pactwasm_content_free(content);
    request.body.content = text("");
    OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_TEXT(body.content, "");
    pactwasm_content_free(content);
}

static void nuls_and_other_characters(void) {
    static const char type[] = "a/b\0c", body_bytes[] = "\0x\0", accents[] = "\xc3\xa4/\xf0\x9f\x8e\x82";
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    PactWasmBody body;
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction;
    PactWasmInteractionPart part;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body.content_type = bytes(type, sizeof type - 1);
    request.body.content = bytes(body_bytes, sizeof body_bytes - 1);
    request.body.hint = PACTWASM_HINT_BINARY;
    OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_BYTES(body.content_type, type, sizeof type - 1);
    CHECK_BYTES(body.content, body_bytes, sizeof body_bytes - 1);
    CHECK_EQUAL(body.hint, PACTWASM_HINT_BINARY);
    pactwasm_content_free(content);
    request.body.content_type = text(accents);
    OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_TEXT(body.content_type, accents);
    pactwasm_content_free(content);

    interaction = configure("{\"response\":{\"interaction_markup\":\"a\\u0000b\",\"part_name\":\"\\u0000\"}}", absent());
    part = part_of(interaction);
    CHECK_BYTES(part.markup, "a\0b", 3);
    CHECK_BYTES(part.part_name, "\0", 1);
    pactwasm_interaction_free(interaction);
}

// A body of some size, in both directions.
static void large_body(void) {
    const size_t length = 8 << 20;
    char *data = (char *)malloc(length);
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    PactWasmBody body;
    PactWasmError *error = NULL;
    size_t index;
    CHECK(data != NULL);
    for (index = 0; index < length; index++) data[index] = (char)(index * 31 >> 3);
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body.content_type = text("a/b");
    request.body.content = bytes(data, length);
    OK(pactwasm_plugin_generate_content(echo, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK(body.content.len == length && memcmp(body.content.data, data, length) == 0);
    pactwasm_content_free(content);
    free(data);
}

// A program that was made with another version of the header: shorter and longer structs.
static void other_sizes(void) {
    struct {
        PactWasmMismatch mismatch;
        char more[16];
    } longer;
    struct {
        PactWasmCompareRequest request;
        char more[16];
    } request;
    PactWasmMismatch mismatch;
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.request = compare_request("a/b", "x", "y");
    request.request.size = sizeof request;
    OK(pactwasm_plugin_compare_contents(echo, &request.request, NULL, &comparison, &error));
    memset(&longer, 0xff, sizeof longer);
    longer.mismatch.size = sizeof longer;
    OK(pactwasm_comparison_get(comparison, 0, &longer.mismatch, &error));
    CHECK_TEXT(longer.mismatch.mismatch_type, "body");
    CHECK(memcmp(longer.more, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", sizeof longer.more) == 0);
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = offsetof(PactWasmMismatch, actual);
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_TEXT(mismatch.expected, "x");
    CHECK_ABSENT(mismatch.actual);
    pactwasm_comparison_free(comparison);
    // A field that this library does not know must be zero.
    request.more[3] = 1;
    FAILS(pactwasm_plugin_compare_contents(echo, &request.request, NULL, &comparison, &error), PACTWASM_ERROR_INVALID_ARGUMENT,
          "\"request\"");
}

// The same for servers, outcomes and verifications.
static void other_sizes_of_transports(void) {
    static const char interaction[] = "{\"interactionType\":\"Synchronous/Messages\"}";
    struct {
        PactWasmStartRequest request;
        char more[16];
    } start;
    struct {
        PactWasmPrepareRequest request;
        char more[16];
    } prepare;
    struct {
        PactWasmVerifyRequest request;
        char more[16];
    } verify;
    struct {
        PactWasmMockServerInfo info;
        char more[16];
    } server_info;
    struct {
        PactWasmOutcomeInfo info;
        char more[16];
    } outcome_info;
    struct {
        PactWasmResult result;
        char more[16];
    } result;
    static const char none[16];
    PactWasmMockServer *server = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmData *data = NULL;
    PactWasmError *error = NULL;
    memset(&start, 0, sizeof start);
    start.request.size = sizeof start;
    start.request.port = 7;
    start.request.host_interface = text("nowhere");
    start.request.interactions_json = text("[]");
    OK(pactwasm_plugin_start_mock_server(echo, &start.request, NULL, &server, &error));
    memset(&server_info, 0xff, sizeof server_info);
    server_info.info.size = sizeof server_info;
    OK(pactwasm_mock_server_info(server, &server_info.info, &error));
    CHECK_EQUAL(server_info.info.port, 7);
    CHECK(memcmp(server_info.more, none, sizeof none) == 0);
    memset(&server_info, 0xff, sizeof server_info);
    server_info.info.size = offsetof(PactWasmMockServerInfo, port);
    OK(pactwasm_mock_server_info(server, &server_info.info, &error));
    CHECK_TEXT(server_info.info.address, "nowhere");
    CHECK_EQUAL(server_info.info.port, -1);

    OK(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    memset(&outcome_info, 0xff, sizeof outcome_info);
    outcome_info.info.size = sizeof outcome_info;
    OK(pactwasm_outcome_info(outcome, &outcome_info.info, &error));
    CHECK_EQUAL(outcome_info.info.count, 1);
    CHECK(memcmp(outcome_info.more, none, sizeof none) == 0);
    memset(&outcome_info, 0xff, sizeof outcome_info);
    outcome_info.info.size = offsetof(PactWasmOutcomeInfo, count);
    OK(pactwasm_outcome_info(outcome, &outcome_info.info, &error));
    CHECK_EQUAL(outcome_info.info.ok, 0);
    CHECK(outcome_info.info.count == (size_t)-1);
    memset(&result, 0xff, sizeof result);
    result.result.size = sizeof result;
    OK(pactwasm_outcome_get(outcome, 0, &result.result, &error));
    CHECK_TEXT(result.result.path, "get-mock-server-results");
    CHECK_EQUAL(result.result.mismatch_count, 0);
    CHECK(memcmp(result.more, none, sizeof none) == 0);
    memset(&result, 0xff, sizeof result);
    result.result.size = offsetof(PactWasmResult, mismatch_count);
    OK(pactwasm_outcome_get(outcome, 0, &result.result, &error));
    CHECK_CONTAINS(result.result.error, "nowhere");
    CHECK(result.result.mismatch_count == (size_t)-1);
    pactwasm_outcome_free(outcome);
    pactwasm_mock_server_free(server);

    memset(&prepare, 0, sizeof prepare);
    prepare.request.size = sizeof prepare;
    prepare.request.interaction_json = text(interaction);
    OK(pactwasm_plugin_prepare_interaction(echo, &prepare.request, NULL, &data, &error));
    pactwasm_data_free(data);
    memset(&verify, 0, sizeof verify);
    verify.request.size = sizeof verify;
    verify.request.interaction_json = text(interaction);
    OK(pactwasm_plugin_verify_interaction(echo, &verify.request, NULL, &outcome, NULL, &error));
    pactwasm_outcome_free(outcome);
    // Without the fields at their ends, which count as zero.
    start.request.size = offsetof(PactWasmStartRequest, test_context_json);
    start.request.test_context_json = text("no JSON");
    OK(pactwasm_plugin_start_mock_server(echo, &start.request, NULL, &server, &error));
    pactwasm_mock_server_free(server);
    start.request.size = offsetof(PactWasmStartRequest, interactions_json);
    FAILS(pactwasm_plugin_start_mock_server(echo, &start.request, NULL, &server, &error), PACTWASM_ERROR_INVALID_ARGUMENT,
          "\"request.interactions_json\"");
    // Fields that this library does not know must be zero.
    start.request.size = sizeof start;
    start.request.test_context_json = absent();
    start.more[15] = prepare.more[0] = verify.more[7] = 1;
    FAILS(pactwasm_plugin_start_mock_server(echo, &start.request, NULL, &server, &error), PACTWASM_ERROR_INVALID_ARGUMENT, "\"request\"");
    FAILS(pactwasm_plugin_prepare_interaction(echo, &prepare.request, NULL, &data, &error), PACTWASM_ERROR_INVALID_ARGUMENT, "\"request\"");
    FAILS(pactwasm_plugin_verify_interaction(echo, &verify.request, NULL, &outcome, NULL, &error), PACTWASM_ERROR_INVALID_ARGUMENT,
          "\"request\"");
}

int main(void) {
    PactWasmHost *host = test_host(NULL);
    echo = test_plugin(host, "echo");
    compare_request_fields();
    generate_request_fields();
    configure_response_fields();
    missing_and_empty_bodies();
    nuls_and_other_characters();
    large_body();
    other_sizes();
    other_sizes_of_transports();
    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
    return 0;
}
