"""A slider of time with marks: spans for passes, triangles for trips, bars for stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSlider, QStyle

from pengui.widgets.look import ALARM, DARK, Look, Priority, color

HEIGHT: Final = 44
GROOVE: Final = 6
INSET: Final = 12


class Kind(Enum):
    """What a mark says."""

    PASS = "pass"  # noqa: S105 - a pass of the needles
    TRIP = "trip"
    STOP = "stop"


@dataclass(frozen=True)
class TimeMark:
    """Something that happened from one time to another, in s; `priority` is that of a trip's alarm."""

    kind: Kind
    from_s: float
    to_s: float
    words: str
    priority: Priority = Priority.MEDIUM


class MarkedSlider(QSlider):
    """One step is `step_s` seconds. A press goes where it is made, as a finger expects."""

    def __init__(self, step_s: float) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._look, self._scale, self._step_s = DARK, 1.0, step_s
        self._marks: tuple[TimeMark, ...] = ()

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.setMinimumHeight(round(HEIGHT * scale))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(400 * self._scale), round(HEIGHT * self._scale))

    def show_marks(self, marks: Sequence[TimeMark]) -> None:
        """Show these marks; they are read out, too."""
        self._marks = tuple(marks)
        counts = {kind: sum(mark.kind is kind for mark in marks) for kind in Kind}
        words = self.tr("{0} passes, {1} trips, {2} stops")
        self.setAccessibleDescription(words.format(counts[Kind.PASS], counts[Kind.TRIP], counts[Kind.STOP]))
        self.update()

    def _x(self, time_s: float) -> float:
        inset = INSET * self._scale
        most = max(1, self.maximum()) * self._step_s
        return inset + min(1.0, max(0.0, time_s / most)) * (self.width() - 2 * inset)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event.position().x())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.isSliderDown():
            self._go(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.setSliderDown(False)

    def _go(self, x: float) -> None:
        inset = round(INSET * self._scale)
        span = max(1, self.width() - 2 * inset)
        self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), round(x) - inset, span))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, look, scale = QPainter(self), self._look, self._scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, here = self.height() / 2, self._x(self.value() * self._step_s)
        left, right, high = self._x(0.0), self.width() - INSET * scale, GROOVE * scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(look.line))
        painter.drawRoundedRect(QRectF(left, middle - high / 2, right - left, high), high / 2, high / 2)
        for mark in self._marks:
            if mark.kind is Kind.PASS:
                self._paint_pass(painter, mark, middle, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(look.text, 0.55))
        painter.drawRoundedRect(QRectF(left, middle - high / 4, here - left, high / 2), high / 4, high / 4)
        for mark in self._marks:
            if mark.kind is not Kind.PASS:
                self._paint_moment(painter, mark, middle)
        painter.setPen(QPen(color(look.accent if self.hasFocus() else look.card), 3 * scale))
        painter.setBrush(color(look.text))
        painter.drawEllipse(QPointF(here, middle), 10 * scale, 10 * scale)
        painter.end()

    def _paint_pass(self, painter: QPainter, mark: TimeMark, middle: float, high: float) -> None:
        """The span of a pass, as thick as a finger finds it."""
        left, right = self._x(mark.from_s), self._x(mark.to_s)
        span = QRectF(left, middle - high, max(2.0, right - left - 2 * self._scale), 2 * high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._look.accent))
        painter.drawRoundedRect(span, high / 2, high / 2)

    def _paint_moment(self, painter: QPainter, mark: TimeMark, middle: float) -> None:
        """A triangle above the line for a trip, a short bar below it for a stop."""
        x, scale = self._x(mark.from_s), self._scale
        painter.setPen(QPen(color(self._look.text), 1.5 * scale))
        if mark.kind is Kind.STOP:
            painter.drawLine(QPointF(x, middle + 9 * scale), QPointF(x, middle + 16 * scale))
            return
        painter.setBrush(color(ALARM[mark.priority][0]))
        top, half = middle - 19 * scale, 6 * scale
        corners = [QPointF(x - half, top), QPointF(x + half, top), QPointF(x, top + 1.6 * half)]
        painter.drawPolygon(QPolygonF(corners))
