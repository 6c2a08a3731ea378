"""For everyone: the whole visit by keyboard alone and by touch alone, a ring around what has the keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListWidget, QScrollArea

from penctl.protocol.enums import Flags, State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import TIME_OUT, Step, preparation
from pengui.clinic import demo
from pengui.widgets.scalp_map import ZoneButton

MOST_TABS = 150


def name_of(widget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


class Keys:
    """A person with a keyboard and no mouse."""

    def __init__(self, practice) -> None:
        self.practice = practice
        practice.window.activateWindow()
        practice.show()

    @property
    def here(self):
        return QApplication.focusWidget() or self.practice.window

    def press(self, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.here, key, modifiers)
        self.practice.show()

    def to(self, name: str, key=Qt.Key.Key_Tab) -> Keys:
        """The Tab key until something of this name has the keyboard."""
        passed = []
        for _ in range(MOST_TABS):
            if name_of(self.here).startswith(name) and self.here.isEnabled():
                return self
            passed.append(name_of(self.here))
            self.press(key)
        raise AssertionError(f"Tab does not come to {name!r}, but to {passed[:40]}")

    def space(self, name: str) -> None:
        self.to(name).press(Qt.Key.Key_Space)

    def enter(self, name: str) -> None:
        self.to(name).press(Qt.Key.Key_Return)

    def type(self, name: str, text: str) -> None:
        self.to(name).press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(self.here, text)
        self.practice.show()

    def hold(self, name: str, key=Qt.Key.Key_Space) -> None:
        """Down for a moment, and up: the button at the simulated pen."""
        self.to(name)
        QTest.keyPress(self.here, key)
        self.practice.run(0.1)
        QTest.keyRelease(self.here, key)
        self.practice.run(0.1)


def closed(practice) -> list:
    """The visits of the patient that was treated last."""
    return [row.status for row in practice.window.desk.visits(practice.window.rooms.patient.id)]


def test_the_whole_visit_by_keyboard_alone(practice):
    """Issue 7: Tab, Shift-Tab, arrows, Enter, Space, from sign-in to signature, the simulated hand too."""
    keys = Keys(practice)
    keys.type("Name", demo.USER)
    keys.type("Password", demo.PASSWORD)
    keys.press(Qt.Key.Key_Return)
    keys.type("Search the patients", "Juniper")
    keys.to("New patient").to("Search the patients", Qt.Key.Key_Backtab)
    keys.enter("Begin a visit")
    assert practice.screen is not None, practice.window.patients.refusal.text()
    keys.type("How old is the person?", "42")
    keys.to("Which Fitzpatrick skin type (1 to 6)?: 1").press(Qt.Key.Key_Right)
    keys.space("Which Fitzpatrick skin type (1 to 6)?: 2")
    assert practice.page.asked["SKIN_TYPE"].choice.value == "2"
    keys.space("All others: No")
    keys.space("Note the screening")
    keys.space("I have read this")
    keys.space("The patient has signed")
    keys.enter("Note the consent")
    keys.type("Why there is no photo", "not wanted")
    keys.press(Qt.Key.Key_Return)
    keys.space("Frontal, ")
    keys.type("Density, zone mean", "3")
    keys.press(Qt.Key.Key_Return)
    keys.space("Agree on the plan")
    _prepare_by(keys, practice)
    _treat_by(keys, practice)
    keys.space("The needles are counted")
    keys.space("The cartridge is in the sharps")
    keys.type("Why there is no photo", "not wanted")
    keys.press(Qt.Key.Key_Return)
    keys.space("The after-care sheet")
    keys.enter("Sign and close the visit")
    practice.show()
    assert practice.window.visit is None
    assert closed(practice) == ["CLOSED"]


def _prepare_by(keys, practice) -> None:
    for words in preparation("CLINICAL").values():
        keys.space(words[:1].upper() + words[1:])
    keys.space("None today")
    keys.space("Use the simulated pen")
    practice.act()
    practice.until(lambda: practice.view.open and practice.view.state is State.STANDBY)
    practice.until(lambda: not practice.view.busy)
    keys.space("Check the pen")
    practice.act()
    keys.hold("Button")
    practice.until(lambda: not practice.view.busy, 10.0)
    keys.space("New cartridge")
    practice.run(0.3)
    keys.type("Lot of the cartridge", "L77")
    keys.space("Read the cartridge")
    practice.act()
    assert practice.visit.cartridge is not None, practice.told()
    for words in TIME_OUT.values():
        keys.space(words[:1].upper() + words[1:])
    assert practice.visit.step is Step.READY, practice.visit.missing()


def _treat_by(keys, practice) -> None:
    keys.enter("Make ready")
    practice.act()
    practice.until(lambda: practice.view.state is State.READY)
    keys.enter("Nose down")  # Space is STOP now
    practice.run(0.1)
    for _ in range(2):
        if practice.view.state is State.STANDBY:
            keys.hold("Button")
            practice.until(lambda: practice.view.state is State.READY)
        QTest.keyPress(keys.here, Qt.Key.Key_H)
        done = len(practice.visit.passes_done("FRONTAL"))
        practice.until(lambda done=done: len(practice.visit.passes_done("FRONTAL")) > done, 20.0)
        QTest.keyRelease(keys.here, Qt.Key.Key_H)
        practice.until(lambda: Flags.HOLD_PRESSED not in practice.view.flags, 60.0)
        practice.run(0.2)
    assert practice.visit.passes_done("FRONTAL") == ("HORIZONTAL", "VERTICAL")
    assert practice.visit.step is Step.DISPOSE, practice.visit.missing()


class Finger:
    """A finger on the glass and the screen's own keyboard; no mouse, no key."""

    def __init__(self, practice) -> None:
        self.practice, self.window = practice, practice.window
        self.device = QTest.createTouchDevice()

    def at(self, place: QPoint) -> None:
        handle = self.window.windowHandle()
        QTest.touchEvent(handle, self.device).press(0, place)
        QTest.touchEvent(handle, self.device).release(0, place)
        self.practice.show()

    def on(self, widget, place: QPoint | None = None) -> None:
        """Touch a widget where it is seen; what is further down is scrolled to by the scroll bar."""
        for _ in range(12):
            spot = widget.mapTo(self.window, place or widget.rect().center())
            area = self._area(widget)
            inside = area is None or _on_window(area, self.window).contains(spot)
            if inside and self.window.rect().contains(spot):
                break
            bar = area.verticalScrollBar()
            below = spot.y() > _on_window(area, self.window).center().y()
            self.at(bar.mapTo(self.window, QPoint(bar.width() // 2, bar.height() - 4 if below else 4)))
        assert widget.isVisible(), name_of(widget)
        assert widget.isEnabled(), name_of(widget)
        self.at(spot)

    def _area(self, widget) -> QScrollArea | None:
        while widget is not None and not isinstance(widget, QScrollArea):
            widget = widget.parentWidget()
        return widget

    def writes(self, field: QLineEdit, text: str) -> None:
        """The screen's keyboard gives its text to the field that was touched."""
        self.on(field)
        assert QApplication.focusWidget() is field, "the touch gives it the keyboard"
        field.selectAll()
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(field, event)
        self.practice.show()


def _on_window(area: QScrollArea, window) -> QRect:
    viewport = area.viewport()
    return QRect(viewport.mapTo(window, QPoint(0, 0)), viewport.size())


@pytest.fixture
def no_hurry(qapp):
    """Touches here follow one another faster than a finger's: none is the second half of a double click."""
    usual = qapp.doubleClickInterval()
    qapp.setDoubleClickInterval(0)
    yield
    qapp.setDoubleClickInterval(usual)


def test_the_whole_visit_by_touch_alone(practice, no_hurry):
    """Issue 7: fingers from sign-in to signature; the hand at the pen does the rest."""
    finger, window = Finger(practice), practice.window
    practice.window.activateWindow()
    finger.writes(window.sign_in.name, demo.USER)
    finger.writes(window.sign_in.password, demo.PASSWORD)
    finger.on(window.sign_in.enter)
    finger.writes(window.patients.search, "Juniper")
    finger.on(window.patients.begin_button)
    page = practice.page
    finger.writes(page.asked["AGE"].field, "42")
    finger.on(page.asked["SKIN_TYPE"].choice.buttons["2"])
    finger.on(page.rest)
    finger.on(practice.screen.next_button)
    for check in (practice.page.read, practice.page.signed, practice.screen.next_button):
        finger.on(check)
    finger.writes(practice.page.reason, "not wanted")
    finger.on(practice.page.decline)
    finger.on(practice.page.map, practice.page.map.place_of("FRONTAL").toPoint())
    finger.writes(practice.page.editor.fields["density"], "3")
    finger.on(practice.page.map, practice.page.map.place_of("FRONTAL").toPoint())
    finger.on(practice.screen.next_button)
    _prepare_with(finger, practice)
    finger.on(practice.screen.next_button)
    practice.act()
    practice.until(lambda: practice.view.state is State.READY)
    _treat_with_the_pen(practice)
    for key in ("INTACT", "SHARPS"):
        finger.on(practice.page.checks[key])
    finger.writes(practice.page.reason, "not wanted")
    finger.on(practice.page.decline)
    finger.on(practice.page.checks["GIVEN"])
    finger.on(practice.screen.next_button)
    practice.show()
    assert practice.window.visit is None
    assert closed(practice) == ["CLOSED"]


def _prepare_with(finger, practice) -> None:
    page = practice.page
    for check in page.checks.values():
        finger.on(check)
    finger.on(page.without)
    finger.on(page.pen_button)
    practice.act()
    practice.until(lambda: practice.view.open and practice.view.state is State.STANDBY)
    practice.until(lambda: not practice.view.busy)
    finger.on(page.pen_button)
    practice.act()
    practice.press_button()
    practice.until(lambda: page.read_button.isVisible() and page.read_button.isEnabled(), 10.0)
    finger.on(practice.window.hand.cartridge)
    practice.run(0.3)
    finger.writes(page.lot, "L77")
    finger.on(page.read_button)
    practice.act()
    assert practice.visit.cartridge is not None, practice.told()
    for key in TIME_OUT:
        finger.on(practice.page.checks[key])


def _treat_with_the_pen(practice) -> None:
    practice.bench.hand.press(3.0)
    practice.bench.hand.glide(20.0)
    practice.run(0.1)
    for _ in range(2):
        if practice.view.state is State.STANDBY:
            practice.press_button()
            practice.until(lambda: practice.view.state is State.READY)
        practice.hold(True)
        practice.until(lambda: practice.visit.open_pass is None, 20.0)
        practice.hold(False)
        practice.run(0.2)
    assert [type(one) for one in practice.visit.events].count(ev.PassEnded) == 2


# --- where the keyboard is ---


def pixels(window, widget) -> np.ndarray:
    """What is seen of a widget and 4 px around it."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4)
    image = window.grab(place.intersected(window.rect())).toImage()
    image = image.convertToFormat(image.Format.Format_RGB888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine()).copy()


def without_ring(window) -> list[str]:
    """Kinds of widgets that look the same with and without the keyboard."""
    found, kinds = [], set()
    looked_at = (QAbstractButton, QLineEdit, QComboBox, QListWidget)
    for widget in [one for kind in looked_at for one in window.findChildren(kind)]:
        kind = (type(widget).__name__, widget.property("role"))
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()
        if kind in kinds or not takes or not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        kinds.add(kind)
        window.header.setFocus()
        QApplication.processEvents()
        before = pixels(window, widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        after = pixels(window, widget)
        least = 30 if isinstance(widget, ZoneButton) else 60
        if before.shape != after.shape or int((before != after).sum()) < least:
            found.append(f"{kind}: {name_of(widget)}")
    assert len(kinds) > 3, kinds
    return found


def test_what_has_the_keyboard_has_a_ring(practice):
    """Issue 7: visible focus, on every kind of widget; and a look without one is found."""
    window = practice.window
    window.activateWindow()
    practice.sign_in()
    window.patients.search.setText("Hazel")
    practice.show()
    assert without_ring(window) == []
    practice.click(window.patients.pages.buttons["outcomes"])
    assert without_ring(window) == []
    window.patients.search.setText("Juniper")
    practice.click(window.patients.begin_button)
    assert without_ring(window) == []
    practice.screening("58").consent().no_photo()
    practice.page.touch("FRONTAL")
    practice.show()
    assert without_ring(window) == []
    window.setStyleSheet(
        window.styleSheet() + "QPushButton:focus { border: 1px solid #39434f; margin: 1px; }"
    )
    assert without_ring(window)


def test_live_values_are_read_out_with_their_unit(practice):
    """Issue 7: the screen reader hears a figure and its unit."""
    practice.sign_in().resume("Linden").armed()
    page = practice.page
    for card, unit in ((page.depth_card, "mm"), (page.rate_card, "Hz")):
        for numeral in (card.measured, card.setpoint):
            assert numeral.accessibleDescription() == f"{numeral.text()} {unit}"
        for step in (card.less, card.more, card.confirm):
            assert len(name_of(step)) > 3 or step is card.confirm
    assert page.depth_card.setpoint.accessibleDescription() == "0.5 mm"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_and_a_held_enter_presses_once(practice, key):
    """Fast operators: Enter presses the button that has the keyboard, its repeat does not."""
    practice.sign_in()
    practice.window.activateWindow()
    practice.show()
    pressed = []
    button = practice.window.patients.new_button
    button.clicked.connect(lambda: pressed.append(key))
    button.setFocus()
    QTest.keyPress(button, key)
    assert len(pressed) == 1
