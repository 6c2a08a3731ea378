"""The patient's face on the patient's page, and the photo that is chosen for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from penctl.errors import PenError
from pengui.clinic import photo_files
from pengui.clinic.face import Face
from pengui.clinic.parts import button, row, show_text
from pengui.widgets.look import Look

if TYPE_CHECKING:
    from penctl.records import Desk, Patient
    from pengui.clinic.photo_finder import PhotoFinder

FACE: Final = 64


class Portrait(QWidget):
    """Face and button. `chosen` tells of a patient whose photo is another one now."""

    chosen = Signal(object)

    def __init__(
        self, desk: Desk, finder: PhotoFinder, tried: Callable[[Callable[[], object]], bool]
    ) -> None:
        super().__init__()
        self._desk, self._finder, self._tried = desk, finder, tried
        self._patient: Patient | None = None
        self.face = Face(FACE)
        self.button = button(self.tr("Photo"), "small")
        self.button.setToolTip(self.tr("Choose the patient's photo; it stays where it is"))
        self.remove_button = button(self.tr("Remove the photo"), "small")
        self.setLayout(row(self.button, self.remove_button))
        self.button.clicked.connect(self._choose)
        self.remove_button.clicked.connect(lambda: self._tried(lambda: self._keep("")))
        finder.changed.connect(self._show)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self.face.dress(look, scale)

    def show_patient(self, patient: Patient | None) -> None:
        """Show this patient's, or nothing."""
        self._patient = patient
        self._show()

    def _show(self) -> None:
        patient = self._patient
        for part in (self, self.face):
            part.setVisible(patient is not None)
        if patient is None:
            return
        self.face.show_name(patient.name or patient.pseudonym)
        self.face.show_photo(patient.photo)
        self.remove_button.setVisible(bool(patient.photo))
        show_text(self.button, self.tr("Another photo") if patient.photo else self.tr("Add a photo"))
        missing = bool(patient.photo) and not self.face.has_photo
        words = self.tr("The file of the photo is not found. Choose its folder on the page Photos.")
        self.face.setToolTip(words if missing else "")

    def _choose(self) -> None:
        start, kinds = photo_files.start_folder(), "Images (*.png *.jpg *.jpeg)"
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Photo"), start, kinds)
        if name:
            self.add(Path(name))

    def add(self, path: Path) -> bool:
        """The file's hash is kept with what is personal of the patient; a refusal is told on the page."""
        return self._tried(lambda: self._add(path))

    def _add(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PenError(
                self.tr("The photo cannot be read"), error.strerror, remedy=self.tr("Choose another file")
            ) from error
        shown = QPixmap()
        photo_files.load(shown, content)
        if shown.isNull():
            raise PenError(
                self.tr("This file is no picture"), path.name, remedy=self.tr("Choose a PNG or JPEG file")
            )
        reference = photo_files.reference_of(content)
        self._keep(reference)
        self._finder.took(reference, path)

    def _keep(self, reference: str) -> None:
        if self._patient is not None:
            present = self._desk.patient(self._patient.id)
            changed = self._desk.change_patient(replace(present, photo=reference), "photo")
            self.show_patient(changed)
            self.chosen.emit(changed)
