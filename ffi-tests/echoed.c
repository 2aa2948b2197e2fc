// Property test of the records that handlers do not see: the plugin echo describes what it was told, or answers with what it is
// told to answer with, and logs what it is told to log. roundtrip.c has the others.
//
// | function      | records                                                                       |
// |---------------|-------------------------------------------------------------------------------|
// | requests      | configure-interaction: request                                                |
// | interactions  | configure-interaction: interaction responses, plugin configuration            |
// | catalogues    | update-catalogue: catalogue entries                                           |
// | init_requests | init: request                                                                 |
// | init_answers  | init: catalogue entries, plugin capabilities; error text, missing capabilities |
// | log_records   | log                                                                           |

#include "random.h"

static PactWasmHost *host;
static PactWasmPlugin *echo;
static Coverage part_counts = {"number of parts", 4, 0}, entry_types = {"entry type", 6, 0}, log_levels = {"log level", 5, 0};

// Of the call that is running, and the test run that it belongs to.
static PactWasmCallOptions options;
static PactWasmView test_run_id;

// ---- configure-interaction ----

static PactWasmInteraction *configure(const PactWasmPlugin *plugin, PactWasmView content_type, PactWasmView config, PactWasmView context,
                                      const PactWasmCallOptions *options) {
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = content_type;
    request.contents_config_json = config;
    request.test_context_json = context;
    OK(pactwasm_plugin_configure_interaction(plugin, &request, options, &interaction, &error));
    return interaction;
}

static PactWasmInteractionPart part_of(const PactWasmInteraction *interaction, size_t index) {
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    memset(&part, 0x5a, sizeof part);
    part.size = sizeof part;
    OK(pactwasm_interaction_get(interaction, index, &part, &error));
    return part;
}

// The plugin echo describes something as JSON, which is this.
static void expect_description(const PactWasmPlugin *plugin, const char *what, PactWasmView expected) {
    char config[64];
    PactWasmInteraction *interaction;
    snprintf(config, sizeof config, "{\"describe\":\"%s\"}", what);
    interaction = configure(plugin, text("a/b"), text(config), absent(), NULL);
    SAME(part_of(interaction, 0).body.content, expected);
    pactwasm_interaction_free(interaction);
}

static void requests(void) {
    int number;
    for (number = 0; number < reduced(100); number++) {
        PactWasmView content_type, config, context;
        PactWasmInteraction *interaction;
        PactWasmInteractionPart part;
        begin("requests", number);
        content_type = random_name();
        context = random_context(&options, &test_run_id);
        // As it is.
        config = random_object(NULL);
        interaction = configure(echo, content_type, config, context, &options);
        CHECK_EQUAL(pactwasm_interaction_count(interaction), 1);
        part = part_of(interaction, 0);
        SAME(part.body.content_type, content_type);
        SAME(part.body.content, config);
        pactwasm_interaction_free(interaction);
        // Described.
        config = random_object("\"describe\":\"request\"");
        interaction = configure(echo, content_type, config, context, &options);
        put("{\"content_type\":");
        put_text(content_type);
        put(",\"contents_config\":");
        put_text(config);
        put(",\"test_context\":");
        put_optional_text(arriving_json(context));
        put("}");
        SAME(part_of(interaction, 0).body.content, finish());
        pactwasm_interaction_free(interaction);
    }
}

typedef struct Part {
    int with_body;
    PactWasmBody body;
    Expressions rules, generators, metadata_rules, metadata_generators;
    PactWasmView message_metadata, part_name, markup;
    PactWasmPluginConfiguration configuration;
    int32_t markup_type;
} Part;

static Part random_part(void) {
    static const char *const names[] = {"", "request", "response"};
    Part part;
    part.with_body = chance(80);
    part.body = arriving_body(random_body());
    part.rules = random_expressions(0);
    part.generators = random_expressions(1);
    part.message_metadata = maybe(random_object(NULL));
    part.configuration.interaction_json = maybe(random_object(NULL));
    part.configuration.pact_json = maybe(random_object(NULL));
    part.markup = random_text();
    part.markup_type = (int32_t)below(2);
    part.part_name = chance(50) ? text(names[below(3)]) : random_text();
    part.metadata_rules = random_expressions(0);
    part.metadata_generators = random_expressions(1);
    return part;
}

