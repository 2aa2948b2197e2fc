#include "card.h"

#include <string.h>

// First digits of a card number: all numbers from `low` to `high`, which have the same number of digits. A list of them
// ends with zeros.
struct prefix {
    uint16_t low;
    uint16_t high;
};

enum { MAX_PREFIXES = 4 };

struct brand {
    const char *name;
    struct prefix prefixes[MAX_PREFIXES + 1];
    uint32_t lengths;  // bit n stands for n digits
    uint8_t usual_length;
};

#define LENGTH(digits) (1u << (digits))
#define LENGTHS(from, to) ((1u << ((to) + 1)) - (1u << (from)))

// From what the schemes publish. Co-branded ranges are left out: a card of such a range passes without a brand.
static const struct brand brands[] = {
    {"visa", {{4, 4}}, LENGTH(13) | LENGTH(16) | LENGTH(19), 16},
    {"mastercard", {{51, 55}, {2221, 2720}}, LENGTH(16), 16},
    {"amex", {{34, 34}, {37, 37}}, LENGTH(15), 15},
    {"discover", {{6011, 6011}, {644, 649}, {65, 65}}, LENGTHS(16, 19), 16},
    {"diners", {{300, 305}, {3095, 3095}, {36, 36}, {38, 39}}, LENGTHS(14, 19), 14},
    {"jcb", {{3528, 3589}}, LENGTHS(16, 19), 16},
};
enum { BRANDS = sizeof brands / sizeof brands[0] };

const struct brand *const card_default_brand = &brands[0];

// Card numbers of any brand, by ISO/IEC 7812.
static const uint32_t any_length = LENGTHS(12, CARD_MAX_DIGITS);

const struct brand *card_brand(const struct text *name) {
    for (size_t i = 0; i < BRANDS; i++) {
        if (text_equals(name, brands[i].name)) {
            return &brands[i];
        }
    }
    return NULL;
}

void card_append_brands(struct text *text) {
    for (size_t i = 0; i < BRANDS; i++) {
        text_append_string(text, i == 0 ? "" : ", ");
        text_append_string(text, brands[i].name);
    }
}

// ---- digits ----

struct digits {
    uint8_t values[CARD_MAX_DIGITS];
    size_t count;  // also counts those that there is no room for
};

static bool has_length(uint32_t lengths, size_t count) {
    return count <= CARD_MAX_DIGITS && (lengths & LENGTH(count)) != 0;
}

// Reads the digits of `number`. If something else is in it, `why` gets the reason.
static bool read_digits(const char *number, size_t length, struct digits *digits, struct text *why) {
    size_t position = 0;  // in characters, from 1, because that is how people count
    bool after_digit = false;
    digits->count = 0;
    for (size_t i = 0; i < length; i++) {
        char character = number[i];
        bool continues = ((uint8_t)character & 0xC0) == 0x80;  // 10xxxxxx: the character began before
        position += !continues;
        if (character >= '0' && character <= '9') {
            if (digits->count < CARD_MAX_DIGITS) {
                digits->values[digits->count] = (uint8_t)(character - '0');
            }
            digits->count++;
            after_digit = true;
        } else if ((character == ' ' || character == '-') && after_digit && i + 1 < length) {
            after_digit = false;
        } else {
            text_append_string(why, "a card number has only digits, and single spaces or dashes between them");
            text_append_string(why, ": see character ");
            text_append_number(why, position);
            return false;
        }
    }
    return true;
}

static bool has_prefix(const struct digits *digits, const struct prefix *prefix) {
    uint32_t first_digits = 0;
    size_t count = 0;
    for (uint32_t low = prefix->low; low > 0; low /= 10) {
        if (count == digits->count) {
            return false;
        }
        first_digits = first_digits * 10 + digits->values[count++];
    }
    return first_digits >= prefix->low && first_digits <= prefix->high;
}

// The check digit for the digits before the last one (Luhn algorithm, ISO/IEC 7812-1 annex B).
static uint8_t check_digit(const struct digits *digits) {
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < digits->count; i++) {
        // Every second digit counts twice, from the one before the check digit to the left.
        bool twice = (digits->count - i) % 2 == 0;
        uint8_t value = (uint8_t)(digits->values[i] << twice);
        sum += value > 9 ? value - 9 : value;
    }
    return (uint8_t)((10 - sum % 10) % 10);
}

