// From discovery to a verdict with the JWT plugin, through the typed functions and through the generic call.

#include "check.h"
#include "keys.h"

#define JWT "application/jwt"
#define KEY "\"private-key\":\"" RSA_PRIVATE_KEY "\""
#define CONTENT_TYPES "{\"content-types\":\"application/jwt;application/jwt\\\\+json\"}"

static PactWasmPlugin *jwt;

static PactWasmInteraction *configure(const char *contents_config) {
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text(JWT);
    request.contents_config_json = text(contents_config);
    OK(pactwasm_plugin_configure_interaction(jwt, &request, NULL, &interaction, &error));
    return interaction;
}

static PactWasmInteractionPart part_of(const PactWasmInteraction *interaction) {
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    memset(&part, 0, sizeof part);
    part.size = sizeof part;
    CHECK_EQUAL(pactwasm_interaction_count(interaction), 1);
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    return part;
}

static PactWasmComparison *compare(const PactWasmInteractionPart *part, PactWasmView actual, const char *actual_type) {
    PactWasmCompareRequest request;
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.expected = part->body;
    request.actual.content_type = text(actual_type);
    request.actual.content = actual;
    request.rules_json = part->rules_json;
    request.plugin_configuration = part->plugin_configuration;
    OK(pactwasm_plugin_compare_contents(jwt, &request, NULL, &comparison, &error));
    return comparison;
}

// The comparison gives exactly these paths, separated by spaces; none is a match.
static void expect_paths(const PactWasmInteractionPart *part, PactWasmView actual, const char *expected) {
    PactWasmComparison *comparison = compare(part, actual, JWT);
    PactWasmError *error = NULL;
    PactWasmMismatch mismatch;
    char paths[256] = "";
    int32_t verdict = -1;
    size_t index;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    for (index = 0; index < pactwasm_comparison_count(comparison); index++) {
        OK(pactwasm_comparison_get(comparison, index, &mismatch, &error));
        CHECK_TEXT(mismatch.expression, (const char *)mismatch.path.data);
        CHECK_TEXT(mismatch.mismatch_type, "body");
        CHECK(mismatch.description.len > 10);
        CHECK(strlen(paths) + mismatch.path.len + 2 < sizeof paths);
        if (index > 0) strcat(paths, " ");
        strcat(paths, (const char *)mismatch.path.data);
    }
    CHECK_TEXT(text(paths), expected);
    CHECK_EQUAL(verdict, *expected == '\0' ? PACTWASM_VERDICT_MATCH : PACTWASM_VERDICT_MISMATCH);
    pactwasm_comparison_free(comparison);
}

static void discovery(const PactWasmHost *host) {
    PactWasmInstalled *installed = NULL;
    PactWasmInstalledPlugin plugin;
    PactWasmError *error = NULL;
    char directory[4096];
    size_t index, found = 0;
    memset(&plugin, 0, sizeof plugin);
    plugin.size = sizeof plugin;
    OK(pactwasm_host_discover(host, &installed, &error));
    CHECK(pactwasm_installed_count(installed) >= 3);
    for (index = 0; index < pactwasm_installed_count(installed); index++) {
        OK(pactwasm_installed_get(installed, index, &plugin, &error));
        CHECK_ABSENT(plugin.problem);
        if (strcmp((const char *)plugin.name.data, "jwt") != 0) continue;
        found++;
        snprintf(directory, sizeof directory, "%s/jwt-%s", environment("PACT_WASM_TEST_PLUGINS"), (const char *)plugin.version.data);
        CHECK_TEXT(plugin.directory, directory);
        CHECK_TEXT(plugin.version, "0.1.0");
        CHECK_TEXT(plugin.executable_type, "wasm");
    }
    CHECK_EQUAL(found, 1);
    pactwasm_installed_free(installed);
}

