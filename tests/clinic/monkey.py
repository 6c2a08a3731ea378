"""A fast, careless operator: draws what to do from a seed and does it to the real window and the real pen.

After every 5 ms of the pen's time and after every act it is asked whether both keep what they promise. What
is looked at are the pen's own outputs and the journal in the records, never the program's opinion.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from pengui.clinic import demo
from pengui.widgets.scalp_map import ScalpMap

LET_GO_S = 0.15
"""A controlled stop brings the bar to rest in 100 ms; then the drive is off."""
TEXTS = ("0,5", "2.6", "1e9", "-1", "NaN", "42", "9" * 40, "😀", "1.0\n9.9", "dizzy", "0.5 mm", " ", "H")
KEYS = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Space,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
)
LEFT = Qt.MouseButton.LeftButton


def type_text(widget: QWidget, text: str) -> None:
    """Keys of any text; QTest knows Latin letters only."""
    for letter in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter))


def double_click(widget: QWidget) -> None:
    """All four events of a double click: QTest sends the third one only."""
    QTest.mouseClick(widget, LEFT)
    QTest.mouseDClick(widget, LEFT)
    if widget.isVisible():
        QTest.mouseRelease(widget, LEFT)


class Broken(AssertionError):
    """Something that was promised does not hold."""


class Monkey:
    """Acts on a `Practice`. `done` is what it did, the newest last."""

    def __init__(self, practice, seed: int, slots: list[str]) -> None:
        self.practice, self.draw, self.slots = practice, random.Random(seed), slots
        self.done: list[str] = []
        self.ran_s = 0.0
        self._loose_s = 0.0
        practice.between = self.between
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (16, self.treat),
            (12, self.next),
            (10, self.click),
            (3, self.double_click),
            (3, self.two_at_once),
            (3, self.type),
            (2, self.paste),
            (3, self.key),
            (2, self.wheel),
            (3, self.zone),
            (6, self.hold),
            (6, self.button),
            (2, self.skin),
            (2, self.alarm),
            (1, self.way_out),
            (1, self.mishap),
        ]

    def play(self, acts: int) -> None:
        """Do so much, and check after each."""
        weights = [weight for weight, _ in self.acts]
        for _ in range(acts):
            act = self.draw.choices([act for _, act in self.acts], weights)[0]
            self.note(act.__name__)
            self.sign_in()
            act()
            QApplication.processEvents()
            self.practice.engine.turn()
            if self.draw.random() < 0.5:
                self.wait(self.draw.choice((0.02, 0.1, 0.5)))
            self.practice.show()
            self.check()

    def wait(self, seconds: float) -> None:
        """Let the pen's time pass, where there is one."""
        if self.bench is not None:
            self.practice.run(seconds)

    def note(self, what: str) -> None:
        self.done = [*self.done[-19:], what]

    # --- what must hold ---

    def between(self, step_s: float) -> None:
        """Before each slice of the pen's time: the drive is on in RUN only, with the switch held."""
        pen = self.practice.engine.pen
        if pen is None or pen.transport.bench is None:
            return
        kernel = pen.transport.bench.kernel
        state, driven = State(int(kernel.outputs["state"])), bool(kernel.outputs["drive_enable"])
        if driven and state not in (State.RUN, State.STOPPING, State.SELF_TEST):
            self.broken(f"the drive is on in {state.name}")
        loose = driven and state is not State.SELF_TEST and not kernel.control.hold
        self._loose_s = self._loose_s + step_s if loose else 0.0
        if self._loose_s > LET_GO_S:
            self.broken(f"the drive is on {self._loose_s:.2f} s after the switch was let go of")
        self.ran_s += step_s if state is State.RUN else 0.0

    def check(self) -> None:
        """After each act: no slot has failed, no dialog, and a journal whose order is a visit's."""
        if self.slots:
            self.broken(self.slots[0])
        screen = self.practice.screen
        if screen is not None and (dialog := QApplication.activeModalWidget()) is not None:
            self.broken(f"{type(dialog).__name__} stands over a visit")
        if screen is not None:
            desk, visit = self.practice.window.desk, screen.desk.visit
            kept = desk.visit_events(visit.begun.visit_id)
            if kept != visit.events:
                self.broken(f"{len(kept)} events are kept, {len(visit.events)} are shown")
            if wrong := disorder(kept):
                self.broken(wrong)

    def broken(self, what: str) -> None:
        raise Broken(f"{what}; last: {', '.join(self.done)}")

    # --- what a person does ---

    def sign_in(self) -> None:
        """A locked screen is opened again, by an admin when too many wrong passwords were typed."""
        window = self.practice.window
        if not window.locked:
            return
        self.practice.sign_in()
        if window.locked:
            store = self.practice.store
            store.sign_in(*demo.ADMIN).set_password(demo.USER, demo.PASSWORD)
            self.practice.sign_in()

    def some(self, kind: type[QWidget]) -> QWidget | None:
        """Any that is there; one that leaves the treatment now and then only, or there would be none."""
        window, screen = self.practice.window, self.practice.screen
        away = [window.header.home_button, window.hand.cable]
        away += [screen.confirm, screen.early, screen.unwell] if screen is not None else []
        if self.draw.random() < 0.1:
            away = []
        found = [one for one in window.findChildren(kind) if one.isVisible() and one.isEnabled()]
        found = [one for one in found if one not in away]
        return self.draw.choice(found) if found else None

    def at(self, widget: QWidget) -> QPoint:
        return QPoint(
            self.draw.randrange(max(1, widget.width())), self.draw.randrange(max(1, widget.height()))
        )

    def press(self, widget: QWidget) -> None:
        """A click, whatever lies there."""
        self.note(f"click {getattr(widget, 'text', str)()!r}")
        QTest.mouseClick(widget, LEFT, pos=widget.rect().center())

    def treat(self) -> None:
        """What a person does who wants to go on."""
        bench, view = self.bench, self.practice.view
        if bench is None or self.practice.screen is None:
            self.next()
        elif view.phase.name == "LOST":
            bench.restore_link()
            self.offered(self.practice.window.banner.reconnect_button)
        elif view.state is State.SAFE:
            bench.hand.hold(False)
            self.offered(self.practice.window.banner.reset_button)
        elif view.state is State.STANDBY:
            bench.hand.hold(False)
            self.wait(0.1)
            self.draw.choice((self.next, self.button))()
        else:
            bench.hand.press(3.0)
            bench.hand.glide(20.0)
            bench.hand.hold(True)
            self.wait(0.3)

    def offered(self, button: QAbstractButton) -> None:
        if button.isVisible() and button.isEnabled():
            self.press(button)

    def next(self) -> None:
        screen = self.practice.screen
        if screen is not None and screen.next_button.isVisible() and screen.next_button.isEnabled():
            self.press(screen.next_button)
        else:
            self.click()

    def click(self) -> None:
        widget = self.some(QAbstractButton)
        if widget is not None:
            self.press(widget)

    def double_click(self) -> None:
        widget = self.some(QAbstractButton)
        if widget is not None:
            self.note(f"twice {widget.text()!r}")
            double_click(widget)

    def two_at_once(self) -> None:
        """Two fingers on two buttons, or a key down while a button is pressed."""
        first, second = self.some(QAbstractButton), self.some(QAbstractButton)
        if first is None or second is None:
            return
        self.note(f"both {first.text()!r}, {second.text()!r}")
        QTest.mousePress(first, LEFT)
        if self.draw.random() < 0.5 and second.isVisible():
            second.setFocus()
            QTest.keyClick(second, Qt.Key.Key_Space)
        else:
            second.click()
        if first.isVisible():
            QTest.mouseRelease(first, LEFT)

    def type(self) -> None:
        line = self.some(QLineEdit)
        if line is not None:
            line.setFocus()
            type_text(line, self.draw.choice(TEXTS))
            if self.draw.random() < 0.5:
                QTest.keyClick(line, Qt.Key.Key_Return)

    def paste(self) -> None:
        line = self.some(QLineEdit)
        if line is not None:
            QGuiApplication.clipboard().setText(self.draw.choice(TEXTS))
            line.selectAll()
            line.paste()

    def key(self) -> None:
        """A key, held: it repeats, wherever the focus goes meanwhile."""
        key = self.draw.choice(KEYS)
        self.note(f"key {key.name}")
        for _ in range(self.draw.choice((1, 1, 6))):
            QTest.keyClick(QApplication.focusWidget() or self.practice.window, key)

    def wheel(self) -> None:
        widget = self.some(QWidget)
        if widget is None:
            return
        at = QPointF(self.at(widget))
        place = QPointF(widget.mapToGlobal(at.toPoint()))
        turn = QPoint(0, self.draw.choice((-1200, 120, 1200)))
        none = Qt.KeyboardModifier.NoModifier
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(at, place, QPoint(), turn, Qt.MouseButton.NoButton, none, phase, False)
        QApplication.sendEvent(widget, event)

    def zone(self) -> None:
        map_ = self.some(ScalpMap)
        if map_ is not None:
            QTest.mouseClick(map_, LEFT, pos=self.at(map_))

    # --- what happens at the pen ---

    @property
    def bench(self):
        pen = self.practice.engine.pen
        return pen.transport.bench if pen is not None else None

    def hold(self) -> None:
        if self.bench is not None:
            self.bench.hand.hold(self.draw.random() < 0.6)

    def button(self) -> None:
        if self.bench is not None:
            self.bench.hand.button(True)
            self.wait(0.06)
            self.bench.hand.button(False)

    def skin(self) -> None:
        if self.bench is None:
            return
        if self.draw.random() < 0.3:
            self.bench.hand.lift()
        else:
            self.bench.hand.press(3.0)
            self.bench.hand.glide(20.0)

    def alarm(self) -> None:
        """What the banner offers."""
        banner = self.practice.window.banner
        buttons = [one for one in banner.findChildren(QAbstractButton) if one.isVisible() and one.isEnabled()]
        if buttons:
            self.press(self.draw.choice(buttons))

    def way_out(self) -> None:
        screen = self.practice.screen
        if screen is None:
            return
        if screen.reason_bar.isVisible() and self.draw.random() < 0.3:
            screen.reason.setText("enough")
            self.press(screen.confirm)
        elif screen.unwell.isEnabled():
            self.press(self.draw.choice((screen.early, screen.unwell)))

    def mishap(self) -> None:
        bench = self.bench
        if bench is None:
            return
        what = self.draw.choice(("cable", "estop", "cartridge", "records"))
        self.note(what)
        if what == "cable":
            bench.cut_link()
            self.wait(self.draw.choice((0.1, 0.8)))
            bench.restore_link()
        elif what == "records":
            self.without_records()
        elif what == "estop":
            bench.hand.estop(True)
            self.wait(0.1)
            bench.hand.estop(False)
        else:
            bench.hand.cartridge(None)
            bench.hand.cartridge("CLINICAL")

    def without_records(self) -> None:
        """The file is away for three acts, whatever they are, and comes back."""
        path = Path(self.practice.store.database.name)
        away = path.with_name("away")
        path.rename(away)
        for _ in range(3):
            self.draw.choice((self.next, self.click, self.type, self.zone, self.treat))()
            self.wait(0.1)
            self.practice.show()
        away.rename(path)


