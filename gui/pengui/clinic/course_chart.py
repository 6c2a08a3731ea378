"""The course as a calendar: a row a zone, a column a week; what was done, what is locked, what is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from penctl.treatment.course import Due, ZoneState
from penctl.treatment.visit import Knowledge
from pengui.widgets.look import CAPTION, DARK, Look, color, font

WEEKS_BACK: Final = 14
WEEKS_AHEAD: Final = 6
NAME_WIDTH: Final = 178.0
HEAD: Final = 26.0


class CourseChart(QWidget):
    """Dots are treatments (as large as deep), hatched bars locks, rings due dates, the line is today."""

    def __init__(self) -> None:
        super().__init__()
        self._look, self._scale = DARK, 1.0
        self._known: Knowledge | None = None
        self._now: datetime | None = None
        self.setAccessibleName(self.tr("Calendar of the course"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(640 * self._scale), round(360 * self._scale))

    def show_course(self, known: Knowledge, now: datetime) -> None:
        """Show what is known of one person's scalp."""
        self._known, self._now = known, now
        states = known.course.states(now)
        self.setAccessibleDescription(". ".join(spoken(known, state) for state in states.values()))
        self.update()

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        known, now = self._known, self._now
        if known is None or now is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._left = NAME_WIDTH * self._scale
        self._today = known.course.day_of(now)
        self._begin = self._today - timedelta(days=self._today.weekday() + 7 * WEEKS_BACK)
        self._day = (self.width() - self._left) / (7 * (WEEKS_BACK + WEEKS_AHEAD + 1))
        rows = len(known.scalp.zones)
        height = (self.height() - HEAD * self._scale) / rows
        self._paint_weeks(painter)
        for place, (zone, state) in enumerate(known.course.states(now).items()):
            top = HEAD * self._scale + place * height
            self._paint_row(painter, QRectF(0, top, self.width(), height), zone, state)
        x = self._x(self._today)
        painter.setPen(QPen(color(self._look.accent), 2 * self._scale))
        painter.drawLine(QPointF(x, HEAD * self._scale * 0.8), QPointF(x, self.height()))
        painter.end()

    def _x(self, day: date) -> float:
        return self._left + ((day - self._begin).days + 0.5) * self._day

    def _paint_weeks(self, painter: QPainter) -> None:
        painter.setFont(font((CAPTION - 2) * self._scale))
        for week in range(WEEKS_BACK + WEEKS_AHEAD + 1):
            monday = self._begin + timedelta(days=7 * week)
            x = self._left + 7 * week * self._day
            painter.setPen(QPen(color(self._look.line, 0.5), 1))
            painter.drawLine(QPointF(x, HEAD * self._scale), QPointF(x, self.height()))
            if week % 3 == 0:
                painter.setPen(color(self._look.quiet))
                box = QRectF(x, 0, 21 * self._day, HEAD * self._scale)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{monday:%d %b}")

    def _paint_row(self, painter: QPainter, area: QRectF, zone: str, state: ZoneState) -> None:
        known, scale = self._known, self._scale
        if known is None:
            return
        painter.setPen(QPen(color(self._look.line, 0.5), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(color(self._look.text))
        painter.setFont(font(CAPTION * scale))
        names = area.adjusted(4, 0, 0, 0)
        painter.drawText(names, Qt.AlignmentFlag.AlignVCenter, known.scalp.zone(zone).name)
        middle = area.center().y()
        if state.due is Due.LOCKED and state.locked_until is not None:
            left, right = self._x(self._today), self._x(state.locked_until)
            bar = QRectF(left, middle - 7 * scale, right - left, 14 * scale)
            painter.fillRect(bar, QBrush(color(self._look.text), Qt.BrushStyle.DiagCrossPattern))
        if state.due_on is not None and state.due in (Due.LOCKED, Due.TOO_EARLY):
            painter.setPen(QPen(color(self._look.accent), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(self._x(state.due_on), middle), 6 * scale, 6 * scale)
        for one in known.course.punctured:
            day = known.course.day_of(one.at)
            if one.zone == zone and day >= self._begin:
                size = (4 + 3 * min(2.5, (one.depth_um or 1000) / 1000)) * scale
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color(self._look.accent))
                painter.drawEllipse(QPointF(self._x(day), middle), size, size)


def spoken(known: Knowledge, state: ZoneState) -> str:
    """A zone's place in the course, in words."""
    name = known.scalp.zone(state.zone).name
    if state.last is None:
        return f"{name}: never treated"
    words = f"{name}: last treated {known.course.day_of(state.last.at):%d %B}"
    if state.due is Due.LOCKED:
        return f"{words}, locked until {state.locked_until:%d %B}"
    return f"{words}, due {state.due_on:%d %B}"
