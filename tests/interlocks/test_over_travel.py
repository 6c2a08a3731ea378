"""IL-07, over-travel: deeper than the smaller of set depth + 0.10 mm and the mode's cap; C0, latched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import INVALID_UM, SOUNDER_HIGH, SOUNDER_MEDIUM, Refusal, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Flags, Input, Reason, Role, State, StopKind

MARGIN_UM = 100
CAP_UM = {"home": 250, "clinical": 2500}
REACTION_S = 0.010
SENSOR_LOST_S = 0.001
LIMITS = [
    ("clinical", 1000, 1100),
    ("clinical", 200, 300),
    ("clinical", 2400, 2500),
    ("clinical", 2450, 2500),
    ("clinical", 2500, 2500),
    ("home", 100, 200),
    ("home", 150, 250),
    ("home", 250, 250),
]
"""Mode, set depth, and the deepest measured depth that is allowed, µm."""

New = Callable[..., Rig]


def over_travel(rig: Rig) -> None:
    """The needle bar reads too deep for 20 ms; then the cause is gone, wherever the crank came to rest."""
    rig.bench.inject("bar_sensor", "stuck", value=1300)
    rig.bench.run(0.02)
    rig.bench.clear_faults()
    rig.bench.run(0.03)


def reaction_to(rig: Rig, truth: str, limit_um: int, since_s: float) -> float:
    """Time from the tick in which the truth passed the limit to the fall of the drive; 0 when it never did.

    The stage passes it before the first needle does, and a sensor may read some micrometres too deep: then
    the drive is off before anything was beyond the limit.
    """
    trace = rig.bench.trace.between(since_s, rig.now_s)
    beyond = trace.time_s[trace[truth] > limit_um]
    return max(0.0, rig.drive_off_s() - float(beyond[0])) if len(beyond) else 0.0


def stage_reading_of(rig: Rig, depth_um: int) -> int:
    """Raw reading of sensor A that stands for this depth, found by the referenced value in the telemetry."""
    blocks = []
    rig.pen.inbox.on_telemetry.append(blocks.append)
    rig.pen.telemetry(1000)
    rig.bench.run(0.1)
    block = blocks[-1]
    rig.pen.telemetry(0)
    trace = rig.bench.trace
    row = int(abs(trace["time_us"] - block.first_time_us).argmin())
    # the trace writes a row's reading a tick before the firmware sees it
    raw_um = int(trace.stage_reading_um[row - 1])
    return raw_um + depth_um - int(block.samples["stage_um"][0])


def trace_max(rig: Rig, column: str) -> int:
    """Largest reading of the last 10 ms that the firmware was given."""
    return int(rig.bench.trace.between(rig.now_s - 0.010, rig.now_s)[column].max())


@pytest.mark.cell("IL-07", "inhibited")
def test_a_deep_reading_while_the_drive_is_off_does_not_trip(rig: Rig) -> None:
    """IL-07, inhibited: it watches while the drive is on; a wrong sensor trips as soon as it is."""
    rig.ready()
    rig.bench.inject("bar_sensor", "stuck", value=2600)
    rig.bench.run(1.0)
    assert rig.state is State.READY
    assert not rig.pen.trips
    rig.start()
    rig.bench.run(0.01)
    rig.assert_latched(7, StopKind.C0, Input.BAR_DEPTH)
    assert rig.bench.kernel.stroke_count == 0


@pytest.mark.cell("IL-07", "inhibited")
@pytest.mark.parametrize(("begin_um", "end_um"), [(2500, 0), (2000, 500), (1000, 850)])
def test_a_setpoint_that_is_lowered_in_run_does_not_trip(rig: Rig, begin_um: int, end_um: int) -> None:
    """IL-07, inhibited: the limit falls on a ramp that a healthy stage can follow."""
    rig.running(depth_um=begin_um)
    rig.pen.set_depth_um(end_um)
    rig.assert_running(1.0)
    assert abs(rig.bench.strokes["peak_tip_um"][-1] - end_um) <= 50


@pytest.mark.cell("IL-07", "trip")
@pytest.mark.parametrize(("mode", "set_um", "limit_um"), LIMITS)
def test_a_stage_that_runs_away_is_stopped_at_the_limit(
    rig: Rig, mode: str, set_um: int, limit_um: int
) -> None:
    """IL-07, trip: true depth, in both modes, at set depth + 0.10 mm and at the caps of 0.25 and 2.5 mm."""
    rig.ready(mode, set_um, 90.0)
    rig.bench.kernel.control.stop_mechanical_um = (
        0.0  # the nose stop broken away: the pen alone holds the depth
    )
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.bench.run(0.2)
    fault = rig.bench.inject("stage", "runaway", value=5.0)
    rig.bench.run(0.2)
    assert fault.took_effect_s is not None
    trip = rig.assert_latched(7, StopKind.C0)
    assert trip.limit == limit_um
    assert limit_um < trip.value <= limit_um + 10
    assert rig.bench.trace.tip_um.max() <= limit_um + 25


@pytest.mark.cell("IL-07", "trip")
@pytest.mark.parametrize(("mode", "set_um", "limit_um"), LIMITS)
@pytest.mark.parametrize("sensor", ["bar_sensor", "stage_sensor"])
def test_each_sensor_alone_trips_one_micrometre_above_the_limit(
    rig: Rig, sensor: str, mode: str, set_um: int, limit_um: int
) -> None:
    """IL-07, trip: sensor A and sensor B are each enough, 1 µm above the limit."""
    rig.running(mode, set_um, 90.0)
    value = limit_um if sensor == "bar_sensor" else stage_reading_of(rig, limit_um)
    rig.bench.inject(sensor, "stuck", value=value + 1)
    rig.bench.run(0.05)
    source = Input.BAR_DEPTH if sensor == "bar_sensor" else Input.STAGE_DEPTH
    trip = rig.assert_latched(7, StopKind.C0, source)
    assert (trip.value, trip.limit) == (limit_um + 1, limit_um)


@pytest.mark.cell("IL-07", "trip")
@pytest.mark.parametrize(
    ("sensor", "source"), [("bar_sensor", Input.BAR_SENSOR), ("stage_sensor", Input.STAGE_SENSOR)]
)
def test_a_depth_that_is_not_known_counts_as_too_deep(rig: Rig, sensor: str, source: Input) -> None:
    """IL-07, trip: no valid reading of the needle bar, or of the depth stage, for 1 ms."""
    rig.running()
    rig.bench.inject(sensor, "off")
    onset_s = rig.now_s
    rig.bench.run(0.05)
    rig.assert_latched(7, StopKind.C0, source)
    assert SENSOR_LOST_S <= rig.drive_off_s() - onset_s <= SENSOR_LOST_S + 0.0004


@pytest.mark.cell("IL-07", "below limit")
@pytest.mark.parametrize(("mode", "set_um", "limit_um"), LIMITS)
@pytest.mark.parametrize("sensor", ["bar_sensor", "stage_sensor"])
def test_each_sensor_exactly_at_the_limit_does_not_trip(
    rig: Rig, sensor: str, mode: str, set_um: int, limit_um: int
) -> None:
    """IL-07, below limit: a reading that stands on the limit, to the micrometre, is allowed."""
    rig.running(mode, set_um, 90.0)
    if sensor == "bar_sensor":  # at the bottom and for 1 ms: elsewhere the jump is IL-09's
        assert rig.wait(lambda: rig.bench.trace.bar_reading_um[-1] > set_um - 100, 0.1)
        fault = rig.bench.inject(sensor, "stuck", value=limit_um, for_s=0.001)
    else:  # in steps that a stage can make, and for less than the strokes of IL-08
        value = stage_reading_of(rig, limit_um)
        before = stage_reading_of(rig, set_um)
        for part in (0.4, 0.8):
            rig.bench.inject(sensor, "stuck", value=before + round(part * (value - before)))
            rig.bench.run(0.0002)
            rig.bench.clear_faults()
        fault = rig.bench.inject(sensor, "stuck", value=value)
    rig.assert_running(0.008)
    assert fault.took_effect_s is not None
    assert trace_max(rig, "bar_reading_um" if sensor == "bar_sensor" else "stage_reading_um") >= (
        limit_um if sensor == "bar_sensor" else value
    )


@pytest.mark.cell("IL-07", "below limit")
@pytest.mark.parametrize("sensor", ["bar_sensor", "stage_sensor"])
def test_a_reading_lost_for_less_than_1_ms_does_not_trip(rig: Rig, sensor: str) -> None:
    """IL-07, below limit: 0.9 ms without one of the sensors are bridged."""
    rig.running()
    rig.bench.inject(sensor, "off", for_s=SENSOR_LOST_S - 0.0001)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-07", "hysteresis")
def test_a_single_deep_reading_latches_and_no_shallow_one_releases_it(rig: Rig) -> None:
    """IL-07, hysteresis: there is no release; one reading of 100 µs above the limit is enough."""
    rig.running()
    rig.bench.inject("bar_sensor", "stuck", value=1101, for_s=0.0002)
    rig.bench.run(0.02)
    rig.assert_latched(7, StopKind.C0, Input.BAR_DEPTH)
    rig.assert_stays_off(1.0)


@pytest.mark.cell("IL-07", "reaction time")
@pytest.mark.parametrize("speed_mm_s", [1.0, 5.0, 20.0])
@pytest.mark.parametrize("seed", range(10))
def test_the_drive_is_off_within_10_ms_of_true_over_travel(
    new_rig: New, reacted: Callable[..., None], seed: int, speed_mm_s: float
) -> None:
    """IL-07, reaction time: from the first tick in which the needle bar itself is deeper than the limit."""
    rig = new_rig(seed).running(depth_um=1500, rate_hz=120.0)
    rig.bench.run(0.0011 * seed)
    begin_s = rig.now_s
    rig.bench.inject("stage", "runaway", value=speed_mm_s)
    rig.bench.run(0.4)
    rig.assert_latched(7, StopKind.C0)
    for truth in ("bar_um", "stage_um"):
        reaction_s = reaction_to(rig, truth, 1500 + MARGIN_UM, begin_s)
        assert reaction_s <= REACTION_S
        reacted(f"IL-07 {truth} at {speed_mm_s:g} mm/s", reaction_s * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-07", "reaction time")
@pytest.mark.parametrize("seed", range(10))
def test_the_needle_bar_alone_is_quick_enough(new_rig: New, reacted: Callable[..., None], seed: int) -> None:
    """IL-07, reaction time: with sensor A stuck, sensor B stops a true over-travel within 10 ms."""
    rig = new_rig(seed).running(depth_um=1500, rate_hz=120.0)
    rig.bench.inject("stage_sensor", "stuck")
    begin_s = rig.now_s
    rig.bench.inject("stage", "runaway", value=20.0)
    rig.bench.run(0.2)
    rig.assert_latched(7, StopKind.C0, Input.BAR_DEPTH)
    onset_s = rig.first_s(rig.bench.trace.bar_um > 1500 + MARGIN_UM, begin_s)
    reaction_s = rig.drive_off_s() - onset_s
    assert reaction_s <= REACTION_S
    reacted("IL-07 by sensor B alone", reaction_s * 1e3, REACTION_S * 1e3)
    rig.assert_cut_ends_well()


@pytest.mark.cell("IL-07", "safe state held")
def test_after_over_travel_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-07, safe state held: drive and stage for 10 s, against ARM and START."""
    rig.running()
    over_travel(rig)
    assert rig.tripped == 7
    rig.assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-07", "reset refused")