static void info_and_init(const PactWasmHost *host) {
    PactWasmPluginInfo info, again;
    PactWasmPlugin *second = NULL;
    PactWasmError *error = NULL;
    const char *id;
    size_t index;
    OK(pactwasm_host_load(host, "jwt", 3, "0.1.0", 5, &jwt, &error));
    info = plugin_info(jwt);
    CHECK_TEXT(info.name, "jwt");
    CHECK_TEXT(info.version, "0.1.0");
    CHECK_TEXT(info.roles_json, "[\"content-matcher\",\"content-generator\"]");
    CHECK_CONTAINS(info.directory, "jwt-0.1.0");
    CHECK_ABSENT(info.capabilities_json);
    CHECK_EQUAL(info.instance_id.len, 36);
    id = (const char *)info.instance_id.data;
    for (index = 0; index < 36; index++)
        CHECK(index == 8 || index == 13 || index == 18 || index == 23 ? id[index] == '-'
                                                                      : strchr("0123456789abcdef", id[index]) != NULL);
    OK(pactwasm_plugin_init(jwt, NULL, &error));
    OK(pactwasm_plugin_init(jwt, NULL, &error));
    CHECK_TEXT(plugin_info(jwt).capabilities_json, "[]");

    // The same plugin again is the same plugin, initialised and all.
    OK(pactwasm_host_load(host, "jwt", 3, NULL, 0, &second, &error));
    CHECK(second != jwt);
    again = plugin_info(second);
    CHECK_BYTES(again.instance_id, id, 36);
    CHECK_TEXT(again.capabilities_json, "[]");
    pactwasm_plugin_free(second);
}

static void expect_catalogue(PactWasmCatalogue *catalogue) {
    static const char *const types[] = {"content-matcher", "content-generator"};
    char key[64];
    size_t index, own = own_entries(catalogue);
    CHECK_EQUAL(plugin_entries(catalogue), 2);
    for (index = 0; index < 2; index++) {
        PactWasmCatalogueEntry entry = entry_of(catalogue, own + index);
        snprintf(key, sizeof key, "plugin/jwt/%s/jwt", types[index]);
        CHECK_TEXT(entry.key, key);
        CHECK_TEXT(entry.plugin_name, "jwt");
        CHECK_TEXT(entry.entry_type, types[index]);
        CHECK_TEXT(entry.values_json, CONTENT_TYPES);
    }
    pactwasm_catalogue_free(catalogue);
}

static void catalogues(const PactWasmHost *host) {
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    PactWasmPlugin *echo;
    OK(pactwasm_plugin_catalogue(jwt, &catalogue, &error));
    CHECK_EQUAL(own_entries(catalogue), 0);
    expect_catalogue(catalogue);
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    expect_catalogue(catalogue);
    // A plugin's entries come with its init and go with its last handle.
    echo = test_plugin(host, "echo");
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    CHECK_EQUAL(plugin_entries(catalogue), 7);
    pactwasm_catalogue_free(catalogue);
    pactwasm_plugin_free(echo);
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    expect_catalogue(catalogue);
}

static void part_fields(const PactWasmInteraction *interaction) {
    PactWasmInteractionPart part = part_of(interaction);
    PactWasmPluginConfiguration configuration;
    PactWasmError *error = NULL;
    CHECK_TEXT(part.part_name, "");
    CHECK_TEXT(part.body.content_type, JWT);
    CHECK_EQUAL(part.body.hint, PACTWASM_HINT_TEXT);
    CHECK_EQUAL(strncmp((const char *)part.body.content.data, "eyJ", 3), 0);
    CHECK_TEXT(part.rules_json, "{\"$.claims.exp\":[{\"type\":\"integer\"}],"
                                "\"$.claims.jti\":[{\"type\":\"type\"}]}");
    CHECK_TEXT(part.generators_json,
               "{\"$\":{\"type\":\"JWT\",\"values\":{\"algorithm\":\"RS512\",\"lifetime\":300," KEY "}}}");
    CHECK_ABSENT(part.message_metadata_json);
    CHECK_TEXT(part.metadata_rules_json, "{}");
    CHECK_TEXT(part.metadata_generators_json, "{}");
    CHECK_CONTAINS(part.plugin_configuration.interaction_json, "RS512");
    CHECK_CONTAINS(part.plugin_configuration.interaction_json, "BEGIN PUBLIC KEY");
    CHECK_ABSENT(part.plugin_configuration.pact_json);
    CHECK_CONTAINS(part.markup, "RS512");
    CHECK_EQUAL(part.markup_type, PACTWASM_MARKUP_COMMON_MARK);
    OK(pactwasm_interaction_configuration(interaction, &configuration, &error));
    CHECK_ABSENT(configuration.interaction_json);
    CHECK_ABSENT(configuration.pact_json);
}

