import random
import unittest

import card

# Brand (or `None`), number, and part of the reason why it is none (or `None` if it is one).
CASES = [
    (None, "4111111111111111", None),
    (None, "4111 1111-1111 1111", None),
    (None, "6200000000000005", None),
    ("visa", "4222222222222", None),
    ("visa", "4111111111111111", None),
    ("mastercard", "5555555555554444", None),
    ("mastercard", "2221000000000009", None),
    ("mastercard", "2720999999999996", None),
    ("amex", "3782 822463 10005", None),
    ("discover", "6011111111111117", None),
    ("diners", "30569309025904", None),
    ("jcb", "3530111333300000", None),
    (None, "4111111111111112", "the last digit is 2, but the Luhn check digit of this number is 1"),
    (None, "", "a card number has 12, 13, 14, 15, 16, 17, 18 or 19 digits, not 0"),
    (None, "41111111111111111111", "digits, not 20"),
    (None, "4111  1111 1111 1111", "see character 6"),
    (None, " 4111111111111111", "see character 1"),
    (None, "4111111111111111-", "see character 17"),
    (None, "4ä", "see character 2"),
    (None, "٤١١١١١١١١١١١١١١١", "see character 1"),
    ("visa", "5555555555554444", "a visa number begins with 4"),
    ("visa", "411111111111111", "a visa number has 13, 16 or 19 digits, not 15"),
    ("mastercard", "2220999999999991", "a mastercard number begins with 51-55 or 2221-2720"),
    ("mastercard", "27", "a mastercard number begins with 51-55 or 2221-2720"),
    ("amex", "3400000000000000", "an amex number has 15 digits, not 16"),
    ("discover", "6500000000000", "a discover number has 16, 17, 18 or 19 digits, not 13"),
    ("diners", "31000000000000", "a diners number begins with 300-305, 3095, 36 or 38-39"),
    ("jcb", "3590000000000000", "a jcb number begins with 3528-3589"),
]


class Check(unittest.TestCase):
    def test_numbers(self):
        for name, number, reason in CASES:
            with self.subTest(name=name, number=number):
                why = card.check(number, card.BRANDS.get(name))
                if reason is None:
                    self.assertIsNone(why)
                else:
                    self.assertIn(reason, why)


class Generate(unittest.TestCase):
    def test_the_form_is_that_of_the_example(self):
        cases = [
            ("visa", "", "4123456789012349"),
            ("visa", "4111 1111-1111 1111", "4123 4567-8901 2349"),
            ("visa", "4222222222222", "4123456789011"),
            ("visa", "a card", "4123456789012349"),
            ("visa", "4111 1111", "4123456789012349"),
            ("mastercard", "", "2617456789012346"),
        ]
        for name, example, expected in cases:
            with self.subTest(name=name, example=example):
                self.assertEqual(card.generate(card.BRANDS[name], bytes(range(card.RANDOM_BYTES)), example), expected)

    def test_what_is_generated_is_accepted(self):
        source = random.Random(1)
        for brand in card.BRANDS.values():
            for length in range(card.MAX_DIGITS + 1):
                for _ in range(20):
                    number = card.generate(brand, source.randbytes(card.RANDOM_BYTES), "9" * length)
                    self.assertIsNone(card.check(number, brand), number)
