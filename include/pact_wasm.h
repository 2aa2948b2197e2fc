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

#ifndef PACT_WASM_H
#define PACT_WASM_H

#include <stddef.h>
#include <stdint.h>

// Success.
#define PACTWASM_OK 0

// An argument is NULL, out of range, not UTF-8 or not JSON, or a handle of another type. The message names it.
#define PACTWASM_ERROR_INVALID_ARGUMENT 100

// A plugin, a directory or an item does not exist.
#define PACTWASM_ERROR_NOT_FOUND 101

// A name fits more than one thing; the message lists them.
#define PACTWASM_ERROR_AMBIGUOUS 102

// A callback called the plugin that is calling it, and there is no other instance.
#define PACTWASM_ERROR_BUSY 103

// The handle was made before the process forked.
#define PACTWASM_ERROR_FORKED 104

// The plugin does not fill the role, or this build lacks the feature.
#define PACTWASM_ERROR_UNSUPPORTED 105

// Another call has to come first, such as pactwasm_plugin_init.
#define PACTWASM_ERROR_WRONG_STATE 106

// Plugin and library do not fit together: interface version, roles, imports or capabilities.
#define PACTWASM_ERROR_INCOMPATIBLE 200

// pact-plugin.json cannot be used; the message names file and field.
#define PACTWASM_ERROR_MANIFEST_INVALID 201

// The file is not a WebAssembly component.
#define PACTWASM_ERROR_COMPONENT_INVALID 202

// The component cannot be compiled.
#define PACTWASM_ERROR_COMPILE_FAILED 203

// The sandbox does not allow it.
#define PACTWASM_ERROR_PERMISSION 204

// The operating system refused a file operation.
#define PACTWASM_ERROR_IO 205

// The plugin answered with an error; the message is the plugin's.
#define PACTWASM_ERROR_PLUGIN 300

// The plugin crashed. It gets a fresh instance and stays usable, as after the other errors of this group.
#define PACTWASM_ERROR_TRAP 301

// The call took longer than its deadline.
#define PACTWASM_ERROR_DEADLINE 302

// The call was cancelled.
#define PACTWASM_ERROR_CANCELLED 303

// The plugin wanted more memory than its limit.
#define PACTWASM_ERROR_MEMORY_LIMIT 304

// The plugin handed over more data than its limit.
#define PACTWASM_ERROR_HOST_CALL_LIMIT 305

// The plugin used up its stack.
#define PACTWASM_ERROR_STACK_LIMIT 306

// The plugin wanted more tables or instances than its limit.
#define PACTWASM_ERROR_RESOURCE_LIMIT 307

// Plugins call each other in a circle, or too deep; the message shows the chain.
#define PACTWASM_ERROR_CYCLE 308

// The plugin's answer breaks the interface, for instance with text that should be JSON.
#define PACTWASM_ERROR_INVALID_RESPONSE 309

// A fault of this library. Please report it.
#define PACTWASM_ERROR_INTERNAL 900

// Version of the interface that this header describes. It rises when existing programs or bindings would break.
#define PACTWASM_ABI_VERSION 1

// Milliseconds for one call, waiting for a free instance included: 1 to 86400000. Default 30000.
#define PACTWASM_LIMIT_TIMEOUT_MS 1

// Bytes of memory of one instance: 65536 to 4294967296. Default 268435456. Address space of this size is reserved.
#define PACTWASM_LIMIT_MEMORY 2

// Bytes of stack for the plugin's code: 65536 to 67108864. Default 524288.
#define PACTWASM_LIMIT_STACK 3

// Elements of one table: 1 to 16777216. Default 1048576.
#define PACTWASM_LIMIT_TABLE_ELEMENTS 4

// Bytes that a plugin may hand to the host in one call: 1024 to 4294967296. Default 134217728.
#define PACTWASM_LIMIT_HOST_CALL 5

// Bytes of log text in one call, 64 for each record included: 0 to 1073741824. Default 1048576. A record tells how many
// were dropped.
#define PACTWASM_LIMIT_LOG 6

// Instances of one plugin, which is how many of its calls run in parallel: 1 to 1024. Default: the number of processors.
// Components of the prototype's interface have one, whatever this says.
#define PACTWASM_LIMIT_INSTANCES 7

// How deep plugins may call each other: 1 to 64. Default 16.
#define PACTWASM_LIMIT_NESTING 8

// Listening for TCP connections. The value is an address rule, see pactwasm_config_grant.
#define PACTWASM_PERMISSION_LISTEN 0

// TCP connections to other machines, or to this one. The value is an address rule, see pactwasm_config_grant.
#define PACTWASM_PERMISSION_CONNECT 1

// Reading the files of a directory and of what is below it. The value is an absolute path.
#define PACTWASM_PERMISSION_READ 2

// Reading and writing the files of a directory and of what is below it. The value is an absolute path.
#define PACTWASM_PERMISSION_READ_WRITE 3

// An environment variable of this process. The value is its name.
#define PACTWASM_PERMISSION_ENVIRONMENT 4

// Finest detail.
#define PACTWASM_LEVEL_TRACE 1

// For the plugin's author.
#define PACTWASM_LEVEL_DEBUG 2

// Normal events. The default.
#define PACTWASM_LEVEL_INFO 3

// Something that deserves a look; also what a plugin prints to stderr.
#define PACTWASM_LEVEL_WARN 4

// Something failed.
#define PACTWASM_LEVEL_ERROR 5

// Decide from the content type whether a body is text or binary.
#define PACTWASM_HINT_DEFAULT 0

// The body is text.
#define PACTWASM_HINT_TEXT 1

// The body is binary.
#define PACTWASM_HINT_BINARY 2

// Nobody knows which side is being tested.
#define PACTWASM_TEST_MODE_UNKNOWN 0

// A consumer test.
#define PACTWASM_TEST_MODE_CONSUMER 1

// A provider verification.
#define PACTWASM_TEST_MODE_PROVIDER 2

// The body is for a request.
#define PACTWASM_CONTENT_FOR_REQUEST 0

// The body is for a response.
#define PACTWASM_CONTENT_FOR_RESPONSE 1

// Null.
#define PACTWASM_VALUE_NULL 0

// True or false, in `boolean`.
#define PACTWASM_VALUE_BOOLEAN 1

// UTF-8 text, in `data`.
#define PACTWASM_VALUE_TEXT 2

// A whole number, in `integer`.
#define PACTWASM_VALUE_INTEGER 3

// A decimal number, in `decimal`. Whole and decimal numbers stay apart, because rules depend on it: 2.0 is a decimal.
#define PACTWASM_VALUE_DECIMAL 4

// Bytes, in `data`.
#define PACTWASM_VALUE_BYTES 5

// A JSON object or array as UTF-8 text, in `data`.
#define PACTWASM_VALUE_JSON 6

// The value is in a body.
#define PACTWASM_SOURCE_BODY 0

// The value is in a header.
#define PACTWASM_SOURCE_HEADER 1

// The value is in the metadata of a message.
#define PACTWASM_SOURCE_METADATA 2

// The value is in a query string.
#define PACTWASM_SOURCE_QUERY 3

// The value is the path of a request.
#define PACTWASM_SOURCE_PATH 4

// The value is the status of a response.
#define PACTWASM_SOURCE_STATUS 5

// CommonMark.
#define PACTWASM_MARKUP_COMMON_MARK 0

// HTML.
#define PACTWASM_MARKUP_HTML 1

// Body or value match.
#define PACTWASM_VERDICT_MATCH 0

// They do not match; there is at least one mismatch.
#define PACTWASM_VERDICT_MISMATCH 1

// The actual body is of another type, so it was not compared. The one mismatch holds the two content types as expected and
// actual.
#define PACTWASM_VERDICT_CONTENT_TYPE 2

