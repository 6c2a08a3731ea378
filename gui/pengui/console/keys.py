"""Keys that come before any widget: Esc is STOP, Space is STOP in READY and RUN, H the simulated switch."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

KEY_EVENTS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
LOSSES = (
    QEvent.Type.WindowDeactivate,
    QEvent.Type.ApplicationDeactivate,
    QEvent.Type.Hide,
    QEvent.Type.Close,
)


REPEAT_MS = 20
"""A press so soon after a release is the key's own repeat, which some displays send without saying so."""


class SafetyKeys(QObject):
    """An event filter of the whole application.

    Args:
        window: keys are taken for this window and what belongs to it.
        stop: told of STOP.
        space_stops: whether Space is STOP now.
        hold: told when H goes down and up, and False when the window is no longer in front.
    """

    def __init__(
        self,
        window: QWidget,
        stop: Callable[[], None],
        space_stops: Callable[[], bool],
        hold: Callable[[bool], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._stop, self._space_stops, self._hold = stop, space_stops, hold
        self._space_taken = False
        self._released = QTimer(self, singleShot=True, interval=REPEAT_MS)
        self._released.setTimerType(Qt.TimerType.PreciseTimer)
        self._released.timeout.connect(lambda: self._hold(False))
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def remove(self) -> None:
        """The window goes."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        kind = event.type()
        if kind in LOSSES and (watched is self._window or kind is QEvent.Type.ApplicationDeactivate):
            self._released.stop()
            self._hold(False)
            return False
        if kind in KEY_EVENTS and isinstance(event, QKeyEvent):
            return self._key(event, kind)
        return False

    def _key(self, event: QKeyEvent, kind: QEvent.Type) -> bool:
        key, down = event.key(), kind is not QEvent.Type.KeyRelease
        if key == Qt.Key.Key_Escape:
            return self._escape(event, down)
        if key == Qt.Key.Key_Space:
            return self._space(event, down)
        if key == Qt.Key.Key_H and not takes_letters(QApplication.focusWidget()):
            return self._switch(event, kind)
        return False

    def _escape(self, event: QKeyEvent, down: bool) -> bool:
        if down:
            self._stop()
        if QApplication.activePopupWidget() is not None:
            return False  # and the open list closes, as everywhere
        event.accept()
        return True

    def _space(self, event: QKeyEvent, down: bool) -> bool:
        if down and (self._space_stops() or (self._space_taken and event.isAutoRepeat())):
            self._space_taken = True
            self._stop()
        elif not self._space_taken:
            return False
        elif not down and not event.isAutoRepeat():
            self._space_taken = False
        event.accept()
        return True

    def _switch(self, event: QKeyEvent, kind: QEvent.Type) -> bool:
        if kind is QEvent.Type.KeyPress:
            self._released.stop()
            if not event.isAutoRepeat():
                self._hold(True)
        elif kind is QEvent.Type.KeyRelease and not event.isAutoRepeat():
            self._released.start()
        event.accept()
        return True


def takes_letters(widget: QWidget | None) -> bool:
    """A field for names and URLs; the fields for numbers take no letter that they need."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QLineEdit) and widget.property("role") != "value"
