"""IL-10, reference lost: the stage is not where its steps put it, or its zero is unknown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_NONE, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Flags, Reason, State

NOT_APPLICABLE = {
    ("IL-10", "hysteresis"): "a reference is there or lost; only a new reference run brings it back",
}

DRIFT_S = 0.020
REACTION_S = 0.030
"""20 ms of drift, and its look once a millisecond."""

New = Callable[..., Rig]


def drift(rig: Rig, um: float = -58.0) -> None:
    """Sensor A shows the stage elsewhere than its steps have put it: a slipped spindle, seen from guard."""
    rig.bench.inject("stage_sensor", "wrong", value=um)


def lose(rig: Rig) -> None:
    """The same, and time enough to see it."""
    drift(rig)
    rig.bench.run(0.1)


def arm_refusal(rig: Rig) -> Reason:
    """Why ARM is refused now."""
    return rig.refused("ARM", device_time_us=rig.bench.kernel.time_us).reason


def reference_lost(rig: Rig) -> bool:
    """Whether the pen says that its reference is gone."""
    return Flags.REFERENCED not in rig.pen.status().flags


@pytest.mark.cell("IL-10", "inhibited")
def test_in_run_the_strokes_go_on_for_the_depth_itself_is_held(rig: Rig) -> None:
    """IL-10, inhibited: over-travel and discrepancy hold the depth, so that the run goes on."""
    rig.running()
    lose(rig)
    rig.assert_running(0.3)
    rig.bench.hand.hold(False)
    rig.bench.run(0.3)
    assert rig.state is State.STANDBY
    assert arm_refusal(rig) is Reason.NOT_REFERENCED


@pytest.mark.cell("IL-10", "trip")
@pytest.mark.parametrize("um", [-58.0, 58.0])
def test_a_stage_that_is_elsewhere_takes_ready_away(rig: Rig, um: float) -> None:
    """IL-10, trip: either way, in READY: STANDBY, and ARM is refused."""
    rig.ready()
    drift(rig, um)
    rig.bench.run(0.1)
    assert rig.state is State.STANDBY
    assert reference_lost(rig)
    assert arm_refusal(rig) is Reason.NOT_REFERENCED


@pytest.mark.cell("IL-10", "trip")
def test_a_stage_that_slips_on_its_way_is_found(rig: Rig) -> None:
    """IL-10, trip: half of the steps are lost while the stage moves to its depth."""
    rig.standby(depth_um=2000)
    rig.bench.inject("stage", "intermittent", severity=0.5)
    try:
        rig.pen.arm()
    except Exception:
        assert rig.state is State.STANDBY
    rig.bench.run(0.5)
    assert reference_lost(rig)
    assert rig.state is State.STANDBY


@pytest.mark.cell("IL-10", "trip")
def test_a_pen_that_was_never_referenced_is_not_armed(rig: Rig) -> None:
    """IL-10, trip: after a restart nobody knows where the stage stands."""
    rig.standby()
    rig.restart("SOFTWARE")
    flags = rig.pen.status().flags
    if Flags.REFERENCED not in flags:
        rig.visit()
        rig.setpoints("clinical", 1000, 110.0)
        assert arm_refusal(rig) in (Reason.NOT_REFERENCED, Reason.SELF_TEST_NOT_PASSED)
    else:  # the self-test of the power-on ends with a reference run
        assert Flags.SELF_TEST_PASSED in flags


@pytest.mark.cell("IL-10", "below limit")
@pytest.mark.parametrize(("um", "for_s"), [(-40.0, None), (40.0, None), (-58.0, 0.015)])
def test_40_um_or_15_ms_are_borne(rig: Rig, um: float, for_s: float | None) -> None:
    """IL-10, below limit: 40 µm of 50 µm for ever, 58 µm for 15 ms of 20 ms."""
    rig.ready()
    fault = rig.bench.inject("stage_sensor", "wrong", value=um, for_s=for_s)
    rig.bench.run(0.5)
    assert fault.took_effect_s is not None
    assert rig.state is State.READY
    assert not reference_lost(rig)


@pytest.mark.cell("IL-10", "reaction time")
@pytest.mark.parametrize("seed", range(6))
def test_ready_is_gone_within_30_ms(new_rig: New, reacted: Callable[..., None], seed: int) -> None:
    """IL-10, reaction time: from the drift to the loss of READY."""
    rig = new_rig(seed).ready()
    rig.bench.run(0.0013 * seed)
    onset_s = rig.now_s
    drift(rig)
    assert rig.tick_until(lambda: rig.state is not State.READY, 0.1)
    assert DRIFT_S <= rig.now_s - onset_s <= REACTION_S
    reacted("IL-10 READY lost", (rig.now_s - onset_s) * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-10", "safe state held")
def test_the_stage_does_not_search_by_itself(rig: Rig) -> None:
    """IL-10, safe state held: 10 s without motion; only REFERENCE moves the stage."""
    rig.ready()
    lose(rig)
    rig.bench.run(1.0)
    stage_um = rig.bench.trace.stage_um[-1]
    rig.assert_stays_off(10.0, State.STANDBY)
    assert abs(rig.bench.trace.stage_um[-1] - stage_um) < 1.0


@pytest.mark.cell("IL-10", "reset refused")
def test_nothing_is_latched_and_arming_stays_refused_however_often(rig: Rig) -> None:
    """IL-10, reset refused: RESET finds nothing; a sensor that is right again brings no zero back."""
    rig.ready()
    lose(rig)
    assert rig.refused("RESET", interlock=10).reason is Reason.NOT_LATCHED
    rig.bench.clear_faults()
    rig.bench.run(1.0)
    for _ in range(5):
        assert arm_refusal(rig) is Reason.NOT_REFERENCED


@pytest.mark.cell("IL-10", "reset act")
def test_a_reference_run_brings_it_back(rig: Rig) -> None:
    """IL-10, reset act: REFERENCE, then ARM, press and START; unsealed it is refused."""
    rig.ready()
    lose(rig)
    rig.bench.clear_faults()
    rig.bench.run(0.1)
    assert rig.answers_to(rig.unsealed("REFERENCE")) == [(Reason.NO_SESSION, 0, 0)]
    rig.pen.reference()
    rig.pen.arm()
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-10", "no restart")
def test_the_reference_run_neither_arms_nor_starts(rig: Rig) -> None:
    """IL-10, no restart: with the switch held meanwhile."""
    rig.ready()
    lose(rig)
    rig.bench.clear_faults()
    rig.bench.hand.hold(True)
    rig.bench.run(0.1)
    rig.pen.reference()
    rig.assert_stays_off(1.0, State.STANDBY)


@pytest.mark.cell("IL-10", "log row")
def test_it_is_told_with_the_drift_and_the_limit(rig: Rig) -> None:
    """IL-10, log row: warning REFERENCE_LOST with value and limit, and the change of state with cause 10."""
    rig.ready()
    lose(rig)
    (warning,) = rig.warnings(enums.Warning.REFERENCE_LOST)
    assert -70 <= warning["value"] <= -51
    assert warning["limit"] == 50
    state = rig.events("EVENT_STATE")[-1]
    assert (state["state"], state["previous"], state["cause"]) == (State.STANDBY, State.READY, 10)


@pytest.mark.cell("IL-10", "priority signal")
def test_a_refused_start_makes_no_alarm_sound_in_standby(rig: Rig) -> None:
    """IL-10, priority signal: LOW by the catalogue, shown as a condition; nothing runs, and no tone calls."""
    rig.ready()
    lose(rig)
    rig.bench.run(0.5)
    assert reference_lost(rig)
    assert rig.sounder == SOUNDER_NONE


@pytest.mark.cell("IL-10", "guide words")
def test_provided_when_not_needed_does_not_happen_over_many_depths(rig: Rig) -> None:
    """IL-10, guide words: provided when not needed – up and down over the whole range, eight times."""
    rig.standby()
    for depth_um in (200, 2500, 500, 2000, 0, 1500, 2400, 1000):
        rig.pen.set_depth_um(depth_um)
        rig.pen.arm()
        rig.bench.run(0.2)
        rig.pen.stop()
    assert not reference_lost(rig)


@pytest.mark.cell("IL-10", "guide words")
def test_not_provided_a_home_switch_that_fails_gives_no_reference(rig: Rig) -> None:
    """IL-10, guide words: not provided – a home switch that fails ends the reference run."""
    rig.standby()
    for value in (0, 1):
        fault = rig.bench.inject("home_switch", "stuck", value=value)
        with pytest.raises(Exception, match="reference"):
            rig.pen.reference()
        assert arm_refusal(rig) is Reason.NOT_REFERENCED
        fault.clear()
        rig.bench.run(0.1)


@pytest.mark.cell("IL-10", "second fault")
def test_a_lost_reference_and_a_runaway_stage_end_in_a_trip(rig: Rig) -> None:
    """IL-10, second fault: the reference is lost, then the stage runs away: sensor B holds."""
    rig.running()
    lose(rig)
    assert rig.warnings(enums.Warning.REFERENCE_LOST)
    rig.bench.inject("stage", "runaway", value=5.0)
    rig.bench.run(0.3)
    assert rig.state is State.SAFE
    assert rig.bench.trace.tip_um.max() <= 1100 + 60  # at 5 mm/s, and one stroke of 9 ms
