"""The first screen: practise in one click, open the clinic's records, or the engineer's console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMainWindow, QWidget

from pengui.clinic.new_records import NewRecords, Wanted
from pengui.clinic.parts import (
    Refusal,
    button,
    card,
    centred,
    column,
    label,
    press_focused,
    row,
    scale_layouts,
)
from pengui.widgets.look import DARK, Look, on_screen, palette_of, scale_of, style_sheet

CARD_WIDTH: Final = 620


class Start(QMainWindow):
    """Offers three ways; each is told once, and the window closes when it worked.

    Args:
        practise: opens the invented clinic.
        open_records: opens records by path and passphrase. Raises PenError.
        console: opens the engineer's console.
        make: makes new records and opens them; None where they are not offered. Raises PenError.
    """

    def __init__(
        self,
        practise: Callable[[], object],
        open_records: Callable[[str, str], object],
        console: Callable[[], object],
        look: Look = DARK,
        *,
        make: Callable[[Wanted], object] | None = None,
        closed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._practise, self._open, self._console, self._closed = practise, open_records, console, closed
        self._look, self._gone = look, False
        self.setWindowTitle("penctl")
        self.refusal = Refusal()
        self.practise_button = button(self.tr("Practise with the simulated pen"), "go")
        self.path, self.passphrase = QLineEdit(), QLineEdit()
        self.path.setPlaceholderText(self.tr("File of the records, or postgresql://…"))
        self.passphrase.setPlaceholderText(self.tr("Passphrase; empty takes the key ring's"))
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.path.setAccessibleName(self.tr("Records"))
        self.passphrase.setAccessibleName(self.tr("Passphrase"))
        self.choose_button = button("…")
        self.choose_button.setAccessibleName(self.tr("Choose the file"))
        self.open_button = button(self.tr("Open the records"))
        self.console_button = button(self.tr("Engineer's console"), "plain")
        self.new_button = button(self.tr("Make new records"), "plain")
        self._makes = make is not None
        self.new = NewRecords(make or (lambda _: None))
        self._lay_out()
        self.practise_button.clicked.connect(self._begin_practice)
        self.open_button.clicked.connect(self._open_records)
        self.passphrase.returnPressed.connect(self._open_records)
        self.choose_button.clicked.connect(self._choose)
        self.console_button.clicked.connect(lambda: self._leave_for(self._console))
        self.new_button.clicked.connect(lambda: self._ask_new(asked=True))
        self.new.cancelled.connect(lambda: self._ask_new(asked=False))
        self.new.made.connect(self._leave)
        self._ask_new(asked=False)
        self.resize(1280, 800)
        self.practise_button.setFocus()

    def _lay_out(self) -> None:
        first, second = card(), card()
        first.setLayout(
            column(
                label(self.tr("Practise"), "title"),
                label(
                    self.tr(
                        "A clinic of invented patients and a simulated pen with its real firmware. "
                        "Everything in it is marked SIMULATED and kept apart."
                    ),
                    "quiet",
                    wrap=True,
                ),
                self.practise_button,
                gap=12,
                margins=24,
            )
        )
        second.setLayout(
            column(
                label(self.tr("The clinic's records"), "title"),
                row(self.path, self.choose_button),
                self.passphrase,
                self.open_button,
                gap=12,
                margins=24,
            )
        )
        ground, self.body = QWidget(), QWidget()
        ground.setObjectName("ground")
        self.body.setLayout(
            column(
                *(label("penctl", "heading"), self.refusal, first, second, self.new),
                row(self.new_button, None, self.console_button),
                gap=16,
            )
        )
        self._ways = (first, second, self.console_button)
        ground.setLayout(column(centred(self.body)))
        self.setCentralWidget(ground)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not press_focused(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        scale = scale_of(self.width(), self.height())
        look = on_screen(self._look, self.screen())
        self.setPalette(palette_of(look))
        self.setStyleSheet(style_sheet(look, scale))
        scale_layouts(self, scale)
        self.body.setFixedWidth(round(CARD_WIDTH * scale))

    def _ask_new(self, *, asked: bool) -> None:
        """New records are asked for in place of everything else."""
        ways = (*self._ways, self.new_button) if self._makes else self._ways
        self.new_button.setVisible(self._makes and not asked)
        for shown in (False, True):  # what goes goes first: both together would make the window grow
            for widget, wanted in ((self.new, asked), *((way, not asked) for way in ways)):
                if wanted is shown:
                    widget.setVisible(shown)
        self.refusal.tell(None)
        if asked:
            self.new.path.setFocus()

    def _begin_practice(self) -> None:
        self.practise_button.setEnabled(False)
        self.practise_button.setText(self.tr("Inventing the clinic …"))
        self.practise_button.repaint()
        if not self._leave_for(self._practise):
            self.practise_button.setEnabled(True)
            self.practise_button.setText(self.tr("Practise with the simulated pen"))

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Records"))
        if name:
            self.path.setText(name)

    def _open_records(self) -> None:
        if not self.path.text().strip():
            self.refusal.tell(self.tr("Which records? Choose their file, or type the address of the server."))
            return
        passphrase = self.passphrase.text()
        self.passphrase.clear()
        self._leave_for(lambda: self._open(self.path.text().strip(), passphrase))

    def _leave_for(self, act: Callable[[], object]) -> bool:
        if not self.refusal.tried(act):
            return False
        self._leave()
        return True

    def _leave(self) -> None:
        self._gone = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._gone and self._closed is not None:
            self._closed()
        super().closeEvent(event)


def records_at(where: str) -> str | Path:
    """A path, or the URL of a server as it stands."""
    return where if "://" in where else Path(where)
