"""The desktop program's frame: application, worker thread, window, and a tidy end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from pengui.console.window import SIMULATED_URL, Console
from pengui.theme import PALETTES
from pengui.worker.thread import PenThread

SWITCH_S: Final = 0.0005
"""How long one thread may keep the interpreter while another wants it: STOP does not wait for drawing."""


def application(arguments: Sequence[str] = ("penctl",)) -> QApplication:
    """The one application object."""
    existing = QApplication.instance()
    made = existing if isinstance(existing, QApplication) else QApplication(list(arguments))
    made.setApplicationName("penctl")
    made.setStyle("Fusion")
    pg.setConfigOptions(antialias=False, useOpenGL=False)
    sys.setswitchinterval(SWITCH_S)
    return made


def run(port: str | None = None, *, simulated: bool = False, theme: str = "dark") -> int:
    """Show the window until it is closed; the pen is stopped then."""
    made = application(sys.argv[:1])
    worker = PenThread()
    window = Console(worker.engine, PALETTES[theme], closed=worker.close)
    for number in (signal.SIGINT, signal.SIGTERM):  # the window's timers let Python see them
        signal.signal(number, lambda *_: QTimer.singleShot(0, window.close))
    worker.start()
    window.resize(window.size().boundedTo(made.primaryScreen().availableGeometry().size()))
    window.show()
    if port or simulated:
        window.connect_pen(port or SIMULATED_URL)
    try:
        return made.exec()
    finally:
        worker.close()
        window.close()
