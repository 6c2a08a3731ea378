"""Sign-in: name and password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from penctl.errors import PenError
from pengui.clinic.parts import Refusal, button, card, centred, column, label
from pengui.said import said
from pengui.widgets.look import Look

if TYPE_CHECKING:
    from penctl.records import Store

FORM_WIDTH: Final = 420


class SignIn(QWidget):
    """Name and password; a refusal says what to do."""

    signed_in = Signal(object)

    def __init__(self, store: Store, hint: str = "") -> None:
        super().__init__()
        self._store = store
        self.name, self.password = QLineEdit(), QLineEdit()
        self.name.setPlaceholderText(self.tr("Name"))
        self.password.setPlaceholderText(self.tr("Password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        for field in (self.name, self.password):
            field.setAccessibleName(field.placeholderText())
        self.refusal = Refusal()
        self.enter = button(self.tr("Sign in"), "go")
        self.frame = card()
        lines = [label(self.tr("Sign in"), "heading"), self.refusal, self.name, self.password, self.enter]
        if hint:
            lines.append(label(said(hint), "small", wrap=True))
        self.frame.setLayout(column(*lines, gap=12, margins=28))
        self.setLayout(column(centred(self.frame)))
        self.enter.clicked.connect(self.sign_in)
        self.password.returnPressed.connect(self.sign_in)
        self.name.returnPressed.connect(self.password.setFocus)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self.frame.setFixedWidth(round(FORM_WIDTH * scale))

    def fill(self, name: str, password: str) -> None:
        """Fill in the user of the invented clinic: one click then signs in."""
        self.name.setText(name)
        self.password.setText(password)
        self.enter.setFocus()

    def sign_in(self) -> None:
        """Try it; the password is forgotten either way."""
        password, name = self.password.text(), self.name.text().strip()
        if not name or not password:  # Enter that is held must not use up the tries
            (self.password if name else self.name).setFocus()
            return
        self.password.clear()
        try:
            desk = self._store.sign_in(name, password)
        except PenError as error:
            self.refusal.tell(error)
            return
        self.refusal.tell(None)
        self.signed_in.emit(desk)
