"""Drives pytest over a suite in processes of their own: firmware that crashes leaves the result alive."""

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
from penctl.qa.junit import join
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
    processes: int = 1,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Run:
    """Run the cells in scope and judge them. `tell` is called with what is known, ten times a second.

    The files of the suite are shared out among so many processes.

    Raises:
        PenError: pytest is not installed. KeyboardInterrupt: after pytest has ended, too.
    """
    check_needs()
    written = read_suite(suite.folder)
    progress = Progress()
    parts = [_Part(folder, number, files) for number, files in enumerate(share_out(suite.folder, processes))]
    try:
        with contextlib.ExitStack() as stack:
            for part in parts:
                part.start(_command(part, scope, seed), suite.root, stack)
            _follow(parts, progress, tell)
    finally:
        log = _one_log(folder, parts)
    junit = folder / "junit.xml"
    join([part.junit for part in parts], junit)
    evidence = progress.evidence(written, [part.status for part in parts])
    return Run(judge(interlocks, evidence, scope), progress, junit, log)


def share_out(folder: Path, processes: int) -> list[list[Path]]:
    """The files of tests in so many parts of like size, or in fewer where there are fewer files."""
    files = sorted(folder.rglob("test_*.py"), key=lambda path: (-path.stat().st_size, path))
    parts: list[list[Path]] = [[] for _ in range(max(1, min(processes, len(files))))]
    sizes = [0] * len(parts)
    for path in files:
        least = sizes.index(min(sizes))
        parts[least].append(path)
        sizes[least] += path.stat().st_size
    return [sorted(part) for part in parts]


class _Part:
    """One process of pytest, with its events, its report and its output."""

    def __init__(self, folder: Path, number: int, files: list[Path]) -> None:
        self.number = number
        self.files = files
        self.events = folder / f"events-{number}.jsonl"
        self.junit = folder / f"junit-{number}.xml"
        self.log = folder / f"pytest-{number}.log"
        self.process: subprocess.Popen[bytes]
        self.lines: _Lines

    @property
    def status(self) -> int:
        """Exit status of the process that has ended."""
        return self.process.returncode

    def start(self, command: list[str], root: Path, stack: contextlib.ExitStack) -> None:
        """Start it; the stack ends it."""
        self.events.touch()
        self.junit.unlink(missing_ok=True)
        output = stack.enter_context(self.log.open("wb"))
        self.lines = _Lines(stack.enter_context(self.events.open(encoding="utf-8")).readline)
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, arguments checked by argparse
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=root,
            env=_env(),
        )
        stack.enter_context(_ended(self.process))


def _one_log(folder: Path, parts: list[_Part]) -> Path:
    """Put what the parts wrote into one file; their own files and events go."""
    log = folder / "pytest.log"
    with log.open("wb") as whole:
        for part in parts:
            if part.log.is_file():
                whole.write(part.log.read_bytes())
            part.log.unlink(missing_ok=True)
            part.events.unlink(missing_ok=True)
    return log


def _command(part: _Part, scope: Scope, seed: int) -> list[str]:
    command = [sys.executable, "-m", "pytest", *map(str, part.files), "-p", "penctl.qa.plugin"]
    # The checkout's own settings hold, but for its arguments: -x or -k there would leave cells out.
    command += ["--override-ini", "addopts=", "--import-mode=importlib", "--strict-markers", "-ra"]
    command += ["-p", "pytest_timeout", "-p", "no:cacheprovider", "--color=no"]
    # The newer family of JUnit files has no room for the properties of a test.
    command += ["--override-ini", "junit_family=xunit1"]
    command += [f"--junitxml={part.junit.resolve()}"]
    command += ["--cell-events", str(part.events.resolve()), "--cell-seed", str(seed)]
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


def _follow(parts: list[_Part], progress: Progress, tell: Callable[[Progress], None]) -> None:
    running = True
    while running:
        running = False
        for part in parts:
            try:
                part.process.wait(LOOK_S / len(parts))
            except subprocess.TimeoutExpired:
                running = True
            for line in part.lines.take():
                progress.take(line, part.number)
        tell(progress)
