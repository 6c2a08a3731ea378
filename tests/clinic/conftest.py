"""The clinician's window on the real firmware in the simulator, stepped from Qt's own thread."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))  # monkey
pytest.importorskip("PySide6", reason="the window needs PySide6: install penctl[gui]")
pytest.importorskip("sqlalchemy", reason="the records need their packages: install penctl[records]")

from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan
from penctl.treatment.visit_steps import TIME_OUT, Step, preparation
from pengui.app import application
from pengui.clinic import demo
from pengui.clinic.sound import Speaker
from pengui.clinic.window import Clinic
from pengui.console.window import BEAT_MS, SIMULATED_URL
from pengui.worker.engine import Engine
from pengui.worker.pace import SteppedPace

sys.path.insert(0, str(Path(__file__).resolve().parent))

TICK_S = BEAT_MS * 1e-3
"""Virtual time between two beats of the window, as in the program."""


class Practice:
    """A window, its engine, the bench and the records in one thread; virtual time passes in `run` only."""

    def __init__(self, store) -> None:
        self.engine = Engine(lambda wake: SteppedPace(self._between))
        self.store = store
        self.frozen = False
        self.between: Callable[[float], None] = lambda step_s: None
        """Told of each slice of time before it passes."""
        self.tick_s = TICK_S
        self._since_s = 0.0
        self.window = Clinic(
            self.engine, store, live=False, clock_s=self.engine.now_s, speaker=Speaker(()), lock_s=300.0
        )
        self.window.show()
        QApplication.processEvents()

    def _between(self, step_s: float) -> None:
        self.between(step_s)
        self._since_s += step_s
        if self._since_s >= self.tick_s - 1e-9 and not self.frozen:
            self._since_s = 0.0
            self.window.beat()
            self.window.refresh()

    @property
    def bench(self):
        return self.engine.pen.transport.bench

    @property
    def view(self):
        return self.engine.snapshot

    @property
    def screen(self):
        return self.window.visit

    @property
    def visit(self):
        return self.window.visit.desk.visit

    @property
    def page(self):
        return self.screen.page(self.screen.seen)

    def told(self) -> str:
        """What the page refuses, in words."""
        return self.page.refusal.text()

    def show(self) -> None:
        """The window's timers fire once, unless it is frozen."""
        if not self.frozen:
            self.window.beat()
            self.window.refresh()
            QApplication.processEvents()

    def run(self, seconds: float) -> None:
        """Let virtual time pass; what the window asked for is done on the way."""
        end_s = self.engine.now_s() + seconds
        while self.engine.now_s() < end_s - 1e-6:
            self.engine.turn()
        self.show()

    def until(self, holds: Callable[[], bool], seconds: float = 5.0) -> None:
        """Let virtual time pass until `holds()`, at most `seconds` long."""
        end_s = self.engine.now_s() + seconds
        while not holds():
            assert self.engine.now_s() < end_s, f"not within {seconds} s: {self.told()} {self.view}"
            self.engine.turn()
            self.show()

    def act(self) -> None:
        """What was asked of the worker is done."""
        self.engine.turn()
        self.show()

    def click(self, widget) -> None:
        """A click that a person could make."""
        assert widget.isVisible(), "nobody can see it"
        assert widget.isEnabled(), "it is greyed out"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.show()

    def next(self) -> None:
        """The one obvious next act."""
        self.click(self.screen.next_button)

    # --- the steps of a visit, as a person does them ---

    def sign_in(self, name: str = demo.USER, password: str = demo.PASSWORD) -> Practice:
        page = self.window.sign_in
        page.name.setText(name)
        QTest.keyClicks(page.password, password)
        self.click(page.enter)
        return self

    def begin(self, name: str) -> Practice:
        patients = self.window.patients
        patients.search.setText(name)
        self.click(patients.begin_button)
        assert self.screen is not None, patients.refusal.text()
        return self

    def resume(self, name: str) -> Practice:
        """Go on with the open visit of this patient."""
        self.window.patients.search.setText(name)
        self.click(self.window.patients.resume_button)
        assert self.screen is not None, self.window.patients.refusal.text()
        return self

    def armed(self) -> Practice:
        """From READY without a pen to an armed pen, by the next acts of the page."""
        self.next()
        self.act()
        self.until(lambda: self.view.open and self.view.state is State.STANDBY and not self.view.busy)
        self.next()
        self.bench.hand.button(True)
        self.act()
        self.act()
        self.bench.hand.button(False)
        self.show()
        return self.ready()

    def screening(self, age: str = "42") -> Practice:
        page = self.page
        page.asked["AGE"].field.setText(age)
        page.asked["SKIN_TYPE"].choice.choose("2")
        self.click(page.rest)
        self.next()
        return self

    def consent(self) -> Practice:
        self.click(self.page.read)
        self.click(self.page.signed)
        self.next()
        return self

    def no_photo(self) -> Practice:
        self.page.reason.setText("not wanted")
        self.click(self.page.decline)
        return self

    def plan(self, *zones: str, density: int = 20) -> Practice:
        """A small density, so that a pass is short."""
        for zone in zones:
            place = self.page.map.place_of(zone).toPoint()
            QTest.mouseClick(self.page.map, Qt.MouseButton.LeftButton, pos=place)
            field = self.page.editor.fields["density"]
            field.setFocus()
            field.selectAll()
            QTest.keyClicks(field, str(density))
            QTest.keyClick(field, Qt.Key.Key_Return)
        self.show()
        self.next()
        return self

    def prepare(self) -> Practice:
        page = self.page
        for key in preparation(self.visit.mode):
            self.click(page.checks[key])
        self.click(page.without)
        return self

    def pen(self) -> Practice:
        page = self.page
        self.click(page.pen_button)
        self.act()
        self.until(lambda: self.view.open and self.view.state is State.STANDBY and not self.view.busy)
        self.click(page.pen_button)
        self.bench.hand.button(True)
        self.act()
        self.act()
        self.bench.hand.button(False)
        page.lot.setText("L77")
        self.show()
        self.click(page.read_button)
        self.act()
        assert "used on another person" in self.told(), "the prepared visit has it"
        self.click(self.window.hand.cartridge)
        self.run(0.3)
        self.click(page.read_button)
        self.act()
        assert self.visit.cartridge is not None, self.told()
        return self

    def time_out(self) -> Practice:
        for key in TIME_OUT:
            self.click(self.page.checks[key])
        return self

    def ready(self) -> Practice:
        assert self.visit.step is Step.READY, self.visit.missing()
        self.show()
        self.next()
        self.act()
        self.until(lambda: self.view.state is State.READY)
        return self

    def to_treat(self, name: str, *zones: str, density: int = 20) -> Practice:
        """From sign-in to READY."""
        self.sign_in().begin(name).screening().consent().no_photo().plan(*zones, density=density)
        return self.prepare().pen().time_out().ready()

    def in_run(self, seconds: float) -> Practice:
        """From sign-in to so long in RUN, in the first pass of the prepared visit, gliding on the skin."""
        self.sign_in().resume("Linden").armed()
        self.bench.hand.press(3.0)
        self.bench.hand.glide(20.0)
        self.run(0.1)
        self.hold(True)
        self.until(lambda: self.view.state is State.RUN)
        self.run(seconds)
        return self

    def hold(self, pressed: bool) -> None:
        """The switch at the pen."""
        self.bench.hand.hold(pressed)
        self.run(0.06)

    def press_button(self) -> None:
        """The button at the pen."""
        self.bench.hand.button(True)
        self.run(0.06)
        self.bench.hand.button(False)
        self.run(0.06)

    def close(self) -> None:
        self.window.close()
        self.engine.finish()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # no event loop runs that would do it
        QApplication.processEvents()


