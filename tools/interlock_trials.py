"""What tools/measure_interlocks.py measures: a stimulus for each interlock, in pens and runs that differ.

Stimuli and onsets are those of the suite (tests/interlocks/interlock_cases.py); what is added here are the
interlocks whose tests stand in files of their own.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interlocks"))

import numpy as np  # noqa: E402
from interlock_cases import (  # noqa: E402
    HALTS,
    LATCHED,
    Act,
    Case,
    Halt,
    Onset,
    at_once,
    bottoms_s,
    inject,
)
from interlock_rig import Rig, last_stroke_rate_hz  # noqa: E402

from penctl.protocol.enums import State, StopKind  # noqa: E402

DRIVE_OFF, C1_BEGUN, LATCHED_TOLD, READY_LOST = "drive off", "C1 begun", "latched", "READY lost"
DROPPED = "C1 begun by communications loss"
Seen = str


@dataclass(frozen=True)
class Setup:
    """Mode, setpoints, skin and press of one run."""

    mode: str
    depth_um: int
    rate_hz: float
    skin: str
    press_n: float


@dataclass(frozen=True)
class Trial:
    """One stimulus of one interlock. `counted_from` says in words what the onset is."""

    interlock: int
    name: str
    provoke: Act
    within_s: float
    takes_s: float
    seen: Seen = DRIVE_OFF
    onset: Onset = at_once
    counted_from: str = "the fault or the act"
    idle: bool = False
    """In READY, with the drive off."""
    fixed: Setup | None = None
    home: bool = False
    bench: dict[str, Any] = field(default_factory=dict)
    most_runs: int = 1_000_000
    """Fewer than are asked for, where one run lasts for minutes."""

    def setup(self, seed: int) -> Setup:
        """The run of this pen: drawn from its seed, unless the stimulus needs one of its own."""
        if self.fixed is not None:
            return self.fixed
        draw = random.Random(f"{self.interlock} {self.name} {seed}")
        if self.home:
            return Setup("home", draw.randrange(60, 240, 10), draw.uniform(55.0, 95.0), "typical", 2.5)
        skin = draw.choice(("typical", "typical", "stiff"))
        depth_um = draw.randrange(300, 1500 if skin == "stiff" else 2300, 50)
        return Setup("clinical", depth_um, draw.uniform(60.0, 140.0), skin, draw.uniform(1.5, 4.5))

    def rig(self, seed: int) -> Rig:
        """A pen that runs, or is ready, as drawn."""
        setup = self.setup(seed)
        rig = Rig(seed, skin=setup.skin, **self.bench)
        rig.ready(setup.mode, setup.depth_um, setup.rate_hz)
        rig.bench.hand.press(n=setup.press_n)
        if not self.idle:
            rig.start()
            rig.bench.run(0.35)
        return rig

    def moment_s(self, rig: Rig, begin_s: float) -> float | None:
        """When it acted, or None when it did not."""
        rows = rig.bench.trace.between(begin_s, rig.now_s + 1.0)
        if self.seen == DRIVE_OFF:
            off = rig.bench.kernel.stops()["off_us"] * 1e-6
            return float(off[-1]) if len(off) and off[-1] >= begin_s else None
        if self.seen == C1_BEGUN:
            mask = (rows.state == State.STOPPING) | (rows.tripped == self.interlock)
        elif self.seen == LATCHED_TOLD:
            return _told_s(rig, "EVENT_TRIP", "interlock", self.interlock, begin_s)
        elif self.seen == DROPPED:
            mask = (rows.state == State.STOPPING) | (rows.tripped == 26)
        else:
            mask = rows.state != State.READY
        return float(rows.time_s[np.flatnonzero(mask)[0]]) if mask.any() else None


def _told_s(rig: Rig, name: str, field_name: str, value: int, begin_s: float) -> float | None:
    """Device time of the event that tells it, s."""
    for event in rig.pen.events:
        if event.name == name and event[field_name] == value and event["time_us"] * 1e-6 >= begin_s:
            return float(event["time_us"]) * 1e-6
    return None


def third_bottom(rig: Rig, begin_s: float) -> float:
    """The third true bottom of the stroke after the fault; the stop when it came before."""
    times_s = bottoms_s(rig, begin_s)
    return float(times_s[2]) if len(times_s) > 2 else rig.drive_off_s()


def from_case(case: Case) -> Trial:
    """The trial of a row of LATCHED."""
    own = case.onset is not at_once
    onset = third_bottom if case.interlock == 45 else case.onset
    return Trial(
        case.interlock,
        case.name,
        case.provoke,
        case.within_s,
        case.takes_s,
        onset=onset,
        counted_from=_FROM.get(case.interlock, "the true value beyond the limit") if own else "the fault",
        home=case.mode == "home",
        bench=case.bench,
    )


def from_halt(case: Halt) -> Trial:
    """The trial of a row of HALTS."""
    return Trial(
        case.interlock,
        case.name,
        case.provoke,
        case.within_s,
        case.takes_s,
        seen=DRIVE_OFF if case.stop is StopKind.C0 else C1_BEGUN,
        onset=case.onset,
        counted_from="the true value beyond the limit" if case.onset is not at_once else "the act",
        home=case.mode == "home",
        bench=case.bench,
        fixed=Setup(case.mode, case.depth_um, case.rate_hz, "typical", 3.0) if case.interlock == 12 else None,
    )


_FROM = {
    8: "the bottom of the stroke that completes the condition",
    45: "the end of the third stroke after the fault",
}


def too_fast(rig: Rig, begin_s: float) -> float:
    """When the true stroke rate first passed 110 % of the setpoint, or the mode's cap of 150 Hz."""
    set_hz = rig.pen.status().rate_set_mhz / 1000.0
    time_s, rate_hz = last_stroke_rate_hz(rig)
    with np.errstate(invalid="ignore"):
        fast = (rate_hz > min(1.1 * set_hz, 150.0)) & (time_s > begin_s)
    return float(time_s[np.flatnonzero(fast)[0]]) if fast.any() else rig.drive_off_s()


