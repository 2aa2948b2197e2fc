// Every error code that can be reached, with what its error tells. Those of arguments, forks, busy plugins and circles of plugins
// have tests of their own; PACTWASM_ERROR_COMPILE_FAILED and _INTERNAL have no way to come up, and PACTWASM_ERROR_AMBIGUOUS
// reaches plugins only, as text.

#include "check.h"

static const char *scratch;

// Makes a plugin directory below the scratch directory; gives its path.
static const char *make_directory(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    if (mkdir(path, 0755) != 0 && errno != EEXIST) fail_at(__FILE__, __LINE__, "mkdir %s: %s", path, strerror(errno));
    return path;
}

static void put(const char *directory, const char *name, const void *data, size_t length) {
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    write_file(path, data, length);
}

#define MANIFEST(name, more)                                                                                                  \
    "{\"manifestVersion\":1,\"pluginInterfaceVersion\":2,\"name\":\"" name "\",\"version\":\"1.2.3\",\"executableType\":\"wasm\","  \
    "\"entryPoint\":\"p.wasm\"" more "}"

// Makes a plugin out of a manifest and a component.
static const char *make_plugin(const char *name, const char *manifest, const void *wasm, size_t length) {
    const char *directory = make_directory(name);
    put(directory, "pact-plugin.json", manifest, strlen(manifest));
    if (wasm != NULL) put(directory, "p.wasm", wasm, length);
    return directory;
}

static char *component_of(const char *file, size_t *length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", environment("PACT_WASM_TEST_PLUGINS"), file);
    return read_file(path, length);
}

static PactWasmHost *scratch_host(const char *directory) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_plugin_directory(config, directory, strlen(directory), &error));
    return test_host(config);
}

static void not_found(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmInstalled *installed = NULL;
    PactWasmError *error = NULL;
    FAILS(pactwasm_host_load(host, "nobody", 6, NULL, 0, &plugin, &error), PACTWASM_ERROR_NOT_FOUND, "no plugin \"nobody\" in ");
    FAILS(pactwasm_host_load(host, "jwt", 3, "7.0.0", 5, &plugin, &error), PACTWASM_ERROR_NOT_FOUND,
          "no plugin \"jwt\" compatible with version 7.0.0 in ");
    FAILS(pactwasm_host_load(host, "nobody", 6, NULL, 0, &plugin, &error), PACTWASM_ERROR_NOT_FOUND,
          "echo 1.0.0, hostile 1.0.0, intruder 1.0.0, jsonrpc 0.1.0, jwt 0.1.0, line 1.0.0, minimal 1.0.0");
    CHECK(plugin == NULL);
    pactwasm_host_free(host);
    host = scratch_host("/nowhere/plugins");
    FAILS(pactwasm_host_discover(host, &installed, &error), PACTWASM_ERROR_NOT_FOUND, "/nowhere/plugins does not exist");
    FAILS(pactwasm_host_load(host, "jwt", 3, NULL, 0, &plugin, &error), PACTWASM_ERROR_NOT_FOUND, "/nowhere/plugins does not exist");
    CHECK(installed == NULL);
    pactwasm_host_free(host);
}

static void io(void) {
    PactWasmHost *host;
    PactWasmPlugin *plugin = NULL;
    PactWasmInstalled *installed = NULL;
    PactWasmError *error = NULL;
    char path[8192];
    put(scratch, "a-file", "", 0);
    snprintf(path, sizeof path, "%s/a-file", scratch);
    host = scratch_host(path);
    FAILS(pactwasm_host_discover(host, &installed, &error), PACTWASM_ERROR_IO, path);
    pactwasm_host_free(host);
    // The component is a directory.
    host = test_host(NULL);
    snprintf(path, sizeof path, "%s", make_plugin("io", MANIFEST("io", ""), NULL, 0));
    make_directory("io/p.wasm");
    FAILS(pactwasm_host_load_directory(host, path, strlen(path), &plugin, &error), PACTWASM_ERROR_IO, "io/p.wasm: cannot be read");
    pactwasm_host_free(host);
}

