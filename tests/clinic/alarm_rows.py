"""Every alarm of the clinician's window, as a table: what provokes it, and what must then be seen.

The stimuli are those of tests/interlocks where its tables have one. Priorities are literals: those of QA's
tables are what the pen's own sounder must play, so that screen and pen are held to the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from alarm_stand import Stand
from interlock_cases import HALTS, LATCHED, Case, Halt
from interlock_cases import inject as of_bench
from interlock_refusals import (
    INHIBITS,
    _rebooted,
    released_build,
    stopped_self_test,
    strokes_of_life,
)
from interlock_rig import SOUNDER_LOW, SOUNDER_MEDIUM
from test_each_trip import keep_cause

from penctl.protocol.enums import Role, State

Act = Callable[[Stand], object]
PRIORITY = {SOUNDER_LOW: "LOW", SOUNDER_MEDIUM: "MEDIUM"}
DAY = 2500


def nothing(stand: Stand) -> None:
    """The cause is gone by itself."""


# --- trips that latch ---


@dataclass(frozen=True)
class Trip:
    """`keep` leaves the cause as it shows at rest, None where it leaves none that a reset could ask about.

    `reset` says whose documented act it is: "window" the banner's, "service" at another computer, "power"
    off and on.
    """

    interlock: int
    priority: str
    provoke: Act
    takes_s: float
    cure: Act = nothing
    keep: Act | None = nothing
    reset: str = "window"
    not_clear: str = ""
    """Priority while the needles are not confirmed retracted, where it is another one."""
    served: Callable[[Any], object] = nothing
    """What the service does before its reset."""
    quantity: bool = True
    """Whether value and limit are a quantity."""

    @property
    def key(self) -> str:
        """Id of the interlock."""
        return f"IL-{self.interlock:02d}"


def calibrated(pen: Any) -> None:
    """The service calibrates the depth sensors; no visit may be open for that."""
    pen.command("END_VISIT")
    pen.command("CALIBRATE", bar_offset_um=0, day=DAY)


def _of_case(case: Case) -> Trip:
    by_role = "service" if case.role is Role.SERVICE else "window"
    return Trip(
        case.interlock,
        PRIORITY[case.sounder],
        case.provoke,
        case.takes_s + 0.1,
        cure=case.cure,
        keep=None if case.interlock == 14 else partial(keep_cause, case),  # at rest its cause is IL-05's
        reset="power" if case.power_cycle else by_role,
        served=calibrated if case.interlock == 8 else nothing,
        not_clear="HIGH" if case.interlock == 13 else "",
        quantity=case.interlock not in (19, 29),
    )


def first_of(cases: tuple[Any, ...]) -> list[Any]:
    """The first clinical case of each interlock."""
    found: dict[int, Any] = {}
    for case in cases:
        if case.mode == "clinical":
            found.setdefault(case.interlock, case)
    return list(found.values())


def cleared(stand: Stand) -> None:
    """Whatever was injected is healthy again."""
    stand.bench.clear_faults()


def broken_again(stand: Stand) -> None:
    """A single disturbance of the stack, which a power-off clears."""
    stand.bench.kernel.world["canary"] ^= 0xFF


def full_duty(stand: Stand) -> None:
    """The bridge is stuck at full duty, on a supply that does not sag."""
    stand.bench.kernel.control.supply_v = 8.0
    stand.bench.hand.lift()
    stand.bench.inject("bridge", "stuck", value=1.0)
    stand.bench.run(0.15)
    stand.bench.clear_faults()
    stand.bench.kernel.control.supply_v = float("nan")


def restarted(stand: Stand) -> None:
    """The controller hangs, its watchdog restarts it; the window takes the link up again."""
    stand.bench.inject("controller", "off", for_s=0.03)
    stand.bench.run(0.8)
    stand.reconnect()


def cable_back(stand: Stand) -> None:
    """The cable is pulled and plugged in again; the window takes the link up again."""
    stand.bench.cut_link()
    stand.bench.run(0.8)
    stand.bench.hand.hold(False)
    stand.bench.restore_link()
    stand.bench.run(0.1)
    stand.reconnect()


def over_force_thrice(stand: Stand) -> None:
    """The same alarm stops the pen three times."""
    for turn in range(3):
        if turn:
            stand.running()
        stand.bench.hand.press(13.0)
        stand.bench.run(0.1)


TRIPS = (
    Trip(
        1,
        "MEDIUM",
        lambda stand: stand.bench.hand.estop(True),
        0.1,
        cure=lambda stand: stand.bench.hand.estop(False),
        quantity=False,
    ),
    Trip(
        4,
        "MEDIUM",
        of_bench("hold_released_contact", "stuck", value=1),
        0.4,
        cure=cleared,
        reset="service",
        quantity=False,
    ),
    Trip(
        5,
        "HIGH",
        of_bench("drive_feedback", "stuck", value=0, for_s=0.02),
        0.2,
        reset="power",
        quantity=False,
    ),
    Trip(
        7,
        "MEDIUM",
        of_bench("bar_sensor", "stuck", value=800),
        0.1,
        cure=cleared,
        not_clear="HIGH",
    ),
    Trip(11, "MEDIUM", full_duty, 0.05, keep=None),
    Trip(26, "MEDIUM", cable_back, 0.05, keep=None),
    Trip(31, "MEDIUM", restarted, 0.05, keep=None, quantity=False),
    Trip(
        33,
        "LOW",
        lambda stand: stand.bench.damage("STACK"),
        5.0,
        cure=broken_again,
        reset="power",
        quantity=False,
    ),
    Trip(38, "MEDIUM", over_force_thrice, 0.5, keep=None),
    *(_of_case(case) for case in first_of(LATCHED)),
)


# --- stops that release by themselves ---


@dataclass(frozen=True)
class Stop:
    """`seen` whether the pen's picture shows the cause, so that acknowledging does not end the condition."""

    interlock: int
    priority: str
    provoke: Act
    takes_s: float
    cure: Act
    seen: bool

    @property
    def key(self) -> str:
        """Id of the interlock."""
        return f"IL-{self.interlock:02d}"


