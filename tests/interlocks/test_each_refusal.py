"""What holds for every interlock that refuses a start or a mode: the cases of INHIBITS, kind by kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_cells import each
from interlock_refusals import INHIBITS, Inhibit
from interlock_rig import SOUNDER_NONE, Rig

from penctl.errors import PenError, Refused
from penctl.protocol import enums
from penctl.protocol.enums import Mode, Reason, State
from penctl.protocol.messages import message_named

NOT_APPLICABLE = {
    ("IL-06", "hysteresis"): "the shut-off path is proved or not; only the next self-test proves it",
    ("IL-06", "below limit"): "a proof is passed or not; nothing lies just below it",
    ("IL-20", "hysteresis"): "a signature is right or wrong; no measured value moves about a limit",
    ("IL-21", "hysteresis"): "uses, strokes and days only go up; a new cartridge is the only way back",
    ("IL-22", "hysteresis"): "the stop of a cartridge is written once; no measured value moves about a limit",
    ("IL-30", "hysteresis"): "a mode change is taken or refused once; there is no state that could release",
    ("IL-34", "hysteresis"): "a self-test passes or fails as a whole; only the next one passes",
    ("IL-35", "hysteresis"): "the boot loader's verdict is given once, before the firmware begins",
    ("IL-35", "below limit"): "a signature is right or wrong; nothing lies just below wrong",
    ("IL-40", "hysteresis"): "the sounder is heard in the self-test or not; only the next one passes",
    ("IL-40", "below limit"): "the sounder draws its current or not; nothing lies just below silent",
    ("IL-42", "hysteresis"): "days and strokes only go up; a calibration is the only way back",
    ("IL-44", "hysteresis"): "the build is a constant of the firmware; nothing releases it",
    ("IL-44", "below limit"): "a build is a test build or a released one, nothing between",
}

New = Callable[..., Rig]
FIRST = [case for n, case in enumerate(INHIBITS) if case.interlock not in [c.interlock for c in INHIBITS[:n]]]
WITHIN = [case for case in INHIBITS if case.within is not None]
ANSWER_S = 0.010
SEEDS = 3


@each(INHIBITS, "trip")
def test_it_is_refused_with_reason_value_and_limit(new_rig: New, case: Inhibit) -> None:
    """Each interlock, trip: the command is refused, nothing is changed, and the drive is off."""
    rig = case.provoked(new_rig)
    mode = rig.pen.status().mode
    assert case.ask(rig) == case.answer
    assert rig.state is case.state
    assert rig.pen.status().mode is mode
    assert not rig.drive_on


@each(WITHIN, "below limit")
def test_just_within_the_limit_it_is_taken(new_rig: New, case: Inhibit) -> None:
    """Each interlock, below limit: the last value that is allowed is allowed, and the pen runs with it."""
    rig = case.standby(new_rig)
    assert case.within is not None
    case.within(rig)
    rig.pen.command(case.command, **case.fields(rig))
    if case.command == "ARM":
        assert rig.wait(lambda: bool(rig.pen.status().flags & enums.Flags.STAGE_IN_POSITION), 2.0)
        rig.bench.hand.press(n=3.0)
        rig.start()
        rig.assert_running(0.05)
    else:
        assert rig.pen.status().mode is case.asked


@each(FIRST, "inhibited")
def test_what_starts_nothing_is_still_taken(new_rig: New, case: Inhibit) -> None:
    """Each interlock, inhibited: it refuses its command only; looking, setting and stopping are free."""
    rig = case.provoked(new_rig)
    rig.pen.cartridge()
    rig.pen.trip_log()
    assert rig.pen.stop() is case.state
    if case.state is State.STANDBY:
        rig.pen.set_mode("home")
        rig.pen.set_depth_um(100)
        rig.pen.set_rate_hz(60.0)
        rig.pen.reference()
    assert rig.tripped == 0


@each(FIRST, "reaction time")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_it_is_refused_within_10_ms(
    new_rig: New, reacted: Callable[..., None], case: Inhibit, seed: int
) -> None:
    """Each interlock, reaction time: from the command's first byte to the pen's decision."""
    rig = case.provoked(new_rig, seed)
    rig.bench.run(0.0007 * seed)
    onset_us = rig.pen.status().device_time_us
    case.ask(rig)
    warning = rig.warnings(enums.Warning.COMMAND_REFUSED)[-1]
    reaction_s = (warning["time_us"] - onset_us) * 1e-6
    assert 0.0 < reaction_s <= ANSWER_S
    reacted(f"IL-{case.interlock:02d} refusal", reaction_s * 1e3, ANSWER_S * 1e3)


@each(FIRST, "safe state held")
def test_it_stays_refused_and_nothing_moves(new_rig: New, case: Inhibit) -> None:
    """Each interlock, safe state held: for 10 s, with the switch held and the command repeated."""
    rig = case.provoked(new_rig)
    if case.interlock != 34:  # there the switch is one of the causes
        rig.bench.hand.hold(True)
        rig.bench.run(0.5)
    stage_um = rig.bench.trace.stage_um[-1]
    for _ in range(5):
        assert case.ask(rig).reason is case.reason
        assert rig.refused("START", device_time_us=rig.bench.kernel.time_us).reason is not Reason.NONE
        rig.assert_stays_off(2.0, case.state)
    assert abs(rig.bench.trace.stage_um[-1] - stage_um) < 1.0


@each(FIRST, "reset refused")
def test_no_reset_and_no_repetition_gets_past_it(new_rig: New, case: Inhibit) -> None:
    """Each interlock, reset refused: RESET finds nothing latched, and the refusal stays."""
    rig = case.provoked(new_rig)
    for _ in range(3):
        assert rig.refused("RESET", interlock=case.interlock).reason is Reason.NOT_LATCHED
        assert case.ask(rig) == case.answer
    rig.assert_stays_off(0.2, case.state)


@each(FIRST, "reset act")
def test_with_its_act_done_a_sealed_command_is_taken(new_rig: New, case: Inhibit) -> None:
    """Each interlock, reset act: its act, then the whole way to RUN; an unsealed command does nothing."""
    rig = case.provoked(new_rig)
    assert case.ask(rig).reason is case.reason
    case.cure(rig)
    frame = rig.unsealed(case.command, **case.fields(rig))
    assert rig.answers_to(frame) == [(Reason.NO_SESSION, 0, 0)]
    assert rig.state is State.STANDBY
    case.start(rig)
    rig.assert_running(0.3)


@each(FIRST, "no restart")
def test_the_end_of_the_cause_starts_nothing(new_rig: New, case: Inhibit) -> None:
    """Each interlock, no restart: what was refused is not made up for later, with the switch held besides."""
    rig = case.provoked(new_rig)
    case.ask(rig)
    mode = rig.pen.status().mode
    case.cure(rig)
    rig.bench.hand.hold(True)
    rig.assert_stays_off(1.0, State.STANDBY)
    if case.command == "SET_MODE":
        assert rig.pen.status().mode is mode is Mode.HOME


@each(INHIBITS, "log row")
def test_the_refusal_is_logged_with_its_command_and_its_reason(new_rig: New, case: Inhibit) -> None:
    """Each interlock, log row: EVENT_WARNING COMMAND_REFUSED with the command's number and the reason."""
    rig = case.provoked(new_rig)
    seen = len(rig.warnings(enums.Warning.COMMAND_REFUSED))
    case.ask(rig)
    warnings = rig.warnings(enums.Warning.COMMAND_REFUSED)
    assert len(warnings) == seen + 1
    number = message_named(case.command).number
    assert (warnings[-1]["value"], warnings[-1]["limit"]) == (number, case.reason)
    assert rig.pen.status().last_reason is case.reason
    assert not rig.events("EVENT_TRIP")


