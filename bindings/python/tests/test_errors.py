"""Every error code that can be reached, with its class and all that it tells."""

import inspect
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PLUGINS, MakeHost

import pact_wasm
from pact_wasm import Body, Cancel, ErrorCode, Generator, Limits, PactWasmError, Plugin, _declarations, errors

Provoke = Callable[[MakeHost, Path], None]

DEFAULTS = Limits()


def misbehave(plugin: Plugin, how: str, **options: Any) -> None:
    plugin.compare_contents(Body(b"", f"x/{how}"), Body(b""), **options)


def hostile(make_host: MakeHost, how: str, limits: Limits = DEFAULTS, **options: Any) -> None:
    plugin = make_host(limits=limits).load("hostile")
    try:
        misbehave(plugin, how, **options)
    finally:
        misbehave(plugin, "fine")


def make_plugin(directory: Path, component: bytes | None, **manifest: Any) -> Path:
    usual = {"name": "h", "version": "1.2.3", "executableType": "wasm", "entryPoint": "p.wasm", "pluginInterfaceVersion": 2}
    (directory / "pact-plugin.json").write_text(json.dumps({"manifestVersion": 1, **usual, **manifest}))
    if component is not None:
        (directory / "p.wasm").write_bytes(component)
    return directory


def busy(make_host: MakeHost, _: Path) -> None:
    raised = []

    def ask_back(request: Any) -> None:
        try:
            delegate.generate_field("delegate", "x", path="core/generator/vin")
        except PactWasmError as error:
            raised.append(error)

    host = make_host(limits=Limits(instances=1), handlers=[Generator("vin", ask_back)])
    delegate = host.load("delegate")
    assert delegate.generate_field("delegate", "x", path="core/generator/vin") is None
    raise raised[0]


def forked(make_host: MakeHost, tmp_path: Path) -> None:
    plugin = make_host().load("echo")
    answer = tmp_path / "error"
    child = os.fork()
    if child == 0:
        try:
            plugin.logs()
        except PactWasmError as error:
            answer.write_bytes(pickle.dumps(error))
        os._exit(0)
    os.waitpid(child, 0)
    assert plugin.info.name == "echo"
    raise pickle.loads(answer.read_bytes())


def incompatible(make_host: MakeHost, tmp_path: Path) -> None:
    component = (PLUGINS / "hostile-1.0.0" / "hostile.wasm").read_bytes()
    make_host().load_directory(make_plugin(tmp_path, component, pluginConfig={"init": "missing-capabilities"}))


def io(make_host: MakeHost, tmp_path: Path) -> None:
    (tmp_path / "p.wasm").mkdir()
    make_host().load_directory(make_plugin(tmp_path, None))


def cancelled(make_host: MakeHost, _: Path) -> None:
    with Cancel() as cancel:
        cancel.trigger()
        hostile(make_host, "loop", cancel=cancel)


HOSTILE = ("hostile", "1.0.0", "compare-contents")

#: How to provoke a code, what its text contains, plugin's name, version and operation, and whether there is a backtrace.
PROVOCATIONS: dict[str, tuple[Provoke, str, tuple[str | None, str | None, str | None], bool]] = {
    "INVALID_ARGUMENT": (lambda make, _: make(limits=Limits(instances=0)), '"value"', (None, None, None), False),
    "NOT_FOUND": (lambda make, _: make().load("jvt"), 'no plugin "jvt"', (None, None, None), False),
    "BUSY": (busy, "busy with the call", ("delegate", "1.0.0", "generate-field"), False),
    "FORKED": (forked, "before the process forked", (None, None, None), False),
    "UNSUPPORTED": (
        lambda make, _: misbehave(make().load("minimal"), "fine"),
        "does not export content-matcher",
        ("minimal", "1.0.0", "compare-contents"),
        False,
    ),
    "WRONG_STATE": (
        lambda make, _: misbehave(make().load("hostile", init=False), "fine"),
        "not initialised",
        HOSTILE,
        False,
    ),
    "INCOMPATIBLE": (incompatible, "matcher/telepathy, interaction/seance", ("h", "1.2.3", "init"), False),
    "MANIFEST_INVALID": (
        lambda make, path: make().load_directory(make_plugin(path, None, pluginConfig=3)),
        'field "pluginConfig" is 3',
        (None, None, None),
        False,
    ),
    "COMPONENT_INVALID": (
        lambda make, path: make().load_directory(make_plugin(path, b"This is no plugin.")),
        "not a WebAssembly component",
        ("h", "1.2.3", None),
        False,
    ),
    "PERMISSION": (
        lambda make, _: make().load("line").start_mock_server([], host_interface="0.0.0.0"),
        "the sandbox had refused it to listen on 0.0.0.0:",
        ("line", "1.0.0", "start-mock-server"),
        False,
    ),
    "IO": (io, "p.wasm: cannot be read", ("h", "1.2.3", None), False),
    "PLUGIN": (lambda make, _: hostile(make, "error"), "the plugin answered: the guest says no", HOSTILE, False),
    "TRAP": (lambda make, _: hostile(make, "trap"), "the plugin crashed", HOSTILE, True),
    "DEADLINE": (lambda make, _: hostile(make, "loop", timeout=0.1), "within the deadline of 100 ms", HOSTILE, True),
    "CANCELLED": (cancelled, "cancelled by the caller", HOSTILE, False),
    "MEMORY_LIMIT": (lambda make, _: hostile(make, "alloc", Limits(memory=1 << 25)), "the limit is 33554432", HOSTILE, True),
    "HOST_CALL_LIMIT": (
        lambda make, _: hostile(make, "huge-result", Limits(memory=1 << 30)),
        "more than 134217728 bytes",
        HOSTILE,
        False,
    ),
    "STACK_LIMIT": (lambda make, _: hostile(make, "recurse", Limits(stack=1 << 16)), "stack of 65536 bytes", HOSTILE, True),
    "RESOURCE_LIMIT": (
        lambda make, _: make(limits=Limits(table_elements=1)).load("hostile"),
        "the limit is 1",
        ("hostile", "1.0.0", "init"),
        False,
    ),
    "CYCLE": (
        lambda make, _: make().load("delegate").match_field("delegate", "x", 1, 1, path="plugin/delegate/matcher/delegate"),
        "match-field of delegate → match-field (plugin/delegate/matcher/delegate)",
        ("delegate", "1.0.0", "match-field"),
        True,
    ),
    "INVALID_RESPONSE": (
        lambda make, _: make().load("hostile").configure_interaction("x/bad-json", {}),
        "the answer's rules is not valid",
        ("hostile", "1.0.0", "configure-interaction"),
        False,
    ),
}

