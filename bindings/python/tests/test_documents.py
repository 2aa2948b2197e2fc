"""The programs that users copy: the README's and the examples."""

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import CACHE, PLUGINS, REPOSITORY

README = (REPOSITORY / "bindings" / "python" / "README.md").read_text("utf-8")
EXAMPLE = REPOSITORY / "examples" / "python"


def run_pytest(directory: Path, *files: Path) -> str:
    """Runs tests as their user would, with plugins and cache where they are installed."""
    environment = {**os.environ, "PACT_PLUGIN_DIR": str(PLUGINS), "XDG_CACHE_HOME": str(CACHE / "xdg")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", directory, *files],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def programs() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_readme(tmp_path: Path) -> None:
    first = programs()[0]
    assert 15 <= len(first.splitlines()) <= 30
    (tmp_path / "test_readme.py").write_text(first)
    assert "1 passed" in run_pytest(tmp_path, tmp_path / "test_readme.py")


def test_tour_of_the_readme(tmp_path: Path) -> None:
    """The shorter pieces belong together: they run one after the other, as one program."""
    tour = "\n".join(programs()[1:])
    assert tour.count("\n") > 40
    environment = {**os.environ, "PACT_PLUGIN_DIR": str(PLUGINS), "XDG_CACHE_HOME": str(CACHE / "xdg")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", tour], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_examples(tmp_path: Path) -> None:
    for file in EXAMPLE.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert "5 passed" in run_pytest(tmp_path)
