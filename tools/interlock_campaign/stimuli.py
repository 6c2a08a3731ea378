"""What is done to the pen for each interlock, from when its reaction is counted, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from interlock_cases import DEEP, HALTS, LATCHED, above, inject
from interlock_rig import Rig
from test_drive_feedback import LIES
from test_overspeed import Bridge, true_onset_s

from interlock_campaign.scene import FAST_HZ, HOME_UM, SLOW_HZ, Conditions, Scene, prepare
from penctl.hardware import load_interlocks
from penctl.protocol.enums import SelfCheckPart, State, StopKind

Provoke = Callable[[Rig, Scene, np.random.Generator], object]
Moment = Callable[[Rig, Scene, float], float]
HEARTBEAT = 0x05
AT_100_HZ, AT_50_HZ = "from 100 Hz on", "at 50 Hz"


class NeverHappened(Exception):
    """What a moment is counted by did not come in this run."""


def at_once(rig: Rig, scene: Scene, begin_s: float) -> float:
    """The onset is the act itself."""
    return begin_s


def drive_off(rig: Rig, scene: Scene, begin_s: float) -> float:
    """The fall of the gate supply."""
    stops = rig.bench.kernel.stops()
    if not len(stops) or stops["off_us"][-1] * 1e-6 < begin_s:
        raise NeverHappened
    return float(stops["off_us"][-1]) * 1e-6


def first(rig: Rig, mask: np.ndarray, since_s: float) -> float:
    """As `Rig.first_s`, with an exception of our own."""
    try:
        return rig.first_s(mask, since_s)
    except AssertionError:
        raise NeverHappened from None


def stop_begun(rig: Rig, scene: Scene, begin_s: float) -> float:
    """C1 begins."""
    return first(rig, rig.bench.trace.state == State.STOPPING, begin_s)


def left(state: State) -> Moment:
    """The pen leaves this state."""
    return lambda rig, scene, begin_s: first(rig, rig.bench.trace.state != state, begin_s)


def latched(interlock: int) -> Moment:
    """The firmware has latched this interlock and the drive is off."""

    def moment(rig: Rig, scene: Scene, begin_s: float) -> float:
        shown_s = first(rig, rig.bench.trace.tripped == interlock, begin_s)
        return max(shown_s, drive_off(rig, scene, begin_s))

    return moment


ORDINARY = Conditions()


@dataclass(frozen=True)
class Stimulus:
    """One way in which one interlock reacts.

    `group` parts what has a requirement of its own; `required_s` None where the catalogue asks for no time.
    `allowed` are interlocks that may be the ones to switch off,
    because the row says so. `split` is a later onset, to see what the
    waiting is made of, `also` another moment of the same reaction.
    """

    interlock: int
    name: str
    provoke: Provoke
    takes_s: float
    required_s: float | None
    onset: Moment = at_once
    reaction: Moment = drive_off
    until: str = "drive off"
    conditions: Conditions = ORDINARY
    group: str = ""
    allowed: tuple[int, ...] = ()
    split: Moment | None = None
    split_name: str = ""
    also: Moment | None = None
    also_name: str = ""
    prepare: Callable[[Scene, str], Rig] = prepare
    wait: Callable[[Rig, Scene, float], None] | None = None
    by_restart: bool = False
    """Hardware switches off and restarts the controller, which can say so only afterwards."""


def act(done: Callable[[Rig], object]) -> Provoke:
    """A stimulus of the tests."""
    return lambda rig, scene, draw: done(rig)


def seen(onset: Callable[[Rig, float], float]) -> Moment:
    """An onset of the tests."""

    def moment(rig: Rig, scene: Scene, begin_s: float) -> float:
        try:
            return onset(rig, begin_s)
        except (AssertionError, IndexError):
            raise NeverHappened from None

    return moment


OFF: dict[str, Any] = {"also": drive_off, "also_name": "drive off"}
BEGUN: dict[str, Any] = {"also": stop_begun, "also_name": "C1 begins"}
HOME = Conditions(mode="home", depths_um=HOME_UM, rates_hz=(50.0, 70.0, 90.0, 100.0))
FAST = Conditions(rates_hz=FAST_HZ)
SLOW = Conditions(rates_hz=SLOW_HZ)
READY = Conditions(state="READY")


def _of_tables() -> list[Stimulus]:
    """The cases of the tests' tables that need nothing but other pens and loads."""
    found = []
    for case in LATCHED:
        if case.interlock in (8, 45):
            continue
        conditions = HOME if case.mode == "home" else Conditions(bench=case.bench)
        found.append(
            Stimulus(
                case.interlock, case.name, act(case.provoke), case.takes_s, case.within_s,
                onset=seen(case.onset), conditions=conditions,
            )
        )  # fmt: skip
    for halt in HALTS:
        conditions = HOME if halt.mode == "home" else Conditions(bench=halt.bench)
        if halt.interlock == 12:
            deep = (int(DEEP["depth_um"]),)
            conditions = Conditions(
                depths_um=deep, rates_hz=(float(DEEP["rate_hz"]),), skins=("typical",), bench=halt.bench
            )
        onset = halt.onset
        if halt.interlock == 15:
            limits = load_interlocks()[15]
            onset = above("press_n", limits["home_mean_mn" if halt.mode == "home" else "mean_mn"] / 1000.0)
        found.append(
            Stimulus(
                halt.interlock, halt.name, act(halt.provoke), halt.takes_s,
                None if halt.interlock == 18 else halt.within_s,
                onset=seen(onset), conditions=conditions,
                reaction=stop_begun if halt.interlock == 18 else drive_off,
                until="C1 begins" if halt.interlock == 18 else "drive off",
                **(OFF if halt.interlock == 18 else BEGUN if halt.stop is StopKind.C1 else {}),
            )
        )  # fmt: skip
    return found


