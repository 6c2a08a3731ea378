"""The bar under which a recording is played: on, still, to any moment, faster and slower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSlider

from pengui.console.parts import button, label, show_text
from pengui.worker.snapshot import ReplayView, Snapshot

SPEEDS: Final = (0.1, 0.5, 1.0, 5.0, 20.0)
STEP_S: Final = 0.1
"""A step of the slider."""


def clock_text(seconds: float) -> str:
    """Minutes, seconds and tenths."""
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


class PlayerBar(QFrame):
    """Asks the worker by `ask`; seen only while a recording is shown.

    `place` is another slider, `speed` another list.
    """

    def __init__(
        self, ask: Callable[..., Any], place: QSlider | None = None, speed: QComboBox | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        self._view: ReplayView | None = None
        self.play_button = button(self.tr("Pause"))
        self.place = place or QSlider(Qt.Orientation.Horizontal)
        self.place.setAccessibleName(self.tr("Time of the recording"))
        self.place.setPageStep(round(10 / STEP_S))
        self.time = label("", "quiet")
        self.speed = speed or QComboBox()
        self.speed.setToolTip(self.tr("How fast the recording is played"))
        self.speed.setAccessibleName(self.tr("Speed of the recording"))
        for factor in SPEEDS:
            self.speed.addItem(f"{factor:g} ×", factor)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        for widget, share in ((self.play_button, 0), (self.place, 1), (self.time, 0), (self.speed, 0)):
            layout.addWidget(widget, share)
        self.play_button.clicked.connect(lambda: ask("play", not (self._view and self._view.playing)))
        self.place.valueChanged.connect(lambda step: ask("seek", step * STEP_S))
        self.speed.currentIndexChanged.connect(lambda place: ask("at_speed", SPEEDS[place]))
        self.hide()

    def show_view(self, view: Snapshot) -> None:
        """Follow the recording; a slider that a person holds is left alone."""
        if view.replay is self._view:
            return
        self.setVisible(view.replay is not None)
        self._view = replay = view.replay
        if replay is None:
            return
        show_text(self.play_button, self.tr("Pause") if replay.playing else self.tr("Play"))
        show_text(self.time, f"{clock_text(replay.time_s)} / {clock_text(replay.end_s)}")
        self.speed.blockSignals(True)
        self.speed.setCurrentIndex(SPEEDS.index(replay.speed) if replay.speed in SPEEDS else -1)
        self.speed.blockSignals(False)
        if not self.place.isSliderDown():
            self.place.blockSignals(True)
            self.place.setRange(0, round(replay.end_s / STEP_S))
            self.place.setValue(round(replay.time_s / STEP_S))
            self.place.blockSignals(False)
