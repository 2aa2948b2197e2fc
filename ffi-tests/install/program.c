/* A program outside the tree, built against what `make install` has installed. It runs a plugin, so that the whole library is there. */
#include <pact_wasm.h>
#include <stdio.h>

int main(void) {
    PactWasmHost *host = NULL;
    PactWasmPlugin *jwt = NULL;
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    int failed = pactwasm_host_new(NULL, &host, &error) != PACTWASM_OK ||
                 pactwasm_host_load(host, "jwt", 3, NULL, 0, &jwt, &error) != PACTWASM_OK ||
                 pactwasm_plugin_init(jwt, NULL, &error) != PACTWASM_OK ||
                 pactwasm_plugin_catalogue(jwt, &catalogue, &error) != PACTWASM_OK;
    if (failed) {
        fprintf(stderr, "%s\n", pactwasm_error_message(error));
        pactwasm_error_free(error);
    } else {
        printf("libpact_wasm %s, %zu catalogue entries\n", pactwasm_version(), pactwasm_catalogue_count(catalogue));
    }
    pactwasm_catalogue_free(catalogue);
    pactwasm_plugin_free(jwt);
    pactwasm_host_free(host);
    return failed;
}
