"""Timeouts and switches stop plugins that do not stop by themselves."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Load, MakeHost
from line import interaction

from pact_wasm import Body, Cancel, Cancelled, DeadlineExceeded, InteractionData, Limits, Matcher, Plugin


def misbehave(plugin: Plugin, how: str, **options: Any) -> Any:
    return plugin.compare_contents(Body(b"", f"x/{how}"), Body(b"3600000"), **options)


@pytest.mark.parametrize("how", ["loop", "sleep", "spin-ms"])
@pytest.mark.parametrize("signal_handlers", [False, True])
def test_timeout(how: str, signal_handlers: bool, load: Load) -> None:
    hostile = load("hostile", signal_handlers=signal_handlers)
    start = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="deadline of 100 ms") as raised:
        misbehave(hostile, how, timeout=0.1)
    assert 0.099 <= time.monotonic() - start < 10
    assert isinstance(raised.value, TimeoutError)
    assert misbehave(hostile, "fine")


def test_timeout_of_the_host(load: Load) -> None:
    hostile = load("hostile", limits=Limits(timeout=0.15))
    with pytest.raises(DeadlineExceeded, match="deadline of 150 ms"):
        misbehave(hostile, "loop")
    with pytest.raises(DeadlineExceeded, match="deadline of 50 ms"):
        misbehave(hostile, "loop", timeout=0.05)


OPERATIONS: list[Callable[..., Any]] = [
    lambda plugin, **options: plugin.init(**options),
    lambda plugin, **options: plugin.update_catalogue([], **options),
    lambda plugin, **options: plugin.configure_interaction("a/b", {}, **options),
    lambda plugin, **options: plugin.compare_contents(Body(), Body(), **options),
    lambda plugin, **options: plugin.generate_content(Body(), **options),
    lambda plugin, **options: plugin.match_field("echo", "x", 1, 1, **options),
    lambda plugin, **options: plugin.generate_field("echo", "x", **options),
    lambda plugin, **options: plugin.start_mock_server([], **options),
    lambda plugin, **options: plugin.prepare_interaction(interaction("x"), **options),
    lambda plugin, **options: plugin.verify_interaction(interaction("x"), InteractionData(), **options),
    lambda plugin, **options: plugin.call("configure-interaction", {"contentType": "a/b", "contentsConfig": {}}, **options),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_the_options(operation: Callable[..., Any], make_host: MakeHost) -> None:
    echo = make_host().load("echo", init=operation is not OPERATIONS[0])
    with Cancel() as cancel:
        cancel.trigger()
        with pytest.raises(Cancelled):
            operation(echo, cancel=cancel, timeout=20, test_run_id="x")
    with pytest.raises(ValueError, match="positive number of seconds"):
        operation(echo, timeout=0)


def test_cancel(load: Load) -> None:
    """A switch stops two plugins, one in each thread, once both have said that they run."""
    both = threading.Barrier(3)
    ended: list[type[BaseException]] = []

    def work(plugin: Plugin) -> None:
        try:
            plugin.match_field("delegate", "x", 1, 1, path="core/matcher/vin!loop", cancel=cancel, timeout=600)
        except Cancelled as error:
            ended.append(type(error))

    def wait(_: Any) -> None:
        both.wait(30)

    plugins = [load("delegate", handlers=[Matcher("vin", wait)]) for _ in range(2)]
    with Cancel() as cancel:
        threads = [threading.Thread(target=work, args=(plugin,)) for plugin in plugins]
        for thread in threads:
            thread.start()
        both.wait(30)
        cancel.trigger()
        for thread in threads:
            thread.join(30)
    assert ended == [Cancelled, Cancelled]
    for plugin in plugins:
        assert plugin.generate_field("delegate", "Uuid", path="core/generator/Uuid")


@pytest.mark.parametrize("timeout", [-1, 0, -0.0, float("nan"), float("inf"), float("-inf")])
def test_timeouts_that_are_none(timeout: float, load: Load) -> None:
    with pytest.raises(ValueError, match="a timeout has to be a positive number of seconds"):
        misbehave(load("hostile"), "fine", timeout=timeout)


def test_timeouts_of_another_type(load: Load) -> None:
    hostile = load("hostile")
    for timeout in ("1", b"1", [], object()):
        with pytest.raises(TypeError):
            misbehave(hostile, "fine", timeout=timeout)


def test_rounding(load: Load) -> None:
    hostile = load("hostile")
    for timeout, text in ((0.0001, "1 ms"), (0.0119, "12 ms")):
        with pytest.raises(DeadlineExceeded, match=f"deadline of {text}"):
            misbehave(hostile, "loop", timeout=timeout)
    with pytest.raises(ValueError, match="86400000"):
        misbehave(hostile, "fine", timeout=86401)
    assert misbehave(hostile, "fine", timeout=86400)
