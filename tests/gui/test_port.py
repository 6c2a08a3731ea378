"""A pen on a port of another kind: a served pen in another process, killed and started again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from penctl.protocol.enums import State
from penctl.recorded import read_run
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Phase
from pengui.worker.thread import PenThread

PATIENCE_S = 60.0
"""No promise about speed: a wait that is over tells that the thing did not happen at all."""


class Served:
    """A served pen on a TCP port that stays the same when it is started again."""

    def __init__(self) -> None:
        self._port = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "pensim", "serve", "--json", "--tcp", f"127.0.0.1:{self._port}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["tcp"]
        self._port = int(self.url.rsplit(":", 1)[1])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def served(tmp_path, monkeypatch) -> Iterator[Served]:
    monkeypatch.setenv("PENSIM_RUN_DIR", str(tmp_path))
    made = Served()
    yield made
    made.kill()


def until(engine: Engine, holds: Callable[[], bool]) -> None:
    """Be the window that lives, until something holds."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, engine.snapshot
        engine.liveness.beat()
        time.sleep(0.01)


def test_a_port_that_dies_is_lost_and_can_be_opened_again_as_often_as_it_takes(served):
    """Issue 3: unplug and return on a real port; reconnect may fail, is offered again, and arms nothing."""
    worker = PenThread()
    engine = worker.engine
    worker.start()
    try:
        engine.ask("connect", served.url)
        until(engine, lambda: engine.snapshot.open)
        assert engine.snapshot.simulated, "a served pen is marked SIMULATED by its serial number"
        assert engine.snapshot.hand is None, "its hand is not this window's"
        served.kill()
        until(engine, lambda: engine.snapshot.phase is Phase.LOST)
        engine.ask("reconnect")
        until(engine, lambda: not engine.queued("reconnect") and not engine.snapshot.busy)
        until(engine, lambda: engine.snapshot.phase is Phase.LOST)
        served.start()
        engine.ask("reconnect")
        until(engine, lambda: engine.snapshot.open)
        until(engine, lambda: engine.snapshot.state is State.STANDBY)
    finally:
        assert worker.close()


def test_the_recording_of_a_served_pen_says_that_it_is_simulated(served, tmp_path):
    """Issue 3: SIMULATED on every screen and recording, also when the pen is on a port like a real one."""
    worker = PenThread()
    engine = worker.engine
    worker.start()
    path = tmp_path / "served.mcap"
    try:
        engine.ask("connect", served.url)
        until(engine, lambda: engine.snapshot.open)
        engine.ask("begin_recording", str(path))
        until(engine, lambda: engine.snapshot.recording)
        engine.ask("end_recording")
        until(engine, lambda: not engine.snapshot.recording)
    finally:
        assert worker.close()
    assert read_run(path).metadata["simulated"] == "true"
