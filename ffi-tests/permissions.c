// What plugins may reach outside of their sandbox: what their manifest asks for, as far as the configuration grants it. The
// manifests are the test's own; the plugin intruder tries from inside what it can reach, and tells it in JSON.

#include "transport.h"

#include <pthread.h>

static const char *scratch;

// A new directory below the scratch directory, to be freed.
static char *made_directory(const char *name) {
    char *path = allocated(4096);
    snprintf(path, 4096, "%s/%s", scratch, name);
    if (mkdir(path, 0755) != 0) fail_at(__FILE__, __LINE__, "mkdir %s: %s", path, strerror(errno));
    return path;
}

static void put(const char *directory, const char *name, const char *content) {
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    write_file(path, content, strlen(content));
}

// A copy of an installed plugin whose manifest has these permissions, to be freed.
static char *plugin_with(const char *directory, const char *name, const char *permissions) {
    char config[4096];
    char *path = allocated(4096);
    snprintf(config, sizeof config, "{\"permissions\":%s}", permissions);
    snprintf(path, 4096, "%s", plugin_directory(scratch, directory, name, config));
    return path;
}

static int32_t load(const PactWasmHost *host, const char *directory, PactWasmPlugin **plugin, PactWasmError **error) {
    int32_t status = pactwasm_host_load_directory(host, directory, strlen(directory), plugin, error);
    CHECK((status == PACTWASM_OK) == (*plugin != NULL));
    return status;
}

// ---- what can be granted ----

static void values(void) {
    static const struct {
        int32_t permission;
        const char *value;
        size_t length;
    } wrong[] = {
        {PACTWASM_PERMISSION_LISTEN, "", 0},
        {PACTWASM_PERMISSION_LISTEN, "two words", 9},
        {PACTWASM_PERMISSION_LISTEN, "127.0.0.1:0", 11},
        {PACTWASM_PERMISSION_LISTEN, "127.0.0.1:65536", 15},
        {PACTWASM_PERMISSION_LISTEN, "127.0.0.1:9-8", 13},
        {PACTWASM_PERMISSION_LISTEN, "127.0.0.1:", 10},
        {PACTWASM_PERMISSION_CONNECT, "::1", 3},
        {PACTWASM_PERMISSION_CONNECT, "[::1", 4},
        {PACTWASM_PERMISSION_CONNECT, "[127.0.0.1]", 11},
        {PACTWASM_PERMISSION_CONNECT, "127.0.0.1/33", 12},
        {PACTWASM_PERMISSION_CONNECT, "127.0.0.256", 11},
        {PACTWASM_PERMISSION_CONNECT, "http://example.com", 18},
        {PACTWASM_PERMISSION_CONNECT, "example.com:https", 17},
        {PACTWASM_PERMISSION_CONNECT, "*.example.com", 13},
        {PACTWASM_PERMISSION_CONNECT, "a\0b", 3},
        {PACTWASM_PERMISSION_READ, "relative/path", 13},
        {PACTWASM_PERMISSION_READ, "", 0},
        {PACTWASM_PERMISSION_READ_WRITE, "./here", 6},
        {PACTWASM_PERMISSION_ENVIRONMENT, "", 0},
        {PACTWASM_PERMISSION_ENVIRONMENT, "A=B", 3},
        {PACTWASM_PERMISSION_ENVIRONMENT, "A\0B", 3},
    };
    static const struct {
        int32_t permission;
        const char *value;
    } right[] = {
        {PACTWASM_PERMISSION_LISTEN, "*"},
        {PACTWASM_PERMISSION_LISTEN, "*:*"},
        {PACTWASM_PERMISSION_LISTEN, "localhost:1"},
        {PACTWASM_PERMISSION_LISTEN, "127.0.0.1:8000-8999"},
        {PACTWASM_PERMISSION_LISTEN, "0.0.0.0"},
        {PACTWASM_PERMISSION_CONNECT, "[::1]"},
        {PACTWASM_PERMISSION_CONNECT, "[2001:db8::/32]:65535"},
        {PACTWASM_PERMISSION_CONNECT, "10.0.0.0/8:443"},
        {PACTWASM_PERMISSION_CONNECT, "Api.Example.com.:443"},
        {PACTWASM_PERMISSION_READ, "/nowhere"},
        {PACTWASM_PERMISSION_READ_WRITE, "/"},
        {PACTWASM_PERMISSION_ENVIRONMENT, "HOME"},
    };
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    size_t index;
    for (index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        snprintf(test_case, sizeof test_case, "value %zu, \"%s\":", index, wrong[index].value);
        FAILS(pactwasm_config_grant(config, "line", 4, wrong[index].permission, wrong[index].value, wrong[index].length, &error),
              PACTWASM_ERROR_INVALID_ARGUMENT, "\"value\"");
    }
    *test_case = '\0';
    for (index = 0; index < sizeof right / sizeof *right; index++) {
        grant(config, NULL, right[index].permission, right[index].value);
        grant(config, "", right[index].permission, right[index].value);
        grant(config, "anybody", right[index].permission, right[index].value);
    }
    pactwasm_host_free(test_host(config));
}