// The answer of a handler, to fill while it runs. It belongs to the library: the functions below copy what they are given,
// and it is gone when the handler returns. Without any of them, a matcher says that all matches, and a generator fails.
typedef struct PactWasmAnswer PactWasmAnswer;

// A switch that cancels the calls that it is given to. It stays on once it is on. Free with pactwasm_cancel_free, also
// while calls with it are running.
typedef struct PactWasmCancel PactWasmCancel;

// Catalogue entries. Free with pactwasm_catalogue_free.
typedef struct PactWasmCatalogue PactWasmCatalogue;

// The verdict on a body or a single value, with its mismatches. Free with pactwasm_comparison_free.
typedef struct PactWasmComparison PactWasmComparison;

// Configuration of a host. A host copies it, so it can be changed or freed afterwards. Free with pactwasm_config_free.
typedef struct PactWasmConfig PactWasmConfig;

// A generated body. Free with pactwasm_content_free.
typedef struct PactWasmContent PactWasmContent;

// What is sent to a provider, or came from it, kept. Free with pactwasm_data_free.
typedef struct PactWasmData PactWasmData;

// Why a call failed. The caller owns it and frees it with pactwasm_error_free.
typedef struct PactWasmError PactWasmError;

// A generated value. Free with pactwasm_field_free.
typedef struct PactWasmField PactWasmField;

// A driver instance: it finds and loads plugins and keeps their catalogue. Hosts know nothing of each other. Free with
// pactwasm_host_free.
typedef struct PactWasmHost PactWasmHost;

// What is installed in a plugin directory. Free with pactwasm_installed_free.
typedef struct PactWasmInstalled PactWasmInstalled;

// An interaction as a plugin set it up: one or more parts. Free with pactwasm_interaction_free.
typedef struct PactWasmInteraction PactWasmInteraction;

// Log records of a plugin, oldest first, as they were at pactwasm_plugin_logs. Free with pactwasm_logs_free.
typedef struct PactWasmLogs PactWasmLogs;

// A running mock server. Free with pactwasm_mock_server_free.
typedef struct PactWasmMockServer PactWasmMockServer;

// What a mock server has seen, or how a verification ended. Free with pactwasm_outcome_free.
typedef struct PactWasmOutcome PactWasmOutcome;

// A loaded plugin. Its operations may be called from many threads at once. Free with pactwasm_plugin_free.
typedef struct PactWasmPlugin PactWasmPlugin;

// Bytes that the caller owns: free them with pactwasm_bytes_free. They are followed by a NUL that `len` does not count.
typedef struct PactWasmBytes {
  // First byte, or NULL where there are none.
  uint8_t *data;
  // Number of bytes.
  size_t len;
} PactWasmBytes;

// Borrowed bytes, or UTF-8 text. NULs inside are legal.
//
// As input it is borrowed for the duration of the call. As output it lies in the handle it came from, stays valid until
// that handle is freed, and is followed by a NUL that `len` does not count, so that C can print text.
//
// Where something may be absent, `data` NULL says that it is; present but empty is any other pointer with `len` 0. Of JSON, which
// is never empty, an empty text counts as absent as well.
typedef struct PactWasmView {
  // First byte, or NULL.
  const void *data;
  // Number of bytes.
  size_t len;
} PactWasmView;

// All details of an error. Set `size` to sizeof(PactWasmErrorInfo) before the call that fills it.
typedef struct PactWasmErrorInfo {
  // Size of this struct in bytes.
  size_t size;
  // One of PACTWASM_ERROR_….
  int32_t code;
  // What was attempted, on which plugin, why it failed and what to do.
  struct PactWasmView message;
  // Name of the plugin; absent where none was involved.
  struct PactWasmView plugin_name;
  // Version of the plugin; absent where none was involved.
  struct PactWasmView plugin_version;
  // Operation of the plugin interface, for instance "compare-contents"; absent where it was none.
  struct PactWasmView operation;
  // WebAssembly functions that were active, innermost first, one a line; absent unless the plugin crashed or was
  // stopped.
  struct PactWasmView backtrace;
} PactWasmErrorInfo;

// One log record. Set `size` to sizeof(PactWasmLogRecord) before a call that fills it.
typedef struct PactWasmLogRecord {
  // Size of this struct in bytes.
  size_t size;
  // One of PACTWASM_LEVEL_….
  int32_t level;
  // Part of the plugin that speaks; "stdout" or "stderr" for a line that it printed.
  struct PactWasmView target;
  // The text.
  struct PactWasmView message;
  // Name of the plugin.
  struct PactWasmView plugin_name;
  // UUID of the loaded plugin, as in PactWasmPluginInfo.
  struct PactWasmView plugin_instance_id;
  // Test run that the call belongs to; absent where nobody named one.
  struct PactWasmView test_run_id;
  // Milliseconds since 1970-01-01 UTC.
  uint64_t timestamp_ms;
} PactWasmLogRecord;

// Gets log records. The record is borrowed for the duration of the callback.
//
// It is called on the thread that made the call which logs (or, where that thread's stack is too small for a plugin, on
// one that stands in for it while it waits), from several threads at once where calls run in parallel, and with no lock
// held. It may call the library, but must not throw or jump out.
typedef void (*PactWasmLogCallback)(const struct PactWasmLogRecord *record, void *user_data);

// Releases a callback's user data.
typedef void (*PactWasmDestroy)(void *user_data);

// A single value. Part of other structs, hence without a size.
typedef struct PactWasmFieldValue {
  // One of PACTWASM_VALUE_…, which tell where the value is; the other fields are zero.
  int32_t kind;
  // 0 or 1.
  int32_t boolean;
  // A whole number.
  int64_t integer;
  // A decimal number.
  double decimal;
  // Text, bytes or JSON.
  struct PactWasmView data;
} PactWasmFieldValue;

// A body. Part of other structs, hence without a size.
typedef struct PactWasmBody {
  // MIME type, for instance "application/json;charset=UTF-8"; absent or empty where it is not known.
  struct PactWasmView content_type;
  // The bytes. Absent (NULL) is a missing body; an empty body is any other pointer with length 0.
  struct PactWasmView content;
  // One of PACTWASM_HINT_….
  int32_t hint;
} PactWasmBody;

// What a plugin stored in the pact file when the interaction was configured. Part of other structs, hence without a size.
typedef struct PactWasmPluginConfiguration {
  // For the interaction: a JSON object, or absent.
  struct PactWasmView interaction_json;
  // For the whole pact file: a JSON object, or absent.
  struct PactWasmView pact_json;
} PactWasmPluginConfiguration;

// One part of an interaction. Set `size` to sizeof(PactWasmInteractionPart) before the call that fills it.
typedef struct PactWasmInteractionPart {
  // Size of this struct in bytes.
  size_t size;
  // "request", "response", or empty where there is only one part.
  struct PactWasmView part_name;
  // The body; its content type is absent where the part has no body.
  struct PactWasmBody body;
  // Matching rules for the body by path expression, a JSON object as in PactWasmCompareRequest.
  struct PactWasmView rules_json;
  // Generators for the body by path expression, a JSON object as in PactWasmGenerateRequest.
  struct PactWasmView generators_json;
  // Metadata for a message: a JSON object, or absent.
  struct PactWasmView message_metadata_json;
  // Matching rules for the metadata, a JSON object.
  struct PactWasmView metadata_rules_json;
  // Generators for the metadata, a JSON object.
  struct PactWasmView metadata_generators_json;
  // What to store in the pact file for this part.
  struct PactWasmPluginConfiguration plugin_configuration;
  // A rendering for people; may be empty.
  struct PactWasmView markup;
  // One of PACTWASM_MARKUP_….
  int32_t markup_type;
} PactWasmInteractionPart;

