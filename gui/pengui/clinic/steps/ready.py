"""READY: the last look before the pen is armed for the first time in this visit."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from penctl.protocol.enums import State
from pengui.clinic.parts import card, column, label, show_text
from pengui.clinic.steps.lot_reader import LotReader
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.steps.pen_link import PenLink
from pengui.clinic.treat_flow import TreatFlow
from pengui.said import said
from pengui.worker.snapshot import Snapshot


class ReadyPage(StepPage):
    """What will be done first, and one act: make the pen ready."""

    TITLE = "Ready"
    LEAD = "Arming moves the depth stage; the needles stay inside until the switch at the pen is held."

    def build(self) -> None:
        self.flow, self.link = TreatFlow(self.engine, self.desk), PenLink(self.engine, self.desk)
        self.what, self.how = label("", "heading", wrap=True), label("", "title", wrap=True)
        self.pen = label("", "", wrap=True)
        frame = card()
        frame.setLayout(column(label(self.tr("First"), "caption"), self.what, self.how, gap=6, margins=20))
        other = card()
        self.reader = LotReader(self.desk, self.engine, self.refusal)
        other.setLayout(column(label(self.tr("Pen"), "caption"), self.pen, self.reader, gap=6, margins=20))
        layout = QVBoxLayout(self.content)
        layout.addWidget(frame)
        layout.addWidget(other)
        layout.addStretch(1)

    def show_visit(self, view: Snapshot) -> None:
        target = self.flow.target()
        if target is None:
            return
        depth_um, rate_mhz = self.flow.settings(target.zone)
        show_text(self.what, said(self.desk.visit.knowledge.scalp.zone(target.zone).name))
        show_text(
            self.how,
            f"{depth_um / 1000:g} mm, {rate_mhz / 1000:g} Hz, "
            f"{said(target.direction.replace('_', ' ').lower())}",
        )
        show_text(self.pen, self._pen_words(view))

    def _pen_words(self, view: Snapshot) -> str:
        due = self.link.next_act(view)
        if due is not None:
            return due.prompt
        return self.tr("{0} mode, checked, at rest with its needles inside.").format(
            said(self.desk.visit.mode)
        )

    def next_act(self, view: Snapshot) -> NextAct:
        due = self.link.next_act(view)
        if due is not None:
            return due
        if (another := self.reader.next_act(view)) is not None:
            return another
        usable = view.state is State.STANDBY and not view.busy
        return NextAct(self.tr("Make ready"), usable, self.missing())

    def act(self) -> None:
        target = self.flow.target()
        if self.link.next_act(self.engine.snapshot) is not None:
            self.refusal.tell(self.link.act())
        elif target is not None:
            self.engine.ask("begin_pass", target.zone, target.direction, *self.flow.settings(target.zone))
