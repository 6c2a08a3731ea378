"""How widgets stand: beside or below one another, folding where a window is too narrow."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QLayoutItem, QVBoxLayout, QWidget

from pengui.widgets.look import BODY


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
