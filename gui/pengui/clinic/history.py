"""What was done and what came of it: calendar, past visits on the map, outcomes beside published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.treatment.outcomes import CurvePoint, Measure, Reference, curve, references
from penctl.treatment.visit import Visit
from penctl.treatment_tables import load_references, load_scalp
from pengui.clinic.course_chart import CourseChart
from pengui.clinic.elsewhere import ElsewherePage
from pengui.clinic.outcome_chart import OutcomeChart
from pengui.clinic.outcome_entry import WORDS, OutcomeEntry
from pengui.clinic.parts import button, label, show_text
from pengui.clinic.photo_pairs import PhotoPairs
from pengui.clinic.visit_words import visit_lines
from pengui.clinic.zone_looks import visit_looks
from pengui.dates import day
from pengui.said import said, told
from pengui.widgets.look import Look
from pengui.widgets.scalp_map import ScalpMap
from pengui.widgets.scalp_shapes import View

if TYPE_CHECKING:
    from penctl.records import Desk, Patient
    from pengui.clinic.photo_finder import PhotoFinder

PUBLISHED_AS: Final = {Measure.HAIR_COUNT_PER_CM2: Measure.HAIR_COUNT_CHANGE_PER_CM2}
"""A person's own measure -> the published one that says the same as a change."""


class History(QStackedWidget):
    """Pages about one patient; `show_page` chooses. `replay` asks for a past visit to be played."""

    replay = Signal(object)
    """The visit's row."""

    def __init__(self, desk: Desk, finder: PhotoFinder) -> None:
        super().__init__()
        self._desk = desk
        self._patient: Patient | None = None
        self.course = CourseChart()
        self.visits = QListWidget()
        self.visits.setAccessibleName(self.tr("Visits"))
        self.summary = label("", "", wrap=True)
        self.replay_button = button(self.tr("Replay"))
        self.replay_button.setToolTip(self.tr("See this visit again on the screen of TREAT; no pen is used"))
        self.replay_button.clicked.connect(self._replay)
        self.map: ScalpMap | None = None
        self._zones = {zone.id: said(zone.name) for zone in load_scalp().zones.values()}
        self.elsewhere = ElsewherePage(desk, self._zones)
        self.chart = OutcomeChart()
        self.sources = label("", "small", wrap=True)
        self.photos = PhotoPairs(desk, finder)
        self._dressed: tuple[Look, float] | None = None
        self._pages = {
            "course": self.course,
            "visits": self._visits_page(),
            "outcomes": self._outcomes_page(),
            "photos": self.photos,
            "elsewhere": self.elsewhere,
        }
        for page in self._pages.values():
            self.addWidget(page)
        self.visits.currentItemChanged.connect(lambda now, _: self._show_visit(now))

    def _visits_page(self) -> QWidget:
        page = QWidget()
        layout = QHBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        self._map_place = QVBoxLayout()
        right = QVBoxLayout()
        right.addWidget(self.summary)
        right.addStretch(1)
        right.addWidget(self.replay_button)
        layout.addWidget(self.visits, 3)
        layout.addLayout(self._map_place, 4)
        layout.addLayout(right, 5)
        return page

    def _outcomes_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.title = label("", "caption")
        self.entry = OutcomeEntry(self._desk, self._zones)
        self.entry.chosen.connect(self._show_outcomes)
        for widget in (self.entry, self.title, self.chart, self.sources):
            layout.addWidget(widget, 1 if widget is self.chart else 0)
        return page

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._dressed = look, scale
        for part in (self.course, self.chart, self.map):
            if part is not None:
                part.dress(look, scale)

    def show_page(self, name: str) -> None:
        """Show "course", "visits", "outcomes", "photos" or "elsewhere"."""
        self.setCurrentWidget(self._pages[name])

    def show_patient(self, patient: Patient, mode: str) -> None:
        """Show this patient."""
        self._patient = patient
        known = self._desk.knowledge(patient.id, mode)
        self.course.show_course(known, self._desk.now)
        if self.map is None:
            self.map = ScalpMap(self._zones, (View.TOP,))
            self._map_place.addWidget(self.map)
            if self._dressed is not None:
                self.map.dress(*self._dressed)
        self.visits.clear()
        for row in reversed(self._desk.visits(patient.id)):
            item = QListWidgetItem(f"{day(row.day)}\n{said(row.mode.lower())}, {said(row.status.lower())}")
            item.setData(Qt.ItemDataRole.UserRole, row)
            self.visits.addItem(item)
        self.visits.setCurrentRow(0)
        self.entry.show_patient(patient)
        self.photos.show_patient(patient)
        self.elsewhere.show_patient(patient)
        self._show_outcomes()

    def _replay(self) -> None:
        item = self.visits.currentItem()
        if item is not None:
            self.replay.emit(item.data(Qt.ItemDataRole.UserRole))

    def _show_visit(self, item: QListWidgetItem | None) -> None:
        self.replay_button.setVisible(item is not None)
        if item is None or self._patient is None or self.map is None:
            show_text(self.summary, self.tr("No visit yet."))
            return
        row = item.data(Qt.ItemDataRole.UserRole)
        events = self._desk.visit_events(row.id)
        visit = Visit.of(events, self._desk.knowledge(self._patient.id, row.mode, visit_id=row.id))
        self.map.show_zones(visit_looks(visit, events[-1].at))
        show_text(self.summary, "\n\n".join(visit_lines(visit)))

    def _show_outcomes(self) -> None:
        if self._patient is None:
            return
        zone, measure = self.entry.zone.currentData(), self.entry.measure.currentData()
        published = _published(measure)
        words = self.tr("{0}, change since the first measure: {1}").format(
            self.tr(WORDS[measure]), self.entry.zone.currentText()
        )
        points: tuple[CurvePoint, ...] = ()
        try:
            points = self._curve(self._patient, zone, measure)
            words += "" if points else self.tr(" – no measure yet")
        except PenError as error:
            words += f" – {told(error)}"
        self.chart.show_outcome(points, published)
        show_text(self.title, words)
        lines = [
            f"{place}  {said(one.protocol)}, {one.depth_um / 1000:g} mm ({said(one.source)})"
            for place, one in enumerate(published, start=1)
        ]
        legend = self.tr(
            "● this person  ◆ with needling  ◇ control group. Other people, other methods: no forecast."
        )
        lines.append(legend if published else self.tr("No published figure is known that stands beside it."))
        show_text(self.sources, "\n".join(lines))

    def _curve(self, patient: Patient, zone: str, measure: Measure) -> tuple[CurvePoint, ...]:
        own = self._desk.outcomes(patient.id)
        days = [one.on for one in own if (one.zone, one.measure) == (zone, measure)]
        return curve(own, zone, measure, min(days)) if days else ()


def _published(measure: Measure) -> tuple[Reference, ...]:
    """What was published as a change of this measure; a share or a value is no change."""
    wanted = PUBLISHED_AS.get(measure)
    if wanted is None:
        return ()
    return tuple(one for one in references(load_references(), wanted) if one.measure is wanted)