// As echo wants them: [["$.a",[{"type_":"regex","values":"{…}"}]]], [["$.a",{"type_":"Uuid","values":null}]].
static void put_echo_expressions(const char *key, const Expressions *of) {
    size_t index, inner;
    put("\"%s\":[", key);
    for (index = 0; index < of->count; index++) {
        put(index == 0 ? "[" : ",[");
        put_text(of->paths[index]);
        put(of->generators ? "," : ",[");
        for (inner = 0; inner < of->counts[index]; inner++) {
            put(inner == 0 ? "{\"type_\":" : ",{\"type_\":");
            put_text(of->applied[index][inner].type);
            put(",\"values\":");
            put_optional_text(of->applied[index][inner].values);
            put("}");
        }
        put(of->generators ? "]" : "]]");
    }
    put("],");
}

static void put_echo_part(const Part *part) {
    put("{");
    if (part->with_body) {
        put("\"contents\":");
        put_echo_body(&part->body);
        put(",");
    }
    put_echo_expressions("rules", &part->rules);
    put_echo_expressions("generators", &part->generators);
    put_echo_expressions("metadata_rules", &part->metadata_rules);
    put_echo_expressions("metadata_generators", &part->metadata_generators);
    put("\"message_metadata\":");
    put_optional_text(part->message_metadata);
    put(",\"interaction_markup\":");
    put_text(part->markup);
    put(",\"interaction_markup_type\":\"%s\",\"part_name\":", part->markup_type == PACTWASM_MARKUP_HTML ? "Html" : "CommonMark");
    put_text(part->part_name);
    put(",");
    put_echo_configuration(&part->configuration);
    put("}");
}

static void expect_part(PactWasmInteractionPart actual, const Part *expected) {
    if (expected->with_body) {
        SAME_BODY(actual.body, expected->body);
    } else {
        CHECK_ABSENT(actual.body.content_type);
        CHECK_ABSENT(actual.body.content);
        CHECK_EQUAL(actual.body.hint, PACTWASM_HINT_DEFAULT);
    }
    SAME(actual.rules_json, expressions_json(&expected->rules));
    SAME(actual.generators_json, expressions_json(&expected->generators));
    SAME(actual.message_metadata_json, expected->message_metadata);
    SAME_CONFIGURATION(actual.plugin_configuration, expected->configuration);
    SAME(actual.markup, expected->markup);
    CHECK_EQUAL(actual.markup_type, expected->markup_type);
    SAME(actual.part_name, expected->part_name);
    SAME(actual.metadata_rules_json, expressions_json(&expected->metadata_rules));
    SAME(actual.metadata_generators_json, expressions_json(&expected->metadata_generators));
}

static void interactions(void) {
    int number;
    for (number = 0; number < reduced(150); number++) {
        Part parts[3];
        PactWasmPluginConfiguration configuration, found;
        PactWasmInteraction *interaction;
        PactWasmError *error = NULL;
        size_t count, index;
        begin("interactions", number);
        count = (size_t)choose(&part_counts);
        for (index = 0; index < count; index++) parts[index] = random_part();
        configuration.interaction_json = maybe(random_object(NULL));
        configuration.pact_json = maybe(random_object(NULL));
        put("{\"response\":[");
        for (index = 0; index < count; index++) {
            put(index == 0 ? "" : ",");
            put_echo_part(&parts[index]);
        }
        put("],");
        put_echo_configuration(&configuration);
        put("}");
        interaction = configure(echo, text("a/b"), finish(), absent(), NULL);
        CHECK_EQUAL(pactwasm_interaction_count(interaction), count);
        for (index = 0; index < count; index++) expect_part(part_of(interaction, index), &parts[index]);
        memset(&found, 0x5a, sizeof found);
        OK(pactwasm_interaction_configuration(interaction, &found, &error));
        SAME_CONFIGURATION(found, configuration);
        pactwasm_interaction_free(interaction);
    }
}

// ---- update-catalogue ----

static const char *const ENTRY_TYPES[] = {"content-matcher", "content-generator", "transport", "matcher", "interaction", "generator"};

typedef struct Entry {
    const char *type, *case_name;
    PactWasmView key, names[MOST], values[MOST];
    size_t count;
} Entry;

