"""The end of the interpreter, whatever is under way then: in Pythons of their own."""

import pytest
from conftest import RunPython

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
    done = run_python(PROGRAMS[what], timeout=25)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("end")
    assert done.stderr == ""


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
