// Fork: handles from before are refused in the child, and a host that is made there works completely. alarm() ends what hangs.

#include "check.h"

#include <sys/wait.h>

// A host works: load, init, call, stop a loop and a sleep.
static void work(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *hostile = test_plugin(host, "hostile"), *echo = test_plugin(host, "echo");
    PactWasmCallOptions options = call_options(100);
    PactWasmError *error = NULL;
    PactWasmCancel *cancel = NULL;
    CHECK_EQUAL(verdict_of(echo, "a/b", "x", "x"), PACTWASM_VERDICT_MATCH);
    FAILS(misbehave(hostile, "x/loop", "", &options, &error), PACTWASM_ERROR_DEADLINE, "deadline of 100 ms");
    FAILS(misbehave(hostile, "x/sleep", "", &options, &error), PACTWASM_ERROR_DEADLINE, "deadline of 100 ms");
    FAILS(misbehave(hostile, "x/trap", "", NULL, &error), PACTWASM_ERROR_TRAP, "crashed");
    FAILS(misbehave(hostile, "x/recurse", "", NULL, &error), PACTWASM_ERROR_STACK_LIMIT, "stack");
    OK(pactwasm_cancel_new(&cancel, &error));
    OK(pactwasm_cancel_trigger(cancel, &error));
    options = call_options(0);
    options.cancel = cancel;
    FAILS(misbehave(hostile, "x/sleep", "", &options, &error), PACTWASM_ERROR_CANCELLED, "cancelled");
    pactwasm_cancel_free(cancel);
    OK(misbehave(hostile, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(echo);
    pactwasm_plugin_free(hostile);
    pactwasm_host_free(host);
}

// Handles of every type, made before the fork.
static PactWasmConfig *config;
static PactWasmHost *host;
static PactWasmPlugin *plugin;
static PactWasmCancel *cancel;
static PactWasmInstalled *installed;
static PactWasmCatalogue *catalogue;
static PactWasmInteraction *interaction;
static PactWasmComparison *comparison;
static PactWasmContent *content;
static PactWasmLogs *logs;
static PactWasmPlugin *line;
static PactWasmMockServer *server;
static PactWasmOutcome *outcome;
static PactWasmData *data;
static PactWasmError *failed;

static PactWasmConfigureRequest configure;
static PactWasmCompareRequest compare;
static PactWasmGenerateRequest generate;
static PactWasmMatchFieldRequest match;
static PactWasmGenerateFieldRequest field;
static PactWasmStartRequest start;
static PactWasmPrepareRequest prepare;
static PactWasmVerifyRequest verify;

#define INTERACTION                                                                                                           \
    "{\"interactionType\":\"Synchronous/Messages\",\"pluginConfiguration\":{\"interactionConfiguration\":"                    \
    "{\"command\":\"a\",\"request\":\"\",\"response\":\"\"}}}"

static void make_handles(void) {
    PactWasmError *error = NULL;
    config = test_config();
    host = test_host(NULL);
    plugin = test_plugin(host, "hostile");
    configure.size = sizeof configure;
    configure.content_type = text("x/fine");
    configure.contents_config_json = text("{}");
    compare = compare_request("x/fine", "", "");
    generate.size = sizeof generate;
    match.size = sizeof match;
    match.key = match.rule_type = text("x");
    field.size = sizeof field;
    field.key = field.generator_type = text("x");
    OK(pactwasm_cancel_new(&cancel, &error));
    OK(pactwasm_host_discover(host, &installed, &error));
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    OK(pactwasm_plugin_configure_interaction(plugin, &configure, NULL, &interaction, &error));
    OK(pactwasm_plugin_compare_contents(plugin, &compare, NULL, &comparison, &error));
    OK(pactwasm_plugin_generate_content(plugin, &generate, NULL, &content, &error));
    OK(misbehave(plugin, "x/stdout", "", NULL, &error));
    OK(pactwasm_plugin_logs(plugin, &logs, &error));
    start.size = sizeof start;
    start.interactions_json = text("[" INTERACTION "]");
    prepare.size = sizeof prepare;
    prepare.interaction_json = text(INTERACTION);
    verify.size = sizeof verify;
    verify.interaction_json = text(INTERACTION);
    line = test_plugin(host, "line");
    OK(pactwasm_plugin_start_mock_server(line, &start, NULL, &server, &error));
    OK(pactwasm_mock_server_results(server, NULL, &outcome, &error));
    OK(pactwasm_plugin_prepare_interaction(line, &prepare, NULL, &data, &error));
    CHECK_EQUAL(pactwasm_host_new(NULL, NULL, &failed), PACTWASM_ERROR_INVALID_ARGUMENT);
    CHECK(pactwasm_installed_count(installed) > 0 && pactwasm_catalogue_count(catalogue) > 0);
    CHECK(pactwasm_interaction_count(interaction) > 0 && pactwasm_logs_count(logs) > 0);
}

static void free_handles(void) {
    pactwasm_error_free(failed);
    pactwasm_data_free(data);
    pactwasm_outcome_free(outcome);
    pactwasm_mock_server_free(server);
    pactwasm_plugin_free(line);
    pactwasm_logs_free(logs);
    pactwasm_content_free(content);
    pactwasm_comparison_free(comparison);
    pactwasm_interaction_free(interaction);
    pactwasm_catalogue_free(catalogue);
    pactwasm_installed_free(installed);
    pactwasm_cancel_free(cancel);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    pactwasm_config_free(config);
}

static void never_called(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    (void)call;
    (void)answer;
    (void)user_data;
}

#define FORKED(call) FAILS(call, PACTWASM_ERROR_FORKED, "made before the process forked")
#define FORKED_GET(function, list, type)                                                                                      \
    do {                                                                                                                      \
        type record;                                                                                                          \
        memset(&record, 0, sizeof record);                                                                                    \
        record.size = sizeof record;                                                                                          \
        FORKED(function(list, 0, &record, &error));                                                                           \
    } while (0)

static void refused(void) {
    PactWasmError *error = NULL;
    PactWasmHost *new_host = NULL;
    PactWasmPlugin *new_plugin = NULL;
    PactWasmInstalled *new_installed = NULL;
    PactWasmCatalogue *new_catalogue = NULL;
    PactWasmInteraction *new_interaction = NULL;
    PactWasmContent *new_content = NULL;
    PactWasmComparison *new_comparison = NULL;
    PactWasmField *new_field = NULL;
    PactWasmLogs *new_logs = NULL;
    PactWasmMockServer *new_server = NULL;
    PactWasmOutcome *new_outcome = NULL;
    PactWasmData *new_data = NULL;
    PactWasmMockServerInfo server_info;
    PactWasmOutcomeInfo outcome_info;
    PactWasmMismatch mismatch;
    PactWasmInteractionData view;
    PactWasmBytes response;
    PactWasmPluginInfo info;
    PactWasmErrorInfo details;
    PactWasmPluginConfiguration configuration;
    PactWasmBody body;
    int32_t verdict;
    const char *directory = environment("PACT_WASM_TEST_PLUGINS");
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    memset(&details, 0, sizeof details);
    details.size = sizeof details;
    memset(&server_info, 0, sizeof server_info);
    server_info.size = sizeof server_info;
    memset(&outcome_info, 0, sizeof outcome_info);
    outcome_info.size = sizeof outcome_info;
    memset(&mismatch, 0, sizeof mismatch);
    mismatch.size = sizeof mismatch;

    FORKED(pactwasm_host_new(config, &new_host, &error));
    FORKED(pactwasm_config_set_plugin_directory(config, "x", 1, &error));
    FORKED(pactwasm_config_set_cache_directory(config, "x", 1, &error));
    FORKED(pactwasm_config_set_implementation(config, "x", 1, "1", 1, &error));
    FORKED(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, 1, &error));
    FORKED(pactwasm_config_set_signal_handlers(config, 1, &error));
    FORKED(pactwasm_config_set_log_level(config, PACTWASM_LEVEL_INFO, &error));
    FORKED(pactwasm_config_set_log_callback(config, NULL, NULL, NULL, &error));
    FORKED(pactwasm_config_grant(config, "x", 1, PACTWASM_PERMISSION_CONNECT, "*", 1, &error));
    FORKED(pactwasm_config_set_test_run_id(config, "x", 1, &error));
    FORKED(pactwasm_config_set_handler(config, "matcher", 7, "x", 1, NULL, 0, never_called, NULL, NULL, &error));
    FORKED(pactwasm_cancel_trigger(cancel, &error));
    FORKED(pactwasm_host_discover(host, &new_installed, &error));
    FORKED(pactwasm_host_load(host, "echo", 4, NULL, 0, &new_plugin, &error));
    FORKED(pactwasm_host_load_directory(host, directory, strlen(directory), &new_plugin, &error));
    FORKED(pactwasm_host_catalogue(host, &new_catalogue, &error));
    FORKED(pactwasm_plugin_info(plugin, &info, &error));
    FORKED(pactwasm_plugin_catalogue(plugin, &new_catalogue, &error));
    FORKED(pactwasm_plugin_logs(plugin, &new_logs, &error));
    FORKED(pactwasm_plugin_init(plugin, NULL, &error));
    FORKED(pactwasm_plugin_update_catalogue(plugin, "[]", 2, NULL, &error));
    FORKED(pactwasm_plugin_configure_interaction(plugin, &configure, NULL, &new_interaction, &error));
    FORKED(misbehave(plugin, "x/fine", "", NULL, &error));
    FORKED(pactwasm_plugin_generate_content(plugin, &generate, NULL, &new_content, &error));
    FORKED(pactwasm_plugin_match_field(plugin, &match, NULL, &new_comparison, &error));
    FORKED(pactwasm_plugin_generate_field(plugin, &field, NULL, &new_field, &error));
    FORKED(pactwasm_plugin_call(plugin, "init", 4, "{}", 2, NULL, &response, &error));
    CHECK(new_host == NULL && new_plugin == NULL && new_installed == NULL && new_catalogue == NULL);
    CHECK(new_interaction == NULL && new_content == NULL && new_logs == NULL && response.data == NULL);
    CHECK(new_comparison == NULL && new_field == NULL);
    FORKED(pactwasm_plugin_start_mock_server(line, &start, NULL, &new_server, &error));
    FORKED(pactwasm_mock_server_info(server, &server_info, &error));
    FORKED(pactwasm_mock_server_results(server, NULL, &new_outcome, &error));
    FORKED(pactwasm_mock_server_shutdown(server, NULL, &new_outcome, &error));
    FORKED(pactwasm_plugin_prepare_interaction(line, &prepare, NULL, &new_data, &error));
    FORKED(pactwasm_plugin_verify_interaction(line, &verify, NULL, &new_outcome, &new_data, &error));
    CHECK(new_server == NULL && new_outcome == NULL && new_data == NULL);

    FORKED(pactwasm_error_get(failed, &details, &error));
    CHECK_EQUAL(pactwasm_error_code(failed), PACTWASM_ERROR_FORKED);
    CHECK_TEXT(text(pactwasm_error_message(failed)), "");
    FORKED_GET(pactwasm_installed_get, installed, PactWasmInstalledPlugin);
    FORKED_GET(pactwasm_catalogue_get, catalogue, PactWasmCatalogueEntry);
    FORKED_GET(pactwasm_interaction_get, interaction, PactWasmInteractionPart);
    FORKED_GET(pactwasm_logs_get, logs, PactWasmLogRecord);
    FORKED_GET(pactwasm_comparison_get, comparison, PactWasmMismatch);
    FORKED_GET(pactwasm_outcome_get, outcome, PactWasmResult);
    FORKED(pactwasm_outcome_info(outcome, &outcome_info, &error));
    FORKED(pactwasm_outcome_mismatch(outcome, 0, 0, &mismatch, &error));
    FORKED(pactwasm_data_get(data, &view, &error));
    FORKED(pactwasm_interaction_configuration(interaction, &configuration, &error));
    FORKED(pactwasm_comparison_verdict(comparison, &verdict, &error));
    FORKED(pactwasm_content_get(content, &body, &error));
    CHECK_EQUAL(pactwasm_installed_count(installed), 0);
    CHECK_EQUAL(pactwasm_catalogue_count(catalogue), 0);
    CHECK_EQUAL(pactwasm_interaction_count(interaction), 0);
    CHECK_EQUAL(pactwasm_logs_count(logs), 0);
}

static void finish(pid_t child) {
    int status = 0;
    CHECK(child > 0);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) fail_at(__FILE__, __LINE__, "the child was ended by signal %d", WTERMSIG(status));
    CHECK_EQUAL(WEXITSTATUS(status), 0);
}