static Entry random_entry(void) {
    static const char *const case_names[] = {"ContentMatcher", "ContentGenerator", "Transport", "Matcher", "Interaction", "Generator"};
    int32_t type = choose(&entry_types);
    Entry entry;
    size_t index;
    memset(&entry, 0, sizeof entry);
    entry.type = ENTRY_TYPES[type];
    entry.case_name = case_names[type];
    entry.key = random_text();
    entry.count = below(MOST + 1);
    for (index = 0; index < entry.count; index++) {
        // Each name once: the number in front makes them differ.
        entry.names[index] = random_path(index);
        entry.values[index] = random_text();
    }
    return entry;
}

// {"a":"b"}, or [["a","b"]]
static void put_entry_values(const Entry *entry, int as_pairs) {
    size_t index;
    put(as_pairs ? "[" : "{");
    for (index = 0; index < entry->count; index++) {
        put(index == 0 ? "" : ",");
        if (as_pairs) put("[");
        put_text(entry->names[index]);
        put(as_pairs ? "," : ":");
        put_text(entry->values[index]);
        if (as_pairs) put("]");
    }
    put(as_pairs ? "]" : "}");
}

static void catalogues(void) {
    int number;
    for (number = 0; number < reduced(60); number++) {
        Entry entries[5];
        PactWasmView catalogue;
        PactWasmError *error = NULL;
        size_t count, index;
        begin("catalogues", number);
        count = below(6);
        for (index = 0; index < count; index++) entries[index] = random_entry();
        put("[");
        for (index = 0; index < count; index++) {
            put("%s{\"entryType\":\"%s\",\"key\":", index == 0 ? "" : ",", entries[index].type);
            put_text(entries[index].key);
            if (entries[index].count > 0 || chance(50)) {
                put(",\"values\":");
                put_entry_values(&entries[index], 0);
            }
            put("}");
        }
        put("]");
        catalogue = finish();
        OK(pactwasm_plugin_update_catalogue(echo, (const char *)catalogue.data, catalogue.len, NULL, &error));
        put("[");
        for (index = 0; index < count; index++) {
            put("%s{\"entry_type\":\"%s\",\"key\":", index == 0 ? "" : ",", entries[index].case_name);
            put_text(entries[index].key);
            put(",\"values\":");
            put_entry_values(&entries[index], 1);
            put("}");
        }
        put("]");
        expect_description(echo, "catalogue", finish());
    }
}

// ---- init ----

static void unused_handler(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    (void)call;
    (void)answer;
    (void)user_data;
}

// What each plugin is told about the one who loads it and about the host, with handlers of any name.
static void init_requests(void) {
    static const char *const handled[] = {"content-matcher", "content-generator", "matcher", "generator"};
    int number;
    for (number = 0; number < reduced(20); number++) {
        PactWasmConfig *config;
        PactWasmHost *its;
        PactWasmPlugin *plugin;
        PactWasmCatalogue *catalogue = NULL;
        PactWasmError *error = NULL;
        PactWasmView name, version;
        size_t count, index;
        begin("init_requests", number);
        name = random_name();
        version = random_name();
        config = test_config();
        OK(pactwasm_config_set_implementation(config, (const char *)name.data, name.len, (const char *)version.data, version.len, &error));
        for (count = below(4); count > 0; count--) {
            const char *type = handled[below(4)];
            char key[300 * 4];
            size_t length = 0;
            PactWasmView made = random_name();
            for (index = 0; index < made.len; index++)
                if (((const char *)made.data)[index] != '/') key[length++] = ((const char *)made.data)[index];
            key[length++] = '.';
            OK(pactwasm_config_set_handler(config, type, strlen(type), key, length, NULL, 0, unused_handler, NULL, NULL, &error));
        }
        its = test_host(config);
        OK(pactwasm_host_catalogue(its, &catalogue, &error));
        plugin = test_plugin(its, "echo");
        put("{\"implementation\":");
        put_text(name);
        put(",\"version\":");
        put_text(version);
        put(",\"host_capabilities\":[");
        for (index = 0; index < pactwasm_catalogue_count(catalogue); index++) {
            PactWasmView key = entry_of(catalogue, index).key;
            put(index == 0 ? "" : ",");
            put_text(bytes((const char *)key.data + strlen("core/"), key.len - strlen("core/")));
        }
        put("],\"plugin_instance_id\":");
        put_text(plugin_info(plugin).instance_id);
        put("}");
        expect_description(plugin, "init", finish());
        pactwasm_catalogue_free(catalogue);
        pactwasm_plugin_free(plugin);
        pactwasm_host_free(its);
    }
}

