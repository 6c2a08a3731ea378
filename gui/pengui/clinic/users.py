"""The users of the records: who may sign in, as what; for an admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from penctl.errors import PenError
from pengui.clinic.noting import field, one_of
from pengui.clinic.parts import (
    Folding,
    Refusal,
    button,
    card,
    column,
    label,
    list_style,
    row,
    scrolled,
    show_text,
)
from pengui.said import said
from pengui.widgets.look import Look

if TYPE_CHECKING:
    from penctl.records import Desk

ROLES: Final = {
    "ASSISTANT": "Assistant: prepares and notes visits",
    "CLINICIAN": "Clinician: treats and signs",
    "ADMIN": "Admin: users, rules, erasure; treats nobody",
    "AUDITOR": "Auditor: reads pseudonyms only",
}


class NewPassword(QWidget):
    """A password, typed twice."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.first, self.again = _secret(name), _secret(self.tr("The same again"))
        self.setLayout(row(self.first, self.again))

    def clear(self) -> None:
        """Forget it."""
        self.first.clear()
        self.again.clear()

    def value(self) -> str:
        """The password. Raises PenError: the two differ."""
        if self.first.text() != self.again.text():
            raise PenError(
                self.tr("{0}: the two differ").format(self._name), remedy=self.tr("Type it twice, the same")
            )
        return self.first.text()

    def take(self) -> str:
        """The password, once: it is forgotten whether it is taken or refused. Raises PenError."""
        try:
            return self.value()
        finally:
            self.clear()


class Users(QWidget):
    """Left who there is, right a new user and what can be done with the one that is chosen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.refusal = Refusal()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Users"))
        self.name = field(self.tr("Name"), self.tr("Name to sign in with"), 40)
        self.role = one_of({key: self.tr(words) for key, words in ROLES.items()}, self.tr("Role"))
        self.password, self.other = (NewPassword(self.tr("Password")) for _ in range(2))
        self.add_button = button(self.tr("Add the user"), "go")
        self.password_button = button(self.tr("Set this password"))
        self.active_button = button("")
        self.chosen_name = label("", "title")
        new, chosen = card(), card()
        new.setLayout(
            column(
                *(label(self.tr("New user"), "title"), self.name, self.role, self.password),
                row(None, self.add_button),
                gap=10,
                margins=16,
            )
        )
        chosen.setLayout(
            column(
                *(self.chosen_name, self.other, row(self.active_button, None, self.password_button)),
                gap=10,
                margins=16,
            )
        )
        right = QWidget()
        right.setLayout(column(new, chosen, None, gap=12))
        inside = Folding((self.list, 2), (right, 5), gap=20, below=820)
        inside.box.setContentsMargins(16, 12, 16, 12)
        told = row(self.refusal)
        told.setContentsMargins(16, 0, 16, 8)
        self.setLayout(column(scrolled(inside), told, gap=0))  # below: no field moves away under a finger
        self.list.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.add_button.clicked.connect(self.add)
        self.password_button.clicked.connect(self.set_password)
        self.active_button.clicked.connect(self.switch)
        self.fill(desk.user.name)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self.setStyleSheet(list_style(look, scale))

    @property
    def chosen(self) -> str:
        """The name of the user that is chosen."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def fill(self, choose: str) -> None:
        """The users, with this one chosen."""
        self.list.clear()
        for user in self._desk.store.users():
            state = said(user.role.name.lower()) if user.active else self.tr("may not sign in")
            item = QListWidgetItem(f"{user.name}\n{state}")
            item.setData(Qt.ItemDataRole.UserRole, user.name)
            self.list.addItem(item)
            if user.name == choose:
                self.list.setCurrentItem(item)

    def _active(self) -> bool:
        return any(user.active for user in self._desk.store.users() if user.name == self.chosen)

    def _show_chosen(self) -> None:
        show_text(self.chosen_name, self.chosen)
        words = self.tr("May no longer sign in") if self._active() else self.tr("May sign in again")
        show_text(self.active_button, words)

    def add(self) -> None:
        """A new user, or why not."""
        name = self.name.text().strip()
        if self.refusal.tried(lambda: self._add(name)):
            self.name.clear()
            self.fill(name)

    def _add(self, name: str) -> None:
        from penctl.records import Role

        self._desk.add_user(name, self.password.take(), Role[self.role.currentData()])

    def set_password(self) -> None:
        """Another password for the one that is chosen; it ends a wait after wrong tries, too."""
        if self.refusal.tried(lambda: self._desk.set_password(self.chosen, self.other.take())):
            show_text(self.chosen_name, self.tr("{0}: the new password is set").format(self.chosen))

    def switch(self) -> None:
        """May sign in, or no longer."""
        if self.refusal.tried(lambda: self._desk.change_user(self.chosen, active=not self._active())):
            self.fill(self.chosen)


def _secret(name: str) -> QLineEdit:
    made = field(name, name, 200)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made
