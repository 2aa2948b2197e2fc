"""docs/pact-python.md, as somebody follows it: its files, its changes to them, and its commands with their output."""

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import INSTALL, PLUGINS

DOCUMENT = Path(__file__).parents[3] / "docs" / "pact-python.md"

#: What differs from run to run, and from machine to machine.
DIFFERENCES = {
    r"\x1b\[\d*m": "",
    r"\b\d+(\.\d+)?m?s\b": "<time>",
    r"\(0x[0-9a-f]+\)": "(<handle>)",
    r"\S+/([a-z]+-\d+\.\d+\.\d+) ": r"<plugins>/\1 ",
}


def blocks() -> list[tuple[str, str, str]]:
    """The language, the file and the text of each block."""
    return re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def change(file: Path, difference: str) -> None:
    """Replaces the lines with a minus by those with a plus."""
    old, new = ("".join(re.findall(rf"^\{sign}(.*\n)", difference, re.MULTILINE)) for sign in "-+")
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def comparable(output: str) -> list[str]:
    for pattern, replacement in DIFFERENCES.items():
        output = re.sub(pattern, replacement, output)
    return [line.rstrip() for line in output.splitlines()]


#: What pytest changes its output for; the document shows it as it is in a terminal of 80 columns.
PYTEST_VARIABLES = {"CI", "BUILD_NUMBER", "COLUMNS", "FORCE_COLOR", "PY_COLORS", "PYTEST_ADDOPTS"}

#: What the commands begin with, and where it is. This Python is the one that has pact-python.
PROGRAMS = {
    "pytest": [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
    "pact-wasm": [str(INSTALL[0])],
}


def run(command: str, directory: Path) -> list[str]:
    program, *arguments = command.split()
    environment = {name: value for name, value in os.environ.items() if name not in PYTEST_VARIABLES}
    done = subprocess.run(
        PROGRAMS[program] + arguments,
        cwd=directory,
        env=environment | {"PACT_PLUGIN_DIR": str(directory / "installed")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return comparable(done.stdout)


def assert_shows(expected: list[str], actual: list[str]) -> None:
    """Whether the lines are there one after the other; an ellipsis stands for any number of lines."""
    text = "\n".join(re.escape(line) if line != "…" else r"(.*\n)*?.*" for line in expected)
    assert re.fullmatch(text, "\n".join(actual)), "\n".join(actual)


def test_walkthrough(tmp_path: Path) -> None:
    for plugin in PLUGINS.iterdir():
        (tmp_path / plugin.name).symlink_to(plugin)
    commands = 0
    for language, file, text in blocks():
        if language == "python":
            (tmp_path / file).write_text(text, "utf-8")
        elif language == "diff":
            change(tmp_path / file, text)
        elif language == "console":
            command, *expected = text.splitlines()
            assert_shows(comparable("\n".join(expected)), run(command.removeprefix("$ "), tmp_path))
            commands += 1
    assert commands == 9
