"""IL-30: when a closed contact of the button is a hand: for the mode, the service and pairing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from core_rig import opened, why
from guard_rig import RESET, SERVICE, Guard, NewGuard

from penctl.pen import Pen
from penctl.protocol.enums import Flags, Mode, Reason
from pensim.bench import Bench

BUTTON = Reason.BUTTON_NOT_PRESSED
TICKS_PER_S = 10_000


def tripped(new_guard: NewGuard) -> Guard:
    """A guard with a trip that asks for the service and the button: the contacts of the switch disagreed."""
    guard = new_guard()
    guard.run(600)
    guard.run(2001, hold_released=1, hold_pressed=1)
    guard.set(hold_pressed=0)
    guard.run(600)
    assert guard.ask(RESET, 4, SERVICE).reason == BUTTON
    return guard


def contact(guard: Guard, closed: np.ndarray) -> int:
    """The button's contact tick by tick; the reason of the reset afterwards."""
    guard.feed(guard.rows(len(closed), button_pressed=closed))
    return guard.ask(RESET, 4, SERVICE).reason


@pytest.mark.parametrize(("ticks", "counts"), [(1, False), (10, False), (50, False), (51, True), (600, True)])
def test_a_contact_that_closes_for_5_ms_is_a_hand(new_guard: NewGuard, ticks: int, counts: bool) -> None:
    """IL-30: a spike of a tick is none, nor 5 ms; one tick more is."""
    assert (contact(tripped(new_guard), np.ones(ticks)) != BUTTON) is counts


@pytest.mark.parametrize("period", [2, 3, 10, 50])
def test_a_contact_that_opens_again_and_again_is_no_hand(new_guard: NewGuard, period: int) -> None:
    """IL-30: for a second closed but for one tick in so many, it was never closed for 5 ms."""
    closed = np.ones(TICKS_PER_S)
    closed[::period] = 0
    assert contact(tripped(new_guard), closed) == BUTTON


@pytest.mark.parametrize("period", [3, 10, 50])
def test_spikes_do_not_hold_a_button_that_was_let_go(new_guard: NewGuard, period: int) -> None:
    """IL-30: pressed for 0.1 s and released, it is released however often the contact still spikes."""
    closed = np.ones(TICKS_PER_S)
    closed[1000:] = 0
    closed[1000::period] = 1
    assert contact(tripped(new_guard), closed) == BUTTON


def test_a_break_of_a_tick_does_not_end_a_press(new_guard: NewGuard) -> None:
    """IL-30: inhibited: a button that is held counts while its contact is mostly closed."""
    closed = np.ones(TICKS_PER_S)
    closed[1000::10] = 0
    assert contact(tripped(new_guard), closed) == 0


@pytest.mark.parametrize(("seconds", "counts"), [(29.9, True), (30.1, False)])
def test_a_button_that_is_held_for_30_s_is_stuck(new_guard: NewGuard, seconds: float, counts: bool) -> None:
    """IL-30: held longer than a hand would, it is nobody's until it is let go and pressed anew."""
    guard = tripped(new_guard)
    assert (contact(guard, np.ones(round(seconds * TICKS_PER_S))) != BUTTON) is counts
    if not counts:
        assert contact(guard, np.zeros(100)) == BUTTON
        assert contact(guard, np.ones(100)) == 0


def test_a_glitch_frees_no_button_that_is_stuck_since_power_on(new_guard: NewGuard) -> None:
    """IL-30: one open tick is no release, and what follows it no press."""
    guard = new_guard()
    guard.set(button_pressed=1)
    guard.run(600)
    guard.run(2001, hold_released=1, hold_pressed=1)
    guard.set(hold_pressed=0)
    closed = np.ones(TICKS_PER_S)
    closed[100:1000:100] = 0
    assert contact(guard, closed) == BUTTON


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[Bench, Pen]]:
    with Bench(seed=5) as bench:
        yield bench, opened(bench, "service")


@pytest.fixture
def let_go(service: tuple[Bench, Pen]) -> tuple[Bench, Pen]:
    """A pen in HOME whose button was let go long ago."""
    bench, pen = service
    bench.hand.button(False)
    bench.run(5.1)
    pen.set_mode("home")
    return service


def touch(bench: Bench, seconds: float) -> None:
    bench.hand.button(True)
    bench.run(seconds)
    bench.hand.button(False)


ACTS: dict[str, Callable[[Pen], object]] = {
    "SET_MODE": lambda pen: pen.set_mode("clinical"),
    "CALIBRATE": lambda pen: pen.calibrate(5),
    "PAIR": lambda pen: pen.command("PAIR", role=1, code=bytes(16), host_name=b"tablet".ljust(16, b"\0")),
}


def test_a_touch_of_3_ms_does_not_open_the_clinic(let_go: tuple[Bench, Pen]) -> None:
    """IL-30: neither while the contact is closed nor behind it; the answer comes within 30 ms."""
    bench, pen = let_go
    bench.hand.button(True)
    bench.run(0.001)
    bench.hand.button(False)
    before_s = pen.now_s()
    assert why(lambda: pen.set_mode("clinical")).reason == "BUTTON_NOT_PRESSED"
    assert pen.now_s() - before_s < 0.03
    touch(bench, 0.003)
    bench.run(0.05)
    assert why(lambda: pen.set_mode("clinical")).reason == "BUTTON_NOT_PRESSED"
    assert pen.status().mode is Mode.HOME


def test_a_request_in_the_moment_of_the_press_waits_for_the_contact(let_go: tuple[Bench, Pen]) -> None:
    """IL-30: inhibited: whoever presses and asks at once is not sent away for some milliseconds."""
    bench, pen = let_go
    bench.hand.button(True)
    pen.set_mode("clinical")


def test_a_button_that_is_held_for_ever_allows_nothing(let_go: tuple[Bench, Pen]) -> None:
    """IL-30: after 30 s neither mode nor calibration nor pairing; let go and pressed anew it does."""
    bench, pen = let_go
    bench.hand.button(True)
    bench.run(29.0)
    assert Flags.BUTTON_PRESSED in pen.status().flags
    pen.set_mode("clinical")
    pen.set_mode("home")
    bench.run(1.5)
    assert Flags.BUTTON_PRESSED not in pen.status().flags
    for act in ACTS.values():
        assert why(lambda act=act: act(pen)).reason == "BUTTON_NOT_PRESSED"
    bench.hand.button(False)
    bench.run(0.05)
    assert why(lambda: pen.set_mode("clinical")).reason == "BUTTON_NOT_PRESSED"
    touch(bench, 0.1)
    pen.set_mode("clinical")
