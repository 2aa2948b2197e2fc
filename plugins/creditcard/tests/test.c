// Tests of what is independent of the host, compiled natively. README.md says how to run them.

#include <stdio.h>
#include <string.h>

#include "../src/card.h"
#include "../src/json.h"

static int failures;

static void expect(bool ok, const char *what, const char *details) {
    if (!ok) {
        printf("FAILED: %s: %s\n", what, details);
        failures++;
    }
}

static struct text text_of(const char *string) {
    struct text text;
    text_clear(&text);
    text_append_string(&text, string);
    return text;
}

// ---- card.c ----

// `brand` may be NULL. `reason` is part of the reason why it is no number, or NULL if it is one.
struct card_case {
    const char *brand;
    const char *number;
    const char *reason;
};

static const struct card_case card_cases[] = {
    {NULL, "4111111111111111", NULL},
    {NULL, "4111 1111 1111 1111", NULL},
    {NULL, "4111-1111-1111-1111", NULL},
    {NULL, "6200000000000005", NULL},  // a scheme that the plugin does not know
    {"visa", "4222222222222", NULL},
    {"visa", "4111111111111111", NULL},
    {"mastercard", "5555555555554444", NULL},
    {"mastercard", "2221000000000009", NULL},
    {"mastercard", "2720999999999996", NULL},
    {"amex", "3782 822463 10005", NULL},
    {"discover", "6011111111111117", NULL},
    {"diners", "30569309025904", NULL},
    {"jcb", "3530111333300000", NULL},

    {NULL, "4111111111111112", "the last digit is 2, but the Luhn check digit of this number is 1"},
    {NULL, "4111111111111171", "the last digit is 1, but the Luhn check digit of this number is 8"},
    {NULL, "", "a card number has 12, 13, 14, 15, 16, 17, 18 or 19 digits, not 0"},
    {NULL, "42", "digits, not 2"},
    {NULL, "41111111111111111111", "digits, not 20"},
    {NULL, "4111  1111 1111 1111", "see character 6"},
    {NULL, " 4111111111111111", "see character 1"},
    {NULL, "4111111111111111-", "see character 17"},
    {NULL, "\xC3\xA4\xE2\x82\xAC" "411x", "see character 1"},
    {NULL, "4\xC3\xA4", "see character 2"},
    {NULL, "+4111111111111111", "see character 1"},
    {"visa", "5555555555554444", "a visa number begins with 4"},
    {"visa", "411111111111111", "a visa number has 13, 16 or 19 digits, not 15"},
    {"mastercard", "2220999999999991", "a mastercard number begins with 51-55 or 2221-2720"},
    {"mastercard", "27", "a mastercard number begins with 51-55 or 2221-2720"},
    {"mastercard", "5", "a mastercard number begins with 51-55 or 2221-2720"},
    {"amex", "3530111333300000", "an amex number begins with 34 or 37"},
    {"amex", "3400000000000000", "an amex number has 15 digits, not 16"},
    {"discover", "6500000000000", "a discover number has 16, 17, 18 or 19 digits, not 13"},
    {"diners", "31000000000000", "a diners number begins with 300-305, 3095, 36 or 38-39"},
    {"jcb", "3590000000000000", "a jcb number begins with 3528-3589"},
};

static void check_cards(void) {
    for (size_t i = 0; i < sizeof card_cases / sizeof card_cases[0]; i++) {
        const struct card_case *it = &card_cases[i];
        const struct brand *brand = NULL;
        if (it->brand != NULL) {
            struct text name = text_of(it->brand);
            brand = card_brand(&name);
            expect(brand != NULL, "card_brand", it->brand);
        }
        struct text why;
        bool ok = card_check(it->number, strlen(it->number), brand, &why);
        char reason[TEXT_CAPACITY + 1];
        snprintf(reason, sizeof reason, "%.*s", (int)why.length, why.data);
        if (it->reason == NULL) {
            expect(ok, it->number, reason);
        } else {
            expect(!ok && strstr(reason, it->reason) != NULL, it->number, reason);
        }
    }
}

static void brands_have_exact_names(void) {
    static const char *const unknown[] = {"", "Visa", "vis", "visa2"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        struct text name = text_of(unknown[i]);
        expect(card_brand(&name) == NULL, "no such brand", unknown[i]);
    }
    struct text names = text_of("");
    card_append_brands(&names);
    expect(text_equals(&names, "visa, mastercard, amex, discover, diners, jcb"), "card_append_brands", "all names");
}

