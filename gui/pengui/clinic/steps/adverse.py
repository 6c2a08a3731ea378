"""An adverse event: what, how bad, and a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QLineEdit

from penctl.treatment import visit_events as ev
from pengui.clinic.parts import Choice, Picker, button, column, label, row
from pengui.said import said

TEXT_MAX = 200


class AdverseLine(QFrame):
    """Notes an adverse event by `note`, which says whether it was taken."""

    def __init__(self, note: Callable[..., bool]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._note = note
        self.kind = Picker()
        self.kind.setAccessibleName(self.tr("Adverse event"))
        for kind in ev.AdverseKind:
            self.kind.addItem(said(kind.value.capitalize().replace("_", " ")), kind)
        grades = {"1": self.tr("Mild"), "2": self.tr("Moderate"), "3": self.tr("Severe")}
        self.severity = Choice(grades, name=self.tr("Severity"))
        self.text = QLineEdit()
        self.text.setMaxLength(TEXT_MAX)
        self.text.setPlaceholderText(self.tr("In a few words"))
        self.add = button(self.tr("Note it"))
        self.clear_button = button(self.tr("Clear"))
        self.severity.chosen.connect(lambda _: self._follow())
        self.text.textChanged.connect(lambda _: self._follow())
        self.add.clicked.connect(self._add)
        self.clear_button.clicked.connect(self.clear)
        self.setLayout(
            column(
                label(self.tr("Adverse event, if there was one"), "caption"),
                row(self.kind, self.severity, self.text, self.clear_button, self.add),
                margins=12,
            )
        )
        self._follow()

    @property
    def begun(self) -> bool:
        """Whether something of an event is given that is not noted yet."""
        return bool(self.severity.value or self.text.text().strip())

    def _follow(self) -> None:
        self.add.setEnabled(bool(self.severity.value))
        self.clear_button.setEnabled(self.begun)

    def clear(self) -> None:
        """There was none after all."""
        self.text.clear()
        self.severity.choose("")
        self._follow()

    def _add(self) -> None:
        fields: dict[str, Any] = {
            "kind": self.kind.currentData(),
            "severity": int(self.severity.value),
            "text": self.text.text().strip(),
        }
        if self._note(ev.AdverseEventNoted, **fields):
            self.clear()
