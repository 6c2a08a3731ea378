"""Clocks that jump: the date while it is recorded, and the clock that must never jump, while the pen runs.

The second happens when a computer sleeps and wakes, or in a virtual machine: to the host hours have passed,
to the pen none; or its clock is set back, which systems promise not to do.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from link_campaign.outcome import Outcome
from link_campaign.scene import Heard, ready_again, setpoints, standby, start
from penctl.errors import PenError, RecordingError
from penctl.logs.listener import facts_of, listen
from penctl.logs.ready import BACK_S
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.recorded import read_run
from penctl.recording import JUMP_S, Recorder
from pensim import Bench

TODAY_S = datetime(2026, 11, 21, 9, 0, tzinfo=UTC).timestamp()
JUMPS_S = (3600.0, -3600.0, 86400.0, -86400.0, -TODAY_S, 20 * 365.25 * 86400.0, 5.0, -5.0)
"""An hour for summer time, a day, to 1970, to the next battery, and by hand."""
HOST_JUMPS_S = (0.1, 0.3, 1.0, 10.0, 3600.0, 8 * 3600.0, -0.1, -1.0, -10.0, -3600.0)
FOUND_S = 20.0
"""Virtual time that an act may take when the host's clock jumps in it; no jump may make it wait for hours."""


class Wall:
    """A date that is set anew while it is used."""

    def __init__(self, pen: Pen) -> None:
        self._pen, self.offset_s = pen, 0.0

    def now_s(self) -> float:
        return TODAY_S + self._pen.now_s() + self.offset_s


def dates(seed: int, outcome: Outcome) -> None:
    """One recording through all jumps of the date."""
    with tempfile.TemporaryDirectory() as name, Bench(seed=seed, cartridge="HOME") as bench:
        pen, path = standby(bench), Path(name) / "run.mcap"
        wall, heard = Wall(pen), Heard(pen)
        recorder = Recorder(path, facts_of(pen), now_s=pen.now_s, wall_s=wall.now_s)
        listen(pen, recorder)
        start(bench, pen)
        for jump_s in JUMPS_S:
            pen.wait(1.0)
            wall.offset_s += jump_s
            pen.wait(1.0)
            outcome.count("jumps of the date")
        outcome.check(
            pen.status().state is State.RUN, "the pen does not run any more after jumps of the date"
        )
        pen.stop()
        recorder.close()
        run = read_run(path)
        told = [log for log in run.logs if "clock of this computer jumped" in log["message"]]
        large = sum(abs(jump_s) > JUMP_S for jump_s in JUMPS_S)
        outcome.check(len(told) == large, f"{len(told)} jumps of the date were told of {large}")
        for log in told[:1]:
            outcome.say(log["message"])
        times = run.telemetry["time_s"]
        samples = sum(size for _, size, _ in heard.blocks)
        outcome.count("samples recorded through jumps of the date", len(times))
        outcome.check(len(times) == samples, f"{len(times)} samples recorded of {samples}")
        outcome.check(bool((np.diff(times) > 0).all()), "times of the recording go back")
        next_visit(path.parent, outcome)


def next_visit(folder: Path, outcome: Outcome) -> None:
    """With a date before the last recording, or one that was never set, the next visit is refused."""
    newest_s = max(path.stat().st_mtime for path in folder.iterdir())
    for date_s in (0.0, newest_s - 2 * BACK_S):
        try:
            Recorder(folder / "next.mcap", {"simulated": "true"}, wall_s=lambda date_s=date_s: date_s).close()
            outcome.check(False, f"a visit was begun at {date_s} s since 1970")
        except RecordingError as error:
            outcome.say(str(error).replace(str(folder), "FOLDER"))
            outcome.count("visits refused for the date")


class JumpingPort:
    """The port of a bench whose time jumps at the host."""

    def __init__(self, port: Any) -> None:
        self.__dict__["_port"] = port
        self.__dict__["offset_s"] = 0.0

    @property
    def virtual_time_s(self) -> float:
        return float(self._port.virtual_time_s) + self.offset_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_port"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "offset_s":
            self.__dict__[name] = value
        else:
            setattr(self._port, name, value)


class Sleepy:
    """A host that sleeps: its clock jumps at some moment of an act."""

    def __init__(self, seed: int, outcome: Outcome) -> None:
        self.out, self.draw = outcome, np.random.default_rng([seed, 19])
        self.bench = Bench(seed=seed, cartridge="HOME")
        self.pen = standby(self.bench)
        self.heard, self.first = Heard(self.pen), self.pen.status().events_next
        self.port = JumpingPort(self.pen.transport._port)
        self.pen.transport._port = self.port
        self.at_s, self.jump_s = float("inf"), 0.0
        self.pen.on_wait.append(self.turn)

    def turn(self) -> None:
        """Called while somebody waits."""
        if self.bench.time_s >= self.at_s:
            self.port.offset_s += self.jump_s
            self.at_s = float("inf")

    def round(self, jump_s: float) -> None:
        """From STANDBY to RUN, lower, stop, with the jump somewhere in it."""
        self.at_s = self.bench.time_s + float(self.draw.uniform(0.0, 1.5))
        self.jump_s = jump_s
        began_s = self.bench.time_s
        for act in (self.to_run, self.lower, self.end):
            try:
                act()
            except PenError as error:
                self.out.say(error)
                self.out.count("acts that ended with a message")
        spent_s = self.bench.time_s - began_s
        self.out.largest("s that a treatment of 2 s took", spent_s)
        self.out.check(spent_s < FOUND_S, f"jump of {jump_s} s: {spent_s:.1f} s passed at the pen")
        self.turn_now()
        status = self.pen.stop()
        self.out.check(status in (State.STANDBY, State.SAFE), f"jump of {jump_s} s: {status.name} after STOP")
        self.out.check(
            self.bench.kernel.outputs.drive_enable == 0, f"jump of {jump_s} s: the drive is on after STOP"
        )
        self.out.count("jumps of the host's clock")

    def turn_now(self) -> None:
        self.at_s = min(self.at_s, self.bench.time_s)
        self.turn()

    def to_run(self) -> None:
        if not self.pen.session_open:
            self.pen.reconnect(timeout_s=5.0)
        ready_again(self.bench, self.pen)
        setpoints(self.pen)
        start(self.bench, self.pen)

    def lower(self) -> None:
        self.pen.wait(0.5)
        self.pen.set_depth_um(100)

    def end(self) -> None:
        self.pen.wait(0.5)


def run(seed: int, size: float) -> Outcome:
    """All jumps of the date once, and `size` of the host's own clock."""
    outcome = Outcome()
    try:
        dates(seed, outcome)
        sleepy = Sleepy(seed, outcome)
        for number in range(int(size)):
            sleepy.round(HOST_JUMPS_S[number % len(HOST_JUMPS_S)])
        sleepy.pen.reconnect(timeout_s=5.0)
        sleepy.pen.wait(1.0, through_trips=True)
        end = sleepy.pen.status().events_next
        missing = sleepy.heard.missing(sleepy.first, end)
        outcome.check(not missing, f"events {missing[:5]} were never told")
    except PenError as error:
        outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
    return outcome
