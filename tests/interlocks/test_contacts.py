"""IL-04, two contacts of one switch that contradict each other; C0, and the service ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_HIGH, SOUNDER_MEDIUM, Refusal, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Input, Reason, Role, State, StopKind

New = Callable[..., Rig]
DISAGREE_S, REACTION_S = 0.200, 0.210


def contradict(rig: Rig, **options: float) -> None:
    """The released contact of the pressed switch closes: both contacts say yes."""
    rig.bench.inject("hold_released_contact", "stuck", value=1, **options)


def trip(rig: Rig) -> Rig:
    """Both contacts of the pressed switch say yes, in RUN, for long enough."""
    rig.running()
    contradict(rig)
    rig.bench.run(0.4)
    return rig


def way_back(rig: Rig) -> None:
    """The contact is mended, and the service resets with the button held."""
    rig.bench.clear_faults()
    rig.bench.hand.hold(False)
    rig.bench.run(0.1)
    rig.as_role(Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    rig.pen.reset(4)
    rig.bench.hand.button(False)


@pytest.mark.cell("IL-04", "trip")
def test_both_contacts_closed_in_a_run_stop_and_latch(rig: Rig) -> None:
    """IL-04, trip: the doubt stops the run at once, and after 200 ms it latches, C0."""
    trip(rig)
    rig.assert_latched(4, StopKind.C0, Input.HOLD_CONTACTS)


@pytest.mark.cell("IL-04", "trip")
@pytest.mark.parametrize(("contact", "value"), [("hold_released_contact", 0), ("hold_switch", 1)])
def test_either_contact_that_lies_at_rest_latches(rig: Rig, contact: str, value: int) -> None:
    """IL-04, trip: at rest in READY, too: both open, or both closed."""
    rig.ready()
    rig.bench.inject(contact, "stuck", value=value)
    rig.bench.run(0.4)
    rig.assert_latched(4, StopKind.C0, Input.HOLD_CONTACTS)


@pytest.mark.cell("IL-04", "trip")
@pytest.mark.parametrize("chain", ["estop_a", "estop_b"])
def test_a_chain_that_stays_closed_under_the_button_is_found(rig: Rig, chain: str) -> None:
    """IL-04, trip: one emergency chain does not open when the button is pushed: IL-01, and IL-04 besides."""
    rig.running()
    rig.bench.inject(chain, "stuck", value=1)
    rig.bench.hand.estop(True)
    rig.bench.run(0.4)
    assert {event["interlock"] for event in rig.events("EVENT_TRIP")} == {1, 4}
    assert not rig.drive_on


@pytest.mark.cell("IL-04", "below limit")
def test_contacts_that_agree_again_within_200_ms_latch_nothing(rig: Rig) -> None:
    """IL-04, below limit: 190 ms of contradiction are a slow switch, no fault."""
    rig.ready()
    contradict(rig)
    rig.bench.hand.hold(True)
    rig.bench.run(0.190)
    rig.bench.clear_faults()
    rig.bench.run(0.5)
    assert rig.tripped == 0
    assert rig.state is State.READY


@pytest.mark.cell("IL-04", "inhibited")
def test_the_bounce_of_a_switch_is_no_contradiction(rig: Rig) -> None:
    """IL-04, inhibited: a switch on its way is between its contacts; 40 presses latch nothing."""
    rig.ready()
    for pressed in (True, False) * 20:
        rig.bench.hand.hold(pressed)
        rig.bench.run(0.06)
    assert rig.tripped == 0


@pytest.mark.cell("IL-04", "hysteresis")
def test_short_contradictions_do_not_add_up(rig: Rig) -> None:
    """IL-04, hysteresis: each contradiction is timed for itself; one of 205 ms latches and stays."""
    rig.ready()
    rig.bench.hand.hold(True)
    for _ in range(6):
        contradict(rig)
        rig.bench.run(0.15)
        rig.bench.clear_faults()
        rig.bench.run(0.2)
    assert rig.tripped == 0
    contradict(rig)
    rig.bench.run(0.205)
    rig.bench.clear_faults()
    rig.bench.run(0.5)
    assert rig.tripped == 4


@pytest.mark.cell("IL-04", "reaction time")
@pytest.mark.parametrize("seed", range(6))
def test_the_doubt_stops_at_once_and_latches_in_210_ms(
    new_rig: New, reacted: Callable[..., None], seed: int
) -> None:
    """IL-04, reaction time: C1 begins within 50 ms; the latch comes within 210 ms of the contradiction."""
    rig = new_rig(seed).running()
    rig.bench.run(0.0017 * seed)
    onset_s = rig.now_s
    contradict(rig)
    rig.bench.run(0.4)
    trace = rig.bench.trace
    assert rig.first_s(trace.state == State.STOPPING, onset_s) - onset_s <= 0.050
    latched_s = rig.first_s(trace.tripped == 4, onset_s) - onset_s
    assert DISAGREE_S <= latched_s <= REACTION_S
    reacted("IL-04 latched", latched_s * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-04", "safe state held")
def test_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-04, safe state held: drive and stage stand for 10 s, against ARM and START."""
    trip(rig)
    rig.assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-04", "reset refused")
