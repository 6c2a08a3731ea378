"""IL-28, command plausibility: out of range, out of sequence or without the role is refused and logged."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from interlock_rig import SOUNDER_NONE, Refusal, Rig, scalar_i32

from penctl.errors import PenError, Refused
from penctl.protocol import enums
from penctl.protocol.enums import Mode, Reason, Role, State
from penctl.status import Status

SET_MODE, SET_DEPTH, SET_RATE, ARM, START, RESET = 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0C
EXPIRY_S = 0.200
ANSWER_S = 0.010

New = Callable[..., Rig]

NOT_APPLICABLE = {
    ("IL-28", "inhibited"): "every command is checked in every state; the design inhibits it nowhere",
    ("IL-28", "hysteresis"): "a limit is compared once for each command; no state could have a release",
    ("IL-28", "reset refused"): "nothing latches, so there is nothing to reset",
}

OUT_OF_RANGE = [
    ("clinical", "SET_DEPTH", "depth_um", 2501, Refusal(Reason.DEPTH_ABOVE_LIMIT, 2501, 2500)),
    ("clinical", "SET_DEPTH", "depth_um", -1, Refusal(Reason.DEPTH_BELOW_LIMIT, -1, 0)),
    ("clinical", "SET_DEPTH", "depth_um", 2**31 - 1, Refusal(Reason.DEPTH_ABOVE_LIMIT, 2**31 - 1, 2500)),
    ("home", "SET_DEPTH", "depth_um", 251, Refusal(Reason.DEPTH_ABOVE_LIMIT, 251, 250)),
    ("clinical", "SET_RATE", "rate_mhz", 0, Refusal(Reason.RATE_BELOW_LIMIT, 0, 50_000)),
    ("clinical", "SET_RATE", "rate_mhz", 49_999, Refusal(Reason.RATE_BELOW_LIMIT, 49_999, 50_000)),
    ("clinical", "SET_RATE", "rate_mhz", 150_001, Refusal(Reason.RATE_ABOVE_LIMIT, 150_001, 150_000)),
    ("clinical", "SET_RATE", "rate_mhz", 10_000_000, Refusal(Reason.RATE_ABOVE_LIMIT, 10_000_000, 150_000)),
    ("clinical", "SET_RATE", "rate_mhz", -(2**31), Refusal(Reason.RATE_BELOW_LIMIT, -(2**31), 50_000)),
    ("home", "SET_RATE", "rate_mhz", 100_001, Refusal(Reason.RATE_ABOVE_LIMIT, 100_001, 100_000)),
]


def in_state(rig: Rig, state: State) -> Rig:
    """Bring the pen into STANDBY, READY, RUN or SAFE."""
    if state is State.STANDBY:
        return rig.standby()
    if state is State.READY:
        return rig.ready()
    rig.running()
    if state is State.SAFE:
        rig.bench.hand.estop(True)
        rig.bench.run(0.02)
        rig.bench.hand.estop(False)
        rig.bench.run(0.5)
    return rig


def kept(status: Status) -> tuple[Any, ...]:
    """What a refused command must not change."""
    return status.state, status.mode, status.depth_set_um, status.rate_set_mhz, status.tripped


def now_us(rig: Rig) -> int:
    return rig.bench.kernel.time_us


@pytest.mark.cell("IL-28", "trip")
@pytest.mark.parametrize(("mode", "name", "field", "value", "refusal"), OUT_OF_RANGE)
def test_a_setpoint_outside_the_limits_is_refused_by_the_pen_itself(
    rig: Rig, mode: str, name: str, field: str, value: int, refusal: Refusal
) -> None:
    """IL-28, trip: past the host's own check, with reason, value and limit; never clamped."""
    rig.standby(mode, 200, 90.0)
    before = kept(rig.pen.status())
    assert rig.refused(name, **{field: value}) == refusal
    assert kept(rig.pen.status()) == before


