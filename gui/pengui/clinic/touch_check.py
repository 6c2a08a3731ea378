"""Lines to confirm one by one with a gloved finger, and to take back where the step allows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from pengui.clinic.layouts import row
from pengui.console.parts import label, show_role, show_text


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
        """Show whether it was confirmed, or is the one that is due next."""
        show_role(self, "row-next" if due and not done else "row")
        self.setChecked(done)
        self.setEnabled(not done)
        show_text(self._mark, "✓" if done else "○")


class TakeBack(QPushButton):
    """Takes back what was confirmed. Its room is kept: the line beside it never moves."""

    def __init__(self, what: str) -> None:
        super().__init__(self.tr("Take back"))
        self.setProperty("role", "small")
        self.setAutoDefault(False)
        self.setAccessibleName(self.tr("Take back: {0}").format(what))
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)
        self.hide()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The second click of a double click was meant for what stood there before."""
        event.accept()


class CheckLine(QWidget):
    """A line to confirm, and beside it the way to take it back where there is one."""

    def __init__(self, text: str, *, takes_back: bool = True) -> None:
        super().__init__()
        self.check = TouchCheck(text)
        self.back = TakeBack(self.check.accessibleName()) if takes_back else None
        inside = row(self.check, gap=10)
        inside.setStretch(0, 1)
        if self.back is not None:
            inside.addWidget(self.back)
        self.setLayout(inside)


def show_checks(
    checks: Mapping[str, TouchCheck], done: Collection[str], backs: Mapping[str, TakeBack] | None = None
) -> None:
    """Show which lines are confirmed, and which one is due: the first that is not."""
    due = next((key for key in checks if key not in done), None)
    for key, check in checks.items():
        check.show_done(key in done, due=key == due)
    for key, back in (backs or {}).items():
        back.setVisible(key in done)
