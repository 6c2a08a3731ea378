"""Treatments elsewhere or with another tool, as the person tells: they lock like the clinic's own."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidget, QWidget

from penctl.errors import PenError
from penctl.treatment.course import Tool
from pengui.clinic.noting import day_of, field, number_of, one_of
from pengui.clinic.parts import Refusal, button, column, label, row
from pengui.dates import day

if TYPE_CHECKING:
    from penctl.records import Desk, Patient

WORDS: Final = {
    Tool.UNKNOWN: "Tool not known",
    Tool.OTHER_PEN: "Another pen",
    Tool.DERMA_ROLLER: "Derma roller",
    Tool.STAMP: "Stamp",
}
UM_PER_MM: Final = 1000


class ElsewherePage(QWidget):
    """What was told stands below; `noted` says that the course has changed."""

    noted = Signal()

    def __init__(self, desk: Desk, zones: dict[str, str]) -> None:
        super().__init__()
        self._desk, self._zones = desk, zones
        self._patient: Patient | None = None
        self.refusal = Refusal()
        self.zone = one_of(zones, self.tr("Zone"))
        self.tool = one_of({key: self.tr(words) for key, words in WORDS.items()}, self.tr("Tool"))
        self.depth_mm = field(self.tr("Depth"), self.tr("Depth, mm, if known"), 12)
        self.day = field(self.tr("Day"), self.tr("year-month-day"), 10)
        self.text = field(self.tr("In a few words"), self.tr("In a few words: where, by whom"), 200)
        self.note_button = button(self.tr("Note"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Treatments elsewhere"))
        words = self.tr(
            "Needling elsewhere or at home locks its zone like a treatment here. A depth that is not known "
            "counts as the deepest, and the day counts to its end."
        )
        self.setLayout(
            column(
                label(words, "quiet", wrap=True),
                self.refusal,
                row(self.zone, self.tool, self.depth_mm, self.day),
                row(self.text, self.note_button),
                self.list,
            )
        )
        self.note_button.clicked.connect(self.note)
        for line in (self.depth_mm, self.day, self.text):
            line.returnPressed.connect(self.note)

    def show_patient(self, patient: Patient) -> None:
        """Show what this patient told; nothing that was typed about another one stays."""
        if self._patient is None or self._patient.id != patient.id:
            self.refusal.tell(None)
            for line in (self.depth_mm, self.day, self.text):
                line.clear()
        self._patient = patient
        self._fill(patient)

    def _fill(self, patient: Patient) -> None:
        self.list.clear()
        for one in reversed(self._desk.elsewhere(patient.id)):
            depth = self.tr("depth not known") if one.depth_um is None else f"{one.depth_um / UM_PER_MM:g} mm"
            tool = self.tr(WORDS.get(one.tool, "This pen")).lower()
            local = one.at.astimezone(self._desk.store.time_zone)
            words = f"{day(local)}  {self._zones[one.zone]}, {depth}, {tool}"
            self.list.addItem(f"{words}\n{one.text}" if one.text else words)
        if not self.list.count():
            self.list.addItem(self.tr("Nothing was told."))

    def note(self) -> None:
        """Keep it, or say why not; what was typed stays until it is kept."""
        patient = self._patient
        if patient is None or not self.refusal.tried(lambda: self._keep(patient)):
            return
        for line in (self.depth_mm, self.day, self.text):
            line.clear()
        self._fill(patient)
        self.noted.emit()

    def _keep(self, patient: Patient) -> None:
        from penctl.records import Elsewhere

        typed = self.depth_mm.text().strip()
        depth_um = None if not typed else _micrometres(number_of(typed, self.tr("The depth"), "mm"))
        treated = Elsewhere(
            patient.id,
            self.zone.currentData(),
            self._end_of(day_of(self.day.text())),
            depth_um,
            self.tool.currentData(),
            self.text.text().strip(),
        )
        self._desk.add_elsewhere(treated)

    def _end_of(self, day: date) -> datetime:
        """The last moment of a day that has begun: the lock then ends rather late than early."""
        now = self._desk.now
        if day > now.date():
            raise PenError(
                self.tr("This treatment lies in the future"),
                day,
                self.tr("today is {0}").format(now.date()),
                self.tr("Correct the day"),
            )
        if day == now.date():
            return now
        return datetime.combine(day, time(23, 59, 59), tzinfo=self._desk.store.time_zone)


def _micrometres(depth_mm: float) -> int:
    """Rounded up: the deeper one counts."""
    return math.ceil(round(depth_mm * UM_PER_MM, 3))
