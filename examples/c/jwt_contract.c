/*
 * A contract test in C, with the JWT plugin.
 *
 * A consumer expects a signed JSON Web Token from its provider. This program configures that expectation, then compares
 * good and bad tokens with it, and shows what errors look like. Usage: jwt_contract PLUGIN_DIRECTORY
 */
#define _POSIX_C_SOURCE 200809L

#include <pact_wasm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A key that was made for this example, as JSON text. */
static const char PRIVATE_KEY[] =
    "-----BEGIN RSA PRIVATE KEY-----\\n"
    "MIIEpAIBAAKCAQEAvSdwRXFzS8dnB+e2TChuQYQFPP+hFqUM0O5uMyokKU+eMOr4\\n"
    "mlABBPquyLhRBFgZLsr/vCX7mzFp0DjzXBp0hsRR+Rc7fQymHFkWzS61n0Rp6jiY\\n"
    "7Qe3mqw6OhzUcH1iKV6tPjQWpnLiavowHyNsUGUgX/YblW+K0rRFEgyEmWS1CMSR\\n"
    "04RIzM8XA/hhy6LaidrL/Oz3ty3u/F4GMrHssoQYn51uSXM3cmuZD6MgONIZUUpl\\n"
    "C6ex34e/a6sopuZuAWyv6WAQfWQCtH1QubI0B2cpbn1uaj1jhiDODlmC0xO0CE71\\n"
    "2R/Sur//pIMcIxtZt3KDIxFl97jxdsTP4AUouwIDAQABAoIBAB2WDSAM35lYmQYq\\n"
    "A/VulNb85Orbxcu/yOeR270iAsz5Y0dzLAEgXBXLdh+hgNPv9GRsI8sUmoHK8qo7\\n"
    "NjQk/oP+h3SG4esB2aZGeGQN7Hely6FIoAGMkEyKUtiNyNwdfdygWUheUl/6SUMC\\n"
    "sMM2FwuOKHMKENoeESCQSjDJXMuMfpuRYjD0MnbZ++KP/1V8qtYyZKdYiKpnz+y/\\n"
    "0ubVfg+0BDgX5c3vWKiAxxT06n8D/BP47Oicp0ZWjJqb+gqxfP0jmLFLzYtwsHxn\\n"
    "Zwwu35HZSv9pnOlzkl/+Yp/1HJp3ZhlP0jML/KmiFxlddUpjM58NenkzlpiCbL/d\\n"
    "M3ql+y0CgYEA9J1NWcj3jgijuBkaBAGOy/ld/H80rZ8PWObOALmv4AfaFHJ+nLt3\\n"
    "iI7aaLCZnWAPu8BRcWGbqPSQTid5reruekGUipjWfHmaVeI4JXkmgqTNd0hBL8OV\\n"
    "9JQgAGdnpKwcwIaVx0x6CdtO91NplPvsfc7hmFYa9Drm9DYqJ5xf9y0CgYEAxfVM\\n"
    "nJbCIzmzVnIzABBcvzS3ZNkSnUqCJc4+i6OpTviFf6FhyJsT+Mf8RPXT4r0X2QQU\\n"
    "a+tfR11O70ZigMHIUZ4j7ZnqAECmoGLoT2DhTvrDf0b28GlMa+e9powkaaxpMgO2\\n"
    "fRLkgCWRwSsOIcbTrAPo35y1QGzAE6V9hFwzEIcCgYEAv6iEU6XvuRyx0mvwg1UJ\\n"
    "Im5nIpA0oRiweLKWk+DpmXntd/nhlEIaPSfYnxBHvBPpH+1mopSc1vuQGXw6jXc2\\n"
    "lRnPHez0mSDaORJ/dXUAJHql9iDp2le/pZttm4NppI+qE3sf3cDhGdn4fDah0ja1\\n"
    "LDmtbqOAiP2huZS64MBYPJ0CgYEAt3KL7azz+erV2+12f7+qA3NZ5LYZPvQ2Scyo\\n"
    "P4WKN+ms5UrrsBiuWGUTzeA13DA58l2KgzwbDqpUpP6H+CQcfC5dwylYJaXEBGvE\\n"
    "NxNjmGpgUwmze7VJIdIe+UFz2Q3yamvwaFXitTKbsPQyY3C65fS1kMvLWAmvskUx\\n"
    "XUCH/e8CgYBVaG0fnVc1w1YcFruBOO06P9xJOrIumus1IOZVH/YWdT3b83GZgS22\\n"
    "sH5dLTzVvoMTupnNJxFf06D0FZc54VJzH6InYYyIgSUdeQLrMVOdaV2x5vXvT/Lw\\n"
    "1IWEA6xirltPztWpqn6J0FnfOgl9o+voEwck/KPPUl/XkYAnHb74nQ==\\n"
    "-----END RSA PRIVATE KEY-----\\n";

static PactWasmView text(const char *s) {
    PactWasmView view = {s, strlen(s)};
    return view;
}

/* Text of the library is followed by a NUL, so C can print it. */
static const char *chars(PactWasmView view) { return view.data == NULL ? "" : view.data; }

