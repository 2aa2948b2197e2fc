"""Grants: what a plugin may do outside of its sandbox is what both its manifest and the host say."""

import json
from pathlib import Path
from typing import Any

import line
import pytest
from conftest import PLUGINS, MakeHost
from line import ask, interaction

from pact_wasm import (
    Body,
    Grant,
    Host,
    InvalidArgument,
    Permission,
    PermissionDenied,
    Plugin,
    PluginError,
)

LOAD = interaction("load", b"", b"loaded")


def install(directory: Path, name: str, permissions: dict[str, Any]) -> Path:
    """A copy of a plugin whose manifest asks for these."""
    directory.mkdir()
    (original,) = PLUGINS.glob(f"{name}-*")
    manifest = json.loads((original / "pact-plugin.json").read_text())
    manifest["pluginConfig"] = {"permissions": permissions}
    (directory / "pact-plugin.json").write_text(json.dumps(manifest))
    (directory / f"{name}.wasm").write_bytes((original / f"{name}.wasm").read_bytes())
    return directory


def probe(plugin: Plugin, *probes: dict[str, Any]) -> list[Any]:
    """What came of it, from the plugin "intruder", which always answers with an error."""
    with pytest.raises((PluginError, PermissionDenied)) as raised:
        plugin.compare_contents(Body(b"", "application/x-probes"), Body(json.dumps(probes).encode(), "application/x-probes"))
    text = raised.value.message
    results: list[Any]
    results, _ = json.JSONDecoder().raw_decode(text, text.index("["))
    return results


@pytest.mark.parametrize("rule", ["localhost", "127.0.0.1", "127.0.0.0/8:1024-65535", "*"])
@pytest.mark.parametrize("name", [None, "line"])
def test_connecting(rule: str, name: str | None, make_host: MakeHost) -> None:
    plugin = make_host(grants=[Grant(Permission.CONNECT, rule, name)]).load("line")
    with line.provider("OK", b"loaded") as (config, _):
        assert plugin.verify_interaction(LOAD, plugin.prepare_interaction(LOAD), config=config)


@pytest.mark.parametrize(
    "grants",
    [
        [],
        [Grant(Permission.CONNECT, "localhost", "jwt")],
        [Grant(Permission.LISTEN, "localhost")],
        [Grant(Permission.CONNECT, "10.0.0.0/8"), Grant(Permission.CONNECT, "[::1]"), Grant(Permission.CONNECT, "127.0.0.1:1")],
    ],
)
def test_what_is_not_granted(grants: list[Grant], make_host: MakeHost) -> None:
    plugin = make_host(grants=grants).load("line")
    data = plugin.prepare_interaction(LOAD)
    with line.provider("OK", b"loaded") as (config, sent), pytest.raises(PermissionDenied) as raised:
        plugin.verify_interaction(LOAD, data, config=config)
    assert f"refused it to connect to 127.0.0.1:{config['port']}" in raised.value.message
    assert sent == []


def test_listening(make_host: MakeHost, tmp_path: Path) -> None:
    """Loopback is for everybody; beyond it goes what is asked for and granted."""
    asks = install(tmp_path / "line", "line", {"optional": {"listen": ["0.0.0.0"]}})
    granted, refused = make_host(grants=[Grant(Permission.LISTEN, "0.0.0.0:*", "line")]), make_host()
    for host, plugin in ((granted, granted.load("line")), (refused, refused.load_directory(asks))):
        with pytest.raises(PermissionDenied, match=r"refused it to listen on 0\.0\.0\.0:") as raised:
            plugin.start_mock_server([LOAD], host_interface="0.0.0.0")
        assert raised.value.operation == "start-mock-server"
        with plugin.start_mock_server([LOAD]) as server:
            assert ask(server, "load") == ("OK", b"loaded")
        plugin.close()
        assert not any(entry.plugin_name for entry in host.catalogue())
    with granted.load_directory(asks).start_mock_server([LOAD], host_interface="0.0.0.0") as server:
        assert ask(server, "load") == ("OK", b"loaded")


def test_plugins_that_ask_for_more_do_not_load(make_host: MakeHost, tmp_path: Path) -> None:
    wants = {"connect": ["api.example.com:443"], "environment": ["HOME"], "directories": [{"path": "/tmp", "access": "read"}]}
    asks = install(tmp_path / "line", "line", wants)
    with pytest.raises(PermissionDenied) as raised:
        make_host(grants=[Grant(Permission.ENVIRONMENT, "HOME")]).load_directory(asks)
    assert "does not grant: connect to api.example.com:443, read /tmp;" in raised.value.message
    grants = [
        Grant(Permission.ENVIRONMENT, "HOME"),
        Grant(Permission.CONNECT, "api.example.com:443"),
        Grant(Permission.READ, Path("/tmp")),
    ]
    assert make_host(grants=iter(grants)).load_directory(asks).info.name == "line"


def test_files_and_variables(make_host: MakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACT_WASM_TEST_GRANTED", "grüß dich")
    read, write = tmp_path / "read", tmp_path / "write"
    for directory in (read, write):
        directory.mkdir()
        (directory / "file").write_text("text")
    wants = {
        "directories": [{"path": str(read), "access": "read"}, {"path": str(write), "access": "read-write"}],
        "environment": ["PACT_WASM_TEST_GRANTED", "HOME"],
    }
    probes = [
        {"do": "env"},
        *({"do": "read", "path": str(directory / "file")} for directory in (read, write)),
        *({"do": "write", "path": str(directory / "new"), "text": "new"} for directory in (read, write)),
    ]
    grants = [
        Grant(Permission.READ, str(read), "intruder"),
        Grant(Permission.READ_WRITE, write, "intruder"),
        Grant(Permission.ENVIRONMENT, "PACT_WASM_TEST_GRANTED"),
    ]
    asks = install(tmp_path / "intruder", "intruder", {"optional": wants})
    with make_host(grants=grants) as host, host.load_directory(asks) as plugin:
        variables, *files = probe(plugin, *probes)
    assert variables == {"ok": {"PACT_WASM_TEST_GRANTED": "grüß dich"}}
    assert files[:2] == [{"ok": "text"}, {"ok": "text"}]
    assert "error" in files[2]
    assert files[3] == {"ok": True}
    assert (write / "new").read_text() == "new"
    assert not (read / "new").exists()
    # Neither says enough alone.
    for half in (make_host(grants=grants).load("intruder"), make_host().load_directory(asks)):
        variables, *files = probe(half, *probes)
        assert variables == {"ok": {}}
        assert all("error" in result for result in files)


@pytest.mark.parametrize(
    ("permission", "value", "kind", "part"),
    [
        (Permission.CONNECT, "a b", InvalidArgument, "its host must be"),
        (Permission.LISTEN, "127.0.0.1:70000", InvalidArgument, "70000"),
        (Permission.CONNECT, "", InvalidArgument, '"value"'),
        (Permission.READ, "relative", InvalidArgument, "not an absolute path"),
        (Permission.ENVIRONMENT, "", InvalidArgument, "is empty"),
        (9, "*", ValueError, "9 is not a valid Permission"),
        (Permission.ENVIRONMENT, None, TypeError, "not NoneType"),
        (Permission.ENVIRONMENT, "\udcff", UnicodeEncodeError, "surrogates"),
    ],
)
def test_wrong_grants(permission: Any, value: Any, kind: type[Exception], part: str) -> None:
    with pytest.raises(kind, match=part):
        Host(grants=[Grant(permission, value)])