SEEN_STOPS = {16, 18}


def too_slow(stand: Stand) -> None:
    """The bridge drives with three quarters of its duty; QA's stimulus asks for a deeper plan."""
    trace = stand.bench.trace.between(stand.now_s - 0.1, stand.now_s)
    stand.bench.inject("bridge", "stuck", value=0.75 * float(trace.duty_q15.mean()) / 32767.0)


def _of_halt(case: Halt) -> Stop:
    provoke = too_slow if case.interlock == 12 else case.provoke
    return Stop(
        case.interlock,
        PRIORITY[case.sounder],
        provoke,
        case.takes_s + 0.1,
        case.cure,
        case.interlock in SEEN_STOPS,
    )


INFORMATION = {2: lambda stand: stand.bench.hand.hold(False), 23: lambda stand: stand.bench.hand.lift()}
"""Interlocks that stop in the course of every treatment: INFO, which is no alarm."""
STOPS = tuple(_of_halt(case) for case in first_of(HALTS) if case.interlock not in INFORMATION)


# --- starts that are refused ---


@dataclass(frozen=True)
class Refused:
    """`asked` is how the window comes to know: "pass" the next pass, "check" the pen is made ready, "both".

    `seen` as in Stop; `offers` the act that the banner offers, "" for none.
    """

    interlock: int
    provoke: Act
    cure: Act = cleared
    asked: str = "pass"
    seen: bool = True
    offers: str = ""
    start: State = State.STANDBY
    quantity: bool = False

    @property
    def key(self) -> str:
        """Id of the interlock."""
        return f"IL-{self.interlock:02d}"


def _inhibit(interlock: int, **changes: Any) -> Refused:
    case = next(one for one in INHIBITS if one.interlock == interlock and one.mode == "clinical")
    return Refused(interlock, case.provoke, **{"cure": case.cure, **changes})


REFUSALS = (
    Refused(
        3,
        lambda stand: (stand.bench.hand.hold(True), stand.bench.run(0.1)),
        cure=lambda stand: stand.bench.hand.hold(False),
    ),
    Refused(6, stopped_self_test, nothing, seen=True, offers="Self-test"),
    Refused(
        10,
        lambda stand: (stand.bench.inject("stage_sensor", "wrong", value=-58.0), stand.bench.run(0.2)),
        offers="Reference",
        start=State.READY,
    ),
    _inhibit(20),
    _inhibit(21),
    _inhibit(22),
    _inhibit(34, cure=cleared, offers="Self-test"),
    _inhibit(35, asked="check"),
    _inhibit(40, cure=cleared, offers="Self-test"),
    Refused(42, strokes_of_life(60_000_000), strokes_of_life(1000), asked="both", seen=False),
    Refused(44, lambda stand: _rebooted(stand, "test_build", 1), released_build, asked="check", seen=False),
)
NO_ALARM: dict[str | int, str] = {
    28: "a command out of range is refused where it was given, and nothing is changed",
    30: "a mode that nobody confirmed at the pen is asked for where it was chosen",
    39: "READY that nobody used ends by itself: an information",
}
"""Rows of the catalogue with the priority NONE, or of which every use is a part of a treatment."""