@pytest.mark.parametrize("kind", ["stuck", "off"])
def test_the_reset_is_refused_while_the_bar_is_deep_or_not_seen(rig: Rig, kind: str) -> None:
    """IL-07, reset refused: CAUSE_PRESENT with the reading and the limit."""
    rig.running()
    over_travel(rig)
    reading_um = 1500 if kind == "stuck" else INVALID_UM
    rig.bench.inject("bar_sensor", kind, **({"value": 1500} if kind == "stuck" else {}))
    rig.bench.run(0.02)
    assert rig.refused("RESET", interlock=7) == Refusal(Reason.CAUSE_PRESENT, reading_um, 1100)
    rig.assert_latched(7, StopKind.C0)
    rig.bench.clear_faults()
    rig.bench.run(0.02)
    rig.pen.reset(7)
    assert rig.state is State.STANDBY


@pytest.mark.cell("IL-07", "reset act")
def test_after_the_reset_the_pen_asks_for_a_new_reference(rig: Rig) -> None:
    """IL-07, reset act: RESET 7, then REFERENCE, then ARM; nothing less."""
    rig.running()
    over_travel(rig)
    assert rig.answers_to(rig.unsealed("RESET", interlock=7)) == [(Reason.NO_SESSION, 0, 0)]
    assert rig.refused("RESET", interlock=1) == Refusal(Reason.WRONG_INTERLOCK, 1, 7)
    rig.pen.reset(7)
    assert Flags.REFERENCED not in rig.pen.status().flags
    rig.bench.hand.hold(False)
    assert rig.refused("ARM", device_time_us=rig.bench.kernel.time_us).reason is Reason.NOT_REFERENCED
    rig.pen.reference()
    rig.pen.arm()
    rig.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-07", "reset act")
