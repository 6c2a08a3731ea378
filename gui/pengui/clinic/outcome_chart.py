"""The person's own curve beside what was published: sources that disagree stand beside each other."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from penctl.treatment.outcomes import CurvePoint, Reference
from pengui.widgets.look import CAPTION, DARK, Look, color, font

LEFT: Final = 52.0
BOTTOM: Final = 34.0
TOP: Final = 14.0
LEAST_WEEKS: Final = 16.0


class OutcomeChart(QWidget):
    """Change since the first measure over weeks; published values of treated and control groups as marks."""

    def __init__(self) -> None:
        super().__init__()
        self._look, self._scale = DARK, 1.0
        self._curve: tuple[CurvePoint, ...] = ()
        self._published: tuple[Reference, ...] = ()
        self.setAccessibleName(self.tr("Outcome over weeks"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(560 * self._scale), round(300 * self._scale))

    def show_outcome(self, curve: tuple[CurvePoint, ...], published: tuple[Reference, ...]) -> None:
        """Show a person's curve and the published figures of its measure."""
        self._curve, self._published = curve, published
        words = [
            self.tr("week {0}: {1}").format(f"{point.week:.0f}", f"{point.change:+.0f}") for point in curve
        ]
        self.setAccessibleDescription(", ".join(words) or self.tr("no measure yet"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self._scale
        self._area = QRectF(
            LEFT * scale,
            TOP * scale,
            self.width() - (LEFT + 12) * scale,
            self.height() - (TOP + BOTTOM) * scale,
        )
        weeks = [point.week for point in self._curve] + [float(one.week) for one in self._published]
        self._weeks = max([LEAST_WEEKS, *weeks]) * 1.08
        values = [point.change for point in self._curve]
        values += [
            value for one in self._published for value in (one.treated, one.control) if value is not None
        ]
        self._low, self._high = min([0.0, *values]), max([10.0, *values]) * 1.12
        self._paint_axes(painter)
        self._paint_published(painter)
        self._paint_curve(painter)
        painter.end()

    def _at(self, week: float, value: float) -> QPointF:
        x = self._area.left() + week / self._weeks * self._area.width()
        part = (value - self._low) / (self._high - self._low)
        return QPointF(x, self._area.bottom() - part * self._area.height())

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setFont(font((CAPTION - 1) * self._scale))
        weeks = 4 if self._weeks < 40 else 12
        for week in range(0, int(self._weeks) + 1, weeks):
            at = self._at(week, self._low)
            painter.setPen(QPen(color(self._look.line, 0.7), 1))
            painter.drawLine(at, QPointF(at.x(), self._area.top()))
            painter.setPen(color(self._look.quiet))
            box = QRectF(
                at.x() - 40 * self._scale, at.y() + 9 * self._scale, 80 * self._scale, 18 * self._scale
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, self.tr("week {0}").format(week))
        value = math.ceil(self._low / (step := _step(self._high - self._low))) * step
        while value <= self._high:
            y = self._at(0, value).y()
            painter.setPen(QPen(color(self._look.line, 0.7), (1.6 if not value else 0.7) * self._scale))
            painter.drawLine(QPointF(self._area.left(), y), QPointF(self._area.right(), y))
            painter.setPen(color(self._look.quiet))
            box = QRectF(0, y - 9 * self._scale, (LEFT - 8) * self._scale, 18 * self._scale)
            painter.drawText(
                box,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{value:+g}" if value else "0",
            )
            value += step

    def _paint_published(self, painter: QPainter) -> None:
        """A filled diamond with treatment, a hollow one without; the number leads to the source below."""
        size = 6 * self._scale
        painter.setFont(font((CAPTION - 2) * self._scale))
        for place, one in enumerate(self._published):
            for value, filled in ((one.treated, True), (one.control, False)):
                if value is None:
                    continue
                at = self._at(one.week, value) + QPointF(place * 2.4 * size, 0)
                painter.setPen(QPen(color(self._look.quiet), 1.6 * self._scale))
                painter.setBrush(color(self._look.quiet) if filled else Qt.BrushStyle.NoBrush)
                painter.drawPolygon(
                    QPolygonF([at + QPointF(x, y) for x, y in ((0, -size), (size, 0), (0, size), (-size, 0))])
                )
                beside = QPointF(0, (-16 if filled else 16) * self._scale)  # close values keep their numbers
                if at.y() + beside.y() > self._area.bottom():
                    beside = QPointF(14 * self._scale, 0)
                self._label(painter, at + beside, str(place + 1))

    def _paint_curve(self, painter: QPainter) -> None:
        points = [self._at(point.week, point.change) for point in self._curve]
        painter.setPen(QPen(color(self._look.accent), 2.4 * self._scale))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(color(self._look.accent))
        for point in points:
            painter.drawEllipse(point, 4.5 * self._scale, 4.5 * self._scale)
        painter.setFont(font(CAPTION * self._scale, font(1).Weight.DemiBold))
        for point, one in zip(points[1:], self._curve[1:], strict=True):
            self._label(painter, point + QPointF(0, -16 * self._scale), f"{one.change:+g}")

    def _label(self, painter: QPainter, middle: QPointF, words: str) -> None:
        painter.setPen(color(self._look.text))
        box = QRectF(
            middle.x() - 40 * self._scale, middle.y() - 9 * self._scale, 80 * self._scale, 18 * self._scale
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _step(span: float) -> float:
    """A round step that makes four to nine marks of a span."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(step * power for step in (5, 2, 1) if span / (step * power) >= 4)
