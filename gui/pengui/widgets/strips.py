"""The last ten seconds of rate, force, current and contact as strips, with set values and limits drawn in.

A frame is cheap: what stands still is one picture, bins of samples are taken in once, each curve is one
polyline without antialiasing, the time axis never moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from penctl.protocol.enums import Flags
from pengui.decimate import Floats, Rolling, bin_width
from pengui.widgets.layers import Polylines, layer
from pengui.widgets.look import CAPTION, DARK, Look, color, font
from pengui.worker.ring import ROW, SampleRing

SPAN_S: Final = 10.0
MOST_BINS: Final = 600
VALUE_S: Final = 0.1
"""The newest value is written so often: figures that change faster cannot be read."""


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
        self._drawn = (0, 0.0, True)
        self._bins = Rolling(len(STRIPS), 1, 1)
        self._cleared = -1
        self._times: np.ndarray = np.empty(0)
        self._values: Floats = np.empty((len(STRIPS), 0), np.float32)
        self.texts = ("–",) * len(STRIPS)
        self._told_s = -VALUE_S
        self._still: QPixmap | None = None
        self._polylines = Polylines()
        self.frames = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # what lies below is not drawn for nothing
        self.setAccessibleName(self.tr("The last ten seconds"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(200 * self._scale), round(200 * self._scale))

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale, self._still = look, scale, None
        self.update()

    def mark(self, lines: Mapping[str, Lines]) -> None:
        """Set values and limits by title."""
        if lines != self._lines:
            self._lines, self._still = dict(lines), None
            self.update()

    def redraw(self, now_s: float, *, heard: bool = True) -> bool:
        """Take the frame of `now_s` on the port's clock; False when it is the same as the last one.

        A pen that is not `heard` has no values of now: the curves stay, the numbers go.
        """
        ring = self._ring
        if (ring.count, now_s, heard) == self._drawn:
            return False
        self._told_s = self._told_s if heard == self._drawn[2] else now_s - VALUE_S
        self._drawn = (ring.count, now_s, heard)
        self._take()
        numbers, self._values = self._bins.picture()
        age_s = max(0.0, now_s - ring.heard_s)
        self._times = (numbers - ring.count) * (ring.period_us * 1e-6) - age_s
        self.frames += 1
        if 0.0 <= now_s - self._told_s < VALUE_S:
            for place in range(len(STRIPS)):
                self.update(self._areas(place)[1].toAlignedRect())
            return True
        self._told_s = now_s
        newest = ring.latest(1 if heard else 0, ROWS)[1]
        self.texts = tuple(_value(place, newest) for place in range(len(STRIPS)))
        self.update()
        return True

    def _take(self) -> None:
        """Bins that are whole now, of what came in since the last frame."""
        ring = self._ring
        samples = round(SPAN_S * 1e6 / ring.period_us)
        wanted = min(MOST_BINS, max(100, self.width() // 2))
        width = bin_width(samples, wanted)
        bins = -(-samples // width)
        if (bins, width) != (self._bins.bins, self._bins.width) or ring.cleared != self._cleared:
            self._bins, self._cleared = Rolling(len(STRIPS), bins, width), ring.cleared
            self._bins.forget(ring.count)
        first, values = ring.since(self._bins.wanted, ROWS)
        contact = values[CONTACT_ROW]
        flags = np.where(np.isfinite(contact), contact, 0).astype(np.int32)
        values[CONTACT_ROW] = (flags & int(Flags.CONTACT)) > 0
        self._bins.take(first, values)

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        size = self.size() * self.devicePixelRatioF()
        if self._still is None or self._still.size() != size:
            self._still = layer(self, color(self._look.card), self._paint_still)
        painter.drawPixmap(0, 0, self._still)
        if event.rect().top() <= 0:  # not the curves alone
            self._paint_values(painter)
        x = self.width() - 1 + self._times / SPAN_S * (self.width() - 1)
        painter.setPen(QPen(color(self._look.accent), 1))
        for place, strip in enumerate(STRIPS):
            curve = self._areas(place)[1]
            low, high = _range(strip, self._lines.get(strip.title, Lines()))
            part = np.clip((self._values[place] - low) / (high - low), 0.0, 1.0)
            self._polylines.draw(painter, x, curve.bottom() - part * curve.height())
        painter.end()

    def _paint_values(self, painter: QPainter) -> None:
        painter.setFont(font((CAPTION - 1) * self._scale, font(1).Weight.DemiBold))
        painter.setPen(color(self._look.text))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for place, text in enumerate(self.texts):
            painter.drawText(self._areas(place)[0], right, text)

    def _areas(self, place: int) -> tuple[QRectF, QRectF]:
        """Where a strip's title and its curve are."""
        gap, thin = 6 * self._scale, 0.5  # contact is yes or no: half a strip is enough
        unit = (self.height() - gap * (len(STRIPS) - 1)) / (len(STRIPS) - thin)
        area = QRectF(0, place * (unit + gap), self.width(), unit * (thin if place == CONTACT_ROW else 1.0))
        height = 18 * self._scale
        return QRectF(area.x(), area.y(), area.width(), height), area.adjusted(0, height, 0, -1)

    def _paint_still(self, painter: QPainter) -> None:
        """Titles, grid, set values and limits."""
        for place, strip in enumerate(STRIPS):
            head, curve = self._areas(place)
            painter.fillRect(curve, color(self._look.ground))
            painter.setPen(color(self._look.quiet))
            painter.setFont(font((CAPTION - 1) * self._scale, font(1).Weight.DemiBold))
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, self.tr(strip.title))
            self._paint_grid(painter, curve)
            lines = self._lines.get(strip.title, Lines())
            self._paint_lines(painter, curve, lines, *_range(strip, lines))

    def _paint_grid(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(color(self._look.line, 0.6), 1))
        for second in range(1, round(SPAN_S / 2)):
            x = area.right() - area.width() * second * 2 / SPAN_S
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))

    def _paint_lines(self, painter: QPainter, area: QRectF, lines: Lines, low: float, high: float) -> None:
        painter.setFont(font((CAPTION - 3) * self._scale))
        for value, style, word in self._said_lines(lines):
            y = area.bottom() - (value - low) / (high - low) * area.height()
            painter.setPen(QPen(color(self._look.text, 0.75), 1.3 * self._scale, style))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(color(self._look.quiet))
            painter.drawText(self._beside(area, y, set_value=value == lines.setpoint), f"{word} {value:g}")

    def _beside(self, area: QRectF, y: float, *, set_value: bool) -> QPointF:
        """Where the words of a line begin: above it, below where the title stands; set values stand apart."""
        high = CAPTION * self._scale
        aside = 84 * self._scale if set_value else 3
        above = y - 2 * self._scale
        return QPointF(area.left() + aside, above if above - high >= area.top() else y + high)

    def _said_lines(self, lines: Lines) -> list[tuple[float, Qt.PenStyle, str]]:
        """Each line with its word; a set value that is at its limit is one line with both words."""
        found = [
            (lines.low, Qt.PenStyle.DashLine, self.tr("limit")),
            (lines.high, Qt.PenStyle.DashLine, self.tr("limit")),
        ]
        at_limit = lines.setpoint in (lines.low, lines.high)
        word = self.tr("set, limit") if at_limit else self.tr("set")
        rest = [line for line in found if line[0] != lines.setpoint]
        return [
            (value, style, word)
            for value, style, word in ((lines.setpoint, Qt.PenStyle.SolidLine, word), *rest)
            if value is not None
        ]


def _value(place: int, newest: Floats) -> str:
    """The newest value of a strip in words; `newest` is one column, or none."""
    if not newest.shape[1] or np.isnan(newest[place, 0]):
        return "–"
    strip, value = STRIPS[place], float(newest[place, 0])
    if place == CONTACT_ROW:
        on_skin = bool(int(value) & int(Flags.CONTACT))
        return QCoreApplication.translate("Strips", "on the skin" if on_skin else "in the air")
    return f"{value:.{strip.decimals}f} {strip.unit}"


def _range(strip: Strip, lines: Lines) -> tuple[float, float]:
    """A little beyond the limits, so that their lines are seen."""
    high = max(strip.high, lines.high or 0.0)
    return strip.low, high * 1.15 if strip.unit else high * 1.2
