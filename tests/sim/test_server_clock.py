"""The served pen against a clock of the test's own, so that a pause is exactly as long as it says."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pensim import server as server_module
from pensim.bench import Bench
from pensim.pacing import CATCH_UP_S, STEP_S
from pensim.served_pens import FOLDER_VARIABLE
from pensim.server import PenServer

PAUSE_AT_S = 0.1
RUN_S = 0.4


class PausingClock:
    """Only sleeping lets its time pass; at `PAUSE_AT_S` the machine pauses for `pause_s` more."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pause_s = 0.0
        self.on_pause: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self.pause_s and self.now_s >= PAUSE_AT_S:
            self.now_s += self.pause_s
            self.pause_s = 0.0
            self.on_pause()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PausingClock:
    """The clock that the server reads."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    clock = PausingClock()
    monkeypatch.setattr(server_module, "time", clock)
    return clock


@pytest.fixture
def server(clock: PausingClock) -> Iterator[PenServer]:
    """A server in this process; it runs only in `run`."""
    with PenServer(Bench(seed=1), tcp=("127.0.0.1", 0), pty=False) as server:
        yield server


def test_virtual_time_is_the_clocks_time_to_a_step(server: PenServer, clock: PausingClock) -> None:
    """Issue 3, served pen: real-time factor 1."""
    server.run(RUN_S)
    assert server.bench.time_s == pytest.approx(clock.now_s, abs=STEP_S)
    assert server.pacer.falls == 0


def test_what_is_sent_in_a_pause_reaches_the_pen_after_it(
    server: PenServer, clock: PausingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, served pen: a command that quotes the pen's time never reaches it before that time."""
    kernel = server.bench.kernel
    arrived_s: list[float] = []
    monkeypatch.setattr(kernel, "host_write", lambda data: arrived_s.append(kernel.time_us * 1e-6))
    assert server.pen.tcp is not None
    with socket.create_connection(("127.0.0.1", int(server.pen.tcp.rsplit(":", 1)[1]))) as program:
        clock.pause_s = 0.9 * CATCH_UP_S
        clock.on_pause = lambda: program.sendall(b"\0")
        server.run(RUN_S)
    assert len(arrived_s) == 1
    assert arrived_s[0] >= PAUSE_AT_S + 0.9 * CATCH_UP_S - STEP_S
    assert server.bench.time_s == pytest.approx(clock.now_s, abs=STEP_S)


def test_a_long_pause_is_lost_time_and_told(server: PenServer, clock: PausingClock) -> None:
    """Issue 3, served pen: when it falls behind it says so, and never jumps the plant's step."""
    told: list[str] = []
    server.on_notice = told.append
    clock.pause_s = 5.0
    server.run(5.0 + RUN_S)
    assert server.bench.time_s == pytest.approx(clock.now_s - 5.0, abs=2 * STEP_S)
    assert server.pacer.falls == 1
    assert len(told) == 1
    assert "fell behind: the pen stood still for 5.00 s" in told[0]
