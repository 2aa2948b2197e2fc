// How handlers come and go: what the catalogue says of them, which one counts, and when their data is released. And what is
// there without them, Pact's own rules.

#include "handlers.h"

static void is_not_called(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    (void)answer;
    (void)user_data;
    fail_at(__FILE__, __LINE__, "%s is called", (const char *)call->entry_key.data);
}

// ---- the catalogue ----

// The host's own entry with this key; it must be there once.
static PactWasmCatalogueEntry own_entry(const PactWasmCatalogue *catalogue, const char *key) {
    PactWasmCatalogueEntry found;
    size_t index, times = 0;
    memset(&found, 0, sizeof found);
    for (index = 0; index < own_entries(catalogue); index++) {
        PactWasmCatalogueEntry entry = entry_of(catalogue, index);
        if (strcmp((const char *)entry.key.data, key) != 0) continue;
        CHECK_ABSENT(entry.plugin_name);
        found = entry;
        times++;
    }
    CHECK_EQUAL(times, 1);
    return found;
}

static size_t own_count(void) {
    PactWasmHost *host = test_host(NULL);
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    size_t count;
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    count = own_entries(catalogue);
    pactwasm_catalogue_free(catalogue);
    pactwasm_host_free(host);
    return count;
}

static void catalogue_entries(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host = NULL;
    PactWasmPlugin *echo;
    PactWasmCatalogue *catalogue = NULL;
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmInteractionPart part;
    PactWasmError *error = NULL;
    const int core_rules = has_feature("core-rules");
    size_t own = own_count(), index;
    set(config, CONTENT_MATCHER, "vin", "{\"content-types\":\"text/vin\",\"b\":\"\\u00e4\",\"a\":\"\"}", is_not_called, NULL, NULL);
    set(config, CONTENT_GENERATOR, "vin", "", is_not_called, NULL, NULL);
    set(config, MATCHER, "vin", "{}", is_not_called, NULL, NULL);
    set(config, GENERATOR, "vin", NULL, is_not_called, NULL, NULL);
    // In the place of the library's own: without values of its own it keeps what was there.
    set(config, MATCHER, "type", NULL, is_not_called, NULL, NULL);
    set(config, MATCHER, "regex", "{\"config-key\":\"regex\"}", is_not_called, NULL, NULL);
    OK(pactwasm_host_new(config, &host, &error));
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    CHECK_EQUAL(own_entries(catalogue), own + (core_rules ? 4 : 6));
    CHECK_EQUAL(pactwasm_catalogue_count(catalogue), own_entries(catalogue));
    for (index = 0; index < 4; index++) {
        char key[64];
        PactWasmCatalogueEntry entry;
        snprintf(key, sizeof key, "core/%s/vin", TYPES[index]);
        entry = own_entry(catalogue, key);
        CHECK_TEXT(entry.entry_type, TYPES[index]);
        CHECK_TEXT(entry.values_json, index == 0 ? "{\"content-types\":\"text/vin\",\"b\":\"\xc3\xa4\",\"a\":\"\"}" : "{}");
    }
    CHECK_TEXT(own_entry(catalogue, "core/matcher/type").values_json, core_rules ? "{\"spec-version\":\"V2\"}" : "{}");
    CHECK_TEXT(own_entry(catalogue, "core/matcher/regex").values_json, "{\"config-key\":\"regex\"}");
    pactwasm_catalogue_free(catalogue);

    // So with an earlier handler: it keeps what that had, or brings its own.
    set(config, MATCHER, "type", "{\"a\":\"1\"}", is_not_called, NULL, NULL);
    set(config, MATCHER, "type", NULL, is_not_called, NULL, NULL);
    set(config, MATCHER, "regex", "{\"config-key\":\"example\"}", is_not_called, NULL, NULL);
    pactwasm_host_free(host);
    host = test_host(config);
    OK(pactwasm_host_catalogue(host, &catalogue, &error));
    CHECK_EQUAL(own_entries(catalogue), own + (core_rules ? 4 : 6));
    CHECK_TEXT(own_entry(catalogue, "core/matcher/type").values_json, "{\"a\":\"1\"}");
    CHECK_TEXT(own_entry(catalogue, "core/matcher/regex").values_json, "{\"config-key\":\"example\"}");
    pactwasm_catalogue_free(catalogue);

    // Plugins are told: at init as a capability, and with the catalogue.
    echo = test_plugin(host, "echo");
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text("a/b");
    memset(&part, 0, sizeof part);
    part.size = sizeof part;
    request.contents_config_json = text("{\"describe\":\"init\"}");
    OK(pactwasm_plugin_configure_interaction(echo, &request, NULL, &interaction, &error));
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    for (index = 0; index < 4; index++) {
        char capability[64];
        snprintf(capability, sizeof capability, "\"%s/vin\"", TYPES[index]);
        CHECK_CONTAINS(part.body.content, capability);
    }
    pactwasm_interaction_free(interaction);
    request.contents_config_json = text("{\"describe\":\"catalogue\"}");
    OK(pactwasm_plugin_configure_interaction(echo, &request, NULL, &interaction, &error));
    OK(pactwasm_interaction_get(interaction, 0, &part, &error));
    CHECK_CONTAINS(part.body.content,
                   "{\"entry_type\":\"ContentMatcher\",\"key\":\"core/content-matcher/vin\",\"values\":[[\"content-types\",\"text/vin\"],"
                   "[\"b\",\"\xc3\xa4\"],[\"a\",\"\"]]}");
    CHECK_CONTAINS(part.body.content, "{\"entry_type\":\"Generator\",\"key\":\"core/generator/vin\",\"values\":[]}");
    pactwasm_interaction_free(interaction);
    pactwasm_plugin_free(echo);
    pactwasm_host_free(host);
}

