"""IL-33, the periodic check of the controller: CPU, RAM, ROM, stack, control flow; C0, power ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_HIGH, SOUNDER_LOW, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Input, Reason, Role, SelfCheckPart, State, StopKind

NOT_APPLICABLE = {
    ("IL-33", "inhibited"): "the controller is checked in every state; the design inhibits it nowhere",
    ("IL-33", "below limit"): "a pattern, a sum or a token is right or wrong; nothing lies just below wrong",
}

New = Callable[..., Rig]
REACTION_S = 60.0
PARTS = ("CPU", "RAM", "ROM", "STACK", "CONTROL_FLOW")
ALL = pytest.mark.parametrize("part", PARTS)


def trip(rig: Rig, part: str = "STACK") -> Rig:
    """A part breaks in RUN."""
    rig.running()
    rig.bench.damage(part)
    assert rig.wait(lambda: rig.state is State.SAFE, 5.0)
    rig.bench.run(0.5)
    return rig


def mend(rig: Rig) -> None:
    """The disturbance of the stack is over: a single event, that a power-off clears."""
    rig.bench.kernel.world["canary"] ^= 0xFF


@pytest.mark.cell("IL-33", "trip")
@ALL
@pytest.mark.parametrize("state", [State.STANDBY, State.RUN])
def test_each_part_that_breaks_is_found(rig: Rig, part: str, state: State) -> None:
    """IL-33, trip: in RUN and at rest, with the number of the part."""
    rig.running() if state is State.RUN else rig.standby()
    rig.bench.damage(part)
    assert rig.wait(lambda: rig.state is State.SAFE, 5.0)
    rig.bench.run(0.05)
    told = rig.assert_latched(33, StopKind.C0, Input.SELF_CHECK)
    assert told.value == SelfCheckPart[part]


@pytest.mark.cell("IL-33", "hysteresis")
def test_a_check_that_is_right_again_releases_nothing(rig: Rig) -> None:
    """IL-33, hysteresis: what was wrong once stays latched."""
    trip(rig)
    mend(rig)
    rig.assert_stays_off(2.0)
    rig.assert_latched(33, StopKind.C0)


@pytest.mark.cell("IL-33", "reaction time")
@ALL
@pytest.mark.parametrize("seed", range(3))
def test_it_is_found_within_a_minute(
    new_rig: New, reacted: Callable[..., None], part: str, seed: int
) -> None:
    """IL-33, reaction time: from the defect to the drive off; the requirement is 60 s."""
    rig = new_rig(seed).running()
    rig.bench.run(0.0031 * seed)
    onset_s = rig.now_s
    rig.bench.damage(part)
    assert rig.wait(lambda: rig.state is State.SAFE, 5.0)
    rig.bench.run(0.01)
    reaction_s = rig.drive_off_s() - onset_s
    assert reaction_s <= REACTION_S
    reacted(f"IL-33 {part}", reaction_s * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-33", "safe state held")
def test_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-33, safe state held: drive and stage stand for 10 s, against ARM and START."""
    trip(rig).assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-33", "reset refused")
def test_no_reset_over_the_link_ends_it(rig: Rig) -> None:
    """IL-33, reset refused: POWER_CYCLE_NEEDED for the service, too."""
    trip(rig)
    mend(rig)
    rig.as_role(Role.SERVICE)
    rig.press_button()
    assert rig.refused("RESET", interlock=33).reason is Reason.POWER_CYCLE_NEEDED


@pytest.mark.cell("IL-33", "reset refused")
def test_with_the_part_still_broken_switching_off_and_on_does_not_end_it(rig: Rig) -> None:
    """IL-33, reset refused: the self-test of the power-on finds it, too."""
    trip(rig, "ROM")
    rig.off_and_on()
    assert rig.tripped == 33


@pytest.mark.cell("IL-33", "reset act")
def test_switching_off_and_on_with_a_passed_self_test_ends_it(rig: Rig) -> None:
    """IL-33, reset act: power off and on, a passed self-test, then all of it anew."""
    trip(rig)
    mend(rig)
    rig.power_cycle()
    assert rig.tripped == 0
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.2)


@pytest.mark.cell("IL-33", "no restart")
def test_switching_on_with_the_switch_held_starts_nothing(rig: Rig) -> None:
    """IL-33, no restart: the switch is held through power-off and power-on."""
    trip(rig)
    mend(rig)
    rig.pen.close()
    rig.bench.power_off()
    rig.bench.power_on()
    begin_s = rig.now_s
    rig.bench.advance(4.0)
    assert not (rig.bench.trace.between(begin_s, rig.now_s).state == State.RUN).any()
    assert not rig.drive_on


@pytest.mark.cell("IL-33", "log row")
def test_it_is_told_once_with_the_part(rig: Rig) -> None:
    """IL-33, log row: EVENT_TRIP latched, the same in the pen's memory of trips."""
    trip(rig)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["latched"]) == (33, Input.SELF_CHECK, 1)
    assert event["value"] == SelfCheckPart.STACK
    assert rig.kept(33).trip == rig.trip()


@pytest.mark.cell("IL-33", "priority signal")
def test_its_alarm_is_low(rig: Rig) -> None:
    """IL-33, priority signal: LOW, for the pen has stopped; HIGH only if needles must be lifted out."""
    trip(rig)
    lifted = rig.warnings(enums.Warning.LIFT_HANDPIECE)
    assert rig.sounder == (SOUNDER_HIGH if lifted else SOUNDER_LOW)


@pytest.mark.cell("IL-33", "guide words")
def test_provided_when_not_needed_does_not_happen_over_a_whole_round_of_checks(rig: Rig) -> None:
    """IL-33, guide words: provided when not needed – 60 s at rest hold every check many times."""
    rig.standby()
    rig.bench.run(60.0)
    assert rig.tripped == 0


@pytest.mark.cell("IL-33", "guide words")
def test_not_provided_by_a_controller_that_hangs_the_watchdog_cuts_the_drive(rig: Rig) -> None:
    """IL-33, guide words: not provided – nothing executes any more; the watchdog has its own oscillator."""
    rig.running()
    rig.bench.inject("controller", "off")
    onset_s = rig.now_s
    rig.bench.advance(0.3)
    assert rig.drive_off_s() - onset_s <= 0.050


@pytest.mark.cell("IL-33", "second fault")
def test_it_stops_with_the_link_cut_and_the_switch_welded(rig: Rig) -> None:
    """IL-33, second fault: nobody at the host, nobody at the switch."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    rig.bench.cut_link()
    rig.bench.damage("RAM")
    rig.bench.advance(0.2)
    assert rig.tripped == 33
    assert not rig.drive_on
