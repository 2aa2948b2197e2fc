"""Card numbers: brands, checking, generating. It knows nothing of Pact."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

DIGITS = "0123456789"
SEPARATORS = " -"

MAX_DIGITS = 19

# Card numbers of any brand, by ISO/IEC 7812.
ANY_LENGTH = range(12, MAX_DIGITS + 1)

# How many random bytes a generated number takes.
RANDOM_BYTES = MAX_DIGITS + 3


@dataclass(frozen=True)
class Brand:
    """A scheme that issues cards, with its numbers."""

    name: str
    # First digits: from the first to the second number, which have the same number of digits.
    prefixes: tuple[tuple[int, int], ...]
    lengths: Collection[int]
    usual_length: int


# From what the schemes publish. Co-branded ranges are left out: a card of such a range passes without a brand.
BRANDS = {
    brand.name: brand
    for brand in (
        Brand("visa", ((4, 4),), (13, 16, 19), 16),
        Brand("mastercard", ((51, 55), (2221, 2720)), (16,), 16),
        Brand("amex", ((34, 34), (37, 37)), (15,), 15),
        Brand("discover", ((6011, 6011), (644, 649), (65, 65)), range(16, 20), 16),
        Brand("diners", ((300, 305), (3095, 3095), (36, 36), (38, 39)), range(14, 20), 14),
        Brand("jcb", ((3528, 3589),), range(16, 20), 16),
    )
}

DEFAULT_BRAND = BRANDS["visa"]


def check(number: str, brand: Brand | None) -> str | None:
    """Why this is no card number, or `None` if it is one: digits, single spaces or dashes between them, and a last digit
    that is right. Of this brand, if there is one. The reason holds no more than one digit of the number, because it is
    shown in logs and reports.
    """
    try:
        digits = read_digits(number)
    except ValueError as error:
        return str(error)
    subject = "a card number"
    if brand:
        subject = f"{'an' if brand.name[0] == 'a' else 'a'} {brand.name} number"
        if not any(has_prefix(digits, low, high) for low, high in brand.prefixes):
            return f"{subject} begins with {enumerate_words(brand.prefixes, prefix_text)}"
    lengths = brand.lengths if brand else ANY_LENGTH
    if len(digits) not in lengths:
        return f"{subject} has {enumerate_words(lengths, str)} digits, not {len(digits)}"
    expected = check_digit(digits[:-1])
    if digits[-1] != expected:
        return f"the last digit is {digits[-1]}, but the Luhn check digit of this number is {expected}"
    return None


def generate(brand: Brand, random: bytes, example: str) -> str:
    """Makes a card number out of `RANDOM_BYTES` bytes. If the brand has numbers of as many digits as the example, it gets
    that many and the example's spaces and dashes; otherwise it has digits alone, as many as most cards of the brand.
    """
    try:
        length = len(read_digits(example))
    except ValueError:
        length = 0
    if length not in brand.lengths:
        length = brand.usual_length
        example = "0" * length

    # Remainders of small random numbers favour some values a little, which does no harm in examples.
    low, high = brand.prefixes[random[MAX_DIGITS] % len(brand.prefixes)]
    prefix = low + int.from_bytes(random[MAX_DIGITS + 1 : MAX_DIGITS + 3], "little") % (high - low + 1)
    digits = "".join(DIGITS[byte % 10] for byte in random[:length])
    digits = f"{prefix}{digits[len(str(prefix)):-1]}"
    digits += check_digit(digits)

    next_digit = iter(digits)
    return "".join(character if character in SEPARATORS else next(next_digit) for character in example)


def read_digits(number: str) -> str:
    """The digits of `number`. A `ValueError` says what else is in it."""
    digits = ""
    after_digit = False
    for position, character in enumerate(number, start=1):
        if character in DIGITS:
            digits += character
            after_digit = True
        elif character in SEPARATORS and after_digit and position < len(number):
            after_digit = False
        else:
            raise ValueError(
                f"a card number has only digits, and single spaces or dashes between them: see character {position}"
            )
    return digits


def has_prefix(digits: str, low: int, high: int) -> bool:
    """Whether the first digits are a number from `low` to `high`."""
    length = len(str(low))
    return len(digits) >= length and low <= int(digits[:length]) <= high


def check_digit(digits: str) -> str:
    """The check digit for the digits before it (Luhn algorithm, ISO/IEC 7812-1 annex B)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        # Every second digit counts twice, from the one before the check digit to the left.
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def prefix_text(prefix: tuple[int, int]) -> str:
    low, high = prefix
    return str(low) if low == high else f"{low}-{high}"


def enumerate_words(items: Collection, text_of: Callable) -> str:
    """`a, b or c`"""
    words = [text_of(item) for item in items]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
