"""The hand of the simulated pen. A real pen has no such panel: nothing on a screen replaces its switch."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSlider, QVBoxLayout

from pengui.console.parts import button, label, show_text
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot

PRESS_START_DN, PRESS_MAX_DN = 30, 150
GLIDE_START_MM_S, GLIDE_MAX_MM_S = 20, 100
CARTRIDGES = ("HOME", "CLINICAL")


class HandPanel(QFrame):
    """Pedal, press, glide, lift, cartridge, cable and emergency stop, by the bench's side channel."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.setObjectName("card")
        self._engine = engine
        self._held = False
        self.pedal = button("Hold to run  (H)", tip="Presses the simulated pen's switch while it is held")
        self.pedal.setObjectName("hold")
        self.press_slider = QSlider(Qt.Orientation.Horizontal)
        self.glide_slider = QSlider(Qt.Orientation.Horizontal)
        self.press_text, self.glide_text = label("", "quiet"), label("", "quiet")
        self.lift_button = button("Lift")
        self.press_button = button("Press")
        self.cartridge = button("Cartridge", tip="Fits the other kind of cartridge")
        self.cable = button("Unplug")
        self.estop = button("E-stop", tip="The emergency stop of the simulated pen")
        self.button = button("Button", tip="The button at the simulated pen: CLINICAL and pairing need it")
        self.charger = button("Charger", tip="The charger of the simulated pen")
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(5)
        top = QHBoxLayout()
        top.addWidget(label("Simulated hand", "caption"))
        layout.addLayout(top)
        switches = QHBoxLayout()
        switches.addWidget(self.pedal, 1)
        switches.addWidget(self.button)
        layout.addLayout(switches)
        grid = QGridLayout()
        for row, (slider, text, start, most) in enumerate(
            (
                (self.press_slider, self.press_text, PRESS_START_DN, PRESS_MAX_DN),
                (self.glide_slider, self.glide_text, GLIDE_START_MM_S, GLIDE_MAX_MM_S),
            )
        ):
            slider.setRange(0, most)
            slider.setValue(start)
            slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(slider, row, 0)
            grid.addWidget(text, row, 1)
            text.setMinimumWidth(text.fontMetrics().horizontalAdvance("Glide 100 mm/s  "))
        grid.setColumnStretch(0, 1)
        layout.addLayout(grid)
        rows = QGridLayout()
        rows.addWidget(self.press_button, 0, 0)
        rows.addWidget(self.lift_button, 0, 1)
        rows.addWidget(self.cartridge, 0, 2)
        rows.addWidget(self.cable, 1, 0)
        rows.addWidget(self.estop, 1, 1)
        rows.addWidget(self.charger, 1, 2)
        layout.addLayout(rows)
        for toggle in (self.cable, self.estop, self.charger):
            toggle.setCheckable(True)
        for widget in (
            self.pedal,
            self.press_button,
            self.lift_button,
            self.cartridge,
            self.cable,
            self.estop,
            self.button,
            self.charger,
        ):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _connect(self) -> None:
        engine = self._engine
        self.pedal.pressed.connect(lambda: self.hold(True))
        self.pedal.released.connect(lambda: self.hold(False))
        self.press_slider.valueChanged.connect(self._moved)
        self.glide_slider.valueChanged.connect(self._moved)
        self.press_button.clicked.connect(self._lower)
        self.lift_button.clicked.connect(lambda: engine.hand("lift"))
        self.cable.toggled.connect(lambda out: engine.hand("unplug", out))
        self.estop.toggled.connect(lambda pushed: engine.hand("estop", pushed))
        self.button.pressed.connect(lambda: engine.hand("button", True))
        self.button.released.connect(lambda: engine.hand("button", False))
        self.charger.toggled.connect(lambda plugged: engine.hand("charger", plugged))
        self.cartridge.clicked.connect(self._change_cartridge)
        self._moved()

    def hold(self, pressed: bool) -> None:
        """Press or release the switch; releasing twice does no harm."""
        if pressed != self._held:
            self._held = pressed
            self._engine.hand("hold", pressed)
        if not pressed:
            self.pedal.setDown(False)

    @property
    def held(self) -> bool:
        """Whether this window holds the simulated switch."""
        return self._held

    def _lower(self) -> None:
        self._engine.hand("press", self.press_slider.value() / 10)
        self._engine.hand("glide", float(self.glide_slider.value()))

    def _moved(self) -> None:
        show_text(self.press_text, f"Press {self.press_slider.value() / 10:.1f} N")
        show_text(self.glide_text, f"Glide {self.glide_slider.value()} mm/s")
        hand = self._engine.snapshot.hand
        if hand is not None and not hand.lifted:
            self._lower()

    def _change_cartridge(self) -> None:
        fitted = self._engine.snapshot.cartridge
        name = fitted.kind.name if fitted is not None else CARTRIDGES[0]
        self._engine.hand("cartridge", CARTRIDGES[1] if name == CARTRIDGES[0] else CARTRIDGES[0])

    def show_view(self, view: Snapshot) -> None:
        """Exists only beside a simulated pen."""
        self.setVisible(view.hand is not None)
        if view.hand is None:
            return
        if self.pedal.isDown() != view.hand.held:
            self.pedal.setDown(view.hand.held)
        kind = view.cartridge.kind.name.capitalize() if view.cartridge is not None else "–"
        show_text(self.cartridge, f"Fitted: {kind}")
        show_text(self.estop, "Release" if self.estop.isChecked() else "E-stop")
        show_text(self.charger, "Charger off" if view.hand.charging else "Charger")
        show_text(self.cable, "Plug in" if view.hand.unplugged else "Unplug")
        self.press_button.setEnabled(view.hand.lifted)
        self.lift_button.setEnabled(not view.hand.lifted)

    def forget(self) -> None:
        """Another pen: its cable is plugged in, its emergency stop released, its switch not held."""
        self._held = False
        for toggle in (self.cable, self.estop, self.charger):
            toggle.blockSignals(True)
            toggle.setChecked(False)
            toggle.blockSignals(False)
