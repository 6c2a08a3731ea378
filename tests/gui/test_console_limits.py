"""No limit can be passed by widget, key, paste or wheel; more is confirmed, and never in RUN."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import Flags, State
from pengui.console.keys import REPEAT_MS

SETPOINTS = ("depth_field", "rate_field")
LIMITS = {"depth_field": (0, 2500, "mm"), "rate_field": (50_000, 150_000, "Hz")}


def set_on_device(desk, name):
    status = desk.engine.pen.status()
    return status.depth_set_um if name == "depth_field" else status.rate_set_mhz


def wheel(field, notches):
    for _ in range(abs(notches)):
        event = QWheelEvent(
            QPointF(5, 5),
            field.mapToGlobal(QPointF(5, 5)),
            QPoint(0, 0),
            QPoint(0, 120 if notches > 0 else -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, event)


@pytest.fixture
def clinical(desk):
    """STANDBY in CLINICAL with 1 mm and 110 Hz set."""
    desk.connect().clinical()
    desk.engine.ask("set_depth_um", 1000)
    desk.engine.ask("set_rate_hz", 110.0)
    for _ in range(2):
        desk.act()
    desk.run(0.1)
    return desk


def wait_until_let_go(desk):
    """The release of a key counts only when it was no repeat; no promise about speed."""
    for _ in range(500):
        if not desk.window.hand.held:
            return
        QTest.qWait(REPEAT_MS)
    pytest.fail("the switch is still held")


def enter(desk, setpoint, text):
    setpoint.field.setFocus()
    setpoint.field.selectAll()
    QTest.keyClicks(setpoint.field, text)
    QTest.keyClick(setpoint.field, Qt.Key.Key_Return)
    desk.act()
    desk.run(0.05)


@pytest.mark.parametrize("name", SETPOINTS)
@pytest.mark.parametrize("way", ["buttons", "keys", "pages", "wheel"])
@pytest.mark.parametrize("direction", [1, -1])
def test_steps_go_to_the_limit_and_no_further(clinical, name, way, direction):
    """Issue 3: each limit cannot be passed by widget, key or wheel."""
    low, high, _ = LIMITS[name]
    setpoint = getattr(clinical.window.controls, name)
    setpoint.field.setFocus()
    for _ in range(60):
        if way == "buttons":
            (setpoint.more if direction > 0 else setpoint.less).click()
        elif way == "wheel":
            wheel(setpoint.field, 2 * direction)
        else:
            keys = {
                "keys": (Qt.Key.Key_Up, Qt.Key.Key_Down),
                "pages": (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
            }
            QTest.keyClick(setpoint.field, keys[way][0 if direction > 0 else 1])
        if direction < 0:
            clinical.act()
    if direction > 0:
        assert setpoint.pending <= high
        setpoint.apply.click()
    clinical.act()
    clinical.run(0.05)
    assert set_on_device(clinical, name) == (high if direction > 0 else low)


@pytest.mark.parametrize("name", SETPOINTS)
@pytest.mark.parametrize("factor", [1.0004, 1.01, 3, 1e6, 1e300])
def test_a_typed_value_beyond_the_limit_is_refused_with_a_sentence_and_never_clamped(clinical, name, factor):
    """Issue 3: a value outside the limits is refused, never silently clamped."""
    setpoint = getattr(clinical.window.controls, name)
    before = set_on_device(clinical, name)
    enter(clinical, setpoint, f"{LIMITS[name][1] / 1000 * factor:.10g}"[:16])
    assert setpoint.pending is None
    setpoint.apply.click()
    clinical.act()
    assert set_on_device(clinical, name) == before
    assert clinical.window.banner.isVisible()


@pytest.mark.parametrize("name", SETPOINTS)
@pytest.mark.parametrize("text", ["", "abc", "-1", "1e9", "nan", "inf", "1,5,5", "9" * 16, "1 kHz", ".5"])
def test_a_pasted_text_that_is_no_allowed_value_changes_nothing(clinical, name, text):
    """Issue 3: each limit cannot be passed by paste."""
    setpoint = getattr(clinical.window.controls, name)
    before = set_on_device(clinical, name)
    QApplication.clipboard().setText(text)
    setpoint.field.setFocus()
    setpoint.field.selectAll()
    setpoint.field.paste()
    setpoint.field.setModified(True)
    QTest.keyClick(setpoint.field, Qt.Key.Key_Return)
    setpoint.apply.click()
    clinical.act()
    clinical.run(0.05)
    assert set_on_device(clinical, name) == before


def test_more_waits_for_apply_and_less_acts_at_once(clinical):
    """Issue 3: decreases act at once; increases are confirmed."""
    setpoint = clinical.window.controls.depth_field
    enter(clinical, setpoint, "1,5 mm")
    assert set_on_device(clinical, "depth_field") == 1000
    assert setpoint.pending == 1500
    setpoint.apply.click()
    clinical.act()
    assert set_on_device(clinical, "depth_field") == 1500
    enter(clinical, setpoint, "0.5")
    assert set_on_device(clinical, "depth_field") == 500
    assert setpoint.field.text() == "0.5 mm"


def test_a_typed_value_is_applied_by_one_click(clinical):
    """Issue 3: Apply is there as soon as a value is typed; no Enter and no second click is needed."""
    setpoint = clinical.window.controls.depth_field
    setpoint.field.setFocus()
    setpoint.field.selectAll()
    QTest.keyClicks(setpoint.field, "1.2")
    assert setpoint.apply.isEnabled()
    QTest.mouseClick(setpoint.apply, Qt.MouseButton.LeftButton)
    clinical.act()
    assert clinical.view.status.depth_set_um == 1200


def test_in_run_less_acts_at_once_and_more_is_refused(running):
    """Issue 3: increases only outside RUN."""
    setpoint = running.window.controls.depth_field
    enter(running, setpoint, "1.2")
    setpoint.apply.click()
    running.act()
    running.run(0.1)
    assert set_on_device(running, "depth_field") == 1000
    assert "only be lowered" in running.window.banner.cause.text()
    setpoint.less.click()
    running.act()
    running.run(0.1)
    assert set_on_device(running, "depth_field") == 950
    assert running.view.state is State.RUN


def test_an_increase_that_waited_is_dropped_when_the_pen_starts(desk):
    """A setpoint that was proposed before RUN cannot be applied in it."""
    desk.connect().arm()
    setpoint = desk.window.controls.depth_field
    enter(desk, setpoint, "1.5")
    assert setpoint.pending == 1500
    desk.start()
    assert setpoint.pending is None
    setpoint.apply.click()
    desk.run(0.1)
    assert set_on_device(desk, "depth_field") == 1000


def test_the_wheel_over_a_field_without_the_focus_changes_nothing(clinical):
    """A wheel that turns over the window in passing sets nothing."""
    setpoint = clinical.window.controls.depth_field
    clinical.window.controls.reference.setFocus()
    wheel(setpoint.field, -3)
    clinical.run(0.05)
    assert set_on_device(clinical, "depth_field") == 1000
    assert setpoint.pending is None


def test_the_simulated_pedal_is_held_by_the_key_and_released_with_it(desk):
    """Issue 3: on the simulated pen a key presses the pen's switch through the bench's side channel."""
    desk.connect().run(0.1)
    QTest.keyPress(desk.window, Qt.Key.Key_H)
    desk.run(0.1)
    assert Flags.HOLD_PRESSED in desk.view.flags
    assert desk.bench.kernel.control.hold == 1
    QTest.keyRelease(desk.window, Qt.Key.Key_H)
    wait_until_let_go(desk)
    desk.run(0.1)
    assert Flags.HOLD_PRESSED not in desk.view.flags


def test_a_keys_own_repeat_does_not_let_go_of_the_switch(running):
    """Issue 3: a key that is held holds, also on displays that send its repeats as release and press."""
    running.window.hand.hold(False)
    running.run(0.2)
    QTest.keyPress(running.window, Qt.Key.Key_H)
    running.run(0.1)
    running.window.controls.start.click()
    running.until(lambda: running.view.state is State.RUN)
    for _ in range(5):
        QTest.keyRelease(running.window, Qt.Key.Key_H)
        QTest.keyPress(running.window, Qt.Key.Key_H)
        running.run(0.05)
        assert running.bench.kernel.control.hold == 1
    assert running.view.state is State.RUN
    QTest.keyRelease(running.window, Qt.Key.Key_H)
    wait_until_let_go(running)
    running.run(0.2)
    assert running.view.state is State.READY


@pytest.mark.parametrize("way", ["key", "button"])
def test_the_simulated_pedal_is_released_when_the_window_loses_the_focus(running, way):
    """Issue 3: released when the window loses focus; the pen then comes to rest by IL-02."""
    running.window.hand.hold(False)
    running.run(0.2)
    assert running.view.state is State.READY
    if way == "key":
        QTest.keyPress(running.window, Qt.Key.Key_H)
    else:
        QTest.mousePress(running.window.hand.pedal, Qt.MouseButton.LeftButton)
    running.run(0.1)
    running.window.controls.start.click()
    running.until(lambda: running.view.state is State.RUN)
    running.run(0.2)
    QApplication.sendEvent(running.window, QEvent(QEvent.Type.WindowDeactivate))
    running.run(0.2)
    assert running.bench.kernel.control.hold == 0
    assert running.view.state is State.READY
    assert not running.window.hand.pedal.isDown()


def test_the_letter_of_the_pedal_is_typed_into_the_url(desk):
    """A field for names takes every letter; the switch is pressed from elsewhere."""
    desk.window.bar.port.setFocus()
    QTest.keyClicks(desk.window.bar.port.lineEdit(), "socket://host:1")
    assert desk.window.bar.port.currentText() == "socket://host:1"
