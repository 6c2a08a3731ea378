"""What belongs to one of the interlocks that refuse alone: IL-20 to 22, 30, 34, 35, 40, 42 and 44."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_refusals import CALIBRATED_DAY, OTHER_PERSON, fit, fitted_number, self_tested, visit_days_later
from interlock_rig import DAYS, Rig

from penctl.errors import PenError, Refused
from penctl.hardware import limits_hash, load_limits
from penctl.protocol import enums
from penctl.protocol.enums import Mode, Reason, State
from penctl.protocol.messages import MESSAGES_HASH
from pensim.world import Factory

New = Callable[..., Rig]


def arm_refusal(rig: Rig) -> Reason:
    """Why ARM is refused now."""
    return rig.refused("ARM", device_time_us=rig.pen.status().device_time_us).reason


def start_refusal(rig: Rig) -> Reason:
    """Press on the skin and the switch; why START is refused."""
    rig.bench.hand.press(n=3.0)
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    return rig.refused("START", device_time_us=rig.pen.status().device_time_us).reason


@pytest.mark.cell("IL-20", "inhibited")
def test_a_tag_that_breaks_in_run_stops_nothing_and_is_found_before_the_next_start(rig: Rig) -> None:
    """IL-20, inhibited: needles that are out are not stopped by a tag; the next start is refused."""
    rig.running()
    for address in range(8, 60, 7):
        rig.bench.tag.flip(address, 3)
    rig.assert_running(0.5)
    rig.bench.hand.hold(False)
    rig.bench.run(0.5)
    rig.pen.stop()
    assert arm_refusal(rig) is Reason.CARTRIDGE_UNKNOWN


@pytest.mark.cell("IL-20", "guide words")
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"signed": "other"}, Reason.CARTRIDGE_UNKNOWN),
        ({"person": OTHER_PERSON, "uses": 1, "first_day": DAYS}, Reason.CARTRIDGE_OTHER_PERSON),
    ],
)
def test_too_early_a_cartridge_that_was_changed_after_arming_does_not_run(
    rig: Rig, options: dict[str, object], reason: Reason
) -> None:
    """IL-20, guide words: too early – what was good at ARM is looked at again at START."""
    rig.ready()
    rig.bench.hand.cartridge("CLINICAL", id=fitted_number(rig) + 1, **options)
    rig.bench.run(0.4)
    assert start_refusal(rig) is reason
    rig.assert_stays_off(0.2, State.READY)


@pytest.mark.cell("IL-21", "inhibited")
def test_a_cartridge_that_wears_out_in_run_finishes_the_run(rig: Rig) -> None:
    """IL-21, inhibited: its last stroke is passed in RUN, which goes on; the next ARM is refused."""
    rig.standby()
    fit("CLINICAL", strokes=399_990)(rig)
    rig.pen.arm()
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.assert_running(0.5)
    rig.bench.hand.hold(False)
    rig.bench.run(0.3)
    rig.pen.stop()
    rig.bench.run(0.7)
    assert arm_refusal(rig) is Reason.CARTRIDGE_WORN


@pytest.mark.cell("IL-21", "inhibited")
@pytest.mark.parametrize("act", ["link session", "power"])
def test_a_reconnection_inside_the_visit_consumes_nothing(rig: Rig, act: str) -> None:
    """IL-21, inhibited: a new link session, or power off and on, with the same visit goes on."""
    rig.running()
    fitted = rig.bench.kernel.cartridge
    assert fitted is not None
    rig.bench.hand.hold(False)
    rig.bench.run(0.2)
    rig.pen.stop()
    if act == "power":
        rig.off_and_on()
        rig.visit()
    else:
        rig.as_role(enums.Role.SERVICE)
        rig.as_role(enums.Role.CLINICIAN)
    rig.setpoints("clinical", 1000, 110.0)
    rig.pen.arm()
    rig.start()
    rig.assert_running(0.2)
    assert fitted.use["uses"] == 1


@pytest.mark.cell("IL-21", "trip")
@pytest.mark.parametrize("how", ["refuse", "forget"])
def test_a_use_that_cannot_be_written_is_no_start(rig: Rig, how: str) -> None:
    """IL-21, trip: the tag does not keep the use: START is refused, and the drive stays off."""
    rig.ready()
    rig.bench.tag.fail(how)
    assert start_refusal(rig) is Reason.CARTRIDGE_BINDING_FAILED
    rig.assert_stays_off(0.2, State.READY)
    fitted = rig.bench.kernel.cartridge
    assert fitted is not None
    assert fitted.use["uses"] == 0


@pytest.mark.cell("IL-21", "log row")
def test_from_the_tenth_use_on_the_home_user_is_told(new_rig: New) -> None:
    """IL-21, log row: warning CARTRIDGE_NEARLY_USED with uses and limit, from the tenth on."""
    for uses, told in ((8, False), (9, True)):
        rig = new_rig()
        rig.standby("home", 150, 90.0)
        fit("HOME", mine=True, visit_id=b"visit-00", uses=uses, first_day=DAYS - 30)(rig)
        rig.pen.arm()
        rig.bench.hand.press(n=3.0)
        rig.start()
        rig.assert_running(0.1)
        warnings = rig.warnings(enums.Warning.CARTRIDGE_NEARLY_USED)
        assert [(warning["value"], warning["limit"]) for warning in warnings] == ([(10, 15)] if told else [])


@pytest.mark.cell("IL-21", "guide words")
def test_stopped_too_soon_a_use_is_counted_at_the_start_not_at_the_end(rig: Rig) -> None:
    """IL-21, guide words: stopped too soon – the power goes 0.1 s after START: the use is counted."""
    rig.ready()
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.bench.run(0.1)
    fitted = rig.bench.kernel.cartridge
    assert fitted is not None
    rig.bench.power_off()
    rig.bench.advance(0.3)
    assert fitted.use["uses"] == 1


@pytest.mark.cell("IL-22", "guide words")
def test_not_provided_by_a_mode_that_is_changed_behind_the_cartridge(rig: Rig) -> None:
    """IL-22, guide words: not provided – the cartridge stays, the mode is changed to HOME: refused there."""
    rig.standby()
    rig.setpoints("home", 150, 90.0)
    assert arm_refusal(rig) is Reason.CARTRIDGE_WRONG_FOR_MODE


@pytest.mark.cell("IL-30", "guide words")
def test_applied_too_long_a_welded_button_opens_nothing_without_the_role(new_rig: New) -> None:
    """IL-30, guide words: applied too long – its contact is closed for ever; the role still counts."""
    rig = new_rig(role="operator").standby("home", 150, 90.0)
    rig.bench.inject("button", "stuck", value=1)
    rig.bench.run(10.0)
    assert rig.refused("SET_MODE", mode=Mode.CLINICAL).reason is Reason.ROLE
    assert rig.pen.status().mode is Mode.HOME


@pytest.mark.cell("IL-30", "inhibited")
def test_the_way_to_the_stricter_mode_needs_no_button(rig: Rig) -> None:
    """IL-30, inhibited: to HOME anybody may go, without a hand at the button."""
    rig.standby()
    rig.bench.run(6.0)
    rig.pen.set_mode("home")
    assert rig.pen.status().mode is Mode.HOME


@pytest.mark.cell("IL-30", "reset act")
def test_what_the_service_writes_for_the_home_is_for_good(rig: Rig) -> None:
    """IL-30, reset act: HOME-only is only ever set; no role, no button and no restart takes it back."""
    rig.standby("home", 150, 90.0)
    rig.pen.end_visit()
    rig.as_role(enums.Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.05)
    fields = {"mode": Mode.HOME, "depth_max_um": 250, "rate_max_mhz": 100_000}
    rig.pen.command("CONFIGURE", home_only=1, **fields)
    rig.pen.command("CONFIGURE", home_only=0, **fields)
    assert rig.refused("SET_MODE", mode=Mode.CLINICAL).reason is Reason.HOME_ONLY
    rig.bench.run(1.0)
    rig.off_and_on()
    assert rig.refused("SET_MODE", mode=Mode.CLINICAL).reason is Reason.HOME_ONLY


@pytest.mark.cell("IL-34", "inhibited")
def test_an_emergency_stop_that_is_pushed_is_no_failure(rig: Rig) -> None:
    """IL-34, inhibited: nothing can be proved with the chain open; it waits, and no check fails."""
    rig.bench.hand.estop(True)
    rig.pen.open_session()
    rig.bench.run(3.0)
    assert not rig.warnings(enums.Warning.SELF_TEST_FAILED)
    assert rig.pen.status().state is State.SAFE


@pytest.mark.cell("IL-34", "guide words")
def test_too_early_a_self_test_that_begins_anew_at_any_moment_passes(rig: Rig) -> None:
    """IL-34, guide words: too early – SELF_TEST again in each phase of the one before: it passes."""
    rig.standby()
    for ms in range(5, 400, 29):
        rig.pen.command("SELF_TEST")
        rig.bench.run(ms * 1e-3)
        rig.pen.self_test()
    assert not rig.warnings(enums.Warning.SELF_TEST_FAILED)


@pytest.mark.cell("IL-35", "inhibited")
def test_a_host_of_another_release_may_still_look_and_stop(rig: Rig) -> None:
    """IL-35, inhibited: who does not fit gets no link session; IDENTIFY, STATUS and STOP need none."""
    rig.running()
    for name in ("IDENTIFY", "GET_STATUS"):
        assert not rig.answers_to(rig.unsealed(name)), "it is answered, not refused"
    rig.pen.send_raw(rig.unsealed("STOP"))
    rig.bench.run(0.2)
    assert not rig.drive_on


@pytest.mark.cell("IL-35", "trip")
@pytest.mark.parametrize("table", ["messages_hash", "limits_hash"])
def test_a_host_with_other_tables_gets_no_link_session(rig: Rig, table: str) -> None:
    """IL-35, trip: messages or hard limits that differ in one bit: HOST_MISMATCH, no start."""
    right = {
        "host_nonce": bytes(range(16)),
        "role": enums.Role.OPERATOR,
        "slot": 0,
        "messages_hash": MESSAGES_HASH,
        "limits_hash": limits_hash(load_limits())[:8],
    }
    wrong = {
        "messages_hash": MESSAGES_HASH ^ 1,
        "limits_hash": bytes([right["limits_hash"][0] ^ 1]) + right["limits_hash"][1:],
    }
    rig.bench.run(3.0)
    frame = rig.unsealed("OPEN_SESSION", **{**right, table: wrong[table]})
    assert rig.answers_to(frame) == [(Reason.HOST_MISMATCH, 0, 0)]
    assert rig.answers_to(rig.unsealed("ARM", device_time_us=0)) == [(Reason.NO_SESSION, 0, 0)]
    assert rig.answers_to(rig.unsealed("OPEN_SESSION", **right)) == []


@pytest.mark.cell("IL-40", "inhibited")
def test_a_sounder_that_fails_in_run_stops_nothing_and_is_found_by_the_next_self_test(rig: Rig) -> None:
    """IL-40, inhibited: a silent pen runs on; the next self-test finds it."""
    rig.running()
    rig.bench.inject("sounder", "off")
    rig.assert_running(0.5)
    rig.bench.hand.hold(False)
    rig.bench.run(0.2)
    rig.pen.stop()
    self_tested(rig)
    assert rig.state is State.SELF_TEST
    assert arm_refusal(rig) is Reason.SELF_TEST_NOT_PASSED


@pytest.mark.cell("IL-42", "inhibited")
def test_at_home_an_old_calibration_refuses_nothing(new_rig: New) -> None:
    """IL-42, inhibited: CLINICAL only; at home the mechanical stop of 0.25 mm holds the depth."""
    rig = new_rig(factory=Factory(calibration_day=CALIBRATED_DAY - 1000)).standby("home", 150, 90.0)
    rig.pen.arm()
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.assert_running(0.2)


@pytest.mark.cell("IL-42", "guide words")
def test_too_early_a_date_that_goes_back_does_not_make_it_younger(rig: Rig) -> None:
    """IL-42, guide words: too early – a visit on an earlier day than the pen has seen: DATE_INVALID."""
    rig.standby()
    visit_days_later(366)(rig)
    with pytest.raises(Refused) as caught:
        visit_days_later(300)(rig)
    assert caught.value.reason == "DATE_INVALID"


@pytest.mark.cell("IL-44", "log row")
@pytest.mark.parametrize("build", [False, True])
def test_the_build_is_told_by_the_identity(new_rig: New, build: bool) -> None:
    """IL-44, log row: IDENTITY says it to whoever asks, for banner and watermark."""
    rig = new_rig(factory=Factory(test_build=build))
    rig.pen.open_session()
    assert rig.pen.identity.test_build is build


@pytest.mark.cell("IL-44", "inhibited")
def test_at_home_a_test_build_runs(new_rig: New) -> None:
    """IL-44, inhibited: the needles stay within 0.25 mm there, so that a test build can be tried."""
    rig = new_rig(factory=Factory(test_build=True)).running("home", 150, 90.0)
    rig.assert_running(0.2)
    with pytest.raises(PenError):
        rig.pen.set_depth_um(251)