// One mismatch. Set `size` to sizeof(PactWasmMismatch) before the call that fills it.
typedef struct PactWasmMismatch {
  // Size of this struct in bytes.
  size_t size;
  // Path expression under which the plugin lists it; the path, where it lists it under none.
  struct PactWasmView expression;
  // Where it is: usually the same as `expression`, or more precise.
  struct PactWasmView path;
  // What is wrong, for people.
  struct PactWasmView description;
  // Expected value as bytes, usually text; absent where nothing was expected.
  struct PactWasmView expected;
  // Actual value as bytes, usually text; absent where there was none.
  struct PactWasmView actual;
  // A rendered difference, or absent.
  struct PactWasmView diff;
  // "body", "header", "metadata", …, or absent.
  struct PactWasmView mismatch_type;
} PactWasmMismatch;

// Request of compare-contents. Set `size` to sizeof(PactWasmCompareRequest) and what is not needed to zero.
typedef struct PactWasmCompareRequest {
  // Size of this struct in bytes.
  size_t size;
  // What the pact says.
  struct PactWasmBody expected;
  // What came.
  struct PactWasmBody actual;
  // 1 if the actual body may hold keys that the expected one does not, else 0.
  int32_t allow_unexpected_keys;
  // Matching rules by path expression: a JSON object such as {"$.a":[{"type":"regex","values":{"regex":"\\d+"}}]}, or
  // absent.
  struct PactWasmView rules_json;
  // From the pact file.
  struct PactWasmPluginConfiguration plugin_configuration;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
} PactWasmCompareRequest;

// Request of generate-content. Set `size` to sizeof(PactWasmGenerateRequest) and what is not needed to zero.
typedef struct PactWasmGenerateRequest {
  // Size of this struct in bytes.
  size_t size;
  // The body to start from.
  struct PactWasmBody body;
  // Generators by path expression: a JSON object such as {"$.id":{"type":"Uuid"}}, or absent.
  struct PactWasmView generators_json;
  // From the pact file.
  struct PactWasmPluginConfiguration plugin_configuration;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
  // One of PACTWASM_TEST_MODE_….
  int32_t test_mode;
  // One of PACTWASM_CONTENT_FOR_….
  int32_t content_for;
} PactWasmGenerateRequest;

// Request of match-field. Set `size` to sizeof(PactWasmMatchFieldRequest) and what is not needed to zero.
typedef struct PactWasmMatchFieldRequest {
  // Size of this struct in bytes.
  size_t size;
  // Key of the catalogue entry, required.
  struct PactWasmView key;
  // Type of the matching rule, required.
  struct PactWasmView rule_type;
  // Configuration of the rule: a JSON object, or absent.
  struct PactWasmView rule_values_json;
  // Where the value is: a path expression; may be empty.
  struct PactWasmView path;
  // One of PACTWASM_SOURCE_….
  int32_t source;
  // What the pact says.
  struct PactWasmFieldValue expected;
  // What came.
  struct PactWasmFieldValue actual;
  // From the pact file.
  struct PactWasmPluginConfiguration plugin_configuration;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
} PactWasmMatchFieldRequest;

// Request of generate-field. Set `size` to sizeof(PactWasmGenerateFieldRequest) and what is not needed to zero.
typedef struct PactWasmGenerateFieldRequest {
  // Size of this struct in bytes.
  size_t size;
  // Key of the catalogue entry, required.
  struct PactWasmView key;
  // Type of the generator, required.
  struct PactWasmView generator_type;
  // Configuration of the generator: a JSON object, or absent.
  struct PactWasmView generator_values_json;
  // Where the value goes: a path expression; may be empty.
  struct PactWasmView path;
  // The value that the test author gave.
  struct PactWasmFieldValue example;
  // From the pact file.
  struct PactWasmPluginConfiguration plugin_configuration;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
  // One of PACTWASM_TEST_MODE_….
  int32_t test_mode;
} PactWasmGenerateFieldRequest;

// What a plugin asks of a handler. Everything in it is borrowed for the duration of the handler.
typedef struct PactWasmHandlerCall {
  // Size of this struct in bytes, as the library knows it: fields beyond it are not there.
  size_t size;
  // Full key of the entry, for instance "core/matcher/vin".
  struct PactWasmView entry_key;
  // Name of the plugin that asks.
  struct PactWasmView plugin_name;
  // Test run that the plugin's call belongs to; absent where nobody named one.
  struct PactWasmView test_run_id;
  // Milliseconds until the deadline of the plugin's call. The handler is not interrupted, but an answer that comes later
  // ends the plugin's call with PACTWASM_ERROR_DEADLINE.
  uint64_t remaining_ms;
  // The request, if the entry is a content matcher; otherwise NULL.
  const struct PactWasmCompareRequest *compare;
  // The request, if the entry is a content generator; otherwise NULL.
  const struct PactWasmGenerateRequest *generate;
  // The request, if the entry is a matcher; otherwise NULL.
  const struct PactWasmMatchFieldRequest *match_field;
  // The request, if the entry is a generator; otherwise NULL.
  const struct PactWasmGenerateFieldRequest *generate_field;
} PactWasmHandlerCall;

// Serves a call of a plugin: reads the request, and says what it has to say with the functions pactwasm_answer_….
//
// It is called on the thread that called the plugin (or, where that thread's stack is too small for a plugin, on one that
// stands in for it while it waits), from several threads at once where calls run in parallel, and with no lock held. It may call
// the library, and other plugins; a call of the plugin that is asking needs an instance of its own
// (PACTWASM_LIMIT_INSTANCES). It must not throw or jump out.
typedef void (*PactWasmHandler)(const struct PactWasmHandlerCall *call,
                                struct PactWasmAnswer *answer,
                                void *user_data);

// One installed plugin. Set `size` to sizeof(PactWasmInstalledPlugin) before the call that fills it.
typedef struct PactWasmInstalledPlugin {
  // Size of this struct in bytes.
  size_t size;
  // Directory that holds the manifest.
  struct PactWasmView directory;
  // Name of the plugin; absent if the manifest cannot be used.
  struct PactWasmView name;
  // Version of the plugin; absent if the manifest cannot be used.
  struct PactWasmView version;
  // "wasm" for what this library runs, also if frameworks start it as an executable (a manifest of type "exec" whose
  // "entryPoints" name a component under "wasm"); otherwise for instance "exec". Absent if the manifest cannot be used.
  struct PactWasmView executable_type;
  // Why the manifest cannot be used; absent if it can.
  struct PactWasmView problem;
} PactWasmInstalledPlugin;

// One catalogue entry. Set `size` to sizeof(PactWasmCatalogueEntry) before the call that fills it.
typedef struct PactWasmCatalogueEntry {
  // Size of this struct in bytes.
  size_t size;
  // Full key: `core/<entry type>/<key>`, or `plugin/<plugin name>/<entry type>/<key>`.
  struct PactWasmView key;
  // Name of the plugin; absent for what the host does itself.
  struct PactWasmView plugin_name;
  // "content-matcher", "content-generator", "transport", "matcher", "interaction" or "generator".
  struct PactWasmView entry_type;
  // A JSON object of texts, for instance {"content-types":"application/jwt"}.
  struct PactWasmView values_json;
} PactWasmCatalogueEntry;

// What is known about a plugin. Set `size` to sizeof(PactWasmPluginInfo) before the call that fills it.
typedef struct PactWasmPluginInfo {
  // Size of this struct in bytes.
  size_t size;
  // Name, from its manifest.
  struct PactWasmView name;
  // Version, from its manifest.
  struct PactWasmView version;
  // Directory that holds its manifest.
  struct PactWasmView directory;
  // UUID of this loaded plugin; it marks its log records.
  struct PactWasmView instance_id;
  // JSON array of the roles that its component fills, for instance ["content-matcher","content-generator"].
  struct PactWasmView roles_json;
  // JSON array of the capabilities that it declared at init; absent before that.
  struct PactWasmView capabilities_json;
} PactWasmPluginInfo;

