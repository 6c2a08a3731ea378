"""Which pen: a port of this computer, a URL, or the simulated pen in one click."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QSizePolicy

from penctl.protocol.enums import Flags, State
from penctl.transport import list_ports
from pengui.console import wording
from pengui.console.parts import button, label, show_text
from pengui.worker.snapshot import Phase, Snapshot

PERSON_MAX = 64
PERSON_WIDTH = 170
HINT = "port or URL, for example socket://host:port"


class PortBox(QComboBox):
    """An editable list of ports that is read anew each time it is opened."""

    def __init__(self, ports: Callable[[], list[tuple[str, str]]]) -> None:
        super().__init__()
        self._ports = ports
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumWidth(240)
        editor = self.lineEdit()
        if editor is not None:
            editor.setPlaceholderText(HINT)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        typed = self.currentText()
        self.clear()
        for name, description in self._ports():
            self.addItem(f"{name}  {description}", name)
        self.setEditText(typed)
        super().showPopup()

    def url(self) -> str:
        """The port that was chosen, or the text that was typed."""
        text = self.currentText().strip()
        place = self.findText(text)
        return str(self.itemData(place)) if place >= 0 else text


def real_ports() -> list[tuple[str, str]]:
    """The serial ports of this computer; the simulated pen has a button of its own."""
    return [(name, description) for name, description in list_ports() if "://" not in name]


class ConnectBar(QFrame):
    """Connect, disconnect, who the pen is, recording, theme."""

    connect_to = Signal(str)
    disconnect_pen = Signal()
    begin_visit = Signal(str)
    end_visit = Signal()
    record = Signal(bool)
    show_recording = Signal()
    change_theme = Signal()

    def __init__(self, simulated_url: str, link: QLabel) -> None:
        """`link` says how good the link is."""
        super().__init__()
        self.setObjectName("bar")
        self.simulated_url = simulated_url
        self._in_visit = False
        self.port = PortBox(real_ports)
        self.connect_button = button("Connect")
        self.simulate_button = button("Simulated pen", "go", "A pen in this program, with its real firmware")
        self.replay_button = button("Recording …", tip="Show a recording as if it were a pen")
        self.disconnect_button = button("Disconnect", tip="Stops the pen and closes the port")
        self.simulated = label(wording.SIMULATED, "simulated")
        self.recorded = label(wording.RECORDED, "simulated")
        self.identity = label("", "quiet")
        # A long name is cut off before it pushes STOP off the screen.
        self.identity.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.person = QLineEdit()
        self.person.setPlaceholderText("pseudonym, or empty")
        self.person.setMaxLength(PERSON_MAX)
        self.person.setFixedWidth(PERSON_WIDTH)
        self.person.setToolTip("It stays on this computer; the cartridge gets a salted hash")
        self.visit_button = button("Begin visit")
        self.record_button = button("Record")
        self.record_button.setCheckable(True)
        self.theme_button = button("Light")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(8)
        for widget in (
            self.port,
            self.connect_button,
            self.simulate_button,
            self.replay_button,
            self.disconnect_button,
            self.simulated,
            self.recorded,
        ):
            layout.addWidget(widget)
        layout.addWidget(self.identity, 1)
        layout.addWidget(link)
        layout.addWidget(self.person)
        layout.addWidget(self.visit_button)
        layout.addWidget(self.record_button)
        layout.addWidget(self.theme_button)
        self.connect_button.clicked.connect(self._connect)
        self.simulate_button.clicked.connect(lambda: self.connect_to.emit(self.simulated_url))
        self.replay_button.clicked.connect(self.show_recording)
        self.disconnect_button.clicked.connect(self.disconnect_pen)
        self.visit_button.clicked.connect(self._visit)
        self.person.returnPressed.connect(self._visit)
        self.record_button.clicked.connect(self.record)
        self.theme_button.clicked.connect(self.change_theme)

    def _connect(self) -> None:
        url = self.port.url()
        if url:
            self.connect_to.emit(url)

    def _visit(self) -> None:
        if self._in_visit:
            self.end_visit.emit()
        elif self.visit_button.isEnabled():
            self.begin_visit.emit(self.person.text())
            self.person.clear()

    def _show_visit(self, view: Snapshot) -> None:
        self._in_visit = view.open and Flags.VISIT_OPEN in view.flags
        standby = view.live and view.state is State.STANDBY and not view.busy
        safe = view.live and view.state is State.SAFE and not view.busy
        self.visit_button.setVisible(view.live)
        self.person.setVisible(view.live and not self._in_visit)
        self.visit_button.setEnabled(standby or (safe and self._in_visit))
        self.person.setEnabled(standby)
        show_text(self.visit_button, "End visit" if self._in_visit else "Begin visit")

    def show_view(self, view: Snapshot) -> None:
        """Offer to connect, or to disconnect; nothing of this while the needles move."""
        closed = view.phase is Phase.CLOSED
        for widget in (self.port, self.connect_button, self.simulate_button, self.replay_button):
            widget.setVisible(closed)
        self.disconnect_button.setVisible(not closed)
        self.disconnect_button.setEnabled(
            view.recorded or (view.phase is not Phase.OPENING and not view.moving)
        )
        show_text(self.disconnect_button, "Close recording" if view.recorded else "Disconnect")
        self._show_visit(view)
        self.simulated.setVisible(view.simulated)
        self.recorded.setVisible(view.recorded)
        self.record_button.setVisible(not view.recorded)
        self.record_button.setEnabled(view.phase is Phase.OPEN)
        self.record_button.setChecked(bool(view.recording))
        self.record_button.setToolTip(view.recording)
        who = view.identity
        text = f"Pen {who.serial_number}   Firmware {who.firmware_version}" if who and not closed else ""
        show_text(self.identity, text)