// A name for a plugin: path separators and control characters are refused.
static PactWasmView random_plugin_name(void) {
    PactWasmView made = random_name();
    const unsigned char *bytes_made = (const unsigned char *)made.data;
    char name[300 * 4];
    size_t index, length = 0;
    name[length++] = 'p';
    for (index = 0; index < made.len; index++) {
        unsigned char byte = bytes_made[index];
        if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\') continue;
        // U+0080 to U+009F are two bytes.
        if (byte == 0xc2 && index + 1 < made.len && bytes_made[index + 1] < 0xa0) {
            index++;
            continue;
        }
        name[length++] = (char)byte;
    }
    return keep(name, length);
}

static void expect_entry(PactWasmCatalogueEntry actual, PactWasmView plugin_name, const Entry *expected) {
    put("plugin/");
    put_bytes(plugin_name);
    put("/%s/", expected->type);
    put_bytes(expected->key);
    SAME(actual.key, finish());
    SAME(actual.plugin_name, plugin_name);
    CHECK_TEXT(actual.entry_type, expected->type);
    put_entry_values(expected, 0);
    SAME(actual.values_json, finish());
}

// What a plugin answers to init.
typedef struct Init {
    PactWasmView name, message, texts[MOST];
    Entry entries[4];
    size_t count, entry_count;
    int fails;
} Init;

static Init random_init(void) {
    Init init;
    size_t index;
    init.name = random_plugin_name();
    init.fails = chance(30);
    init.message = random_text();
    init.count = below(MOST + 1);
    for (index = 0; index < init.count; index++) init.texts[index] = random_text();
    init.entry_count = below(5);
    for (index = 0; index < init.entry_count; index++) {
        do init.entries[index] = random_entry();
        while (strcmp(init.entries[index].type, "transport") == 0); // delegate does not export it
    }
    return init;
}

static PactWasmView manifest(const Init *init) {
    size_t index;
    put("{\"manifestVersion\":1,\"pluginInterfaceVersion\":2,\"version\":\"1.2.3-rc.1\",\"executableType\":\"wasm\","
        "\"entryPoint\":\"p.wasm\",\"name\":");
    put_text(init->name);
    put(",\"pluginConfig\":{");
    if (init->fails) {
        put("\"initFailure\":{\"message\":");
        put_text(init->message);
        put(",\"missingCapabilities\":");
    } else {
        put("\"init\":{\"catalogue\":[");
        for (index = 0; index < init->entry_count; index++) {
            put("%s[\"%s\",", index == 0 ? "" : ",", init->entries[index].type);
            put_text(init->entries[index].key);
            put(",");
            put_entry_values(&init->entries[index], 1);
            put("]");
        }
        put("],\"pluginCapabilities\":");
    }
    put_texts(init->texts, init->count);
    put("}}}");
    return finish();
}

static void expect_init_failure(const PactWasmPlugin *plugin, const Init *init) {
    PactWasmError *error = NULL;
    size_t index;
    CHECK_EQUAL(pactwasm_plugin_init(plugin, NULL, &error), init->count == 0 ? PACTWASM_ERROR_PLUGIN : PACTWASM_ERROR_INCOMPATIBLE);
    put("plugin ");
    put_bytes(init->name);
    put(" 1.2.3-rc.1, init: %s", init->count == 0 ? "init failed: " : "this host lacks capabilities that the plugin needs: ");
    for (index = 0; index < init->count; index++) {
        put(index == 0 ? "" : ", ");
        put_bytes(init->texts[index]);
    }
    put(init->count == 0 ? "" : "; ");
    put_bytes(init->message);
    SAME(error_info(error).message, finish());
    SAME(error_info(error).plugin_name, init->name);
    pactwasm_error_free(error);
}

static void expect_init(const PactWasmPlugin *plugin, const Init *init) {
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    size_t index;
    OK(pactwasm_plugin_init(plugin, NULL, &error));
    put_texts(init->texts, init->count);
    SAME(plugin_info(plugin).capabilities_json, finish());
    OK(pactwasm_plugin_catalogue(plugin, &catalogue, &error));
    CHECK_EQUAL(pactwasm_catalogue_count(catalogue), init->entry_count);
    for (index = 0; index < init->entry_count; index++) expect_entry(entry_of(catalogue, index), init->name, &init->entries[index]);
    pactwasm_catalogue_free(catalogue);
}

