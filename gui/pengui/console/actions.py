"""Mode, setpoints and the steps to a running pen, in the order in which they are done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from penctl.errors import Refused
from penctl.protocol.enums import Flags, Mode, State
from pengui.console import checks
from pengui.console.parts import button, card, label, show_role, show_text
from pengui.console.setpoint import Setpoint
from pengui.decimals import DEPTH, RATE
from pengui.worker.asked import SETPOINT_ACTS
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot

MODES = (Mode.HOME, Mode.CLINICAL)


class Actions(QWidget):
    """The controls of the pen. Every one of them only asks: the firmware decides."""

    def __init__(self, engine: Engine, refuse: Callable[[str, Refused | None], None]) -> None:
        super().__init__()
        self._engine = engine
        self.modes = {mode: button(mode.name.capitalize()) for mode in MODES}
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self.depth_field = Setpoint(
            DEPTH, checks.depth, lambda wire: engine.ask("set_depth_um", wire), refuse
        )
        self.rate_field = Setpoint(
            RATE, checks.rate, lambda wire: engine.ask("set_rate_hz", wire / 1000), refuse
        )
        self.self_test = button("Self-test", tip="The pen checks itself")
        self.reference = button("Reference", tip="The depth stage finds its zero")
        self.arm = button("Arm", tip="STANDBY to READY")
        self.start = button("Start", tip="READY to RUN; hold the switch at the pen (F5)")
        self.start.setShortcut("F5")
        self.hold = label("", "switch")
        self._lay_out()
        self._connect()
        self.show_view(Snapshot())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        settings, inner = card(), QVBoxLayout()
        settings.setLayout(inner)
        modes = QHBoxLayout()
        modes.addWidget(label("Mode", "caption"), 1)
        for choice in self.modes.values():
            choice.setCheckable(True)
            modes.addWidget(choice)
        inner.addLayout(modes)
        inner.addWidget(self.depth_field)
        inner.addWidget(self.rate_field)
        layout.addWidget(settings)
        steps, grid = card(), QGridLayout()
        steps.setLayout(grid)
        for place, step in enumerate((self.self_test, self.reference, self.arm, self.start)):
            grid.addWidget(step, place // 2, place % 2)
        grid.addWidget(self.hold, 2, 0, 1, 2)
        layout.addWidget(steps)

    def _connect(self) -> None:
        for mode, choice in self.modes.items():
            choice.clicked.connect(lambda _=False, mode=mode: self._choose(mode))
        for name in ("self_test", "reference", "arm", "start"):
            getattr(self, name).clicked.connect(lambda _=False, name=name: self._engine.ask(name))

    def _choose(self, mode: Mode) -> None:
        self._engine.ask("set_mode", mode)
        self._show_mode(self._engine.snapshot)

    def finished(self, act: str) -> None:
        """An act came to its end: a setpoint no longer waits for its answer."""
        if act in SETPOINT_ACTS and not self._engine.queued(act):
            (self.depth_field if act == SETPOINT_ACTS[0] else self.rate_field).answered()

    def show_view(self, view: Snapshot) -> None:
        """Show what the pen says, and offer what it would take."""
        limits = view.range
        self.depth_field.show_view(view, (limits.depth_min_um, limits.depth_max_um) if limits else (0, 0))
        self.rate_field.show_view(view, (limits.rate_min_mhz, limits.rate_max_mhz) if limits else (0, 0))
        self._show_mode(view)
        standby = view.live and view.state is State.STANDBY and not view.busy
        ready = view.live and view.state is State.READY and not view.busy
        self.self_test.setEnabled(standby)
        self.reference.setEnabled(standby)
        self.arm.setEnabled(standby)
        self.start.setEnabled(ready)
        status = view.status
        can_arm = standby and status is not None and min(status.depth_set_um, status.rate_set_mhz) >= 0
        show_role(self.self_test, "go" if standby and Flags.SELF_TEST_PASSED not in view.flags else "")
        show_role(
            self.reference,
            "go"
            if standby and Flags.SELF_TEST_PASSED in view.flags and Flags.REFERENCED not in view.flags
            else "",
        )
        show_role(self.arm, "go" if can_arm and Flags.REFERENCED in view.flags else "")
        show_role(self.start, "go")
        self._show_hold(view)

    def _show_mode(self, view: Snapshot) -> None:
        standby = view.live and view.state is State.STANDBY
        for mode, choice in self.modes.items():
            choice.setChecked(view.status is not None and view.open and view.status.mode is mode)
            show_role(choice, "asked" if view.asks_button is mode else "")
            choice.setEnabled(standby)

    def _show_hold(self, view: Snapshot) -> None:
        if not view.open:
            text, role = "Hold-to-run switch –", "switch"
        elif Flags.HOLD_PRESSED in view.flags:
            text, role = "●  Hold-to-run switch HELD", "held"
        else:
            text, role = "○  Hold-to-run switch released", "switch"
        show_text(self.hold, text)
        show_role(self.hold, role)
        self.hold.setAlignment(Qt.AlignmentFlag.AlignCenter)