def too_deep(rig: Rig, begin_s: float) -> float:
    """When the needle bar itself was first deeper than set + 0.10 mm; the stop when it never was."""
    limit_um = rig.pen.status().depth_set_um + 100
    trace = rig.bench.trace.between(begin_s, rig.now_s)
    beyond = trace.time_s[trace.bar_um > limit_um]
    return float(beyond[0]) if len(beyond) else rig.drive_off_s()


def hand(name: str, *given: Any, **options: Any) -> Act:
    """An act of the hand."""
    return lambda rig: getattr(rig.bench.hand, name)(*given, **options)


def no_heartbeat(rig: Rig) -> None:
    """The operator's screen stands still, which ends the heartbeats."""
    rig.screen(alive=False)


def forged_frames(rig: Rig) -> None:
    """Five frames sealed with another key; the onset is the last of them."""
    for _ in range(5):
        rig.pen.send_raw(rig.sealed(0x07, bytes(4), key=bytes(32)))
        rig.bench.run(0.02)


def last_forgery(rig: Rig, begin_s: float) -> float:
    """When the fifth was sent."""
    return begin_s + 4 * 0.02


def hold_on(rig: Rig) -> None:
    """Nothing but to go on."""


def held_185_s(rig: Rig, begin_s: float) -> float:
    """185 s after the switch was last pressed."""
    return rig.pressed_s + 185.0


def wipe_settings(rig: Rig) -> None:
    """Every record in the pen's memory is gone, the settings among them."""
    rig.bench.memory.content[:] = 0


def both_blind(rig: Rig) -> None:
    """Sensor A stands, the stage runs away: the bar alone sees it."""
    rig.bench.inject("stage_sensor", "stuck")
    rig.bench.inject("stage", "runaway", value=20.0)


def damage(part: str) -> Act:
    """A part of the controller breaks."""
    return lambda rig: rig.bench.damage(part)


TRUE_VALUE = "the true value beyond the limit"

