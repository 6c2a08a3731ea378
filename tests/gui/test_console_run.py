"""Connect, arm, run; and every way to STOP."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from penctl.protocol.enums import Flags, State

AT_REST_S = 0.1


def assert_came_to_rest(desk):
    """At rest and the drive off within 60 ms, as the protocol promises; asked after 100 ms."""
    desk.run(AT_REST_S)
    assert desk.view.state is State.STANDBY
    assert not desk.bench.kernel.outputs["drive_enable"]


def test_the_simulated_pen_is_connected_by_one_click(desk):
    """Issue 3, console window: connect the simulated pen in one click, marked SIMULATED on the screen."""
    QTest.mouseClick(desk.window.bar.simulate_button, Qt.MouseButton.LeftButton)
    desk.act()
    assert desk.view.open
    desk.until(lambda: desk.view.state is State.STANDBY)
    assert desk.window.state_word.text() == "STANDBY"
    assert desk.window.bar.simulated.isVisible()
    assert "SIMULATED" in desk.window.windowTitle()


def test_a_port_that_is_not_there_is_told_without_a_modal_window(desk):
    """Issue 3: connect by a URL; an error says what to do and blocks nothing."""
    desk.window.bar.port.setEditText("/dev/no-such-pen")
    QTest.mouseClick(desk.window.bar.connect_button, Qt.MouseButton.LeftButton)
    desk.act()
    assert not desk.view.open
    assert desk.window.banner.isVisible()
    assert "no such port" in desk.window.banner.cause.text()


def test_the_limits_that_are_shown_come_from_the_device(desk):
    """Issue 3: depth and rate with limits read from the device, for the mode that it is in."""
    desk.connect().run(0.1)
    assert desk.window.controls.depth_field.range_text.text() == "0 to 0.25 mm"
    desk.clinical().run(0.1)
    assert desk.window.controls.depth_field.range_text.text() == "0 to 2.5 mm"
    assert desk.window.controls.rate_field.range_text.text() == "50 to 150 Hz"


def test_a_pen_runs_and_its_measured_values_are_shown_beside_the_setpoints(running):
    """Issue 3: set against measured, in numerals with units; 0.5 mm, never .5."""
    assert running.window.state_word.text() == "RUN"
    assert running.window.depth_card.setpoint.text() == "1"
    assert abs(float(running.window.depth_card.measured.text()) - 1.0) < 0.05
    assert abs(float(running.window.rate_card.measured.text()) - 110.0) < 3.0
    assert running.window.controls.hold.text().endswith("HELD")


def test_stop_by_mouse_acts_when_the_button_goes_down(running):
    """Issue 3: STOP large and always in the same place; it does not wait for the button's release."""
    button = running.window.stop_button
    QTest.mousePress(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert_came_to_rest(running)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Space])
def test_stop_by_key_comes_before_the_focused_text_field(running, key):
    """Issue 3: Esc always, Space in READY and RUN, before any focused widget; nothing is typed."""
    field = running.window.controls.depth_field.field
    field.setFocus()
    before = field.text()
    QTest.keyClick(field, key)
    assert field.text() == before
    assert_came_to_rest(running)


def test_space_stops_a_ready_pen_even_from_a_button_that_has_the_focus(desk):
    """Issue 3: Space in READY is STOP and presses no focused button."""
    desk.connect().arm()
    desk.window.controls.start.setFocus()
    desk.window.hand.hold(True)
    desk.run(0.05)
    QTest.keyClick(desk.window.controls.start, Qt.Key.Key_Space)
    assert_came_to_rest(desk)


def test_space_in_standby_presses_the_focused_button_as_everywhere(desk):
    """Issue 3: Space is STOP in READY and RUN only."""
    desk.connect().run(0.1)
    desk.window.controls.reference.setFocus()
    QTest.keyClick(desk.window.controls.reference, Qt.Key.Key_Space)
    desk.act()
    assert Flags.REFERENCED in desk.view.flags


def test_stop_throws_away_what_is_still_queued(desk):
    """Issue 3: STOP has a path of its own that overtakes the queue."""
    desk.connect().arm()
    desk.window.hand.hold(True)
    desk.run(0.05)
    desk.engine.ask("start")
    desk.window.stop()
    desk.run(0.3)
    assert desk.view.state is State.STANDBY
    assert desk.bench.kernel.stroke_count == 0


def test_stop_overtakes_an_act_that_waits_for_the_pen(desk):
    """Issue 3: STOP does not wait for the end of an act that takes seconds."""
    desk.connect().arm()
    desk.window.stop()
    desk.run(0.5)
    seen = []

    def stop_in_the_middle():
        if desk.engine.snapshot.busy == "arm" and desk.engine.snapshot.state is State.READY and not seen:
            seen.append(desk.engine.now_s())
            desk.window.stop()

    desk.on_step.append(stop_in_the_middle)
    desk.engine.ask("arm")
    desk.act()
    assert seen
    assert desk.engine.now_s() - seen[0] < AT_REST_S
    assert desk.view.state is State.STANDBY
    assert not desk.window.banner.isVisible()


def test_stop_is_never_greyed_out_and_never_moves(desk):
    """Issue 3: STOP always in the same place, at least 20 mm high and wide at 96 dpi."""
    button = desk.window.stop_button
    place = button.mapTo(desk.window, QPoint(0, 0))
    assert min(button.width(), button.height()) >= 20 / 25.4 * 96
    desk.connect().arm().start()
    assert button.isEnabled()
    assert button.mapTo(desk.window, QPoint(0, 0)) == place
    desk.window.hand.estop.setChecked(True)
    desk.run(0.2)
    assert desk.view.state is State.SAFE
    assert button.mapTo(desk.window, QPoint(0, 0)) == place


def test_closing_the_window_stops_the_pen(running):
    """Issue 3: closing the window stops the pen."""
    bench = running.bench
    running.window.close()
    running.engine.finish()
    bench.advance(0.1)
    assert not bench.kernel.outputs["drive_enable"]