@pytest.fixture(scope="session")
def qapp(tmp_path_factory) -> QApplication:
    """The one application, as the program makes it; what it remembers goes with the tests."""
    settings = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
    return application()


def forget() -> None:
    """What the program has remembered so far is gone."""
    QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "penctl", "penctl").clear()


@pytest.fixture(autouse=True)
def nothing_is_remembered(qapp: QApplication) -> None:
    """Nothing of the test before."""
    forget()


@pytest.fixture(autouse=True, scope="module")
def nothing_is_remembered_of_other_files(qapp: QApplication) -> None:
    """Nor, for what a whole file shares, of another file's tests."""
    forget()


@pytest.fixture(scope="session", name="prepare_visit")
def the_way_to_ready() -> Callable[..., None]:
    """Brings a visit to READY in records that are open: of whom, and which zones."""
    return prepare_visit


@pytest.fixture(scope="session")
def new_practice() -> type[Practice]:
    """Makes a window on records that are open; whoever makes it closes both."""
    return Practice


@pytest.fixture(scope="session")
def clinic_files(tmp_path_factory) -> Path:
    """The invented clinic, made once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("clinic")
    store = demo.make_clinic(folder)
    prepare_visit(store)
    store.close()
    return folder


ZONES = tuple(
    ZonePlan(zone, 500, 100_000, (Direction.HORIZONTAL, Direction.VERTICAL), 200)
    for zone in ("TEMPORAL_RIGHT", "TEMPORAL_LEFT")
)


def prepare_visit(store, name="Linden", zones: tuple[ZonePlan, ...] = ZONES) -> None:
    """An open visit that stands at READY, with the cartridge that the simulated pen carries."""
    desk = store.sign_in(demo.USER, demo.PASSWORD)
    patient = desk.find_patients(name)[0]
    journal = desk.begin_visit(patient.id, "CLINICAL", simulated=True)
    begun = journal.visit.begun

    def note(kind, /, **fields):
        journal.add(kind(at=desk.now, by=demo.USER, **fields))

    note(ev.Screened, answers=demo.answers_of(journal.visit.knowledge.questions, 34))
    note(ev.Consented, form="form 1")
    note(ev.PhotosDeclined, when="BEFORE", reason="none")
    note(ev.Planned, plan=Plan(begun.person, "CLINICAL", Indication.TRACTION, zones))
    for item in preparation("CLINICAL"):
        note(ev.ItemPrepared, item=item)
    note(ev.AnaestheticNone)
    day = desk.now.date() + timedelta(days=90)
    cartridge = {"cartridge_id": 1, "kind": "CLINICAL", "needles": 12, "lot": "L1", "uses": 0}
    note(ev.CartridgeRead, sterile_until=day, **cartridge)
    for item in TIME_OUT:
        note(ev.TimeOutSaid, item=item)


@pytest.fixture
def slots(monkeypatch) -> Iterator[list[str]]:
    """Errors that left a slot, an event or a timer of Qt: nobody catches them there, so a test must."""
    found: list[str] = []

    def keep(kind: type[BaseException], error: BaseException, trace: object) -> None:
        found.append("".join(traceback.format_exception(error)))

    monkeypatch.setattr(sys, "excepthook", keep)
    yield found
    assert not found, found[0]


@pytest.fixture
def practice(slots, qapp, clinic_files, tmp_path) -> Iterator[Practice]:
    """A window on the invented clinic. Whatever the test did, the pen ends stopped and its drive off."""
    folder = tmp_path / "clinic"
    shutil.copytree(clinic_files, folder)
    store = demo.open_clinic(folder)
    made = Practice(store)
    try:
        yield made
        pen = made.engine.pen
        bench = pen.transport.bench if pen is not None else None
    finally:
        made.close()
        store.close()
    if bench is not None:
        bench.advance(0.5)
        assert not bench.kernel.outputs["drive_enable"], "the drive is still on at the end"


@pytest.fixture
def practice_on(slots, qapp) -> Iterator[Callable[[Any], Practice]]:
    """Makes a window on other records, in which Linden's visit stands at READY; closed at the end."""
    made: list[Practice] = []

    def make(store: Any) -> Practice:
        prepare_visit(store)
        made.append(Practice(store))
        return made[-1]

    yield make
    for one in made:
        one.close()
        one.store.close()


@pytest.fixture
def practice_beside(practice) -> Iterator[Practice]:
    """A second window at the same file, as another workstation has it."""
    made = Practice(demo.open_clinic(Path(practice.store.database.name).parent))
    yield made
    made.close()
    made.store.close()


__all__ = ["SIMULATED_URL", "Practice"]