/* Prints an error as a user of a test framework would see it. */
static void report(PactWasmError *error) {
    printf("  error %d: %s\n", pactwasm_error_code(error), pactwasm_error_message(error));
    pactwasm_error_free(error);
}

/* Ends the program if a call that must succeed has failed. */
static void check(int32_t status, PactWasmError *error) {
    if (status != PACTWASM_OK) {
        report(error);
        exit(1);
    }
}

static PactWasmHost *new_host(const char *plugin_directory) {
    PactWasmConfig *config = NULL;
    PactWasmHost *host = NULL;
    PactWasmError *error = NULL;
    check(pactwasm_config_new(&config, &error), error);
    check(pactwasm_config_set_plugin_directory(config, plugin_directory, strlen(plugin_directory), &error), error);
    check(pactwasm_config_set_implementation(config, "c-example", 9, "1.0.0", 5, &error), error);
    check(pactwasm_host_new(config, &host, &error), error);
    pactwasm_config_free(config);
    return host;
}

/* Prints what the plugin offers. */
static void print_catalogue(const PactWasmPlugin *plugin) {
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    check(pactwasm_plugin_catalogue(plugin, &catalogue, &error), error);
    for (size_t i = 0; i < pactwasm_catalogue_count(catalogue); i++) {
        PactWasmCatalogueEntry entry = {.size = sizeof entry};
        check(pactwasm_catalogue_get(catalogue, i, &entry, &error), error);
        printf("  %s %s\n", chars(entry.key), chars(entry.values_json));
    }
    pactwasm_catalogue_free(catalogue);
}

/* Asks the plugin for a token. `more` are additional members of the contents config. */
static PactWasmInteraction *configure(const PactWasmPlugin *plugin, const char *algorithm, const char *more,
                                      PactWasmError **error) {
    char config[4096];
    snprintf(config, sizeof config,
             "{\"algorithm\":\"%s\",\"private-key\":\"%s\",\"key-id\":\"example-1\",\"issuer\":\"https://login.example.com\","
             "\"audience\":\"orders\"%s}",
             algorithm, PRIVATE_KEY, more);
    PactWasmConfigureRequest request = {.size = sizeof request};
    request.content_type = text("application/jwt");
    request.contents_config_json = text(config);
    PactWasmInteraction *interaction = NULL;
    pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, error);
    return interaction;
}

static PactWasmInteractionPart only_part(const PactWasmInteraction *interaction) {
    PactWasmInteractionPart part = {.size = sizeof part};
    PactWasmError *error = NULL;
    check(pactwasm_interaction_get(interaction, 0, &part, &error), error);
    return part;
}

/* Compares a token with the expected one and prints the verdict. Returns the number of mismatches. */
static size_t compare(const PactWasmPlugin *plugin, const PactWasmInteractionPart *expected, const char *what,
                      PactWasmView token) {
    PactWasmCompareRequest request = {.size = sizeof request};
    request.expected = expected->body;
    request.actual.content_type = text("application/jwt");
    request.actual.content = token;
    request.rules_json = expected->rules_json;
    request.plugin_configuration = expected->plugin_configuration;

    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    check(pactwasm_plugin_compare_contents(plugin, &request, NULL, &comparison, &error), error);
    size_t count = pactwasm_comparison_count(comparison);
    printf("%s: %s\n", what, count == 0 ? "matches" : "does not match");
    for (size_t i = 0; i < count; i++) {
        PactWasmMismatch mismatch = {.size = sizeof mismatch};
        check(pactwasm_comparison_get(comparison, i, &mismatch, &error), error);
        printf("  %-14s %s\n", chars(mismatch.path), chars(mismatch.description));
    }
    pactwasm_comparison_free(comparison);
    return count;
}

/* Compares a token that the plugin makes from another config. */
static size_t compare_made(const PactWasmPlugin *plugin, const PactWasmInteractionPart *expected, const char *what,
                           const char *algorithm, const char *more) {
    PactWasmError *error = NULL;
    PactWasmInteraction *other = configure(plugin, algorithm, more, &error);
    check(other == NULL ? pactwasm_error_code(error) : PACTWASM_OK, error);
    size_t count = compare(plugin, expected, what, only_part(other).body.content);
    pactwasm_interaction_free(other);
    return count;
}

/* Compares the expected token with one character of its signature changed. */
static size_t compare_tampered(const PactWasmPlugin *plugin, const PactWasmInteractionPart *expected) {
    PactWasmView token = expected->body.content;
    char *tampered = malloc(token.len);
    if (tampered == NULL) {
        exit(1);
    }
    memcpy(tampered, token.data, token.len);
    tampered[token.len - 20] = tampered[token.len - 20] == 'A' ? 'B' : 'A';
    PactWasmView view = {tampered, token.len};
    size_t count = compare(plugin, expected, "a token with a tampered signature", view);
    free(tampered);
    return count;
}

