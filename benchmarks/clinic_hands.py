"""The clinic window in the hands of a person who does whole visits, in real time or as fast as it can.

What is clicked are the widgets that a person clicks; the hand at the pen is the simulated one.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, Protocol

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from penctl.protocol.enums import Flags, State
from penctl.records import Store
from penctl.treatment.visit_steps import TIME_OUT, Step, preparation
from pengui.app import Program, application
from pengui.clinic import demo
from pengui.clinic.sound import Speaker
from pengui.clinic.window import Clinic
from pengui.worker.engine import Engine
from pengui.worker.pace import SteppedPace

ZONES: Final = ("MID_SCALP", "OCCIPITAL", "FRONTAL")
LONGEST_S: Final = 60.0


class Session(Protocol):
    """A window with its worker and records, and how its time passes."""

    window: Clinic
    engine: Engine
    store: Store

    def live(self, seconds: float) -> None:
        """Let the program run."""
        ...

    def now_s(self) -> float:
        """The clock that `live` moves."""
        ...

    def close(self) -> None:
        """Stop the pen; close the window and the records."""
        ...


def make_store(folder: Path) -> Store:
    """The invented clinic."""
    folder.mkdir(parents=True, exist_ok=True)
    return demo.make_clinic(folder)


def recordings(folder: Path) -> Callable[[], str]:
    """Where each visit is recorded: as the program names them, in a folder of the measurement."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [0]

    def new() -> str:
        made[0] += 1
        return str(folder / f"{made[0]:04}_SIMULATED.mcap")

    return new


class Live:
    """As the program runs: Qt's own event loop, the worker in its thread, virtual time at the clock's."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="penctl-bench-")
        self.program = Program("dark")
        self.program.practise()
        assert isinstance(self.program.window, Clinic)
        self.window, self.store = self.program.window, self.program.window.store
        self.engine = self.program.worker.engine
        self.engine.new_recording = recordings(Path(self._folder.name))
        self.window.resize(1280, 800)  # an offscreen screen is smaller than that, and `show` looks at it
        self.program.begin()

    def live(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def now_s(self) -> float:
        return time.monotonic()

    def close(self) -> None:
        self.program.close()
        self._folder.cleanup()


class Stepped:
    """One thread does it all, as fast as it can; the window is drawn `frames_hz` times a virtual second."""

    def __init__(self, folder: Path, frames_hz: float) -> None:
        application()
        self.store = make_store(folder / "clinic")
        self.frames, self._period_s, self._since_s = 0, 1.0 / frames_hz, 0.0
        self._idle_s = 0.0
        self.engine = Engine(lambda wake: SteppedPace(self._between))
        self.engine.new_recording = recordings(folder / "recordings")
        self.window = Clinic(
            self.engine, self.store, live=False, clock_s=self.now_s, speaker=Speaker(()), lock_s=300.0
        )
        self.window.show()

    def now_s(self) -> float:
        """Without a pen the engine's own pause lets the time pass."""
        return self._idle_s + self.engine.now_s()

    def _between(self, step_s: float) -> None:
        self._since_s += step_s
        if self._since_s >= self._period_s:
            self._since_s = 0.0
            self._draw()

    def _draw(self) -> None:
        self.frames += 1
        self.window.beat()
        self.window.refresh()
        QApplication.processEvents()

    def live(self, seconds: float) -> None:
        end_s = self.now_s() + seconds
        while self.now_s() < end_s - 1e-6:
            if self.engine.pen is None:
                self._idle_s += self._period_s
                self.engine.wake.set()  # nothing waits on the wall clock
            self.engine.turn()
        self._draw()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def close(self) -> None:
        self.window.close()
        self.engine.finish()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.store.close()