// Options of one call. Set `size` to sizeof(PactWasmCallOptions); fields left at zero mean the default, and so does NULL in
// place of the whole struct.
typedef struct PactWasmCallOptions {
  // Size of this struct in bytes.
  size_t size;
  // Milliseconds for this call, 1 to 86400000; 0 for the host's limit.
  uint64_t timeout_ms;
  // Who can cancel the call; may be NULL, and may be freed while the call runs.
  const struct PactWasmCancel *cancel;
  // Marks the log records of this call; where it is absent, "testRunId" of the test context counts, then the host's.
  struct PactWasmView test_run_id;
} PactWasmCallOptions;

// Request of configure-interaction. Set `size` to sizeof(PactWasmConfigureRequest) and what is not needed to zero.
typedef struct PactWasmConfigureRequest {
  // Size of this struct in bytes.
  size_t size;
  // MIME type of the body.
  struct PactWasmView content_type;
  // What the test author wrote: a JSON object, required.
  struct PactWasmView contents_config_json;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
} PactWasmConfigureRequest;

// A whole outcome. Set `size` to sizeof(PactWasmOutcomeInfo) before the call that fills it.
typedef struct PactWasmOutcomeInfo {
  // Size of this struct in bytes.
  size_t size;
  // Of a mock server: 1 if everything that was expected came, and nothing else. Of a verification: 1 if the provider's
  // answer is as the interaction says. Else 0.
  int32_t ok;
  // Number of results, for pactwasm_outcome_get.
  size_t count;
  // Of a verification: a JSON array of lines to show to the user. Of a mock server: absent.
  struct PactWasmView output_json;
} PactWasmOutcomeInfo;

// One result: what one request to a mock server amounted to, or one thing that went wrong in a verification. Set `size` to
// sizeof(PactWasmResult) before the call that fills it.
typedef struct PactWasmResult {
  // Size of this struct in bytes.
  size_t size;
  // What the request was for, as the plugin names it; of a verification the path of the mismatch. May be empty.
  struct PactWasmView path;
  // An error that kept it from being compared; empty where there was none. A mock server that crashed, or was stopped for
  // going over a limit, says so here.
  struct PactWasmView error;
  // Number of mismatches, for pactwasm_outcome_mismatch.
  size_t mismatch_count;
} PactWasmResult;

// Request of start-mock-server. Set `size` to sizeof(PactWasmStartRequest) and what is not needed to zero.
typedef struct PactWasmStartRequest {
  // Size of this struct in bytes.
  size_t size;
  // Interface to listen on, for instance "127.0.0.1" or `[::1]`; absent or empty for loopback. Other ones must be granted, see
  // pactwasm_config_grant.
  struct PactWasmView host_interface;
  // Port to listen on, 1 to 65535; 0 for any that is free.
  int32_t port;
  // 1 if the server is to speak TLS, else 0.
  int32_t tls;
  // What the server is to expect: a JSON array of interactions, required. An interaction is
  // {"interactionType":"Synchronous/HTTP","pluginConfiguration":{"interactionConfiguration":{…},"pactConfiguration":{…}},
  // "consumer":"…","provider":"…"}, where the type is "Synchronous/HTTP", "Asynchronous/Messages" or
  // "Synchronous/Messages", and the rest may be left out. The plugin configuration is what pactwasm_interaction_get
  // (interaction) and pactwasm_interaction_configuration (pact) gave, or what the pact file holds.
  struct PactWasmView interactions_json;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
} PactWasmStartRequest;

// Where a mock server is. Set `size` to sizeof(PactWasmMockServerInfo) before the call that fills it.
typedef struct PactWasmMockServerInfo {
  // Size of this struct in bytes.
  size_t size;
  // Names the server in the generic call.
  struct PactWasmView key;
  // What a client connects to, for instance "127.0.0.1" or `[::1]`.
  struct PactWasmView address;
  // The port that it listens on, as the plugin says.
  int32_t port;
} PactWasmMockServerInfo;

// One piece of metadata, JSON or bytes. Part of other structs, hence without a size.
typedef struct PactWasmMetadata {
  // Its name.
  struct PactWasmView name;
  // Its value as JSON of any kind; absent where the value is bytes.
  struct PactWasmView json;
  // Its value as bytes; absent where the value is JSON.
  struct PactWasmView bytes;
} PactWasmMetadata;

// What is sent to a provider, or came from it. Part of other structs, hence without a size.
typedef struct PactWasmInteractionData {
  // The body; absent content type and absent content where there is none.
  struct PactWasmBody body;
  // The metadata, `metadata_count` of them; may be NULL where that is 0.
  const struct PactWasmMetadata *metadata;
  // Number of pieces of metadata.
  size_t metadata_count;
} PactWasmInteractionData;

// Request of prepare-interaction-for-verification. Set `size` to sizeof(PactWasmPrepareRequest) and what is not needed to
// zero.
typedef struct PactWasmPrepareRequest {
  // Size of this struct in bytes.
  size_t size;
  // The interaction: a JSON object, required; see PactWasmStartRequest.
  struct PactWasmView interaction_json;
  // What the user configured for the verification: a JSON object, or absent.
  struct PactWasmView config_json;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
} PactWasmPrepareRequest;

// Request of verify-interaction. Set `size` to sizeof(PactWasmVerifyRequest) and what is not needed to zero.
typedef struct PactWasmVerifyRequest {
  // Size of this struct in bytes.
  size_t size;
  // What to send: as pactwasm_data_get gives it, or changed.
  struct PactWasmInteractionData data;
  // The interaction: a JSON object, required; see PactWasmStartRequest.
  struct PactWasmView interaction_json;
  // What the user configured for the verification: a JSON object, or absent.
  struct PactWasmView config_json;
  // From the test framework: a JSON object, or absent.
  struct PactWasmView test_context_json;
} PactWasmVerifyRequest;

// An interaction for a pact file. Set `size` to sizeof(PactWasmPactInteraction) and what is not needed to zero.
//
// A plugin may give the request and the response of an interaction at once, as parts that carry these names: pass the
// same handle twice. Parts without a name go where the handle is passed.
typedef struct PactWasmPactInteraction {
  // Size of this struct in bytes.
  size_t size;
  // The interaction without what comes from plugins: a JSON object as in the pact file, with at least "description" and
  // "type" ("Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"). Provider states, method, path,
  // headers, status, rules for them, metadata, … stand in it where they stand in the file.
  struct PactWasmView template_json;
  // What a plugin set up for the request, or NULL. It has one part for it.
  const struct PactWasmInteraction *request;
  // What a plugin set up for the response, or NULL. It has one part for it, or several where the interaction is
  // "Synchronous/Messages".
  const struct PactWasmInteraction *response;
  // What a plugin set up for the message of an interaction that is "Asynchronous/Messages", or NULL: one part, whatever its
  // name. For these, and only for these, it is set instead of `request` and `response`.
  const struct PactWasmInteraction *message;
} PactWasmPactInteraction;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Frees bytes that the library returned and sets them to NULL and 0. NULL, and bytes that were freed already this way, do
// nothing.
//
// bytes: in and out; not used by another thread. Since 0.1.0.
void pactwasm_bytes_free(struct PactWasmBytes *bytes);

// The error's code, one of PACTWASM_ERROR_…; PACTWASM_ERROR_INVALID_ARGUMENT for NULL or another handle. From any thread.
// Since 0.1.0.
int32_t pactwasm_error_code(const struct PactWasmError *error);

// The error's message, NUL-terminated UTF-8, never NULL; it lives as long as the error. The empty text for NULL or
// another handle. From any thread. Since 0.1.0.
const char *pactwasm_error_message(const struct PactWasmError *error);

