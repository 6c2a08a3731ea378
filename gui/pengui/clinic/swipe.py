"""A page follows the finger that swipes over it, and goes on by itself for a while.

A touch acts when it goes down, as everywhere: no button waits to see whether a swipe comes of it. Only a
finger that has gone 5 mm is a swipe; what it stood on is let go without a click. What acts while a finger
moves on it – sliders, scroll bars, the scalp map, lists that open – is not swiped over.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPersistentModelIndex, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QScroller,
    QScrollerProperties,
    QWidget,
)
from shiboken6 import isValid

from pengui.widgets.marked_slider import MarkedSlider
from pengui.widgets.scalp_map import ScalpMap

MICE: Final = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease)
NOT_OVER: Final = (QAbstractSlider, QComboBox, MarkedSlider, ScalpMap)
SWIPE_M: Final = 0.005
"""So far a finger in a glove wobbles at most when it taps; an assumption."""
AWAY: Final = QPointF(-10_000.0, -10_000.0)
"""A place where no widget takes a release for a click."""


class Swipe(QObject):
    """An event filter of the whole application, for every scroll area in it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._touched: QWidget | None = None
        """What the finger stands on."""
        self._area: QAbstractScrollArea | None = None
        self._chosen: QPersistentModelIndex | None = None
        self._swipes = self._letting_go = False
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def remove(self) -> None:
        """The window goes."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() not in MICE or self._letting_go:
            return False
        if not isinstance(event, QMouseEvent) or not isinstance(watched, QWidget):
            return False
        if event.type() is QEvent.Type.MouseButtonPress:
            return self._press(watched, event)
        if self._area is None or not isValid(self._area) or not isValid(self._touched):
            self._area = self._touched = None  # what was touched went away meanwhile
            return False
        return self._move(event) if event.type() is QEvent.Type.MouseMove else self._release(event)

    def _press(self, watched: QWidget, event: QMouseEvent) -> bool:
        touched = self._touched if self._touched is not None and isValid(self._touched) else None
        if self._area is not None and touched is not None and watched.isAncestorOf(touched):
            return False  # the same press, which what is inside did not want
        self._touched, self._swipes, self._chosen = watched, False, None
        self._area = area = area_of(watched) if event.button() is Qt.MouseButton.LeftButton else None
        if area is None:
            self._touched = None
            return False
        if isinstance(area, QAbstractItemView):
            area.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)  # not line by line
            self._chosen = QPersistentModelIndex(area.currentIndex())
        moved = QScroller.hasScroller(area.viewport()) and self._state() is QScroller.State.Scrolling
        self._tell(QScroller.Input.InputPress, event)
        self._swipes = moved  # a touch that stops a page is no touch on what happens to be under it
        return moved

    def _move(self, event: QMouseEvent) -> bool:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return False
        self._tell(QScroller.Input.InputMove, event)
        if not self._swipes and self._state() is QScroller.State.Dragging:
            self._swipes = True
            self._let_go()
        return self._swipes

    def _release(self, event: QMouseEvent) -> bool:
        self._tell(QScroller.Input.InputRelease, event)
        swiped, self._area, self._touched = self._swipes, None, None
        return swiped

    def _state(self) -> QScroller.State:
        assert self._area is not None  # noqa: S101 - asked with an area only
        return QScroller.scroller(self._area.viewport()).state()

    def _tell(self, what: QScroller.Input, event: QMouseEvent) -> None:
        assert self._area is not None  # noqa: S101 - told with an area only
        place = self._area.viewport().mapFromGlobal(event.globalPosition())
        scroller = QScroller.scroller(self._area.viewport())
        if what is QScroller.Input.InputPress:
            scroller.setScrollerProperties(_properties())
        scroller.handleInput(what, place, event.timestamp())

    def _let_go(self) -> None:
        """What the finger stood on is released elsewhere; a list has chosen what it had chosen before."""
        if self._touched is not None:
            self._letting_go = True
            left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
            kind = QEvent.Type.MouseButtonRelease
            release = QMouseEvent(kind, AWAY, AWAY, left, none, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(self._touched, release)
            self._letting_go = False
        if isinstance(self._area, QAbstractItemView) and self._chosen is not None:
            self._area.setCurrentIndex(self._area.model().index(self._chosen.row(), self._chosen.column()))


def area_of(touched: QWidget) -> QAbstractScrollArea | None:
    """The innermost area around a widget that can scroll, None where a swipe means something else."""
    widget: QWidget | None = touched
    while widget is not None:
        if isinstance(widget, NOT_OVER):
            return None
        if isinstance(widget, QAbstractScrollArea) and widget.verticalScrollBar().maximum() > 0:
            return widget
        widget = None if widget.isWindow() else widget.parentWidget()
    return None


def _properties() -> QScrollerProperties:
    made = QScrollerProperties()
    metric = QScrollerProperties.ScrollMetric
    made.setScrollMetric(metric.DragStartDistance, SWIPE_M)
    for axis in (metric.VerticalOvershootPolicy, metric.HorizontalOvershootPolicy):
        made.setScrollMetric(axis, QScrollerProperties.OvershootPolicy.OvershootAlwaysOff)
    return made