// ---- what is asked for and not granted ----

static void wrong_manifests(void) {
    static const struct {
        const char *name, *permissions, *message;
    } wrong[] = {
        {"m-list", "[]", "pluginConfig.permissions\" is [], it must be an object"},
        {"m-word", "{\"conect\":[]}", "permissions.conect\" is not known; there are listen, connect, directories, environment"},
        {"m-text", "{\"connect\":\"*\"}", "permissions.connect\" is \"*\", it must be a list"},
        {"m-rule", "{\"optional\":{\"listen\":[\"*\",\"::1\"]}}", "permissions.optional.listen[1]\" is \"::1\""},
        {"m-directory", "{\"directories\":[\"/srv\"]}", "permissions.directories[0]\" is \"/srv\""},
        {"m-access", "{\"directories\":[{\"path\":\"/srv\",\"access\":\"write\"}]}", "permissions.directories[0]\" is "},
        {"m-variable", "{\"environment\":[\"A=B\"]}", "permissions.environment[0]\" is \"A=B\""},
    };
    PactWasmHost *host = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    size_t index;
    for (index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        char *directory = plugin_with(wrong[index].name, "intruder", wrong[index].permissions);
        FAILS(load(host, directory, &plugin, &error), PACTWASM_ERROR_MANIFEST_INVALID, wrong[index].message);
        free(directory);
    }
    pactwasm_host_free(host);
}

