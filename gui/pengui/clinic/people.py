"""The patients of the clinic: who is due, who has an open visit, what was done last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pengui.clinic.history import History
from pengui.clinic.new_patient import NewPatient
from pengui.clinic.parts import (
    Choice,
    Folding,
    Refusal,
    button,
    column,
    label,
    list_style,
    row,
    scrolled,
    show_text,
)
from pengui.clinic.photo_finder import PhotoFinder
from pengui.clinic.portrait import Portrait
from pengui.clinic.zone_looks import course_looks
from pengui.dates import day
from pengui.said import said
from pengui.widgets.look import Look
from pengui.widgets.scalp_map import ScalpMap

if TYPE_CHECKING:
    from penctl.records import Desk, Patient

LIST_LEAST: Final = 160
MAP_LEAST: Final = 260
"""Least sides of list and map, px at 1280 × 800: below them the page scrolls."""
TREATING: Final = ("CLINICIAN", "ASSISTANT")
"""Roles that note a visit."""


def _role_words(role: str) -> str:
    """Why no visit can be begun by this role, "" for one that may."""
    words = {
        "ADMIN": "An admin treats nobody. For a visit a clinician or an assistant signs in.",
        "AUDITOR": "An auditor reads. For a visit a clinician or an assistant signs in.",
    }
    return said(words.get(role, ""))


class Patients(QWidget):
    """The list left, one patient right with the scalp's calendar; one act: begin a visit or go on."""

    begin = Signal(str, str)
    """Patient id and mode."""
    resume = Signal(str)
    """Visit id."""
    replay = Signal(object)
    """The row of a visit that is to be played."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._patient: Patient | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Name or pseudonym"))
        self.search.setAccessibleName(self.tr("Search the patients"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Patients"))
        self.new_button, self.new = button(self.tr("New patient")), NewPatient(desk)
        self.name, self.about = label("", "heading"), label("", "quiet", wrap=True)
        self.history = label("", "", wrap=True)
        self.refusal = Refusal()
        self.mode = Choice({"CLINICAL": self.tr("Clinical"), "HOME": self.tr("Home")}, name=self.tr("Mode"))
        self.mode.choose("CLINICAL")
        self.mode.chosen.connect(lambda _: self._show_course())
        self.begin_button = button(self.tr("Begin a visit"), "go")
        self.resume_button = button(self.tr("Go on with the open visit"), "go")
        self.role_words = label(_role_words(desk.user.role.name), "quiet", wrap=True)
        self.role_words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._may_visit = desk.user.role.name in TREATING
        self.map: ScalpMap | None = None
        self.finder = PhotoFinder(desk.store.id, self)
        self.portrait = Portrait(desk, self.finder, self.refusal.tried)
        self.portrait.chosen.connect(self._show_photo)
        self.past = History(desk, self.finder)
        self.past.hide()
        self.past.elsewhere.noted.connect(self._show_course)
        self.past.replay.connect(self.replay)
        self._lay_out()
        self.search.textChanged.connect(self.fill)
        self.new_button.clicked.connect(lambda: self._ask_new(asked=True))
        self.new.cancelled.connect(lambda: self._ask_new(asked=False))
        self.new.added.connect(self._show_added)
        self.list.currentItemChanged.connect(lambda now, _: self._choose(now))
        self.begin_button.clicked.connect(self._begin)
        self.resume_button.clicked.connect(lambda: self.resume.emit(self._open_visit()))
        self.fill()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        left.addWidget(self.new, 1)
        self._right = QVBoxLayout()
        for column_ in (left, self._right):
            column_.setSpacing(8)
        for widget in (self.name, self.about):
            widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        who = row(self.portrait.face, gap=12)
        who.addLayout(column(self.name, self.about, gap=0), 1)
        who.addWidget(self.portrait)
        self._right.addLayout(who)
        self._map_place = QVBoxLayout()
        self.pages = Choice(
            {
                "scalp": self.tr("Scalp"),
                "course": self.tr("Course"),
                "visits": self.tr("Visits"),
                "outcomes": self.tr("Outcomes"),
                "photos": self.tr("Photos"),
                "elsewhere": self.tr("Elsewhere"),
            },
            name=self.tr("Show"),
            small=True,
        )
        self.pages.choose("scalp")
        self.pages.chosen.connect(self._show_page)
        self._right.addLayout(row(self.pages, None))
        self._right.addLayout(self._map_place, 1)
        self._right.addWidget(self.past, 1)
        self._blank = QWidget()
        self._right.addWidget(self._blank, 1)
        self._right.addWidget(self.history)
        left_side, right_side = QWidget(), QWidget()
        for side, column_ in ((left_side, left), (right_side, self._right)):
            column_.setContentsMargins(0, 0, 0, 0)
            side.setLayout(column_)
        inside = Folding((left_side, 2), (right_side, 5), gap=20, below=820)
        inside.box.setContentsMargins(16, 12, 16, 12)
        told = row(self.refusal)  # below: nothing moves away under a finger when it comes or goes
        told.setContentsMargins(16, 0, 16, 8)
        acts = row(self.new_button, self.role_words, self.mode, self.resume_button, self.begin_button)
        acts.setStretch(1, 1)
        acts.setContentsMargins(16, 6, 10, 6)
        bar = QFrame()
        bar.setObjectName("actions")
        bar.setLayout(acts)
        self.setLayout(column(scrolled(inside), told, bar, gap=0))
        self._ask_new(asked=False)  # last: what is shown before it has a place is a window of its own

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._dressed = look, scale
        self.past.dress(look, scale)
        self.portrait.dress(look, scale)
        self.setStyleSheet(list_style(look, scale))
        self.list.setMinimumSize(round(LIST_LEAST * scale), round(LIST_LEAST * scale))
        if self.map is not None:
            self._dress_map(self.map)

    def _dress_map(self, map_: ScalpMap) -> None:
        look, scale = self._dressed
        map_.dress(look, scale)
        map_.setMinimumSize(round(MAP_LEAST * scale), round(MAP_LEAST * scale))

    def fill(self) -> None:
        """The patients that fit the search."""
        chosen = self._patient.id if self._patient is not None else ""
        open_of = {visit.patient_id for visit in self.desk.open_visits()}
        self.list.clear()
        found = self.desk.find_patients(self.search.text().strip())
        for patient in sorted(found, key=lambda one: (one.name or one.pseudonym).casefold()):
            mark = self.tr("   open visit") if patient.id in open_of else ""
            named = f"{patient.name}\n" if patient.name else ""
            item = QListWidgetItem(f"{named}{patient.pseudonym}{mark}")
            item.setData(Qt.ItemDataRole.UserRole, patient)
            self.list.addItem(item)
            if patient.id == chosen:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and self.list.count():
            self.list.setCurrentRow(0)
        if not self.list.count():
            self._choose(None)

    def choose(self, patient_id: str) -> None:
        """Choose this patient, if the list has them."""
        for place in range(self.list.count()):
            item = self.list.item(place)
            if item.data(Qt.ItemDataRole.UserRole).id == patient_id:
                self.list.setCurrentItem(item)

    def look_again(self) -> None:
        """The list anew, where the records can be read."""
        self.refusal.tried(self.fill)

    def _ask_new(self, *, asked: bool) -> None:
        """The fields of a new patient stand in place of the list."""
        self.new.setVisible(asked)
        for widget in (self.search, self.list):
            widget.setVisible(not asked)
        self.new_button.setEnabled(not asked)
        for act in (self.begin_button, self.resume_button):
            act.setEnabled(not asked)  # one obvious next act
        if asked:
            self.new.name.setFocus()

    def _show_added(self, pseudonym: str) -> None:
        self._ask_new(asked=False)
        self.search.setText(pseudonym)

    def _choose(self, item: QListWidgetItem | None) -> None:
        self._patient = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        self.refusal.tell(None)
        self.portrait.show_patient(self._patient)
        self.mode.setVisible(self._patient is not None and self._may_visit and not self._open_visit())
        self.pages.setVisible(self._patient is not None)
        self._blank.setVisible(self._patient is None)
        if self._patient is None:
            self._show_nobody()
            return
        self._show_page(self.pages.value)
        patient = self._patient
        show_text(self.name, patient.name or patient.pseudonym)
        born = day(patient.birth_date) if patient.birth_date else self.tr("unknown")
        who = patient.pseudonym if patient.name else self.tr("No name")
        show_text(self.about, self.tr("{0}, born {1}").format(who, born))
        self.resume_button.setVisible(self._may_visit and bool(self._open_visit()))
        self.begin_button.setVisible(self._may_visit and not self._open_visit())
        self._show_course()

    def _show_photo(self, patient: Patient) -> None:
        """The patient that the list holds has another photo now."""
        item = self.list.currentItem()
        if item is not None:
            item.setData(Qt.ItemDataRole.UserRole, patient)
        self._patient = patient

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.finder.go_on()

    def _show_nobody(self) -> None:
        """Nothing of the patient that was shown before stays."""
        searched = bool(self.search.text().strip())
        words = self.tr("Nobody fits the search.") if searched else self._first_words()
        show_text(self.name, self.tr("No patient"))
        show_text(self.about, words)
        for part in (self.begin_button, self.resume_button, self.history, self.past, self.map):
            if part is not None:
                part.hide()

    def _first_words(self) -> str:
        """What to do first in empty records."""
        treat = any(user.active and user.role.name in TREATING for user in self.desk.store.users())
        if not treat and self.desk.user.role.name == "ADMIN":
            return self.tr("First add who treats: ☰ at the top, Users. Then a patient: New patient, below.")
        return self.tr("Add the first one: New patient, below.")

    def _open_visit(self) -> str:
        patient = self._patient
        found = [visit.id for visit in self.desk.open_visits() if patient and visit.patient_id == patient.id]
        return found[-1] if found else ""

    def _show_course(self) -> None:
        if self._patient is None:
            return
        known = self.desk.knowledge(self._patient.id, self.mode.value or "CLINICAL")
        if self.map is None:
            self.map = ScalpMap({zone.id: said(zone.name) for zone in known.scalp.zones.values()})
            self._map_place.addWidget(self.map)
            if hasattr(self, "_dressed"):
                self._dress_map(self.map)
        self.map.show_zones(course_looks(known, self.desk.now))
        self.past.show_patient(self._patient, self.mode.value or "CLINICAL")
        visits = self.desk.visits(self._patient.id)
        lines = [
            f"{day(visit.day)}  {said(visit.mode.lower())}  {visit.ended_early}".strip()
            for visit in visits[-3:]
        ]
        words = self.tr("Visits: ") + ";  ".join(reversed(lines))
        words += self.tr(", and {0} before").format(len(visits) - 3) if len(visits) > 3 else ""
        show_text(self.history, words if visits else self.tr("This is the first visit."))

    def _show_page(self, name: str) -> None:
        """The scalp of today, or a page of the history."""
        scalp = name == "scalp"
        if self.map is not None:
            self.map.setVisible(scalp)
        self.history.setVisible(scalp)
        self.past.setVisible(not scalp)
        if not scalp:
            self.past.show_page(name)

    def _begin(self) -> None:
        if self._patient is not None:
            self.begin.emit(self._patient.id, self.mode.value)
