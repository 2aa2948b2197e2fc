// What callbacks.go needs from C: cgo cannot write const, nor turn a number into user data.

#include <pact_wasm.h>
#include <stdint.h>

// Sets a *slog.Logger as log callback; the library deletes the cgo.Handle when it needs it no more, also if this fails.
int32_t pactwasmgo_set_logger(const PactWasmConfig *config, uintptr_t logger, PactWasmError **error);

// Sets a *Handler; the cgo.Handle as above.
int32_t pactwasmgo_set_handler(const PactWasmConfig *config, const char *entry_type, size_t entry_type_len, const char *key,
                               size_t key_len, const char *values_json, size_t values_json_len, uintptr_t handler,
                               PactWasmError **error);