// Compares with a token that was made from another contents config.
static void expect_paths_of_config(const PactWasmInteractionPart *part, const char *contents_config, const char *expected) {
    PactWasmInteraction *other = configure(contents_config);
    PactWasmInteractionPart other_part = part_of(other);
    expect_paths(part, other_part.body.content, expected);
    pactwasm_interaction_free(other);
}

static void verdicts(const PactWasmInteractionPart *part) {
    size_t length = part->body.content.len;
    char *tampered = (char *)malloc(length + 1), *signature;
    CHECK(tampered != NULL);
    memcpy(tampered, part->body.content.data, length + 1);
    signature = strrchr(tampered, '.') + 1;
    *signature = *signature == 'A' ? 'B' : 'A';

    expect_paths(part, part->body.content, "");
    expect_paths(part, bytes(tampered, length), "$");
    expect_paths(part, text("not a token"), "$");
    expect_paths(part, absent(), "$");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"joe\",\"admin\":true}", "");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"jim\",\"admin\":true}", "claims:sub");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"joe\"}", "claims:admin");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"joe\",\"admin\":true,\"more\":1}", "claims:more");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"joe\",\"admin\":true,\"exp\":1000}", "claims:exp");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"joe\",\"admin\":true,\"token-type\":\"at+jwt\"}", "header:typ");
    expect_paths_of_config(part, "{" KEY ",\"subject\":\"jim\",\"algorithm\":\"RS256\"}", "header:alg $ claims:admin claims:sub");
    free(tampered);
}

static void content_type_mismatch(const PactWasmInteractionPart *part) {
    PactWasmComparison *comparison = compare(part, part->body.content, "text/plain");
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    int32_t verdict = -1;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    CHECK_EQUAL(verdict, PACTWASM_VERDICT_CONTENT_TYPE);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 1);
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_TEXT(mismatch.expected, JWT);
    CHECK_TEXT(mismatch.actual, "text/plain");
    CHECK_CONTAINS(mismatch.description, "text/plain");
    pactwasm_comparison_free(comparison);
}

static void generating(const PactWasmInteractionPart *part) {
    PactWasmGenerateRequest request;
    PactWasmContent *content = NULL;
    PactWasmError *error = NULL;
    PactWasmBody body;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.body = part->body;
    request.generators_json = part->generators_json;
    request.plugin_configuration = part->plugin_configuration;
    request.test_mode = PACTWASM_TEST_MODE_PROVIDER;
    OK(pactwasm_plugin_generate_content(jwt, &request, NULL, &content, &error));
    OK(pactwasm_content_get(content, &body, &error));
    CHECK_TEXT(body.content_type, JWT);
    CHECK_EQUAL(body.hint, PACTWASM_HINT_TEXT);
    // Another token (it has a new id) that is as good.
    CHECK(strcmp((const char *)body.content.data, (const char *)part->body.content.data) != 0);
    expect_paths(part, body.content, "");
    pactwasm_content_free(content);
}

// ---- the generic call ----

static void base64(PactWasmView view, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *data = (const unsigned char *)view.data;
    size_t index, place;
    for (index = 0; index < view.len; index += 3) {
        unsigned long group = 0;
        for (place = 0; place < 3; place++) group = group << 8 | (index + place < view.len ? data[index + place] : 0);
        for (place = 0; place < 4; place++) *out++ = index + place > view.len ? '=' : digits[group >> (18 - 6 * place) & 63];
    }
    *out = '\0';
}

static PactWasmBytes call(const char *operation, const char *request) {
    PactWasmBytes response;
    PactWasmError *error = NULL;
    OK(pactwasm_plugin_call(jwt, operation, strlen(operation), request, strlen(request), NULL, &response, &error));
    CHECK_EQUAL(response.data[response.len], 0);
    return response;
}

static void expect_response(const char *operation, const char *request, const char *expected) {
    PactWasmBytes response = call(operation, request);
    CHECK_TEXT(bytes(response.data, response.len), expected);
    pactwasm_bytes_free(&response);
    CHECK(response.data == NULL && response.len == 0);
    pactwasm_bytes_free(&response);
}