@pytest.mark.cell("IL-28", "trip")
@pytest.mark.parametrize(
    ("state", "name", "reason"),
    [
        (State.READY, "ARM", Reason.ALREADY_ARMED),
        (State.RUN, "ARM", Reason.WRONG_STATE),
        (State.STANDBY, "START", Reason.WRONG_STATE),
        (State.RUN, "START", Reason.WRONG_STATE),
        (State.READY, "START", Reason.HOLD_NOT_PRESSED),
        (State.READY, "SET_MODE", Reason.WRONG_STATE),
        (State.RUN, "SET_MODE", Reason.WRONG_STATE),
        (State.READY, "REFERENCE", Reason.WRONG_STATE),
        (State.RUN, "REFERENCE", Reason.WRONG_STATE),
        (State.RUN, "SELF_TEST", Reason.WRONG_STATE),
        (State.STANDBY, "RESET", Reason.NOT_LATCHED),
        (State.SAFE, "SET_DEPTH", Reason.LATCHED),
        (State.SAFE, "SET_RATE", Reason.LATCHED),
        (State.SAFE, "SET_MODE", Reason.LATCHED),
    ],
)
def test_a_command_in_the_wrong_state_is_refused(rig: Rig, state: State, name: str, reason: Reason) -> None:
    """IL-28, trip: second ARM, START without ARM or without the switch, mode and reference while armed."""
    in_state(rig, state)
    fields: dict[str, dict[str, int]] = {
        "ARM": {"device_time_us": now_us(rig)},
        "START": {"device_time_us": now_us(rig)},
        "SET_MODE": {"mode": Mode.HOME},
        "RESET": {"interlock": 7},
        "SET_DEPTH": {"depth_um": 100},
        "SET_RATE": {"rate_mhz": 60_000},
    }
    before = kept(rig.pen.status())
    assert rig.refused(name, **fields.get(name, {})).reason is reason
    assert kept(rig.pen.status()) == before


@pytest.mark.cell("IL-28", "trip")
@pytest.mark.parametrize(("name", "value"), [("SET_DEPTH", 1001), ("SET_RATE", 110_001)])
def test_an_increase_in_run_is_refused(rig: Rig, name: str, value: int) -> None:
    """IL-28, trip: while the needles move, setpoints may only go down."""
    rig.running()
    field = "depth_um" if name == "SET_DEPTH" else "rate_mhz"
    assert rig.refused(name, **{field: value}) == Refusal(Reason.INCREASE_WHILE_RUNNING, value, value - 1)
    rig.assert_running(0.1)


@pytest.mark.cell("IL-28", "trip")
def test_arming_asks_for_every_permissive(rig: Rig) -> None:
    """IL-28, trip: visit, setpoints, the right cartridge; the self-test has referenced the stage."""
    rig.pen.open_session()
    rig.pen.self_test()
    rig.bench.hand.button(True)
    rig.pen.set_mode("clinical")

    def why() -> Reason:
        return rig.refused("ARM", device_time_us=now_us(rig)).reason

    assert why() is Reason.NO_VISIT
    rig.visit()
    assert why() is Reason.DEPTH_NOT_SET
    rig.pen.set_depth_um(1000)
    assert why() is Reason.RATE_NOT_SET
    rig.pen.set_rate_hz(100.0)
    rig.bench.hand.cartridge(None)
    rig.bench.run(0.01)
    assert why() is Reason.NO_CARTRIDGE
    rig.cartridge("HOME")
    rig.bench.run(0.2)
    assert why() is Reason.CARTRIDGE_WRONG_FOR_MODE
    rig.cartridge("CLINICAL")
    rig.bench.run(0.2)
    rig.pen.arm()


@pytest.mark.cell("IL-28", "trip")
def test_an_open_emergency_chain_refuses_arming_before_it_has_tripped(rig: Rig) -> None:
    """IL-28, trip: an opening too short to trip, which the ARM happens to meet, is enough to refuse it."""
    rig.standby()
    met = 0
    for ticks in range(0, 30, 3):
        rig.bench.inject("estop_a", "stuck", value=0, after_s=ticks * 1e-4, for_s=0.0019)
        try:
            rig.pen.command("ARM", device_time_us=now_us(rig))
            rig.pen.stop()
        except Refused as refusal:
            met += refusal.reason == "ESTOP_OPEN"
        rig.bench.run(0.03)
        rig.bench.clear_faults()
    assert met > 0
    assert rig.state is State.STANDBY


