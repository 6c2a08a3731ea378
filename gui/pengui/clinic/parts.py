"""Building blocks of the screens: a choice of one, a refusal in its place, a page that scrolls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontInfo, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from penctl.errors import PenError
from pengui.console.parts import button, card, label, scale_layouts, show_role, show_text
from pengui.said import told
from pengui.widgets.look import BODY, Look

__all__ = [
    "Choice",
    "Folding",
    "OneLine",
    "Picker",
    "Refusal",
    "TouchCheck",
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
    "show_checks",
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


class Folding(QWidget):
    """Widgets beside one another; below one another where the window is too narrow for that.

    Args:
        parts: each with its share of the room; None is a stretch.
        below: folds below this width, in px at 1280 × 800; below the least widths of the parts always.
        upside: folded, the last part stands on top.
    """

    refolded = Signal(bool)
    """The parts stand below one another now, or no longer."""

    def __init__(
        self, *parts: tuple[QWidget | QLayout | None, int], gap: int = 8, below: int = 0, upside: bool = False
    ) -> None:
        super().__init__()
        self.box = FoldingLayout(self, below, upside=upside)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(gap)
        for part, share in parts:
            if part is None:
                self.box.addStretch(share)
            elif isinstance(part, QLayout):
                self.box.addLayout(part, share)
            else:
                self.box.addWidget(part, share)

    @property
    def folded(self) -> bool:
        """Whether the parts stand below one another."""
        return self.box.direction() is not QBoxLayout.Direction.LeftToRight


class FoldingLayout(QBoxLayout):
    """Chooses its direction by its width, and says how high it is in either."""

    def __init__(self, owner: Folding, below: int, *, upside: bool) -> None:
        super().__init__(QBoxLayout.Direction.LeftToRight, owner)
        self._owner, self._below = owner, below
        self._down = QBoxLayout.Direction.BottomToTop if upside else QBoxLayout.Direction.TopToBottom

    def _items(self) -> list[tuple[QLayoutItem, int]]:
        """What is shown, with its share."""
        found = [(self.itemAt(place), self.stretch(place)) for place in range(self.count())]
        return [(item, share) for item, share in found if item is not None and not item.isEmpty()]

    def _gaps(self) -> int:
        return max(0, len(self._items()) - 1) * max(0, self.spacing())

    def _sides(self) -> int:
        margins = self.contentsMargins()
        return margins.left() + margins.right()

    def folds(self, width: int) -> bool:
        """Whether the parts stand below one another in this width."""
        across = sum(item.minimumSize().width() for item, _ in self._items()) + self._gaps() + self._sides()
        return width < max(across, self._below * QFontInfo(self._owner.font()).pixelSize() / BODY)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        wanted = self._down if self.folds(rect.width()) else QBoxLayout.Direction.LeftToRight
        if wanted is not self.direction():
            self.setDirection(wanted)
            self._owner.refolded.emit(self._owner.folded)
        super().setGeometry(rect)

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        least, margins = [item.minimumSize() for item, _ in self._items()], self.contentsMargins()
        width = max((size.width() for size in least), default=0)
        height = max((size.height() for size in least), default=0)
        return QSize(width + self._sides(), height + margins.top() + margins.bottom())

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def minimumHeightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return self.heightForWidth(width)

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Of the way that the parts stand in this width, which need not be the one they stand in now."""
        items, folds, margins = self._items(), self.folds(width), self.contentsMargins()
        inner = width - self._sides()
        shares = sum(share for _, share in items) or 1
        fixed = self._gaps() + sum(item.sizeHint().width() for item, share in items if not share)
        heights = []
        for item, share in items:
            beside = (inner - fixed) * share // shares if share else item.sizeHint().width()
            least = item.minimumSize()
            room = max(inner if folds else beside, least.width())
            tall = item.heightForWidth(room) if item.hasHeightForWidth() else 0
            heights.append(max(tall, least.height()))
        total = sum(heights) + self._gaps() if folds else max(heights, default=0)
        return total + margins.top() + margins.bottom()


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


def show_checks(checks: Mapping[str, TouchCheck], done: Collection[str]) -> None:
    """Show which lines are confirmed, and which one is due: the first that is not."""
    due = next((key for key in checks if key not in done), None)
    for key, check in checks.items():
        check.show_done(key in done, due=key == due)


class Picker(QComboBox):
    """A list to choose one of, with an arrow in the colours of the look."""

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


class TouchCheck(QPushButton):
    """A line to confirm, as high as a gloved finger needs; a tick and the word say that it is done."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("role", "row")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        words = text[:1].upper() + text[1:]
        self.setAccessibleName(words)
        self._mark, self._words = label("○"), label(words, wrap=True)
        inner = row(self._mark, self._words, gap=12)
        inner.setContentsMargins(16, 6, 16, 6)
        inner.setStretch(1, 1)
        self.setLayout(inner)
        for part in (self._mark, self._words):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_done(False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self._inner_size()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self._inner_size()

    def _inner_size(self) -> QSize:
        """As the words need it, which may take two lines."""
        inner = self.layout()
        return inner.minimumSize() if inner is not None else QSize()

    def show_done(self, done: bool, *, due: bool = False) -> None:
        """Show whether it was confirmed, which is not taken back, or is the one that is due next."""
        show_role(self, "row-next" if due and not done else "row")
        self.setChecked(done)
        self.setEnabled(not done)
        show_text(self._mark, "✓" if done else "○")