def last_turning(rig: Rig, scene: Scene, begin_s: float) -> float:
    """When the bar last stood at the top or the bottom of its stroke before the drive fell."""
    off_s = drive_off(rig, scene, begin_s)
    trace = rig.bench.trace.between(begin_s - 0.03, off_s)
    turned = np.flatnonzero(np.diff(np.signbit(np.sin(trace.theta))))
    if not len(turned):
        raise NeverHappened
    return float(trace.time_s[turned[-1] + 1])


def _depth_difference() -> list[Stimulus]:
    """IL-08 and IL-45 wait for three strokes: counted from the defect itself, apart by rate."""
    found = []
    for group, conditions, required_s in ((AT_100_HZ, FAST, 0.030), (AT_50_HZ, SLOW, 0.060)):
        for case in LATCHED:
            if case.interlock not in (8, 45) or (case.mode == "home" and group == AT_100_HZ):
                continue
            within = conditions
            if case.mode == "home":
                within = Conditions(mode="home", depths_um=HOME_UM, rates_hz=SLOW_HZ)
            once = case.name.endswith("once")
            lasts_s = 1.3 / min(within.rates_hz)  # a bottom, and the quarter turn behind it
            provoke = inject("bar_sensor", "wrong", value=-280, for_s=lasts_s) if once else case.provoke
            found.append(
                Stimulus(
                    case.interlock, case.name, act(provoke), 0.15, 0.030 if once else required_s,
                    conditions=within, group=group, allowed=(8, 9) if case.interlock == 8 else (),
                    split=last_turning, split_name="from the bar's last turning point",
                )
            )  # fmt: skip
    return found


def _runaway(speed_mm_s: float) -> Provoke:
    return lambda rig, scene, draw: rig.bench.inject("stage", "runaway", value=speed_mm_s)


