"""Leaving a zone out, or breaking it off: with a reason, in one line, at rest only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from pengui.clinic.parts import button, column, row

REASON_MAX = 200


class LeaveOut(QWidget):
    """A button that unfolds into a line for the reason; `leave` gets the reason."""

    def __init__(self, leave: Callable[[str], None]) -> None:
        super().__init__()
        self._leave = leave
        self.ask = button(self.tr("Leave out"), tip=self.tr("Go on without this zone, or what is left of it"))
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_MAX)
        self.reason.setPlaceholderText(self.tr("Why is it left out?"))
        self.reason.setAccessibleName(self.tr("Why the zone is left out"))
        self.confirm = button(self.tr("Leave out"))
        self.cancel = button(self.tr("Keep"))
        self.setLayout(column(self.ask, self.reason, row(self.confirm, self.cancel, gap=2), gap=4))
        self.ask.clicked.connect(lambda: self.unfold(True))
        self.cancel.clicked.connect(lambda: self.unfold(False))
        self.confirm.clicked.connect(self._confirmed)
        self.reason.returnPressed.connect(self._confirmed)
        self.unfold(False)

    def unfold(self, shown: bool) -> None:
        """Show the line for the reason, or the button alone."""
        self.ask.setVisible(not shown)
        for widget in (self.reason, self.confirm, self.cancel):
            widget.setVisible(shown)
        if shown:
            self.reason.setFocus()

    def _confirmed(self) -> None:
        reason = self.reason.text().strip()
        self._leave(reason)
        if reason:
            self.reason.clear()
            self.unfold(False)
