"""Locks the screen when nobody has touched it for a while, and never while the pen is armed or moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

LOCK_S: Final = 300.0
TOUCHES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)


class IdleLock(QObject):
    """Calls `lock` after `lock_s` without a touch; `may_lock` says whether that is allowed now."""

    def __init__(
        self, parent: QObject, lock: Callable[[], None], may_lock: Callable[[], bool], lock_s: float
    ) -> None:
        super().__init__(parent)
        self._lock, self._may_lock, self._lock_s = lock, may_lock, lock_s
        self._touched = True
        self._since_s = 0.0
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def remove(self) -> None:
        """The window goes."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in TOUCHES:
            self._touched = True
        return False

    def look(self, now_s: float) -> None:
        """Called now and then with the program's clock."""
        if self._touched or not self._may_lock():
            self._touched, self._since_s = False, now_s
        elif now_s - self._since_s >= self._lock_s:
            self._since_s = now_s
            self._lock()
