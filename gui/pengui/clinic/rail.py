"""The one rail: the steps of the visit in their order, where it stands, and which one is looked at."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from penctl.treatment.visit import Visit
from penctl.treatment.visit_steps import Step
from pengui.clinic.parts import column, scrolled
from pengui.widgets.look import BODY, CAPTION, DARK, LEAST_TOUCH_MM, Look, color, font, px_of_mm

WORDS: Final = {
    Step.SCREENING: "Screening",
    Step.CONSENT: "Consent",
    Step.PHOTOS_BEFORE: "Photos before",
    Step.PLAN: "Plan",
    Step.PREPARE: "Prepare",
    Step.TIME_OUT: "Time-out",
    Step.READY: "Ready",
    Step.TREAT: "Treat",
    Step.DISPOSE: "Dispose",
    Step.PHOTOS_AFTER: "Photos after",
    Step.AFTER_CARE: "After-care",
    Step.SIGN: "Sign",
    Step.CLOSED: "Closed",
}
RAIL_WIDTH: Final = 184
NARROW_WIDTH: Final = 44
"""A rail of circles alone, in a window that is too narrow for the words."""


class RailStop(QAbstractButton):
    """One step: a tick when it is done, a filled circle where the visit stands, a number ahead."""

    def __init__(self, step: Step, number: int) -> None:
        super().__init__()
        self.step, self._number = step, number
        self._done = self._here = self._seen = False
        self._shown: tuple[bool, ...] = ()
        self._look, self._scale, self.narrow = DARK, 1.0, False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(NARROW_WIDTH * self._scale), round(46 * self._scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(round(NARROW_WIDTH * self._scale), px_of_mm(LEAST_TOUCH_MM, self._scale, self._look.dpi))

    def show_state(self, *, done: bool, here: bool, seen: bool, usable: bool) -> None:
        """Done, where the visit stands, looked at, may be looked at."""
        shown = (done, here, seen, usable, self.narrow)
        if shown == self._shown:
            return
        self._shown, self._done, self._here, self._seen = shown, done, here, seen
        words = self.tr("still to come")
        if done or here:
            words = self.tr("done") if done else self.tr("the visit stands here")
        name = self.tr(WORDS[self.step])
        self.setAccessibleName(f"{self._number}. {name}, {words}")
        self.setToolTip(name if self.narrow else "")
        self.setEnabled(usable)
        self.setCursor(Qt.CursorShape.PointingHandCursor if usable else Qt.CursorShape.ArrowCursor)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, scale, look = QPainter(self), self._scale, self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(6 * scale, 2 * scale, -6 * scale, -2 * scale)
        if self._seen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(look.accent_soft if self._here else look.raised))
            painter.drawRoundedRect(area, 8 * scale, 8 * scale)
        if self.hasFocus():
            painter.setPen(QPen(color(look.accent), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 8 * scale, 8 * scale)
        x = area.center().x() if self.narrow else area.left() + 18 * scale
        self._paint_stop(painter, QPointF(x, area.center().y()), 11 * scale)
        if self.narrow:
            painter.end()
            return
        weight = font(1).Weight.DemiBold if self._here else font(1).Weight.Normal
        painter.setFont(font(BODY * scale, weight))
        painter.setPen(color(look.text if self._here or self._done else look.quiet))
        words = area.adjusted(38 * scale, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.tr(WORDS[self.step]))
        painter.end()

    def _paint_stop(self, painter: QPainter, middle: QPointF, r: float) -> None:
        look, scale = self._look, self._scale
        painter.setPen(QPen(color(look.accent if self._done or self._here else look.faint), 2 * scale))
        painter.setBrush(color(look.accent) if self._here else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, r, r)
        if self._done:
            pen = QPen(color(look.accent), 2.2 * scale)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            x, y = middle.x(), middle.y()
            painter.drawPolyline(
                QPolygonF(
                    [
                        QPointF(x - r * 0.45, y),
                        QPointF(x - r * 0.1, y + r * 0.4),
                        QPointF(x + r * 0.5, y - r * 0.4),
                    ]
                )
            )
            return
        painter.setPen(color(look.on_accent if self._here else look.quiet))
        painter.setFont(font(CAPTION * scale, font(1).Weight.DemiBold))
        box = QRectF(middle.x() - r, middle.y() - r, 2 * r, 2 * r)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self._number))


class Rail(QFrame):
    """The steps of a visit. Any step up to the present one can be looked at; none can be skipped.

    Upright it stands left of the page, and scrolls where the window is too low for all of its steps.
    """

    look_at = Signal(Step)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Steps of the visit"))
        self.stops: dict[Step, RailStop] = {}
        self._shown: Step | None = None
        self._look, self._scale, self._narrow = DARK, 1.0, False
        self._steps = QWidget()
        self._layout = QVBoxLayout(self._steps)
        self._layout.setContentsMargins(0, 8, 0, 8)
        self._layout.setSpacing(0)
        self._area = scrolled(self._steps)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLayout(column(self._area))

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.fold(narrow=self._narrow)
        for stop in self.stops.values():
            stop.dress(look, scale)

    def fold(self, *, narrow: bool) -> None:
        """With the words of the steps, or as circles alone."""
        self._narrow = narrow
        self.setFixedWidth(round((NARROW_WIDTH if narrow else RAIL_WIDTH) * self._scale))
        for stop in self.stops.values():
            stop.narrow = narrow
            stop.update()

    def show_visit(self, visit: Visit, here: Step, seen: Step) -> None:
        """Show where the visit stands; `seen` is the step that is looked at."""
        steps = visit.steps
        if tuple(self.stops) != steps:
            self._build(steps)
        place = steps.index(here) if here in steps else len(steps)
        for number, (step, stop) in enumerate(self.stops.items()):
            stop.show_state(done=number < place, here=step is here, seen=step is seen, usable=number <= place)
        if seen is not self._shown and seen in self.stops:
            self._shown = seen
            self._area.ensureWidgetVisible(self.stops[seen])

    def _build(self, steps: tuple[Step, ...]) -> None:
        for stop in self.stops.values():
            self._layout.removeWidget(stop)
            stop.hide()  # it is gone before the new ones stand
            stop.deleteLater()
        while self._layout.count():
            self._layout.takeAt(0)
        self.stops = {}
        for number, step in enumerate(steps, start=1):
            stop = RailStop(step, number)
            stop.narrow = self._narrow
            stop.dress(self._look, self._scale)
            stop.clicked.connect(lambda _=False, step=step: self.look_at.emit(step))
            self._layout.addWidget(stop)
            self.stops[step] = stop
        if len(steps) < 8:
            self._layout.addStretch(1)
