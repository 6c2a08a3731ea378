"""Pages follow a finger, and what it taps on is as reliable as before."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScroller

from penctl.records import Patient
from pengui.clinic.swipe import area_of

LEFT = Qt.MouseButton.LeftButton


class Finger:
    """A finger that goes down in the middle of a widget, moves up and down, and goes up; 20 ms an event."""

    def __init__(self, widget) -> None:
        self.widget, self.place, self.now_ms = widget, widget.rect().center(), 1000
        self._send(QEvent.Type.MouseButtonPress, LEFT, LEFT)

    def _send(self, kind, button, buttons) -> None:
        local, everywhere = QPointF(self.place), QPointF(self.widget.mapToGlobal(self.place))
        event = QMouseEvent(kind, local, everywhere, button, buttons, Qt.KeyboardModifier.NoModifier)
        self.now_ms += 20
        event.setTimestamp(self.now_ms)
        QApplication.sendEvent(self.widget, event)

    def move(self, *ways: int) -> Finger:
        """Up by so many pixels each time, down where it is negative."""
        for way in ways:
            before = self.widget.mapToGlobal(QPoint(0, 0))
            self.place -= QPoint(0, way)
            self._send(QEvent.Type.MouseMove, Qt.MouseButton.NoButton, LEFT)
            self.place += before - self.widget.mapToGlobal(QPoint(0, 0))  # the page went along
        return self

    def up(self) -> None:
        """The finger goes up."""
        self._send(QEvent.Type.MouseButtonRelease, LEFT, Qt.MouseButton.NoButton)


def followed(bar) -> None:
    """The page went along with the finger; it does in frames of its own."""
    frame = QEventLoop()
    bar.valueChanged.connect(lambda value: value >= 30 and frame.quit())
    limit = QTimer(singleShot=True, interval=20_000)
    limit.timeout.connect(frame.quit)
    limit.start()
    if bar.value() < 30:
        frame.exec()
    assert bar.value() >= 30


def still(page) -> None:
    """What goes on by itself is stopped."""
    QScroller.scroller(page.area.viewport()).stop()


def test_a_page_follows_a_swipe_over_its_buttons_and_none_of_them_is_pressed(practice):
    """Issue 7, touch: 5 mm are a swipe; the button under the finger is let go without a click."""
    practice.sign_in().begin("Juniper")
    practice.show()
    page = practice.page
    bar, asked = page.area.verticalScrollBar(), page.asked["DIABETES"]
    touched = asked.choice.buttons["YES"]
    assert bar.value() == 0
    assert bar.maximum() > 100
    finger = Finger(touched).move(4, 30, 40)
    assert not touched.isDown()
    followed(bar)
    finger.up()
    still(page)
    assert asked.choice.value == "", "nothing was answered"
    assert not practice.screen.reason_bar.isVisible()


def test_a_tap_acts_at_once_and_a_wobble_is_a_tap(practice):
    """No button waits for a swipe, and a finger in a glove does not stand still."""
    practice.sign_in().begin("Juniper")
    practice.show()
    page = practice.page
    touched = page.asked["DIABETES"].choice.buttons["YES"]
    finger = Finger(touched)
    assert touched.isDown(), "at once"
    finger.move(3, -6, 4)
    assert touched.isDown()
    finger.up()
    assert page.asked["DIABETES"].choice.value == "YES"
    assert page.area.verticalScrollBar().value() == 0


def test_a_touch_that_stops_a_page_presses_nothing(practice, monkeypatch):
    """What happens to be under the finger while the page moves was not aimed at."""
    practice.sign_in().begin("Juniper")
    practice.show()
    page = practice.page
    touched = page.asked["DIABETES"].choice.buttons["YES"]
    Finger(touched).move(30, 40).up()
    still(page)
    monkeypatch.setattr(practice.window.swipe, "_state", lambda: QScroller.State.Scrolling)
    seen = page.asked["PREGNANT"].choice.buttons["YES"]
    page.area.ensureWidgetVisible(seen)
    QTest.mouseClick(seen, LEFT)
    assert page.asked["PREGNANT"].choice.value == ""
    monkeypatch.undo()
    still(page)
    QTest.mouseClick(seen, LEFT)
    assert page.asked["PREGNANT"].choice.value == "YES"


def test_a_swipe_over_the_list_of_patients_chooses_nobody(practice):
    """The patient on the right is the one who was chosen."""
    practice.sign_in()
    for number in range(12):
        practice.window.desk.add_patient(Patient(name=f"Person {number}"))
    practice.window.rooms.show_patients()
    practice.show()
    patients = practice.window.patients
    before, view = patients.name.text(), patients.list.viewport()
    finger = Finger(view).move(30, 40)
    followed(patients.list.verticalScrollBar())
    finger.up()
    QScroller.scroller(view).stop()
    assert patients.name.text() == before
    QTest.mouseClick(view, LEFT, pos=view.rect().center())
    assert patients.name.text() != before


def test_what_acts_while_a_finger_moves_on_it_is_not_swiped_over(practice):
    """The same touch is not two things."""
    practice.sign_in()
    practice.window.resize(700, 400)
    practice.show()
    patients = practice.window.patients
    assert area_of(patients.map) is None
    area = area_of(patients.name)
    assert area is not None
    assert area_of(area.verticalScrollBar()) is None
    assert area_of(practice.window.header.stop_button) is None