/* Puts the expectation into a pact file, which every Pact library can verify with the same plugin. */
static void print_pact(const PactWasmInteraction *expected) {
    static const char empty[] = "{\"consumer\":{\"name\":\"orders\"},\"provider\":{\"name\":\"login\"}}";
    PactWasmPactInteraction interaction = {.size = sizeof interaction, .response = expected};
    interaction.template_json =
        text("{\"type\":\"Synchronous/HTTP\",\"description\":\"a login\",\"request\":{\"method\":\"POST\",\"path\":\"/login\"}}");
    PactWasmBytes pact = {NULL, 0};
    PactWasmError *error = NULL;
    check(pactwasm_pact_add_interaction(empty, sizeof empty - 1, &interaction, &pact, &error), error);
    printf("%.450s…\n(%zu bytes)\n", (const char *)pact.data, pact.len);
    pactwasm_bytes_free(&pact);
}

static void print_logs(const PactWasmPlugin *plugin) {
    PactWasmLogs *logs = NULL;
    PactWasmError *error = NULL;
    check(pactwasm_plugin_logs(plugin, &logs, &error), error);
    for (size_t i = 0; i < pactwasm_logs_count(logs); i++) {
        PactWasmLogRecord record = {.size = sizeof record};
        check(pactwasm_logs_get(logs, i, &record, &error), error);
        printf("  [%s] %s\n", chars(record.target), chars(record.message));
    }
    pactwasm_logs_free(logs);
}

/* What the three most frequent mistakes look like. */
static void show_errors(const PactWasmHost *host, const PactWasmPlugin *plugin) {
    PactWasmPlugin *none = NULL;
    PactWasmError *error = NULL;

    printf("a wrong plugin name:\n");
    pactwasm_host_load(host, "jvt", 3, NULL, 0, &none, &error);
    report(error);

    printf("a manifest without a version:\n");
    char directory[] = "/tmp/pact-wasm-example-XXXXXX";
    char manifest[64];
    if (mkdtemp(directory) == NULL) {
        exit(1);
    }
    snprintf(manifest, sizeof manifest, "%s/pact-plugin.json", directory);
    FILE *file = fopen(manifest, "w");
    if (file == NULL) {
        exit(1);
    }
    fputs("{\"name\":\"broken\",\"executableType\":\"wasm\",\"entryPoint\":\"broken.wasm\"}", file);
    fclose(file);
    pactwasm_host_load_directory(host, directory, strlen(directory), &none, &error);
    report(error);
    remove(manifest);
    rmdir(directory);

    printf("a key that is none:\n");
    const char *config = "{\"algorithm\":\"RS512\",\"private-key\":\"secret\"}";
    PactWasmConfigureRequest request = {.size = sizeof request};
    request.content_type = text("application/jwt");
    request.contents_config_json = text(config);
    PactWasmInteraction *interaction = NULL;
    pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, &error);
    report(error);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s PLUGIN_DIRECTORY\n", argv[0]);
        return 2;
    }
    printf("libpact_wasm %s\n\n", pactwasm_version());

    /* Find, load and initialise the plugin. */
    PactWasmHost *host = new_host(argv[1]);
    PactWasmPlugin *plugin = NULL;
    PactWasmError *error = NULL;
    check(pactwasm_host_load(host, "jwt", 3, NULL, 0, &plugin, &error), error);
    check(pactwasm_plugin_init(plugin, NULL, &error), error);
    printf("== The catalogue\n");
    print_catalogue(plugin);

    /* What the consumer expects. */
    printf("\n== The expected token\n");
    PactWasmInteraction *interaction = configure(plugin, "RS512", ",\"subject\":\"alice\"", &error);
    check(interaction == NULL ? pactwasm_error_code(error) : PACTWASM_OK, error);
    PactWasmInteractionPart expected = only_part(interaction);
    printf("body:   %.60s…\nrules:  %s\nstored: %.60s…\n", chars(expected.body.content), chars(expected.rules_json),
           chars(expected.plugin_configuration.interaction_json));

    /* What providers may send. Each token but the first one has a fault that must be found. */
    printf("\n== Comparing\n");
    int wrong = 0;
    wrong += compare_made(plugin, &expected, "a fresh token", "RS512", ",\"subject\":\"alice\"") != 0;
    wrong += compare_tampered(plugin, &expected) == 0;
    wrong += compare_made(plugin, &expected, "a token for somebody else", "RS512", ",\"subject\":\"bob\"") == 0;
    wrong += compare_made(plugin, &expected, "a token without subject", "RS512", "") == 0;
    wrong += compare_made(plugin, &expected, "a token signed with RS256", "RS256", ",\"subject\":\"alice\"") == 0;
    wrong += compare_made(plugin, &expected, "an expired token", "RS512", ",\"subject\":\"alice\",\"exp\":1000000000") == 0;
    wrong += compare(plugin, &expected, "something else", text("{\"access\":\"granted\"}")) == 0;

    printf("\n== The pact file\n");
    print_pact(interaction);

    printf("\n== Errors\n");
    show_errors(host, plugin);

    printf("\n== What the plugin logged\n");
    print_logs(plugin);

    pactwasm_interaction_free(interaction);
    pactwasm_plugin_free(plugin);
    pactwasm_host_free(host);
    printf("\n%s\n", wrong == 0 ? "All verdicts are as expected." : "A verdict is wrong!");
    return wrong == 0 ? 0 : 1;
}
