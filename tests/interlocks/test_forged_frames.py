"""IL-27, forged and replayed frames: five within a second end the link session, and IL-26 stops the pen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_MEDIUM, Rig

from penctl.errors import PenError
from penctl.protocol import enums
from penctl.protocol.enums import Input, Role, State, StopKind
from penctl.protocol.messages import message_named

New = Callable[..., Rig]
REACTION_S = 1.0
STRANGER = b"\x5a" * 32


def forged(rig: Rig) -> bytes:
    """A heartbeat with a seal by another key."""
    heartbeat = message_named("HEARTBEAT")
    return rig.sealed(heartbeat.number, heartbeat.message(liveness=1).encode(), key=STRANGER)


def go_on(rig: Rig, seconds: float) -> None:
    """Time passes; a host that has lost its link session says so and is left alone."""
    end_s = rig.now_s + seconds
    with contextlib.suppress(PenError):
        rig.bench.run(seconds)
    rig.bench.advance(max(end_s - rig.now_s, 0.0))


def attack(rig: Rig, frames: int, gap_s: float = 0.02) -> None:
    """So many forged frames, one after the other."""
    for _ in range(frames):
        rig.pen.send_raw(forged(rig))
        go_on(rig, gap_s)


def reopen(rig: Rig) -> None:
    """Another host, another link session."""
    with contextlib.suppress(PenError):
        rig.pen.close()
    rig.bench.advance(0.6)
    rig.pen = rig.bench.pen(role="clinician")
    rig.pen.open_session()
    rig.bench.run(0.2)


@pytest.mark.cell("IL-27", "trip")
def test_five_forged_frames_in_a_second_stop_the_run(rig: Rig) -> None:
    """IL-27, trip: the link session is dropped, and the communications loss stops and latches, C1."""
    rig.running()
    attack(rig, 5)
    go_on(rig, 0.6)
    assert rig.state is State.SAFE
    assert rig.tripped == 26
    assert not rig.drive_on


@pytest.mark.cell("IL-27", "trip")
def test_replayed_frames_count_like_forged_ones(rig: Rig) -> None:
    """IL-27, trip: an old frame of this link session, sent again and again after eight others."""
    rig.running()
    heartbeat = message_named("HEARTBEAT")
    old = rig.sealed(heartbeat.number, heartbeat.message(liveness=1).encode())
    rig.pen.send_raw(old)
    go_on(rig, 0.7)
    for _ in range(5):
        rig.pen.send_raw(old)
        go_on(rig, 0.02)
    go_on(rig, 0.6)
    assert rig.tripped == 26


@pytest.mark.cell("IL-27", "below limit")
def test_four_forged_frames_do_not_stop(rig: Rig) -> None:
    """IL-27, below limit: four within a second are refused, and the run goes on."""
    rig.running()
    attack(rig, 4)
    rig.assert_running(1.0)


@pytest.mark.cell("IL-27", "inhibited")
def test_noise_without_a_frame_is_no_attack(rig: Rig) -> None:
    """IL-27, inhibited: bytes whose checksum does not hold are noise, however many they are."""
    rig.running()
    for n in range(30):
        rig.pen.send_raw(bytes([0, 7 + n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]))
        rig.bench.run(0.02)
    rig.assert_running(0.5)


@pytest.mark.cell("IL-27", "hysteresis")
def test_forged_frames_far_apart_do_not_add_up(rig: Rig) -> None:
    """IL-27, hysteresis: twelve, three a second: no five of them lie within a second."""
    rig.running()
    for _ in range(12):
        rig.pen.send_raw(forged(rig))
        rig.bench.run(0.34)
    assert rig.state is State.RUN
    assert rig.tripped == 0


@pytest.mark.cell("IL-27", "reaction time")
@pytest.mark.parametrize("seed", range(4))
def test_the_drive_is_off_within_a_second(new_rig: New, reacted: Callable[..., None], seed: int) -> None:
    """IL-27, reaction time: from the fifth forged frame to the drive off."""
    rig = new_rig(seed).running()
    rig.bench.run(0.003 * seed)
    attack(rig, 4)
    begin_s = rig.now_s
    attack(rig, 1)
    go_on(rig, 1.0)
    assert rig.drive_off_s() - begin_s <= REACTION_S
    reacted("IL-27 drive off", (rig.drive_off_s() - begin_s) * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-27", "safe state held")
def test_it_stays_off_whatever_is_sent_after_it(rig: Rig) -> None:
    """IL-27, safe state held: SAFE, the drive off, while the stranger goes on for 2 s."""
    rig.running()
    frames = [forged(rig) for _ in range(100)]
    attack(rig, 5)
    go_on(rig, 0.6)
    begin_s = rig.now_s
    for frame in frames:
        rig.pen.send_raw(frame)
        rig.bench.advance(0.02)
    assert not rig.bench.trace.between(begin_s, rig.now_s).drive_on.any()
    assert rig.state is State.SAFE


@pytest.mark.cell("IL-27", "reset refused")
def test_the_old_link_session_is_worth_nothing(rig: Rig) -> None:
    """IL-27, reset refused: frames sealed with its keys are refused, a RESET among them."""
    rig.running()
    reset = message_named("RESET")
    sealed = rig.sealed(reset.number, reset.message(interlock=26).encode())
    attack(rig, 5)
    go_on(rig, 0.6)
    rig.pen.send_raw(sealed)
    rig.bench.advance(0.3)
    assert rig.tripped == 26


@pytest.mark.cell("IL-27", "reset act")
def test_a_new_link_session_and_a_reset_lead_back(rig: Rig) -> None:
    """IL-27, reset act: who has the key opens a new link session, resets, and begins anew."""
    rig.running()
    attack(rig, 5)
    go_on(rig, 0.6)
    rig.bench.hand.hold(False)
    reopen(rig)
    rig.pen.reset(26)
    rig.role = Role.CLINICIAN
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-27", "no restart")
def test_a_new_link_session_starts_nothing(rig: Rig) -> None:
    """IL-27, no restart: the switch is held all the time; opening a link session moves nothing."""
    rig.running()
    attack(rig, 5)
    go_on(rig, 0.6)
    reopen(rig)
    rig.assert_stays_off(1.0)


@pytest.mark.cell("IL-27", "log row")
def test_the_next_link_session_is_told(rig: Rig) -> None:
    """IL-27, log row: the warning that a link session was dropped, and the trip of IL-26 by its heartbeat."""
    rig.running()
    attack(rig, 5)
    go_on(rig, 0.6)
    reopen(rig)
    assert len(rig.warnings(enums.Warning.SESSION_DROPPED)) == 1
    assert rig.kept(26).trip.input is Input.HEARTBEAT
    assert rig.kept(26).trip.stop is StopKind.C1


@pytest.mark.cell("IL-27", "priority signal")
def test_the_alarm_is_that_of_the_stop(rig: Rig) -> None:
    """IL-27, priority signal: the pen sounds for the communications loss, MEDIUM."""
    rig.running()
    attack(rig, 5)
    go_on(rig, 0.6)
    assert rig.sounder == SOUNDER_MEDIUM


@pytest.mark.cell("IL-27", "guide words")
def test_provided_when_not_needed_a_host_that_repeats_itself_is_no_attack(rig: Rig) -> None:
    """IL-27, guide words: provided when not needed – the same frame at once again is answered from memory."""
    rig.running()
    get_status = message_named("GET_STATUS")
    frame = rig.sealed(get_status.number, get_status.message().encode())
    for _ in range(6):
        rig.pen.send_raw(frame)
        rig.bench.run(0.003)
    rig.assert_running(0.5)


@pytest.mark.cell("IL-27", "guide words")
def test_not_provided_a_forged_stop_still_stops(rig: Rig) -> None:
    """IL-27, guide words: not provided – a STOP needs no seal: a wrong one on it changes nothing."""
    rig.running()
    rig.pen.send_raw(rig.sealed(message_named("STOP").number, b"", key=STRANGER))
    go_on(rig, 0.2)
    assert not rig.drive_on


@pytest.mark.cell("IL-27", "second fault")
def test_an_emergency_stop_in_the_attack_latches_too(rig: Rig) -> None:
    """IL-27, second fault: the emergency stop in the middle of it is IL-01 and C0."""
    rig.running()
    attack(rig, 3)
    rig.bench.hand.estop(True)
    attack(rig, 5)
    go_on(rig, 0.6)
    assert rig.tripped == 1
    assert not rig.drive_on


@pytest.mark.cell("IL-27", "second fault")
def test_nobody_is_let_in_by_guessing(rig: Rig) -> None:
    """IL-27, second fault: with the link session gone a stranger's ARM and START are refused."""
    rig.ready()
    attack(rig, 5)
    go_on(rig, 0.6)
    for name in ("ARM", "START"):
        frame = rig.unsealed(name, device_time_us=rig.bench.kernel.time_us)
        rig.pen.send_raw(frame)
        rig.bench.advance(0.1)
    assert rig.state in (State.STANDBY, State.SAFE)
    assert not rig.drive_on