// Fills `info` with views that live as long as `failed`. From any thread.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_error_get(const struct PactWasmError *failed,
                           struct PactWasmErrorInfo *info,
                           struct PactWasmError **error);

// Frees an error. NULL does nothing. Since 0.1.0.
void pactwasm_error_free(struct PactWasmError *error);

// Version of the library, for instance "0.1.0": static, NUL-terminated. From any thread. Since 0.1.0.
const char *pactwasm_version(void);

// PACTWASM_ABI_VERSION of the library that is loaded. A binding compares it with the one that it was made for. From any
// thread. Since 0.1.0.
uint32_t pactwasm_abi_version(void);

// 1 if this build has the feature, otherwise 0, also for a name that nobody knows or that is not UTF-8.
//
// feature, feature_len: "crypto" (sign, verify and digest for plugins), "cache" (compiled plugins are kept),
// "core-rules" (Pact's own matching rules, generators and content types for plugins). From any thread. Since 0.1.0.
int32_t pactwasm_has_feature(const char *feature,
                             size_t feature_len);

// Makes a configuration with the defaults.
//
// config: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_new(struct PactWasmConfig **config,
                            struct PactWasmError **error);

// Frees a configuration. Hosts made with it stay as they are. NULL does nothing. Since 0.1.0.
void pactwasm_config_free(struct PactWasmConfig *config);

// Sets where plugins are installed. Without it that is $PACT_PLUGIN_DIR, or else ~/.pact/plugins.
//
// path, path_len: UTF-8, not empty. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_plugin_directory(const struct PactWasmConfig *config,
                                             const char *path,
                                             size_t path_len,
                                             struct PactWasmError **error);

// Sets where compiled plugins are kept between processes. Without it that is $XDG_CACHE_HOME/pact-wasm, or else
// ~/.cache/pact-wasm. The directory is made with mode 0700; one that others can enter is not used.
//
// path, path_len: UTF-8; empty to keep nothing. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_cache_directory(const struct PactWasmConfig *config,
                                            const char *path,
                                            size_t path_len,
                                            struct PactWasmError **error);

// Sets what plugins are told about who loads them.
//
// name, version: UTF-8, not empty, for instance "pact-go" and "2.4.1". From any thread. Errors:
// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_implementation(const struct PactWasmConfig *config,
                                           const char *name,
                                           size_t name_len,
                                           const char *version,
                                           size_t version_len,
                                           struct PactWasmError **error);

// Sets the test run that log records belong to, unless a call names one in its options, or in its test context under
// "testRunId".
//
// id, id_len: UTF-8; empty or NULL for none. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_test_run_id(const struct PactWasmConfig *config,
                                        const char *id,
                                        size_t id_len,
                                        struct PactWasmError **error);

// Sets a limit for each plugin.
//
// limit: one of PACTWASM_LIMIT_…, which tell unit, range and default. From any thread. Errors:
// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_limit(const struct PactWasmConfig *config,
                                  int32_t limit,
                                  uint64_t value,
                                  struct PactWasmError **error);

// Chooses how crashes of plugins are caught: 1 (the default) with signal handlers for SIGSEGV, SIGILL and SIGFPE, which
// pass on what is not theirs; 0 with checks in the compiled code, which is slower but leaves all signals alone. A runtime
// that handles these signals itself, such as a JVM, wants 0. The handlers are process-wide and stay once a host with 1
// was made.
//
// on: 0 or 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_signal_handlers(const struct PactWasmConfig *config,
                                            int32_t on,
                                            struct PactWasmError **error);

// Sets the lowest level of log records that are kept and delivered.
//
// level: one of PACTWASM_LEVEL_…. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_log_level(const struct PactWasmConfig *config,
                                      int32_t level,
                                      struct PactWasmError **error);

// Makes a switch that is off.
//
// cancel: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_cancel_new(struct PactWasmCancel **cancel,
                            struct PactWasmError **error);

// Cancels the calls that have this switch, running and future ones; they return PACTWASM_ERROR_CANCELLED, usually within
// 20 ms. Returns at once. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_cancel_trigger(const struct PactWasmCancel *cancel,
                                struct PactWasmError **error);

// Frees a switch without turning it on. NULL does nothing. Since 0.1.0.
void pactwasm_cancel_free(struct PactWasmCancel *cancel);

// Grants plugins something outside of their sandbox. A plugin gets it if its manifest asks for it, under "permissions" of
// its "pluginConfig": what both say counts. Nothing is granted by default, except that a plugin that is a transport may
// listen on loopback without asking. A plugin that asks for what is not granted, and does not call it optional, does not
// load (PACTWASM_ERROR_PERMISSION).
//
// An address rule is a host and ports, with a colon between. The host is an address (192.0.2.1, `[2001:db8::1]`), a network
// (192.0.2.0/24, `[2001:db8::/32]`), a name, "localhost" for all loopback addresses, or * for any. The ports are one
// (443), a range (8000-8999), or * for any, which is also what nothing means. A name stands for the addresses that it leads
// to, but never for loopback and link-local ones, because its owner decides where it leads; and only a name that is
// granted, or *, lets a plugin look it up. Nothing listens on a name. There is no UDP.
//
// Links in a path are resolved now: one that is put in its place later grants nothing.
//
// plugin: name of the plugin; absent or empty for all plugins. permission: one of PACTWASM_PERMISSION_…, which tell what
// value is. Counts for hosts that are made afterwards. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_grant(const struct PactWasmConfig *config,
                              const char *plugin,
                              size_t plugin_len,
                              int32_t permission,
                              const char *value,
                              size_t value_len,
                              struct PactWasmError **error);

// Sets the callback for the log records of all plugins of hosts that are made with this configuration, in place of an
// earlier one.
//
// callback: NULL for none. user_data: passed to the callback, may be NULL. destroy: called exactly once with user_data
// when the library needs it no more (configuration and hosts freed, callback replaced, or this call failed); may be
// NULL.
//
// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_log_callback(const struct PactWasmConfig *config,
                                         PactWasmLogCallback callback,
                                         void *user_data,
                                         PactWasmDestroy destroy,
                                         struct PactWasmError **error);

// Number of records; 0 for NULL or another handle. From any thread. Since 0.1.0.
size_t pactwasm_logs_count(const struct PactWasmLogs *logs);

// Fills `record` with views that live as long as `logs`.
//
// index: from 0 to pactwasm_logs_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_logs_get(const struct PactWasmLogs *logs,
                          size_t index,
                          struct PactWasmLogRecord *record,
                          struct PactWasmError **error);

// Frees log records. NULL does nothing. Since 0.1.0.
void pactwasm_logs_free(struct PactWasmLogs *logs);

// Fills `value`; its view lives as long as `field`.
//
// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_field_get(const struct PactWasmField *field,
                           struct PactWasmFieldValue *value,
                           struct PactWasmError **error);

// Frees a generated value. NULL does nothing. Since 0.1.0.
void pactwasm_field_free(struct PactWasmField *field);

// Number of parts; 0 for NULL or another handle. From any thread. Since 0.1.0.
size_t pactwasm_interaction_count(const struct PactWasmInteraction *interaction);

// Fills `part` with views that live as long as `interaction`.
//
// index: from 0 to pactwasm_interaction_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_interaction_get(const struct PactWasmInteraction *interaction,
                                 size_t index,
                                 struct PactWasmInteractionPart *part,
                                 struct PactWasmError **error);

// Fills `configuration` with what the plugin wants stored for the interaction as a whole, beside that of its parts. The
// views live as long as `interaction`.
//
// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_interaction_configuration(const struct PactWasmInteraction *interaction,
                                           struct PactWasmPluginConfiguration *configuration,
                                           struct PactWasmError **error);

// Frees an interaction. NULL does nothing. Since 0.1.0.
void pactwasm_interaction_free(struct PactWasmInteraction *interaction);

