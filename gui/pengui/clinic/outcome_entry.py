"""One measure of one zone on one day, entered beside its curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from penctl.errors import PenError
from penctl.treatment.outcomes import RANGES, Measure, Outcome
from pengui.clinic.noting import day_of, field, number_of, one_of
from pengui.clinic.parts import Refusal, button, column, row

if TYPE_CHECKING:
    from penctl.records import Desk, Patient

WORDS: Final = {
    Measure.HAIR_COUNT_PER_CM2: "Hair count per cm²",
    Measure.DENSITY_PER_CM2: "Density per cm²",
    Measure.THICKNESS_UM: "Hair thickness, µm",
    Measure.SELF_RATING: "Self-rating, −3 to +3",
    Measure.SATISFACTION: "Satisfaction, 0 to 10",
}


class OutcomeEntry(QWidget):
    """Zone and measure choose the curve; value and day are noted in it."""

    chosen = Signal()
    """Another zone or measure, or a new value: the curve is to be drawn again."""

    def __init__(self, desk: Desk, zones: dict[str, str]) -> None:
        super().__init__()
        self._desk = desk
        self._patient: Patient | None = None
        self.refusal = Refusal()
        self.zone = one_of(zones, self.tr("Zone"))
        self.measure = one_of({key: self.tr(words) for key, words in WORDS.items()}, self.tr("Measure"))
        self.value = field(self.tr("Value"), "", 12)
        self.day = field(self.tr("Day"), self.tr("year-month-day"), 10)
        self.note_button = button(self.tr("Note"))
        line = row(self.zone, self.measure, None, self.value, self.day, self.note_button)
        self.setLayout(column(self.refusal, line))
        self.zone.currentIndexChanged.connect(self._choose)
        self.measure.currentIndexChanged.connect(self._choose)
        self.note_button.clicked.connect(self.note)
        self.value.returnPressed.connect(self.note)
        self.day.returnPressed.connect(self.note)
        self._hint()

    def _choose(self) -> None:
        self._hint()
        self.refusal.tell(None)
        self.chosen.emit()

    def _hint(self) -> None:
        low, high = RANGES[self.measure.currentData()]
        self.value.setPlaceholderText(f"{low:g} … {high:g}")

    def show_patient(self, patient: Patient) -> None:
        """Another patient: the zone that was measured first, and nothing typed of the one before."""
        if self._patient is not None and self._patient.id == patient.id:
            return
        self._patient = patient
        self.refusal.tell(None)
        self.value.clear()
        self.day.setText(self._desk.now.date().isoformat())
        own = self._desk.outcomes(patient.id)
        if own:
            for box, data in ((self.zone, own[0].zone), (self.measure, own[0].measure)):
                box.blockSignals(True)
                box.setCurrentIndex(box.findData(data))
                box.blockSignals(False)
            self._hint()

    def note(self) -> None:
        """Keep the value, or say why not; what was typed stays until it is kept."""
        if self.refusal.tried(self._kept(self._patient)):
            self.value.clear()
            self.chosen.emit()

    def _kept(self, patient: Patient | None) -> Callable[[], None]:
        def keep() -> None:
            if patient is None:
                return
            value = number_of(self.value.text(), self.tr("The value"))
            found = Outcome(
                self.zone.currentData(), self.measure.currentData(), value, day_of(self.day.text())
            )
            for one in self._desk.outcomes(patient.id):
                if (one.zone, one.measure, one.on) == (found.zone, found.measure, found.on):
                    raise PenError(
                        self.tr("There is a value of this day"),
                        f"{one.value:g}, {one.on}",
                        self.tr("one a day of a zone"),
                        self.tr("Correct the day, or choose another zone"),
                    )
            self._desk.add_outcome(patient.id, found)

        return keep
