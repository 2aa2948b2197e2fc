"""Log records, in Python's logging and in Plugin.logs."""

import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Load

from pact_wasm import TRACE, LogLevel, Plugin


def say(plugin: Plugin, *records: tuple[str, str, str], **options: Any) -> None:
    plugin.configure_interaction("a/b", {"log": [list(record) for record in records]}, **options)


EVERY_LEVEL = [(level.name.title(), "t", f"at {level.name}") for level in LogLevel]


def test_records(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(TRACE, "pact_wasm")
    echo = load("echo", log_level=LogLevel.TRACE, test_run_id="run of the host")
    caplog.clear()
    say(echo, ("Warn", "a::tärget", "100 % of %s\0"), test_run_id="run 7")
    record = caplog.records[-1]
    assert record.name == "pact_wasm.echo"
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "100 % of %s\0"
    fields = vars(record)
    assert fields["plugin_name"] == "echo"
    assert fields["plugin_instance_id"] == echo.info.instance_id
    assert fields["target"] == "a::tärget"
    assert fields["test_run_id"] == "run 7"
    kept = echo.logs()[-1]
    assert (kept.level, kept.target, kept.message) == (LogLevel.WARN, "a::tärget", "100 % of %s\0")
    assert (kept.plugin_name, kept.plugin_instance_id, kept.test_run_id) == ("echo", echo.info.instance_id, "run 7")
    assert kept.timestamp_ms == fields["timestamp_ms"]
    assert record.created == kept.timestamp_ms / 1000
    say(echo, ("Info", "t", "x"))
    assert echo.logs()[-1].test_run_id == "run of the host"


def test_levels(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(TRACE, "pact_wasm")
    echo = load("echo", log_level=LogLevel.TRACE)
    caplog.clear()
    say(echo, *EVERY_LEVEL)
    levels = [record.levelno for record in caplog.records if record.getMessage().startswith("at ")]
    assert levels == [TRACE, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR]
    assert logging.getLevelName(TRACE) == "TRACE"
    assert TRACE < logging.DEBUG


def test_lowest_level(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(TRACE, "pact_wasm")
    echo = load("echo", log_level=LogLevel.ERROR)
    caplog.clear()
    say(echo, *EVERY_LEVEL)
    assert [record.getMessage() for record in caplog.records] == ["at ERROR"]
    assert [record.message for record in echo.logs()] == ["at ERROR"]


def test_logger(load: Load) -> None:
    """A logger of one's own, and what its level keeps out."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            names.append((record.name, record.levelname))

    names: list[tuple[str, str]] = []
    logger = logging.Logger("mine", logging.WARNING)
    logger.manager = logging.Manager(logger)  # type: ignore[arg-type]
    logger.addHandler(Keep())
    say(load("echo", logger=logger), *EVERY_LEVEL)
    assert names == [("mine.echo", "WARNING"), ("mine.echo", "ERROR")]


@pytest.fixture
def failing() -> Any:
    def add(emit: Callable[[logging.LogRecord], None]) -> None:
        handler.emit = emit  # type: ignore[method-assign]
        logging.getLogger("pact_wasm").addHandler(handler)

    handler = logging.Handler()
    yield add
    logging.getLogger("pact_wasm").removeHandler(handler)


def test_a_log_handler_that_raises(load: Load, failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is none the worse for it, and what was raised is not lost."""
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda seen: unraisable.append(seen.exc_value))
    echo = load("echo")

    def emit(_: logging.LogRecord) -> None:
        raise RuntimeError("the disk is full")

    failing(emit)
    say(echo, ("Error", "t", "x"))
    assert [str(error) for error in unraisable] == ["the disk is full"]
    assert echo.logs()[-1].message == "x"


def test_interrupt_in_a_log_handler(load: Load, failing: Any) -> None:
    echo = load("echo")

    def emit(_: logging.LogRecord) -> None:
        raise KeyboardInterrupt

    failing(emit)
    with pytest.raises(KeyboardInterrupt):
        say(echo, ("Error", "t", "x"))
    assert echo.logs()[-1].message == "x"


def test_a_log_handler_calls_the_library(load: Load, failing: Any) -> None:
    echo = load("echo")
    seen: list[str] = []
    failing(lambda record: seen.append(echo.logs()[-1].message))
    say(echo, ("Error", "t", "x"))
    assert seen == ["x"]