@pytest.mark.cell("IL-28", "trip")
@pytest.mark.parametrize(
    ("number", "payload", "reason"),
    [
        (SET_DEPTH, b"", Reason.MALFORMED),
        (SET_DEPTH, bytes(3), Reason.MALFORMED),
        (SET_DEPTH, bytes(5), Reason.MALFORMED),
        (SET_MODE, b"\x09", Reason.MALFORMED),
        (ARM, bytes(7), Reason.MALFORMED),
        (RESET, bytes(2), Reason.MALFORMED),
        (0x7E, b"", Reason.UNKNOWN_COMMAND),
        (0x43, bytes(8), Reason.UNKNOWN_COMMAND),
        (0x00, b"", Reason.UNKNOWN_COMMAND),
    ],
)
def test_a_sealed_frame_that_is_no_command_is_refused(
    rig: Rig, number: int, payload: bytes, reason: Reason
) -> None:
    """IL-28, trip: wrong length, unknown enum value, unknown type, an answer sent as a command."""
    rig.running()
    before = kept(rig.pen.status())
    answers = rig.answers_to(rig.sealed(number, payload))
    assert [answer[0] for answer in answers] == [reason]
    assert kept(rig.pen.status()) == before


@pytest.mark.cell("IL-28", "trip")
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("SET_MODE", {"mode": Mode.HOME}),
        ("SET_DEPTH", {"depth_um": 100}),
        ("SET_RATE", {"rate_mhz": 60_000}),
        ("ARM", {"device_time_us": 0}),
        ("START", {"device_time_us": 0}),
        ("RESET", {"interlock": 1}),
        ("SET_TELEMETRY", {"period_us": 0}),
        ("SELF_TEST", {}),
        ("REFERENCE", {}),
        ("GET_CARTRIDGE", {}),
        ("HEARTBEAT", {"liveness": 1}),
    ],
)
def test_an_unsealed_command_is_refused(rig: Rig, name: str, fields: dict[str, int]) -> None:
    """IL-28, trip: whatever changes something, or keeps it going, needs the link session."""
    rig.standby()
    before = kept(rig.pen.status())
    assert [answer[0] for answer in rig.answers_to(rig.unsealed(name, **fields))] == [Reason.NO_SESSION]
    assert kept(rig.pen.status()) == before


@pytest.mark.cell("IL-28", "trip")
def test_a_frame_with_another_key_or_version_or_an_old_counter_is_refused(rig: Rig) -> None:
    """IL-28, trip: BAD_MAC, VERSION, STALE_COUNTER; nothing is changed."""
    rig.standby()
    before = kept(rig.pen.status())
    payload = scalar_i32(500)
    assert rig.answers_to(rig.sealed(SET_DEPTH, payload, key=bytes(32)))[0][0] is Reason.BAD_MAC
    assert rig.answers_to(rig.sealed(SET_DEPTH, payload, version=3))[0] == (Reason.VERSION, 3, 2)
    old = rig.sealed(SET_DEPTH, payload)
    for _ in range(12):
        rig.pen.status()
    rig.bench.run(0.2)
    assert rig.answers_to(old)[0][0] is Reason.STALE_COUNTER
    assert kept(rig.pen.status()) == before


@pytest.mark.cell("IL-28", "below limit")
@pytest.mark.parametrize(
    ("mode", "depths_um", "rates_hz"),
    [("clinical", (0, 1, 2499, 2500), (50.0, 150.0)), ("home", (0, 1, 249, 250), (50.0, 100.0))],
)
def test_setpoints_on_the_limits_are_accepted_as_they_are(
    rig: Rig, mode: str, depths_um: tuple[int, ...], rates_hz: tuple[float, ...]
) -> None:
    """IL-28, below limit: 0 and 2.5 mm, 50 and 150 Hz; at home 0 and 0.25 mm, 50 and 100 Hz."""
    rig.standby(mode, 200, 90.0)
    for depth_um in depths_um:
        rig.pen.set_depth_um(depth_um)
        assert rig.pen.status().depth_set_um == depth_um
    for rate_hz in rates_hz:
        rig.pen.set_rate_hz(rate_hz)
        assert rig.pen.status().rate_set_mhz == rate_hz * 1000


@pytest.mark.cell("IL-28", "below limit")
@pytest.mark.parametrize(("age_ms", "accepted"), [(190, True), (205, False), (10_000, False), (-50, False)])
def test_arm_and_start_expire_200_ms_after_the_time_that_they_quote(
    rig: Rig, age_ms: int, accepted: bool
) -> None:
    """IL-28, below limit: 190 ms are accepted; 205 ms, ten seconds and a time in the future are not."""
    rig.standby()
    rig.bench.run(12.0)
    quoted_us = now_us(rig) - age_ms * 1000
    if accepted:
        rig.pen.command("ARM", device_time_us=quoted_us)
        assert rig.state is State.READY
        return
    refusal = rig.refused("ARM", device_time_us=quoted_us)
    assert (refusal.reason, refusal.limit) == (Reason.EXPIRED, 200)
    rig.pen.arm()
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    assert rig.refused("START", device_time_us=now_us(rig) - age_ms * 1000).reason is Reason.EXPIRED
    rig.assert_stays_off(0.2, State.READY)


