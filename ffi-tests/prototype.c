// A component of the prototype's interface through the C API: what it can do works as with any other, the rest says why not.

#include "check.h"

#include <pthread.h>

enum { THREADS = 8 };

#define TYPE "application/vnd.prototype"

static PactWasmHost *debugging_host(void) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_log_level(config, PACTWASM_LEVEL_DEBUG, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, THREADS, &error));
    return test_host(config);
}

// How many of the plugin's records have this level and target and begin with this text; the message of the last one that
// does, if it is wanted.
static size_t records(const PactWasmPlugin *plugin, int32_t level, const char *target, const char *start, char *message, size_t room) {
    PactWasmLogs *logs = NULL;
    PactWasmLogRecord record;
    PactWasmError *error = NULL;
    size_t index, found = 0;
    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    OK(pactwasm_plugin_logs(plugin, &logs, &error));
    for (index = 0; index < pactwasm_logs_count(logs); index++) {
        OK(pactwasm_logs_get(logs, index, &record, &error));
        if (record.level != level || strcmp((const char *)record.target.data, target) != 0 ||
            strncmp((const char *)record.message.data, start, strlen(start)) != 0)
            continue;
        found++;
        if (message != NULL) snprintf(message, room, "%s", (const char *)record.message.data);
    }
    pactwasm_logs_free(logs);
    return found;
}

static void introduction(const PactWasmPlugin *plugin) {
    static const char *const keys[] = {"plugin/prototype/content-matcher/prototype", "plugin/prototype/interaction/prototype",
                                       "plugin/prototype/content-matcher/other"};
    PactWasmCatalogue *catalogue = NULL;
    PactWasmCatalogueEntry entry;
    PactWasmError *error = NULL;
    size_t index;
    CHECK_TEXT(plugin_info(plugin).roles_json, "[\"content-matcher\"]");
    CHECK_TEXT(plugin_info(plugin).capabilities_json, "[]");
    memset(&entry, 0, sizeof entry);
    entry.size = sizeof entry;
    OK(pactwasm_plugin_catalogue(plugin, &catalogue, &error));
    CHECK_EQUAL(pactwasm_catalogue_count(catalogue), 3);
    for (index = 0; index < 3; index++) {
        OK(pactwasm_catalogue_get(catalogue, index, &entry, &error));
        CHECK_TEXT(entry.key, keys[index]);
    }
    CHECK_TEXT(entry.values_json, "{\"content-types\":\"text/other\",\"more\":\"1\"}");
    pactwasm_catalogue_free(catalogue);
    CHECK_EQUAL(records(plugin, PACTWASM_LEVEL_DEBUG, "prototype", "init: ", NULL, 0), 1);
    CHECK_EQUAL(records(plugin, PACTWASM_LEVEL_WARN, "pact_wasm", "the catalogue entry ", NULL, 0), 3);
}

static void catalogue(const PactWasmPlugin *plugin) {
    static const char entries[] = "[{\"entryType\":\"generator\",\"key\":\"a\"},{\"entryType\":\"matcher\",\"key\":\"b\",\"values\":{\"x\":\"y\"}}]";
    PactWasmError *error = NULL;
    char message[256];
    OK(pactwasm_plugin_update_catalogue(plugin, entries, sizeof entries - 1, NULL, &error));
    CHECK(records(plugin, PACTWASM_LEVEL_DEBUG, "prototype", "update-catalogue", message, sizeof message) > 0);
    CHECK_TEXT(text(message), "update-catalogue: [{\"entry_type\":\"Matcher\",\"key\":\"b\",\"values\":[[\"x\",\"y\"]]}]");
}

static int32_t configure(const PactWasmPlugin *plugin, const char *config, PactWasmInteraction **interaction, PactWasmError **error) {
    PactWasmConfigureRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text(TYPE "+json");
    request.contents_config_json = text(config);
    return pactwasm_plugin_configure_interaction(plugin, &request, NULL, interaction, error);
}