def test_the_reset_is_refused_while_the_contacts_contradict(rig: Rig) -> None:
    """IL-04, reset refused: by the service, too, while the cause is there; and without the button."""
    trip(rig)
    rig.as_role(Role.SERVICE)
    assert rig.refused("RESET", interlock=4).reason in (Reason.CAUSE_PRESENT, Reason.BUTTON_NOT_PRESSED)
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    assert rig.refused("RESET", interlock=4).reason is Reason.CAUSE_PRESENT
    rig.bench.clear_faults()
    rig.bench.hand.button(False)
    rig.bench.run(6.0)
    assert rig.refused("RESET", interlock=4).reason is Reason.BUTTON_NOT_PRESSED
    assert rig.tripped == 4


@pytest.mark.cell("IL-04", "reset act")
def test_the_service_with_the_button_leads_back(rig: Rig) -> None:
    """IL-04, reset act: lower roles are refused; the service resets, then everything anew."""
    trip(rig)
    rig.bench.clear_faults()
    rig.bench.run(0.1)
    assert rig.refused("RESET", interlock=4) == Refusal(Reason.ROLE, Role.CLINICIAN, Role.SERVICE)
    way_back(rig)
    rig.as_role(Role.CLINICIAN)
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-04", "no restart")
def test_contacts_that_agree_again_start_nothing(rig: Rig) -> None:
    """IL-04, no restart: the contact is mended with the switch held; reset and waiting start nothing."""
    trip(rig)
    rig.bench.clear_faults()
    rig.assert_stays_off(1.0)
    way_back(rig)
    rig.bench.hand.hold(True)
    rig.assert_stays_off(1.0, State.STANDBY)


@pytest.mark.cell("IL-04", "log row")
def test_it_is_told_once_and_kept(rig: Rig) -> None:
    """IL-04, log row: EVENT_TRIP latched with its input, the same in the pen's memory of trips."""
    trip(rig)
    (told,) = [event for event in rig.events("EVENT_TRIP") if event["interlock"] == 4]
    assert (told["input"], told["stop"], told["latched"]) == (Input.HOLD_CONTACTS, StopKind.C0, 1)
    assert rig.kept(4).latched


@pytest.mark.cell("IL-04", "priority signal")
def test_it_sounds_medium(rig: Rig) -> None:
    """IL-04, priority signal: MEDIUM; HIGH while needles must be lifted out."""
    trip(rig)
    lift = rig.warnings(enums.Warning.LIFT_HANDPIECE)
    assert rig.sounder == (SOUNDER_HIGH if lift else SOUNDER_MEDIUM)


@pytest.mark.cell("IL-04", "guide words")
def test_not_provided_a_contact_that_lies_cannot_start_the_drive(rig: Rig) -> None:
    """IL-04, guide words: not provided – while the contacts contradict, a press does not count."""
    rig.ready()
    contradict(rig)
    rig.bench.hand.hold(True)
    rig.bench.run(0.1)
    refusal = rig.refused("START", device_time_us=rig.bench.kernel.time_us)
    assert refusal.reason is Reason.HOLD_NOT_PRESSED
    rig.assert_stays_off(0.05, State.READY)


@pytest.mark.cell("IL-04", "guide words")
def test_provided_when_not_needed_does_not_happen_in_a_treatment(rig: Rig) -> None:
    """IL-04, guide words: provided when not needed – three seconds of gliding, release and press."""
    rig.running()
    rig.bench.hand.glide(mm_s=30)
    rig.assert_running(3.0)
    rig.bench.hand.hold(False)
    rig.bench.run(0.3)
    rig.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-04", "second fault")
def test_with_the_link_cut_it_latches_all_the_same(rig: Rig) -> None:
    """IL-04, second fault: nobody at the host."""
    rig.running()
    contradict(rig)
    rig.bench.cut_link()
    rig.bench.advance(0.22)
    assert rig.tripped == 4
    assert not rig.drive_on
