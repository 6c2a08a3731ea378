"""The last ten seconds of depth, stroke rate, press and current, with setpoint and limits drawn in.

A frame is cheap because of these choices: own decimation to the least and greatest of each bin, plain curve
items, no antialiasing, lines one pixel wide, a time axis that never moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from pengui.console.marks import Marks
from pengui.decimate import bin_width, min_max
from pengui.theme import FONTS, Palette
from pengui.worker.ring import ROW, SampleRing

pg.setConfigOptions(antialias=False, useOpenGL=False)

SPAN_S: Final = 10.0
MOST_BINS: Final = 1000
TIME_TICKS: Final = [(float(-t), f"−{t} s") for t in (2, 4, 6, 8)]


@dataclass(frozen=True)
class Trace:
    """One plot: its title with unit, the channel that it shows, its range at the start."""

    title: str
    channel: str
    low: float
    high: float


TRACES: Final = (
    Trace("Depth, mm", "depth_um", 0.0, 2.5),
    Trace("Stroke rate, Hz", "rate_mhz", 0.0, 150.0),
    Trace("Press force, N", "press_mn", 0.0, 10.0),
    Trace("Motor current, mA", "motor_ma", -500.0, 2000.0),
)
ROWS: Final = tuple(ROW[trace.channel] for trace in TRACES)


class PlainAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose numbers have no trailing zeros and a true minus sign."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        return [f"{value * scale:.6g}".replace("-", "−") for value in values]


class Plots(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Four plots. `redraw` takes what is new in the ring; `close` must come before the interpreter ends."""

    def __init__(self, ring: SampleRing) -> None:
        super().__init__()
        self._ring = ring
        self._drawn = (0, 0.0)
        self._watermark: QPixmap | None = None
        self._marks = [Marks()] * len(TRACES)
        self._marked = ""
        self._scale = 1.0
        self._palette_drawn: Palette | None = None
        self.setAntialiasing(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.frames = 0
        self.plots = [self._add_plot(place) for place in range(len(TRACES))]
        self.curves = [pg.PlotCurveItem(connect="finite") for _ in TRACES]
        self.lines = [
            {name: pg.InfiniteLine(angle=0) for name in ("setpoint", "low", "high")} for _ in TRACES
        ]
        for plot, curve, lines in zip(self.plots, self.curves, self.lines, strict=True):
            for line in lines.values():
                line.hide()
                plot.addItem(line, ignoreBounds=True)
            plot.addItem(curve, ignoreBounds=True)

    def _add_plot(self, place: int) -> pg.PlotItem:
        trace = TRACES[place]
        axes = {"left": PlainAxis("left")}
        plot = self.addPlot(row=place // 2, col=place % 2, axisItems=axes)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.showAxis("right")
        plot.getAxis("right").setStyle(showValues=False, tickLength=0)
        plot.getAxis("right").setPen(None)
        plot.setXRange(-SPAN_S, 0.0, padding=0)
        plot.setYRange(trace.low, trace.high, padding=0.05)
        plot.getAxis("bottom").setTicks([TIME_TICKS, []])
        return plot

    # --- looks ---

    def dress(self, palette: Palette, scale: float) -> None:
        """Colours and text sizes of the theme."""
        self._palette_drawn, self._scale = palette, scale
        self.setBackground(palette.card)
        thick = 2 if scale >= 2 else 1  # straight lines only: a curve costs many times more with two
        font = QFont()
        font.setFamilies([name.strip(' "') for name in FONTS.split(",")])
        font.setPixelSize(round(12 * scale))
        for trace, plot, curve, lines in zip(TRACES, self.plots, self.curves, self.lines, strict=True):
            plot.setTitle(trace.title, color=palette.text, size=f"{round(10 * scale)}pt", bold=True)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(palette.line)
                axis.setTextPen(palette.quiet)
                axis.setTickFont(font)
            plot.getAxis("left").setWidth(round(48 * scale))
            plot.getAxis("right").setWidth(round(14 * scale))
            plot.getAxis("bottom").setHeight(round(22 * scale))
            curve.setPen(pg.mkPen(palette.measured, width=1))
            lines["setpoint"].setPen(pg.mkPen(palette.setpoint, width=thick))
            for name in ("low", "high"):
                lines[name].setPen(pg.mkPen(palette.limit, width=thick, style=Qt.PenStyle.DashLine))
        self._watermark = None
        self._redraw_background()

    def mark_as(self, words: tuple[str, ...]) -> None:
        """Write these words behind the curves: SIMULATED, RECORDED; none for a pen that is there now."""
        if (marked := " ".join(words)) != self._marked:
            self._marked, self._watermark = marked, None
            self._redraw_background()

    def _redraw_background(self) -> None:
        """The background is kept as a picture; it must be told when it changes."""
        self.resetCachedContent()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802 - Qt's name
        super().drawBackground(painter, rect)
        if not self._marked:
            return
        size = self.viewport().size()
        if self._watermark is None or self._watermark.size() != size:
            self._watermark = self._paint_watermark(size.width(), size.height())
        painter.drawPixmap(self.mapToScene(0, 0), self._watermark)

    def _paint_watermark(self, width: int, height: int) -> QPixmap:
        pixmap = QPixmap(width, height)
        pixmap.fill(Qt.GlobalColor.transparent)
        color = QColor(self._palette_drawn.text if self._palette_drawn else "#808080")
        color.setAlphaF(0.07)
        font = QFont(self.font())
        font.setPixelSize(max(24, min(width // (1 + 8 * len(self._marked) // 9), height // 5)))
        font.setWeight(QFont.Weight.Black)
        painter = QPainter(pixmap)
        painter.setPen(color)
        painter.setFont(font)
        for row in range(2):
            painter.save()
            painter.translate(width / 2, height * (1 + 2 * row) / 4)
            painter.rotate(-12)
            painter.drawText(
                QRectF(-width, -height / 4, 2 * width, height / 2),
                int(Qt.AlignmentFlag.AlignCenter),
                self._marked,
            )
            painter.restore()
        painter.end()
        return pixmap

    # --- data ---

    def mark(self, marks: list[Marks]) -> None:
        """Show setpoints and limits, and let the axes reach a little beyond them."""
        for place, (new, old) in enumerate(zip(marks, self._marks, strict=True)):
            if new == old:
                continue
            for name, line in self.lines[place].items():
                value = getattr(new, name)
                line.setVisible(value is not None)
                if value is not None:
                    line.setValue(value)
            trace = TRACES[place]
            high = trace.high if new.high is None else new.high
            low = trace.low if new.low is None else min(new.low, trace.low)
            self.plots[place].setYRange(low, high, padding=0.08)
        self._marks = list(marks)

    def redraw(self, now_s: float) -> bool:
        """Draw the frame of `now_s` on the port's clock; False when it is the same as the last one."""
        ring = self._ring
        if (ring.count, now_s) == self._drawn:
            return False
        self._drawn = (ring.count, now_s)
        if not ring.count:
            for curve in self.curves:
                curve.setData([], [])
            return False
        samples = round(SPAN_S * 1e6 / ring.period_us)
        first, values = ring.latest(samples, ROWS)
        bins = min(MOST_BINS, max(100, int(self.plots[0].vb.width())))  # a bin is never less than a pixel
        numbers, drawn = min_max(first, values, bin_width(samples, bins))
        age_s = max(0.0, now_s - ring.heard_s)
        times_s = (numbers - (first + values.shape[1])) * (ring.period_us * 1e-6) - age_s
        for curve, row in zip(self.curves, drawn, strict=True):
            curve.setData(times_s, row)
        self.frames += 1
        return True


def close_plots(widget: QWidget) -> None:
    """Take the plots apart in an order that pyqtgraph survives."""
    for plots in widget.findChildren(Plots):
        plots.clear()
        plots.close()