def _bar_alone(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
    rig.bench.inject("stage_sensor", "stuck")
    rig.bench.inject("stage", "runaway", value=20.0)


def too_deep(rig: Rig, scene: Scene, begin_s: float) -> float:
    """The needle bar itself is first deeper than allowed, or the drive fell before that: no time then."""
    trace = rig.bench.trace
    beyond = trace.time_s[(trace.bar_um > scene.limit_um) & (trace.time_s > begin_s)]
    off_s = drive_off(rig, scene, begin_s)
    return min(float(beyond[0]), off_s) if len(beyond) else off_s


def _deep_reading(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
    rig.bench.inject("bar_sensor", "stuck", value=scene.limit_um + 200)


def too_fast(rig: Rig, scene: Scene, begin_s: float) -> float:
    """End of the first whole revolution whose true mean is above the limit."""
    try:
        return true_onset_s(rig, scene.limit_hz, begin_s)
    except AssertionError:
        raise NeverHappened from None


class _Bridges:
    """A bridge that fails to the duty that gives a rate needs its duty found once a pen."""

    def __init__(self) -> None:
        self._of: dict[int, Bridge] = {}

    def prepare(self, scene: Scene, state: str) -> Rig:
        rig = scene.rig()
        self._of.clear()
        self._of[id(rig)] = Bridge(rig, scene.rate_hz, scene.mode)
        return rig

    def drive(self, low: float, high: float) -> Provoke:
        def provoke(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
            self._of[id(rig)].drive_at(scene.limit_hz * float(draw.uniform(low, high)))

        return provoke


BRIDGES = _Bridges()


def supply_open(rig: Rig, scene: Scene, begin_s: float) -> float:
    """The second switch-off path is asked open; `_until_supply_open` has stopped there."""
    if rig.bench.kernel.outputs.supply_enable:
        raise NeverHappened
    return rig.now_s


def _until_supply_open(rig: Rig, scene: Scene, seconds: float) -> None:
    rig.tick_until(lambda: not rig.bench.kernel.outputs.supply_enable, seconds)


def _alone(rig: Rig, scene: Scene, seconds: float) -> None:
    """A controller that restarts does not answer: the host stays out of it."""
    rig.bench.advance(seconds)


def _damage(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
    parts = [part.name for part in SelfCheckPart if part]
    rig.bench.damage(parts[int(draw.integers(len(parts)))])


def _bad_frames(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
    for _ in range(5):
        rig.pen.send_raw(rig.sealed(HEARTBEAT, bytes(4), key=bytes(32)))


def _wipe_configuration(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
    """One bit of each copy of the configuration's record (docs of store.h) turns over."""
    for copy in (0, 2048):
        rig.bench.memory.flip(copy + 12 + int(draw.integers(0, 20)), int(draw.integers(0, 8)))


PRESSED_S: dict[int, float] = {}


def _prepare_held(scene: Scene, state: str) -> Rig:
    """A rig that has run for 175 s, and when its switch was pressed."""
    rig = prepare(scene, state)
    PRESSED_S.clear()
    PRESSED_S[id(rig)] = rig.first_s(rig.bench.trace.hold > 0, 0.0)
    rig.bench.run(175.0)
    return rig


def _prepare_waiting(scene: Scene, state: str) -> Rig:
    """A rig that has been READY for 110 s."""
    rig = prepare(scene, state)
    rig.bench.run(110.0)
    return rig


def _held_too_long(rig: Rig, scene: Scene, begin_s: float) -> float:
    """185 s after the switch was pressed."""
    return PRESSED_S[id(rig)] + 185.0


def _ready_too_long(rig: Rig, scene: Scene, begin_s: float) -> float:
    """120 s after the pen came to READY, by its own telling."""
    told = [event for event in rig.pen.events if event.name == "EVENT_STATE"]
    ready = [event for event in told if event["state"] == State.READY]
    if not ready:
        raise NeverHappened
    return float(ready[-1]["time_us"]) * 1e-6 + 120.0


ESTOP = "drive off and latched"


def stimuli() -> list[Stimulus]:
    """All of them, by interlock."""
    found = [
        Stimulus(1, "button pushed", act(lambda rig: rig.bench.hand.estop(True)), 0.03, 0.010,
                 reaction=latched(1), until=ESTOP),
        Stimulus(1, "channel A open", act(inject("estop_a", "stuck", value=0)), 0.03, 0.010,
                 reaction=latched(1), until=ESTOP),
        Stimulus(1, "channel B open", act(inject("estop_b", "stuck", value=0)), 0.03, 0.010,
                 reaction=latched(1), until=ESTOP),
        Stimulus(2, "switch released", act(lambda rig: rig.bench.hand.hold(False)), 0.3, 0.050,
                 reaction=stop_begun, until="C1 begins", **OFF),
        Stimulus(2, "wire broken", act(inject("hold_switch", "stuck", value=0)), 0.18, 0.050,
                 reaction=stop_begun, until="C1 begins", **OFF),
        Stimulus(3, "held for 185 s", act(lambda rig: None), 11.0, None, onset=_held_too_long,
                 prepare=_prepare_held, **BEGUN),
        Stimulus(4, "contacts agree", act(inject("hold_released_contact", "stuck", value=1)), 0.4, 0.210,
                 reaction=latched(4), until="latched; IL-02 has stopped the pen before", allowed=(2, 4)),
        *(
            Stimulus(5, lie.name, act(lie.provoke), 0.1, 0.010, reaction=supply_open,
                     until="second path open", conditions=Conditions() if lie.running else READY,
                     wait=_until_supply_open)
            for lie in LIES
        ),
        *(
            Stimulus(7, f"stage runs away at {speed:g} mm/s", _runaway(speed), 0.4, 0.010, onset=too_deep,
                     allowed=(7,))
            for speed in (1.0, 5.0, 20.0)
        ),
        Stimulus(7, "runs away, stage sensor stuck", _bar_alone, 0.3, 0.010, onset=too_deep),
        Stimulus(7, "bar sensor reads deep", _deep_reading, 0.1, 0.010),
        Stimulus(7, "bar sensor gives nothing", act(inject("bar_sensor", "off")), 0.1, 0.010),
        *_depth_difference(),
        Stimulus(9, "bar sensor stands", act(inject("bar_sensor", "stuck")), 0.1, 0.020, allowed=(8, 9)),
        Stimulus(10, "stage is elsewhere", act(inject("stage_sensor", "wrong", value=-58.0)), 0.1, None,
                 reaction=left(State.READY), until="READY lost", conditions=READY),
        Stimulus(11, "bridge fails to a rate", BRIDGES.drive(1.03, 1.5), 0.25, 0.060, onset=too_fast,
                 conditions=Conditions(rates_hz=(50.0, 80.0, 110.0, 130.0), skins=("typical",)),
                 prepare=BRIDGES.prepare),
        Stimulus(11, "bridge stuck on", act(inject("bridge", "stuck", value=1.0)), 0.2, 0.060,
                 onset=too_fast),
        Stimulus(11, "shaft sensor gives nothing", act(inject("shaft_sensor", "off")), 0.2, 0.060),
        Stimulus(14, "1.5 A, heat sum", act(inject("current_sensor", "stuck", value=1500, for_s=8.0)), 9.0,
                 None),
        Stimulus(26, "cable cut", act(lambda rig: rig.bench.cut_link()), 0.6, 0.300, **BEGUN),
        Stimulus(27, "five frames of a wrong key", _bad_frames, 0.5, 1.0, allowed=(26, 27), **BEGUN),
        Stimulus(29, "both copies damaged", _wipe_configuration, 1.3, 1.0, **BEGUN),
        Stimulus(31, "controller hangs", act(inject("controller", "off", for_s=0.03)), 0.1, 0.050,
                 by_restart=True, wait=_alone),
        Stimulus(31, "tick four times as often", act(inject("controller", "runaway", value=4, for_s=0.01)),
                 0.1, 0.050, by_restart=True, wait=_alone),
        Stimulus(33, "a part breaks", _damage, 0.6, 60.0),
        Stimulus(39, "READY unused for 120 s", act(lambda rig: None), 11.0, None,
                 onset=_ready_too_long, reaction=left(State.READY),
                 until="STANDBY", conditions=READY, prepare=_prepare_waiting),
        *_of_tables(),
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.interlock)
