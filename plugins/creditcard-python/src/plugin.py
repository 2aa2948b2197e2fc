"""A Pact plugin for card numbers: what the component exports. It is the only module that knows the plugin interface;
componentize-py makes `wit_world` from the WIT.
"""

import card
from componentize_py_types import Err
from configuration import read_brand
from wit_world import exports
from wit_world.imports import crypto
from wit_world.imports.types import (
    CatalogueEntry,
    EntryType,
    FieldValue,
    FieldValue_Boolean,
    FieldValue_Bytes,
    FieldValue_Decimal,
    FieldValue_Integer,
    FieldValue_Json,
    FieldValue_Null,
    FieldValue_Text,
    GenerateFieldRequest,
    InitRequest,
    InitResponse,
    MatchFieldRequest,
    Mismatch,
)

# Not `creditcard`: the plugin of that name has this key, and both may be loaded at once.
KEY = "creditcard-python"

KINDS = {
    FieldValue_Null: "null",
    FieldValue_Boolean: "a boolean",
    FieldValue_Text: "text",
    FieldValue_Integer: "a whole number",
    FieldValue_Decimal: "a decimal number",
    FieldValue_Bytes: "bytes",
    FieldValue_Json: "an object or an array",
}


class Lifecycle(exports.Lifecycle):
    def init(self, request: InitRequest) -> InitResponse:
        # The value that the short form of the rule sets.
        values = [("config-key", "brand")]
        roles = (EntryType.MATCHER, EntryType.GENERATOR)
        return InitResponse([CatalogueEntry(role, KEY, values) for role in roles], [])

    def update_catalogue(self, catalogue: list[CatalogueEntry]) -> None:
        """Nothing here depends on what other plugins can do."""


class FieldMatcher(exports.FieldMatcher):
    def match_field(self, request: MatchFieldRequest) -> list[Mismatch]:
        try:
            brand = read_brand(request.rule.values)
        except ValueError as error:
            raise Err(str(error))
        match request.actual:
            case FieldValue_Text(text):
                why = card.check(text, brand)
            case FieldValue_Integer(number):
                why = card.check(str(number), brand)
            case other:
                why = f"a card number is text or a whole number, not {KINDS[type(other)]}"
        if why is None:
            return []
        return [
            Mismatch(
                expected=as_bytes(request.expected),
                actual=as_bytes(request.actual),
                description=why,
                path=request.path,
                diff=None,
                mismatch_type=request.mismatch_type.name.lower(),
            )
        ]


class FieldGenerator(exports.FieldGenerator):
    def generate_field(self, request: GenerateFieldRequest) -> FieldValue:
        try:
            brand = read_brand(request.generator.values) or card.DEFAULT_BRAND
        except ValueError as error:
            raise Err(str(error))
        random = crypto.random_bytes(card.RANDOM_BYTES)
        match request.example:
            case FieldValue_Text(text):
                return FieldValue_Text(card.generate(brand, random, text))
            case FieldValue_Integer(number):
                return FieldValue_Integer(int(card.generate(brand, random, str(number))))
            case FieldValue_Null():
                return FieldValue_Text(card.generate(brand, random, ""))
            case other:
                kind = KINDS[type(other)]
                raise Err(f"the example of a card number is text or a whole number, not {kind}")


def as_bytes(value: FieldValue) -> bytes | None:
    """The bytes that a mismatch shows for a value. Decimal numbers that are too large to be written out are left away."""
    match value:
        case FieldValue_Null():
            return b"null"
        case FieldValue_Boolean(truth):
            return b"true" if truth else b"false"
        case FieldValue_Bytes(contents):
            return contents
        case FieldValue_Decimal(number):
            return decimal_text(number).encode() if -1e16 < number < 1e16 else None
        case FieldValue_Text(payload) | FieldValue_Integer(payload) | FieldValue_Json(payload):
            return str(payload).encode()


def decimal_text(number: float) -> str:
    """With up to six decimal places, at least one."""
    whole, places = f"{number:.6f}".split(".")
    return f"{whole}.{places.rstrip('0') or '0'}"