// The plugin delegate under any name, which answers to init as its manifest says.
static void init_answers(void) {
    const char *directory = scratch_directory();
    char file[8192];
    size_t length;
    char *component;
    int number;
    snprintf(file, sizeof file, "%s/delegate-1.0.0/delegate.wasm", environment("PACT_WASM_TEST_PLUGINS"));
    component = read_file(file, &length);
    snprintf(file, sizeof file, "%s/p.wasm", directory);
    write_file(file, component, length);
    free(component);
    snprintf(file, sizeof file, "%s/pact-plugin.json", directory);
    for (number = 0; number < reduced(60); number++) {
        Init init;
        PactWasmView text_of_manifest;
        PactWasmPlugin *plugin = NULL;
        PactWasmError *error = NULL;
        begin("init_answers", number);
        init = random_init();
        text_of_manifest = manifest(&init);
        write_file(file, text_of_manifest.data, text_of_manifest.len);
        OK(pactwasm_host_load_directory(host, directory, strlen(directory), &plugin, &error));
        SAME(plugin_info(plugin).name, init.name);
        CHECK_TEXT(plugin_info(plugin).version, "1.2.3-rc.1");
        if (init.fails)
            expect_init_failure(plugin, &init);
        else
            expect_init(plugin, &init);
        pactwasm_plugin_free(plugin);
    }
}

// ---- log ----

// The record that is to come next, and how many came.
typedef struct Logged {
    PactWasmView target, message;
    int32_t level;
} Logged;
static Logged logged[MOST];
static size_t log_count, log_next;
static uint64_t log_start;

static uint64_t unix_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void expect_record(const PactWasmLogRecord *record, void *user_data) {
    (void)user_data;
    // What echo says of its own accord.
    if (log_next >= log_count) return;
    CHECK_EQUAL(record->size, sizeof *record);
    CHECK_EQUAL(record->level, logged[log_next].level);
    SAME(record->target, logged[log_next].target);
    SAME(record->message, logged[log_next].message);
    CHECK_TEXT(record->plugin_name, "echo");
    SAME(record->plugin_instance_id, plugin_info(echo).instance_id);
    SAME(record->test_run_id, test_run_id);
    CHECK(record->timestamp_ms >= log_start && record->timestamp_ms <= unix_milliseconds());
    log_next++;
}

static void log_records(void) {
    static const char *const levels[] = {"Trace", "Debug", "Info", "Warn", "Error"};
    int number;
    for (number = 0; number < reduced(60); number++) {
        PactWasmView context;
        size_t count, index;
        begin("log_records", number);
        context = random_context(&options, &test_run_id);
        count = 1 + below(MOST);
        for (index = 0; index < count; index++) {
            logged[index].target = random_text();
            logged[index].message = random_text();
            logged[index].level = PACTWASM_LEVEL_TRACE + choose(&log_levels);
        }
        put("{\"log\":[");
        for (index = 0; index < count; index++) {
            put("%s[\"%s\",", index == 0 ? "" : ",", levels[logged[index].level - PACTWASM_LEVEL_TRACE]);
            put_text(logged[index].target);
            put(",");
            put_text(logged[index].message);
            put("]");
        }
        put("]}");
        log_start = unix_milliseconds();
        log_next = 0;
        log_count = count;
        pactwasm_interaction_free(configure(echo, text("a/b"), finish(), context, &options));
        CHECK_EQUAL(log_next, count);
        log_count = 0;
    }
}

int main(void) {
    PactWasmConfig *config = test_config();
    PactWasmError *error = NULL;
    start_from_seed();
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    OK(pactwasm_config_set_log_level(config, PACTWASM_LEVEL_TRACE, &error));
    OK(pactwasm_config_set_log_callback(config, expect_record, NULL, NULL, &error));
    host = test_host(config);
    echo = test_plugin(host, "echo");

    requests();
    interactions();
    log_records();
    init_requests();
    // These come last: they change the catalogue, of which echo is told, and logs it.
    init_answers();
    catalogues();
    *test_case = '\0';
    expect_covered(&hints);
    expect_covered(&contents);
    expect_covered(&part_counts);
    expect_covered(&entry_types);
    expect_covered(&log_levels);

    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
    return 0;
}