// `brand` may be NULL for the default one. `expected` is what comes of random bytes that are 0, 1, 2, …
struct generate_case {
    const char *brand;
    const char *example;
    const char *expected;
};

static const struct generate_case generate_cases[] = {
    {NULL, "", "4123456789012349"},
    {"visa", "4111 1111-1111 1111", "4123 4567-8901 2349"},
    {"visa", "4222222222222", "4123456789011"},
    {"visa", "a card", "4123456789012349"},
    {"visa", "4111 1111", "4123456789012349"},
    {"mastercard", "", "2617456789012346"},
};

static void generate_cards(void) {
    uint8_t random[CARD_RANDOM_BYTES];
    for (size_t i = 0; i < sizeof random; i++) {
        random[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof generate_cases / sizeof generate_cases[0]; i++) {
        const struct generate_case *it = &generate_cases[i];
        struct text name = text_of(it->brand != NULL ? it->brand : "visa");
        const struct brand *brand = it->brand != NULL ? card_brand(&name) : card_default_brand;
        struct text number;
        card_generate(brand, random, it->example, strlen(it->example), &number);
        char generated[TEXT_CAPACITY + 1];
        snprintf(generated, sizeof generated, "%.*s", (int)number.length, number.data);
        expect(text_equals(&number, it->expected), it->expected, generated);
    }
}

// Every brand, prefix and length, with bytes that a linear congruential generator makes.
static void what_is_generated_is_accepted(void) {
    static const char *const names[] = {"visa", "mastercard", "amex", "discover", "diners", "jcb"};
    static const char nines[] = "9999999999999999999";
    uint32_t state = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t random[CARD_RANDOM_BYTES];
        for (size_t i = 0; i < sizeof random; i++) {
            state = state * 1664525 + 1013904223;
            random[i] = (uint8_t)(state >> 24);
        }
        struct text name = text_of(names[round % 6]);
        const struct brand *brand = card_brand(&name);
        struct text number;
        struct text why;
        card_generate(brand, random, nines, (size_t)(round % 20), &number);
        expect(card_check(number.data, number.length, brand, &why), "what is generated is accepted", names[round % 6]);
    }
}

// ---- json.c ----

struct json_case {
    const char *json;
    enum json_result result;
    const char *value;
};

