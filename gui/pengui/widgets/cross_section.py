"""The needles at scale in typical anatomy: how far they stand out of the nose, as measured by the pen.

It shows protrusion beside a drawing of typical skin. How deep a tip is inside this patient's skin nobody
measures, so no figure of that is anywhere here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from pengui.widgets.look import CAPTION, DARK, Look, color, font

ABOVE_MM: Final = 0.9
BELOW_MM: Final = 3.4
NEEDLES_DRAWN: Final = 4
NEEDLE_PITCH_MM: Final = 0.45
NEEDLE_MM: Final = 0.25


@dataclass(frozen=True)
class Layer:
    """A layer of typical scalp, in mm below the surface; sources as in the simulator's table of tissue."""

    name: str
    top_mm: float
    bottom_mm: float
    tone: float


LAYERS: Final = (
    Layer("Epidermis", 0.0, 0.09, 0.34),
    Layer("Dermis", 0.09, 1.7, 0.20),
    Layer("Subcutis", 1.7, BELOW_MM, 0.09),
)
"""Thicknesses from memory (M): epidermis 0.09 mm, dermis 1.6 mm; different in each person."""
BULGE_MM: Final = (1.0, 1.8)
"""Where the bulge of the follicle lies in most people (Verywell Health)."""


class CrossSection(QWidget):
    """Draws set and measured protrusion against the mode's limit; depths in µm, None for no value."""

    def __init__(self) -> None:
        super().__init__()
        self._look, self._scale = DARK, 1.0
        self._measured_um: int | None = None
        self._set_um: int | None = None
        self._limit_um: int | None = None
        self._contact = False
        self._moving = False
        self.setAccessibleName(self.tr("Needles at scale in typical anatomy"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(170 * self._scale), round(200 * self._scale))

    def show_depths(
        self,
        measured_um: int | None,
        set_um: int | None,
        limit_um: int | None,
        *,
        contact: bool,
        moving: bool,
    ) -> None:
        """Show what the pen says."""
        new = (measured_um, set_um, limit_um, contact, moving)
        if new != (self._measured_um, self._set_um, self._limit_um, self._contact, self._moving):
            self._measured_um, self._set_um, self._limit_um, self._contact, self._moving = new
            self.update()

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        note = 34 * self._scale
        self._area = QRectF(0, 0, self.width(), self.height() - note)
        self._mm = self._area.height() / (ABOVE_MM + BELOW_MM)
        self._skin_y = ABOVE_MM * self._mm
        self._paint_skin(painter)
        self._paint_follicle(painter)
        self._paint_needles(painter)
        self._paint_marks(painter)
        painter.setPen(color(self._look.quiet))
        painter.setFont(font((CAPTION - 1) * self._scale))
        painter.drawText(
            QRectF(0, self.height() - note + 2, self.width(), note),
            Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap,
            self.tr("Protrusion of the needles, to scale. Typical anatomy, not this patient's."),
        )
        painter.end()

    def _y(self, depth_mm: float) -> float:
        return self._skin_y + depth_mm * self._mm

    def _paint_skin(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for layer in LAYERS:
            box = QRectF(0, self._y(layer.top_mm), self.width(), (layer.bottom_mm - layer.top_mm) * self._mm)
            painter.setBrush(color(self._look.text, layer.tone))
            painter.drawRect(box)
        painter.setPen(color(self._look.quiet))
        painter.setFont(font((CAPTION - 1) * self._scale))
        for layer in LAYERS:
            if layer.name != "Epidermis":
                row = QRectF(0, self._y(layer.top_mm) + 2, self.width() - 6 * self._scale, 20 * self._scale)
                painter.drawText(row, Qt.AlignmentFlag.AlignRight, self.tr(layer.name))

    def _paint_follicle(self, painter: QPainter) -> None:
        """One typical hair: shaft, sheath, bulge."""
        x, unit = self.width() * 0.66, self._mm
        painter.setPen(QPen(color(self._look.quiet, 0.8), 0.07 * unit))
        painter.drawLine(QPointF(x + 0.30 * unit, 0), QPointF(x - 0.14 * unit, self._y(3.0)))
        sheath = QPainterPath(QPointF(x + 0.05 * unit, self._y(0.05)))
        sheath.cubicTo(
            QPointF(x - 0.18 * unit, self._y(1.0)),
            QPointF(x - 0.36 * unit, self._y(2.2)),
            QPointF(x - 0.34 * unit, self._y(2.9)),
        )
        sheath.quadTo(QPointF(x - 0.14 * unit, self._y(3.35)), QPointF(x + 0.06 * unit, self._y(2.9)))
        sheath.cubicTo(
            QPointF(x + 0.08 * unit, self._y(2.2)),
            QPointF(x + 0.22 * unit, self._y(1.0)),
            QPointF(x + 0.32 * unit, self._y(0.05)),
        )
        painter.setPen(QPen(color(self._look.quiet, 0.5), 1.4 * self._scale))
        painter.setBrush(color(self._look.text, 0.07))
        painter.drawPath(sheath)
        middle = (BULGE_MM[0] + BULGE_MM[1]) / 2
        painter.setBrush(color(self._look.text, 0.22))
        painter.drawEllipse(QPointF(x + 0.17 * unit, self._y(middle)), 0.14 * unit, 0.4 * unit)

    def _paint_needles(self, painter: QPainter) -> None:
        protrusion_mm = max(0.0, (self._measured_um or 0) / 1000)
        gap_mm = 0.0 if self._contact else 0.25
        middle, unit = self.width() * 0.33, self._mm
        half = NEEDLES_DRAWN / 2 * NEEDLE_PITCH_MM * unit + 0.18 * unit
        bottom = self._skin_y - gap_mm * unit
        for number in range(NEEDLES_DRAWN):
            x = middle + (number - (NEEDLES_DRAWN - 1) / 2) * NEEDLE_PITCH_MM * unit
            self._paint_needle(painter, x, bottom - 0.4 * unit, bottom + protrusion_mm * unit)
        nose = QPainterPath()
        nose.addRoundedRect(QRectF(middle - half, -20, 2 * half, bottom + 20), 8, 8)
        shade = QLinearGradient(middle - half, 0, middle + half, 0)
        shade.setColorAt(0.0, color(self._look.raised))
        shade.setColorAt(0.5, color(self._look.line))
        shade.setColorAt(1.0, color(self._look.raised))
        painter.setPen(QPen(color(self._look.skin_line), 1.2 * self._scale))
        painter.setBrush(shade)
        painter.drawPath(nose)
        painter.setPen(color(self._look.quiet))
        painter.setFont(font((CAPTION - 1) * self._scale))
        words = self.tr("Nose on the skin") if self._contact else self.tr("Nose in the air")
        painter.drawText(
            QRectF(middle - half, 4, 2 * half, max(0.0, bottom - 8)), Qt.AlignmentFlag.AlignCenter, words
        )

    def _paint_needle(self, painter: QPainter, x: float, top: float, tip: float) -> None:
        half, point = NEEDLE_MM / 2 * self._mm, 0.35 * self._mm
        shoulder = max(top, tip - point)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._look.accent))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x - half, top),
                    QPointF(x + half, top),
                    QPointF(x + half, shoulder),
                    QPointF(x, tip),
                    QPointF(x - half, shoulder),
                ]
            )
        )

    def _paint_marks(self, painter: QPainter) -> None:
        """Set as a line with a triangle, the limit as a double line; each with its words."""
        painter.setFont(font((CAPTION - 1) * self._scale, font(1).Weight.DemiBold))
        rows = ((self._set_um, self.tr("set"), 1), (self._limit_um, self.tr("limit"), 2))
        taken = -math.inf
        for depth_um, word, strokes in rows:
            if not depth_um:
                continue
            y = self._y(depth_um / 1000)
            painter.setPen(QPen(color(self._look.text), 1.6 * self._scale))
            for stroke in range(strokes):
                at = y + 3 * self._scale * stroke
                painter.drawLine(QPointF(0, at), QPointF(self.width() * 0.72, at))
            text = f"{word} {depth_um / 1000:g} mm"
            height = painter.fontMetrics().height() + 2
            top = max(y + (3 * strokes) * self._scale, taken)
            taken = top + height
            chip = QRectF(4, top, painter.fontMetrics().horizontalAdvance(text) + 8, height)
            painter.fillRect(chip, color(self._look.card, 0.85))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
