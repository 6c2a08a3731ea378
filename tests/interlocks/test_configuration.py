"""IL-29, configuration integrity: both copies damaged; in RUN C1, latched, otherwise the start is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_refusals import CALIBRATED_DAY, visit_days_later
from interlock_rig import DAYS, SOUNDER_HIGH, SOUNDER_LOW, Refusal, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Input, Mode, Reason, Role, SelfTestCheck, State, StopKind

New = Callable[..., Rig]
COPIES = (0, 2048)
CHECKED_S = 1.0
C1_S = 0.105
FIELDS = {"mode": Mode.CLINICAL, "depth_max_um": 2500, "rate_max_mhz": 150_000, "home_only": 0}


def damage(rig: Rig, copies: tuple[int, ...] = COPIES, at: int = 20) -> None:
    """One bit of each of these copies turns over."""
    for copy in copies:
        rig.bench.memory.flip(copy + at, 2)


def safe(rig: Rig) -> None:
    """Wait for the end of the stop."""
    assert rig.wait(lambda: rig.state is State.SAFE, 1.5)
    rig.bench.run(0.01)


def trip(rig: Rig) -> Rig:
    """Both copies are damaged in RUN."""
    rig.running()
    damage(rig)
    safe(rig)
    rig.bench.run(0.3)
    return rig


def configure(rig: Rig) -> None:
    """The service stores the settings again, with the button held; no visit is open then."""
    rig.bench.hand.hold(False)
    rig.pen.end_visit()
    rig.as_role(Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    rig.pen.command("CONFIGURE", **FIELDS)
    rig.bench.run(1.5)


def arm_refusal(rig: Rig) -> Refusal:
    """Why ARM is refused now."""
    return rig.refused("ARM", device_time_us=rig.pen.status().device_time_us)


@pytest.mark.cell("IL-29", "inhibited")
def test_with_the_drive_off_nothing_latches_and_the_start_is_refused(rig: Rig) -> None:
    """IL-29, inhibited: in READY there is nothing to stop; START is refused with CONFIGURATION_DAMAGED."""
    rig.ready()
    damage(rig)
    rig.bench.run(1.5)
    assert rig.tripped == 0
    rig.bench.hand.press(n=3.0)
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    refusal = rig.refused("START", device_time_us=rig.pen.status().device_time_us)
    assert refusal.reason is Reason.CONFIGURATION_DAMAGED


@pytest.mark.cell("IL-29", "trip")
@pytest.mark.parametrize("at", [0, 5, 9, 14, 30])
def test_damage_in_both_copies_brings_a_run_to_rest(rig: Rig, at: int) -> None:
    """IL-29, trip: mark, version, sequence, serial number or limits, one bit in each copy: C1, latched."""
    rig.running()
    damage(rig, at=at)
    safe(rig)
    told = rig.assert_latched(29, StopKind.C1, Input.CONFIGURATION)
    assert (told.value, told.limit) == (1, 0)


@pytest.mark.cell("IL-29", "trip")
def test_damage_at_power_on_fails_the_self_test(rig: Rig) -> None:
    """IL-29, trip: nothing is armed, and the pen counts as one for the home."""
    rig.standby()
    damage(rig)
    rig.off_and_on()
    assert rig.state is State.SELF_TEST
    assert arm_refusal(rig) == Refusal(Reason.SELF_TEST_NOT_PASSED, SelfTestCheck.CONFIGURATION, 0)
    assert enums.Flags.HOME_ONLY in rig.pen.status().flags


@pytest.mark.cell("IL-29", "reset act")
@pytest.mark.parametrize("mode", [Mode.HOME, Mode.CLINICAL])
def test_what_the_service_configures_after_damage_at_power_on_holds(rig: Rig, mode: Mode) -> None:
    """IL-29, reset act: one CONFIGURE mends what both copies had lost, and it holds at the next power-on."""
    rig.standby()
    damage(rig)
    rig.off_and_on()
    rig.as_role(Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.1)
    rig.pen.command("CONFIGURE", mode=mode, depth_max_um=200, rate_max_mhz=90_000, home_only=0)
    rig.pen.self_test()
    rig.bench.run(2.5)  # the checks of two seconds find it whole
    rig.off_and_on()
    assert rig.state is State.STANDBY
    held = rig.pen.limits()[mode]
    assert (held.depth_max_um, held.rate_max_mhz) == (200, 90_000)


@pytest.mark.cell("IL-29", "trip")
@pytest.mark.parametrize("how", ["silent", "forget", "refuse"])
def test_a_memory_that_does_not_keep_what_it_is_given_refuses_the_start(rig: Rig, how: str) -> None:
    """IL-29, trip: the memory fails in STANDBY: MEMORY_FAILED, told by a warning, too."""
    rig.standby()
    rig.bench.memory.fail(how)
    visit_days_later(DAYS + 1 - CALIBRATED_DAY)(rig)  # a day that it has not seen, to be written
    rig.bench.run(2.0)
    assert arm_refusal(rig).reason is Reason.MEMORY_FAILED
    assert rig.warnings(enums.Warning.MEMORY_FAILED)


@pytest.mark.cell("IL-29", "below limit")
@pytest.mark.parametrize("copy", COPIES)
def test_one_copy_alone_is_put_right_from_the_other(rig: Rig, copy: int) -> None:
    """IL-29, below limit: the run goes on, and a second later both copies are the same again."""
    rig.running()
    before = rig.bench.memory.content[:200].tobytes()
    damage(rig, (copy,))
    rig.assert_running(1.5)
    content = rig.bench.memory.content
    assert content[12:60].tobytes() == content[2048 + 12 : 2048 + 60].tobytes() == before[12:60]


@pytest.mark.cell("IL-29", "hysteresis")
def test_bits_that_are_right_again_release_nothing(rig: Rig) -> None:
    """IL-29, hysteresis: latched, so there is no release; the reset alone takes it back."""
    trip(rig)
    damage(rig)  # the same bits turn back
    rig.assert_stays_off(2.0)
    rig.assert_latched(29, StopKind.C1)


@pytest.mark.cell("IL-29", "reaction time")
@pytest.mark.parametrize("seed", range(4))
def test_it_is_found_within_a_second(new_rig: New, reacted: Callable[..., None], seed: int) -> None:
    """IL-29, reaction time: from the damage to the begin of C1, which takes 100 ms at most."""
    rig = new_rig(seed).running()
    rig.bench.run(0.217 * seed)
    onset_s = rig.now_s
    damage(rig)
    safe(rig)
    begun_s = rig.first_s(rig.bench.trace.state == State.STOPPING, onset_s)
    assert begun_s - onset_s <= CHECKED_S
    assert rig.drive_off_s() - begun_s <= C1_S
    reacted("IL-29 C1 begun", (begun_s - onset_s) * 1e3, CHECKED_S * 1e3)


@pytest.mark.cell("IL-29", "safe state held")
def test_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-29, safe state held: drive and stage stand for 10 s, against ARM and START."""
    trip(rig).assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-29", "reset refused")
