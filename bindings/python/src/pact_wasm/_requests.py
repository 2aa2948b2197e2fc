"""Requests and results as structs of C, in both directions: to plugins, and from plugins to handlers."""

import ctypes
from typing import Any

from . import _declarations as c
from ._calls import check, get_all
from ._library import lib
from ._memory import ABSENT, Borrowed, Packer, optional_bytes, optional_text, read_json, text
from ._pointer import CataloguePointer, ComparisonPointer
from .values import (
    Body,
    CatalogueEntry,
    Comparison,
    ContentTypeHint,
    FieldValue,
    InteractionPart,
    MarkupType,
    Mismatch,
    PluginConfiguration,
    Verdict,
)

Fields = tuple[int, ...]

pack_body = Packer(c.PactWasmBody)
pack_field_value = Packer(c.PactWasmFieldValue)
pack_mismatch = Packer(c.PactWasmMismatch)
pack_configure = Packer(c.PactWasmConfigureRequest)
pack_compare = Packer(c.PactWasmCompareRequest)
pack_generate = Packer(c.PactWasmGenerateRequest)
pack_match_field = Packer(c.PactWasmMatchFieldRequest)
pack_generate_field = Packer(c.PactWasmGenerateFieldRequest)
pack_pact_interaction = Packer(c.PactWasmPactInteraction)

_INTEGERS = range(-(2**63), 2**63)


def body(borrowed: Borrowed, value: Body) -> Fields:
    return (*borrowed.text(value.content_type), *borrowed.buffer(value.content), value.hint)


def configuration(borrowed: Borrowed, value: PluginConfiguration | None) -> Fields:
    if value is None:
        return ABSENT + ABSENT
    return borrowed.json(value.interaction) + borrowed.json(value.pact)


def field_value(borrowed: Borrowed, value: FieldValue) -> tuple[int | float, ...]:
    """Kind, boolean, integer, decimal and view."""
    match value:
        case None:
            return (c.PACTWASM_VALUE_NULL, 0, 0, 0.0, *ABSENT)
        case bool():
            return (c.PACTWASM_VALUE_BOOLEAN, int(value), 0, 0.0, *ABSENT)
        case str():
            return (c.PACTWASM_VALUE_TEXT, 0, 0, 0.0, *borrowed.text(value))
        case int():
            if value not in _INTEGERS:
                raise OverflowError(f"{value} does not fit into 64 bits")
            return (c.PACTWASM_VALUE_INTEGER, 0, value, 0.0, *ABSENT)
        case float():
            return (c.PACTWASM_VALUE_DECIMAL, 0, 0, value, *ABSENT)
        case bytes():
            return (c.PACTWASM_VALUE_BYTES, 0, 0, 0.0, *borrowed.buffer(value))
        case _:
            return (c.PACTWASM_VALUE_JSON, 0, 0, 0.0, *borrowed.json(value))


def mismatch(borrowed: Borrowed, value: Mismatch) -> ctypes.Structure:
    return pack_mismatch(
        *borrowed.text(value.expression),
        *borrowed.text(value.path),
        *borrowed.text(value.description),
        *borrowed.buffer(value.expected),
        *borrowed.buffer(value.actual),
        *borrowed.text(value.diff),
        *borrowed.text(value.mismatch_type),
    )


def read_body(raw: Any) -> Body:
    return Body(optional_bytes(raw.content), optional_text(raw.content_type), ContentTypeHint(raw.hint))


def read_configuration(raw: Any) -> PluginConfiguration:
    return PluginConfiguration(read_json(raw.interaction_json), read_json(raw.pact_json))


def read_field_value(raw: Any) -> FieldValue:
    match raw.kind:
        case c.PACTWASM_VALUE_BOOLEAN:
            return bool(raw.boolean)
        case c.PACTWASM_VALUE_TEXT:
            return text(raw.data)
        case c.PACTWASM_VALUE_INTEGER:
            return int(raw.integer)
        case c.PACTWASM_VALUE_DECIMAL:
            return float(raw.decimal)
        case c.PACTWASM_VALUE_BYTES:
            return optional_bytes(raw.data) or b""
        case c.PACTWASM_VALUE_JSON:
            return read_json(raw.data)
        case _:
            return None


def read_mismatch(raw: Any) -> Mismatch:
    return Mismatch(
        description=text(raw.description),
        path=text(raw.path),
        expression=text(raw.expression),
        expected=optional_bytes(raw.expected),
        actual=optional_bytes(raw.actual),
        diff=optional_text(raw.diff),
        mismatch_type=optional_text(raw.mismatch_type),
    )


_MATCH = Comparison(Verdict.MATCH)


def read_comparison(pointer: ComparisonPointer) -> Comparison:
    verdict = ctypes.c_int32()
    check(lib.pactwasm_comparison_verdict, pointer, verdict)
    if verdict.value == c.PACTWASM_VERDICT_MATCH:
        return _MATCH
    mismatches = get_all(c.PactWasmMismatch, pointer, lib.pactwasm_comparison_count, lib.pactwasm_comparison_get)
    return Comparison(Verdict(verdict.value), tuple(map(read_mismatch, mismatches)))


def read_catalogue(pointer: CataloguePointer) -> list[CatalogueEntry]:
    entries = get_all(c.PactWasmCatalogueEntry, pointer, lib.pactwasm_catalogue_count, lib.pactwasm_catalogue_get)
    return [
        CatalogueEntry(
            key=text(raw.key),
            entry_type=text(raw.entry_type),
            values=read_json(raw.values_json) or {},
            plugin_name=optional_text(raw.plugin_name),
        )
        for raw in entries
    ]


def read_part(raw: Any) -> InteractionPart:
    return InteractionPart(
        name=text(raw.part_name),
        body=read_body(raw.body),
        rules=read_json(raw.rules_json),
        generators=read_json(raw.generators_json),
        message_metadata=read_json(raw.message_metadata_json),
        metadata_rules=read_json(raw.metadata_rules_json),
        metadata_generators=read_json(raw.metadata_generators_json),
        plugin_configuration=read_configuration(raw.plugin_configuration),
        markup=text(raw.markup),
        markup_type=MarkupType(raw.markup_type),
    )
