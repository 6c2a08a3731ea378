"""New records of a clinic: where, their passphrase, the first admin, the time zone, and what they are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimeZone, Signal
from PySide6.QtWidgets import QFileDialog, QFrame

from penctl.errors import PenError
from pengui.clinic.noting import field
from pengui.clinic.parts import Choice, Refusal, button, column, label, row
from pengui.clinic.users import NewPassword


@dataclass(frozen=True)
class Wanted:
    """What new records are made of; a passphrase "" draws a key that the key ring keeps."""

    where: str
    passphrase: str
    admin: str
    password: str
    time_zone: str
    simulated: bool


class NewRecords(QFrame):
    """Asks for all of it on one card; what was typed stays until the records are made.

    Args:
        make: makes and opens them. Raises PenError.
    """

    made = Signal()
    cancelled = Signal()

    def __init__(self, make: Callable[[Wanted], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._make = make
        self.refusal = Refusal()
        self.path = field(
            self.tr("Records"), self.tr("New file, or postgresql://… of an empty database"), 500
        )
        self.choose_button = button("…")
        self.choose_button.setAccessibleName(self.tr("Choose the file"))
        self.passphrase = NewPassword(self.tr("Passphrase of the records"))
        self.admin = field(
            self.tr("First admin"), self.tr("Name of the first admin, who adds the others"), 40
        )
        self.password = NewPassword(self.tr("Password of the admin"))
        self.zone = field(self.tr("Time zone"), self.tr("Time zone of the clinic, as Europe/Berlin"), 60)
        self.zone.setText(bytes(QTimeZone.systemTimeZoneId().data()).decode())
        self.kind = Choice({"real": self.tr("Real visits"), "simulated": self.tr("Simulated visits")})
        self.make_button = button(self.tr("Make the records"), "go")
        self.cancel_button = button(self.tr("Cancel"))
        words = self.tr(
            "Nobody reads the records without the passphrase, and nobody can recover it. Left empty, a key "
            "is drawn and kept in the key ring of this computer."
        )
        self.setLayout(
            column(
                label(self.tr("New records"), "title"),
                *(row(self.path, self.choose_button), self.passphrase),
                label(words, "small", wrap=True),
                *(self.admin, self.password),
                row(label(self.tr("Time zone of the clinic"), "caption"), self.zone),
                self.kind,
                label(self.tr("Real or simulated: this never changes afterwards."), "small"),
                self.refusal,  # below: no field moves away under a finger
                row(self.cancel_button, None, self.make_button),
                gap=10,
                margins=24,
            )
        )
        self.choose_button.clicked.connect(self._choose)
        self.make_button.clicked.connect(self.make)
        self.cancel_button.clicked.connect(self.cancelled)

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("New records"), "clinic.penctl")
        if name:
            self.path.setText(name)

    def make(self) -> None:
        """Make them, or say what is missing."""
        if self.refusal.tried(lambda: self._make(self._wanted())):
            self.passphrase.clear()
            self.password.clear()
            self.made.emit()

    def _wanted(self) -> Wanted:
        if not self.path.text().strip():
            raise PenError(
                self.tr("It is not said where the records are kept"), remedy=self.tr("Choose a new file")
            )
        if not self.kind.value:
            raise PenError(
                self.tr("What the records are for is not said"),
                remedy=self.tr("Choose real or simulated visits"),
            )
        return Wanted(
            self.path.text().strip(),
            self.passphrase.value(),
            self.admin.text().strip(),
            self.password.value(),
            self.zone.text().strip(),
            self.kind.value == "simulated",
        )
