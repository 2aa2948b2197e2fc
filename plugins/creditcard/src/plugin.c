// A Pact plugin for card numbers: what the component exports. It is the only file that knows the plugin interface;
// creditcard.h holds its types and functions, generated from the WIT.
//
// An instance serves one call at a time, and the host copies an answer before it calls again. So answers lie in static
// variables and in the arguments of the call (see memory.h).

#include "card.h"
#include "creditcard.h"
#include "json.h"
#include "memory.h"

#include <string.h>

#define STRING(literal) {(uint8_t *)(literal), sizeof(literal) - 1}

typedef pact_plugin_types_field_value_t field_value;

static const char *const kinds[] = {
    [PACT_PLUGIN_TYPES_FIELD_VALUE_NULL] = "null",
    [PACT_PLUGIN_TYPES_FIELD_VALUE_BOOLEAN] = "a boolean",
    [PACT_PLUGIN_TYPES_FIELD_VALUE_TEXT] = "text",
    [PACT_PLUGIN_TYPES_FIELD_VALUE_INTEGER] = "a whole number",
    [PACT_PLUGIN_TYPES_FIELD_VALUE_DECIMAL] = "a decimal number",
    [PACT_PLUGIN_TYPES_FIELD_VALUE_BYTES] = "bytes",
    [PACT_PLUGIN_TYPES_FIELD_VALUE_JSON] = "an object or an array",
};

static const char *const sources[] = {
    [PACT_PLUGIN_TYPES_FIELD_SOURCE_BODY] = "body",
    [PACT_PLUGIN_TYPES_FIELD_SOURCE_HEADER] = "header",
    [PACT_PLUGIN_TYPES_FIELD_SOURCE_METADATA] = "metadata",
    [PACT_PLUGIN_TYPES_FIELD_SOURCE_QUERY] = "query",
    [PACT_PLUGIN_TYPES_FIELD_SOURCE_PATH] = "path",
    [PACT_PLUGIN_TYPES_FIELD_SOURCE_STATUS] = "status",
};

static creditcard_string_t as_string(const struct text *text) {
    return (creditcard_string_t){(uint8_t *)text->data, text->length};
}

// Reads the brand from the configuration of a rule or a generator: `*brand` is NULL if there is none. `false` means that
// the configuration is wrong, and `error` says why.
static bool read_brand(const pact_plugin_types_option_json_t *configuration, const struct brand **brand,
                       struct text *error) {
    struct text name;
    *brand = NULL;
    text_clear(error);
    if (!configuration->is_some) {
        return true;
    }
    const char *json = (const char *)configuration->val.ptr;
    switch (json_find_text(json, configuration->val.len, "brand", &name)) {
    case JSON_ABSENT:
        return true;
    case JSON_MALFORMED:
        text_append_string(error, "the configuration is not well-formed JSON");
        return false;
    case JSON_NO_OBJECT:
        text_append_string(error, "the configuration is not a JSON object");
        return false;
    case JSON_NO_TEXT:
        text_append_string(error, "\"brand\" is not text; it is one of ");
        card_append_brands(error);
        return false;
    case JSON_FOUND:
        break;
    }
    *brand = card_brand(&name);
    if (*brand == NULL) {
        text_append_string(error, "\"brand\" is one of ");
        card_append_brands(error);
        text_append_string(error, "; this one is not known: ");
        text_append(error, name.data, name.length);
    }
    return *brand != NULL;
}

// ---- lifecycle ----

bool exports_pact_plugin_lifecycle_init(exports_pact_plugin_lifecycle_init_request_t *request,
                                        exports_pact_plugin_lifecycle_init_response_t *response,
                                        exports_pact_plugin_lifecycle_init_failure_t *failure) {
    // The value that the short form of the rule sets.
    static creditcard_tuple2_string_string_t values[] = {{STRING("config-key"), STRING("brand")}};
    static pact_plugin_types_catalogue_entry_t catalogue[] = {
        {PACT_PLUGIN_TYPES_ENTRY_TYPE_MATCHER, STRING("creditcard"), {values, 1}},
        {PACT_PLUGIN_TYPES_ENTRY_TYPE_GENERATOR, STRING("creditcard"), {values, 1}},
    };
    (void)request;
    (void)failure;
    *response = (pact_plugin_types_init_response_t){.catalogue = {catalogue, 2}};
    memory_end_call();
    return true;
}

void exports_pact_plugin_lifecycle_update_catalogue(exports_pact_plugin_lifecycle_list_catalogue_entry_t *catalogue) {
    // Nothing here depends on what other plugins can do.
    (void)catalogue;
    memory_end_call();
}

// ---- matching ----

// With up to six decimal places, at least one.
static void append_decimal(struct text *text, double number) {
    if (number < 0) {
        text_append_string(text, "-");
        number = -number;
    }
    uint64_t whole = (uint64_t)number;
    uint64_t millionths = (uint64_t)((number - (double)whole) * 1e6 + 0.5);
    text_append_number(text, whole + millionths / 1000000);
    text_append_string(text, ".");
    millionths %= 1000000;
    uint64_t place = 100000;
    do {
        text_append_number(text, millionths / place);
        millionths %= place;
        place /= 10;
    } while (millionths > 0);
}

