"""Drives pytest over a suite in a process of its own: firmware that crashes leaves the result alive."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from penctl.errors import PenError
from penctl.qa.cells import Scope, Verdict, judge
from penctl.qa.events import Progress
from penctl.qa.source import read_suite
from penctl.qa.suite import Suite

LOOK_S: Final = 0.1
NEEDS: Final = ("pytest", "pytest_timeout", "hypothesis")
END_S: Final = 2.0
"""After an interrupt pytest gets so long to close its report."""


@dataclass(frozen=True)
class Run:
    """A run of the suite. Files: `junit` from pytest, `log` its output."""

    verdict: Verdict
    progress: Progress
    junit: Path
    log: Path


def check_needs() -> None:
    """Raises PenError when what the runner needs besides penctl is not installed."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise PenError(
            "The runner of the cells needs packages that are not installed",
            ", ".join(missing),
            remedy='Install them with: pip install "penctl[qa]"',
        )


def run_suite(
    suite: Suite,
    interlocks: tuple[str, ...],
    folder: Path,
    *,
    scope: Scope,
    seed: int = 1,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Run:
    """Run the cells in scope and judge them. `tell` is called with what is known, ten times a second.

    Raises:
        PenError: pytest is not installed. KeyboardInterrupt: after pytest has ended, too.
    """
    check_needs()
    written = read_suite(suite.folder)
    progress = Progress()
    events, junit, log = folder / "events.jsonl", folder / "junit.xml", folder / "pytest.log"
    events.touch()
    command = _command(suite, scope, seed, events, junit)
    with log.open("wb") as output, events.open(encoding="utf-8") as lines:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, arguments checked by argparse
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=suite.root,
            env=_env(),
        )
        with _ended(process):
            _follow(process, _Lines(lines.readline), progress, tell)
    events.unlink()
    evidence = progress.evidence(written, process.returncode)
    return Run(judge(interlocks, evidence, scope), progress, junit, log)


def _command(suite: Suite, scope: Scope, seed: int, events: Path, junit: Path) -> list[str]:
    command = [sys.executable, "-m", "pytest", str(suite.folder), "-p", "penctl.qa.plugin"]
    # The checkout's own settings hold, but for its arguments: -x or -k there would leave cells out.
    command += ["--override-ini", "addopts=", "--import-mode=importlib", "--strict-markers", "-ra"]
    command += ["-p", "pytest_timeout", "-p", "no:cacheprovider", "--color=no"]
    # The newer family of JUnit files has no room for the properties of a test.
    command += ["--override-ini", "junit_family=xunit1"]
    command += [
        f"--junitxml={junit.resolve()}",
        "--cell-events",
        str(events.resolve()),
        "--cell-seed",
        str(seed),
    ]
    for interlock in scope.interlocks:
        command += ["--cell-interlock", interlock]
    for kind in scope.kinds:
        command += ["--cell-kind", kind]
    return command


def _env() -> dict[str, str]:
    """This process's, less what would add arguments or plugins: one that repeats or shuffles tests, say."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    }
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens here, the process does not outlive it. Ctrl-C has reached it, too."""
    try:
        yield
    finally:
        if process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                process.wait(END_S)
        if process.poll() is None:
            process.kill()
            process.wait()


class _Lines:
    """Whole lines of a file that another process writes."""

    def __init__(self, readline: Callable[[], str]) -> None:
        self._readline = readline
        self._rest = ""

    def take(self) -> Iterator[str]:
        """The whole lines that have come; a part of one waits for its end."""
        while piece := self._readline():
            self._rest += piece
            if self._rest.endswith("\n"):
                line, self._rest = self._rest, ""
                yield line


def _follow(
    process: subprocess.Popen[bytes], lines: _Lines, progress: Progress, tell: Callable[[Progress], None]
) -> None:
    running = True
    while running:
        try:
            process.wait(LOOK_S)
            running = False
        except subprocess.TimeoutExpired:
            pass
        for line in lines.take():
            progress.take(line)
        tell(progress)