ORDER = (ev.Screened, ev.Consented, ev.Planned, ev.CartridgeRead, ev.Armed, ev.PassBegun)
"""Each of these needs all before it."""


def disorder(events: tuple[ev.VisitEvent, ...]) -> str:
    """What is wrong with the order of a journal, "" for nothing; it shares no code with the visit's rules."""
    seen: set[type] = set()
    armed, begun, before = False, "", events[0].at
    for number, event in enumerate(events):
        kind = type(event)
        name = f"{number}: {kind.__name__}"
        if event.at < before:
            return f"{name} is earlier than the one before"
        if (kind is ev.VisitBegun) is not (number == 0):
            return f"{name} stands in the wrong place"
        if seen & {ev.Signed} or (kind in (ev.Armed, ev.PassBegun) and seen & {ev.EndedEarly, ev.Unwell}):
            return f"{name} comes after the end"
        if kind in ORDER and (
            lacks := [one.__name__ for one in ORDER[: ORDER.index(kind)] if one not in seen]
        ):
            return f"{name} without {lacks[0]}"
        if kind is ev.PassBegun and (begun or not armed):
            return f"{name} in a pass, or unarmed"
        if kind in (ev.DoseCounted, ev.PassEnded) and event.zone != begun:
            return f"{name} of {event.zone} in the pass of {begun or 'no zone'}"
        armed = (armed or kind is ev.Armed) and kind is not ev.Disarmed
        begun = event.zone if kind is ev.PassBegun else "" if kind is ev.PassEnded else begun
        before = event.at
        seen.add(kind)
    return ""
