"""Stimuli of the interlocks that stop a run, as tables: what is done to the pen, and what must follow.

Each stimulus is a fault of the plant, an act of the hand or of the surroundings. Acceptance limits are
literals. The tests over these tables are in test_each_trip.py; what belongs to one interlock alone stands in
its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from interlock_rig import DAYS, SOUNDER_LOW, SOUNDER_MEDIUM, SOUNDER_NONE, Rig, last_stroke_rate_hz

from penctl.protocol.enums import Input, Reason, Role, State, StopKind

Act = Callable[[Rig], object]
Onset = Callable[[Rig, float], float]


def inject(target: str, kind: str, **options: Any) -> Act:
    """A fault of the plant, as an act."""
    return lambda rig: rig.bench.inject(target, kind, **options)


def cure(rig: Rig) -> None:
    """Whatever was injected is healthy again, and the pen is off the skin and the switch."""
    rig.bench.clear_faults()


def at_once(rig: Rig, begin_s: float) -> float:
    """The onset is the act itself."""
    return begin_s


def above(column: str, limit: float) -> Onset:
    """The onset is when a true value of the plant first passes the limit."""
    return lambda rig, begin_s: rig.first_s(rig.bench.trace[column] > limit, begin_s)


def below(column: str, limit: float) -> Onset:
    """The onset is when a true value of the plant first falls below the limit."""
    return lambda rig, begin_s: rig.first_s(rig.bench.trace[column] < limit, begin_s)


@dataclass(frozen=True)
class Case:
    """One way in which one interlock trips in RUN.

    `provoke` is the stimulus, `within_s` the longest time from the physical onset until the drive is off,
    `takes_s` a time after which it has tripped. `present` is why the reset is refused while the cause is
    there; `role` the least role that may reset, `act` what the reset needs besides. `harmless` is a stimulus
    just below the limit; None where the file of the interlock has that test.
    """

    interlock: int
    name: str
    provoke: Act
    input: Input
    within_s: float
    takes_s: float = 0.1
    stop: StopKind = StopKind.C0
    mode: str = "clinical"
    depth_um: int = 1000
    rate_hz: float = 110.0
    bench: dict[str, Any] = field(default_factory=dict)
    onset: Onset = at_once
    harmless: Act | None = None
    harmless_s: float = 0.08
    idle: Act | None = None
    """The stimulus while the drive is off, where `provoke` would mean something else then."""
    cure: Act = cure
    present: Reason = Reason.CAUSE_PRESENT
    role: Role = Role.OPERATOR
    act: Act = lambda rig: None
    sounder: int = SOUNDER_MEDIUM
    runs_only: bool = True
    """It watches while the drive is on; False: in every state."""
    power_cycle: bool = False
    """Only switching off and on with a passed self-test ends it."""

    def running(self, new_rig: Callable[..., Rig], seed: int = 1) -> Rig:
        """A rig that runs as the case wants it."""
        return new_rig(seed, **self.bench).running(self.mode, self.depth_um, self.rate_hz)


def service_button(rig: Rig) -> None:
    """What the SERVICE role has to do at the pen: hold the button."""
    rig.bench.hand.button(True)
    rig.bench.run(0.02)


def calibrated(rig: Rig) -> None:
    """The depth sensors are calibrated by the service, with the button held."""
    rig.pen.end_visit()
    service_button(rig)
    rig.pen.command("CALIBRATE", bar_offset_um=0, day=DAYS)


SPOILT: dict[int, bytes] = {}
"""By the bit's place in the memory: the settings as they were, of the pen that runs."""


def spoil_settings(*copies: int) -> Act:
    """A bit turns over in these copies of the stored settings, which begin at those addresses."""

    def act(rig: Rig) -> None:
        SPOILT.clear()
        for at in copies:
            SPOILT[at + 14] = rig.bench.memory.content[at + 14 : at + 15].tobytes()
            rig.bench.memory.flip(at + 14, 3)

    return act


def settings_again(rig: Rig) -> None:
    """Both copies are as they were, and the pen has looked at them."""
    rig.bench.clear_faults()
    for at, byte in SPOILT.items():
        rig.bench.memory.content[at] = byte[0]
    rig.bench.run(1.5)


