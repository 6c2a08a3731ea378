"""The rooms of the program – sign-in, patients, users, a visit, a replay – one at a time; and who works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

from penctl.errors import PenError
from penctl.protocol.enums import State
from pengui.clinic.parts import scale_layouts
from pengui.clinic.people import Patients
from pengui.clinic.replay_screen import ReplayScreen
from pengui.clinic.sign_in import SignIn
from pengui.clinic.unkept import Unkept
from pengui.clinic.users import Users
from pengui.clinic.visit_desk import VisitDesk
from pengui.clinic.visit_screen import VisitScreen
from pengui.dates import day
from pengui.said import said
from pengui.widgets.look import DARK, Look
from pengui.worker.engine import Engine
from pengui.worker.replaying import Projector

if TYPE_CHECKING:
    from pathlib import Path

    from penctl.records import Desk, OpenVisit, Patient, Store, VisitRow


class Rooms(QStackedWidget):
    """What is shown below head and alarms.

    Args:
        engine: the worker's half.
        store: the clinic's records, open.
        hint: told on the sign-in page.
        recordings: the folder where this program records.
        threaded: a replay has a thread of its own; a test turns its engine instead.
    """

    changed = Signal()
    """Another room is shown."""
    tone = Signal(str)
    """What TREAT lets be heard; see `VisitScreen.tone`."""

    def __init__(
        self, engine: Engine, store: Store, hint: str, *, recordings: Path, threaded: bool = True
    ) -> None:
        super().__init__()
        self._engine, self.recordings, self._threaded = engine, recordings, threaded
        self._look, self._scale = DARK, 1.0
        self.desk: Desk | None = None
        self.patient: Patient | None = None
        self.patients: Patients | None = None
        self.users: Users | None = None
        self.visit: VisitScreen | None = None
        self.replay: ReplayScreen | None = None
        self._projector: Projector | None = None
        self._unkept: dict[str, Unkept] = {}
        """By visit: ends that nothing could keep, as long as this program runs."""
        self.sign_in = SignIn(store, hint)
        self.sign_in.signed_in.connect(self.signed_in)
        self.addWidget(self.sign_in)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        for room in (self.sign_in, self.patients, self.users, self.visit, self.replay):
            if room is not None:
                room.dress(look, scale)

    # --- who works ---

    @property
    def locked(self) -> bool:
        """Whether nobody is signed in, or the screen is locked."""
        return self.currentWidget() is self.sign_in

    @property
    def may_lock(self) -> bool:
        """Somebody is signed in, and the pen neither armed nor moving."""
        armed = self._engine.snapshot.state in (State.READY, State.RUN, State.STOPPING)
        return self.desk is not None and not armed

    @property
    def may_manage(self) -> bool:
        """Whether the page of the users may be shown now."""
        return (
            self.desk is not None
            and self.desk.user.role.name == "ADMIN"
            and self.visit is None
            and self.replay is None
            and not self.locked
        )

    def signed_in(self, desk: Desk) -> None:
        """Somebody signed in; the same person as before goes on where the screen was locked."""
        same = self.desk is not None and self.desk.user.name == desk.user.name
        self.desk = desk
        if same and self.visit is not None:
            self.setCurrentWidget(self.visit)
            self.changed.emit()
        else:
            self.show_patients()

    def lock(self) -> None:
        """An open visit stays as it is; nothing of it is shown. A pen that is armed keeps its screen."""
        if not self.may_lock:
            return
        self._drop_replay()
        self.setCurrentWidget(self.sign_in)
        self.sign_in.password.setFocus()
        self.changed.emit()

    # --- rooms ---

    def show_patients(self) -> None:
        """The list of patients; a visit that is open stays open in the records."""
        if self.desk is None or self._engine.snapshot.moving:
            return
        if self.replay is not None:
            self.leave_replay()
            return
        desk = self.desk
        self._enter(lambda: self._show_patients(Patients(desk)))

    def _signed(self) -> None:
        """The visit is over: the list says so, at the patient whose it was."""
        self.show_patients()
        if self.patients is not None and self.visit is None:
            self.patients.refusal.tell(said("The visit is signed and closed."))

    def _show_patients(self, made: Patients) -> None:
        for room in (self.visit, self.users, self.patients):
            self._drop(room)
        made.begin.connect(self._begin)
        made.resume.connect(self._resume)
        made.replay.connect(self.play_visit)
        self.patients = made
        if self.patient is not None:
            made.choose(self.patient.id)
        self._show(made)
        made.search.setFocus()

    def show_users(self) -> None:
        """Who may sign in, for an admin."""
        if self.desk is None or not self.may_manage:
            return
        desk = self.desk
        self._enter(lambda: self._show_users(Users(desk)))

    def _show_users(self, made: Users) -> None:
        self._drop(self.users)
        self.users = made
        self._show(made)

    # --- a visit of the past ---

    def play_visit(self, row: VisitRow) -> None:
        """Show a visit of the past on the screen of TREAT; a pen that is connected is left as it is."""
        self._enter(lambda: self._play_visit(row))

    def _play_visit(self, row: VisitRow) -> None:
        desk = self.desk
        if desk is None or self.patients is None:
            return
        self._drop_replay()
        self.patients.refusal.tell(None)
        self.patient = desk.patient(row.patient_id)
        self._projector = Projector(threaded=self._threaded)
        try:
            self.replay = ReplayScreen(desk, row, self._projector.engine, self.recordings)
        except PenError:
            self._drop_replay()
            raise
        self.replay.left.connect(self.leave_replay)
        self._show(self.replay)

    def leave_replay(self) -> None:
        """Back to the patient."""
        self._drop_replay()
        if self.patients is not None:
            self.setCurrentWidget(self.patients)
        self.changed.emit()

    def _drop_replay(self) -> None:
        if self._projector is not None:
            self._projector.close()
            self._projector = None
        if self.replay is not None:
            self.removeWidget(self.replay)
            self.replay.deleteLater()
            self.replay = None

    def close_up(self) -> None:
        """The window closes."""
        self._drop_replay()

    def _enter(self, enter: Callable[[], None]) -> None:
        """A room is made before the one that is there goes: records that cannot be read empty no screen."""
        try:
            enter()
        except PenError as error:
            self.refuse(error)

    def _show(self, room: Patients | Users | VisitScreen | ReplayScreen) -> None:
        self.addWidget(room)
        self.setCurrentWidget(room)
        scale_layouts(room, self._scale)
        room.dress(self._look, self._scale)
        self.changed.emit()

    def _drop(self, room: Patients | Users | VisitScreen | None) -> None:
        if room is None:
            return
        if room is self.visit:
            self.visit = None
            if self._engine.treating is not None:
                self._engine.ask("leave_visit")
        elif room is self.users:
            self.users = None
        else:
            self.patients = None
        self.removeWidget(room)
        room.deleteLater()

    def refuse(self, error: PenError) -> None:
        """What was refused is told where one looks."""
        if self.locked:
            self.sign_in.refusal.tell(error)
        elif self.visit is not None:
            self.visit.refuse(error)
        elif self.users is not None:
            self.users.refusal.tell(error)
        elif self.patients is not None:
            self.patients.refusal.tell(error)

    # --- a visit ---

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
            self.patients.look_again()  # what another workstation did is seen
            self.patients.refusal.tell(error)

    def open_visit(self, journal: OpenVisit) -> None:
        """Show a visit. Raises PenError: the records cannot be read."""
        desk = self.desk
        if desk is None:
            return

        def now() -> datetime:
            return desk.now

        patient = desk.patient(journal.patient_id)
        self._drop(self.visit)
        self.patient = patient
        may_sign = desk.user.role.name == "CLINICIAN"
        who = VisitDesk(journal, now, desk.user.name, may_sign=may_sign, person=_said_aloud(patient))
        self.visit = VisitScreen(who, self._engine)
        self.visit.closed.connect(lambda: QTimer.singleShot(0, self._signed))
        self.visit.tone.connect(self.tone)
        self.visit.left.connect(lambda *end: QTimer.singleShot(0, self, lambda: self._leave(*end)))
        self._show(self.visit)
        unkept = self._unkept.pop(journal.visit.begun.visit_id, None)
        if unkept is not None and not journal.visit.ended_early:
            self.visit.remind(unkept)

    def _leave(self, reason: str, unwell: bool) -> None:
        """Nothing can be kept: the pen is put away, nobody is signed in, the visit stays open there."""
        if self.visit is None:
            return
        desk = self.visit.desk
        unkept = Unkept(reason, unwell, desk.now())
        self._unkept[desk.visit.begun.visit_id] = unkept
        self._drop(self.visit)
        self.desk = None
        self.setCurrentWidget(self.sign_in)
        self.sign_in.refusal.tell(unkept.told_when_leaving(desk.visit.begun.person))
        self.sign_in.password.setFocus()
        self.changed.emit()


def _said_aloud(patient: Patient) -> str:
    """The patient as one says it aloud."""
    born = said(", born {0}").format(day(patient.birth_date)) if patient.birth_date else ""
    return f"{patient.name or patient.pseudonym}{born}"