static void manifests(void) {
    static const struct {
        const char *name, *manifest, *message;
    } broken[] = {
        {"a", "", "a/pact-plugin.json: not a plugin manifest"},
        {"b", "[]", "b/pact-plugin.json: not a plugin manifest"},
        {"c", "{\"name\":", "c/pact-plugin.json: not a plugin manifest"},
        {"d", "{}", "d/pact-plugin.json: field \"name\" is missing"},
        {"e", "{\"name\":7}", "e/pact-plugin.json: field \"name\" is 7, it must be a text"},
        {"f", "{\"name\":\"../f\"}", "f/pact-plugin.json: field \"name\" must not contain path separators or control characters"},
        {"g", "{\"name\":\"g\",\"version\":\"one\"}", "g/pact-plugin.json: field \"version\" is \"one\", not a semantic version"},
        {"h", "{\"name\":\"h\",\"version\":\"1.0.0\",\"executableType\":\"\"}", "h/pact-plugin.json: field \"executableType\" is empty"},
        {"i", "{\"name\":\"i\",\"version\":\"1.0.0\",\"executableType\":\"wasm\"}", "i/pact-plugin.json: field \"entryPoint\" is missing"},
        {"j", "{\"manifestVersion\":2}", "j/pact-plugin.json: field \"manifestVersion\" is 2, it must be a whole number from 1 to 1"},
        {"k", MANIFEST("k", ",\"pluginConfig\":3"), "k/pact-plugin.json: field \"pluginConfig\" is 3, it must be an object"},
    };
    const size_t count = sizeof broken / sizeof *broken;
    PactWasmHost *host;
    PactWasmPlugin *plugin = NULL;
    PactWasmInstalled *installed = NULL;
    PactWasmInstalledPlugin item;
    PactWasmError *error = NULL;
    char directory[4096];
    size_t index;
    scratch = make_directory("manifests");
    snprintf(directory, sizeof directory, "%s", scratch);
    scratch = directory;
    for (index = 0; index < count; index++) make_plugin(broken[index].name, broken[index].manifest, NULL, 0);
    make_plugin("z-1.2.3", MANIFEST("z", ""), NULL, 0);
    make_plugin("native", "{\"name\":\"native\",\"version\":\"2.0.0\",\"executableType\":\"exec\",\"entryPoint\":\"x\"}", NULL, 0);
    make_plugin("y", "{\"name\":\"y\",\"version\":\"1.0.0\",\"executableType\":\"exec\",\"entryPoint\":\"x\",\"entryPoints\":{\"wasm\":\"y.wasm\"}}", NULL, 0);
    make_directory("without-manifest");

    host = scratch_host(directory);
    memset(&item, 0, sizeof item);
    item.size = sizeof item;
    OK(pactwasm_host_discover(host, &installed, &error));
    CHECK_EQUAL(pactwasm_installed_count(installed), count + 3);
    OK(pactwasm_installed_get(installed, 0, &item, &error));
    CHECK_TEXT(item.name, "native");
    CHECK_TEXT(item.version, "2.0.0");
    CHECK_TEXT(item.executable_type, "exec");
    CHECK_ABSENT(item.problem);
    // Drivers start it, and this library runs its component.
    OK(pactwasm_installed_get(installed, 1, &item, &error));
    CHECK_TEXT(item.name, "y");
    CHECK_TEXT(item.executable_type, "wasm");
    OK(pactwasm_installed_get(installed, 2, &item, &error));
    CHECK_TEXT(item.name, "z");
    CHECK_CONTAINS(item.directory, "/manifests/z-1.2.3");
    CHECK_ABSENT(item.problem);
    for (index = 0; index < count; index++) {
        char path[8192];
        OK(pactwasm_installed_get(installed, index + 3, &item, &error));
        CHECK_CONTAINS(item.problem, broken[index].message);
        CHECK_ABSENT(item.name);
        CHECK_ABSENT(item.version);
        CHECK_ABSENT(item.executable_type);
        snprintf(path, sizeof path, "%s/%s", directory, broken[index].name);
        CHECK_TEXT(item.directory, path);
        // By name and by directory the reason is the same.
        FAILS(pactwasm_host_load(host, broken[index].name, 1, NULL, 0, &plugin, &error), PACTWASM_ERROR_MANIFEST_INVALID,
              broken[index].message);
        FAILS(pactwasm_host_load_directory(host, path, strlen(path), &plugin, &error), PACTWASM_ERROR_MANIFEST_INVALID,
              broken[index].message);
    }
    pactwasm_installed_free(installed);
    FAILS(pactwasm_host_load(host, "z", 1, NULL, 0, &plugin, &error), PACTWASM_ERROR_MANIFEST_INVALID,
          "plugin z 1.2.3, load: ");
    FAILS(pactwasm_host_load(host, "y", 1, NULL, 0, &plugin, &error), PACTWASM_ERROR_MANIFEST_INVALID, "field \"entryPoints.wasm\" names ");
    FAILS(pactwasm_host_load(host, "native", 6, NULL, 0, &plugin, &error), PACTWASM_ERROR_NOT_FOUND, "type \"exec\"");
    pactwasm_host_free(host);

    // The component has to lie in the plugin's directory.
    host = scratch_host(directory);
    make_plugin("z-1.2.3", "{\"name\":\"z\",\"version\":\"1.2.3\",\"executableType\":\"wasm\",\"entryPoint\":\"../../a-file\"}", NULL, 0);
    FAILS(pactwasm_host_load(host, "z", 1, NULL, 0, &plugin, &error), PACTWASM_ERROR_MANIFEST_INVALID, "field \"entryPoint\"");
    pactwasm_host_free(host);
}

