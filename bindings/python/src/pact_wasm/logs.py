"""Log records of plugins, in Python's own logging."""

import logging
from typing import Any

from ._memory import optional_text, text
from .values import LogLevel, LogRecord

#: Logging's level for :attr:`LogLevel.TRACE`, below ``logging.DEBUG``.
TRACE = 5
logging.addLevelName(TRACE, "TRACE")

#: Where records go unless a host has a logger of its own: those of a plugin to its child with the plugin's name.
LOGGER = logging.getLogger("pact_wasm")

_LEVELS = {
    LogLevel.TRACE: TRACE,
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARN: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}


def read_record(raw: Any) -> LogRecord:
    return LogRecord(
        level=LogLevel(raw.level),
        target=text(raw.target),
        message=text(raw.message),
        plugin_name=text(raw.plugin_name),
        plugin_instance_id=text(raw.plugin_instance_id),
        test_run_id=optional_text(raw.test_run_id),
        timestamp_ms=raw.timestamp_ms,
    )


def forward(logger: logging.Logger, raw: Any) -> None:
    """Hands a record to the logger of its plugin, with what it knows as fields of the record there."""
    logger = logger.getChild(text(raw.plugin_name))
    level = _LEVELS[LogLevel(raw.level)]
    if not logger.isEnabledFor(level):
        return
    record = read_record(raw)
    fields = {
        "plugin_name": record.plugin_name,
        "plugin_instance_id": record.plugin_instance_id,
        "target": record.target,
        "test_run_id": record.test_run_id,
        "timestamp_ms": record.timestamp_ms,
    }
    made = logger.makeRecord(logger.name, level, record.target, 0, record.message, (), None, record.target, fields)
    made.created, made.msecs = record.timestamp_ms / 1000, record.timestamp_ms % 1000
    logger.handle(made)