// One that asks for everything, and does not load until it has the last of it.
static void refused_at_load(void) {
    char *read = made_directory("to-read"), *write = made_directory("to-write"), *directory, permissions[2048];
    const struct {
        int32_t permission;
        const char *value, *message, *path;
    } asked[] = {
        {PACTWASM_PERMISSION_LISTEN, "127.0.0.1:8500", "listen on 127.0.0.1:8000-8999", ""},
        {PACTWASM_PERMISSION_CONNECT, "api.example.com", "connect to api.example.com:443", ""},
        {PACTWASM_PERMISSION_CONNECT, "10.0.0.0/8", "connect to 10.1.0.0/16", ""},
        {PACTWASM_PERMISSION_READ, read, "read ", read},
        {PACTWASM_PERMISSION_READ_WRITE, write, "read and write ", write},
        {PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_ASKED", "environment variable PACT_WASM_TEST_ASKED", ""},
    };
    const size_t count = sizeof asked / sizeof *asked;
    PactWasmConfig *config = test_config();
    PactWasmHost *early = test_host(NULL);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    size_t granted, index;
    snprintf(permissions, sizeof permissions,
             "{\"listen\":[\"127.0.0.1:8000-8999\"],\"connect\":[\"api.example.com:443\",\"10.1.0.0/16\"],"
             "\"directories\":[{\"path\":\"%s\",\"access\":\"read\"},{\"path\":\"%s\",\"access\":\"read-write\"}],"
             "\"environment\":[\"PACT_WASM_TEST_ASKED\"],\"optional\":{\"connect\":[\"optional.example.com\"]}}",
             read, write);
    directory = plugin_with("greedy", "intruder", permissions);
    // What is granted, but not to it or not enough of it, is as if it were not.
    grant(config, "line", PACTWASM_PERMISSION_LISTEN, "*");
    grant(config, "line", PACTWASM_PERMISSION_CONNECT, "*");
    grant(config, "intrude", PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_ASKED");
    grant(config, "intruder", PACTWASM_PERMISSION_LISTEN, "127.0.0.1:9000");
    grant(config, "intruder", PACTWASM_PERMISSION_CONNECT, "api.example.com:80");
    grant(config, "intruder", PACTWASM_PERMISSION_READ, write);
    grant(config, "intruder", PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_ASKE");
    for (granted = 0; granted <= count; granted++) {
        PactWasmHost *host = NULL;
        PactWasmErrorInfo info;
        OK(pactwasm_host_new(config, &host, &error));
        if (granted == count) {
            OK(load(host, directory, &plugin, &error));
            OK(pactwasm_plugin_init(plugin, NULL, &error));
            pactwasm_plugin_free(plugin);
            plugin = NULL;
            pactwasm_host_free(host);
            break;
        }
        CHECK_EQUAL(load(host, directory, &plugin, &error), PACTWASM_ERROR_PERMISSION);
        info = error_info(error);
        CHECK_CONTAINS(info.message, "plugin intruder 1.0.0, load: it asks for what this host does not grant: ");
        CHECK_TEXT(info.plugin_name, "intruder");
        CHECK_TEXT(info.plugin_version, "1.0.0");
        for (index = 0; index < count; index++) {
            char named[4200];
            snprintf(named, sizeof named, "%s%s", asked[index].message, asked[index].path);
            if (index >= granted)
                CHECK_CONTAINS(info.message, named);
            else if (strstr((const char *)info.message.data, named) != NULL)
                fail_at(__FILE__, __LINE__, "\"%s\" is granted and still refused: %s", named, (const char *)info.message.data);
        }
        CHECK(strstr((const char *)info.message.data, "optional.example.com") == NULL);
        pactwasm_error_free(error);
        error = NULL;
        pactwasm_host_free(host);
        // To the plugin by its name, and to all.
        grant(config, granted % 2 == 0 ? "intruder" : NULL, asked[granted].permission, asked[granted].value);
    }
    // Hosts that were made before know nothing of it.
    FAILS(load(early, directory, &plugin, &error), PACTWASM_ERROR_PERMISSION, "environment variable PACT_WASM_TEST_ASKED");
    pactwasm_host_free(early);
    pactwasm_config_free(config);
    free(directory);
    free(write);
    free(read);
}

// ---- what a plugin sees ----

// What came of these probes: the results in JSON, as part of an error of this code; to be freed.
static char *probe(const PactWasmPlugin *intruder, const char *probes, int32_t code) {
    PactWasmCompareRequest request = compare_request("application/x-probes", "", probes);
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    char *results;
    int32_t status = pactwasm_plugin_compare_contents(intruder, &request, NULL, &comparison, &error);
    const char *message = pactwasm_error_message(error);
    if (status != code) fail_at(__FILE__, __LINE__, "%s\n  gave %d and not %d: %s", probes, (int)status, (int)code, message);
    CHECK(comparison == NULL);
    results = allocated(strlen(message) + 1);
    strcpy(results, message);
    pactwasm_error_free(error);
    return results;
}

static void expect_probe(const PactWasmPlugin *intruder, const char *probes, int32_t code, const char *expected) {
    char *results = probe(intruder, probes, code);
    CHECK_CONTAINS(text(results), expected);
    free(results);
}

// The plugin may do nothing, but that is known to whoever reads its log.
static void optional(void) {
    static const char asked[] =
        "{\"optional\":{\"connect\":[\"*\"],\"listen\":[\"127.0.0.1\"],\"environment\":[\"PATH\"],"
        "\"directories\":[{\"path\":\"/\",\"access\":\"read-write\"}]}}";
    PactWasmHost *host = test_host(NULL);
    char *directory = plugin_with("modest", "intruder", asked), probes[256];
    PactWasmPlugin *plugin = loaded_from(host, directory);
    PactWasmLogs *logs = NULL;
    PactWasmLogRecord record;
    PactWasmError *error = NULL;
    int port, listener = listen_here(&port);
    OK(pactwasm_plugin_logs(plugin, &logs, &error));
    CHECK(pactwasm_logs_count(logs) > 0);
    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    OK(pactwasm_logs_get(logs, 0, &record, &error));
    CHECK_TEXT(record.target, "pact_wasm");
    CHECK_CONTAINS(record.message, "it has to do without what this host does not grant: ");
    CHECK_CONTAINS(record.message, "connect to *");
    CHECK_CONTAINS(record.message, "listen on 127.0.0.1");
    CHECK_CONTAINS(record.message, "environment variable PATH");
    CHECK_CONTAINS(record.message, "read and write /");
    pactwasm_logs_free(logs);
    snprintf(probes, sizeof probes, "[{\"do\":\"connect\",\"address\":\"127.0.0.1\",\"port\":%d}]", port);
    expect_probe(plugin, probes, PACTWASM_ERROR_PERMISSION, "[{\"error\":\"access-denied\"}]; the sandbox had refused it the network");
    expect_probe(plugin, "[{\"do\":\"env\"},{\"do\":\"preopens\"},{\"do\":\"args\"}]", PACTWASM_ERROR_PLUGIN,
                 "the plugin answered: [{\"ok\":{}},{\"ok\":[]},{\"ok\":[]}]");
    expect_probe(plugin, "[{\"do\":\"read\",\"path\":\"/etc/hostname\"}]", PACTWASM_ERROR_PLUGIN, "[{\"error\":\"no-entry\"}]");
    close(listener);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    free(directory);
}

// Both have to say it, manifest and configuration.
static void variables(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    char *directory = plugin_with("variables", "intruder",
                                  "{\"environment\":[\"PACT_WASM_TEST_BOTH\",\"PACT_WASM_TEST_UNSET\"],"
                                  "\"optional\":{\"environment\":[\"PACT_WASM_TEST_ASKED\"]}}");
    CHECK_EQUAL(setenv("PACT_WASM_TEST_BOTH", "its \"value\"", 1), 0);
    CHECK_EQUAL(setenv("PACT_WASM_TEST_ASKED", "secret", 1), 0);
    CHECK_EQUAL(setenv("PACT_WASM_TEST_GRANTED", "secret", 1), 0);
    CHECK_EQUAL(unsetenv("PACT_WASM_TEST_UNSET"), 0);
    grant(config, NULL, PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_BOTH");
    grant(config, "intruder", PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_UNSET");
    grant(config, "intruder", PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_GRANTED");
    grant(config, "line", PACTWASM_PERMISSION_ENVIRONMENT, "PACT_WASM_TEST_ASKED");
    host = test_host(config);
    plugin = loaded_from(host, directory);
    expect_probe(plugin, "[{\"do\":\"env\"}]", PACTWASM_ERROR_PLUGIN, "[{\"ok\":{\"PACT_WASM_TEST_BOTH\":\"its \\\"value\\\"\"}}]");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    free(directory);
}

static void expect_file_probe(const PactWasmPlugin *plugin, const char *what, const char *directory, const char *name,
                              const char *expected) {
    char probes[8192];
    snprintf(probes, sizeof probes, "[{\"do\":\"%s\",\"path\":\"%s%s\"%s}]", what, directory, name,
             strcmp(what, "write") == 0 ? ",\"text\":\"by the plugin\"" : "");
    expect_probe(plugin, probes, PACTWASM_ERROR_PLUGIN, expected);
}

static void directories(void) {
    char *read = made_directory("files"), *write = made_directory("more"), *secret = made_directory("secret"), *directory, *content;
    char permissions[8192], path[8192];
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    size_t length;
    put(read, "a", "in a");
    put(secret, "s", "secret");
    // Granted is more, above it; asked for as "schemas", which is beside the manifest.
    snprintf(permissions, sizeof permissions,
             "{\"directories\":[{\"path\":\"%s\",\"access\":\"read\"},{\"path\":\"%s\",\"access\":\"read-write\"}],"
             "\"optional\":{\"directories\":[{\"path\":\"schemas\",\"access\":\"read\"},{\"path\":\"%s\",\"access\":\"read\"}]}}",
             read, write, secret);
    directory = plugin_with("librarian", "intruder", permissions);
    snprintf(path, sizeof path, "%s/schemas", directory);
    CHECK_EQUAL(mkdir(path, 0755), 0);
    put(path, "one.json", "{}");
    grant(config, NULL, PACTWASM_PERMISSION_READ_WRITE, read);
    grant(config, "intruder", PACTWASM_PERMISSION_READ_WRITE, write);
    grant(config, "intruder", PACTWASM_PERMISSION_READ, directory);
    host = test_host(config);
    plugin = loaded_from(host, directory);

    expect_file_probe(plugin, "read", read, "/a", "[{\"ok\":\"in a\"}]");
    expect_file_probe(plugin, "list", read, "", "[{\"ok\":[\"a\"]}]");
    expect_file_probe(plugin, "read", "schemas", "/one.json", "[{\"ok\":\"{}\"}]");
    // It asked to read, and that is all it gets.
    expect_file_probe(plugin, "write", read, "/b", "[{\"error\":\"not-permitted\"}]");
    expect_file_probe(plugin, "remove", read, "/a", "[{\"error\":\"not-permitted\"}]");
    expect_file_probe(plugin, "read", read, "/a", "[{\"ok\":\"in a\"}]");
    expect_file_probe(plugin, "write", write, "/b", "[{\"ok\":true}]");
    snprintf(path, sizeof path, "%s/b", write);
    content = read_file(path, &length);
    CHECK_EQUAL(length, 13);
    CHECK(memcmp(content, "by the plugin", 13) == 0);
    free(content);
    // What is beside it, from outside and from within.
    expect_file_probe(plugin, "read", secret, "/s", "[{\"error\":\"no-entry\"}]");
    expect_file_probe(plugin, "read", read, "/../secret/s", "[{\"error\":\"not-permitted\"}]");
    snprintf(path, sizeof path, "%s/link", write);
    CHECK_EQUAL(symlink(secret, path), 0);
    expect_file_probe(plugin, "read", write, "/link/s", "[{\"error\":\"not-permitted\"}]");
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    free(directory);
    free(secret);
    free(write);
    free(read);
}

// ---- the network ----

static void *greet(void *data) {
    int client = accept(*(const int *)data, NULL, NULL);
    CHECK(client >= 0);
    send_bytes(client, "hello", 5);
    close(client);
    return NULL;
}

#define DENIED "[{\"error\":\"access-denied\"}]; the sandbox had refused it "

static void network(void) {
    int port, other, free_port, listener = listen_here(&port), silent = listen_here(&other), closed = listen_here(&free_port);
    char *directory = plugin_with("networker", "intruder", "{\"connect\":[\"localhost\"],\"listen\":[\"127.0.0.1\"]}");
    char rule[64], probes[512], expected[128];
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    struct timeval moment = {0, 100000};
    pthread_t thread;
    close(closed);
    snprintf(rule, sizeof rule, "127.0.0.1:%d", port);
    grant(config, "intruder", PACTWASM_PERMISSION_CONNECT, rule);
    snprintf(rule, sizeof rule, "127.0.0.0/8:%d", free_port);
    grant(config, NULL, PACTWASM_PERMISSION_LISTEN, rule);
    host = test_host(config);
    plugin = loaded_from(host, directory);

    CHECK_EQUAL(pthread_create(&thread, NULL, greet, &listener), 0);
    snprintf(probes, sizeof probes, "[{\"do\":\"connect\",\"address\":\"127.0.0.1\",\"port\":%d}]", port);
    expect_probe(plugin, probes, PACTWASM_ERROR_PLUGIN, "[{\"ok\":\"hello\"}]");
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    snprintf(probes, sizeof probes, "[{\"do\":\"listen\",\"address\":\"127.0.0.1\",\"port\":%d}]", free_port);
    snprintf(expected, sizeof expected, "[{\"ok\":%d}]", free_port);
    expect_probe(plugin, probes, PACTWASM_ERROR_PLUGIN, expected);

    // Neither this address nor another port, and no address by another name.
    snprintf(probes, sizeof probes, "[{\"do\":\"connect\",\"address\":\"127.0.0.1\",\"port\":%d}]", other);
    expect_probe(plugin, probes, PACTWASM_ERROR_PERMISSION, DENIED "to connect to 127.0.0.1:");
    snprintf(probes, sizeof probes, "[{\"do\":\"connect\",\"address\":\"127.0.0.2\",\"port\":%d}]", port);
    expect_probe(plugin, probes, PACTWASM_ERROR_PERMISSION, DENIED "to connect to 127.0.0.2:");
    snprintf(probes, sizeof probes, "[{\"do\":\"connect\",\"address\":\"::ffff:127.0.0.1\",\"port\":%d}]", other);
    expect_probe(plugin, probes, PACTWASM_ERROR_PLUGIN, "[{\"error\":\"invalid-argument\"}]");
    snprintf(probes, sizeof probes, "[{\"do\":\"listen\",\"address\":\"127.0.0.1\",\"port\":%d}]", free_port ^ 1);
    expect_probe(plugin, probes, PACTWASM_ERROR_PERMISSION, DENIED "to listen on 127.0.0.1:");
    snprintf(probes, sizeof probes, "[{\"do\":\"listen\",\"address\":\"0.0.0.0\",\"port\":%d}]", free_port);
    expect_probe(plugin, probes, PACTWASM_ERROR_PERMISSION, DENIED "to listen on 0.0.0.0:");
    snprintf(probes, sizeof probes, "[{\"do\":\"udp\",\"address\":\"127.0.0.1\",\"port\":%d}]", port);
    expect_probe(plugin, probes, PACTWASM_ERROR_PERMISSION, DENIED "UDP, which no plugin has");
    expect_probe(plugin, "[{\"do\":\"resolve\",\"name\":\"provider.example\"}]", PACTWASM_ERROR_PERMISSION,
                 DENIED "to look up \"provider.example\"");
    CHECK_EQUAL(setsockopt(silent, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment), 0);
    CHECK(accept(silent, NULL, NULL) < 0);
    close(silent);
    close(listener);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    free(directory);
}

// A mock server that others reach, too.
static void listening_for_others(void) {
    char *directory = plugin_with("open", "line", "{\"listen\":[\"0.0.0.0\"]}");
    PactWasmConfig *config = test_config();
    PactWasmHost *host;
    PactWasmPlugin *plugin = NULL;
    PactWasmStartRequest request = start_request("[]");
    PactWasmMockServer *server = NULL;
    PactWasmError *error = NULL;
    int port;
    host = test_host(NULL);
    FAILS(load(host, directory, &plugin, &error), PACTWASM_ERROR_PERMISSION,
          "it asks for what this host does not grant: listen on 0.0.0.0;");
    pactwasm_host_free(host);
    grant(config, "line", PACTWASM_PERMISSION_LISTEN, "0.0.0.0");
    host = test_host(config);
    plugin = loaded_from(host, directory);
    request.host_interface = text("0.0.0.0");
    OK(pactwasm_plugin_start_mock_server(plugin, &request, NULL, &server, &error));
    CHECK_TEXT(server_info(server).address, "127.0.0.1");
    port = server_info(server).port;
    CHECK(is_listening(port));
    end_well(server);
    CHECK(!is_listening(port));
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    free(directory);
}

int main(void) {
    scratch = scratch_directory();
    values();
    wrong_manifests();
    refused_at_load();
    optional();
    variables();
    directories();
    network();
    listening_for_others();
    return 0;
}