static void configuring(const PactWasmPlugin *plugin) {
    PactWasmInteraction *interaction = NULL;
    PactWasmInteractionPart part;
    PactWasmPluginConfiguration configuration;
    PactWasmError *error = NULL;
    char message[256];
    memset(&part, 0, sizeof part);
    part.size = sizeof part;
    OK(configure(plugin,
                 "{\"details\":{\"interaction\":[{\"part_name\":\"response\",\"contents\":{\"content_type\":\"a/b\",\"content\":[97,0],"
                 "\"content_type_hint\":\"Binary\"},\"plugin_configuration\":{\"interaction_configuration\":\"{\\\"i\\\":1}\","
                 "\"pact_configuration\":\"\"}}],\"plugin_config\":{\"interaction_configuration\":\"\","
                 "\"pact_configuration\":\"{\\\"p\\\":2}\"}}}",
                 &interaction, &error));
    CHECK_EQUAL(pactwasm_interaction_count(interaction), 1);
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    CHECK_TEXT(part.part_name, "response");
    CHECK_TEXT(part.body.content_type, "a/b");
    CHECK_BYTES(part.body.content, "a", 2);
    CHECK_EQUAL(part.body.hint, PACTWASM_HINT_BINARY);
    CHECK_TEXT(part.plugin_configuration.interaction_json, "{\"i\":1}");
    CHECK_ABSENT(part.plugin_configuration.pact_json);
    CHECK_TEXT(part.rules_json, "{}");
    CHECK_ABSENT(part.message_metadata_json);
    OK(pactwasm_interaction_configuration(interaction, &configuration, &error));
    CHECK_ABSENT(configuration.interaction_json);
    CHECK_TEXT(configuration.pact_json, "{\"p\":2}");
    pactwasm_interaction_free(interaction);

    // It gets the sub type alone, and the config as it is.
    OK(configure(plugin, "{ \"a\": 2.0 }", &interaction, &error));
    pactwasm_interaction_free(interaction);
    records(plugin, PACTWASM_LEVEL_DEBUG, "prototype", "configure-interaction", message, sizeof message);
    CHECK_TEXT(text(message), "configure-interaction: [\"vnd.prototype\",\"{ \\\"a\\\": 2.0 }\"]");

    FAILS(configure(plugin, "{\"error\":\"no such key\"}", &interaction, &error), PACTWASM_ERROR_PLUGIN,
          "configure-interaction: the plugin answered: no such key");
    FAILS(configure(plugin,
                    "{\"details\":{\"interaction\":[],\"plugin_config\":{\"interaction_configuration\":\"{\",\"pact_configuration\":\"\"}}}",
                    &interaction, &error),
          PACTWASM_ERROR_INVALID_RESPONSE, "configure-interaction: the answer's interaction-configuration is not valid");
}

static void comparing(const PactWasmPlugin *plugin) {
    PactWasmCompareRequest request = compare_request("a/b", "expected", "actual");
    PactWasmComparison *comparison = NULL;
    PactWasmMismatch mismatch;
    PactWasmError *error = NULL;
    char message[512];
    int32_t verdict = -1;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;
    CHECK_EQUAL(verdict_of(plugin, "a/b", "same", "same"), PACTWASM_VERDICT_MATCH);

    request.expected.content = bytes("\0", 1);
    request.expected.hint = PACTWASM_HINT_TEXT;
    request.allow_unexpected_keys = 1;
    request.rules_json = text("{\"$\":[{\"type\":\"type\"}]}");
    request.plugin_configuration.interaction_json = text("{\"i\":1}");
    OK(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error));
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    CHECK_EQUAL(verdict, PACTWASM_VERDICT_MISMATCH);
    CHECK_EQUAL(pactwasm_comparison_count(comparison), 2);
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_TEXT(mismatch.expression, "$");
    CHECK_BYTES(mismatch.expected, "\0", 1);
    CHECK_TEXT(mismatch.actual, "actual");
    CHECK_TEXT(mismatch.description, "the bodies differ");
    CHECK_TEXT(mismatch.path, "$");
    CHECK_TEXT(mismatch.diff, "- expected\n+ actual");
    CHECK_TEXT(mismatch.mismatch_type, "body");
    OK(pactwasm_comparison_get(comparison, 1, &mismatch, &error));
    CHECK_TEXT(mismatch.expression, "$.empty");
    CHECK_ABSENT(mismatch.expected);
    CHECK_ABSENT(mismatch.actual);
    CHECK_ABSENT(mismatch.diff);
    CHECK_ABSENT(mismatch.mismatch_type);
    pactwasm_comparison_free(comparison);
    records(plugin, PACTWASM_LEVEL_DEBUG, "prototype", "compare-contents", message, sizeof message);
    CHECK_CONTAINS(text(message), "\"expected\":{\"content_type\":\"a/b\",\"content\":[0],\"content_type_hint\":\"Text\"}");
    CHECK_CONTAINS(text(message), "\"allow_unexpected_keys\":true");
    CHECK_CONTAINS(text(message), "{\"interaction_configuration\":\"{\\\"i\\\":1}\",\"pact_configuration\":\"\"}");

    request.actual.content_type = text("c/d");
    OK(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error));
    OK(pactwasm_comparison_verdict(comparison, &verdict, &error));
    CHECK_EQUAL(verdict, PACTWASM_VERDICT_CONTENT_TYPE);
    OK(pactwasm_comparison_get(comparison, 0, &mismatch, &error));
    CHECK_TEXT(mismatch.expected, "a/b");
    CHECK_TEXT(mismatch.actual, "c/d");
    pactwasm_comparison_free(comparison);

    request = compare_request("a/b", "", "error");
    FAILS(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN, "the guest says no");
    request = compare_request("a/b", "", "trap");
    FAILS(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error), PACTWASM_ERROR_TRAP, "compare-contents: the plugin crashed");
}

