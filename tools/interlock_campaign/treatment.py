"""Ordinary treatment without a fault, by seed: what must not trip.

A piece is a quarter of an hour with one pen, one skin and one mode: zones with rests between them; in a zone
press, glide, tremor, lifts shorter than 2 s and setpoints that are lowered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from interlock_rig import Rig

from penctl.errors import PenError
from penctl.protocol.enums import State

PIECE_S = 900.0
CARTRIDGES = {"clinical": ("CLINICAL", "CLINICAL-36"), "home": ("HOME",)}
CLINICAL_UM, CLINICAL_HZ = (200, 2000), (50.0, 150.0)
HOME_UM, HOME_HZ = (100, 250), (50.0, 100.0)
PRESS_N = {"clinical": (1.0, 6.0), "home": (1.0, 4.0)}
"""At home 6 N is the limit itself (IL-15), and tremor comes on top: whoever presses so is not ordinary."""
ZONE_S, PAUSE_S = (10.0, 40.0), (0.3, 8.0)


@dataclass
class Piece:
    """What happened in a piece."""

    seed: int
    run_s: float = 0.0
    whole_s: float = 0.0
    starts: int = 0
    trips: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)


class Ended(Exception):
    """The pen has tripped; the piece ends there."""


class Treatment:
    """One piece of ordinary treatment."""

    def __init__(self, seed: int, seconds: float = PIECE_S) -> None:
        self.draw = np.random.default_rng([seed, 4711])
        self.seconds = seconds
        self.mode = str(self.draw.choice(["clinical", "home"]))
        skin = str(self.draw.choice(["typical", "typical", "stiff"]))
        self.rig = Rig(seed, skin=skin, trace_decimation=10)
        self.piece = Piece(seed, told={"mode": self.mode, "skin": skin})

    def uniform(self, low: float, high: float) -> float:
        """A number between."""
        return float(self.draw.uniform(low, high))

    def setpoints(self) -> tuple[int, float]:
        """Depth and rate of a zone."""
        clinical = self.mode == "clinical"
        depth_um = int(self.draw.integers(*(CLINICAL_UM if clinical else HOME_UM), endpoint=True))
        return depth_um // 10 * 10, round(self.uniform(*(CLINICAL_HZ if clinical else HOME_HZ)), 1)

    def run(self) -> Piece:
        """Treat until the time is over or the pen has tripped."""
        rig = self.rig
        try:
            rig.standby(self.mode, *self.setpoints())
            while rig.now_s < self.seconds:
                self.zone()
        except Ended:
            pass
        except PenError as error:
            self.note(f"{type(error).__name__}: {error}")
        self.piece.whole_s = rig.now_s
        rig.bench.close()
        return self.piece

    def true_press_n(self, at_s: float) -> float:
        """The hardest true press in the 0.1 s before, N: whether the limit was passed indeed."""
        rows = self.rig.bench.trace.between(at_s - 0.1, at_s)
        return round(float(rows.press_n.max()), 2) if len(rows.press_n) else 0.0

    def note(self, what: str, at_s: float | None = None) -> None:
        """A stop that nobody asked for."""
        rig, control = self.rig, self.rig.bench.kernel.control
        self.piece.trips.append(
            {
                "seed": self.piece.seed,
                "at_s": round(rig.now_s, 3),
                "what": what,
                "depth_um": self.depth_um,
                "rate_hz": self.rate_hz,
                "press_n": round(float(control.press_n), 2),
                "true_press_n": self.true_press_n(rig.now_s if at_s is None else at_s),
                "state": rig.state.name,
                **self.piece.told,
            }
        )

    depth_um, rate_hz = 0, 0.0

    def zone(self) -> None:
        """One zone: setpoints, arm, press, start, treat, stop."""
        rig = self.rig
        self.depth_um, self.rate_hz = self.setpoints()
        if rig.state is State.READY:
            rig.pen.stop()
        rig.setpoints(self.mode, self.depth_um, self.rate_hz)
        rig.pen.arm()
        rig.bench.run(self.uniform(*PAUSE_S))
        for _ in range(int(self.draw.integers(1, 4))):
            self.stretch(self.uniform(*ZONE_S))
            rig.bench.run(self.uniform(*PAUSE_S))
            self.look()

    def stretch(self, seconds: float) -> None:
        """From START to the end of the hold-to-run, or a STOP."""
        rig, piece = self.rig, self.piece
        if rig.state is State.STANDBY:
            rig.pen.arm()
        rig.bench.hand.press(n=self.uniform(*PRESS_N[self.mode]))
        rig.start()
        piece.starts += 1
        begin_s = rig.now_s
        while rig.now_s < begin_s + seconds:
            self.move()
            self.look(running=True)
        piece.run_s += rig.now_s - begin_s
        if self.draw.random() < 0.2:
            rig.pen.stop()
            rig.bench.run(0.3)
        rig.bench.hand.hold(False)
        rig.bench.run(0.3)
        rig.bench.hand.lift()

    def move(self) -> None:
        """The next thing that the hand or the operator does."""
        rig, hand = self.rig, self.rig.bench.hand
        what = self.draw.random()
        if what < 0.12:
            hand.lift()
            rig.bench.run(self.uniform(0.1, 1.6))
            hand.press(n=self.uniform(*PRESS_N[self.mode]))
        elif what < 0.60:
            hand.press(n=self.uniform(*PRESS_N[self.mode]))
        elif what < 0.90:
            hand.glide(mm_s=self.uniform(0.0, 60.0) * (1 if self.draw.random() < 0.5 else -1))
        elif what < 0.95 and self.depth_um > 150:
            self.depth_um = max(100, self.depth_um - int(self.draw.integers(1, 30)) * 10)
            rig.pen.set_depth_um(self.depth_um)
        elif self.rate_hz > 60.0:
            self.rate_hz = round(max(50.0, self.rate_hz - self.uniform(1.0, 40.0)), 1)
            rig.pen.set_rate_hz(self.rate_hz)
        rig.bench.run(self.uniform(0.2, 3.0))

    def look(self, running: bool = False) -> None:
        """Raise Ended when something has stopped the pen that was not asked to."""
        rig = self.rig
        trips = [event for event in rig.pen.events if event.name == "EVENT_TRIP"]
        for event in trips:
            what = f"IL-{event['interlock']:02d} value {event['value']} limit {event['limit']}"
            self.note(what, event["time_us"] * 1e-6)
        if trips:
            raise Ended
        if running and rig.state is not State.RUN:
            causes = [event["cause"] for event in rig.pen.events if event.name == "EVENT_STATE"]
            self.note(f"left RUN, cause {causes[-1] if causes else 0}")
            raise Ended
        if len(rig.pen.events) > 500:
            rig.pen.events.clear()


def treat(seed: int, seconds: float = PIECE_S) -> Piece:
    """One piece of ordinary treatment."""
    return Treatment(seed, seconds).run()