class Hands:
    """Does visits on a session. Raises TimeoutError with what was waited for in vain."""

    def __init__(self, session: Session) -> None:
        self.at = session
        self.held = False
        self.trips = 0
        """How often the pen tripped and nobody had meant it."""

    # --- eyes ---

    @property
    def window(self) -> Clinic:
        return self.at.window

    @property
    def view(self):
        return self.at.engine.snapshot

    @property
    def screen(self):
        return self.window.visit

    @property
    def page(self):
        return self.screen.page(self.screen.seen)

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Let the program run until `holds()`."""
        end_s = self.at.now_s() + LONGEST_S
        while not holds():
            if self.at.now_s() > end_s:
                told = self.page.refusal.text() if self.screen is not None else ""
                raise TimeoutError(f"{what}: {told} {self.view}")
            self.at.live(0.02)

    # --- fingers ---

    def click(self, widget: QWidget) -> None:
        """A click that a person could make."""
        self.wait(lambda: widget.isVisible() and widget.isEnabled(), f"a click on {widget.accessibleName()}")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.at.live(0.05)

    def press_button(self) -> None:
        """The button at the pen."""
        self.at.engine.hand("button", True)
        self.at.live(0.15)
        self.at.engine.hand("button", False)
        self.at.live(0.05)

    def hold(self, pressed: bool) -> None:
        """The switch at the pen."""
        self.held = pressed
        self.at.engine.hand("hold", pressed)

    # --- a visit ---

    def sign_in(self) -> None:
        """The clinician."""
        self.window.sign_in.fill(demo.USER, demo.PASSWORD)
        self.click(self.window.sign_in.enter)

    def new_patient(self, name: str) -> None:
        """A new patient, on the screen."""
        patients = self.window.patients
        self.click(patients.new_button)
        patients.new.name.setText(name)
        patients.new.born.setText(date(1980, 5, 17).isoformat())
        self.click(patients.new.add_button)

    def begin(self, name: str) -> None:
        """Choose the patient and begin."""
        patients = self.window.patients
        patients.search.setText(name)
        for page in ("course", "visits", "outcomes", "scalp"):
            self.click(patients.pages.buttons[page])
        self.click(patients.begin_button)

    def talk(self) -> None:
        """Screening, consent, photos."""
        page = self.page
        page.asked["AGE"].field.setText("42")
        page.asked["SKIN_TYPE"].choice.choose("2")
        self.click(page.rest)
        self.click(self.screen.next_button)
        self.click(self.page.read)
        self.click(self.page.signed)
        self.click(self.screen.next_button)
        self.no_photo()

    def no_photo(self) -> None:
        """Why there is none."""
        self.page.reason.setText("not wanted")
        self.click(self.page.decline)

    def plan(self, density_per_cm2: int) -> None:
        """Three zones, two passes each."""
        page = self.page
        for zone in ZONES:
            page.touch(zone)
            field = page.editor.fields["density"]
            field.setFocus()
            field.selectAll()
            QTest.keyClicks(field, str(density_per_cm2))
            QTest.keyClick(field, Qt.Key.Key_Return)
        self.at.live(0.05)
        self.click(self.screen.next_button)

    def prepare(self) -> None:
        """The checks, the pen, the cartridge, the time-out; READY."""
        page = self.page
        for key in preparation("CLINICAL"):
            self.click(page.checks[key])
        self.click(page.without)
        if self.at.engine.pen is None:
            self.click(page.pen_button)
            self.wait(lambda: self.view.open and self.view.state is State.STANDBY, "the pen")
        self.at.engine.hand("charger", False)
        self.at.engine.hand("lift")
        self.at.engine.hand("cartridge", None)
        self.at.live(0.3)
        self.at.engine.hand("cartridge", "CLINICAL")
        self.at.live(1.5)
        self.at.engine.hand("button", True)  # it is asked for when the pen has checked itself
        self.click(page.pen_button)
        self.wait(page.read_button.isVisible, "a checked pen")
        self.at.engine.hand("button", False)
        page.lot.setText("L77")
        self.click(page.read_button)
        self.wait(lambda: self.screen.here is Step.TIME_OUT, "the cartridge")
        for key in TIME_OUT:
            self.click(self.page.checks[key])
        self.wait(lambda: self.screen.here is Step.READY, "READY is due")
        self.click(self.screen.next_button)
        self.wait(lambda: self.view.state is State.READY, "READY")
        self.at.engine.hand("press", 3.0)
        self.at.engine.hand("glide", 20.0)
        self.at.live(0.2)

    def treat(self, seconds: float) -> float:
        """Hold the switch, pass after pass; at most `seconds`, less when every zone is done. s in RUN."""
        end_s, ran_s = self.at.now_s() + seconds, 0.0
        while self.at.now_s() < end_s and self.screen.here in (Step.READY, Step.TREAT):
            state = self.view.state
            if state is State.RUN:
                before_s = self.at.now_s()
                self.at.live(min(0.1, max(0.01, end_s - before_s)))
                ran_s += self.at.now_s() - before_s
            else:
                self._go_on(state)
        return ran_s

    def _go_on(self, state: State) -> None:
        """At rest the switch is let go of, the pen is made ready, the switch is held again."""
        if self.held:
            self.hold(False)
        elif self.view.busy or Flags.HOLD_PRESSED in self.view.flags:
            pass
        elif state is State.SAFE:
            self.trips += 1
            self._reset()
        elif state is State.READY:
            self.hold(True)
            end_s = self.at.now_s() + 1.0
            while self.view.state is State.READY and self.at.now_s() < end_s:
                self.at.live(0.02)
        elif state is State.STANDBY and self.screen.desk.visit.open_pass is None:
            self.press_button()
        elif state is State.STANDBY and self.screen.next_button.isVisible():
            QTest.mouseClick(self.screen.next_button, Qt.MouseButton.LeftButton)  # the button ends the pass
        self.at.live(0.05)

    def run_again(self) -> None:
        """From rest to RUN."""
        end_s = self.at.now_s() + LONGEST_S
        while self.view.state is not State.RUN:
            if self.at.now_s() > end_s:
                raise TimeoutError(f"RUN: {self.view}")
            self._go_on(self.view.state)

    def rest(self) -> None:
        """Let go of the switch."""
        self.hold(False)
        self.wait(lambda: not self.view.moving, "rest")

    def trip(self) -> None:
        """The emergency stop at the pen, and back: an alarm that is seen and reset."""
        self.at.engine.hand("estop", True)
        self.wait(lambda: self.view.state is State.SAFE, "SAFE")
        self.hold(False)
        self.click(self.window.banner.acknowledge_button)
        self.at.engine.hand("estop", False)
        self._reset()

    def _reset(self) -> None:
        """A reset that comes too early is refused, and done again."""
        for _ in range(5):
            self.at.live(1.0)
            if self.view.state is State.SAFE:
                self.click(self.window.banner.reset_button)
        self.wait(lambda: self.view.state is State.STANDBY, "the reset")

    def unplug(self) -> None:
        """The cable is pulled while the needles move: a lost link taken up again, a trip that is reset."""
        self.at.engine.hand("unplug", True)
        self.at.live(1.5)
        self.hold(False)
        self.at.engine.hand("unplug", False)
        self.at.live(0.5)
        self.click(self.window.banner.acknowledge_button)
        self.click(self.window.banner.reconnect_button)
        self.wait(lambda: self.view.open and not self.view.busy, "the pen again")
        self._reset()

    def touch(self) -> None:
        """A finger on the screen, so that it does not lock itself."""
        QTest.mouseClick(self.window.header, Qt.MouseButton.LeftButton)

    def leave(self) -> None:
        """End early if something is left, then all the way to the signature."""
        if self.screen.here in (Step.READY, Step.TREAT):
            self.click(self.screen.early)
            self.screen.reason.setText("the day goes on")
            self.click(self.screen.confirm)
        self.wait(lambda: self.screen.here is Step.DISPOSE, "the end of the treatment")
        self.click(self.page.checks["INTACT"])
        self.click(self.page.checks["SHARPS"])
        self.no_photo()
        self.wait(lambda: self.screen.here is Step.AFTER_CARE, "after-care")
        self.click(self.page.checks["GIVEN"])
        self.wait(lambda: self.screen.here is Step.SIGN, "sign")
        self.click(self.screen.next_button)
        self.wait(lambda: self.window.visit is None, "a signed visit")
        self.at.engine.hand("lift")
        self.at.engine.hand("charger", True)
