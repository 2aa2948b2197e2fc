"""Requests and results of transports as structs of C."""

import ctypes
from typing import Any

from . import _declarations as c
from ._calls import check
from ._library import lib
from ._memory import ABSENT, Borrowed, Json, Packer, new, optional_bytes, read_json, text, write_json
from ._pointer import DataPointer, OutcomePointer
from ._requests import Fields, body, read_body, read_mismatch
from .values import (
    InteractionContents,
    InteractionData,
    InteractionType,
    Mismatch,
    MockServerResult,
    MockServerResults,
    PluginConfiguration,
    VerificationResult,
)

pack_start = Packer(c.PactWasmStartRequest)
pack_prepare = Packer(c.PactWasmPrepareRequest)
pack_verify = Packer(c.PactWasmVerifyRequest)
_pack_metadata = Packer(c.PactWasmMetadata)


def contents(value: InteractionContents) -> Json:
    """An interaction as the library takes it in JSON."""
    configuration = value.plugin_configuration or PluginConfiguration()
    return {
        "interactionType": InteractionType(value.interaction_type).value,
        "pluginConfiguration": {
            "interactionConfiguration": configuration.interaction,
            "pactConfiguration": configuration.pact,
        },
        "consumer": value.consumer,
        "provider": value.provider,
    }


def data(borrowed: Borrowed, value: InteractionData) -> Fields:
    pieces = (_metadata(borrowed, name, one) for name, one in value.metadata.items())
    return (*body(borrowed, value.body), *borrowed.array(pieces))


def _metadata(borrowed: Borrowed, name: str, value: Any) -> ctypes.Structure:
    if isinstance(value, bytes | bytearray | memoryview):
        return _pack_metadata(*borrowed.text(name), *ABSENT, *borrowed.buffer(value))
    # None is JSON's null here, and not absent.
    return _pack_metadata(*borrowed.text(name), *borrowed.buffer(write_json(value)), *ABSENT)


def read_data(pointer: DataPointer) -> InteractionData:
    raw = c.PactWasmInteractionData()
    check(lib.pactwasm_data_get, pointer, raw)
    pieces = (raw.metadata[index] for index in range(raw.metadata_count))
    return InteractionData(read_body(raw.body), {text(piece.name): _read_metadata(piece) for piece in pieces})


def _read_metadata(raw: Any) -> Any:
    data = optional_bytes(raw.bytes)
    return read_json(raw.json) if data is None else data


def read_results(pointer: OutcomePointer) -> MockServerResults:
    info = _info(pointer)
    return MockServerResults(bool(info.ok), _results(pointer, info))


def read_verification(outcome: OutcomePointer, response: DataPointer) -> VerificationResult:
    info = _info(outcome)
    failures: list[Mismatch | str] = []
    for result in _results(outcome, info):
        failures += result.mismatches or (result.error,)
    return VerificationResult(
        bool(info.ok),
        tuple(failures),
        tuple(read_json(info.output_json) or ()),
        read_data(response) if response else None,
    )


def _info(pointer: OutcomePointer) -> Any:
    info = new(c.PactWasmOutcomeInfo)
    check(lib.pactwasm_outcome_info, pointer, info)
    return info


def _results(pointer: OutcomePointer, info: Any) -> tuple[MockServerResult, ...]:
    raw = new(c.PactWasmResult)
    results = []
    for index in range(info.count):
        check(lib.pactwasm_outcome_get, pointer, index, raw)
        results.append(MockServerResult(text(raw.path), text(raw.error), _mismatches(pointer, index, raw.mismatch_count)))
    return tuple(results)


def _mismatches(pointer: OutcomePointer, index: int, count: int) -> tuple[Mismatch, ...]:
    raw = new(c.PactWasmMismatch)
    mismatches = []
    for mismatch_index in range(count):
        check(lib.pactwasm_outcome_mismatch, pointer, index, mismatch_index, raw)
        mismatches.append(read_mismatch(raw))
    return tuple(mismatches)
