"""Why the treatment ends here: one line, asked after the pen was stopped."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit

from pengui.clinic.parts import button, row

REASON_MAX = 200


class ReasonBar(QFrame):
    """Hidden until it is asked. What was typed stays when the end is refused; cancelled, it goes."""

    ended = Signal(str, bool)
    """The reason, "" for none, and whether the patient is unwell."""
    left = Signal(str, bool)
    """The visit is left without its end, which nothing can keep; as `ended`."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._unwell = False
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_MAX)
        self.confirm = button(self.tr("End the treatment"), "go")
        self.cancel = button(self.tr("Go on with the visit"))
        self.leave = button(self.tr("Put the pen away and leave"))
        self.leave.hide()
        line = row(self.reason, self.confirm, self.leave, self.cancel)
        line.setContentsMargins(10, 6, 10, 6)
        self.setLayout(line)
        self.confirm.clicked.connect(self._end)
        self.reason.returnPressed.connect(self._end)
        self.cancel.clicked.connect(self.forget)
        self.leave.clicked.connect(lambda: self.left.emit(self.reason.text().strip(), self._unwell))
        self.hide()

    def ask(self, *, unwell: bool, known: str = "") -> None:
        """Ask for the reason; one that is `known` stands there already, and can be changed."""
        self._unwell = unwell
        words = self.tr("What happened? The pen is stopped.") if unwell else self.tr("Why does it end here?")
        self.reason.setPlaceholderText(words)
        self.reason.setAccessibleName(words)
        self.leave.hide()
        if not self.reason.text().strip():
            self.reason.setText(known[:REASON_MAX])
        self.show()
        self.reason.setFocus()

    def offer_leave(self) -> None:
        """The end could not be kept: try again, or leave."""
        self.leave.show()
        self.show()

    def fill(self, reason: str) -> None:
        """A reason that was given before stands there when it is asked for."""
        self.reason.setText(reason)

    def forget(self) -> None:
        """It ended, or it does not."""
        self.hide()
        self.leave.hide()
        self.reason.clear()

    def _end(self) -> None:
        reason = self.reason.text().strip()
        if reason:
            self.hide()
        self.ended.emit(reason, self._unwell)