@pytest.mark.cell("IL-28", "reaction time")
@pytest.mark.parametrize("seed", range(6))
def test_a_refusal_is_answered_within_10_ms(new_rig: New, reacted: Callable[..., None], seed: int) -> None:
    """IL-28, reaction time: from the first byte on the wire to the pen's decision, in RUN."""
    rig = new_rig(seed).running()
    rig.bench.run(0.0007 * seed)
    onset_us = now_us(rig)
    assert rig.refused("SET_DEPTH", depth_um=2501).reason is Reason.DEPTH_ABOVE_LIMIT
    warning = rig.warnings(enums.Warning.COMMAND_REFUSED)[-1]
    reaction_s = (warning["time_us"] - onset_us) * 1e-6
    assert 0.0 < reaction_s <= ANSWER_S
    reacted("IL-28 refusal", reaction_s * 1e3, ANSWER_S * 1e3)


@pytest.mark.cell("IL-28", "safe state held")
def test_a_hundred_refusals_in_run_change_nothing(rig: Rig) -> None:
    """IL-28, safe state held: state, setpoints, depth and rate stay as they were."""
    rig.running()
    before = kept(rig.pen.status())
    for number in range(100):
        rig.refused("SET_DEPTH", depth_um=2501 + number)
    assert kept(rig.pen.status()) == before
    rig.assert_running(0.3)
    assert abs(rig.bench.strokes["peak_tip_um"][-20:] - 1000).max() <= 50


@pytest.mark.cell("IL-28", "reset act")
@pytest.mark.parametrize(("role", "accepted"), [("operator", False), ("clinician", True), ("service", True)])
def test_the_clinical_mode_needs_the_clinicians_role(new_rig: New, role: str, accepted: bool) -> None:
    """IL-28, reset act: nothing latches; the right role is what opens CLINICAL."""
    rig = new_rig(role=role)
    rig.pen.open_session()
    rig.pen.self_test()
    rig.bench.hand.button(True)
    if accepted:
        rig.pen.set_mode("clinical")
    else:
        expected = Refusal(Reason.ROLE, Role.OPERATOR, Role.CLINICIAN)
        assert rig.refused("SET_MODE", mode=Mode.CLINICAL) == expected
        assert rig.refused("SET_MODE", mode=Mode.SERVICE).reason is Reason.ROLE
    assert rig.pen.status().mode is (Mode.CLINICAL if accepted else Mode.HOME)


@pytest.mark.cell("IL-28", "no restart")
def test_a_refused_start_is_not_made_up_for_later(rig: Rig) -> None:
    """IL-28, no restart: START without the switch; pressing it afterwards starts nothing."""
    rig.ready()
    assert rig.refused("START", device_time_us=now_us(rig)).reason is Reason.HOLD_NOT_PRESSED
    rig.bench.hand.hold(True)
    rig.assert_stays_off(1.0, State.READY)


@pytest.mark.cell("IL-28", "no restart")
def test_a_recorded_arm_and_start_played_back_start_nothing(rig: Rig) -> None:
    """IL-28, no restart: the very bytes of a good ARM and START, sent again after a stop."""
    rig.standby()
    arm = rig.sealed(ARM, struct.pack("<Q", now_us(rig)))
    rig.pen.send_raw(arm)
    rig.bench.run(1.0)
    assert rig.state is State.READY
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    start = rig.sealed(START, struct.pack("<Q", now_us(rig)))
    rig.pen.send_raw(start)
    rig.bench.run(0.1)
    assert rig.state is State.RUN
    rig.bench.hand.hold(False)
    rig.pen.stop()
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    for frame in (arm, start, arm, start):
        rig.pen.send_raw(frame)
        rig.bench.run(0.05)
    rig.assert_stays_off(0.5, State.STANDBY)