@pytest.mark.parametrize("mode", ["home", "clinical"])
def test_in_the_clinic_the_clinician_acknowledges_it(rig: Rig, mode: str) -> None:
    """IL-07, reset act: an operator's link session cannot reset it in CLINICAL, and can at home."""
    rig.running(mode, 200, 90.0)
    over_travel(rig)
    rig.pen.close()
    rig.bench.advance(0.6)  # its link session is free to be taken over 0.5 s after the last heartbeat
    rig.pen = rig.bench.pen(role="operator")
    rig.pen.open_session()
    if mode == "home":
        rig.pen.reset(7)
        assert rig.state is State.STANDBY
        return
    assert rig.refused("RESET", interlock=7) == Refusal(Reason.ROLE, Role.OPERATOR, Role.CLINICIAN)
    rig.assert_latched(7, StopKind.C0)


@pytest.mark.cell("IL-07", "no restart")
def test_neither_reset_nor_reference_restarts_the_drive(rig: Rig) -> None:
    """IL-07, no restart: with the switch held all the time."""
    rig.running()
    over_travel(rig)
    rig.assert_stays_off(1.0)
    rig.pen.reset(7)
    rig.assert_stays_off(1.0, State.STANDBY)
    rig.pen.reference()
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-07", "log row")
def test_the_trip_is_told_once_with_its_sensor_value_limit_and_time(rig: Rig) -> None:
    """IL-07, log row: EVENT_TRIP, and the same in STATUS."""
    rig.running()
    rig.bench.inject("bar_sensor", "stuck", value=1234)
    onset_us = rig.bench.kernel.time_us
    rig.bench.run(0.1)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["stop"]) == (7, Input.BAR_DEPTH, StopKind.C0)
    assert (event["value"], event["limit"]) == (1234, 1100)
    assert onset_us < event["time_us"] <= onset_us + 10_000
    trip = rig.trip()
    assert (trip.value, trip.limit, trip.time_us) == (1234, 1100, event["time_us"])