// ---- reasons ----

// What stands before item `index` of `count` in a list: "a, b or c".
static void append_separator(struct text *text, size_t index, size_t count) {
    text_append_string(text, index == 0 ? "" : index + 1 == count ? " or " : ", ");
}

// The subject of a reason: "a visa number", "an amex number", "a card number".
static void append_subject(struct text *why, const struct brand *brand) {
    const char *name = brand != NULL ? brand->name : "card";
    text_append_string(why, *name == 'a' ? "an " : "a ");
    text_append_string(why, name);
    text_append_string(why, " number");
}

static void explain_prefix(struct text *why, const struct brand *brand) {
    size_t count = 0;
    while (brand->prefixes[count].low != 0) {
        count++;
    }
    append_subject(why, brand);
    text_append_string(why, " begins with ");
    for (size_t i = 0; i < count; i++) {
        append_separator(why, i, count);
        text_append_number(why, brand->prefixes[i].low);
        if (brand->prefixes[i].high != brand->prefixes[i].low) {
            text_append_string(why, "-");
            text_append_number(why, brand->prefixes[i].high);
        }
    }
}

static void explain_length(struct text *why, const struct brand *brand, uint32_t lengths, size_t actual) {
    size_t count = (size_t)__builtin_popcount(lengths);
    size_t index = 0;
    append_subject(why, brand);
    text_append_string(why, " has ");
    for (size_t length = 0; length <= CARD_MAX_DIGITS; length++) {
        if (has_length(lengths, length)) {
            append_separator(why, index++, count);
            text_append_number(why, length);
        }
    }
    text_append_string(why, " digits, not ");
    text_append_number(why, actual);
}

bool card_check(const char *number, size_t length, const struct brand *brand, struct text *why) {
    struct digits digits;
    text_clear(why);
    if (!read_digits(number, length, &digits, why)) {
        return false;
    }
    if (brand != NULL) {
        bool known = false;
        for (const struct prefix *prefix = brand->prefixes; prefix->low != 0; prefix++) {
            known = known || has_prefix(&digits, prefix);
        }
        if (!known) {
            explain_prefix(why, brand);
            return false;
        }
    }
    uint32_t lengths = brand != NULL ? brand->lengths : any_length;
    if (!has_length(lengths, digits.count)) {
        explain_length(why, brand, lengths, digits.count);
        return false;
    }
    uint8_t last = digits.values[digits.count - 1];
    if (last != check_digit(&digits)) {
        text_append_string(why, "the last digit is ");
        text_append_number(why, last);
        text_append_string(why, ", but the Luhn check digit of this number is ");
        text_append_number(why, check_digit(&digits));
        return false;
    }
    return true;
}

// ---- generating ----

void card_generate(const struct brand *brand, const uint8_t *random, const char *example, size_t length,
                   struct text *number) {
    // Remainders of small random numbers favour some values a little, which does no harm in examples.
    struct digits digits;
    text_clear(number);
    bool like_example = read_digits(example, length, &digits, number) && has_length(brand->lengths, digits.count);
    text_clear(number);
    if (!like_example) {
        digits.count = brand->usual_length;
    }
    for (size_t i = 0; i < digits.count; i++) {
        digits.values[i] = random[i] % 10;
    }

    const uint8_t *more_random = random + CARD_MAX_DIGITS;
    size_t prefixes = 0;
    while (brand->prefixes[prefixes].low != 0) {
        prefixes++;
    }
    const struct prefix *prefix = &brand->prefixes[more_random[0] % prefixes];
    uint32_t choices = prefix->high - prefix->low + 1u;
    struct text first_digits;
    text_clear(&first_digits);
    text_append_number(&first_digits, prefix->low + (more_random[1] | (uint32_t)more_random[2] << 8) % choices);
    for (size_t i = 0; i < first_digits.length; i++) {
        digits.values[i] = (uint8_t)(first_digits.data[i] - '0');
    }
    digits.values[digits.count - 1] = check_digit(&digits);

    size_t next = 0;
    for (size_t i = 0; next < digits.count; i++) {
        if (like_example && (example[i] == ' ' || example[i] == '-')) {
            text_append(number, &example[i], 1);
        } else {
            char character = (char)('0' + digits.values[next++]);
            text_append(number, &character, 1);
        }
    }
}
