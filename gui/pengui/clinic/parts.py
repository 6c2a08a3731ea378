"""Building blocks of the screens: a choice of one, a refusal in its place, a page that scrolls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from penctl.errors import PenError
from pengui.console.parts import button, card, label, scale_layouts, show_role, show_text
from pengui.widgets.look import Look

__all__ = [
    "Choice",
    "Refusal",
    "TouchCheck",
    "button",
    "card",
    "column",
    "label",
    "list_style",
    "row",
    "scale_layouts",
    "scrolled",
    "show_role",
    "show_text",
]


def column(*widgets: QWidget | QLayout | None, gap: int = 8, margins: int = 0) -> QVBoxLayout:
    """Widgets below one another; None is a stretch."""
    layout = QVBoxLayout()
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(gap)
    _fill(layout, widgets)
    return layout


def row(*widgets: QWidget | QLayout | None, gap: int = 8) -> QHBoxLayout:
    """Widgets beside one another; None is a stretch."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    _fill(layout, widgets)
    return layout


def _fill(layout: QVBoxLayout | QHBoxLayout, widgets: tuple[QWidget | QLayout | None, ...]) -> None:
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        elif isinstance(widget, QLayout):
            layout.addLayout(widget)
        else:
            layout.addWidget(widget)


def scrolled(content: QWidget) -> QScrollArea:
    """A page that scrolls upright only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area


def list_style(look: Look, scale: float) -> str:
    """Lists whose lines a gloved finger finds."""
    return (
        f"QListWidget {{ background: {look.card}; border: 1px solid {look.line}; border-radius: 8px; }}"
        f"QListWidget::item {{ padding: {round(12 * scale)}px; border-bottom: 1px solid {look.line}; }}"
        f"QListWidget::item:selected {{ background: {look.accent_soft}; color: {look.text}; }}"
    )


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
        text = "" if error is None else str(error)
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


class TouchCheck(QPushButton):
    """A line to confirm, as high as a gloved finger needs; a tick and the word say that it is done."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("role", "row")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._text = text[:1].upper() + text[1:]
        self.setAccessibleName(self._text)
        self.show_done(False)

    def show_done(self, done: bool) -> None:
        """Show whether it was confirmed; what was confirmed is not taken back."""
        self.setChecked(done)
        self.setEnabled(not done)
        show_text(self, f"{'✓' if done else '○'}   {self._text}")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), 57))