@pytest.mark.cell("IL-07", "priority signal")
def test_the_signal_is_high_while_the_needles_are_not_seen_inside_the_nose(rig: Rig) -> None:
    """IL-07, priority signal: HIGH and "lift the handpiece" while not clear, MEDIUM afterwards."""
    rig.running()
    rig.bench.inject("bar_sensor", "stuck", value=1101)
    rig.bench.run(0.25)
    assert rig.tripped == 7
    assert rig.sounder == SOUNDER_HIGH
    assert not rig.warnings(enums.Warning.LIFT_HANDPIECE)
    rig.bench.run(0.1)
    (warning,) = rig.warnings(enums.Warning.LIFT_HANDPIECE)
    assert warning["value"] == 1101
    assert rig.sounder == SOUNDER_HIGH
    rig.bench.clear_faults()
    rig.bench.run(0.05)
    assert rig.sounder == SOUNDER_MEDIUM


@pytest.mark.cell("IL-07", "guide words")
@pytest.mark.parametrize(("mode", "cap_um"), [("home", 250), ("clinical", 2500)])
@pytest.mark.parametrize("seed", range(5))
def test_provided_when_not_needed_does_not_happen_at_the_cap(
    new_rig: New, seed: int, mode: str, cap_um: int
) -> None:
    """IL-07, guide words: provided when not needed – at the cap, gliding, with no stroke beyond it."""
    rig = new_rig(seed).running(mode, cap_um, 95.0)
    rig.bench.hand.glide(mm_s=30)
    rig.assert_running(2.0)
    assert rig.bench.strokes["peak_tip_um"].max() <= cap_um


