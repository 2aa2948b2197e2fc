"""Verifying a provider as users do it, with pact-python's Verifier."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pact import Verifier

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Verification:
    passed: bool
    #: What the user sees.
    output: str
    #: What a program sees: path and text of each mismatch, of all interactions.
    mismatches: list[tuple[str, str]]

    @property
    def failures(self) -> list[str]:
        """The lines that the user sees about failures. They are sorted here, because mismatches come in no certain order."""
        # The lines above them have durations in them.
        _, _, failures = self.output.partition("\nFailures:\n")
        return sorted(line.strip() for line in failures.splitlines() if line.strip())


def read(pact_file: Path) -> Any:
    return json.loads(pact_file.read_text("utf-8"))


def verifier(pact_file: Path) -> Verifier:
    """For the provider of this file; the caller says how the provider is reached."""
    provider = read(pact_file)["provider"]["name"]
    return Verifier(provider, host=HOST).add_source(pact_file).set_coloured_output(enabled=False)


def run(verifier: Verifier) -> Verification:
    try:
        verifier.verify()
        passed = True
    except RuntimeError:
        # It says no more than that there were failures.
        passed = False
    errors = verifier.results["errors"]
    mismatches = [mismatch for error in errors for mismatch in error["mismatch"].get("mismatches", [])]
    return Verification(passed, str(verifier.output()), sorted((it["path"], it["mismatch"]) for it in mismatches))


def verify(pact_file: Path, port: int) -> Verification:
    """Verifies a provider over HTTP."""
    return run(verifier(pact_file).add_transport(protocol="http", port=port, scheme="http"))
