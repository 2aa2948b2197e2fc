"""What becomes of the bridges, which are processes of their own, when programs that use them end."""

import json
import shutil
import sys
import threading
from pathlib import Path
from textwrap import dedent

import pytest
from pact import Pact

from conftest import INSTALLED
from http_sides import send
from processes import MARK, program, wait_for_end

#: In seconds; what the bridge promises.
AT_MOST = 1

LOAD = """
import os, signal, sys
from pact import Pact

def load(*plugins):
    pact = Pact("web", "shop")
    for plugin in plugins:
        pact.using_plugin(plugin, delay=0)
    return pact

def wait():
    print("ready", flush=True)
    while True:
        signal.pause()
"""

#: Programs that wait to be killed, with the number of their bridges.
KILLED = {
    "a plugin that is loaded": (1, "pact = load('csv'); wait()"),
    "several plugins": (3, "pact = load('csv', 'jwt', 'creditcard'); wait()"),
    "an interaction": (
        1,
        """
        pact = load('csv')
        pact.upon_receiving('x').with_request('POST', '/').with_plugin_contents({'column:a': 'b'}, 'text/csv')
        wait()
        """,
    ),
    "a mock server of a plugin": (
        1,
        """
        pact = load('jsonrpc')
        contents = {'request': {'method': 'now'}, 'response': {'result': 1}}
        pact.upon_receiving('x', 'Sync').with_plugin_contents(contents, 'application/jsonrpc')
        with pact.serve(transport='jsonrpc'):
            wait()
        """,
    ),
    "a child that lives on, with all file descriptors": (
        1,
        """
        pact = load('csv')
        if os.fork():
            wait()
        else:
            # Until the test is over: then the other end of its standard input is closed.
            sys.stdin.read()
            os._exit(0)
        """,
    ),
}


@pytest.mark.parametrize("what", KILLED)
def test_a_program_that_is_killed(what: str) -> None:
    """Nobody tells the bridge."""
    expected, source = KILLED[what]
    with program(LOAD + dedent(source)) as running:
        assert running.line() == "ready"
        started = running.bridges()
        assert len(started) == expected
        running.process.kill()
        assert wait_for_end(started, AT_MOST) == set()


def test_a_program_that_is_killed_while_launchers_live_on(tmp_path: Path) -> None:
    """The bridge's parent is a program that waits for it, and a child of the framework's holds the pipes."""
    plugin = Path(shutil.copytree(INSTALLED / "csv-0.1.0", tmp_path / "csv-0.1.0"))
    manifest = json.loads((plugin / "pact-plugin.json").read_text("utf-8"))
    launcher = plugin / "launcher"
    call = f"subprocess.call([{manifest['entryPoint']!r}, *sys.argv[1:]])"
    launcher.write_text(f"#!{sys.executable}\nimport subprocess, sys\nsys.exit({call})\n", "utf-8")
    launcher.chmod(0o755)
    (plugin / "pact-plugin.json").write_text(json.dumps(manifest | {"entryPoint": str(launcher)}), "utf-8")

    _, source = KILLED["a child that lives on, with all file descriptors"]
    with program(LOAD + dedent(source), PACT_PLUGIN_DIR=str(tmp_path)) as running:
        assert running.line() == "ready"
        started = running.bridges()
        assert len(started) == 1
        running.process.kill()
        assert wait_for_end(started, AT_MOST) == set()


@pytest.mark.parametrize("end", ["sys.exit(3)", "os._exit(3)"])
def test_a_program_that_ends(end: str) -> None:
    """With and without a chance to clean up."""
    with program(LOAD + f"pact = load('csv', 'jwt'); print('ready', flush=True); sys.stdin.read(); {end}") as running:
        assert running.line() == "ready"
        started = running.bridges()
        assert len(started) == 2
        running.process.communicate("")
        assert running.process.returncode == 3
        assert wait_for_end(started, AT_MOST) == set()


def test_many_loads() -> None:
    """Each Pact loads the plugin anew, because the one before has been freed by then."""
    source = """
    from processes import bridges
    seen = set()
    for i in range(50):
        pact = load('csv')
        pact.upon_receiving('x').with_request('POST', '/').with_plugin_contents({'column:a': str(i)}, 'text/csv')
        seen |= bridges(os.environ['MARK'])
        del pact
    print(len(seen), flush=True)
    """.replace("MARK", MARK)
    with program(LOAD + dedent(source)) as running:
        assert running.line() == "50"
        assert running.process.wait() == 0
        assert wait_for_end(running.bridges(), AT_MOST) == set()


def test_a_plugin_that_is_loaded_in_a_thread_outlives_the_thread() -> None:
    pact = Pact("web", "shop")

    def load() -> None:
        pact.using_plugin("csv", delay=0)

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    interaction = pact.upon_receiving("x").with_request("POST", "/").with_plugin_contents({"column:a": "b"}, "text/csv")
    interaction.will_respond_with(201)
    with pact.serve() as server:
        assert send(server.url, "POST", b"a\nb\n", "text/csv").status == 201
