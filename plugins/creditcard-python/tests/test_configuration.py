import unittest

from card import BRANDS
from configuration import read_brand


class ReadBrand(unittest.TestCase):
    def test_a_brand_is_optional(self):
        for configuration in (None, "{}", '{"other": {"brand": "visa"}}'):
            with self.subTest(configuration=configuration):
                self.assertIsNone(read_brand(configuration))

    def test_the_last_brand_counts(self):
        self.assertIs(read_brand('{"br\\u0061nd": "visa", "brand": "amex"}'), BRANDS["amex"])

    def test_errors_say_what_is_wrong(self):
        known = "one of visa, mastercard, amex, discover, diners, jcb"
        cases = [
            ("{", "not well-formed JSON"),
            ('{"brand": NaN}', "not well-formed JSON"),
            ("[" * 100_000, "not well-formed JSON"),
            ('["visa"]', "not a JSON object"),
            ('{"brand": null}', f'"brand" is not text; it is {known}'),
            ('{"brand": "Visa"}', f'"brand" is {known}; this one is not known: Visa'),
            ('{"brand": "\\ud800"}', "this one is not known: ?"),
        ]
        for configuration, reason in cases:
            with self.subTest(configuration=configuration[:40]):
                with self.assertRaises(ValueError) as raised:
                    read_brand(configuration)
                self.assertIn(reason, str(raised.exception))
