"""Building blocks of the screens: a choice of one, a refusal in its place, a page that scrolls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from penctl.errors import PenError
from pengui.clinic.layouts import Folding, column, row
from pengui.console.parts import button, card, label, scale_layouts, show_role, show_text
from pengui.said import told
from pengui.widgets.look import Look

__all__ = [
    "Choice",
    "Folding",
    "OneLine",
    "Picker",
    "Refusal",
    "button",
    "card",
    "centred",
    "column",
    "label",
    "list_style",
    "press_focused",
    "row",
    "scale_layouts",
    "scrolled",
    "show_role",
    "show_text",
]


def scrolled(content: QWidget) -> QScrollArea:
    """A page that scrolls upright, and across where it cannot be as narrow as the window."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area


def press_focused(event: QKeyEvent) -> bool:
    """Enter presses the button with the keyboard: Space is STOP while the pen is armed. True when it did."""
    focused = QApplication.focusWidget()
    pressed = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QAbstractButton)
    if pressed and not event.isAutoRepeat() and isinstance(focused, QAbstractButton):
        focused.click()
    return pressed


def centred(content: QWidget) -> QScrollArea:
    """A card in the middle of the window, which scrolls where the window is smaller."""
    inside = QWidget()
    layout = QVBoxLayout(inside)
    layout.addWidget(content, 0, Qt.AlignmentFlag.AlignCenter)
    return scrolled(inside)


def list_style(look: Look, scale: float) -> str:
    """Lists whose lines a gloved finger finds."""
    return (
        f"QListWidget {{ background: {look.card}; border: 1px solid {look.line}; border-radius: 8px; }}"
        f"QListWidget:focus {{ border: 2px solid {look.accent}; }}"
        f"QListWidget::item {{ padding: {round(12 * scale)}px; border-bottom: 1px solid {look.line}; }}"
        f"QListWidget::item:selected {{ background: {look.accent_soft}; color: {look.text}; }}"
    )


class OneLine(QLabel):
    """A line that ends in … where there is no room for all of it; the whole is its tip."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        if shown == self.text():
            super().paintEvent(event)
            return
        self.setToolTip(self.text())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Refusal(QLabel):
    """A sentence that says, in its place, what was not taken and what to do; hidden when all is well."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "refusal")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.hide()

    def tell(self, error: PenError | str | None) -> None:
        """Show an error, or nothing."""
        text = told(error) if isinstance(error, PenError) else error or ""
        show_text(self, text)
        self.setVisible(bool(text))

    def tried(self, act: Callable[[], object]) -> bool:
        """Run an act; a refusal of ours is shown here. True when it was taken."""
        try:
            act()
        except PenError as error:
            self.tell(error)
            return False
        self.tell(None)
        return True


class Choice(QFrame):
    """One of a few, as large buttons beside one another; nothing is chosen at first."""

    chosen = Signal(str)

    def __init__(self, options: Mapping[str, str], *, name: str = "", small: bool = False) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for key, text in options.items():
            made = button(text, "small" if small else "")
            made.setCheckable(True)
            made.setAccessibleName(f"{name}: {text}" if name else text)
            made.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._group.addButton(made)
            layout.addWidget(made)
            self.buttons[key] = made

    @property
    def value(self) -> str:
        """What is chosen, "" for nothing."""
        return next((key for key, made in self.buttons.items() if made.isChecked()), "")

    def choose(self, key: str) -> None:
        """Choose, without telling."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)
            return
        self._group.setExclusive(False)
        for made in self.buttons.values():
            made.setChecked(False)
        self._group.setExclusive(True)


class Picker(QComboBox):
    """A list to choose one of, with an arrow in the colours of the look; its lines are a finger high."""

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(QStyledItemDelegate(self))  # the platform's own ignores the style sheet

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        size = self.height() / 8
        right, middle = self.width() - 3 * size, self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(self.foregroundRole()), max(1.5, size / 3))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        tip = QPointF(right, middle + size / 2)
        for side in (-size, size):
            painter.drawLine(tip, QPointF(right + side, middle - size / 2))
        painter.end()
