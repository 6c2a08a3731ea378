"""The course as a calendar: a row a zone, a column a week; what was done, what is locked, what is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from penctl.treatment.course import Due, Punctured, ZoneState
from penctl.treatment.visit import Knowledge
from pengui.dates import day, near_day
from pengui.dates import month as month_name
from pengui.said import said
from pengui.widgets.look import CAPTION, DARK, Look, color, font

WEEKS_BACK: Final = 14
WEEKS_AHEAD: Final = 6
NAME_WIDTH: Final = 178.0
WEEKS: Final = WEEKS_BACK + WEEKS_AHEAD + 1
HEAD: Final = 40.0
FOOT: Final = 44.0


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
        self._bottom = self.height() - FOOT * self._scale
        self._today = known.course.day_of(now)
        self._begin = self._today - timedelta(days=self._today.weekday() + 7 * WEEKS_BACK)
        self._day = (self.width() - self._left) / (7 * WEEKS)
        rows = len(known.scalp.zones)
        height = (self._bottom - HEAD * self._scale) / rows
        self._paint_weeks(painter)
        self._paint_today(painter)
        for place, (zone, state) in enumerate(known.course.states(now).items()):
            top = HEAD * self._scale + place * height
            self._paint_row(painter, QRectF(0, top, self.width(), height), zone, state)
        self._paint_legend(painter)
        painter.end()

    def _x(self, day: date) -> float:
        return self._left + ((day - self._begin).days + 0.5) * self._day

    def _paint_weeks(self, painter: QPainter) -> None:
        """A line for each Monday with its day; months above."""
        scale, month = self._scale, 0
        for week in range(WEEKS):
            monday = self._begin + timedelta(days=7 * week)
            x = self._left + 7 * week * self._day
            painter.setPen(QPen(color(self._look.line, 0.5), 1))
            painter.drawLine(QPointF(x, HEAD * scale), QPointF(x, self._bottom))
            painter.setPen(color(self._look.quiet))
            painter.setFont(font((CAPTION - 2) * scale))
            box = QRectF(x, HEAD * scale * 0.5, 7 * self._day, HEAD * scale * 0.5)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{monday.day}")
            if monday.month != month and week < WEEKS - 2:
                month = monday.month
                painter.setPen(color(self._look.text))
                painter.setFont(font((CAPTION - 1) * scale, font(1).Weight.DemiBold))
                box = QRectF(x, 0, 28 * self._day, HEAD * scale * 0.5)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, month_name(monday))

    def _paint_today(self, painter: QPainter) -> None:
        """A line through all zones, with its word below."""
        x, scale = self._x(self._today), self._scale
        painter.setPen(QPen(color(self._look.accent), 2 * scale))
        painter.drawLine(QPointF(x, HEAD * scale), QPointF(x, self._bottom))
        painter.setFont(font((CAPTION - 1) * scale, font(1).Weight.DemiBold))
        painter.setPen(color(self._look.text))
        box = QRectF(x - 60 * scale, self._bottom + 2 * scale, 120 * scale, FOOT * scale / 2)
        words = self.tr("today, {0}").format(near_day(self._today))
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_row(self, painter: QPainter, area: QRectF, zone: str, state: ZoneState) -> None:
        known, scale = self._known, self._scale
        if known is None:
            return
        painter.setPen(QPen(color(self._look.line, 0.5), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(color(self._look.text))
        painter.setFont(font(CAPTION * scale))
        names = area.adjusted(4, 0, 0, 0)
        painter.drawText(names, Qt.AlignmentFlag.AlignVCenter, said(known.scalp.zone(zone).name))
        middle = area.center().y()
        if state.due is Due.LOCKED and state.locked_until is not None:
            left, right = self._x(self._today), self._x(state.locked_until)
            self._paint_lock(painter, QRectF(left, middle - 7 * scale, right - left, 14 * scale))
        if state.due_on is not None and state.due in (Due.LOCKED, Due.TOO_EARLY):
            at = QPointF(self._x(state.due_on), middle)
            painter.setPen(QPen(color(self._look.accent), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, 6 * scale, 6 * scale)
            self._write(painter, at + QPointF(10 * scale, 0), near_day(state.due_on))
        for one in known.course.punctured:
            day = known.course.day_of(one.at)
            if one.zone == zone and day >= self._begin:
                self._paint_treatment(painter, QPointF(self._x(day), middle), one)

    def _paint_treatment(self, painter: QPainter, at: QPointF, one: Punctured) -> None:
        """A dot, of what was done elsewhere a square; its area grows with the depth, which stands below."""
        size = (4 + 3 * min(2.5, (one.depth_um or 1000) / 1000)) * self._scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._look.accent))
        if one.visit_id:
            painter.drawEllipse(at, size, size)
        else:
            painter.drawRect(QRectF(at.x() - size, at.y() - size, 2 * size, 2 * size))
        words = f"{one.depth_um / 1000:g} mm" if one.depth_um else self.tr("depth?")
        painter.setFont(font((CAPTION - 2) * self._scale))
        width = painter.fontMetrics().horizontalAdvance(words) + 4
        box = QRectF(at.x() - width / 2, at.y() + size + 1, width, 14 * self._scale)
        today = self._x(self._today)
        if at.x() < today < box.right():
            box.moveRight(today - 2 * self._scale)  # no line runs through a figure
        painter.fillRect(box, color(self._look.ground))
        painter.setPen(color(self._look.quiet))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_lock(self, painter: QPainter, bar: QRectF) -> None:
        """Diagonal strokes that grow with the theme: a brush of Qt is too fine on a large screen."""
        painter.save()
        painter.setPen(QPen(color(self._look.text), 1.2 * self._scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        painter.setClipRect(bar)
        step, x = 5 * self._scale, bar.left() - bar.height()
        while x < bar.right():
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x + bar.height(), bar.top()))
            x += step
        painter.restore()

    def _write(self, painter: QPainter, at: QPointF, words: str) -> float:
        """A word to the right of a point; where it ends."""
        painter.setPen(color(self._look.quiet))
        painter.setFont(font((CAPTION - 1) * self._scale))
        width = painter.fontMetrics().horizontalAdvance(words)
        box = QRectF(at.x(), at.y() - 10 * self._scale, width + 2, 20 * self._scale)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        return at.x() + width

    def _paint_legend(self, painter: QPainter) -> None:
        scale, y = self._scale, self.height() - FOOT * self._scale * 0.25
        gap, at = 10 * scale, QPointF(4 * scale + 6 * scale, y)
        accent = color(self._look.accent)
        for kind, words in (
            ("dot", self.tr("treated here, the deeper the larger")),
            ("square", self.tr("elsewhere")),
            ("lock", self.tr("locked")),
            ("ring", self.tr("due")),
        ):
            painter.setPen(QPen(accent, 2 * scale) if kind == "ring" else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if kind == "ring" else accent)
            box = QRectF(at.x() - 5 * scale, y - 5 * scale, 10 * scale, 10 * scale)
            if kind == "lock":
                self._paint_lock(painter, box.adjusted(-6 * scale, 0, 0, 0))
            elif kind == "square":
                painter.drawRect(box)
            else:
                painter.drawEllipse(box)
            end = self._write(painter, at + QPointF(gap, 0), words)
            at = QPointF(end + 3 * gap, y)


def spoken(known: Knowledge, state: ZoneState) -> str:
    """A zone's place in the course, in words."""
    name = said(known.scalp.zone(state.zone).name)
    if state.last is None:
        return said("{0}: never treated").format(name)
    words = said("{0}: last treated {1}").format(name, day(known.course.day_of(state.last.at)))
    locked = state.due is Due.LOCKED
    until = state.locked_until if locked else state.due_on
    if until is None:
        return words
    return words + (said(", locked until {0}") if locked else said(", due {0}")).format(day(until))
