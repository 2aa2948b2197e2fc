"""What plugins log, where users of pact-python look for it."""

import logging
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
from pact import Pact


@pytest.fixture
def records() -> Iterator[Queue[Any]]:
    """The warnings of plugins as they come: from a thread of the library's, and maybe after the call that they belong to."""
    queue: Queue[Any] = Queue()
    handler = logging.Handler(logging.WARNING)
    handler.emit = queue.put
    logger = logging.getLogger("pact.plugins")
    logger.addHandler(handler)
    yield queue
    logger.removeHandler(handler)


def test_a_warning(records: Queue[Any], request: pytest.FixtureRequest) -> None:
    """It says which test it belongs to."""
    pact = Pact("web", "shop").using_plugin("jwt", delay=0)
    interaction = pact.upon_receiving("an order").with_request("POST", "/orders")
    interaction.with_plugin_contents({"algorithm": "HS256", "secret": "for tests", "exp": 1}, "application/jwt")
    record = records.get(timeout=30)
    assert record.levelname == "WARNING"
    assert record.getMessage() == 'the claim "exp" is in the past: every token that equals this one is reported as expired'
    assert (record.plugin_target, record.test_run_id) == ("jwt::configure", request.node.nodeid)