@each(FIRST, "priority signal")
def test_a_refusal_calls_nobody(new_rig: New, case: Inhibit) -> None:
    """Each interlock, priority signal: LOW or NONE; nothing moves, the screen says it, and no tone calls."""
    rig = case.provoked(new_rig)
    for _ in range(5):
        case.ask(rig)
        assert rig.sounder == SOUNDER_NONE


@each(FIRST, "guide words")
def test_provided_when_not_needed_does_not_happen_on_the_proper_way(new_rig: New, case: Inhibit) -> None:
    """Each interlock, guide words: provided when not needed – the proper way, three times."""
    rig = new_rig().standby(case.mode, 150, 90.0)
    for _ in range(3):
        rig.pen.arm()
        rig.bench.hand.press(n=3.0)
        rig.start()
        rig.assert_running(0.1)
        rig.bench.hand.hold(False)
        rig.bench.run(0.1)
        rig.pen.stop()
    assert not rig.warnings(enums.Warning.COMMAND_REFUSED)


@each(FIRST, "second fault")
def test_a_noisy_line_does_not_get_past_it(new_rig: New, case: Inhibit) -> None:
    """Each interlock, second fault: 1 % byte errors both ways; every answer that comes is the refusal."""
    rig = case.provoked(new_rig)
    for line in ("line_to_pen", "line_to_host"):
        rig.bench.inject(line, "garbage", severity=0.01)
    answers = []
    for _ in range(10):
        try:
            rig.pen.command(case.command, **case.fields(rig))
            answers.append("taken")
        except Refused as refused:
            answers.append(refused.reason)
        except PenError:
            answers.append("no answer")
    assert case.reason.name in answers
    assert "taken" not in answers
    assert not rig.drive_on
