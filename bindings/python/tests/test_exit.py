"""The end of the interpreter, whatever is under way then: in Pythons of their own."""

import time

import pytest
from conftest import RunPython

#: For clients of mock servers of the plugin "line".
CLIENT = """
import socket
def connect(server): return socket.create_connection((server.address, server.port))
def send(client, word, payload): client.sendall(b"%s %d\\n%s" % (word.encode(), len(payload), payload))
"""

PROGRAMS = {
    "everything open": """
h = host(handlers=[Generator("vin", lambda _: 1)]); p = h.load("delegate"); c = Cancel()
i = h.load("echo").configure_interaction("a/b", {})
print("end")
""",
    "a cycle that only the end breaks": """
class Cycle: pass
cycle = Cycle(); cycle.itself = cycle
cycle.host = host(handlers=[Generator("vin", lambda _: cycle)]); cycle.plugin = cycle.host.load("delegate")
gc.disable(); print("end")
""",
    "a daemon thread in a plugin that loops": """
seen = threading.Event()
def handler(_): seen.set()
p = plugin("delegate", handlers=[Matcher("vin", handler)])
def call(): p.match_field("delegate", "x", 1, 1, path="core/matcher/vin!loop")
threading.Thread(target=call, daemon=True).start()
seen.wait(); print("end")
""",
    "a daemon thread that logs without end": """
import logging
seen = threading.Event()
class Count(logging.Handler):
    def emit(self, record): seen.set()
logging.getLogger("pact_wasm").addHandler(Count())
p = plugin("hostile")
def call():
    while True: p.compare_contents(Body(b"", "x/log"), Body())
threading.Thread(target=call, daemon=True).start()
seen.wait(); print("end")
""",
    "a daemon thread with a switch of its own": """
seen = threading.Event()
p = plugin("delegate", handlers=[Matcher("vin", lambda _: seen.set())])
def call():
    with Cancel() as cancel:
        p.match_field("delegate", "x", 1, 1, path="core/matcher/vin!loop", cancel=cancel, timeout=600)
threading.Thread(target=call, daemon=True).start()
seen.wait(); print("end")
""",
    "daemon threads in handlers that call plugins": """
seen = threading.Event()
def handler(request): seen.set(); return echo.generate_field("echo", "x", 1)
h = host(handlers=[Generator("vin", handler)], limits=Limits(instances=8)); p = h.load("delegate"); echo = h.load("echo")
def call():
    while True: p.generate_field("delegate", "x", path="core/generator/vin")
for _ in range(4): threading.Thread(target=call, daemon=True).start()
seen.wait(); print("end")
""",
    "a call at the very end": """
import atexit
p = plugin("echo")
atexit.register(lambda: print("matches", p.compare_contents(Body(b"x"), Body(b"x")).matches))
print("end")
""",
    "a mock server": """
s = plugin("line").start_mock_server([])
client = connect(s); send(client, "!callback", b"1"); assert client.recv(100) == b"OK 4\\ntrue"
print("end")
""",
    "a mock server that is asked and logs without end": """
import logging
seen = threading.Event()
class Count(logging.Handler):
    def emit(self, record): seen.set()
logging.getLogger("pact_wasm").addHandler(Count()); logging.getLogger("pact_wasm").setLevel(logging.INFO)
s = plugin("line").start_mock_server([])
clients = [connect(s) for _ in range(4)]
for client in clients: client.sendall(b"!log 1\\nx" * 3000)
seen.wait(); print("end")
""",
    "mock servers whose handlers call plugins": """
seen = threading.Event()
def handler(request): seen.set(); echo.generate_field("echo", "x", 1)
h = host(handlers=[Matcher("regex", handler)]); p = h.load("line"); echo = h.load("echo")
servers = [p.start_mock_server([]) for _ in range(4)]
clients = [connect(s) for s in servers]
for client in clients: client.sendall(b"!callback 1\\n1" * 3000)
seen.wait(); print("end")
""",
    "a mock server of the generic call": """
seen = threading.Event()
p = plugin("line", handlers=[Matcher("regex", lambda _: seen.set())])
s = p.call("start-mock-server", {"interactions": []})
client = socket.create_connection((s["address"], s["port"])); client.sendall(b"!callback 1\\n1" * 3000)
seen.wait(); print("end")
""",
    "a mock server that loops": """
s = plugin("line").start_mock_server([])
client = connect(s); send(client, "!loop", b"")
print("end")
""",
    "a mock server that only the end frees": """
class Cycle: pass
cycle = Cycle(); cycle.itself = cycle
cycle.server = plugin("line").start_mock_server([])
client = connect(cycle.server); send(client, "!sleep", b"")
gc.disable(); del cycle; print("end")
""",
    "daemon threads that ask for results": """
inside, never = threading.Event(), threading.Event()
s = plugin("line").start_mock_server([])
def ask():
    inside.set()
    while True: s.results(timeout=600)
for _ in range(4): threading.Thread(target=ask, daemon=True).start()
inside.wait(); print("end")
""",
    "daemon threads that start servers": """
started = threading.Event()
p = plugin("line")
def start():
    servers = []
    while True:
        servers.append(p.start_mock_server([])); started.set()
        if len(servers) > 20: servers.clear()
for _ in range(2): threading.Thread(target=start, daemon=True).start()
started.wait(); print("end")
""",
    "a mock server and a fork": """
import warnings
warnings.simplefilter("ignore") # newer Pythons warn where a process with threads forks
s = plugin("line").start_mock_server([])
if os.fork() == 0:
    t = plugin("line").start_mock_server([])
    client = connect(t); send(client, "!callback", b"1"); assert client.recv(100) == b"OK 4\\ntrue"
    sys.exit(0)
assert os.wait()[1] == 0
client = connect(s); send(client, "!callback", b"1"); assert client.recv(100) == b"OK 4\\ntrue"
print("end")
""",
    "after a fork": """
import warnings
warnings.simplefilter("ignore") # newer Pythons warn where a process with threads forks
p = plugin("hostile")
if os.fork() == 0:
    p.close(); q = plugin("hostile")
    assert q.compare_contents(Body(b"", "x/fine"), Body())
    sys.exit(0)
assert os.wait()[1] == 0
print("end")
""",
}


