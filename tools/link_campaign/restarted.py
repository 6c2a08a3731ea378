"""A device that restarts in the middle of whatever it is asked, for every cause a controller restarts for."""

from __future__ import annotations

import numpy as np

from link_campaign.outcome import Outcome
from link_campaign.scene import (
    ARMED,
    DEPTH_UM,
    Heard,
    NeedlesStay,
    ready_again,
    setpoints,
    standby,
    start,
)
from penctl.errors import LinkLost, PenError, Refused, Unfinished
from penctl.pen import Pen
from penctl.protocol.enums import Flags, RestartCause, State
from penctl.protocol.quality import LinkStanding
from pensim import Bench

EVERY_S = 4.0
"""On average so long after the pen was taken up again."""
KNOWN_S = 0.5
"""The link is lost after 250 ms without an answer; the controller has booted before that or soon after."""


class Restarts:
    """Restarts the pen by itself while the host waits."""

    def __init__(self, bench: Bench, pen: Pen, draw: np.random.Generator) -> None:
        self._bench, self._pen, self._draw = bench, pen, draw
        self.known_s: float | None = None
        self.at_s = float("inf")
        self.last_s: float | None = None
        self.was: State | None = None
        pen.on_wait.append(self.turn)

    def arm(self) -> None:
        """The next one comes at random."""
        self.at_s = self._bench.time_s + float(self._draw.exponential(EVERY_S))
        self.last_s = self.known_s = None

    def turn(self) -> None:
        """Called while somebody waits."""
        if self.last_s is not None and self.known_s is None:
            lost = self._pen.link_quality.standing is LinkStanding.LOST
            self.known_s = self._bench.time_s if lost or not self._pen.session_open else None
        if self._bench.time_s < self.at_s:
            return
        self.at_s, self.last_s = float("inf"), self._bench.time_s
        rows = self._bench.trace.between(self._bench.time_s - 0.01, self._bench.time_s)
        self.was = State(int(rows.state[-1])) if len(rows) else None
        self._bench.restart(str(self._draw.choice([cause.name for cause in RestartCause])), booted=False)


class Treated:
    """A pen that restarts, and its host."""

    def __init__(self, seed: int, outcome: Outcome) -> None:
        self.out, self.draw = outcome, np.random.default_rng([seed, 17])
        self.bench = Bench(seed=seed, cartridge="HOME")
        self.pen = standby(self.bench)
        self.heard = Heard(self.pen)
        self.restarts = Restarts(self.bench, self.pen, self.draw)
        self.restarts.arm()

    def act(self) -> None:
        """What an operator does next, until the pen has restarted."""
        pen = self.pen
        if pen.status().state is not State.RUN:
            ready_again(self.bench, pen)
            setpoints(pen)
            start(self.bench, pen)
        pen.wait(float(self.draw.exponential(2.0)), through_trips=True)
        pen.set_depth_um(max(50, DEPTH_UM - 10 * int(self.draw.integers(1, 5))))
        pen.stop()
        pen.wait(float(self.draw.exponential(0.5)), through_trips=True)

    def until_restarted(self) -> None:
        """Work on; the host notices by itself, by an error in words or by the quality of the link."""
        while True:
            try:
                self.act()
            except (LinkLost, Unfinished, Refused) as error:
                self.out.say(error)
                self.out.count(f"told by {type(error).__name__}")
                self.out.check(
                    self.restarts.last_s is not None, f"{self.where()}: without a restart: {error}"
                )
                return
            if self.restarts.last_s is not None and not self.pen.session_open:
                self.out.count("told by the link")
                return
            if self.pen.link_quality.standing is LinkStanding.LOST:
                self.out.count("told by the quality")
                return

    def round(self) -> None:
        """Until it restarts, then take it up again."""
        self.until_restarted()
        last_s = self.restarts.last_s
        if last_s is None:
            return
        self.out.count("restarts")
        self.out.count(f"restarts in {self.restarts.was.name if self.restarts.was else 'the first moment'}")
        known_s = self.restarts.known_s or self.bench.time_s
        self.out.largest("s from the restart to the host's knowing", known_s - last_s)
        self.out.check(known_s - last_s <= KNOWN_S, f"{self.where()}: known after {known_s - last_s:.3f} s")
        trace = self.bench.trace.between(last_s + 0.001, self.bench.time_s)
        driven = (trace.drive_on != 0) & (
            trace.duty_q15 != 0
        )  # the self-test proves the STO stage without any
        self.out.check(not driven.any(), f"{self.where()}: the motor was driven after the restart")
        self.heard.restarted()
        status = self.pen.reconnect(timeout_s=10.0)
        self.out.check(status.state not in ARMED, f"{self.where()}: {status.state.name} after a restart")
        self.out.check(
            Flags.DRIVE_ENABLED not in status.flags, f"{self.where()}: the drive is on after a restart"
        )
        self.pen.wait(0.5, through_trips=True)
        end = self.pen.status().events_next
        told = set(self.heard.boots[-1]) | set(self.heard.boots[-2])
        missing = sorted(set(range(1, end)) - told)
        self.out.count("events of the new boots", end - 1)
        self.out.check(not missing, f"{self.where()}: events {missing[:5]} of the new boot were never told")
        self.restarts.arm()

    def where(self) -> str:
        return f"seed {self.bench.seed}, {self.bench.time_s:.3f} s"


def run(seed: int, size: float) -> Outcome:
    """`size` restarts, of one pen as long as it can go on."""
    outcome, pens = Outcome(), 0
    try:
        while outcome.counts["restarts"] < size:
            pens += 1
            treat(Treated(1000 * seed + pens, outcome), size)
    except PenError as error:
        outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
    return outcome


def treat(treated: Treated, size: float) -> None:
    """Restarts of one pen, until there are enough, or until its needles stay where one has left them."""
    outcome = treated.out
    try:
        while outcome.counts["restarts"] < size:
            treated.round()
    except NeedlesStay as told:
        outcome.say(told)
        outcome.count("pens whose needles stayed at the bottom dead centre")
        at_rest = treated.bench.kernel.outputs.drive_enable == 0
        outcome.check(at_rest, f"{treated.where()}: the drive is on, the self-test failed")
    outcome.check(treated.pen.inbox.events_missed == 0, f"{treated.where()}: events missed")
    treated.pen.close()
