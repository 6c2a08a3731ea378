"""Served pens for tests: the server is a process of its own, so that it can be killed.

No test asserts on wall-clock time. The limit of a wait is only there so that a defect cannot hang the run.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from penctl import Pen
from pensim.served_pens import FOLDER_VARIABLE, ServedPen
from pensim.side_channel import SideChannelClient, choose

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60.0
"""No wait is longer: a start compiles, and the machine may be busy."""
POLL_S = 0.02
OLD_SESSION_S = 0.6


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until the condition holds; the limit is not what is tested."""
    end_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end_s, f"in {LIMIT_S:g} s never: {what}"
        time.sleep(POLL_S)


def open_session(pen: Pen) -> None:
    """Open a link session once that of an earlier test has died, which takes 0.5 s without a heartbeat."""
    pen.wait(OLD_SESSION_S)
    pen.open_session()


class Served:
    """A running server and its hand."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
        command = [sys.executable, "-m", "pensim", "serve", "--json", "--tcp", "127.0.0.1:0", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=self.environment, cwd=ROOT
        )
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        assert told, "the server ended before it told its URLs"
        self.told: dict[str, Any] = json.loads(told)
        self.tcp: str = self.told["tcp"]
        self.pen: ServedPen = choose(self.told["name"])
        self.hand = SideChannelClient(self.pen)

    @property
    def pty(self) -> str:
        path = self.told["pty"]
        assert isinstance(path, str)
        return path

    def status(self) -> dict[str, Any]:
        return self.hand.ask("status")

    def pen_state(self) -> str:
        return str(self.status()["pen"]["state"])

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m …` beside the server."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=ROOT,
            timeout=LIMIT_S,
            check=False,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin `python -m …` beside the server."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=ROOT,
        )

    def close(self) -> None:
        """End the server, which must end well unless the test has killed it."""
        self.hand.close()
        if self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(LIMIT_S) == 0, "the server did not end well"
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    """A server for one test."""
    before = os.environ.get(FOLDER_VARIABLE)
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        server = Served(folder, *arguments)
        try:
            yield server
        finally:
            server.close()
    finally:
        if before is None:
            del os.environ[FOLDER_VARIABLE]
        else:
            os.environ[FOLDER_VARIABLE] = before


TREAT = """
import sys
from penctl import Pen
from pensim.side_channel import SideChannelClient, choose
with SideChannelClient(choose(sys.argv[2])) as hand:
    pen = Pen(sys.argv[1])
    pen.open_session()
    pen.self_test()
    pen.reference()
    hand.ask("button", on=True)
    pen.set_mode("clinical")
    pen.set_depth_um(1000)
    pen.set_rate_hz(110.0)
    hand.ask("press", n=3.0)
    pen.arm()
    hand.ask("hold", on=True)
    pen.wait(0.05)
    pen.start()
    pen.wait(0.3)
    print(pen.status().state.name, flush=True)
    pen.wait(600.0)
"""
"""A host that brings the pen to RUN, says so, and goes on treating."""


@contextlib.contextmanager
def treating_host(server: Served, url: str) -> Iterator[subprocess.Popen[str]]:
    """That host in a process of its own; the pen is in RUN when it is handed over."""
    command = [sys.executable, "-c", TREAT, url, server.pen.name]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=server.environment, cwd=ROOT
    ) as host:
        try:
            assert host.stdout is not None
            assert host.stdout.readline().strip() == "RUN"
            yield host
        finally:
            host.kill()