static void generic_call(const PactWasmInteractionPart *part) {
    static char request[65536], body[16384], token[8192];
    const char *rules = (const char *)part->rules_json.data;
    const char *configuration = (const char *)part->plugin_configuration.interaction_json.data;
    PactWasmBytes response;
    char *generated, *end;
    size_t length;

    expect_response("init", "{}",
                    "{\"catalogue\":[{\"entryType\":\"content-matcher\",\"key\":\"jwt\",\"values\":" CONTENT_TYPES
                    "},{\"entryType\":\"content-generator\",\"key\":\"jwt\",\"values\":" CONTENT_TYPES "}],\"pluginCapabilities\":[]}");
    expect_response("update-catalogue", "{\"catalogue\":[{\"entryType\":\"matcher\",\"key\":\"core/matcher/type\"}]}", "{}");

    response = call("configure-interaction", "{\"contentType\":\"" JWT "\",\"contentsConfig\":{" KEY ",\"subject\":\"joe\"}}");
    CHECK_CONTAINS(bytes(response.data, response.len), "{\"interactions\":[{\"contents\":{\"contentType\":\"" JWT "\",\"content\":\"");
    CHECK_CONTAINS(bytes(response.data, response.len), "\"hint\":\"text\"}");
    CHECK_CONTAINS(bytes(response.data, response.len), "\"interactionMarkupType\":\"commonMark\"");
    CHECK_CONTAINS(bytes(response.data, response.len), "\"generators\":{}");
    pactwasm_bytes_free(&response);

    CHECK(part->body.content.len < sizeof token / 2);
    base64(part->body.content, token);
    snprintf(body, sizeof body, "{\"contentType\":\"" JWT "\",\"content\":\"%s\"}", token);
    length = (size_t)snprintf(request, sizeof request,
                              "{\"expected\":%s,\"actual\":%s,\"rules\":%s,\"pluginConfiguration\":{\"interactionConfiguration\":%s}}", body,
                              body, rules, configuration);
    CHECK(length < sizeof request);
    expect_response("compare-contents", request, "{\"results\":{}}");
    snprintf(request, sizeof request,
             "{\"expected\":%s,\"actual\":{\"contentType\":\"text/plain\",\"content\":\"aGVsbG8=\"},"
             "\"pluginConfiguration\":{\"interactionConfiguration\":%s}}",
             body, configuration);
    expect_response("compare-contents", request,
                    "{\"contentTypeMismatch\":{\"expected\":\"application/jwt\",\"actual\":\"text/plain\"}}");

    snprintf(request, sizeof request,
             "{\"body\":%s,\"generators\":%s,\"pluginConfiguration\":{\"interactionConfiguration\":%s},"
             "\"testMode\":\"provider\",\"contentFor\":\"response\"}",
             body, (const char *)part->generators_json.data, configuration);
    response = call("generate-content", request);
    // What was generated is compared in turn.
    generated = strstr((char *)response.data, "\"content\":\"");
    CHECK(generated != NULL);
    generated += strlen("\"content\":\"");
    end = strchr(generated, '"');
    CHECK(end != NULL);
    *end = '\0';
    CHECK(strcmp(generated, token) != 0);
    snprintf(request, sizeof request,
             "{\"expected\":%s,\"actual\":{\"contentType\":\"" JWT "\",\"content\":\"%s\"},\"rules\":%s,"
             "\"pluginConfiguration\":{\"interactionConfiguration\":%s}}",
             body, generated, rules, configuration);
    *end = '"';
    expect_response("compare-contents", request, "{\"results\":{}}");
    pactwasm_bytes_free(&response);
}

int main(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmInteraction *interaction;
    PactWasmInteractionPart part;
    CHECK_TEXT(text(pactwasm_version()), "0.1.0");
    CHECK_EQUAL(pactwasm_abi_version(), PACTWASM_ABI_VERSION);
    CHECK_EQUAL(pactwasm_has_feature("crypto", 6), 1);
    CHECK_EQUAL(pactwasm_has_feature("cache", 5), 1);
    CHECK_EQUAL(pactwasm_has_feature("telepathy", 9), 0);
    discovery(host);
    info_and_init(host);
    catalogues(host);
    interaction = configure("{" KEY ",\"subject\":\"joe\",\"admin\":true,\"re-sign\":true}");
    part_fields(interaction);
    part = part_of(interaction);
    verdicts(&part);
    content_type_mismatch(&part);
    generating(&part);
    generic_call(&part);
    pactwasm_interaction_free(interaction);
    pactwasm_plugin_free(jwt);
    pactwasm_host_free(host);
    return 0;
}