// The verdict.
//
// verdict: out; one of PACTWASM_VERDICT_…, or −1 on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since
// 0.1.0.
int32_t pactwasm_comparison_verdict(const struct PactWasmComparison *comparison,
                                    int32_t *verdict,
                                    struct PactWasmError **error);

// Number of mismatches; 0 for NULL or another handle. From any thread. Since 0.1.0.
size_t pactwasm_comparison_count(const struct PactWasmComparison *comparison);

// Fills `mismatch` with views that live as long as `comparison`.
//
// index: from 0 to pactwasm_comparison_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_comparison_get(const struct PactWasmComparison *comparison,
                                size_t index,
                                struct PactWasmMismatch *mismatch,
                                struct PactWasmError **error);

// Frees a comparison. NULL does nothing. Since 0.1.0.
void pactwasm_comparison_free(struct PactWasmComparison *comparison);

// Fills `body` with views that live as long as `content`.
//
// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_content_get(const struct PactWasmContent *content,
                             struct PactWasmBody *body,
                             struct PactWasmError **error);

// Frees a generated body. NULL does nothing. Since 0.1.0.
void pactwasm_content_free(struct PactWasmContent *content);

// The handler fails: the plugin's call into the host ends with this message, and the entry's key in front of it. Whatever else
// was answered does not count.
//
// message: UTF-8, copied. Any thread, while the handler runs. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_answer_set_error(const struct PactWasmAnswer *answer,
                                  const char *message,
                                  size_t message_len,
                                  struct PactWasmError **error);

// Answer to match-field and compare-contents: something does not match.
//
// mismatch: copied; size set, a description required. For match-field an empty path stands for that of the request. For
// compare-contents an empty path is `$`, and an empty expression the path. Any thread, while the handler runs.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_answer_add_mismatch(const struct PactWasmAnswer *answer,
                                     const struct PactWasmMismatch *mismatch,
                                     struct PactWasmError **error);

// Answer to compare-contents: the actual body is of another content type, so it was not compared. Mismatches that were
// added do not count then.
//
// expected, actual: the content types, UTF-8, copied. Any thread, while the handler runs.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_answer_set_type_mismatch(const struct PactWasmAnswer *answer,
                                          const char *expected,
                                          size_t expected_len,
                                          const char *actual,
                                          size_t actual_len,
                                          struct PactWasmError **error);

// Answer to generate-content: the body.
//
// body: copied. Any thread, while the handler runs. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_answer_set_body(const struct PactWasmAnswer *answer,
                                 const struct PactWasmBody *body,
                                 struct PactWasmError **error);

// Answer to generate-field: the value.
//
// value: copied. Any thread, while the handler runs. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_answer_set_value(const struct PactWasmAnswer *answer,
                                  const struct PactWasmFieldValue *value,
                                  struct PactWasmError **error);

// Adds an entry `core/<entry type>/<key>` to the catalogue of hosts that are made with this configuration, served by a
// function of the caller's. It takes the place of the library's own entry of that key, and of an earlier handler for it. In bodies
// that Pact's own content matchers compare, such as core/content-matcher/json, Pact's own rules count all the same: those matchers
// apply them themselves.
//
// entry_type: "content-matcher", "content-generator", "matcher" or "generator". key: not empty and without "/".
// values_json: what the catalogue entry says, a JSON object of texts such as {"content-types":"text/csv"}; absent or empty
// for none, or for those of the entry that is replaced. handler: not NULL. user_data: passed to the handler, may be NULL.
// destroy: called exactly once with user_data when the library needs it no more (configuration, hosts and their plugins
// freed, handler replaced, or this call failed); may be NULL.
//
// Plugins are told at init that the host has the capability `<entry type>/<key>`. From any thread.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_config_set_handler(const struct PactWasmConfig *config,
                                    const char *entry_type,
                                    size_t entry_type_len,
                                    const char *key,
                                    size_t key_len,
                                    const char *values_json,
                                    size_t values_json_len,
                                    PactWasmHandler handler,
                                    void *user_data,
                                    PactWasmDestroy destroy,
                                    struct PactWasmError **error);

// Makes a host. Nothing is read from disk yet.
//
// config: copied; NULL for the defaults. host: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT, PACTWASM_ERROR_INTERNAL. Since 0.1.0.
int32_t pactwasm_host_new(const struct PactWasmConfig *config,
                          struct PactWasmHost **host,
                          struct PactWasmError **error);

// Frees a host. Plugins that it loaded stay usable until they are freed themselves; their mock servers end. NULL does nothing.
// Since 0.1.0.
void pactwasm_host_free(struct PactWasmHost *host);

// Reads what is installed in the plugin directory. A manifest that cannot be used hides no other; it is an item of its own
// with the reason.
//
// installed: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_NOT_FOUND (the directory), PACTWASM_ERROR_IO, PACTWASM_ERROR_FORKED,
// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_host_discover(const struct PactWasmHost *host,
                               struct PactWasmInstalled **installed,
                               struct PactWasmError **error);

// Finds a plugin by name in the plugin directory and loads it: reads and compiles its component, or takes the compiled
// form from the cache. Its code does not run yet; call pactwasm_plugin_init next. A plugin that this host has loaded already
// is not loaded again: the new handle is for the same plugin.
//
// name: as in its pact-plugin.json. version: the least version within semantic-version compatibility; absent or empty for
// the highest that is installed. plugin: out; owned by the caller, NULL on failure; it may outlive the host. From any thread.
//
// Errors: PACTWASM_ERROR_NOT_FOUND, PACTWASM_ERROR_MANIFEST_INVALID, PACTWASM_ERROR_COMPONENT_INVALID,
// PACTWASM_ERROR_COMPILE_FAILED, PACTWASM_ERROR_INCOMPATIBLE, PACTWASM_ERROR_IO, PACTWASM_ERROR_FORKED,
// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_host_load(const struct PactWasmHost *host,
                           const char *name,
                           size_t name_len,
                           const char *version,
                           size_t version_len,
                           struct PactWasmPlugin **plugin,
                           struct PactWasmError **error);

// Loads the plugin whose pact-plugin.json lies in a directory, wherever that is. Otherwise as pactwasm_host_load.
//
// path, path_len: UTF-8, not empty. From any thread. Errors: as pactwasm_host_load. Since 0.1.0.
int32_t pactwasm_host_load_directory(const struct PactWasmHost *host,
                                     const char *path,
                                     size_t path_len,
                                     struct PactWasmPlugin **plugin,
                                     struct PactWasmError **error);

// The catalogue: what the host itself can do, then the entries of all plugins that it has loaded and initialised, in the
// order of loading.
//
// catalogue: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_FORKED,
// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_host_catalogue(const struct PactWasmHost *host,
                                struct PactWasmCatalogue **catalogue,
                                struct PactWasmError **error);

// Number of installed plugins, broken ones included; 0 for NULL or another handle. From any thread. Since 0.1.0.
size_t pactwasm_installed_count(const struct PactWasmInstalled *installed);

// Fills `plugin` with views that live as long as `installed`. Usable plugins come first, by name and rising version.
//
// index: from 0 to pactwasm_installed_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_installed_get(const struct PactWasmInstalled *installed,
                               size_t index,
                               struct PactWasmInstalledPlugin *plugin,
                               struct PactWasmError **error);

// Frees a list of installed plugins. NULL does nothing. Since 0.1.0.
void pactwasm_installed_free(struct PactWasmInstalled *installed);

// Number of entries; 0 for NULL or another handle. From any thread. Since 0.1.0.
size_t pactwasm_catalogue_count(const struct PactWasmCatalogue *catalogue);

// Fills `entry` with views that live as long as `catalogue`.
//
// index: from 0 to pactwasm_catalogue_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_catalogue_get(const struct PactWasmCatalogue *catalogue,
                               size_t index,
                               struct PactWasmCatalogueEntry *entry,
                               struct PactWasmError **error);