static void components(void) {
    static const unsigned char core_module[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    // A component with nothing in it.
    static const unsigned char nothing[] = {0, 'a', 's', 'm', 0x0d, 0, 1, 0};
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    size_t length;
    char *echo = component_of("echo-1.0.0/echo.wasm", &length);
    const struct {
        const char *name;
        const void *wasm;
        size_t length;
        int32_t code;
        const char *message;
    } cases[] = {
        {"core", core_module, sizeof core_module, PACTWASM_ERROR_COMPONENT_INVALID, "it is a core module"},
        {"empty", "", 0, PACTWASM_ERROR_COMPONENT_INVALID, "p.wasm: not a WebAssembly component"},
        {"garbage", "This is no plugin.", 18, PACTWASM_ERROR_COMPONENT_INVALID, "p.wasm: not a WebAssembly component"},
        {"truncated", echo, length / 2, PACTWASM_ERROR_COMPONENT_INVALID, "p.wasm: not a WebAssembly component"},
        {"nothing", nothing, sizeof nothing, PACTWASM_ERROR_INCOMPATIBLE, "does not export pact:plugin/lifecycle"},
    };
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        const char *directory = make_plugin(cases[index].name, MANIFEST("wrong", ""), cases[index].wasm, cases[index].length);
        CHECK_EQUAL(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error), cases[index].code);
        CHECK(plugin == NULL);
        info = error_info(error);
        CHECK_EQUAL(info.code, cases[index].code);
        CHECK_TEXT(info.message, pactwasm_error_message(error));
        CHECK_CONTAINS(info.message, cases[index].message);
        CHECK_TEXT(info.plugin_name, "wrong");
        CHECK_TEXT(info.plugin_version, "1.2.3");
        CHECK_ABSENT(info.operation);
        CHECK_ABSENT(info.backtrace);
        pactwasm_error_free(error);
        error = NULL;
    }
    free(echo);
    pactwasm_host_free(host);
}