#: Codes that no call of the library can be made to give from outside.
UNREACHABLE = {
    "AMBIGUOUS": "reaches plugins only, as the text of their error",
    "COMPILE_FAILED": "the compiler takes every component that is valid",
    "INTERNAL": "would be a fault of the library",
}


@pytest.mark.parametrize("name", PROVOCATIONS)
def test_error(name: str, make_host: MakeHost, tmp_path: Path) -> None:
    provoke, part, about, has_backtrace = PROVOCATIONS[name]
    with pytest.raises(PactWasmError) as raised:
        provoke(make_host, tmp_path)
    error = raised.value
    assert type(error) is errors.BY_CODE[ErrorCode[name]]
    assert error.code is ErrorCode[name]
    assert part in error.message
    assert str(error) == error.message
    assert (error.plugin_name, error.plugin_version, error.operation) == about
    assert (error.backtrace is not None) == has_backtrace
    if has_backtrace:
        assert f"{error.plugin_name}.wasm!" in error.backtrace


def test_every_code_is_known() -> None:
    constants = {name: value for name, value in vars(_declarations).items() if name.startswith("PACTWASM_ERROR_")}
    assert constants == {f"PACTWASM_ERROR_{code.name}": code.value for code in ErrorCode}
    assert {code.name for code in ErrorCode} == PROVOCATIONS.keys() | UNREACHABLE.keys()
    assert not PROVOCATIONS.keys() & UNREACHABLE.keys()
    assert set(errors.BY_CODE) == set(ErrorCode)
    for kind in errors.BY_CODE.values():
        assert inspect.getdoc(kind)
        assert getattr(pact_wasm, kind.__name__) is kind


def test_builtin_bases() -> None:
    assert issubclass(pact_wasm.DeadlineExceeded, TimeoutError)
    assert issubclass(pact_wasm.InvalidArgument, ValueError)
    assert issubclass(pact_wasm.NotFound, LookupError)
    assert issubclass(pact_wasm.FileError, OSError)


@pytest.mark.parametrize("kind", errors.BY_CODE.values())
def test_errors_can_be_pickled(kind: type[PactWasmError]) -> None:
    error = pickle.loads(pickle.dumps(kind("text", "jwt", "0.1.0", "init", "trace")))
    assert type(error) is kind
    assert str(error) == error.message == "text"
    assert (error.plugin_name, error.plugin_version, error.operation, error.backtrace) == ("jwt", "0.1.0", "init", "trace")


def test_a_failed_init_unloads_the_plugin(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host()
    shutil.copytree(PLUGINS / "hostile-1.0.0", tmp_path, dirs_exist_ok=True)
    make_plugin(tmp_path, (PLUGINS / "hostile-1.0.0" / "hostile.wasm").read_bytes(), pluginConfig={"init": "fail"})
    with pytest.raises(pact_wasm.PluginError, match="refuses to start"):
        host.load_directory(tmp_path)
    with host.load_directory(tmp_path, init=False) as plugin:
        with pytest.raises(pact_wasm.PluginError, match="refuses to start"):
            plugin.init()
        assert plugin.catalogue() == []
