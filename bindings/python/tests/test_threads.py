"""Many threads, with the interpreter lock released, and garbage collected all the time."""

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import MakeHost

from pact_wasm import Body, Cancel, Cancelled, FieldValue, GenerateFieldRequest, Generator, Limits, Matcher

THREADS = 16


def in_threads(work: Callable[[int], None], count: int = THREADS) -> None:
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


def test_calls_run_at_the_same_time(make_host: MakeHost) -> None:
    """Each handler waits until all of them are inside of a call."""
    barrier = threading.Barrier(THREADS)

    def handler(request: GenerateFieldRequest) -> FieldValue:
        barrier.wait(60)
        return request.example

    delegate = make_host(handlers=[Generator("vin", handler)], limits=Limits(instances=THREADS)).load("delegate")

    def work(number: int) -> None:
        for turn in range(20):
            value = f"thread {number}, turn {turn}"
            assert delegate.generate_field("delegate", "x", value, path="core/generator/vin") == value

    in_threads(work)


def test_a_call_does_not_keep_the_interpreter_lock(make_host: MakeHost) -> None:
    """The plugin loops until its deadline, but for this thread, which can stop it meanwhile."""
    inside = threading.Event()
    delegate = make_host(handlers=[Matcher("vin", lambda _: inside.set())]).load("delegate")

    def work(_: int) -> None:
        with pytest.raises(Cancelled):
            delegate.match_field("delegate", "x", 1, 1, path="core/matcher/vin!loop", cancel=cancel, timeout=10)

    def stop(_: int) -> None:
        assert inside.wait(30)
        cancel.trigger()

    with Cancel() as cancel:
        in_threads(lambda number: (work, stop)[number](number), 2)


def test_values_stay_apart(make_host: MakeHost) -> None:
    """All kinds of calls at once, while garbage is collected in one thread and in handlers."""
    done = threading.Event()

    def collect() -> None:
        while not done.is_set():
            gc.collect()

    def handler(request: Any) -> Any:
        gc.collect(0)
        return request.example

    host = make_host(handlers=[Generator("vin", handler), Matcher("vin", lambda _: [])], limits=Limits(timeout=600))
    echo, delegate = host.load("echo"), host.load("delegate")

    def work(number: int) -> None:
        for turn in range(40):
            value = f"thread {number}, turn {turn}"
            body = Body(value.encode() * 100, "a/b")
            assert echo.compare_contents(body, Body(bytearray(body.content), "a/b"))
            assert echo.compare_contents(body, Body(b"", "a/b")).mismatches[0].expected == body.content
            assert echo.generate_content(body) == body
            assert echo.configure_interaction("a/b", {"a": value}).parts[0].body.content == f'{{"a":"{value}"}}'.encode()
            assert delegate.generate_field("delegate", "x", [value], path="core/generator/vin") == [value]
            assert delegate.match_field("delegate", "x", value, value, path="core/matcher/vin")

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        in_threads(work)
    finally:
        done.set()
        collector.join()


def test_hosts_in_many_threads(make_host: MakeHost) -> None:
    def work(number: int) -> None:
        with make_host(handlers=[Generator("vin", lambda _: number)]) as host, host.load("delegate") as delegate:
            for _ in range(10):
                assert delegate.generate_field("delegate", "x", path="core/generator/vin") == number

    in_threads(work)