TRIALS: tuple[Trial, ...] = (
    Trial(1, "button pushed", hand("estop", True), 0.010, 0.05),
    Trial(1, "channel A opens", inject("estop_a", "stuck", value=0), 0.010, 0.05),
    Trial(1, "channel B opens", inject("estop_b", "stuck", value=0), 0.010, 0.05),
    Trial(2, "switch released", hand("hold", False), 0.050, 0.2, seen=C1_BEGUN),
    Trial(
        3,
        "held for 185 s",
        hold_on,
        0.5,
        190.0,
        C1_BEGUN,
        held_185_s,
        "185 s of the switch held",
        most_runs=20,
    ),
    Trial(
        4,
        "emergency channel A alone, at rest",
        inject("estop_a", "stuck", value=0),
        0.210,
        0.3,
        seen=LATCHED_TOLD,
        idle=True,
    ),
    Trial(
        4,
        "hold-to-run contacts contradict, at rest",
        inject("hold_switch", "stuck", value=1),
        0.210,
        0.3,
        seen=LATCHED_TOLD,
        idle=True,
    ),
    Trial(
        5,
        "fed although off",
        inject("drive_feedback", "stuck", value=1),
        0.010,
        0.05,
        LATCHED_TOLD,
        idle=True,
    ),
    Trial(5, "shorted although on", inject("short_feedback", "stuck", value=1), 0.010, 0.05),
    Trial(
        5,
        "current although off",
        inject("current_sensor", "stuck", value=80),
        0.010,
        0.05,
        LATCHED_TOLD,
        idle=True,
    ),
    Trial(
        7,
        "stage runs away, 5 mm/s",
        inject("stage", "runaway", value=5.0),
        0.010,
        0.3,
        DRIVE_OFF,
        too_deep,
        TRUE_VALUE,
    ),
    Trial(
        7,
        "stage runs away, 20 mm/s",
        inject("stage", "runaway", value=20.0),
        0.010,
        0.2,
        DRIVE_OFF,
        too_deep,
        TRUE_VALUE,
    ),
    Trial(7, "stage runs away, sensor A stands", both_blind, 0.010, 0.2, DRIVE_OFF, too_deep, TRUE_VALUE),
    Trial(7, "bar sensor lost", inject("bar_sensor", "off"), 0.010, 0.05),
    Trial(7, "stage sensor lost", inject("stage_sensor", "off"), 0.010, 0.05),
    Trial(9, "bar sensor stands", inject("bar_sensor", "stuck"), 0.020, 0.1),
    Trial(
        10,
        "stage elsewhere than its steps",
        inject("stage_sensor", "wrong", value=-58.0),
        0.030,
        0.1,
        READY_LOST,
        idle=True,
    ),
    Trial(
        11,
        "bridge stuck on",
        inject("bridge", "stuck", value=1.0),
        0.060,
        0.25,
        DRIVE_OFF,
        too_fast,
        TRUE_VALUE,
    ),
    Trial(11, "shaft sensor lost", inject("shaft_sensor", "off"), 0.060, 0.05),
    Trial(18, "charger plugged in", hand("charger", True), 0.300, 0.4, seen=C1_BEGUN),
    Trial(18, "battery critical", inject("battery_gauge", "stuck", value=40), 0.300, 0.4, seen=C1_BEGUN),
    Trial(19, "lock opens", hand("lock", False), 0.020, 0.1),
    Trial(19, "tag lost", inject("cartridge_tag", "off"), 0.020, 0.1),
    Trial(23, "lifted off the skin", hand("lift"), 2.100, 2.3, seen=C1_BEGUN),
    Trial(26, "heartbeats end", no_heartbeat, 0.300, 0.45, seen=C1_BEGUN),
    Trial(
        27,
        "five forged frames",
        forged_frames,
        1.0,
        0.6,
        DROPPED,
        last_forgery,
        "the fifth bad frame",
    ),
    Trial(29, "memory wiped in RUN", wipe_settings, 1.0, 1.5, C1_BEGUN),
    Trial(31, "controller hangs", inject("controller", "off"), 0.050, 0.2),
    Trial(31, "controller runs wild", inject("controller", "runaway", value=6.0), 0.050, 0.2),
    *(Trial(33, f"{part} broken", damage(part), 60.0, 1.5) for part in ("CPU", "RAM", "ROM", "STACK")),
    Trial(33, "CONTROL_FLOW broken", damage("CONTROL_FLOW"), 60.0, 1.5),
    *(from_case(case) for case in LATCHED),
    *(from_halt(case) for case in HALTS),
)
"""In the order in which they are measured."""
