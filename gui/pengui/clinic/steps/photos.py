"""Photos before and after: noted by the hash of their file, or why there is none."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout

from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic import photo_files
from pengui.clinic.parts import button, label, row, show_text
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.worker.snapshot import Snapshot


class PhotosPage(StepPage):
    """Photos before or after: files are added, or it is said why there is none."""

    TITLE = "Photos before"

    def build(self) -> None:
        self.when = "BEFORE" if self.step is Step.PHOTOS_BEFORE else "AFTER"
        self.add_button = button(self.tr("Add a photo"), "go")
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(self.tr("Why there is no photo"))
        self.reason.setMaxLength(200)
        self.decline = button(self.tr("No photo"))
        self.shown = label("", "quiet", wrap=True)
        self.picture = label("")
        layout = QVBoxLayout(self.content)
        words = self.tr(
            "The same light, the same distance, hair parted the same way: top, left, right, back."
        )
        layout.addWidget(label(words, "quiet", wrap=True))
        layout.addLayout(row(self.add_button, None))
        layout.addLayout(row(self.reason, self.decline))
        layout.addWidget(self.shown)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        self.add_button.clicked.connect(self._choose)
        self.decline.clicked.connect(self._decline)
        self.reason.returnPressed.connect(self._decline)

    def _choose(self) -> None:
        start, kinds = photo_files.start_folder(), "Images (*.png *.jpg *.jpeg)"
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Photos"), start, kinds)
        for name in names:
            self.add(Path(name))

    def add(self, path: Path) -> bool:
        """Note a photo by the hash of its file; the picture itself stays where it is."""
        try:
            reference = photo_files.reference_of(path.read_bytes())
        except OSError as error:
            self.refusal.tell(
                self.tr("The photo cannot be read: {0}. Choose another file.").format(error.strerror)
            )
            return False
        pixmap = QPixmap(str(path))
        if pixmap.isNull():
            self.refusal.tell(self.tr("{0} is no picture. Choose a PNG or JPEG file.").format(path.name))
            return False
        self.picture.setPixmap(pixmap.scaledToHeight(180, Qt.TransformationMode.SmoothTransformation))
        photo_files.took(reference, path)
        return self.note(ev.PhotoTaken, when=self.when, reference=reference)

    def _decline(self) -> None:
        self.note(ev.PhotosDeclined, when=self.when, reason=self.reason.text())

    def show_visit(self, view: Snapshot) -> None:
        taken = [event for event in self.desk.noted(ev.PhotoTaken) if event.when == self.when]
        declined = [event for event in self.desk.noted(ev.PhotosDeclined) if event.when == self.when]
        words = [self.tr("{0} photos noted").format(len(taken))] if taken else []
        words += [self.tr("No photo: {0}").format(event.reason) for event in declined]
        show_text(self.shown, "\n".join(words))

    def next_act(self, view: Snapshot) -> NextAct:
        return NextAct("", False, self.missing())


class PhotosAfterPage(PhotosPage):
    """The same after the treatment."""

    TITLE = "Photos after"
