"""The hand of the simulated pen in one row. A real pen has none: nothing on a screen replaces its switch."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QWidget

from pengui.clinic.parts import Folding, button, label, row, show_text
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot

PRESS_N = 3.0
GLIDE_MM_S = 20.0
PUSH_MS = 200
"""A touch of the screen may be shorter than any push of a real button, which the pen would not notice."""


class SimHand(QFrame):
    """Switch, button, nose on and off the skin, a fresh cartridge, the cable."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._engine, self._held = engine, False
        self.mode = "CLINICAL"
        """Which kind a new cartridge is: that of the visit."""
        self.switch = button(self.tr("Hold the switch (H)"), "small")
        self.button = button(self.tr("Button"), "small")
        self.nose = button("", "small")
        self.cartridge = button(self.tr("New cartridge"), "small")
        self.cable = button(self.tr("Unplug"), "small")
        self.cable.setCheckable(True)
        self.switch.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its key is H
        for widget in (self.button, self.nose, self.cartridge, self.cable):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        switches, others = QWidget(), QWidget()
        caption = label(self.tr("Simulated hand"), "caption")
        switches.setLayout(row(caption, self.switch, self.button, None))
        others.setLayout(row(self.nose, self.cartridge, self.cable, None))
        layout = row(Folding((switches, 0), (others, 1), gap=8))
        layout.setContentsMargins(12, 4, 12, 4)
        self.setLayout(layout)
        self.switch.pressed.connect(lambda: self.hold(True))
        self.switch.released.connect(lambda: self.hold(False))
        self.button.pressed.connect(lambda: engine.hand("button", True))
        self.button.released.connect(self._let_go)
        self.nose.clicked.connect(self._nose)
        self.cartridge.clicked.connect(self._cartridge)
        self.cable.toggled.connect(lambda out: engine.hand("unplug", out))
        self.hide()

    def hold(self, pressed: bool) -> None:
        """Press or release the switch; releasing twice does no harm."""
        if pressed != self._held:
            self._held = pressed
            self._engine.hand("hold", pressed)
        if not pressed:
            self.switch.setDown(False)

    def _let_go(self) -> None:
        QTimer.singleShot(PUSH_MS, self, self._released)

    def _released(self) -> None:
        if not self.button.isDown():
            self._engine.hand("button", False)

    def _nose(self) -> None:
        hand = self._engine.snapshot.hand
        if hand is not None and not hand.lifted:
            self._engine.hand("lift")
            return
        self._engine.hand("press", PRESS_N)
        self._engine.hand("glide", GLIDE_MM_S)

    def _cartridge(self) -> None:
        self._engine.hand("cartridge", None)
        self._engine.hand("cartridge", self.mode)

    def show_view(self, view: Snapshot) -> None:
        """Exists only beside a simulated pen."""
        self.setVisible(view.hand is not None)
        if view.hand is not None:
            self.switch.setDown(view.hand.held)
            show_text(self.nose, self.tr("Nose down") if view.hand.lifted else self.tr("Lift the nose"))
            show_text(self.cable, self.tr("Plug in") if view.hand.unplugged else self.tr("Unplug"))
