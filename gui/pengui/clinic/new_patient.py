"""A new patient: name and birth date, both optional; the pseudonym is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from pengui.clinic.noting import day_of, field
from pengui.clinic.parts import Refusal, button, column, label, row

if TYPE_CHECKING:
    from penctl.records import Desk


class NewPatient(QFrame):
    """Fields in place of the list; `added` tells the pseudonym, `cancelled` that there is none."""

    added = Signal(str)
    cancelled = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self.refusal = Refusal()
        self.name = field(self.tr("Name"), self.tr("Name"), 200)
        self.born = field(self.tr("Born"), self.tr("Born, year-month-day"), 10)
        self.add_button, self.cancel_button = button(self.tr("Add"), "go"), button(self.tr("Cancel"))
        words = label(
            self.tr("The pseudonym is drawn. Name and birth date are encrypted."), "small", wrap=True
        )
        title = label(self.tr("New patient"), "title")
        buttons = row(self.cancel_button, self.add_button)
        self.setLayout(
            column(title, self.name, self.born, words, self.refusal, buttons, None, gap=10, margins=14)
        )
        self.add_button.clicked.connect(self.add)
        self.born.returnPressed.connect(self.add)
        self.name.returnPressed.connect(self.born.setFocus)
        self.cancel_button.clicked.connect(self.cancel)

    def cancel(self) -> None:
        """Forget what was typed."""
        self._clear()
        self.cancelled.emit()

    def _clear(self) -> None:
        self.refusal.tell(None)
        self.name.clear()
        self.born.clear()

    def add(self) -> None:
        """Keep the patient, or say why not."""
        made: list[str] = []
        if self.refusal.tried(lambda: made.append(self._add())):
            self._clear()
            self.added.emit(made[0])

    def _add(self) -> str:
        from penctl.records import Patient

        typed = self.born.text().strip()
        born = day_of(typed) if typed else None
        return self._desk.add_patient(Patient(name=self.name.text().strip(), birth_date=born)).pseudonym
