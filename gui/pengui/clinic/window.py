"""The clinician's window: head, alarms, one of the rooms; STOP, and the pen's picture once a frame."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QVBoxLayout, QWidget

from penctl.protocol.enums import State
from pengui.clinic.alarm_desk import AlarmDesk
from pengui.clinic.header import Header
from pengui.clinic.idle import LOCK_S, IdleLock
from pengui.clinic.last_net import LastNet
from pengui.clinic.parts import press_focused, scale_layouts
from pengui.clinic.people import Patients
from pengui.clinic.replay_screen import ReplayScreen
from pengui.clinic.rooms import Rooms
from pengui.clinic.sim_hand import SimHand
from pengui.clinic.sound import Speaker
from pengui.clinic.swipe import Swipe
from pengui.clinic.users import Users
from pengui.clinic.visit_desk import VisitDesk
from pengui.clinic.visit_screen import VisitScreen
from pengui.console import wording
from pengui.console.keys import SafetyKeys
from pengui.console.window import BEAT_MS, FRAME_MS, documents
from pengui.dates import day
from pengui.said import said
from pengui.widgets.look import DARK, LIGHT, Look, on_screen, palette_of, scale_of, style_sheet
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Failed, Phase, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from penctl.records import Desk, Store

QUIET_ACTS: Final = frozenset({"leave_visit"})
BEATS_OF_A_PICTURE: Final = 4
"""So many beats one picture vouches for; a window that no longer shows the pen is no live window."""
ARMED: Final = (State.READY, State.RUN, State.STOPPING)


class Clinic(QMainWindow):
    """One clinic on one screen.

    Args:
        engine: the worker's half; another thread turns it, or a test does.
        store: the clinic's records, open.
        look: theme at the start.
        live: run by timers of its own; a test calls `beat` and `refresh` instead.
        closed: called when the window closes, after STOP was asked for.
        hint: told on the sign-in page.
        clock_s: the program's clock for alarms and the lock, s.
        speaker: where tones go; the computer's own by default.
        lock_s: the screen locks itself after so long without a touch, s.
        recordings: the folder where this program records; by default the user's documents.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        look: Look = DARK,
        *,
        live: bool = True,
        closed: Callable[[], object] | None = None,
        hint: str = "",
        clock_s: Callable[[], float] = time.monotonic,
        speaker: Speaker | None = None,
        lock_s: float = LOCK_S,
        recordings: Path | None = None,
    ) -> None:
        super().__init__()
        self.engine, self.store = engine, store
        self._closed, self._clock_s, self._shut = closed, clock_s, False
        self._look, self._scale = look, 0.0
        self._shown: tuple[tuple[object, ...] | None, int] = (None, -1)
        self._beats_left = BEATS_OF_A_PICTURE
        self.rooms = Rooms(engine, store, hint, recordings=recordings or documents(), threaded=live)
        self.sign_in = self.rooms.sign_in
        self.alarm_desk = AlarmDesk(
            self, engine, lambda: self._clock_s(), speaker or Speaker(), lambda: self.locked, self._visit_desk
        )
        self.alarms, self.banner = self.alarm_desk.alarms, self.alarm_desk.banner
        self.header, self.hand = Header(), SimHand(engine)
        self._lay_out()
        self._connect()
        self.net = LastNet(self.rooms.refuse, self.stop)
        self.keys = SafetyKeys(self, self.stop, self._space_stops, self._hold)
        self.swipe = Swipe(self)
        self.lock = IdleLock(self, self.rooms.lock, lambda: self.rooms.may_lock, lock_s)
        self._timers = [self._timer(BEAT_MS, self.beat), self._timer(FRAME_MS, self.refresh)] if live else []
        self.resize(1280, 800)
        self.dress(look)
        self.refresh()

    def _timer(self, period_ms: int, what: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(what)
        timer.start(period_ms)
        return timer

    def _lay_out(self) -> None:
        self.setWindowTitle("penctl")
        self.setMinimumSize(400, 240)
        ground = QWidget()
        ground.setObjectName("ground")
        layout = QVBoxLayout(ground)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.header, self.banner, self.banner.space):
            layout.addWidget(widget)
        layout.addWidget(self.rooms, 1)
        layout.addWidget(self.hand)
        self.setCentralWidget(ground)
        self.sign_in.name.setFocus()

    def _connect(self) -> None:
        self.header.stop_button.pressed.connect(self.stop)
        self.header.home.connect(self.rooms.show_patients)
        self.header.menu.connect(self._menu)
        self.rooms.changed.connect(self._room_changed)
        self.rooms.tone.connect(self.alarm_desk.inform)

    # --- the rooms ---

    @property
    def desk(self) -> Desk | None:
        """Who is signed in."""
        return self.rooms.desk

    @property
    def patients(self) -> Patients | None:
        """The list of patients, when it is there."""
        return self.rooms.patients

    @property
    def users(self) -> Users | None:
        """The page of the users, when it is there."""
        return self.rooms.users

    @property
    def visit(self) -> VisitScreen | None:
        """The visit that is open on the screen."""
        return self.rooms.visit

    @property
    def replay(self) -> ReplayScreen | None:
        """The visit of the past that is played."""
        return self.rooms.replay

    def _visit_desk(self) -> VisitDesk | None:
        return self.visit.desk if self.visit is not None else None

    @property
    def locked(self) -> bool:
        """Whether nobody is signed in, or the screen is locked."""
        return self.rooms.locked

    def _room_changed(self) -> None:
        self._shown = (None, -1)
        if self.visit is not None:
            self.hand.mode = self.visit.desk.visit.mode
            self.refresh()

    # --- looks ---

    def dress(self, look: Look) -> None:
        """Take another theme, or the same one in the size of the window."""
        look = on_screen(look, self.screen())
        self._look, self._scale = look, scale_of(self.width(), self.height())
        self.setPalette(palette_of(look))
        self.setStyleSheet(style_sheet(look, self._scale))
        scale_layouts(self, self._scale)
        for part in (self.header, self.banner, self.rooms):
            part.dress(look, self._scale)
        self._shown = (None, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not press_focused(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if scale_of(self.width(), self.height()) != self._scale:
            self.dress(self._look)

    def _menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(
            self.tr("Light") if self._look.name == DARK.name else self.tr("Dark"), self._other_look
        )
        if self.desk is not None:
            menu.addAction(self.tr("Lock"), self.rooms.lock)
            if self.rooms.may_manage:
                menu.addAction(self.tr("Users"), self.rooms.show_users)
        edge = self.header.menu_button.mapTo(self, self.header.menu_button.rect().bottomRight()).x()
        menu.popup(self.mapToGlobal(QPoint(max(0, edge - menu.sizeHint().width()), self.header.height())))

    def _other_look(self) -> None:
        self.dress(LIGHT if self._look.name == DARK.name else DARK)
        self.refresh()

    # --- STOP and the hand ---

    def stop(self) -> None:
        """STOP, from the button, from Esc, from Space."""
        self.engine.stop()

    def _space_stops(self) -> bool:
        view = self.engine.snapshot
        return view.phase is not Phase.CLOSED and view.state in ARMED

    def _hold(self, pressed: bool) -> None:
        if self.engine.snapshot.hand is not None or not pressed:
            self.hand.hold(pressed)

    # --- once a frame ---

    def beat(self) -> None:
        """The event loop runs and the window shows the pen: the heartbeats may say so."""
        if self._beats_left:
            self._beats_left -= 1
            self.engine.liveness.beat()

    def refresh(self) -> None:
        """Show the worker's latest picture."""
        if self._shut:
            return
        for notice in self.engine.take_notices():
            self.alarm_desk.take(notice)
            if isinstance(notice, Failed) and notice.act not in QUIET_ACTS:
                self.rooms.refuse(notice.error)
        view = self.engine.snapshot
        self.alarm_desk.follow(view)
        self.banner.space.follow(wanted=self.visit is not None or view.phase is not Phase.CLOSED)
        self.lock.look(self._clock_s())
        self._close_lists(view)
        events = len(self.visit.desk.visit.events) if self.visit is not None else 0
        if (view.shown, events) != self._shown:
            self._show(view)
            self._shown = (view.shown, events)  # what failed is shown again, and fails again
        if self.visit is not None:
            (self.visit.look_on if self.locked else self.visit.frame)(view)
        if self.replay is not None:
            self.replay.frame(self._clock_s())
        self._beats_left = BEATS_OF_A_PICTURE

    def _close_lists(self, view: Snapshot) -> None:
        """An open list or menu would take the first touch of STOP: none stays open at a pen that is armed."""
        if view.state in ARMED and (popup := QApplication.activePopupWidget()) is not None:
            popup.close()

    def _show(self, view: Snapshot) -> None:
        self._show_person(view)
        self.header.show_view(view, simulated=self.store.simulated)
        self.header.stop_button.show_keys("Esc or Space" if self._space_stops() else "Esc")
        self.hand.show_view(view)
        self.header.menu_button.setEnabled(self.rooms.may_lock or self.desk is None)
        mark = f" – {said(wording.SIMULATED)}" if self.store.simulated or view.simulated else ""
        if self.windowTitle() != f"penctl{mark}":
            self.setWindowTitle(f"penctl{mark}")
        if self.visit is not None and not self.locked:
            self.visit.show_view(view)

    def _show_person(self, view: Snapshot) -> None:
        if self.locked or self.desk is None:
            words = self.tr("Locked") if self.desk else "penctl"
            self.header.show_person(words, "", may_go_home=False, face=False)
        elif self.users is not None:
            self.header.show_person(self.tr("Users"), self.desk.user.name, may_go_home=True, face=False)
        elif self.replay is not None and self.rooms.patient is not None:
            about = self.tr("Replay of {0}").format(day(self.replay.row.day))
            patient = self.rooms.patient
            name = patient.name or patient.pseudonym
            self.header.show_person(name, about, may_go_home=True, photo=patient.photo)
        elif self.visit is None or self.rooms.patient is None:
            self.header.show_person(self.tr("Patients"), self.desk.user.name, may_go_home=False, face=False)
        else:
            patient, mode = self.rooms.patient, self.visit.desk.visit.mode
            born = f"{day(patient.birth_date)}, " if patient.birth_date else ""
            name = patient.name or patient.pseudonym
            at_rest = view.state not in ARMED
            about = f"{born}{patient.pseudonym}, {said(mode)}"
            self.header.show_person(name, about, may_go_home=at_rest, photo=patient.photo)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing the window stops the pen."""
        self.engine.stop()
        self._shut = True
        self.rooms.close_up()
        for timer in self._timers:
            timer.stop()
        self.net.remove()
        self.keys.remove()
        self.swipe.remove()
        self.lock.remove()
        self.alarm_desk.speaker.close()
        if self._closed is not None:
            self._closed()
        super().closeEvent(event)