@pytest.mark.cell("IL-07", "guide words")
def test_not_provided_by_a_stage_that_does_not_follow_a_lowered_setpoint(rig: Rig) -> None:
    """IL-07, guide words: not provided – the stage jams at 1.0 mm, 0.6 mm is set: the ramp meets it."""
    rig.running()
    rig.bench.inject("stage", "stuck")
    onset_s = rig.now_s
    rig.pen.set_depth_um(600)
    rig.bench.run(0.3)
    trip = rig.assert_latched(7, StopKind.C0)
    assert 900 < trip.limit < 1100
    assert rig.drive_off_s() - onset_s <= 0.060


@pytest.mark.cell("IL-07", "guide words")
def test_too_early_the_limit_is_never_set_by_a_refused_command(rig: Rig) -> None:
    """IL-07, guide words: too early – an increase that is refused in RUN does not move the limit."""
    rig.running()
    assert rig.refused("SET_DEPTH", depth_um=1500).reason is Reason.INCREASE_WHILE_RUNNING
    rig.assert_running(0.2)
    rig.bench.inject("bar_sensor", "stuck", value=1101)
    rig.bench.run(0.05)
    assert rig.assert_latched(7, StopKind.C0).limit == 1100


@pytest.mark.cell("IL-07", "guide words")
def test_applied_too_long_a_healthy_pen_is_back_after_reset_and_reference(rig: Rig) -> None:
    """IL-07, guide words: applied too long – two trips, each with its whole way back."""
    rig.running()
    for _ in range(2):  # the third of one kind is the limiter's, IL-38
        over_travel(rig)
        rig.assert_latched(7, StopKind.C0)
        rig.bench.run(0.3)
        rig.bench.hand.hold(False)
        rig.pen.reset(7)
        rig.pen.reference()
        rig.pen.arm()
        rig.start()
        rig.assert_running(0.2)


@pytest.mark.cell("IL-07", "second fault")
@pytest.mark.parametrize("blind", ["bar_sensor", "stage_sensor"])
@pytest.mark.parametrize("kind", ["stuck", "slow"])
def test_one_blind_sensor_does_not_hide_an_over_travel(rig: Rig, blind: str, kind: str) -> None:
    """IL-07, second fault: one sensor stands still or lags, the stage runs away: the depth is held."""
    rig.running()
    rig.bench.inject(blind, kind, **({"time_s": 5.0} if kind == "slow" else {}))
    rig.bench.inject("stage", "runaway", value=5.0)
    rig.bench.run(0.2)
    assert rig.state is State.SAFE
    assert not rig.drive_on
    assert rig.tripped in (7, 8, 9)  # a bar sensor that stands is found by itself
    assert rig.bench.trace.tip_um.max() <= 1100 + 60


@pytest.mark.cell("IL-07", "second fault")
def test_over_travel_during_a_controlled_stop_cuts_the_drive(rig: Rig) -> None:
    """IL-07, second fault: seen while hold-to-run brings the pen to rest, it turns C1 into C0 at once."""
    rig.running()
    rig.bench.hand.hold(False)
    assert rig.wait(lambda: rig.state is State.STOPPING, 0.02)
    onset_s = rig.now_s
    rig.bench.inject("bar_sensor", "stuck", value=1101)
    rig.bench.run(0.02)
    rig.assert_latched(7, StopKind.C0, Input.BAR_DEPTH)
    assert rig.drive_off_s() - onset_s <= 0.001


@pytest.mark.cell("IL-07", "second fault")
def test_over_travel_with_the_link_cut_and_the_switch_welded_stops_all_the_same(rig: Rig) -> None:
    """IL-07, second fault: nobody at the host, nobody at the switch."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.cut_link()
    rig.bench.inject("stage", "runaway", value=20.0)
    rig.bench.advance(0.05)
    assert rig.tripped == 7
    assert not rig.drive_on


@pytest.mark.cell("IL-07", "second fault")
def test_two_trips_of_one_tick_are_both_told(new_rig: New) -> None:
    """IL-07, second fault: in whatever tick a second trip meets the first one's reset, it is told."""
    reset = 0x0C
    for ticks in range(3, 24):
        rig = new_rig().running()
        over_travel(rig)
        rig.bench.run(0.3)
        rig.bench.inject("estop_a", "stuck", value=0)  # trips 2 ms later
        rig.bench.advance(ticks * 1e-4)
        rig.pen.send_raw(rig.sealed(reset, bytes([7])))
        rig.bench.run(0.05)
        rig.assert_latched(1, StopKind.C0)
        assert [event["interlock"] for event in rig.events("EVENT_TRIP")] == [7, 1]
