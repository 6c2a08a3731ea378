"""Set and measured side by side, in numerals of 15 mm, with the steps of the setpoint below them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QVBoxLayout

from pengui.clinic.parts import button, label, row, show_text
from pengui.decimals import Quantity
from pengui.said import said
from pengui.widgets.look import Look
from pengui.widgets.numerals import NO_VALUE, Numeral


class SettingsCard(QFrame):
    """One quantity. Less acts at once; more is confirmed, only outside RUN, and never above the plan.

    Args:
        quantity: depth or stroke rate.
        widest: the longest measured value, and the longest set one.
        lower: told of a smaller value in the wire's unit, at once.
        raised: told of a larger one that was confirmed.
    """

    def __init__(
        self,
        quantity: Quantity,
        widest: tuple[str, str],
        lower: Callable[[int], None],
        raised: Callable[[int], None],
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        self._quantity, self._lower, self._raised = quantity, lower, raised
        self._set: int | None = None
        self._asked: int | None = None
        """The smaller value that was asked for and is not set yet: two quick touches are two steps."""
        self._least = self._most = 0
        self.pending: int | None = None
        self.measured = Numeral(quantity.unit, widest[0], strong=True)
        self.setpoint = Numeral(quantity.unit, widest[1])
        self.measured.setAccessibleName(self.tr("{0} measured").format(said(quantity.name)))
        self.setpoint.setAccessibleName(self.tr("{0} set").format(said(quantity.name)))
        self.less = button("−", "step", self.tr("{0} down: acts at once").format(said(quantity.name)))
        self.more = button(
            "+", "step", self.tr("{0} up: only outside RUN, and confirmed").format(said(quantity.name))
        )
        self.confirm = button("", "go")
        for step in (self.less, self.more):
            step.setAccessibleName(step.toolTip())
        self.limits = label("", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(2)
        name = said(quantity.name)
        layout.addLayout(
            row(
                label(self.tr("{0} – measured").format(name), "caption"),
                None,
                label(self.tr("set"), "caption"),
            )
        )
        layout.addLayout(row(self.measured, None, self.setpoint))
        layout.addSpacing(4)
        layout.addLayout(row(self.less, self.more, self.confirm, None, self.limits))
        self.less.clicked.connect(self._less)
        self.more.clicked.connect(self._more)
        self.confirm.clicked.connect(self._confirm)
        self.show_values(None, None, 0, (0, 0), may_lower=False, may_raise=False)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self.measured.dress(look, scale)
        self.setpoint.dress(look, scale)

    def show_values(
        self,
        measured: int | None,
        setpoint: int | None,
        plan: int,
        limits: tuple[int, int],
        *,
        may_lower: bool,
        may_raise: bool,
    ) -> None:
        """Values in the wire's unit; `plan` is what the plan says, `limits` the pen's own, low and high."""
        low, limit = limits
        quantity = self._quantity
        if setpoint != self._set or not may_raise:
            self.pending = None
        if setpoint != self._set or not may_lower:
            self._asked = None
        self._set, self._most = setpoint, min(plan, limit) if plan else limit
        self._least = max(quantity.step, low)
        self.measured.show_text(NO_VALUE if measured is None else quantity.measured_text(measured))
        shown = self.pending if self.pending is not None else setpoint
        self.setpoint.show_text(NO_VALUE if shown is None else _fixed(quantity, shown))
        self.less.setEnabled(may_lower and setpoint is not None and setpoint > self._least)
        self.more.setEnabled(may_raise and shown is not None and shown < self._most)
        self.confirm.setVisible(self.pending is not None)
        if self.pending is not None:
            show_text(
                self.confirm, self.tr("Confirm {0} {1}").format(_fixed(quantity, self.pending), quantity.unit)
            )
        words = self.tr("plan {0}, limit {1} {2}").format(
            quantity.set_text(plan), quantity.set_text(limit), quantity.unit
        )
        show_text(self.limits, words if limit and self.pending is None else "")

    def _less(self) -> None:
        here = self._asked if self._asked is not None else self._set
        if here is not None:
            step = self._quantity.step
            self.pending = None
            self._asked = max(self._least, (-(-here // step) - 1) * step)
            self._lower(self._asked)

    def _more(self) -> None:
        here = self.pending if self.pending is not None else self._set
        if here is not None:
            step = self._quantity.step
            self.pending = min(self._most, (here // step + 1) * step)
            self.setpoint.show_text(_fixed(self._quantity, self.pending))
            self.confirm.setVisible(True)
            show_text(
                self.confirm,
                self.tr("Confirm {0} {1}").format(_fixed(self._quantity, self.pending), self._quantity.unit),
            )

    def _confirm(self) -> None:
        value, self.pending = self.pending, None
        if value is not None and self.more.isEnabled() | (value == self._most):
            self._raised(value)


def _fixed(quantity: Quantity, wire: int) -> str:
    """A setpoint without trailing zeros: 0.5 mm, 120 Hz."""
    return quantity.set_text(wire)
