"""IL-27 at its edges: at rest, without a link session, at the edge of the window, with a STOP in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_MEDIUM, SOUNDER_NONE, Rig, scalar_i32

from penctl.protocol import enums
from penctl.protocol.enums import Reason, Role, State

SET_DEPTH, RESET = 0x07, 0x0C
MANY, WINDOW_S = 5, 1.0
STOP_S = 0.300
"""IL-26: 250 ms without a heartbeat, and the C1."""

New = Callable[..., Rig]


def forge(rig: Rig, count: int, gap_s: float = 0.02) -> None:
    """Frames under another key, so far apart."""
    for _ in range(count):
        rig.pen.send_raw(rig.sealed(SET_DEPTH, scalar_i32(500), key=bytes(32)))
        rig.bench.run(gap_s)


def drops(rig: Rig) -> int:
    """How often the pen has said that it dropped the link session."""
    return len(rig.warnings(enums.Warning.SESSION_DROPPED))


def back(rig: Rig) -> None:
    """The forger is gone; the host has seen that it was dropped, and opens a new link session."""
    rig.bench.run(0.6)
    rig.pen.open_session()


@pytest.mark.cell("IL-27", "inhibited")
def test_without_a_link_session_there_is_nothing_to_drop(rig: Rig) -> None:
    """IL-27, inhibited: forged frames before anybody has opened the pen do not keep its owner out."""
    rig.standby()
    forged = [rig.sealed(SET_DEPTH, scalar_i32(500), key=bytes(32)) for _ in range(20)]
    rig.restart("SOFTWARE")
    rig.pen.close()
    rig.restart("SOFTWARE")
    for frame in forged:
        rig.pen.send_raw(frame)
        rig.bench.run(0.01)
    rig.pen.open_session()
    assert rig.pen.status().state is State.STANDBY


@pytest.mark.cell("IL-27", "trip")
def test_in_standby_the_link_session_ends_and_nothing_trips(rig: Rig) -> None:
    """IL-27, trip: nothing runs, so nothing stops; whoever goes on has to authenticate again."""
    rig.standby()
    late = rig.sealed(SET_DEPTH, scalar_i32(500))
    forge(rig, MANY)
    assert rig.answers_to(late) == [(Reason.NO_SESSION, 0, 0)]
    assert rig.state is State.STANDBY
    assert rig.tripped == 0
    back(rig)
    assert drops(rig) == 1


@pytest.mark.cell("IL-27", "below limit")
@pytest.mark.parametrize(("count", "gap_s"), [(4, 0.02), (12, 0.26)])
def test_four_at_once_or_one_each_quarter_of_a_second_are_borne(rig: Rig, count: int, gap_s: float) -> None:
    """IL-27, below limit: four of five, and never five within one second; each is refused all the same."""
    rig.running()
    stops = rig.bench.kernel.stop_count
    forge(rig, count, gap_s)
    rig.assert_running(0.6)
    assert rig.bench.kernel.stop_count == stops
    assert drops(rig) == 0
    assert rig.pen.status().depth_set_um == 1000


@pytest.mark.cell("IL-27", "hysteresis")
def test_after_a_quiet_second_the_count_begins_anew(rig: Rig) -> None:
    """IL-27, hysteresis: four, a quiet second, four again: borne; a fifth within the second is not."""
    rig.running()
    forge(rig, 4)
    rig.bench.run(WINDOW_S + 0.05)
    forge(rig, 4)
    rig.assert_running(0.3)
    forge(rig, 1)
    rig.bench.run(0.6)
    assert rig.tripped == 26


@pytest.mark.cell("IL-27", "reaction time")
@pytest.mark.parametrize("gap_s", [0.005, 0.05, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_the_link_session_ends_within_a_second_of_the_first_frame(
    new_rig: New, reacted: Callable[..., None], seed: int, gap_s: float
) -> None:
    """IL-27, reaction time: from the first forged byte to SESSION_DROPPED, and to the drive off by IL-26."""
    rig = new_rig(seed).running()
    rig.bench.run(0.0037 * seed)
    onset_s = rig.now_s
    forge(rig, MANY, gap_s)
    last_s = rig.now_s
    rig.bench.run(0.6)
    back(rig)
    (warning,) = rig.warnings(enums.Warning.SESSION_DROPPED)
    status_us = rig.pen.status().device_time_us
    told_s = rig.now_s - (status_us - warning["time_us"]) * 1e-6
    assert told_s - onset_s <= WINDOW_S
    assert rig.drive_off_s() - last_s <= STOP_S
    reacted("IL-27 link session dropped", (told_s - onset_s) * 1e3, WINDOW_S * 1e3)


@pytest.mark.cell("IL-27", "priority signal")
def test_at_rest_it_is_no_sound_and_in_run_the_stop_has_its_own(rig: Rig) -> None:
    """IL-27, priority signal: LOW, a word on the screen; what stops the pen is IL-26, MEDIUM."""
    rig.standby()
    forge(rig, MANY)
    assert rig.sounder == SOUNDER_NONE
    back(rig)
    rig.pen.arm()
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.assert_running(0.2)
    forge(rig, MANY)
    rig.bench.run(0.6)
    assert rig.sounder == SOUNDER_MEDIUM


@pytest.mark.cell("IL-27", "guide words")
def test_too_late_does_not_happen_with_good_frames_in_between(rig: Rig) -> None:
    """IL-27, guide words: too late – the owner's frames in between do not clear the count."""
    rig.running()
    for _ in range(MANY):
        forge(rig, 1)
        rig.pen.status()
    rig.bench.run(0.6)
    assert rig.tripped == 26


@pytest.mark.cell("IL-27", "second fault")
def test_a_stop_in_the_middle_of_the_forgery_is_taken_at_once(rig: Rig) -> None:
    """IL-27, second fault: STOP needs none: STOPPING within 10 ms, off within 60 ms."""
    rig.running()
    forge(rig, MANY - 1, 0.005)
    onset_s = rig.now_s
    rig.pen.send_raw(rig.sealed(SET_DEPTH, scalar_i32(500), key=bytes(32)) + rig.unsealed("STOP"))
    rig.bench.run(0.2)
    assert not rig.drive_on
    assert rig.first_s(rig.bench.trace.state == State.STOPPING, onset_s) - onset_s <= 0.010
    assert rig.drive_off_s() - onset_s <= 0.060


@pytest.mark.cell("IL-27", "second fault")
def test_a_service_link_session_is_dropped_like_any_other(new_rig: New) -> None:
    """IL-27, second fault: the highest role, and the button's contact welded."""
    rig = new_rig(role=Role.SERVICE)
    rig.standby()
    rig.bench.inject("button", "stuck", value=1)
    late = rig.sealed(SET_DEPTH, scalar_i32(500))
    forge(rig, MANY)
    assert rig.answers_to(late) == [(Reason.NO_SESSION, 0, 0)]