// Frees a catalogue. NULL does nothing. Since 0.1.0.
void pactwasm_catalogue_free(struct PactWasmCatalogue *catalogue);

// Frees the handle. With the last handle the plugin is unloaded and its entries leave the host's catalogue; calls that are
// running end first. NULL does nothing. Since 0.1.0.
void pactwasm_plugin_free(struct PactWasmPlugin *plugin);

// Fills `info` with views that live as long as the handle `plugin`. From any thread.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_plugin_info(const struct PactWasmPlugin *plugin,
                             struct PactWasmPluginInfo *info,
                             struct PactWasmError **error);

// The plugin's own catalogue entries; none before init.
//
// catalogue: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since
// 0.1.0.
int32_t pactwasm_plugin_catalogue(const struct PactWasmPlugin *plugin,
                                  struct PactWasmCatalogue **catalogue,
                                  struct PactWasmError **error);

// The plugin's last log records of the configured level and above: at most 1000, with at most 4 MiB of text.
//
// logs: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_plugin_logs(const struct PactWasmPlugin *plugin,
                             struct PactWasmLogs **logs,
                             struct PactWasmError **error);

// Operation init: introduces host and plugin to each other and reads the plugin's catalogue entries. Needed once before any
// other operation; where it was done already it does nothing, and where it failed it can be tried again. All loaded
// plugins are told the new catalogue before their next call.
//
// options: may be NULL. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (the plugin refuses), PACTWASM_ERROR_INCOMPATIBLE (it needs capabilities that this host
// lacks, declares entries whose role it does not export, or exports functions of other types),
// PACTWASM_ERROR_INVALID_RESPONSE, and those of a call: PACTWASM_ERROR_TRAP, PACTWASM_ERROR_DEADLINE,
// PACTWASM_ERROR_CANCELLED, PACTWASM_ERROR_MEMORY_LIMIT, PACTWASM_ERROR_HOST_CALL_LIMIT, PACTWASM_ERROR_STACK_LIMIT,
// PACTWASM_ERROR_RESOURCE_LIMIT, PACTWASM_ERROR_CYCLE, PACTWASM_ERROR_BUSY, PACTWASM_ERROR_FORKED,
// PACTWASM_ERROR_INVALID_ARGUMENT, PACTWASM_ERROR_INTERNAL. Since 0.1.0.
int32_t pactwasm_plugin_init(const struct PactWasmPlugin *plugin,
                             const struct PactWasmCallOptions *options,
                             struct PactWasmError **error);

// Operation update-catalogue: tells the plugin a catalogue in place of the host's own. Seldom needed: the library tells each
// plugin the host's catalogue without being asked, and does so again when it changes.
//
// catalogue_json: a JSON array of {"entryType":…,"key":…,"values":{…}}. options: may be NULL. From any thread.
//
// Errors: PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_update_catalogue(const struct PactWasmPlugin *plugin,
                                         const char *catalogue_json,
                                         size_t catalogue_json_len,
                                         const struct PactWasmCallOptions *options,
                                         struct PactWasmError **error);

// Operation configure-interaction: turns what the test author wrote for a body into the body itself, its rules and
// generators, and configuration for the pact file.
//
// options: may be NULL. interaction: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (usually the contents config; the message is the plugin's), PACTWASM_ERROR_UNSUPPORTED (the
// plugin is no content matcher), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a
// call (see pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_configure_interaction(const struct PactWasmPlugin *plugin,
                                              const struct PactWasmConfigureRequest *request,
                                              const struct PactWasmCallOptions *options,
                                              struct PactWasmInteraction **interaction,
                                              struct PactWasmError **error);

// Operation compare-contents: compares an actual body with the expected one. A mismatch is a result, not an error.
//
// options: may be NULL. comparison: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (the bodies could not be compared), PACTWASM_ERROR_UNSUPPORTED (the plugin is no content
// matcher), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_compare_contents(const struct PactWasmPlugin *plugin,
                                         const struct PactWasmCompareRequest *request,
                                         const struct PactWasmCallOptions *options,
                                         struct PactWasmComparison **comparison,
                                         struct PactWasmError **error);

// Operation generate-content: applies generators to a body.
//
// options: may be NULL. content: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (the body could not be generated), PACTWASM_ERROR_UNSUPPORTED (the plugin is no content
// generator), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_generate_content(const struct PactWasmPlugin *plugin,
                                         const struct PactWasmGenerateRequest *request,
                                         const struct PactWasmCallOptions *options,
                                         struct PactWasmContent **content,
                                         struct PactWasmError **error);

// Operation match-field: applies a matching rule of the plugin to one value. A mismatch is a result, not an error.
//
// options: may be NULL. comparison: out; owned by the caller, NULL on failure; its verdict is PACTWASM_VERDICT_MATCH or
// PACTWASM_VERDICT_MISMATCH. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (the rule could not be applied), PACTWASM_ERROR_UNSUPPORTED (the plugin is no field
// matcher), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_match_field(const struct PactWasmPlugin *plugin,
                                    const struct PactWasmMatchFieldRequest *request,
                                    const struct PactWasmCallOptions *options,
                                    struct PactWasmComparison **comparison,
                                    struct PactWasmError **error);

// Operation generate-field: generates one value with a generator of the plugin.
//
// options: may be NULL. field: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (the value could not be generated), PACTWASM_ERROR_UNSUPPORTED (the plugin is no field
// generator), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a call (see
// pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_generate_field(const struct PactWasmPlugin *plugin,
                                       const struct PactWasmGenerateFieldRequest *request,
                                       const struct PactWasmCallOptions *options,
                                       struct PactWasmField **field,
                                       struct PactWasmError **error);

// The generic call: any operation by name, with a JSON request and a JSON response. Requests and responses are the records
// of the WIT package in camel case, bodies in base64, expression maps as objects. The JSON Schema schema/generic-call-1.json
// describes them all; its number, 1, rises when requests or responses would break.
//
// operation: "init" (request {}), "update-catalogue", "configure-interaction", "compare-contents", "generate-content",
// "match-field", "generate-field", "start-mock-server", "get-mock-server-results" and "shutdown-mock-server" (request
// {"key":…}), "prepare-interaction-for-verification", "verify-interaction". A mock server that is started this way runs until it
// is shut down, or its plugin or host is freed.
// request_json: UTF-8. options: may be NULL. response_json: out; UTF-8, owned by the caller, freed with
// pactwasm_bytes_free; NULL and 0 on failure. From any thread.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT (also an unknown operation and a request that does not fit it),
// PACTWASM_ERROR_INVALID_RESPONSE (also a generated NaN or infinity, which JSON does not have), and those of the typed
// function of the operation. Since 0.1.0.
int32_t pactwasm_plugin_call(const struct PactWasmPlugin *plugin,
                             const char *operation,
                             size_t operation_len,
                             const char *request_json,
                             size_t request_json_len,
                             const struct PactWasmCallOptions *options,
                             struct PactWasmBytes *response_json,
                             struct PactWasmError **error);

// Fills `info`. Its views live as long as `outcome`. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_outcome_info(const struct PactWasmOutcome *outcome,
                              struct PactWasmOutcomeInfo *info,
                              struct PactWasmError **error);

// Fills `result` with views that live as long as `outcome`.
//
// index: from 0 to `count` of pactwasm_outcome_info − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_outcome_get(const struct PactWasmOutcome *outcome,
                             size_t index,
                             struct PactWasmResult *result,
                             struct PactWasmError **error);

// Fills `mismatch` with views that live as long as `outcome`.
//
// index: as for pactwasm_outcome_get. mismatch_index: from 0 to `mismatch_count` of that result − 1. From any thread. Errors:
// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_outcome_mismatch(const struct PactWasmOutcome *outcome,
                                  size_t index,
                                  size_t mismatch_index,
                                  struct PactWasmMismatch *mismatch,
                                  struct PactWasmError **error);

