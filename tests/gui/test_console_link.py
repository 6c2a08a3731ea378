"""A cable that is pulled, a window that freezes: the pen comes to rest, and nothing arms by itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from penctl.protocol.enums import Flags, State
from pengui.worker.snapshot import Phase

IL_26_S = 0.3 + 0.06
"""Reaction of the interlock and the stop that it takes."""


def drive_is_off(desk):
    return not desk.bench.kernel.outputs["drive_enable"]


def test_a_cable_pulled_while_running_brings_the_pen_to_rest_and_is_told(running):
    """Issue 3, IL-26: unplug while running; the pen has come to rest, the window says so."""
    bench = running.bench
    running.window.hand.cable.click()
    running.run(IL_26_S)
    assert drive_is_off(running)
    running.until(lambda: running.view.phase is Phase.LOST, 1.0)
    assert running.window.state_word.text() == "LINK LOST"
    assert running.window.banner.reconnect_button.isVisible()
    assert "lift the handpiece" in running.window.banner.cause.text()
    strokes = bench.kernel.stroke_count
    running.run(1.0)
    assert bench.kernel.stroke_count == strokes


def test_a_pen_that_comes_back_stays_at_rest_until_a_person_acts(running):
    """Issue 3: on return nothing re-arms, not by the cable, not by Reconnect, not by the reset."""
    bench = running.bench
    running.window.hand.cable.click()
    running.run(1.0)
    running.window.hand.cable.click()
    running.run(1.0)
    assert running.view.phase is Phase.LOST
    strokes = bench.kernel.stroke_count
    QTest.mouseClick(running.window.banner.reconnect_button, Qt.MouseButton.LeftButton)
    running.act()
    running.run(0.5)
    assert running.view.phase is Phase.OPEN
    assert running.view.state is State.SAFE
    assert running.view.trip.id == "IL-26"
    assert "IL-26" in running.window.banner.headline.text()
    running.window.banner.removed.click()
    running.window.banner.reset_button.click()
    running.act()
    running.run(1.0)
    assert running.view.state is State.STANDBY
    assert not running.window.banner.isVisible()
    assert bench.kernel.stroke_count == strokes
    assert drive_is_off(running)


def test_reconnect_while_the_cable_is_still_out_says_so_and_can_be_tried_again(running):
    """Issue 3: reconnect offers; a try that fails changes nothing."""
    running.window.hand.cable.click()
    running.run(1.0)
    running.window.banner.reconnect_button.click()
    running.act()
    assert running.view.phase is Phase.LOST
    assert running.window.banner.reconnect_button.isVisible()


def test_the_reset_needs_two_deliberate_acts(running):
    """Issue 3: reset is a deliberate act: say that the cause is removed, then reset."""
    running.window.hand.estop.setChecked(True)
    running.run(0.2)
    banner = running.window.banner
    assert banner.headline.text().startswith("IL-01")
    assert not banner.reset_button.isEnabled()
    banner.removed.click()
    banner.reset_button.click()
    running.act()
    assert running.view.state is State.SAFE, "the cause is still there"
    running.window.hand.estop.setChecked(False)
    running.run(0.2)
    assert not banner.reset_button.isEnabled(), "each try wants its own confirmation"
    banner.removed.click()
    banner.reset_button.click()
    running.act()
    running.run(0.1)
    assert running.view.state is State.STANDBY


def test_needles_that_stayed_out_are_retracted_by_a_button_of_the_banner(desk):
    """IL-01: after C0 the stage retracts on a person's act only, and the trip stays latched."""
    desk.connect("pensim://?seed=1&skin=stiff").arm(depth_um=2500, rate_hz=100.0).start()
    banner = desk.window.banner
    assert not banner.retract_button.isVisible()
    desk.bench.inject("spring", "off")
    desk.run(0.3)
    desk.window.hand.estop.setChecked(True)
    desk.run(0.5)
    assert Flags.NEEDLES_CLEAR not in desk.view.flags, "the seed is chosen so that the needles stay out"
    assert banner.retract_button.isVisible()
    banner.retract_button.click()
    desk.act()
    assert banner.retract_button.isVisible(), "with the emergency stop pushed the stage does not move"
    desk.window.hand.estop.setChecked(False)
    desk.run(0.2)
    banner.retract_button.click()
    desk.act()
    desk.run(0.1)
    assert Flags.NEEDLES_CLEAR in desk.view.flags
    assert not banner.retract_button.isVisible()
    assert desk.view.state is State.SAFE
    assert banner.headline.text().startswith("IL-01")


def test_a_frozen_window_brings_the_pen_to_rest(running):
    """Issue 3, IL-26: the window's liveness feeds the heartbeat; a frozen event loop stops the pen."""
    running.frozen = True
    running.run(0.15 + IL_26_S)
    assert drive_is_off(running)
    running.run(0.2)
    assert running.view.trip.id == "IL-26"
    running.frozen = False
    running.run(1.0)
    assert running.view.state is State.SAFE
    assert "IL-26" in running.window.banner.headline.text()


def test_a_window_that_is_slow_but_alive_does_not_stop_the_pen(running):
    """The twin of the frozen window: a beat every 120 ms is enough."""
    running.frozen = True
    for _ in range(20):
        running.run(0.12)
        running.window.beat()
    assert running.view.state is State.RUN


def test_a_frozen_window_stops_the_pen_even_while_an_act_waits(desk):
    """IL-26 watches READY too: an act of the worker that takes its time vouches for no window."""
    desk.connect().arm()
    desk.frozen = True
    desk.run(0.5)
    assert desk.view.state is State.SAFE
    assert desk.view.trip.id == "IL-26"


def test_values_of_a_lost_pen_are_not_shown_as_if_they_were_measured_now(running):
    """Issue 3: unplugged, the screen never goes on saying what it last heard."""
    running.window.hand.cable.click()
    running.run(1.0)
    assert running.window.depth_card.measured.text() == "–"
    assert running.window.controls.hold.text().endswith("–")
    assert not running.window.controls.depth_field.field.isEnabled()