// The plugin hostile with a configuration that lets its init go wrong.
static void init_errors(void) {
    static const struct {
        const char *init, *manifest;
        int32_t code;
        const char *message;
    } cases[] = {
        {"bad-role", MANIFEST("h", ",\"pluginConfig\":{\"init\":\"bad-role\"}"), PACTWASM_ERROR_INCOMPATIBLE, "transport/hostile"},
        {"missing-capabilities", MANIFEST("h", ",\"pluginConfig\":{\"init\":\"missing-capabilities\"}"), PACTWASM_ERROR_INCOMPATIBLE,
         "matcher/telepathy, interaction/seance"},
        {"fail", MANIFEST("h", ",\"pluginConfig\":{\"init\":\"fail\"}"), PACTWASM_ERROR_PLUGIN, "the guest refuses to start"},
        {"trap", MANIFEST("h", ",\"pluginConfig\":{\"init\":\"trap\"}"), PACTWASM_ERROR_TRAP, "the plugin crashed"},
        {"loop", MANIFEST("h", ",\"pluginConfig\":{\"init\":\"loop\"}"), PACTWASM_ERROR_DEADLINE, "300 ms"},
        {"alloc", MANIFEST("h", ",\"pluginConfig\":{\"init\":\"alloc\"}"), PACTWASM_ERROR_MEMORY_LIMIT, "the limit is 268435456"},
    };
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    PactWasmCatalogue *catalogue = NULL;
    PactWasmCallOptions options;
    size_t length, index, attempt;
    char *hostile = component_of("hostile-1.0.0/hostile.wasm", &length);
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        const char *directory = make_plugin(cases[index].init, cases[index].manifest, hostile, length);
        OK(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error));
        options = call_options(cases[index].code == PACTWASM_ERROR_DEADLINE ? 300 : 0);
        // A failed init can be tried again.
        for (attempt = 0; attempt < 2; attempt++) {
            CHECK_EQUAL(pactwasm_plugin_init(plugin, &options, &error), cases[index].code);
            info = error_info(error);
            CHECK_CONTAINS(info.message, cases[index].message);
            CHECK_TEXT(info.plugin_name, "h");
            CHECK_TEXT(info.operation, "init");
            pactwasm_error_free(error);
            error = NULL;
        }
        FAILS(misbehave(plugin, "x/fine", "", NULL, &error), PACTWASM_ERROR_WRONG_STATE, "h 1.2.3, compare-contents: not initialised");
        CHECK_ABSENT(plugin_info(plugin).capabilities_json);
        pactwasm_plugin_free(plugin);
    }
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    CHECK_EQUAL(plugin_entries(catalogue), 0);
    pactwasm_catalogue_free(catalogue);
    free(hostile);
    pactwasm_host_free(host);
}

