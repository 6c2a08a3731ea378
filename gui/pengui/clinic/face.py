"""The patient's face in a circle: the photo where its file is found, else initials."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from pengui.clinic import photo_files
from pengui.widgets.look import DARK, Look, color, font

KEPT_PX: Final = 512
"""A face is kept in memory no larger than this."""


class Face(QWidget):
    """Initials of a name, and a photo over them."""

    def __init__(self, size: int = 52) -> None:
        super().__init__()
        self.name = ""
        self._size = size
        self._text, self._look, self._scale = "", DARK, 1.0
        self._reference, self._looked = "", -1
        self._photo = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def has_photo(self) -> bool:
        """Whether the photo is shown; else initials are."""
        return not self._photo.isNull()

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(self._size * self._scale), round(self._size * self._scale))

    def show_name(self, name: str) -> None:
        """Initials of a name."""
        self.name = name
        self._say()
        text = "".join(word[0] for word in name.split()[:2]).upper()
        if text != self._text:
            self._text = text
            self.update()

    def show_photo(self, reference: str) -> None:
        """The photo of this reference; called often, the file is read once."""
        if reference == self._reference and (self.has_photo or photo_files.seen() == self._looked):
            return
        self._reference, self._looked = reference, photo_files.seen()
        self._photo = QPixmap()
        content = photo_files.content_of(reference) if reference else None
        if content is not None:
            photo_files.load(self._photo, content, KEPT_PX)
        self._say()
        self.update()

    def _say(self) -> None:
        words = self.tr("Photo of {0}") if self.has_photo else self.tr("Initials of {0}")
        self.setAccessibleName(words.format(self.name) if self.name else "")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(color(self._look.line), 1))
        painter.setBrush(color(self._look.accent_soft))
        painter.drawEllipse(circle)
        if self.has_photo:
            self._paint_photo(painter, circle)
        else:
            painter.setPen(color(self._look.text))
            painter.setFont(font(18 * self._scale * self._size / 52, font(1).Weight.DemiBold))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()

    def _paint_photo(self, painter: QPainter, circle: QRectF) -> None:
        """The middle of the photo, its upper third when it is upright: there the face is."""
        path = QPainterPath()
        path.addEllipse(circle)
        painter.setClipPath(path)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        photo = self._photo
        side = min(photo.width(), photo.height())
        left, top = (photo.width() - side) / 2, (photo.height() - side) / 3
        painter.drawPixmap(circle, photo, QRectF(left, top, side, side))
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color(self._look.line), 1))
        painter.drawEllipse(circle)