// ---- registration and release ----

static void failed_registrations(void) {
    static const char not_utf8[] = "\xff";
    PactWasmConfig *config = test_config();
    PactWasmHost *host = test_host(NULL);
    PactWasmError *error = NULL;
    const struct {
        const void *config;
        const char *type, *key, *values;
        PactWasmHandler handler;
        const char *argument;
    } cases[] = {
        {NULL, "matcher", "vin", NULL, counts, "\"config\" is NULL"},
        {host, "matcher", "vin", NULL, counts, "\"config\" is a handle of another type"},
        {config, "matcher", "vin", NULL, NULL, "\"handler\" is NULL"},
        {config, NULL, "vin", NULL, counts, "\"entry_type\" is NULL"},
        {config, "", "vin", NULL, counts, "\"entry_type\" is empty"},
        {config, not_utf8, "vin", NULL, counts, "\"entry_type\" is not UTF-8"},
        {config, "transport", "vin", NULL, counts,
         "\"entry_type\" is \"transport\"; it must be content-matcher, content-generator, matcher or generator"},
        {config, "interaction", "vin", NULL, counts, "\"entry_type\" is \"interaction\""},
        {config, "Matcher", "vin", NULL, counts, "\"entry_type\" is \"Matcher\""},
        {config, "matcher", NULL, NULL, counts, "\"key\" is NULL"},
        {config, "matcher", "", NULL, counts, "\"key\" is empty"},
        {config, "matcher", not_utf8, NULL, counts, "\"key\" is not UTF-8"},
        {config, "matcher", "core/matcher/vin", NULL, counts, "\"key\" must not contain \"/\""},
        {config, "matcher", "vin/", NULL, counts, "\"key\" must not contain \"/\""},
        {config, "matcher", "vin", not_utf8, counts, "\"values_json\" is not UTF-8"},
        {config, "matcher", "vin", "{", counts, "\"values_json\" is not as it must be: EOF"},
        {config, "matcher", "vin", "[]", counts, "\"values_json\" is not as it must be"},
        {config, "matcher", "vin", "{\"a\":1}", counts, "\"values_json\" is not as it must be"},
        {config, "matcher", "vin", "{\"a\":\"1\",\"a\":\"2\"}", counts, "\"values_json\" is not as it must be: the key \"a\" occurs twice"},
    };
    Counted counted;
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        const char *type = cases[index].type, *key = cases[index].key, *values = cases[index].values;
        memset(&counted, 0, sizeof counted);
        FAILS(pactwasm_config_set_handler((const PactWasmConfig *)cases[index].config, type, type == NULL ? 0 : strlen(type), key,
                                          key == NULL ? 0 : strlen(key), values, values == NULL ? 0 : strlen(values), cases[index].handler,
                                          &counted, destroyed, &error),
              PACTWASM_ERROR_INVALID_ARGUMENT, cases[index].argument);
        CHECK_EQUAL(counted.destroyed, 1);
    }
    // Nobody wants to know why, and nothing has to be destroyed.
    CHECK_EQUAL(pactwasm_config_set_handler(config, "matcher", 7, "vin", 3, NULL, 0, NULL, NULL, NULL, NULL),
                PACTWASM_ERROR_INVALID_ARGUMENT);
    // None of them is in the way of one that is right.
    set(config, MATCHER, "vin", NULL, counts, &counted, NULL);
    pactwasm_host_free(host);
    host = test_host(config);
    pactwasm_host_free(host);
}