def lock_again(rig: Rig) -> None:
    """The cartridge is seated until it locks; its tag is read again."""
    rig.bench.clear_faults()
    rig.bench.hand.lock(True)
    rig.bench.run(0.3)


LATCHED: tuple[Case, ...] = (
    Case(
        8,
        "bar 0.14 mm shallow",
        inject("bar_sensor", "wrong", value=-140),
        Input.DEPTH_DIFFERENCE,
        within_s=0.030,
        harmless=inject("bar_sensor", "wrong", value=-85),
        present=Reason.CALIBRATION_NEEDED,
        role=Role.SERVICE,
        act=calibrated,
    ),
    Case(
        8,
        "bar 0.28 mm shallow once",
        inject("bar_sensor", "wrong", value=-280, for_s=0.022),
        Input.DEPTH_DIFFERENCE,
        within_s=0.030,
        harmless=inject("bar_sensor", "wrong", value=-180, for_s=0.012),
        present=Reason.CALIBRATION_NEEDED,
        role=Role.SERVICE,
        act=calibrated,
    ),
    Case(
        8,
        "home, bar 0.045 mm shallow",
        inject("bar_sensor", "wrong", value=-45),
        Input.DEPTH_DIFFERENCE,
        within_s=0.030,
        mode="home",
        depth_um=150,
        rate_hz=100.0,
        harmless=inject("bar_sensor", "wrong", value=-15),
        present=Reason.CALIBRATION_NEEDED,
        role=Role.SERVICE,
        act=calibrated,
    ),
    Case(
        9,
        "bar out of range",
        inject("bar_sensor", "stuck", value=-9000),
        Input.BAR_SENSOR,
        within_s=0.020,
        harmless=inject("bar_sensor", "wrong", value=-85),
    ),
    Case(
        9,
        "bar jumps",
        inject("bar_sensor", "wrong", value=-700, for_s=0.02),
        Input.BAR_SENSOR,
        within_s=0.020,
        harmless=inject("bar_sensor", "wrong", value=-80, for_s=0.02),
    ),
    Case(
        9,
        "stage jumps",
        inject("stage_sensor", "wrong", value=-90, for_s=0.01),
        Input.STAGE_SENSOR,
        within_s=0.020,
        harmless=inject("stage_sensor", "wrong", value=-50, for_s=0.01),
    ),
    Case(
        13,
        "rotor jams",
        inject("motor", "stuck"),
        Input.SHAFT_RATE,
        within_s=0.060,
        takes_s=0.15,
        harmless=inject("motor", "stuck", for_s=0.015),
    ),
    Case(
        14,
        "comparator",
        inject("current_sensor", "stuck", value=2600, for_s=0.05),
        Input.MOTOR_CURRENT,
        within_s=0.001,
        harmless=inject("current_sensor", "stuck", value=2450, for_s=0.05),
        idle=inject("current_sensor", "stuck", value=2600, for_s=0.0045),  # longer is IL-05's
    ),
    Case(
        14,
        "comparator backwards",
        inject("current_sensor", "stuck", value=-2600, for_s=0.05),
        Input.MOTOR_CURRENT,
        within_s=0.001,
        harmless=inject("current_sensor", "stuck", value=2600, for_s=0.0004),
    ),
    Case(
        17,
        "battery breaks down",
        inject("battery", "wrong", value=-4.0),
        Input.SUPPLY,
        within_s=0.005,
        onset=below("supply_v", 6.0),
        harmless=inject("battery", "wrong", value=-4.0, for_s=0.003),
    ),
    Case(
        19,
        "lock opens",
        lambda rig: rig.bench.hand.lock(False),
        Input.CARTRIDGE_LOCK,
        within_s=0.020,
        harmless=inject("lock_switch", "stuck", value=0, for_s=0.007),
        cure=lock_again,
        present=Reason.CARTRIDGE_NOT_LOCKED,
    ),
    Case(
        19,
        "tag is lost",
        inject("cartridge_tag", "off", for_s=0.3),
        Input.CARTRIDGE_TAG,
        within_s=0.020,
        harmless=inject("cartridge_tag", "off", for_s=0.007),
        cure=lock_again,
    ),
    Case(
        29,
        "both copies of the settings",
        spoil_settings(0, 2048),
        Input.CONFIGURATION,
        within_s=1.1,  # found within 1 s, and brought to rest
        takes_s=1.5,
        stop=StopKind.C1,
        harmless=spoil_settings(0),
        harmless_s=2.5,
        cure=settings_again,
        present=Reason.CONFIGURATION_DAMAGED,
        role=Role.SERVICE,
        act=service_button,
        sounder=SOUNDER_LOW,
    ),
    Case(
        32,
        "first clock 5 % fast",
        inject("clock", "wrong", gain=1.05),
        Input.CLOCK,
        within_s=0.010,
        harmless=inject("clock", "wrong", gain=1.015),
        runs_only=False,
        power_cycle=True,
    ),
    Case(
        32,
        "first clock 4 % slow",
        inject("clock", "wrong", gain=0.96),
        Input.CLOCK,
        within_s=0.010,
        harmless=inject("clock", "wrong", gain=0.985),  # each tick 98 or 99 us after the one before
        harmless_s=1.0,
        runs_only=False,
        power_cycle=True,
    ),
    Case(
        32,
        "second clock 4 % slow",
        inject("second_clock", "wrong", gain=0.96),
        Input.CLOCK,
        within_s=0.010,
        harmless=inject("second_clock", "wrong", gain=0.985),
        runs_only=False,
        power_cycle=True,
    ),
    Case(
        32,
        "tick comes late",
        inject("controller", "slow", time_s=0.0065),
        Input.TICK,
        within_s=0.010,
        harmless=inject("controller", "slow", time_s=0.0002, for_s=0.0004),
        runs_only=False,
        power_cycle=True,
    ),
    Case(
        45,
        "shaft sensor slips forward",
        inject("shaft_sensor", "runaway", gain=1.07, for_s=0.2),
        Input.RATE_DIFFERENCE,
        within_s=0.030,
        harmless=inject("shaft_sensor", "runaway", gain=1.03),
        harmless_s=0.05,
    ),
    Case(
        45,
        "shaft sensor slips back",
        inject("shaft_sensor", "runaway", gain=0.9, for_s=0.2),
        Input.RATE_DIFFERENCE,
        within_s=0.030,
        harmless=inject("shaft_sensor", "runaway", gain=0.97),
        harmless_s=0.05,
    ),
)
"""Interlocks that latch. What needs more than a stimulus, as IL-33 does, stands in a file of its own."""