static void append_integer(struct text *text, int64_t number) {
    text_append_string(text, number < 0 ? "-" : "");
    text_append_number(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

// The bytes that a mismatch shows for a value. `buffer` is for values that are not text already. Decimal numbers that are
// too large to be written out are left away.
static creditcard_option_list_u8_t as_bytes(const field_value *value, struct text *buffer) {
    text_clear(buffer);
    switch (value->tag) {
    case PACT_PLUGIN_TYPES_FIELD_VALUE_TEXT:
    case PACT_PLUGIN_TYPES_FIELD_VALUE_JSON:
        return (creditcard_option_list_u8_t){true, {value->val.text.ptr, value->val.text.len}};
    case PACT_PLUGIN_TYPES_FIELD_VALUE_BYTES:
        return (creditcard_option_list_u8_t){true, value->val.bytes};
    case PACT_PLUGIN_TYPES_FIELD_VALUE_NULL:
        text_append_string(buffer, "null");
        break;
    case PACT_PLUGIN_TYPES_FIELD_VALUE_BOOLEAN:
        text_append_string(buffer, value->val.boolean ? "true" : "false");
        break;
    case PACT_PLUGIN_TYPES_FIELD_VALUE_INTEGER:
        append_integer(buffer, value->val.integer);
        break;
    case PACT_PLUGIN_TYPES_FIELD_VALUE_DECIMAL:
        if (!(value->val.decimal > -1e16 && value->val.decimal < 1e16)) {
            return (creditcard_option_list_u8_t){.is_some = false};
        }
        append_decimal(buffer, value->val.decimal);
        break;
    }
    return (creditcard_option_list_u8_t){true, {(uint8_t *)buffer->data, buffer->length}};
}

static bool check_value(const field_value *value, const struct brand *brand, struct text *why) {
    struct text number;
    text_clear(why);
    switch (value->tag) {
    case PACT_PLUGIN_TYPES_FIELD_VALUE_TEXT:
        return card_check((const char *)value->val.text.ptr, value->val.text.len, brand, why);
    case PACT_PLUGIN_TYPES_FIELD_VALUE_INTEGER:
        text_clear(&number);
        append_integer(&number, value->val.integer);
        return card_check(number.data, number.length, brand, why);
    default:
        text_append_string(why, "a card number is text or a whole number, not ");
        text_append_string(why, kinds[value->tag]);
        return false;
    }
}

static bool match_field(const pact_plugin_types_match_field_request_t *request,
                        exports_pact_plugin_field_matcher_list_mismatch_t *mismatches, creditcard_string_t *error) {
    static struct text why, expected, actual;
    static pact_plugin_types_mismatch_t mismatch;
    const struct brand *brand;
    if (!read_brand(&request->rule.values, &brand, &why)) {
        *error = as_string(&why);
        return false;
    }
    bool matches = check_value(&request->actual, brand, &why);
    const char *source = sources[request->mismatch_type];
    mismatch = (pact_plugin_types_mismatch_t){
        .expected = as_bytes(&request->expected, &expected),
        .actual = as_bytes(&request->actual, &actual),
        .description = as_string(&why),
        .path = request->path,
        .mismatch_type = {true, {(uint8_t *)source, strlen(source)}},
    };
    *mismatches = (exports_pact_plugin_field_matcher_list_mismatch_t){&mismatch, matches ? 0 : 1};
    return true;
}

bool exports_pact_plugin_field_matcher_match_field(exports_pact_plugin_field_matcher_match_field_request_t *request,
                                                   exports_pact_plugin_field_matcher_list_mismatch_t *mismatches,
                                                   creditcard_string_t *error) {
    bool ok = match_field(request, mismatches, error);
    memory_end_call();
    return ok;
}

// ---- generating ----

static bool generate_field(const pact_plugin_types_generate_field_request_t *request, field_value *generated,
                           creditcard_string_t *error) {
    static struct text text;
    const struct brand *brand;
    const field_value *example = &request->example;
    if (!read_brand(&request->generator.values, &brand, &text)) {
        *error = as_string(&text);
        return false;
    }
    struct text like;
    text_clear(&like);
    switch (example->tag) {
    case PACT_PLUGIN_TYPES_FIELD_VALUE_TEXT:
        text_append(&like, (const char *)example->val.text.ptr, example->val.text.len);
        break;
    case PACT_PLUGIN_TYPES_FIELD_VALUE_INTEGER:
        append_integer(&like, example->val.integer);
        break;
    case PACT_PLUGIN_TYPES_FIELD_VALUE_NULL:
        break;
    default:
        text_append_string(&text, "the example of a card number is text or a whole number, not ");
        text_append_string(&text, kinds[example->tag]);
        *error = as_string(&text);
        return false;
    }

    creditcard_list_u8_t random;
    pact_plugin_crypto_random_bytes(CARD_RANDOM_BYTES, &random);
    card_generate(brand != NULL ? brand : card_default_brand, random.ptr, like.data, like.length, &text);
    if (example->tag == PACT_PLUGIN_TYPES_FIELD_VALUE_INTEGER) {
        // A card number has 19 digits at most, and those of the brands with as many start with less than 9: it fits.
        generated->tag = PACT_PLUGIN_TYPES_FIELD_VALUE_INTEGER;
        generated->val.integer = 0;
        for (size_t i = 0; i < text.length; i++) {
            generated->val.integer = generated->val.integer * 10 + (text.data[i] - '0');
        }
    } else {
        generated->tag = PACT_PLUGIN_TYPES_FIELD_VALUE_TEXT;
        generated->val.text = as_string(&text);
    }
    return true;
}

bool exports_pact_plugin_field_generator_generate_field(
    exports_pact_plugin_field_generator_generate_field_request_t *request,
    exports_pact_plugin_field_generator_field_value_t *generated, creditcard_string_t *error) {
    bool ok = generate_field(request, generated, error);
    memory_end_call();
    return ok;
}
