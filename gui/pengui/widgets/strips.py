"""The last ten seconds of rate, force, current and contact as strips, with set values and limits drawn in.

A frame is cheap: own decimation to the least and the greatest of each bin, one polyline a strip without
antialiasing, a time axis that never moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from penctl.protocol.enums import Flags
from pengui.decimate import Floats, bin_width, min_max
from pengui.widgets.look import CAPTION, DARK, Look, color, font
from pengui.worker.ring import ROW, SampleRing

SPAN_S: Final = 10.0
MOST_BINS: Final = 600


@dataclass(frozen=True)
class Strip:
    """One quantity: title, unit, channel of the ring, decimals, its range at the start."""

    title: str
    unit: str
    channel: str
    decimals: int
    low: float
    high: float


STRIPS: Final = (
    Strip("Stroke rate", "Hz", "rate_mhz", 1, 0.0, 150.0),
    Strip("Press force", "N", "press_mn", 1, 0.0, 8.0),
    Strip("Motor current", "mA", "motor_ma", 0, 0.0, 1500.0),
    Strip("Contact", "", "flags", 0, 0.0, 1.0),
)
ROWS: Final = tuple(ROW[strip.channel] for strip in STRIPS)
CONTACT_ROW: Final = 3


@dataclass(frozen=True)
class Lines:
    """Lines across one strip in its unit: the set value, and limits. None draws nothing."""

    setpoint: float | None = None
    low: float | None = None
    high: float | None = None


class Strips(QWidget):
    """Draws what is new in the ring; `redraw` is called once a frame."""

    def __init__(self, ring: SampleRing) -> None:
        super().__init__()
        self._ring = ring
        self._look, self._scale = DARK, 1.0
        self._lines: Mapping[str, Lines] = {}
        self._drawn = (0, 0.0)
        self._times: np.ndarray = np.empty(0)
        self._values: Floats = np.empty((len(STRIPS), 0), np.float32)
        self.frames = 0
        self.setAccessibleName(self.tr("The last ten seconds"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(200 * self._scale), round(200 * self._scale))

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.update()

    def mark(self, lines: Mapping[str, Lines]) -> None:
        """Set values and limits by title."""
        if lines != self._lines:
            self._lines = dict(lines)
            self.update()

    def redraw(self, now_s: float) -> bool:
        """Take the frame of `now_s` on the port's clock; False when it is the same as the last one."""
        ring = self._ring
        if (ring.count, now_s) == self._drawn:
            return False
        self._drawn = (ring.count, now_s)
        samples = round(SPAN_S * 1e6 / ring.period_us)
        first, values = ring.latest(samples, ROWS)
        if values.shape[1]:
            flags = np.nan_to_num(values[CONTACT_ROW]).astype(np.int32)
            values[CONTACT_ROW] = (flags & int(Flags.CONTACT)) > 0
        bins = min(MOST_BINS, max(100, self.width() // 2))
        numbers, self._values = min_max(first, values, bin_width(samples, bins))
        age_s = max(0.0, now_s - ring.heard_s)
        self._times = (numbers - (first + values.shape[1])) * (ring.period_us * 1e-6) - age_s
        self._latest = values[:, -1] if values.shape[1] else None
        self.frames += 1
        self.update()
        return True

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        gap = 6 * self._scale
        thin = 0.5  # contact is yes or no: half a strip is enough
        unit = (self.height() - gap * (len(STRIPS) - 1)) / (len(STRIPS) - thin)
        top = 0.0
        for place, strip in enumerate(STRIPS):
            height = unit * (thin if place == CONTACT_ROW else 1.0)
            self._paint_strip(painter, place, strip, QRectF(0, top, self.width(), height))
            top += height + gap
        painter.end()

    def _paint_strip(self, painter: QPainter, place: int, strip: Strip, area: QRectF) -> None:
        head = 18 * self._scale
        curve = area.adjusted(0, head, 0, -1)
        painter.fillRect(curve, color(self._look.ground))
        lines = self._lines.get(strip.title, Lines())
        low, high = _range(strip, lines)
        self._paint_head(painter, place, strip, QRectF(area.x(), area.y(), area.width(), head))
        self._paint_grid(painter, curve)
        self._paint_lines(painter, curve, lines, low, high)
        self._paint_curve(painter, curve, place, low, high)

    def _paint_head(self, painter: QPainter, place: int, strip: Strip, area: QRectF) -> None:
        painter.setPen(color(self._look.quiet))
        painter.setFont(font((CAPTION - 1) * self._scale, font(1).Weight.DemiBold))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.tr(strip.title))
        painter.setPen(color(self._look.text))
        painter.drawText(
            area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._value(place)
        )

    def _value(self, place: int) -> str:
        strip, newest = STRIPS[place], getattr(self, "_latest", None)
        if newest is None or np.isnan(newest[place]):
            return "–"
        if place == CONTACT_ROW:
            return self.tr("on the skin") if newest[place] else self.tr("in the air")
        return f"{newest[place]:.{strip.decimals}f} {strip.unit}"

    def _paint_grid(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(color(self._look.line, 0.6), 1))
        for second in range(1, round(SPAN_S / 2)):
            x = area.right() - area.width() * second * 2 / SPAN_S
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))

    def _paint_lines(self, painter: QPainter, area: QRectF, lines: Lines, low: float, high: float) -> None:
        painter.setFont(font((CAPTION - 3) * self._scale))
        for value, style, word in (
            (lines.setpoint, Qt.PenStyle.SolidLine, self.tr("set")),
            (lines.low, Qt.PenStyle.DashLine, self.tr("limit")),
            (lines.high, Qt.PenStyle.DashLine, self.tr("limit")),
        ):
            if value is None:
                continue
            y = area.bottom() - (value - low) / (high - low) * area.height()
            painter.setPen(QPen(color(self._look.text, 0.75), 1.3 * self._scale, style))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(color(self._look.quiet))
            painter.drawText(QPointF(area.left() + 3, y - 2 * self._scale), f"{word} {value:g}")

    def _paint_curve(self, painter: QPainter, area: QRectF, place: int, low: float, high: float) -> None:
        values = self._values[place]
        if not len(values):
            return
        x = area.right() + self._times / SPAN_S * area.width()
        y = area.bottom() - np.clip((values - low) / (high - low), 0.0, 1.0) * area.height()
        painter.setPen(QPen(color(self._look.accent), 1))
        finite = np.isfinite(y)
        breaks = np.flatnonzero(np.diff(finite.astype(np.int8))) + 1
        for begin, end in zip([0, *breaks], [*breaks, len(y)], strict=True):
            if finite[begin] and end - begin > 1:
                points = [
                    QPointF(a, b) for a, b in zip(x[begin:end].tolist(), y[begin:end].tolist(), strict=True)
                ]
                painter.drawPolyline(QPolygonF(points))


def _range(strip: Strip, lines: Lines) -> tuple[float, float]:
    """A little beyond the limits, so that their lines are seen."""
    high = max(strip.high, lines.high or 0.0)
    return strip.low, high * 1.15 if strip.unit else high * 1.2