// Frees an outcome. NULL does nothing. Since 0.1.0.
void pactwasm_outcome_free(struct PactWasmOutcome *outcome);

// Operation start-mock-server: has a transport plugin open a server that expects these interactions. The plugin listens when
// this returns, and serves clients on a thread of the library's, with an instance of its own, until the server is shut down or
// freed, or its plugin is, or its host, which ends the servers that run then. Handlers and the log callback are called on that
// thread for it.
//
// The limits hold for it as for calls, but that time is counted from the last time it waited for a client or read from one; the
// timeout of the options is for starting only. A server that goes over a limit, or crashes, is closed, and its results say why.
// A process that is forked while a server runs keeps its port from being used again, until it ends or executes a program.
//
// options: may be NULL. server: out; owned by the caller, NULL on failure; it keeps the plugin loaded. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (for instance because the port is taken; the message is the plugin's),
// PACTWASM_ERROR_PERMISSION (the sandbox does not let it listen there), PACTWASM_ERROR_UNSUPPORTED (the plugin is no
// transport, or does not take interactions of this type), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see
// pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_start_mock_server(const struct PactWasmPlugin *plugin,
                                          const struct PactWasmStartRequest *request,
                                          const struct PactWasmCallOptions *options,
                                          struct PactWasmMockServer **server,
                                          struct PactWasmError **error);

// Fills `info` with views that live as long as the handle `server`, also when the server has ended. From any thread.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_mock_server_info(const struct PactWasmMockServer *server,
                                  struct PactWasmMockServerInfo *info,
                                  struct PactWasmError **error);

// Operation get-mock-server-results: what the server has seen so far. It goes on serving.
//
// options: may be NULL. outcome: out; owned by the caller, NULL on failure. From any thread, but a handler that the server itself
// has called gets PACTWASM_ERROR_BUSY. A server that crashed, or was stopped for going over a limit, has one result, whose
// error says why.
//
// Errors: PACTWASM_ERROR_PLUGIN, PACTWASM_ERROR_NOT_FOUND (it was shut down, or its host was freed), and those of a call (see
// pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_mock_server_results(const struct PactWasmMockServer *server,
                                     const struct PactWasmCallOptions *options,
                                     struct PactWasmOutcome **outcome,
                                     struct PactWasmError **error);

// Operation shutdown-mock-server: closes the server and all its connections, and gives its final results. Whatever this
// returns, the server has ended; one that does not answer within the call's timeout is stopped. Only a handler that the server
// has called can keep it: a second is waited for that, and the server ends when the handler returns.
//
// options, outcome, threads and errors: as for pactwasm_mock_server_results. The handle stays valid until it is freed. Since
// 0.1.0.
int32_t pactwasm_mock_server_shutdown(const struct PactWasmMockServer *server,
                                      const struct PactWasmCallOptions *options,
                                      struct PactWasmOutcome **outcome,
                                      struct PactWasmError **error);

// Frees the handle. A server that still runs is stopped, and its results are lost. NULL does nothing. Since 0.1.0.
void pactwasm_mock_server_free(struct PactWasmMockServer *server);

// Fills `data_view` with what lives as long as `data`. A copy of it, with other values in it, may go to
// pactwasm_plugin_verify_interaction.
//
// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
int32_t pactwasm_data_get(const struct PactWasmData *data,
                          struct PactWasmInteractionData *data_view,
                          struct PactWasmError **error);

// Frees data. NULL does nothing. Since 0.1.0.
void pactwasm_data_free(struct PactWasmData *data);

// Operation prepare-interaction-for-verification: builds what is to be sent to the provider for an interaction. It may be
// changed before pactwasm_plugin_verify_interaction sends it, for instance to add a token.
//
// options: may be NULL. data: out; owned by the caller, NULL on failure. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN, PACTWASM_ERROR_UNSUPPORTED (the plugin is no transport, or does not take interactions of
// this type), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a call (see
// pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_prepare_interaction(const struct PactWasmPlugin *plugin,
                                            const struct PactWasmPrepareRequest *request,
                                            const struct PactWasmCallOptions *options,
                                            struct PactWasmData **data,
                                            struct PactWasmError **error);

// Operation verify-interaction: sends data to the provider and checks its answer. What is wrong with the answer is a result,
// not an error. The plugin connects itself, so the provider's address must be granted, see pactwasm_config_grant.
//
// options: may be NULL. outcome: out; owned by the caller, NULL on failure. response: out; what the provider answered, owned by
// the caller, NULL on failure and where the plugin tells nothing; may be NULL itself. From any thread.
//
// Errors: PACTWASM_ERROR_PLUGIN (for instance because the provider cannot be reached), PACTWASM_ERROR_PERMISSION (the
// sandbox does not let the plugin connect there), PACTWASM_ERROR_UNSUPPORTED (the plugin is no transport, or does not take
// interactions of this type), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a call
// (see pactwasm_plugin_init). Since 0.1.0.
int32_t pactwasm_plugin_verify_interaction(const struct PactWasmPlugin *plugin,
                                           const struct PactWasmVerifyRequest *request,
                                           const struct PactWasmCallOptions *options,
                                           struct PactWasmOutcome **outcome,
                                           struct PactWasmData **response,
                                           struct PactWasmError **error);

// Adds an interaction to a pact file, version 4 of the Pact specification, with the plugins that it needs.
//
// pact_json: UTF-8, the file so far; at first {"consumer":{"name":…},"provider":{"name":…}}. interaction: what to add; the
// handles in it stay the caller's. result_json: out; the file with the interaction, UTF-8, owned by the caller, freed with
// pactwasm_bytes_free; NULL and 0 on failure. It is the pact_json of the next call. From any thread.
//
// What plugins set up is put into the template as Pact's own libraries do it, so that they can verify the file with the same
// plugins: bodies to "body" or "contents" (JSON as JSON, text as text, anything else in base64), rules and generators to
// "matchingRules" and "generators" under "body" and "metadata", the configuration of the plugin to "pluginConfiguration" and,
// for the pact as a whole, to "plugins" in the file's "metadata", renderings to "interactionMarkup". In the same place it
// replaces what the template has; configuration of one plugin is merged, where the response wins, and renderings follow each
// other. HTTP bodies bring a header Content-Type unless there is one. HTTP has no metadata, so that of a message is left out
// there.
//
// An interaction that is in the file already is replaced. It is the same for Pact if it has the same "key", or else type,
// description and provider states.
//
// Errors: PACTWASM_ERROR_INVALID_ARGUMENT (the message names argument and field), PACTWASM_ERROR_UNSUPPORTED (a plugin declares
// the types of interactions that it takes, and this is none of them), PACTWASM_ERROR_INVALID_RESPONSE (what the
// plugin set up cannot be in a pact file, for instance a path expression that Pact cannot read), PACTWASM_ERROR_FORKED. Since
// 0.1.0.
int32_t pactwasm_pact_add_interaction(const char *pact_json,
                                      size_t pact_json_len,
                                      const struct PactWasmPactInteraction *interaction,
                                      struct PactWasmBytes *result_json,
                                      struct PactWasmError **error);

// Adds a plugin to those that a pact file needs: whoever verifies it loads them. For plugins that set up an interaction,
// pactwasm_pact_add_interaction does it; this is for those whose rules, generators or transport the file uses otherwise.
//
// pact_json, result_json: as in pactwasm_pact_add_interaction. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT,
// PACTWASM_ERROR_FORKED. Since 0.1.0.
int32_t pactwasm_pact_add_plugin(const struct PactWasmPlugin *plugin,
                                 const char *pact_json,
                                 size_t pact_json_len,
                                 struct PactWasmBytes *result_json,
                                 struct PactWasmError **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PACT_WASM_H */
