"""Two photos of a patient side by side: the first and the last, or any two that are chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from pengui.clinic import photo_files
from pengui.clinic.parts import Picker, button, card, column, label, row, show_text
from pengui.dates import day as day_text
from pengui.said import said

if TYPE_CHECKING:
    from penctl.records import Desk, Patient
    from pengui.clinic.photo_finder import PhotoFinder

MOMENTS: Final = {"BEFORE": "before the treatment", "AFTER": "after the treatment", "OUTCOME": "outcome"}


class Picture(QWidget):
    """A photo, as large as its place allows, never stretched."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return self._pixmap.isNull()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, 200)

    def show_content(self, content: bytes | None) -> None:
        """Show a file's content; None for nothing."""
        self._pixmap = QPixmap()
        if content is not None:
            photo_files.load(self._pixmap, content)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self.empty:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        x, y = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        painter.drawPixmap(x, y, size.width(), size.height(), self._pixmap)
        painter.end()


class OnePhoto(QWidget):
    """One of the two: which photo, the photo, and what is known of it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.box = Picker()
        self.box.setAccessibleName(name)
        self.picture, self.about = Picture(), label("", "small", wrap=True)
        self.picture.setAccessibleName(name)
        frame = card()
        frame.setLayout(column(self.box, self.picture, self.about, margins=10))
        self.setLayout(column(frame))
        self.box.currentIndexChanged.connect(self.show_chosen)

    def show_chosen(self) -> None:
        """Show the file of what is chosen, or say where it stands."""
        reference = self.box.currentData() or ""
        content = photo_files.content_of(reference)
        self.picture.show_content(content)
        if not reference:
            words = self.tr("No photo was noted.")
        elif self.picture.empty:
            words = self.tr("The file is not found as it was noted: {0}. Choose the folder where it is.")
        else:
            words = self.tr("{1}, as it was noted")
        show_text(self.about, words.format(_short(reference), photo_files.name_of(reference)))
        self.about.setToolTip(reference)


class PhotoPairs(QWidget):
    """Left the earliest photo, right the latest, until others are chosen."""

    def __init__(self, desk: Desk, finder: PhotoFinder) -> None:
        super().__init__()
        self._desk, self._finder = desk, finder
        self.left, self.right = OnePhoto(self.tr("Photo left")), OnePhoto(self.tr("Photo right"))
        self.told = label("", "quiet", wrap=True)
        self.folder_button = button(self.tr("Folder of the photos"), "small")
        pair = row(self.left, self.right, gap=12)
        head = row(self.told, self.folder_button)
        head.setStretch(0, 1)
        layout = column(head, pair)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.nothing = label(
            self.tr("No photo was noted. Photos are added in a visit, before and after."), "title"
        )
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.nothing, 1)
        self.folder_button.clicked.connect(self._choose)
        finder.changed.connect(self._show)

    def show_patient(self, patient: Patient) -> None:
        """The photos of this patient, oldest first."""
        photos = self._desk.photos(patient.id)
        names = self._desk.knowledge(patient.id, "CLINICAL").scalp.zones
        for side in (self.left, self.right):
            side.box.blockSignals(True)
            side.box.clear()
            for one in photos:
                day = day_text(one.at.astimezone(self._desk.store.time_zone))
                words = f"{day}, {self.tr(MOMENTS.get(one.moment, one.moment))}"
                side.box.addItem(
                    f"{words}, {said(names[one.zone].name)}" if one.zone else words, one.reference
                )
            side.box.setEnabled(bool(photos))
            side.box.blockSignals(False)
        self.right.box.setCurrentIndex(len(photos) - 1)
        self._finder.want([patient.photo, *(one.reference for one in photos)])
        self._show()

    def _show(self) -> None:
        for side in (self.left, self.right):
            side.show_chosen()
        words = self.tr("The records note a photo by its hash; the file stays where it is.")
        noted = self.left.box.count() > 0
        for side in (self.left, self.right):
            side.setVisible(noted)
        self.nothing.setVisible(not noted)
        if self._finder.trouble:
            words = self.tr("The folder cannot be read: {0}.").format(self._finder.trouble)
        elif self._finder.left:
            words = self.tr("{0} files to look at …").format(self._finder.left)
        elif photo_files.folders():
            words += self.tr(" Looked for in {0}.").format(photo_files.start_folder())
        show_text(self.told, words)

    def _choose(self) -> None:
        start = photo_files.start_folder()
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder of the photos"), start)
        if name:
            self.look_in(Path(name))

    def look_in(self, folder: Path) -> None:
        """Look for the photos in a folder, too, and remember it."""
        self._finder.look_in(folder)
        self._show()


def _short(reference: str) -> str:
    return reference if len(reference) <= 24 else f"{reference[:18]}…"