def test_the_reset_is_refused_while_the_settings_are_damaged(rig: Rig) -> None:
    """IL-29, reset refused: CONFIGURATION_DAMAGED, for the service with the button held, too."""
    trip(rig)
    rig.as_role(Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    assert rig.refused("RESET", interlock=29).reason is Reason.CONFIGURATION_DAMAGED
    rig.assert_latched(29, StopKind.C1)


@pytest.mark.cell("IL-29", "reset act")
def test_the_service_stores_the_settings_again_and_resets(rig: Rig) -> None:
    """IL-29, reset act: unsealed, by the clinician and without the button it is refused; then back to RUN."""
    trip(rig)
    assert rig.answers_to(rig.unsealed("RESET", interlock=29)) == [(Reason.NO_SESSION, 0, 0)]
    expected = Refusal(Reason.ROLE, Role.CLINICIAN, Role.SERVICE)
    assert rig.refused("RESET", interlock=29) == expected
    configure(rig)
    rig.bench.hand.button(False)
    rig.bench.run(0.05)
    assert rig.refused("RESET", interlock=29).reason is Reason.BUTTON_NOT_PRESSED
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    rig.pen.reset(29)
    rig.bench.hand.button(False)
    rig.as_role(Role.CLINICIAN)
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(1.2)


@pytest.mark.cell("IL-29", "no restart")
def test_the_reset_restarts_nothing(rig: Rig) -> None:
    """IL-29, no restart: the switch is held again before the reset."""
    trip(rig)
    configure(rig)
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    rig.pen.reset(29)
    rig.assert_stays_off(1.0, State.STANDBY)
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-29", "log row")
def test_it_is_told_once_and_kept(rig: Rig) -> None:
    """IL-29, log row: EVENT_TRIP latched, the same in STATUS and in the pen's memory of trips."""
    trip(rig)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["latched"]) == (29, Input.CONFIGURATION, 1)
    kept = rig.kept(29)
    assert kept.latched
    assert kept.trip == rig.trip()
    rig.restart("SOFTWARE")
    assert rig.tripped == 29


@pytest.mark.cell("IL-29", "priority signal")
def test_its_alarm_is_low(rig: Rig) -> None:
    """IL-29, priority signal: LOW, for the pen has stopped; HIGH only if needles must be lifted out."""
    trip(rig)
    lifted = rig.warnings(enums.Warning.LIFT_HANDPIECE)
    assert rig.sounder == (SOUNDER_HIGH if lifted else SOUNDER_LOW)


@pytest.mark.cell("IL-29", "guide words")
def test_provided_when_not_needed_does_not_happen_when_settings_are_written(rig: Rig) -> None:
    """IL-29, guide words: provided when not needed – the settings are stored three times, and checked."""
    rig.standby()
    configure(rig)
    for _ in range(3):
        rig.pen.command("CONFIGURE", **FIELDS)
        rig.bench.run(0.8)
    assert rig.tripped == 0
    rig.bench.hand.button(False)
    rig.as_role(Role.CLINICIAN)
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-29", "guide words")
def test_too_late_a_copy_that_fails_while_the_other_is_put_right_is_found(rig: Rig) -> None:
    """IL-29, guide words: too late – first one copy, healed, then the other, healed, then both."""
    rig.running()
    damage(rig, (0,))
    rig.assert_running(1.2)
    damage(rig, (2048,))
    rig.assert_running(1.2)
    damage(rig)
    safe(rig)
    rig.assert_latched(29, StopKind.C1)


@pytest.mark.cell("IL-29", "second fault")
def test_an_emergency_stop_of_the_same_moment_cuts_at_once(rig: Rig) -> None:
    """IL-29, second fault: the button pushed in the moment of the damage."""
    rig.running()
    damage(rig)
    rig.bench.hand.estop(True)
    pushed_s = rig.now_s
    rig.bench.run(1.2)
    assert rig.state is State.SAFE
    assert rig.drive_off_s() - pushed_s <= 0.010


@pytest.mark.cell("IL-29", "second fault")
def test_with_a_welded_switch_it_stops_all_the_same(rig: Rig) -> None:
    """IL-29, second fault: the hold-to-run switch says pressed for ever."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    damage(rig)
    rig.bench.hand.hold(False)
    safe(rig)
    rig.assert_latched(29, StopKind.C1)