static const struct json_case json_cases[] = {
    {"{}", JSON_ABSENT, NULL},
    {" { } \n", JSON_ABSENT, NULL},
    {"{\"brand\":\"visa\"}", JSON_FOUND, "visa"},
    {" {\t\"brand\" : \"visa\" } ", JSON_FOUND, "visa"},
    {"{\"a\":1,\"brand\":\"visa\",\"b\":null}", JSON_FOUND, "visa"},
    {"{\"br\\u0061nd\":\"v\\u0069sa\"}", JSON_FOUND, "visa"},
    {"{\"brand\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", JSON_FOUND, "\"\\/\b\f\n\r\t"},
    {"{\"brand\":\"\\u00E4\\u20ac\\uD83D\\uDE00\"}", JSON_FOUND, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
    {"{\"brand\":\"\xC3\xA4\"}", JSON_FOUND, "\xC3\xA4"},
    {"{\"brand\":\"\\ud83d \\ude00\\ud83d\\u0041\"}", JSON_FOUND, "? ??A"},
    {"{\"brand\":\"visa\",\"brand\":\"amex\"}", JSON_FOUND, "amex"},
    {"{\"brand\":\"visa\",\"brand\":1}", JSON_NO_TEXT, NULL},
    {"{\"brand\":null}", JSON_NO_TEXT, NULL},
    {"{\"brand\":{\"brand\":\"visa\"}}", JSON_NO_TEXT, NULL},
    {"{\"a\":{\"brand\":\"visa\"},\"b\":[{\"brand\":\"visa\"}]}", JSON_ABSENT, NULL},
    {"{\"a\":\"\\\"brand\\\":\\\"visa\\\"\"}", JSON_ABSENT, NULL},
    {"{\"a\":[0,-1,1.5,-0.0e-1,2E+3,true,false,null,\"\",[],{}]}", JSON_ABSENT, NULL},
    {"[\"brand\",\"visa\"]", JSON_NO_OBJECT, NULL},
    {"\"brand\"", JSON_NO_OBJECT, NULL},
    {"null", JSON_NO_OBJECT, NULL},

    {"", JSON_MALFORMED, NULL},
    {"{", JSON_MALFORMED, NULL},
    {"{\"brand\"", JSON_MALFORMED, NULL},
    {"{\"brand\":", JSON_MALFORMED, NULL},
    {"{\"brand\":\"visa", JSON_MALFORMED, NULL},
    {"{\"brand\":\"visa\"", JSON_MALFORMED, NULL},
    {"{\"brand\":\"visa\"}}", JSON_MALFORMED, NULL},
    {"{\"brand\":\"visa\",}", JSON_MALFORMED, NULL},
    {"{,\"brand\":\"visa\"}", JSON_MALFORMED, NULL},
    {"{\"brand\" \"visa\"}", JSON_MALFORMED, NULL},
    {"{brand:\"visa\"}", JSON_MALFORMED, NULL},
    {"{'brand':'visa'}", JSON_MALFORMED, NULL},
    {"{\"brand\":\"\\x\"}", JSON_MALFORMED, NULL},
    {"{\"brand\":\"\\", JSON_MALFORMED, NULL},
    {"{\"brand\":\"\\u12g4\"}", JSON_MALFORMED, NULL},
    {"{\"brand\":\"\\u12", JSON_MALFORMED, NULL},
    {"{\"brand\":\"a\nb\"}", JSON_MALFORMED, NULL},
    {"{\"a\":01}", JSON_MALFORMED, NULL},
    {"{\"a\":1.}", JSON_MALFORMED, NULL},
    {"{\"a\":.5}", JSON_MALFORMED, NULL},
    {"{\"a\":+1}", JSON_MALFORMED, NULL},
    {"{\"a\":1e}", JSON_MALFORMED, NULL},
    {"{\"a\":-}", JSON_MALFORMED, NULL},
    {"{\"a\":tru}", JSON_MALFORMED, NULL},
    {"{\"a\":nullx}", JSON_MALFORMED, NULL},
    {"{\"a\":NaN}", JSON_MALFORMED, NULL},
    {"{\"a\":[1,]}", JSON_MALFORMED, NULL},
    {"{\"a\":[1 2]}", JSON_MALFORMED, NULL},
    {"{\"a\":[}", JSON_MALFORMED, NULL},
    {"{} x", JSON_MALFORMED, NULL},
};

static void read_json(void) {
    for (size_t i = 0; i < sizeof json_cases / sizeof json_cases[0]; i++) {
        const struct json_case *it = &json_cases[i];
        struct text value;
        enum json_result result = json_find_text(it->json, strlen(it->json), "brand", &value);
        expect(result == it->result, "json_find_text", it->json);
        expect(it->value == NULL || (result == JSON_FOUND && text_equals(&value, it->value)), "the value", it->json);
    }
}

static void a_nul_is_no_end_of_json(void) {
    static const char json[] = "{}\0";
    struct text value;
    expect(json_find_text(json, 3, "brand", &value) == JSON_MALFORMED, "json_find_text", "a NUL after the document");
}

static void nesting_has_a_limit(void) {
    char json[2000];
    struct text value;
    memset(json, '[', 1000);
    memset(json + 1000, ']', 1000);
    expect(json_find_text(json + 872, 256, "brand", &value) == JSON_NO_OBJECT, "nesting", "128 arrays");
    expect(json_find_text(json + 871, 258, "brand", &value) == JSON_MALFORMED, "nesting", "129 arrays");
    expect(json_find_text(json, 2000, "brand", &value) == JSON_MALFORMED, "nesting", "1000 arrays");
}

static void long_text_is_cut_at_a_character(void) {
    char json[1000] = "{\"brand\":\"";
    for (int i = 0; i < 100; i++) {
        strcat(json, "\xE2\x82\xAC");
    }
    strcat(json, "\"}");
    struct text value;
    expect(json_find_text(json, strlen(json), "brand", &value) == JSON_FOUND, "json_find_text", "a long text");
    expect(value.length == 255, "long text", "is cut after 85 characters of three bytes");
}

int main(void) {
    check_cards();
    brands_have_exact_names();
    generate_cards();
    what_is_generated_is_accepted();
    read_json();
    a_nul_is_no_end_of_json();
    nesting_has_a_limit();
    long_text_is_cut_at_a_character();
    if (failures == 0) {
        puts("all tests passed");
    }
    return failures != 0;
}
