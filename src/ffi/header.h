/*
 * libpact_wasm: Pact plugins as WebAssembly components.
 *
 * Generated from src/ffi by cbindgen; `make header` writes it anew.
 *
 * A host finds and loads plugins; a plugin's operations take a request and give a result:
 *
 *     PactWasmHost *host = NULL;
 *     PactWasmPlugin *plugin = NULL;
 *     PactWasmError *error = NULL;
 *     if (pactwasm_host_new(NULL, &host, &error) != PACTWASM_OK ||
 *         pactwasm_host_load(host, "jwt", 3, NULL, 0, &plugin, &error) != PACTWASM_OK ||
 *         pactwasm_plugin_init(plugin, NULL, &error) != PACTWASM_OK) {
 *         fprintf(stderr, "%s\n", pactwasm_error_message(error));
 *         pactwasm_error_free(error);
 *     }
 *     pactwasm_plugin_free(plugin);
 *     pactwasm_host_free(host);
 *
 * What holds for all functions, unless their comment says otherwise:
 *
 * - Status: functions return PACTWASM_OK or one of PACTWASM_ERROR_…. The last argument, `error`, may be NULL; otherwise it
 *   is set to an error that the caller owns, or to NULL on success. It is written without being read.
 * - Handles (PactWasmHost *, …) are owned by the caller, freed by the function that ends in _free, and may be freed in any
 *   order: what still needs another one keeps it alive. NULL, a handle of another type, and often one that was freed,
 *   is an error that names the argument.
 * - Results go to the arguments called "out". They are set to NULL first, so they are never garbage.
 * - Text is UTF-8 with a length; NULs inside are legal. Inputs are borrowed for the duration of the call.
 * - Structs that the caller fills or has filled begin with their size; set it, and zero what is not used.
 * - Threads: everything may be called from any thread, also at the same time with the same handles. Only freeing must
 *   not happen before another thread's call with the same handle has begun.
 * - Fork: handles made before a fork give PACTWASM_ERROR_FORKED in the child, and freeing them does nothing there; what the
 *   child makes itself works.
 * - A panic of the library becomes PACTWASM_ERROR_INTERNAL. The library sets no global logger, writes no environment
 *   variables, does not change the working directory, and is never unloaded.
 *
 * Functions on plugins are those of the Pact plugin interface, version 2; wit/ documents its records.
 */