// At load, where the manifest asks for what is not granted, and later, where the plugin tries it all the same.
static void permission(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    PactWasmCompareRequest request;
    PactWasmComparison *comparison = NULL;
    size_t length;
    char *intruder = component_of("intruder-1.0.0/intruder.wasm", &length);
    const char *directory = make_plugin(
        "greedy", MANIFEST("greedy", ",\"pluginConfig\":{\"permissions\":{\"listen\":[\"0.0.0.0:80\"],\"environment\":[\"HOME\"]}}"),
        intruder, length);
    CHECK_EQUAL(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error), PACTWASM_ERROR_PERMISSION);
    CHECK(plugin == NULL);
    info = error_info(error);
    CHECK_TEXT(info.message, "plugin greedy 1.2.3, load: it asks for what this host does not grant: listen on 0.0.0.0:80, "
                             "environment variable HOME; grant it in the host's configuration if the plugin may have it");
    CHECK_TEXT(info.plugin_name, "greedy");
    CHECK_TEXT(info.plugin_version, "1.2.3");
    CHECK_ABSENT(info.backtrace);
    pactwasm_error_free(error);
    error = NULL;
    pactwasm_host_free(host);

    host = NULL;
    {
        PactWasmConfig *config = test_config();
        OK(pactwasm_config_grant(config, "timid", 5, PACTWASM_PERMISSION_CONNECT, "127.0.0.1:1", 11, &error));
        host = test_host(config);
    }
    directory =
        make_plugin("timid", MANIFEST("timid", ",\"pluginConfig\":{\"permissions\":{\"connect\":[\"127.0.0.1:1\"]}}"), intruder, length);
    OK(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error));
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    request = compare_request("application/x-probes", "", "[{\"do\":\"connect\",\"address\":\"127.0.0.1\",\"port\":2}]");
    CHECK_EQUAL(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error), PACTWASM_ERROR_PERMISSION);
    CHECK(comparison == NULL);
    info = error_info(error);
    CHECK_CONTAINS(info.message, "plugin timid 1.2.3, compare-contents: the plugin answered: [{\"error\":\"access-denied\"}]; the sandbox "
                                 "had refused it to connect to 127.0.0.1:2 (it may to 127.0.0.1:1)");
    CHECK_TEXT(info.plugin_name, "timid");
    CHECK_TEXT(info.operation, "compare-contents");
    CHECK_ABSENT(info.backtrace);
    pactwasm_error_free(error);
    error = NULL;
    // What was refused belongs to that call.
    request.actual.content = text("[]");
    FAILS(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN, "the plugin answered: []");
    pactwasm_plugin_free(plugin);
    free(intruder);
    pactwasm_host_free(host);
}

// Requests of a transport, with an interaction of one type.
#define INTERACTION "{\"interactionType\":\"Synchronous/Messages\"}"

typedef struct Transport {
    PactWasmStartRequest start;
    PactWasmPrepareRequest prepare;
    PactWasmVerifyRequest verify;
} Transport;

static Transport transport_requests(void) {
    Transport made;
    memset(&made, 0, sizeof made);
    made.start.size = sizeof made.start;
    made.start.interactions_json = text("[" INTERACTION "]");
    made.prepare.size = sizeof made.prepare;
    made.prepare.interaction_json = text(INTERACTION);
    made.verify.size = sizeof made.verify;
    made.verify.interaction_json = text(INTERACTION);
    return made;
}

// Each of its operations fails with this code, and a message that contains this after the operation.
static void no_transport(const PactWasmPlugin *plugin, int32_t code, const char *reason) {
    Transport requests = transport_requests();
    PactWasmMockServer *server = NULL;
    PactWasmData *data = NULL, *response = NULL;
    PactWasmOutcome *outcome = NULL;
    PactWasmError *error = NULL;
    char message[256];
    snprintf(message, sizeof message, "start-mock-server: %s", reason);
    FAILS(pactwasm_plugin_start_mock_server(plugin, &requests.start, NULL, &server, &error), code, message);
    snprintf(message, sizeof message, "prepare-interaction-for-verification: %s", reason);
    FAILS(pactwasm_plugin_prepare_interaction(plugin, &requests.prepare, NULL, &data, &error), code, message);
    snprintf(message, sizeof message, "verify-interaction: %s", reason);
    FAILS(pactwasm_plugin_verify_interaction(plugin, &requests.verify, NULL, &outcome, &response, &error), code, message);
    CHECK(server == NULL && data == NULL && outcome == NULL && response == NULL);
}

