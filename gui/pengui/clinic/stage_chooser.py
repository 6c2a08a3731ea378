"""Norwood 1-7 and Ludwig 1-3 as small heads on which the suggested zones are filled."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from penctl.treatment.zones import Scalp
from pengui.clinic.parts import Folding, column, label, row
from pengui.said import said
from pengui.widgets.look import CAPTION, DARK, LEAST_TOUCH_MM, Look, color, font, px_of_mm
from pengui.widgets.scalp_marks import smooth
from pengui.widgets.scalp_shapes import BOX, TOP

SCALES: Final = {"NORWOOD": ("1", "2", "3", "4", "5", "6", "7"), "LUDWIG": ("I", "II", "III")}


class StageButton(QAbstractButton):
    """One stage."""

    def __init__(self, scale: str, grade: int, words: str, zones: tuple[str, ...]) -> None:
        super().__init__()
        self._words, self._zones = words, zones
        self._look, self._scale = DARK, 1.0
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{said(scale.title())} {words}")
        self.setToolTip(f"{said(scale.title())} {words}")

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self.minimumSizeHint().width(), round(66 * self._scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        least = px_of_mm(LEAST_TOUCH_MM, self._scale, self._look.dpi)
        return QSize(least, max(least, round(66 * self._scale)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, look = QPainter(self), self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        chosen = self.isChecked()
        edge = look.text if self.hasFocus() else look.accent if chosen else look.line
        painter.setPen(QPen(color(edge), 2 if chosen or self.hasFocus() else 1))
        painter.setBrush(color(look.accent_soft if chosen else look.raised))
        painter.drawRoundedRect(area, 6 * self._scale, 6 * self._scale)
        words = QRectF(area.x(), area.bottom() - 18 * self._scale, area.width(), 16 * self._scale)
        painter.setPen(color(look.text))
        painter.setFont(font((CAPTION - 1) * self._scale, font(1).Weight.DemiBold))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._words)
        head = area.adjusted(3, 3, -3, -19 * self._scale)
        factor = min(head.width() / BOX[0], head.height() / BOX[1])
        painter.translate(head.center().x() - BOX[0] * factor / 2, head.center().y() - BOX[1] * factor / 2)
        painter.scale(factor, factor)
        painter.setPen(QPen(color(look.skin_line), 1.2 / factor))
        painter.setBrush(color(look.skin))
        painter.drawPath(smooth(TOP.outline))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(look.accent))
        for zone in self._zones:
            if zone in TOP.zones:
                painter.drawPath(smooth(TOP.zones[zone].outline))
        painter.end()


class StageChooser(QWidget):
    """All stages; one that is chosen suggests zones, and is no diagnosis."""

    chosen = Signal(str, int)

    def __init__(self, scalp: Scalp) -> None:
        super().__init__()
        self.stages: dict[tuple[str, int], StageButton] = {}
        groups = []
        for scale, words in SCALES.items():
            heads = row(gap=4)
            for grade, word in enumerate(words, start=1):
                made = StageButton(scale, grade, word, scalp.suggested(scale, grade).zones)
                made.clicked.connect(lambda _=False, scale=scale, grade=grade: self._choose(scale, grade))
                heads.addWidget(made)
                self.stages[scale, grade] = made
            groups.append((column(label(said(scale.title()), "caption"), heads, gap=4), len(words)))
        self.setLayout(column(Folding(*groups, gap=4)))

    def _choose(self, scale: str, grade: int) -> None:
        for place, made in self.stages.items():
            made.setChecked(place == (scale, grade))
        self.chosen.emit(scale, grade)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        for made in self.stages.values():
            made.dress(look, scale)
