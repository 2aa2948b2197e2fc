// Card numbers: brands, checking, generating. It knows nothing of Pact.

#ifndef CARD_H
#define CARD_H

#include <stdbool.h>

#include "text.h"

enum {
    CARD_MAX_DIGITS = 19,
    CARD_RANDOM_BYTES = CARD_MAX_DIGITS + 3,
};

// A scheme that issues cards, with its numbers.
struct brand;

extern const struct brand *const card_default_brand;

// NULL if there is none of that name.
const struct brand *card_brand(const struct text *name);

// Appends the names of all brands: "visa, mastercard, …".
void card_append_brands(struct text *text);

// Whether `number` is a card number: digits, single spaces or dashes between them, and a last digit that is right. Of
// this brand, unless that is NULL. If it is none, `why` gets the reason, which holds no more than one digit of the number,
// because it is shown in logs and reports.
bool card_check(const char *number, size_t length, const struct brand *brand, struct text *why);

// Makes a card number out of CARD_RANDOM_BYTES bytes. If the brand has numbers of as many digits as the example, it gets
// that many and the example's spaces and dashes; otherwise it has digits alone, as many as most cards of the brand.
void card_generate(const struct brand *brand, const uint8_t *random, const char *example, size_t length,
                   struct text *number);

#endif
