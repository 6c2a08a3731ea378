"""Treatment with a cable that is pulled and plugged in again at random, in virtual time.

The cable goes out whatever the host is doing, for a moment or for half a minute. Truth is the plant's trace.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np

from link_campaign.outcome import Outcome
from link_campaign.scene import ARMED, DEPTH_UM, LINK_LOSS_S, Heard, ready_again, setpoints, standby, start
from penctl.errors import LinkLost, PenError, Refused, Unfinished
from penctl.pen import Pen
from penctl.protocol.enums import Flags, State
from penctl.protocol.quality import LinkStanding
from penctl.recorded import read_run
from penctl.recording import Recorder, record
from penctl.status import Status
from pensim import Bench

SHORTEST_S, LONGEST_S = 0.005, 30.0
PLUGGED_S = 15.0
"""On average so long between two cuts."""
LIVE_REASONS = ("NO_SESSION", "BAD_MAC", "STALE_COUNTER", "SESSION_IN_USE", "LINK_LOST", "EXPIRED")


class Cable:
    """Cuts and mends the line by itself while the host waits. Times are s of virtual time."""

    def __init__(self, bench: Bench, pen: Pen, draw: np.random.Generator) -> None:
        self._bench, self._draw = bench, draw
        self.out_s, self.in_s = 0.0, 0.0
        self.cuts: list[tuple[float, float]] = []
        self._next()
        pen.on_wait.append(self.turn)

    def _next(self) -> None:
        self.out_s = self._bench.time_s + float(self._draw.exponential(PLUGGED_S))
        length = math.exp(self._draw.uniform(math.log(SHORTEST_S), math.log(LONGEST_S)))
        self.in_s = self.out_s + length

    def turn(self) -> None:
        """Called while somebody waits."""
        now_s, up = self._bench.time_s, self._bench.kernel.control.link_up
        if up and now_s >= self.out_s:
            self.out_s = now_s
            self._bench.cut_link()
        elif not up and now_s >= self.in_s:
            self._bench.restore_link()
            self.cuts.append((self.out_s, now_s))
            self._next()


class Treated:
    """One piece: a pen, its host, its recording."""

    def __init__(self, seed: int, folder: Path, outcome: Outcome) -> None:
        self.out = outcome
        self.draw = np.random.default_rng([seed, 5])
        self.bench = Bench(seed=seed, cartridge="HOME")
        self.pen = standby(self.bench)
        self.heard = Heard(self.pen)
        self.first_event = self.pen.status().events_next
        self.path = folder / f"{seed}.mcap"
        self.recorder: Recorder = record(self.pen, self.path, seed=str(seed))
        self.cable = Cable(self.bench, self.pen, self.draw)
        self.starts = 0
        self.depth_um = DEPTH_UM

    def act(self) -> None:
        """What an operator does next, from wherever the pen is."""
        pen, draw = self.pen, self.draw
        if pen.status().state is not State.RUN:
            ready_again(self.bench, pen)
            setpoints(pen)
            self.starts += 1  # one that ends uncertain may have started, too
            start(self.bench, pen)
            self.depth_um = DEPTH_UM
        what = draw.random()
        if what < 0.3:
            self.depth_um = max(50, self.depth_um - 10 * int(draw.integers(5)))
            pen.set_depth_um(self.depth_um)
        elif what < 0.4:
            pen.stop()
        pen.wait(float(draw.exponential(2.0)), through_trips=True)

    def step(self) -> None:
        """An act, and what the host does when the link is gone."""
        before = len(self.cable.cuts)
        try:
            self.act()
            if self.pen.link_quality.standing is not LinkStanding.LOST and self.pen.session_open:
                return
            self.out.count("lost link seen by its quality")
        except (LinkLost, Unfinished) as error:
            self.out.count("lost link told by a command")
            self.out.say(error)
        except Refused as error:
            self.out.count("refused")
            self.out.say(error)
            cut = before < len(self.cable.cuts) or not self.bench.kernel.control.link_up or self.pen.trips
            self.out.check(bool(cut), f"refused without a cut: {error}")
        self.back()

    def back(self) -> None:
        """Take the pen up again; it may not be armed by that."""
        begun_s = self.bench.time_s
        status = self.taken_up()
        self.out.count("taken up again")
        self.out.largest(
            "s to be taken up after the plug is in", self.bench.time_s - max(begun_s, self._plugged_s())
        )
        self.out.check(
            status.state not in ARMED, f"{self.where()}: {status.state.name} after the link came back"
        )
        self.out.check(
            Flags.DRIVE_ENABLED not in status.flags,
            f"{self.where()}: the drive is on after the link came back",
        )

    def taken_up(self) -> Status:
        """Reconnect; that the cable goes out once more is a reason to begin again, and no other is."""
        while True:
            before = len(self.cable.cuts)
            try:
                return self.pen.reconnect(timeout_s=60.0)
            except (LinkLost, Unfinished) as error:
                if self.bench.kernel.control.link_up and before == len(self.cable.cuts):
                    raise
                self.out.count("cut again while it was taken up")
                self.out.say(error)

    def _plugged_s(self) -> float:
        return self.cable.cuts[-1][1] if self.cable.cuts else 0.0

    def where(self) -> str:
        return f"seed {self.bench.seed}, {self.bench.time_s:.3f} s"

    def look_at_cut(self, cut: tuple[float, float]) -> None:
        """After a long cut the pen stood still until somebody started it anew: from the plant's trace."""
        out_s, in_s = cut
        self.out.count("cuts")
        self.out.count("s without a cable", in_s - out_s)
        trace = self.bench.trace.between(out_s, in_s)
        if not len(trace) or trace.state[0] != State.RUN:
            return
        self.out.count("cuts in RUN")
        late = trace.time_s > out_s + LINK_LOSS_S
        self.out.check(
            not trace.drive_on[late].any(), f"{self.where()}: the drive was on {LINK_LOSS_S} s after the cut"
        )
        off = trace.time_s[trace.drive_on == 0]
        if len(off):
            self.out.largest("ms from the cut to the drive off", 1e3 * (float(off[0]) - out_s))

    def run(self, seconds: float) -> None:
        """Treat for so long, then account for everything."""
        looked = 0
        while self.bench.time_s < seconds:
            self.step()
            for cut in self.cable.cuts[looked:]:
                self.look_at_cut(cut)
            looked = len(self.cable.cuts)
        self.pen.on_wait.remove(self.cable.turn)
        if not self.bench.kernel.control.link_up:
            self.bench.restore_link()
        self.back()
        self.pen.wait(1.5, through_trips=True)
        self.account()

    def account(self) -> None:
        """Nothing lost: events by their numbers, starts by the pen's count, and what the recording holds."""
        pen, heard = self.pen, self.heard
        end = pen.status().events_next
        missing = heard.missing(self.first_event, end)
        self.out.count("events", end - self.first_event)
        self.out.check(not missing, f"{self.where()}: events {missing[:5]} of {end} were never told")
        self.out.check(
            pen.inbox.events_missed == 0, f"{self.where()}: {pen.inbox.events_missed} events missed"
        )
        self.out.check(heard.twice() == 0, f"{self.where()}: {heard.twice()} events were told twice")
        self.out.check(
            heard.runs <= self.starts, f"{self.where()}: {heard.runs} runs for {self.starts} starts"
        )
        self.out.count("starts", heard.runs)
        self.out.count("s of treatment", self.bench.time_s)
        quality = pen.link_quality
        for name in ("blocks", "blocks_lost", "blocks_dropped", "repeats", "beats_missed"):
            self.out.count(name.replace("_", " "), getattr(quality, name))
        self.recorder.close()
        run = read_run(self.path)
        events = sum(len(boot) for boot in heard.boots)
        kept, taken = len(run.events), sum(block.count for block in run.blocks)
        samples = sum(size for _, size, _ in heard.blocks)
        self.out.count("samples", samples)
        self.out.check(kept == events, f"{self.where()}: {kept} events recorded of {events} heard")
        self.out.check(taken == samples, f"{self.where()}: {taken} samples recorded of {samples} heard")
        pen.close()
        self.path.unlink()


def run(seed: int, size: float) -> Outcome:
    """`size` seconds of virtual time with one pen."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        treated = Treated(seed, Path(name), outcome)
        try:
            treated.run(size)
        except PenError as error:
            outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
        finally:
            treated.recorder.close()
            treated.bench.close()
    return outcome