#define UNSUPPORTED(call, role)                                                                                               \
    FAILS(call, PACTWASM_ERROR_UNSUPPORTED, "its component is of the prototype's interface (plugin:jwt), which has no " role)

static void unsupported(const PactWasmPlugin *plugin) {
    static const char generate_json[] = "{\"body\":{\"contentType\":\"a/b\"}}";
    PactWasmGenerateRequest generate;
    PactWasmMatchFieldRequest match;
    PactWasmGenerateFieldRequest generate_field;
    PactWasmContent *content = NULL;
    PactWasmComparison *comparison = NULL;
    PactWasmField *field = NULL;
    PactWasmBytes response = {NULL, 0};
    PactWasmError *error = NULL;
    memset(&generate, 0, sizeof generate);
    generate.size = sizeof generate;
    generate.body.content_type = text("a/b");
    UNSUPPORTED(pactwasm_plugin_generate_content(plugin, &generate, NULL, &content, &error), "content-generator");
    memset(&match, 0, sizeof match);
    match.size = sizeof match;
    match.key = match.rule_type = text("a");
    UNSUPPORTED(pactwasm_plugin_match_field(plugin, &match, NULL, &comparison, &error), "field-matcher");
    memset(&generate_field, 0, sizeof generate_field);
    generate_field.size = sizeof generate_field;
    generate_field.key = generate_field.generator_type = text("a");
    UNSUPPORTED(pactwasm_plugin_generate_field(plugin, &generate_field, NULL, &field, &error), "field-generator");
    UNSUPPORTED(pactwasm_plugin_call(plugin, "generate-content", 16, generate_json, sizeof generate_json - 1, NULL, &response, &error),
                "content-generator");
}

static int turns(void) {
    return slowness() > 10 ? 2 : 20;
}

static void *compare_often(void *data) {
    const PactWasmPlugin *plugin = (const PactWasmPlugin *)data;
    int turn;
    for (turn = 0; turn < turns(); turn++) CHECK_EQUAL(verdict_of(plugin, "a/b", "same", "same"), PACTWASM_VERDICT_MATCH);
    return NULL;
}

// The plugin numbers the comparisons of its instance, and each number comes once.
static void threads(PactWasmPlugin *plugin) {
    pthread_t running[THREADS];
    char start[64];
    int index;
    for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_create(&running[index], NULL, compare_often, plugin), 0);
    for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_join(running[index], NULL), 0);
    for (index = 1; index <= THREADS * turns(); index++) {
        snprintf(start, sizeof start, "compare-contents %d:", index);
        CHECK_EQUAL(records(plugin, PACTWASM_LEVEL_DEBUG, "prototype", start, NULL, 0), 1);
    }
}

int main(void) {
    PactWasmHost *host = debugging_host();
    PactWasmPlugin *plugin = test_plugin(host, "prototype");
    threads(plugin);
    introduction(plugin);
    catalogue(plugin);
    configuring(plugin);
    comparing(plugin);
    unsupported(plugin);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    return 0;
}
