"""What the scalp map says of a zone, and how that is drawn: a hatch or a shape beside every colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from pengui.said import said
from pengui.widgets.look import Look, color
from pengui.widgets.scalp_shapes import Points


class Mark(Enum):
    """Where a zone stands today, with the words that are read out."""

    NONE = "not planned"
    DUE = "due"
    PLANNED = "planned"
    TOO_EARLY = "not due yet"
    LOCKED = "locked"
    IN_PROGRESS = "in progress"
    DONE = "done"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class ZoneLook:
    """A zone as the map shows it.

    `detail` is a few words, as "until 24 Nov"; `density` the part of the target that is reached; passes are
    names of directions, those that are planned and, of these, those that are done.
    """

    name: str
    mark: Mark = Mark.NONE
    detail: str = ""
    density: float = 0.0
    passes: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    now: str = ""
    """Direction of the pass that is under way."""

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        parts = [self.name, f"{said(self.mark.value)} {self.detail}".strip()]
        if self.passes:
            parts.append(said("{0} of {1} passes done").format(len(self.done), len(self.passes)))
        if self.density > 0:
            parts.append(said("{0} % of the density").format(f"{self.density * 100:.0f}"))
        return ", ".join(parts)


ANGLES: Final = {"HORIZONTAL": 0.0, "VERTICAL": 90.0, "DIAGONAL_LEFT": 45.0, "DIAGONAL_RIGHT": -45.0}
"""Direction of a pass -> angle of its strokes in degrees, as drawn."""
MOST_DOTS: Final = 260
STROKE_GAP: Final = 13.0
HATCH_GAP: Final = 6.0


@lru_cache(maxsize=64)
def smooth(points: Points) -> QPainterPath:
    """A closed curve through the points (Catmull-Rom as cubic Béziers)."""
    path = QPainterPath()
    count = len(points)
    path.moveTo(*points[0])
    for index in range(count):
        before, start, end, after = (points[(index + step) % count] for step in (-1, 0, 1, 2))
        path.cubicTo(
            start[0] + (end[0] - before[0]) / 6,
            start[1] + (end[1] - before[1]) / 6,
            end[0] - (after[0] - start[0]) / 6,
            end[1] - (after[1] - start[1]) / 6,
            *end,
        )
    path.closeSubpath()
    return path


def lines(box: QRectF, angle_deg: float, gap: float) -> list[QLineF]:
    """Parallel lines that cover a box."""
    angle = math.radians(angle_deg)
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    reach = math.hypot(box.width(), box.height()) / 2
    middle, made = box.center(), []
    for step in range(-int(reach / gap), int(reach / gap) + 1):
        x, y = middle.x() + across[0] * step * gap, middle.y() + across[1] * step * gap
        made.append(
            QLineF(x - along[0] * reach, y - along[1] * reach, x + along[0] * reach, y + along[1] * reach)
        )
    return made


@lru_cache(maxsize=64)
def dots(points: Points) -> tuple[tuple[float, float], ...]:
    """Places inside an outline, each prefix of them spread evenly (the R2 sequence)."""
    path = smooth(points)
    box = path.boundingRect()
    found: list[tuple[float, float]] = []
    for number in range(1, 4 * MOST_DOTS):
        x = box.x() + box.width() * (0.7548776662466927 * number % 1.0)
        y = box.y() + box.height() * (0.5698402909980532 * number % 1.0)
        if path.contains(QPointF(x, y)):
            found.append((x, y))
    size = max(1, round(MOST_DOTS * box.width() * box.height() / 6000))
    return tuple(found[: min(size, len(found))])


class Brushwork:
    """Draws one zone in units of the map; `unit` is one pixel of the screen in these units."""

    def __init__(self, painter: QPainter, look: Look, unit: float) -> None:
        self._painter, self._look, self._unit = painter, look, unit

    def zone(self, points: Points, zone: ZoneLook, *, lit: bool) -> None:
        """Fill, hatch, strokes, density and outline of a zone; `lit` is under the pointer or chosen."""
        painter, path = self._painter, smooth(points)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._ground(zone.mark)))
        painter.drawPath(path)
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        self._hatch(zone, path.boundingRect())
        self._strokes(zone, path.boundingRect())
        self._density(points, zone)
        painter.restore()
        self._outline(path, zone.mark, lit=lit)

    def _ground(self, mark: Mark) -> str:
        if mark is Mark.DONE:
            return self._look.accent
        return self._look.accent_soft if mark in (Mark.PLANNED, Mark.IN_PROGRESS) else self._look.card

    def _hatch(self, zone: ZoneLook, box: QRectF) -> None:
        angles = {Mark.LOCKED: (45.0, -45.0), Mark.TOO_EARLY: (45.0,), Mark.LEFT_OUT: (-45.0,)}
        self._painter.setPen(QPen(color(self._look.faint, 0.55), 1.2 * self._unit))
        for angle in angles.get(zone.mark, ()):
            self._painter.drawLines(lines(box, angle, HATCH_GAP))

    def _strokes(self, zone: ZoneLook, box: QRectF) -> None:
        if zone.mark is Mark.DONE:
            return
        left = list(zone.done)
        for direction in zone.passes:
            is_done = direction in left
            if is_done:
                left.remove(direction)
            now = direction == zone.now and not is_done
            pen = QPen(color(self._look.accent, 0.95 if is_done or now else 0.35))
            pen.setWidthF((2.2 if is_done or now else 1.1) * self._unit)
            pen.setStyle(Qt.PenStyle.DashLine if now else Qt.PenStyle.SolidLine)
            self._painter.setPen(pen)
            self._painter.drawLines(lines(box, ANGLES.get(direction, 0.0), STROKE_GAP))

    def _density(self, points: Points, zone: ZoneLook) -> None:
        if zone.density <= 0:
            return
        places = dots(points)
        shown = places[: math.ceil(min(1.0, zone.density) * len(places))]
        ink = self._look.on_accent if zone.mark is Mark.DONE else self._look.text
        pen = QPen(color(ink, 0.85), 2.2 * self._unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self._painter.setPen(pen)
        self._painter.drawPoints(QPolygonF([QPointF(*place) for place in shown]))

    def _outline(self, path: QPainterPath, mark: Mark, *, lit: bool) -> None:
        strong = mark in (Mark.IN_PROGRESS, Mark.DONE, Mark.PLANNED)
        pen = QPen(color(self._look.accent if strong else self._look.faint))
        pen.setWidthF((3.4 if lit or mark is Mark.IN_PROGRESS else 1.6) * self._unit)
        if mark in (Mark.DUE, Mark.NONE):
            pen.setStyle(Qt.PenStyle.DashLine if mark is Mark.DUE else Qt.PenStyle.SolidLine)
        if lit:
            pen.setColor(color(self._look.text))
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPath(path)

    # --- the shape that stands for the mark ---

    def badge(self, at: QPointF, mark: Mark, size: float) -> None:
        """A small shape: ring, dot, padlock, clock, play, tick or bar, one for each mark."""
        draw = {
            Mark.DUE: self._ring,
            Mark.PLANNED: self._dot,
            Mark.LOCKED: self._padlock,
            Mark.TOO_EARLY: self._clock,
            Mark.IN_PROGRESS: self._play,
            Mark.DONE: self._tick,
            Mark.LEFT_OUT: self._bar,
        }.get(mark)
        if draw is None:
            return
        ground = self._look.accent if mark in (Mark.DONE, Mark.IN_PROGRESS, Mark.PLANNED) else self._look.card
        ink = self._look.on_accent if ground == self._look.accent else self._look.text
        painter = self._painter
        painter.setPen(QPen(color(ink), 1.2 * self._unit))
        painter.setBrush(color(ground))
        painter.drawEllipse(at, size, size)
        pen = QPen(color(ink), 0.22 * size)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw(at, size * 0.55)

    def _ring(self, at: QPointF, r: float) -> None:
        self._painter.drawEllipse(at, r * 0.8, r * 0.8)

    def _dot(self, at: QPointF, r: float) -> None:
        self._painter.setBrush(self._painter.pen().color())
        self._painter.drawEllipse(at, r * 0.55, r * 0.55)

    def _padlock(self, at: QPointF, r: float) -> None:
        x, y = at.x(), at.y()
        self._painter.drawArc(QRectF(x - r * 0.5, y - r, r, r * 1.1), 0, 180 * 16)
        self._painter.setBrush(self._painter.pen().color())
        self._painter.drawRect(QRectF(x - r * 0.8, y - r * 0.25, r * 1.6, r * 1.1))

    def _clock(self, at: QPointF, r: float) -> None:
        self._painter.drawLine(at, QPointF(at.x(), at.y() - r))
        self._painter.drawLine(at, QPointF(at.x() + r * 0.75, at.y() + r * 0.2))

    def _play(self, at: QPointF, r: float) -> None:
        self._painter.setBrush(self._painter.pen().color())
        x, y = at.x(), at.y()
        self._painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x - r * 0.5, y - r * 0.8),
                    QPointF(x + r * 0.9, y),
                    QPointF(x - r * 0.5, y + r * 0.8),
                ]
            )
        )

    def _tick(self, at: QPointF, r: float) -> None:
        x, y = at.x(), at.y()
        self._painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(x - r * 0.8, y),
                    QPointF(x - r * 0.2, y + r * 0.7),
                    QPointF(x + r * 0.9, y - r * 0.7),
                ]
            )
        )

    def _bar(self, at: QPointF, r: float) -> None:
        self._painter.drawLine(QPointF(at.x() - r * 0.8, at.y()), QPointF(at.x() + r * 0.8, at.y()))