// A handler in the place of the library's own, and one in the place of another.
static void replacing(void) {
    PactWasmConfig *config = test_config();
    PactWasmHost *host = NULL;
    PactWasmPlugin *delegate, *other;
    PactWasmMatchFieldRequest request = match_field("core/matcher/type");
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    Counted first, second, third;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    memset(&third, 0, sizeof third);
    first.answer = "the first handler";
    second.answer = "the second handler";
    third.answer = "the third handler";
    set(config, MATCHER, "type", NULL, counts, &first, destroyed);
    CHECK_EQUAL(first.destroyed, 0);
    set(config, MATCHER, "type", NULL, counts, &second, destroyed);
    CHECK_EQUAL(first.destroyed, 1);
    // Of another type or key, hence in nobody's place.
    set(config, GENERATOR, "type", NULL, counts, &first, NULL);
    set(config, MATCHER, "typ", NULL, counts, &first, NULL);
    CHECK_EQUAL(second.destroyed, 0);

    OK(pactwasm_host_new(config, &host, &error));
    delegate = test_plugin(host, "delegate");
    FAILS(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/type: the second handler");

    // The host keeps what it was made with.
    set(config, MATCHER, "type", NULL, counts, &third, destroyed);
    CHECK_EQUAL(second.destroyed, 0);
    FAILS(pactwasm_plugin_match_field(delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/type: the second handler");
    pactwasm_plugin_free(delegate);
    pactwasm_host_free(host);
    CHECK_EQUAL(second.destroyed, 1);

    host = test_host(config);
    other = test_plugin(host, "delegate");
    FAILS(pactwasm_plugin_match_field(other, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/type: the third handler");
    pactwasm_host_free(host);
    CHECK_EQUAL(third.destroyed, 0);
    pactwasm_plugin_free(other);
    CHECK(first.calls == 0 && first.destroyed == 1);
    CHECK(second.calls == 2 && second.destroyed == 1);
    CHECK(third.calls == 1 && third.destroyed == 1);
}

// Configuration, host and plugin in every order: the last one of them lets go of the handlers.
static void release_in_every_order(void) {
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    size_t order, step;
    for (order = 0; order < sizeof orders / sizeof *orders; order++) {
        PactWasmConfig *config = test_config();
        PactWasmHost *host = NULL;
        PactWasmPlugin *delegate;
        PactWasmError *error = NULL;
        Counted counted[4];
        int type;
        memset(counted, 0, sizeof counted);
        for (type = CONTENT_MATCHER; type <= GENERATOR; type++)
            set(config, type, "vin", NULL, counts, &counted[type], destroyed);
        OK(pactwasm_host_new(config, &host, &error));
        delegate = test_plugin(host, "delegate");
        for (step = 0; step < 3; step++) {
            if (delegate != NULL) {
                OK(ask(delegate, MATCHER, NULL, &error));
                CHECK_EQUAL(counted[MATCHER].calls, (int)step + 1);
            }
            for (type = CONTENT_MATCHER; type <= GENERATOR; type++) CHECK_EQUAL(counted[type].destroyed, 0);
            switch (orders[order][step]) {
            case 0: pactwasm_config_free(config); break;
            case 1: pactwasm_host_free(host); break;
            default: pactwasm_plugin_free(delegate), delegate = NULL; break;
            }
        }
        for (type = CONTENT_MATCHER; type <= GENERATOR; type++) CHECK_EQUAL(counted[type].destroyed, 1);
    }
}

// What a handler holds while it frees everything that it was made for.
typedef struct Owner {
    PactWasmConfig *config;
    PactWasmHost *host;
    PactWasmPlugin *delegate;
    int destroyed;
} Owner;

static void frees_all(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Owner *owner = (Owner *)user_data;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    pactwasm_config_free(owner->config);
    pactwasm_host_free(owner->host);
    pactwasm_plugin_free(owner->delegate);
    CHECK_EQUAL(owner->destroyed, 0);
    CHECK_TEXT(call->plugin_name, "delegate");
    value = call->generate_field->example;
    OK(pactwasm_answer_set_value(answer, &value, &error));
}

static void owner_destroyed(void *user_data) {
    ((Owner *)user_data)->destroyed++;
}

static void freeing_in_the_handler(void) {
    Owner owner;
    PactWasmError *error = NULL;
    memset(&owner, 0, sizeof owner);
    owner.config = test_config();
    set(owner.config, GENERATOR, "vin", NULL, frees_all, &owner, owner_destroyed);
    OK(pactwasm_host_new(owner.config, &owner.host, &error));
    owner.delegate = test_plugin(owner.host, "delegate");
    OK(ask(owner.delegate, GENERATOR, NULL, &error));
    CHECK_EQUAL(owner.destroyed, 1);
}

// The configuration is not locked while a replaced handler is released.
typedef struct Successor {
    PactWasmConfig *config;
    Counted *counted;
    int32_t status;
    int destroyed;
} Successor;

static void registers_again(void *user_data) {
    Successor *successor = (Successor *)user_data;
    successor->destroyed++;
    successor->status = pactwasm_config_set_handler(successor->config, "matcher", 7, "vin", 3, NULL, 0, counts, successor->counted,
                                                    destroyed, NULL);
}

static void registering_in_destroy(void) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmError *error = NULL;
    Counted replacement, last;
    Successor successor;
    memset(&replacement, 0, sizeof replacement);
    memset(&last, 0, sizeof last);
    last.answer = "the last one";
    successor.config = config;
    successor.counted = &last;
    successor.status = -1;
    successor.destroyed = 0;
    set(config, MATCHER, "vin", NULL, is_not_called, &successor, registers_again);
    // Takes the place of the first, whose end puts another in its own place at once.
    set(config, MATCHER, "vin", NULL, counts, &replacement, destroyed);
    CHECK_EQUAL(successor.destroyed, 1);
    CHECK_EQUAL(successor.status, PACTWASM_OK);
    CHECK_EQUAL(replacement.destroyed, 1);
    made = setup(config);
    FAILS(ask(made.delegate, MATCHER, NULL, &error), PACTWASM_ERROR_PLUGIN, "core/matcher/vin: the last one");
    free_setup(&made);
    CHECK_EQUAL(successor.destroyed, 1);
    CHECK_EQUAL(replacement.destroyed, 1);
    CHECK_EQUAL(last.destroyed, 1);

    // Also where the registration itself failed.
    config = test_config();
    memset(&last, 0, sizeof last);
    successor.config = config;
    successor.destroyed = 0;
    FAILS(pactwasm_config_set_handler(config, "matcher", 7, "a/b", 3, NULL, 0, is_not_called, &successor, registers_again, &error),
          PACTWASM_ERROR_INVALID_ARGUMENT, "\"key\"");
    CHECK_EQUAL(successor.destroyed, 1);
    CHECK_EQUAL(last.destroyed, 0);
    pactwasm_config_free(config);
    CHECK_EQUAL(last.destroyed, 1);
}

// ---- Pact's own rules ----

static void core_rules(void) {
    PactWasmFieldValue one, one_point_zero;
    PactWasmMatchFieldRequest request = match_field("core/matcher/type");
    PactWasmComparison *comparison = NULL;
    PactWasmError *error = NULL;
    Setup made = setup(NULL);
    size_t index;
    memset(&one, 0, sizeof one);
    one.kind = PACTWASM_VALUE_INTEGER;
    one.integer = 1;
    memset(&one_point_zero, 0, sizeof one_point_zero);
    one_point_zero.kind = PACTWASM_VALUE_DECIMAL;
    one_point_zero.decimal = 1.0;
    if (!has_feature("core-rules")) {
        FAILS(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
              "no catalogue entry of type matcher is called \"core/matcher/type\"");
        free_setup(&made);
        return;
    }
    {
        // NULL for a match.
        const struct {
            const char *entry, *type, *values;
            PactWasmFieldValue expected, actual;
            const char *description, *shown_expected, *shown_actual;
        } cases[] = {
            {"core/matcher/type", "type", NULL, text_value("a"), text_value("b"), NULL, NULL, NULL},
            {"matcher/type", "type", NULL, text_value("a"), one,
             "Expected 1 (Integer) to be the same type as 'a' (String)", "a", "1"},
            {"core/matcher/regex", "regex", "{\"regex\":\"^\\\\d+$\"}", text_value("1"), text_value("22"), NULL, NULL, NULL},
            {"regex", "regex", "{\"regex\":\"^\\\\d+$\"}", text_value("1"), text_value("two"),
             "Expected 'two' to match '^\\d+$'", "1", "two"},
            {"core/matcher/integer", "integer", NULL, one, one, NULL, NULL, NULL},
            {"core/matcher/integer", "integer", NULL, one, one_point_zero, "Expected 1.0 (Decimal) to be an integer", "1", "1.0"},
            {"core/matcher/decimal", "decimal", NULL, one_point_zero, one_point_zero, NULL, NULL, NULL},
            {"core/matcher/decimal", "decimal", NULL, one_point_zero, one, "Expected 1 (Integer) to be a decimal number", "1.0", "1"},
        };
        for (index = 0; index < sizeof cases / sizeof *cases; index++) {
            request = match_field(cases[index].entry);
            request.rule_type = text(cases[index].type);
            if (cases[index].values != NULL) request.rule_values_json = text(cases[index].values);
            request.source = PACTWASM_SOURCE_HEADER;
            request.expected = cases[index].expected;
            request.actual = cases[index].actual;
            OK(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error));
            if (cases[index].description == NULL) {
                CHECK_EQUAL(verdict(comparison), PACTWASM_VERDICT_MATCH);
            } else {
                PactWasmMismatch found = mismatch_of(comparison, 0);
                CHECK_EQUAL(pactwasm_comparison_count(comparison), 1);
                CHECK_TEXT(found.description, cases[index].description);
                CHECK_TEXT(found.path, cases[index].entry);
                CHECK_TEXT(found.mismatch_type, "header");
                CHECK_TEXT(found.expected, cases[index].shown_expected);
                CHECK_TEXT(found.actual, cases[index].shown_actual);
            }
            pactwasm_comparison_free(comparison);
        }
    }
    request = match_field("core/matcher/each-key");
    request.rule_type = text("each-key");
    FAILS(pactwasm_plugin_match_field(made.delegate, &request, NULL, &comparison, &error), PACTWASM_ERROR_PLUGIN,
          "core/matcher/each-key: \"each-key\" looks at a collection as a whole");
    free_setup(&made);
}

int main(void) {
    catalogue_entries();
    failed_registrations();
    replacing();
    release_in_every_order();
    freeing_in_the_handler();
    registering_in_destroy();
    core_rules();
    return 0;
}
