"""Drawing that costs little in each frame: layers drawn once, curves without a Python object a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

BYTES_A_POINT: Final = 16
"""Two doubles, as QPointF keeps them."""


def layer(widget: QWidget, ground: QColor, paint: Callable[[QPainter], object]) -> QPixmap:
    """A picture as large as the widget, crisp on its screen, filled with `ground` and drawn by `paint`."""
    ratio = widget.devicePixelRatioF()
    made = QPixmap(widget.size() * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(ground)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    paint(painter)
    painter.end()
    return made


class Polylines:
    """Draws curves of one length after another through one polygon that is written by numpy."""

    def __init__(self) -> None:
        self._polygon = QPolygonF()
        self._points: npt.NDArray[np.float64] = np.empty((0, 2))

    def draw(self, painter: QPainter, x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> None:
        """A line through the points in logical pixels; where `y` is not a number there is a gap."""
        finite = np.isfinite(y)
        if finite.all():
            self._draw(painter, x, y)
            return
        edges = np.flatnonzero(np.diff(finite.astype(np.int8))) + 1
        for begin, end in zip([0, *edges], [*edges, len(y)], strict=True):
            if finite[begin]:
                self._draw(painter, x[begin:end], y[begin:end])

    def _draw(self, painter: QPainter, x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> None:
        if len(x) < 2:
            return
        if len(x) != len(self._points):
            self._polygon = QPolygonF()
            self._polygon.resize(len(x))
            memory: Any = cast("Any", shiboken6.VoidPtr)(self._polygon.data(), len(x) * BYTES_A_POINT, True)
            self._points = np.frombuffer(memory, np.float64).reshape(-1, 2)
        self._points[:, 0], self._points[:, 1] = x, y
        painter.drawPolyline(self._polygon)
