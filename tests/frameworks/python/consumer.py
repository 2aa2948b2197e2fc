"""What somebody sees whose client breaks the contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from pact.error import BodyMismatch, MismatchesError, RequestMismatch


@dataclass
class Failure:
    #: What a person sees. The driver gives mismatches of different paths in no certain order, so the lines are sorted.
    lines: list[str] = field(default_factory=list)
    #: What a program sees: path and text of each mismatch in the body, also sorted.
    mismatches: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def fails() -> Iterator[Failure]:
    """Around a test whose client sends something else than the contract says."""
    failure = Failure()
    with pytest.raises(MismatchesError) as raised:
        yield failure
    failure.lines += sorted(line.partition(") ")[2] for line in str(raised.value).splitlines() if ") " in line)
    for request in raised.value.mismatches:
        if isinstance(request, RequestMismatch):
            bodies = [mismatch for mismatch in request.mismatches if isinstance(mismatch, BodyMismatch)]
            failure.mismatches += sorted((body.path, body.mismatch) for body in bodies)
