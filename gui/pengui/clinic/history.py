"""What was done and what came of it: calendar, past visits on the map, outcomes beside published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from penctl.treatment.outcomes import CurvePoint, Measure, curve, references
from penctl.treatment.visit import Visit
from penctl.treatment_tables import load_references
from pengui.clinic.course_chart import CourseChart
from pengui.clinic.outcome_chart import OutcomeChart
from pengui.clinic.parts import Choice, label, show_text
from pengui.clinic.visit_words import visit_lines
from pengui.clinic.zone_looks import visit_looks
from pengui.widgets.look import Look
from pengui.widgets.scalp_map import ScalpMap
from pengui.widgets.scalp_shapes import View

if TYPE_CHECKING:
    from penctl.records import Desk, Patient

PAGES: Final = ("course", "visits", "outcomes")
PUBLISHED_AS: Final = {Measure.HAIR_COUNT_PER_CM2: Measure.HAIR_COUNT_CHANGE_PER_CM2}
"""A person's own measure -> the published one that says the same as a change."""


class History(QStackedWidget):
    """Three pages about one patient; `show_page` chooses."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._patient: Patient | None = None
        self.course = CourseChart()
        self.visits = QListWidget()
        self.visits.setAccessibleName(self.tr("Visits"))
        self.summary = label("", "", wrap=True)
        self.map: ScalpMap | None = None
        self.chart = OutcomeChart()
        self.sources = label("", "small", wrap=True)
        self.zones = Choice({}, name=self.tr("Zone"))
        self._dressed: tuple[Look, float] | None = None
        self._pages = {
            "course": self.course,
            "visits": self._visits_page(),
            "outcomes": self._outcomes_page(),
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
        layout.addWidget(self.visits, 3)
        layout.addLayout(self._map_place, 4)
        layout.addLayout(right, 5)
        return page

    def _outcomes_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        self.title = label("", "caption")
        for widget in (self.title, self.chart, self.sources):
            layout.addWidget(widget, 1 if widget is self.chart else 0)
        return page

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._dressed = look, scale
        for part in (self.course, self.chart, self.map):
            if part is not None:
                part.dress(look, scale)

    def show_page(self, name: str) -> None:
        """Show "course", "visits" or "outcomes"."""
        self.setCurrentWidget(self._pages[name])

    def show_patient(self, patient: Patient, mode: str) -> None:
        """Show this patient."""
        self._patient = patient
        known = self._desk.knowledge(patient.id, mode)
        self.course.show_course(known, self._desk.now)
        if self.map is None:
            names = {zone.id: zone.name for zone in known.scalp.zones.values()}
            self.map = ScalpMap(names, (View.TOP,))
            self._map_place.addWidget(self.map)
            if self._dressed is not None:
                self.map.dress(*self._dressed)
        self.visits.clear()
        for row in reversed(self._desk.visits(patient.id)):
            item = QListWidgetItem(f"{row.day:%d %B %Y}\n{row.mode.lower()}, {row.status.lower()}")
            item.setData(Qt.ItemDataRole.UserRole, row)
            self.visits.addItem(item)
        self.visits.setCurrentRow(0)
        self._show_outcomes(patient)

    def _show_visit(self, item: QListWidgetItem | None) -> None:
        if item is None or self._patient is None or self.map is None:
            show_text(self.summary, self.tr("No visit yet."))
            return
        row = item.data(Qt.ItemDataRole.UserRole)
        events = self._desk.visit_events(row.id)
        visit = Visit.of(events, self._desk.knowledge(self._patient.id, row.mode, visit_id=row.id))
        self.map.show_zones(visit_looks(visit, events[-1].at))
        show_text(self.summary, "\n\n".join(visit_lines(visit)))

    def _show_outcomes(self, patient: Patient) -> None:
        own = self._desk.outcomes(patient.id)
        measured = [one for one in own if one.measure is Measure.HAIR_COUNT_PER_CM2]
        table = references(load_references(), PUBLISHED_AS[Measure.HAIR_COUNT_PER_CM2])
        published = tuple(one for one in table if one.measure is Measure.HAIR_COUNT_CHANGE_PER_CM2)
        points: tuple[CurvePoint, ...] = ()
        zone = measured[0].zone if measured else ""
        if measured:
            points = curve(own, zone, Measure.HAIR_COUNT_PER_CM2, min(one.on for one in measured))
        self.chart.show_outcome(points, published)
        name = self._desk.knowledge(patient.id, "CLINICAL").scalp.zone(zone).name if zone else ""
        words = self.tr("Hair count, change per cm² since the first measure") + (f": {name}" if name else "")
        show_text(self.title, words if points else words + self.tr(": no measure yet"))
        lines = [
            f"{place}  {one.protocol}, {one.depth_um / 1000:g} mm ({one.source})"
            for place, one in enumerate(published, start=1)
        ]
        lines.append(self.tr("◆ with needling  ◇ control group. Other people, other methods: no forecast."))
        show_text(self.sources, "\n".join(lines))