// Handles of this child, and a child of it.
static void grandchild(unsigned seconds) {
    PactWasmHost *own = test_host(NULL);
    PactWasmPlugin *its = test_plugin(own, "hostile");
    pid_t child = fork();
    if (child == 0) {
        PactWasmError *error = NULL;
        alarm(seconds);
        FORKED(misbehave(its, "x/fine", "", NULL, &error));
        refused();
        work();
        _exit(0);
    }
    finish(child);
    CHECK_EQUAL(misbehave(its, "x/fine", "", NULL, NULL), PACTWASM_OK);
    pactwasm_plugin_free(its);
    pactwasm_host_free(own);
}

int main(void) {
    unsigned seconds = 30U * (unsigned)slowness();
    pid_t child;
    alarm(3 * seconds);

    // Before the library was used at all.
    child = fork();
    if (child == 0) {
        alarm(seconds);
        work();
        _exit(0);
    }
    finish(child);

    // With everything warm: engine, ticker, instances.
    work();
    make_handles();
    child = fork();
    if (child == 0) {
        alarm(seconds);
        refused();
        work();
        // Freeing them does nothing: they are refused as before.
        free_handles();
        refused();
        grandchild(seconds);
#if defined(__SANITIZE_ADDRESS__)
        // The leak checker takes what the parent's threads had for lost, because they are not there.
        _exit(0);
#else
        exit(0);
#endif
    }
    finish(child);

    // The parent does not notice.
    CHECK_EQUAL(misbehave(plugin, "x/fine", "", NULL, NULL), PACTWASM_OK);
    pactwasm_outcome_free(outcome);
    CHECK_EQUAL(pactwasm_mock_server_shutdown(server, NULL, &outcome, NULL), PACTWASM_OK);
    CHECK_TEXT(text(pactwasm_error_message(failed)), "argument \"host\" is NULL; it must point to a place for the result");
    free_handles();
    work();
    return 0;
}
