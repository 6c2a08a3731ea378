"""One setpoint: a field with steps. Less acts at once; more waits for Apply, and only outside RUN.

The limits are the device's. A value beyond them is refused in the words of `penctl.errors` and never clamped.
Whatever this field does, the host library and the firmware check again.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from penctl.errors import Refused
from penctl.protocol.enums import State
from pengui.console.parts import button, label, show_text
from pengui.decimals import Quantity
from pengui.worker.snapshot import Snapshot

LARGE_STEPS = 10
Check = Callable[[float | str, Snapshot], int]
"""The value in the wire's unit, as a whole number, when the device's limits allow it. Raises Refused."""


class ValueField(QLineEdit):
    """A number with its unit; steps by keys and, when it has the focus, by the wheel."""

    def __init__(self, step: Callable[[int], None]) -> None:
        super().__init__()
        self.setProperty("role", "value")
        self.setMaxLength(16)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._step = step

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: LARGE_STEPS,
            Qt.Key.Key_PageDown: -LARGE_STEPS,
        }.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
        else:
            self._step(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        turned = event.angleDelta().y()
        if self.hasFocus() and turned:
            self._step(1 if turned > 0 else -1)
        event.accept()


class Setpoint(QWidget):
    """The field with its buttons.

    `send` gets the value in the wire's unit; `refuse` is told what was refused, or None when that is over.
    """

    def __init__(
        self,
        quantity: Quantity,
        check: Check,
        send: Callable[[int], None],
        refuse: Callable[[str, Refused | None], None],
    ) -> None:
        super().__init__()
        self._quantity, self._check, self._send, self._refuse = quantity, check, send, refuse
        self._view = Snapshot()
        self._pending: int | None = None
        self._sent: int | None = None
        self._limits = (0, 0)
        self.field = ValueField(self.step)
        self.less = button("−", "step", f"{quantity.name} down: acts at once")
        self.more = button("+", "step", f"{quantity.name} up: acts when applied")
        self.apply = button("Apply", "go")
        self.range_text = label("", "quiet")
        self._lay_out()
        self.field.editingFinished.connect(self._edited)
        self.field.textEdited.connect(lambda _: self._render(force=False))
        self.less.clicked.connect(lambda: self.step(-1))
        self.more.clicked.connect(lambda: self.step(1))
        self.apply.clicked.connect(self._apply)
        self.setTabOrder(self.field, self.apply)
        self._render(force=True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(label(self._quantity.name, "caption"))
        top.addStretch(1)
        top.addWidget(self.range_text)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.less)
        row.addWidget(self.field, 1)
        row.addWidget(self.more)
        row.addWidget(self.apply)
        for widget in (self.less, self.more):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addLayout(row)

    # --- what a person does ---

    @property
    def pending(self) -> int | None:
        """A value that waits for Apply."""
        return self._pending

    def step(self, steps: int) -> None:
        """Go up or down by whole steps, to the limit and no further."""
        low, high = self._limits
        here = self._pending if self._pending is not None else self._set_value()
        if here is None:
            self._propose(low if steps > 0 and low > 0 else max(low, self._quantity.step * max(0, steps)))
            return
        size = self._quantity.step
        grid = here // size + steps if steps > 0 else -(-here // size) + steps
        self._propose(min(high, max(low, grid * size)))

    def _edited(self) -> None:
        """Enter, or the focus went elsewhere."""
        text = self.field.text().strip()
        if not self.field.isModified() or not text:
            return
        self.field.setModified(False)
        value = self._quantity.parse(text)
        self._propose(text if value is None else value)

    def _propose(self, value: float | str) -> None:
        """A decrease acts at once, anything else waits for Apply; what the limits forbid is refused."""
        wire = self._checked(value)
        if wire is None:
            return
        now = self._set_value()
        if now is not None and wire < now:
            self._go(wire)
        else:
            self._pending = None if wire == now else wire
            self._render(force=True)

    def _apply(self) -> None:
        self._edited()  # where a click takes no focus, the text is still being typed
        wire = self._checked(self._pending) if self._pending is not None else None
        if wire is not None:
            self._go(wire)

    def _checked(self, value: float | str) -> int | None:
        """The value in the wire's unit; None, and the refusal is shown, when it may not be set now."""
        try:
            wire = self._check(value, self._view)
            self._check_running(wire)
        except Refused as refused:
            self._pending = None
            self._refuse(self._quantity.name, refused)
            self._render(force=True)
            return None
        self._refuse(self._quantity.name, None)
        return wire

    def _check_running(self, wire: int) -> None:
        now = self._set_value()
        if self._view.moving and now is not None and wire > now:
            unit = "um" if self._quantity.unit == "mm" else "mHz"
            raise Refused("INCREASE_WHILE_RUNNING", wire, now, unit=unit, layer="host")

    def _go(self, wire: int) -> None:
        self._pending, self._sent = None, wire
        self._send(wire)
        self._render(force=True)

    # --- what the pen says ---

    def answered(self) -> None:
        """The command that carried the value came to its end, whatever that was."""
        self._sent = None
        self._render(force=True)

    def show_view(self, view: Snapshot, limits: tuple[int, int]) -> None:
        """Show the pen's setpoint and its limits."""
        changed = (view.open, self._set_of(view), limits) != (
            self._view.open,
            self._set_of(self._view),
            self._limits,
        )
        was_moving, self._view, self._limits = self._view.moving, view, limits
        if view.moving and not was_moving:
            self._pending = None
        if changed or was_moving != view.moving:
            self._render(force=changed)

    def _set_of(self, view: Snapshot) -> int | None:
        if view.status is None:
            return None
        wire = view.status.depth_set_um if self._quantity.unit == "mm" else view.status.rate_set_mhz
        return wire if wire >= 0 else None

    def _set_value(self) -> int | None:
        return self._sent if self._sent is not None else self._set_of(self._view)

    def _render(self, *, force: bool) -> None:
        usable = self._view.live and self._view.state in (State.STANDBY, State.READY, State.RUN)
        shown = self._pending if self._pending is not None else self._set_value()
        if force and not (self.field.hasFocus() and self.field.isModified()):
            text = f"{self._quantity.set_text(shown)} {self._quantity.unit}" if shown is not None else ""
            self.field.setText(text)
            self.field.setModified(False)
        self.field.setPlaceholderText("not set")
        low, high = (self._quantity.set_text(limit) for limit in self._limits)
        show_text(self.range_text, f"{low} to {high} {self._quantity.unit}" if self._view.open else "")
        now = self._set_value()
        self.field.setEnabled(usable)
        self.less.setEnabled(usable and (now is None or now > self._limits[0]))
        self.more.setEnabled(usable and not self._view.moving)
        waits = self._pending is not None or (self.field.isModified() and bool(self.field.text().strip()))
        self.apply.setEnabled(usable and waits and not self._view.moving)
        show_text(self.apply, "Apply")
