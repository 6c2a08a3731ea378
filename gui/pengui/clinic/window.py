"""The clinician's window: head, alarms, and below them sign-in, patients or a visit."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.protocol.enums import Flags, State
from pengui.clinic import tones
from pengui.clinic.alarm_banner import AlarmBanner
from pengui.clinic.alarms import AlarmSystem
from pengui.clinic.header import Header
from pengui.clinic.idle import LOCK_S, IdleLock
from pengui.clinic.parts import scale_layouts
from pengui.clinic.pen_alarms import NO_SOUND, PenAlarms
from pengui.clinic.people import Patients, SignIn
from pengui.clinic.sim_hand import SimHand
from pengui.clinic.sound import AlarmTones, Speaker
from pengui.clinic.users import Users
from pengui.clinic.visit_desk import VisitDesk
from pengui.clinic.visit_screen import VisitScreen
from pengui.console.keys import SafetyKeys
from pengui.console.window import BEAT_MS, FRAME_MS
from pengui.widgets.look import DARK, LIGHT, Look, scale_of, style_sheet
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Failed, Phase, Snapshot

if TYPE_CHECKING:
    from penctl.records import Desk, OpenVisit, Store

TONES: Final = {"pass": tones.NEXT_PASS, "zone": tones.NEXT_ZONE, "reached": tones.REACHED}
QUIET_ACTS: Final = frozenset({"leave_visit"})


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
    ) -> None:
        super().__init__()
        self.engine, self.store = engine, store
        self._closed, self._clock_s, self._shut = closed, clock_s, False
        self._look, self._scale = look, 0.0
        self._shown: tuple[Snapshot | None, int] = (None, -1)
        self.desk: Desk | None = None
        self.speaker = speaker or Speaker()
        self.alarms, self.pen_alarms, self.tones = AlarmSystem(), PenAlarms(), AlarmTones(self.speaker)
        self.header, self.banner, self.hand = Header(), AlarmBanner(self.alarms, self), SimHand(engine)
        self.sign_in = SignIn(store, hint)
        self.patients: Patients | None = None
        self.users: Users | None = None
        self.visit: VisitScreen | None = None
        self.stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self.keys = SafetyKeys(self, self.stop, self._space_stops, self._hold)
        self.lock = IdleLock(self, self.lock_screen, self._may_lock, lock_s)
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
        self.setMinimumSize(1024, 640)
        ground = QWidget()
        ground.setObjectName("ground")
        layout = QVBoxLayout(ground)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.header, self.banner):
            layout.addWidget(widget)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.hand)
        self.stack.addWidget(self.sign_in)
        self.setCentralWidget(ground)
        self.sign_in.name.setFocus()

    def _connect(self) -> None:
        self.header.stop_button.pressed.connect(self.stop)
        self.header.home.connect(self.show_patients)
        self.header.menu.connect(self._menu)
        self.sign_in.signed_in.connect(self.signed_in)
        self.banner.acknowledged.connect(self.acknowledge)
        self.banner.audio.connect(self._audio)
        self.banner.reset.connect(self._reset)
        self.banner.acted.connect(lambda act: self.engine.ask(act))

    # --- looks ---

    def dress(self, look: Look) -> None:
        """Take another theme, or the same one in the size of the window."""
        self._look, self._scale = look, scale_of(self.width(), self.height())
        self.setStyleSheet(style_sheet(look, self._scale))
        scale_layouts(self, self._scale)
        for part in (self.header, self.banner, self.sign_in, self.patients, self.users, self.visit):
            if part is not None:
                part.dress(look, self._scale)
        self._shown = (None, -1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if scale_of(self.width(), self.height()) != self._scale:
            self.dress(self._look)

    def _menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Light") if self._look is DARK else self.tr("Dark"), self._other_look)
        if self.desk is not None:
            menu.addAction(self.tr("Lock"), self.lock_screen)
            if self.desk.user.role.name == "ADMIN" and self.visit is None and not self.locked:
                menu.addAction(self.tr("Users"), self.show_users)
        menu.popup(self.header.menu_button.mapToGlobal(self.header.menu_button.rect().bottomLeft()))

    def _other_look(self) -> None:
        self.dress(LIGHT if self._look is DARK else DARK)
        self.refresh()

    # --- who works ---

    def signed_in(self, desk: Desk) -> None:
        """Somebody signed in; the same person as before goes on where the screen was locked."""
        same = self.desk is not None and self.desk.user.name == desk.user.name
        self.desk = desk
        if same and self.visit is not None:
            self.stack.setCurrentWidget(self.visit)
        else:
            self._drop_visit()
            self.show_patients()

    def _may_lock(self) -> bool:
        return self.desk is not None and self.engine.snapshot.state not in (
            State.READY,
            State.RUN,
            State.STOPPING,
        )

    def lock_screen(self) -> None:
        """The screen is locked; an open visit stays as it is, STOP and the alarms stay in sight."""
        self.stack.setCurrentWidget(self.sign_in)
        self.sign_in.password.setFocus()
        self._shown = (None, -1)

    @property
    def locked(self) -> bool:
        """Whether nobody is signed in, or the screen is locked."""
        return self.stack.currentWidget() is self.sign_in

    # --- patients and visits ---

    def show_patients(self) -> None:
        """The list of patients; a visit that is open stays open in the records."""
        if self.desk is None or self.engine.snapshot.moving:
            return
        self._drop_visit()
        self._drop_users()
        if self.patients is not None:
            self.stack.removeWidget(self.patients)
            self.patients.deleteLater()
        self.patients = Patients(self.desk)
        self.patients.begin.connect(self._begin)
        self.patients.resume.connect(self._resume)
        self._show_new(self.patients)

    def show_users(self) -> None:
        """Who may sign in, for an admin."""
        if self.desk is None or self.visit is not None:
            return
        self._drop_users()
        self.users = Users(self.desk)
        self._show_new(self.users)

    def _drop_users(self) -> None:
        if self.users is not None:
            self.stack.removeWidget(self.users)
            self.users.deleteLater()
            self.users = None

    def _show_new(self, widget: Patients | Users | VisitScreen) -> None:
        self.stack.addWidget(widget)
        self.stack.setCurrentWidget(widget)
        scale_layouts(widget, self._scale)
        widget.dress(self._look, self._scale)
        self._shown = (None, -1)

    def _begin(self, patient_id: str, mode: str) -> None:
        self._try(lambda desk: desk.begin_visit(patient_id, mode, desk.store.simulated))

    def _resume(self, visit_id: str) -> None:
        self._try(lambda desk: desk.resume_visit(visit_id))

    def _try(self, act: Callable[[Desk], OpenVisit]) -> None:
        if self.desk is None or self.patients is None:
            return
        try:
            self.open_visit(act(self.desk))
        except PenError as error:
            self.patients.fill()  # what another workstation did is seen
            self.patients.refusal.tell(error)

    def open_visit(self, journal: OpenVisit) -> None:
        """Show a visit."""
        desk = self.desk
        if desk is None:
            return
        self._drop_visit()

        def now() -> datetime:
            return desk.now

        self.patient = desk.patient(journal.patient_id)
        may_sign = desk.user.role.name == "CLINICIAN"
        who = VisitDesk(journal, now, desk.user.name, may_sign=may_sign, person=self._person())
        self.visit = VisitScreen(who, self.engine)
        self.visit.closed.connect(self._visit_closed)
        self.visit.tone.connect(lambda what: self.speaker.play(TONES[what]))
        self.hand.mode = journal.visit.mode
        self._show_new(self.visit)
        self.refresh()

    def _person(self) -> str:
        """The patient as one says it aloud."""
        patient = self.patient
        born = f", born {patient.birth_date:%d %B %Y}" if patient.birth_date else ""
        return f"{patient.name or patient.pseudonym}{born}"

    def _visit_closed(self) -> None:
        QTimer.singleShot(0, self.show_patients)

    def _drop_visit(self) -> None:
        if self.visit is not None:
            if self.engine.treating is not None:
                self.engine.ask("leave_visit")
            self.stack.removeWidget(self.visit)
            self.visit.deleteLater()
            self.visit = None

    # --- STOP and the hand ---

    def stop(self) -> None:
        """STOP, from the button, from Esc, from Space."""
        self.engine.stop()

    def _space_stops(self) -> bool:
        view = self.engine.snapshot
        return view.phase is not Phase.CLOSED and view.state in (State.READY, State.RUN, State.STOPPING)

    def _hold(self, pressed: bool) -> None:
        if self.engine.snapshot.hand is not None or not pressed:
            self.hand.hold(pressed)

    # --- alarms ---

    def acknowledge(self) -> None:
        """Everything on the list has been seen."""
        self.alarms.acknowledge(self._clock_s())
        self.pen_alarms.seen()

    def _audio(self) -> None:
        now_s = self._clock_s()
        if self.alarms.audio_paused_s(now_s):
            self.alarms.resume_audio()
        else:
            self.alarms.pause_audio(now_s)

    def _resettable(self, key: str) -> bool:
        view = self.engine.snapshot
        return view.open and view.state is State.SAFE and key.startswith("IL-")

    def _reset(self, key: str) -> None:
        """The latched trip is released by the pen, or refused by it with the reason."""
        self.engine.ask("reset", int(key.removeprefix("IL-")))

    def _follow_alarms(self, view: Snapshot) -> None:
        now_s = self._clock_s()
        found = self.pen_alarms.present(view)
        if not self.speaker.works and view.phase is not Phase.CLOSED:
            found.append(NO_SOUND)
        self.alarms.update(found, now_s)
        needles_out = view.open and view.state is State.SAFE and Flags.NEEDLES_CLEAR not in view.flags
        self.banner.follow(now_s, resettable=self._resettable, needles_out=needles_out)
        self.tones.follow(self.alarms.sounding(now_s), now_s)

    # --- once a frame ---

    def beat(self) -> None:
        """The event loop runs: the heartbeats may say so."""
        self.engine.liveness.beat()

    def refresh(self) -> None:
        """Show the worker's latest picture."""
        if self._shut:
            return
        for notice in self.engine.take_notices():
            self.pen_alarms.take(notice)
            if isinstance(notice, Failed) and notice.act not in QUIET_ACTS:
                self._refused(notice.error)
        view = self.engine.snapshot
        self._follow_alarms(view)
        self.lock.look(self._clock_s())
        events = len(self.visit.desk.visit.events) if self.visit is not None else 0
        if (view, events) != self._shown:
            self._shown = (view, events)
            self._show(view)
        if self.visit is not None and not self.locked:
            self.visit.frame(view)

    def _refused(self, error: PenError) -> None:
        if self.visit is not None:
            self.visit.refuse(error)
        elif self.patients is not None:
            self.patients.refusal.tell(error)

    def _show(self, view: Snapshot) -> None:
        self._show_person(view)
        self.header.show_view(view, simulated=self.store.simulated)
        self.header.stop_button.show_keys("Esc or Space" if self._space_stops() else "Esc")
        self.hand.show_view(view)
        self.header.menu_button.setEnabled(self._may_lock() or self.desk is None)
        mark = " – SIMULATED" if self.store.simulated or view.simulated else ""
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
        elif self.visit is None:
            self.header.show_person(self.tr("Patients"), self.desk.user.name, may_go_home=False, face=False)
        else:
            patient, mode = self.patient, self.visit.desk.visit.mode
            born = f"{patient.birth_date:%d %b %Y}, " if patient.birth_date else ""
            name = patient.name or patient.pseudonym
            at_rest = view.state not in (State.READY, State.RUN, State.STOPPING)
            self.header.show_person(name, f"{born}{patient.pseudonym}, {mode}", may_go_home=at_rest)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing the window stops the pen."""
        self.engine.stop()
        self._shut = True
        for timer in self._timers:
            timer.stop()
        self.keys.remove()
        self.lock.remove()
        self.speaker.close()
        if self._closed is not None:
            self._closed()
        super().closeEvent(event)