@dataclass(frozen=True)
class Halt:
    """One way in which one interlock stops a run and does not latch.

    `after` is the state that it ends in, `wanting` what START (from READY) or ARM (from STANDBY) is then
    refused with while the cause is there; `told` whether EVENT_TRIP tells it, or the change of state alone.
    """

    interlock: int
    name: str
    provoke: Act
    input: Input
    within_s: float
    after: State
    wanting: Reason
    takes_s: float
    stop: StopKind = StopKind.C1
    told: bool = True
    mode: str = "clinical"
    depth_um: int = 1000
    rate_hz: float = 110.0
    bench: dict[str, Any] = field(default_factory=dict)
    onset: Onset = at_once
    harmless: Act | None = None
    harmless_s: float = 0.3
    cure: Act = cure
    sounder: int = SOUNDER_LOW
    idle: Act | None = None

    def running(self, new_rig: Callable[..., Rig], seed: int = 1) -> Rig:
        """A rig that runs as the case wants it."""
        return new_rig(seed, **self.bench).running(self.mode, self.depth_um, self.rate_hz)


def press(n: float) -> Act:
    """Press the nose with so many newton."""
    return lambda rig: rig.bench.hand.press(n=n)


def lift(rig: Rig) -> None:
    """Lift the pen off the skin."""
    rig.bench.clear_faults()
    rig.bench.hand.lift()


def warm(**where: float) -> Act:
    """Lay something warm on nose or handle."""
    return lambda rig: rig.bench.warm(**where)


def cool(rig: Rig) -> None:
    """Take it away, and lay something cool there until it has cooled."""
    rig.bench.clear_faults()
    rig.bench.warm(nose_c=25.0, handle_c=25.0)
    rig.bench.run(8.0)


