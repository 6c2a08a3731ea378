"""Small building blocks of the window; what did not change is not drawn again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pengui.decimals import Quantity

NO_VALUE = "–"


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label whose look is chosen by its role in the style sheet."""
    made = QLabel(text)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    return made


def button(text: str, role: str = "", tip: str = "") -> QPushButton:
    """A push button; the space bar never presses one by accident because the window takes it first."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setToolTip(tip)
    made.setAutoDefault(False)
    return made


def card(*, bar: bool = False) -> QFrame:
    """A framed area."""
    frame = QFrame()
    frame.setObjectName("bar" if bar else "card")
    return frame


def scale_layouts(window: QWidget, scale: float) -> None:
    """Margins and gaps grow with the text."""
    for layout in window.findChildren(QLayout):
        base = layout.property("base")
        if base is None:
            margins = layout.contentsMargins()
            base = [margins.left(), margins.top(), margins.right(), margins.bottom(), layout.spacing()]
            layout.setProperty("base", base)
        left, top, right, bottom, gap = (round(size * scale) for size in base)
        layout.setContentsMargins(left, top, right, bottom)
        if gap >= 0:
            layout.setSpacing(gap)


class StopButton(QPushButton):
    """STOP. It acts when it goes down, takes no focus, and never moves or greys out."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stop")
        self.setAccessibleName("STOP")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.keys = label("Esc", "key")
        layout = QVBoxLayout(self)
        layout.setSpacing(0)
        layout.addStretch(1)
        for text in (label("STOP"), self.keys):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(text)
        layout.addStretch(1)


def show_text(target: QLabel | QPushButton, text: str) -> None:
    """Set a text that changed; a text that did not is not drawn again."""
    if target.text() != text:
        target.setText(text)


def show_role(target: QWidget, role: str) -> None:
    """Change a role and let the style sheet take effect."""
    if target.property("role") != role:
        target.setProperty("role", role)
        for widget in (target, *target.findChildren(QWidget)):
            widget.style().unpolish(widget)
            widget.style().polish(widget)


class Numerals(QFrame):
    """Measured against set, in numerals that can be read from a metre away."""

    def __init__(self, quantity: Quantity) -> None:
        super().__init__()
        self.setObjectName("card")
        self._quantity = quantity
        self.measured = label(NO_VALUE, "measured")
        self.setpoint = label(NO_VALUE, "set")
        self.under = label("", "quiet")
        layout = QVBoxLayout(self)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.addWidget(label(f"{quantity.name} measured", "caption"))
        top.addStretch(1)
        top.addWidget(label("set", "caption"))
        layout.addLayout(top)
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.measured, label(quantity.unit, "unit")):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addStretch(1)
        for widget in (self.setpoint, label(quantity.unit, "unit")):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignBaseline)
        layout.addLayout(row, 1)
        layout.addWidget(self.under)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_values(self, measured: int | None, setpoint: int | None, under: str) -> None:
        """Values in the wire's unit, None for no value."""
        show_text(self.measured, NO_VALUE if measured is None else self._quantity.measured_text(measured))
        show_text(self.setpoint, NO_VALUE if setpoint is None else self._quantity.set_text(setpoint))
        show_text(self.under, under)
