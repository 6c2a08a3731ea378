"""A cartridge is read with the lot that stands on its pack: the line for it, and the button."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QLineEdit, QWidget

from pengui.clinic.parts import Refusal, button, column
from pengui.clinic.steps.next_act import NextAct
from pengui.clinic.visit_desk import VisitDesk
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot

LOT_MAX: Final = 32


class LotReader(QWidget):
    """`other` says whether the pen has another cartridge in it than the one that the visit has noted."""

    def __init__(self, desk: VisitDesk, engine: Engine, refusal: Refusal) -> None:
        super().__init__()
        self._desk, self._engine, self._refusal = desk, engine, refusal
        self.lot = QLineEdit()
        self.lot.setMaxLength(LOT_MAX)
        self.lot.setPlaceholderText(self.tr("Lot, as on the pack"))
        self.lot.setAccessibleName(self.tr("Lot of the cartridge"))
        self.read_button = button(self.tr("Read the cartridge"), "go")
        self.setLayout(column(self.lot, self.read_button, gap=10))
        self.read_button.clicked.connect(self._read)
        self.hide()  # shown by `next_act` only: a visit that is replayed has none

    def other(self, view: Snapshot) -> int:
        """Number of another cartridge in the pen; 0 when it is the noted one, or none is seen."""
        noted, seen = self._desk.visit.cartridge, view.cartridge
        if noted is None or seen is None or seen.cartridge_id == noted.cartridge_id:
            return 0
        return seen.cartridge_id

    def next_act(self, view: Snapshot) -> NextAct | None:
        """What is next when another cartridge is in the pen; None when it is the noted one."""
        number = 0 if view.recorded else self.other(view)
        self.setVisible(bool(number))
        if not number:
            return None
        self.read_button.setEnabled(not view.busy and not view.moving)
        words = self.tr(
            "Cartridge {0} is in the pen, and was not read. Type the lot on its pack and read it."
        )
        return NextAct("", False, words.format(number))

    def _read(self) -> None:
        """Without its lot a cartridge cannot be traced: it is asked for, as the anaesthetic is."""
        lot = self.lot.text().strip()
        if not lot and self._desk.visit.mode != "HOME":
            self._refusal.tell(
                self.tr(
                    "The lot of the cartridge is missing. Type it as on the pack, or why it cannot be read."
                )
            )
            self.lot.setFocus()
            return
        self._refusal.tell(None)
        self._engine.ask("read_cartridge", lot)