@pytest.mark.cell("IL-28", "log row")
@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("SET_DEPTH", {"depth_um": 2501}, Reason.DEPTH_ABOVE_LIMIT),
        ("SET_RATE", {"rate_mhz": 0}, Reason.RATE_BELOW_LIMIT),
    ],
)
def test_each_refusal_is_logged_with_its_command_and_its_reason(
    rig: Rig, name: str, fields: dict[str, int], reason: Reason
) -> None:
    """IL-28, log row: EVENT_WARNING COMMAND_REFUSED with the command's number and the reason."""
    rig.standby()
    seen = len(rig.warnings(enums.Warning.COMMAND_REFUSED))
    rig.refused(name, **fields)
    warnings = rig.warnings(enums.Warning.COMMAND_REFUSED)
    assert len(warnings) == seen + 1
    assert (warnings[-1]["value"], warnings[-1]["limit"]) == ({"SET_DEPTH": 7, "SET_RATE": 8}[name], reason)
    assert rig.pen.status().last_reason is reason


@pytest.mark.cell("IL-28", "priority signal")
def test_a_refusal_is_no_alarm(rig: Rig) -> None:
    """IL-28, priority signal: NONE by the catalogue, so the sounder is quiet."""
    rig.running()
    for _ in range(10):
        rig.refused("SET_DEPTH", depth_um=2501)
        assert rig.sounder == SOUNDER_NONE


@pytest.mark.cell("IL-28", "guide words")
@pytest.mark.parametrize(
    ("depth_um", "reason"), [(1000, Reason.DEPTH_ABOVE_LIMIT), (251, Reason.DEPTH_ABOVE_LIMIT)]
)
def test_not_provided_by_a_control_with_overwritten_memory_guard_refuses(
    rig: Rig, depth_um: int, reason: Reason
) -> None:
    """IL-28, guide words: not provided – control believes in CLINICAL; guard knows HOME and 0.25 mm."""
    rig.standby("home", 200, 90.0)
    rig.control_bytes()[1] = int(Mode.CLINICAL)  # the second byte of control's memory is its mode
    assert rig.bench.kernel.outputs.mode == Mode.HOME
    rig.bench.run(0.001)
    assert rig.bench.kernel.outputs.mode == Mode.CLINICAL, "the overwriting took effect"
    assert rig.refused("SET_DEPTH", depth_um=depth_um) == Refusal(reason, depth_um, 250)
    assert rig.refused("SET_RATE", rate_mhz=120_000) == Refusal(Reason.RATE_ABOVE_LIMIT, 120_000, 100_000)


@pytest.mark.cell("IL-28", "guide words")
def test_provided_when_not_needed_does_not_happen_on_the_proper_way(rig: Rig) -> None:
    """IL-28, guide words: provided when not needed – three treatments one after another meet no refusal."""
    rig.standby()
    for depth_um in (500, 1000, 1500):
        rig.pen.set_depth_um(depth_um)
        rig.pen.arm()
        rig.start()
        rig.assert_running(0.2)
        rig.pen.set_depth_um(depth_um - 100)
        rig.bench.hand.hold(False)
        rig.bench.run(0.2)
        rig.pen.stop()
    assert not rig.warnings(enums.Warning.COMMAND_REFUSED)


@pytest.mark.cell("IL-28", "guide words")
def test_too_late_a_start_that_waited_in_a_slow_line_is_refused(rig: Rig) -> None:
    """IL-28, guide words: too late – the frame is good, its time is not."""
    rig.ready()
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    quoted_us = now_us(rig)
    rig.bench.run(0.25)
    late = rig.sealed(START, struct.pack("<Q", quoted_us))
    assert [answer[0] for answer in rig.answers_to(late)] == [Reason.EXPIRED]
    rig.assert_stays_off(0.2, State.READY)


@pytest.mark.cell("IL-28", "second fault")
def test_a_noisy_line_does_not_let_a_bad_setpoint_through(rig: Rig) -> None:
    """IL-28, second fault: 1 % byte errors both ways; every answer that comes is the refusal."""
    rig.standby()
    for line in ("line_to_pen", "line_to_host"):
        rig.bench.inject(line, "garbage", severity=0.01)
    reasons = set()
    for _ in range(20):
        try:
            rig.pen.command("SET_DEPTH", depth_um=2501)
            reasons.add("accepted")
        except Refused as refusal:
            reasons.add(refusal.reason)
        except PenError as error:
            reasons.add(type(error).__name__)
    assert "accepted" not in reasons
    assert "DEPTH_ABOVE_LIMIT" in reasons
    rig.bench.clear_faults()
    rig.bench.run(0.2)
    assert rig.bench.kernel.outputs.state == State.STANDBY
