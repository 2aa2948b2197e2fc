"""The configuration of a rule or a generator."""

import json

from card import BRANDS, Brand


def read_brand(configuration: str | None) -> Brand | None:
    """The brand that the configuration names, if it names one. A `ValueError` says what is wrong with it."""
    if configuration is None:
        return None
    try:
        document = json.loads(configuration, parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise ValueError("the configuration is not well-formed JSON") from None
    if not isinstance(document, dict):
        raise ValueError("the configuration is not a JSON object")
    if "brand" not in document:
        return None
    name = document["brand"]
    known = ", ".join(BRANDS)
    if not isinstance(name, str):
        raise ValueError(f'"brand" is not text; it is one of {known}')
    if name not in BRANDS:
        # JSON may hold half a surrogate pair, which is no character and cannot be passed on.
        name = name.encode(errors="replace").decode()
        raise ValueError(f'"brand" is one of {known}; this one is not known: {name}')
    return BRANDS[name]


def _not_json(constant: str) -> None:
    """Python reads `NaN` and `Infinity`, which JSON does not have."""
    raise ValueError(constant)