static void wrong_state(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction = NULL;
    PactWasmContent *content = NULL;
    PactWasmCatalogue *catalogue = NULL;
    PactWasmBytes response;
    PactWasmConfigureRequest configure;
    PactWasmGenerateRequest generate;
    const char *generic = "{\"contentType\":\"a/b\",\"contentsConfig\":{}}";
    memset(&configure, 0, sizeof configure);
    configure.size = sizeof configure;
    configure.content_type = text("a/b");
    configure.contents_config_json = text("{}");
    memset(&generate, 0, sizeof generate);
    generate.size = sizeof generate;
    generate.body.content_type = text("a/b");
    OK(pactwasm_host_load(host, "hostile", 7, NULL, 0, &plugin, &error));
    FAILS(pactwasm_plugin_configure_interaction(plugin, &configure, NULL, &interaction, &error), PACTWASM_ERROR_WRONG_STATE,
          "plugin hostile 1.0.0, configure-interaction: not initialised");
    FAILS(misbehave(plugin, "x/fine", "", NULL, &error), PACTWASM_ERROR_WRONG_STATE, "compare-contents: not initialised");
    FAILS(pactwasm_plugin_generate_content(plugin, &generate, NULL, &content, &error), PACTWASM_ERROR_WRONG_STATE,
          "generate-content: not initialised");
    FAILS(pactwasm_plugin_update_catalogue(plugin, "[]", 2, NULL, &error), PACTWASM_ERROR_WRONG_STATE, "update-catalogue: not initialised");
    FAILS(pactwasm_plugin_call(plugin, "configure-interaction", 21, generic, strlen(generic), NULL, &response, &error),
          PACTWASM_ERROR_WRONG_STATE, "configure-interaction: not initialised");
    no_transport(plugin, PACTWASM_ERROR_WRONG_STATE, "not initialised");
    OK(pactwasm_plugin_catalogue(plugin, &catalogue, &error));
    CHECK_EQUAL(pactwasm_catalogue_count(catalogue), 0);
    pactwasm_catalogue_free(catalogue);
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    OK(misbehave(plugin, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// The plugin minimal exports lifecycle and nothing else.
static void unsupported(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction = NULL;
    PactWasmContent *content = NULL;
    PactWasmConfigureRequest configure;
    PactWasmGenerateRequest generate;
    memset(&configure, 0, sizeof configure);
    configure.size = sizeof configure;
    configure.content_type = text("a/b");
    configure.contents_config_json = text("{}");
    memset(&generate, 0, sizeof generate);
    generate.size = sizeof generate;
    generate.body.content_type = text("a/b");
    plugin = test_plugin(host, "minimal");
    CHECK_TEXT(plugin_info(plugin).roles_json, "[]");
    CHECK_TEXT(plugin_info(plugin).capabilities_json, "[\"interaction/message\"]");
    FAILS(pactwasm_plugin_configure_interaction(plugin, &configure, NULL, &interaction, &error), PACTWASM_ERROR_UNSUPPORTED,
          "configure-interaction: it does not export content-matcher, so it cannot do this; it fills no role");
    FAILS(misbehave(plugin, "x/fine", "", NULL, &error), PACTWASM_ERROR_UNSUPPORTED,
          "compare-contents: it does not export content-matcher");
    FAILS(pactwasm_plugin_generate_content(plugin, &generate, NULL, &content, &error), PACTWASM_ERROR_UNSUPPORTED,
          "generate-content: it does not export content-generator");
    no_transport(plugin, PACTWASM_ERROR_UNSUPPORTED, "it does not export transport, so it cannot do this; it fills no role");
    CHECK(interaction == NULL && content == NULL);
    OK(pactwasm_plugin_update_catalogue(plugin, "[]", 2, NULL, &error));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

// Errors of calls, with all fields; the plugin stays usable.
static void calls(void) {
    static const struct {
        const char *content_type;
        uint64_t timeout_ms;
        int32_t code;
        const char *message;
        int backtrace;
    } cases[] = {
        {"x/error", 0, PACTWASM_ERROR_PLUGIN, "the plugin answered: the guest says no", 0},
        {"x/trap", 0, PACTWASM_ERROR_TRAP, "the plugin crashed", 1},
        {"x/exit", 0, PACTWASM_ERROR_TRAP, "exit status 1", 0},
        {"x/loop", 200, PACTWASM_ERROR_DEADLINE, "no answer within the deadline of 200 ms", 1},
        {"x/sleep", 200, PACTWASM_ERROR_DEADLINE, "no answer within the deadline of 200 ms", 0},
        {"x/recurse", 0, PACTWASM_ERROR_STACK_LIMIT, "stack of 524288 bytes", 1},
        {"x/alloc", 0, PACTWASM_ERROR_MEMORY_LIMIT, "the limit is 268435456", 1},
        {"x/huge-result", 0, PACTWASM_ERROR_MEMORY_LIMIT, "the limit is 268435456", 1},
    };
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmErrorInfo info;
    PactWasmCallOptions options;
    PactWasmCancel *cancel = NULL;
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        options = call_options(cases[index].timeout_ms);
        CHECK_EQUAL(misbehave(plugin, cases[index].content_type, "", &options, &error), cases[index].code);
        info = error_info(error);
        CHECK_CONTAINS(info.message, "plugin hostile 1.0.0, compare-contents: ");
        CHECK_CONTAINS(info.message, cases[index].message);
        CHECK_TEXT(info.plugin_name, "hostile");
        CHECK_TEXT(info.plugin_version, "1.0.0");
        CHECK_TEXT(info.operation, "compare-contents");
        if (cases[index].backtrace) CHECK_CONTAINS(info.backtrace, "hostile.wasm!");
        if (cases[index].code == PACTWASM_ERROR_PLUGIN) CHECK_ABSENT(info.backtrace);
        pactwasm_error_free(error);
        error = NULL;
        OK(misbehave(plugin, "x/fine", "", NULL, &error));
    }

    OK(pactwasm_cancel_new(&cancel, &error));
    options = call_options(0);
    options.cancel = cancel;
    OK(misbehave(plugin, "x/fine", "", &options, &error));
    OK(pactwasm_cancel_trigger(cancel, &error));
    FAILS(misbehave(plugin, "x/loop", "", &options, &error), PACTWASM_ERROR_CANCELLED, "cancelled by the caller");
    pactwasm_cancel_free(cancel);
    OK(misbehave(plugin, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

static PactWasmPlugin *plugin_with_limit(int32_t limit, uint64_t value, const char *name, PactWasmHost **host) {
    PactWasmConfig *config = test_config();
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    OK(pactwasm_config_set_limit(config, limit, value, &error));
    *host = test_host(config);
    OK(pactwasm_host_load(*host, name, strlen(name), NULL, 0, &plugin, &error));
    return plugin;
}

static void other_limits(void) {
    PactWasmHost *host;
    PactWasmError *error = NULL;
    // 300 MiB do not fit in the default memory, but in this one.
    PactWasmPlugin *plugin = plugin_with_limit(PACTWASM_LIMIT_MEMORY, (uint64_t)1 << 30, "hostile", &host);
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    FAILS(misbehave(plugin, "x/huge-result", "", NULL, &error), PACTWASM_ERROR_HOST_CALL_LIMIT, "more than 134217728 bytes");
    OK(misbehave(plugin, "x/fine", "", NULL, &error));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    plugin = plugin_with_limit(PACTWASM_LIMIT_TABLE_ELEMENTS, 1, "hostile", &host);
    FAILS(pactwasm_plugin_init(plugin, NULL, &error), PACTWASM_ERROR_RESOURCE_LIMIT, "the limit is 1");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

static void invalid_responses(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = test_plugin(host, "hostile");
    PactWasmError *error = NULL;
    PactWasmInteraction *interaction = NULL;
    PactWasmConfigureRequest request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text("x/bad-json");
    request.contents_config_json = text("{}");
    FAILS(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, &error), PACTWASM_ERROR_INVALID_RESPONSE,
          "the answer's rules is not valid: EOF while parsing");
    CHECK(interaction == NULL);
    request.content_type = text("x/fine");
    OK(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, &error));
    pactwasm_interaction_free(interaction);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
}

int main(void) {
    static char root[4096];
    snprintf(root, sizeof root, "%s", scratch_directory());
    scratch = root;
    not_found();
    io();
    manifests();
    scratch = root;
    components();
    init_errors();
    permission();
    wrong_state();
    unsupported();
    calls();
    other_limits();
    invalid_responses();
    return 0;
}