@pytest.mark.parametrize("what", PROGRAMS)
@pytest.mark.parametrize("_", range(3))
def test_exit(what: str, _: int, run_python: RunPython) -> None:
    done = run_python(CLIENT + PROGRAMS[what], timeout=25)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("end")
    assert done.stderr == ""


SLOW = """
import time
seen, s = threading.Event(), None
def handler(_):
    seen.set(); time.sleep({0})
p = plugin("line", handlers=[Matcher("regex", handler)])
s = p.start_mock_server([])
client = connect(s); send(client, "!callback", b"1")
seen.wait(); print("end", time.time(), flush=True)
"""


@pytest.mark.parametrize(("handler", "least", "most"), [(0, 0, 1), (0.5, 0.3, 2), (2.5, 2, 4)])
def test_how_long_the_end_waits_for_a_servers_handler(handler: float, least: float, most: float, run_python: RunPython) -> None:
    """Until it has returned: Python must not be gone then."""
    done = run_python(CLIENT + SLOW.format(handler), timeout=25)
    gone = time.time()
    assert (done.returncode, done.stderr) == (0, "")
    word, end = done.stdout.split()
    assert word == "end"
    assert least <= gone - float(end) < most


def test_a_servers_handler_that_never_returns(run_python: RunPython) -> None:
    program = """
seen, never = threading.Event(), threading.Event()
pact_wasm._running.PATIENCE = 0.2
s = plugin("line", handlers=[Matcher("regex", lambda _: (seen.set(), never.wait()) and None)]).start_mock_server([])
client = connect(s); send(client, "!callback", b"1")
seen.wait(); print("end")
"""
    done = run_python(CLIENT + program, timeout=25)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_crashes_and_faulthandler(run_python: RunPython) -> None:
    """Unless it is asked for, there is no signal handler that faulthandler could take the place of."""
    done = run_python(
        """
import faulthandler
p = plugin("hostile")
faulthandler.enable()
for how in ("x/trap", "x/recurse"):
    try: p.compare_contents(Body(b"", how), Body())
    except (PluginCrashed, StackLimitExceeded): pass
print("end")
"""
    )
    assert (done.returncode, done.stdout) == (0, "end\n")
    # What the plugin printed is there, as a log record.
    assert "the guest panics" in done.stderr
    assert "Fatal Python error" not in done.stderr


def test_a_handler_that_never_returns(run_python: RunPython) -> None:
    """The end does not wait for it without end."""
    done = run_python(
        """
seen, never = threading.Event(), threading.Event()
pact_wasm._running.PATIENCE = 0.2
p = plugin("delegate", handlers=[Matcher("vin", lambda _: (seen.set(), never.wait()) and None)])
threading.Thread(target=lambda: p.match_field("delegate", "x", 1, 1, path="core/matcher/vin"), daemon=True).start()
seen.wait(); print("end")
""",
        timeout=25,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