def too_slow(rig: Rig, since_s: float) -> float:
    """When the true stroke rate was last as high as it must be, before it stayed 15 % below the setpoint."""
    time_s, rate_hz = last_stroke_rate_hz(rig)
    high = time_s[(rate_hz >= 150.0 * 0.85) & (time_s <= rig.drive_off_s())]
    return max(since_s, float(high[-1]))


def unplug(rig: Rig) -> None:
    """The charger is pulled out."""
    rig.bench.clear_faults()
    rig.bench.hand.charger(False)
    rig.bench.run(0.2)


DEEP: dict[str, Any] = {"depth_um": 2500, "rate_hz": 150.0, "bench": {"nominal": True}}

HALTS: tuple[Halt, ...] = (
    Halt(
        12,
        "motor too weak for the load",
        inject("motor", "weak", severity=0.9),
        Input.SHAFT_RATE,
        within_s=0.250,
        after=State.READY,
        wanting=Reason.HOLD_PRESSED,
        takes_s=0.45,
        onset=too_slow,
        harmless=inject("motor", "weak", severity=0.88),  # about 10 % too slow
        harmless_s=0.6,
        **DEEP,
    ),
    Halt(
        15,
        "mean press above 9 N",
        press(13.0),
        Input.PRESS,
        within_s=0.030,
        after=State.READY,
        wanting=Reason.LIFT_FIRST,
        takes_s=0.1,
        stop=StopKind.C0,
        onset=above("press_n", 9.0),
        harmless=press(7.5),
        cure=lift,
        sounder=SOUNDER_MEDIUM,
    ),
    Halt(
        15,
        "home, mean press above 6 N",
        press(8.0),
        Input.PRESS,
        within_s=0.030,
        after=State.READY,
        wanting=Reason.LIFT_FIRST,
        takes_s=0.1,
        stop=StopKind.C0,
        mode="home",
        depth_um=150,
        rate_hz=90.0,
        onset=above("press_n", 6.0),
        harmless=press(5.3),
        cure=lift,
        sounder=SOUNDER_MEDIUM,
    ),
    Halt(
        18,
        "charger plugged in",
        lambda rig: rig.bench.hand.charger(True),
        Input.CHARGE,
        within_s=0.150,
        after=State.STANDBY,
        wanting=Reason.CHARGING,
        takes_s=0.2,
        harmless=lambda rig: rig.bench.set_charge(0.08),
        cure=unplug,
        sounder=SOUNDER_LOW,
    ),
    Halt(
        18,
        "battery at 3 %",
        inject("battery_gauge", "stuck", value=30),
        Input.CHARGE,
        within_s=0.150,
        after=State.STANDBY,
        wanting=Reason.BATTERY_CRITICAL,
        takes_s=0.4,
        harmless=inject("battery_gauge", "stuck", value=60),
        sounder=SOUNDER_LOW,
    ),
    Halt(
        23,
        "off the skin",
        lift,
        Input.CONTACT,
        within_s=2.1,
        after=State.READY,
        wanting=Reason.HOLD_PRESSED,
        takes_s=2.6,
        told=False,
        onset=below("press_n", 0.1),
        harmless=lift,
        harmless_s=1.9,
        sounder=SOUNDER_NONE,
    ),
    Halt(
        16,
        "nose above 43 degC",
        warm(nose_c=55.0),
        Input.NOSE_TEMPERATURE,
        within_s=1.0,
        after=State.STANDBY,
        wanting=Reason.TOO_WARM,
        takes_s=1.5,
        onset=above("nose_c", 43.0),
        harmless=warm(nose_c=42.5),
        harmless_s=2.0,
        cure=cool,
        sounder=SOUNDER_MEDIUM,
    ),
    Halt(
        16,
        "handle above 48 degC",
        warm(handle_c=60.0),
        Input.HANDLE_TEMPERATURE,
        within_s=1.0,
        after=State.STANDBY,
        wanting=Reason.TOO_WARM,
        takes_s=1.5,
        onset=above("handle_c", 48.0),
        harmless=warm(handle_c=47.0),
        harmless_s=2.0,
        cure=cool,
        sounder=SOUNDER_MEDIUM,
    ),
)
"""Interlocks that stop a run and release by themselves or by an act of the hand."""
