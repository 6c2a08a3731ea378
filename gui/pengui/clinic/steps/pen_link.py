"""From no pen to one that is checked and works in this visit: one act at a time, on any page."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from penctl.protocol.enums import Flags, State
from penctl.transport import list_ports
from pengui.clinic.steps.next_act import NextAct
from pengui.clinic.visit_desk import VisitDesk
from pengui.console.window import SIMULATED_URL
from pengui.said import said
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Phase, Snapshot


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("PenLink", text)


class PenLink:
    """Says what is next for the pen, and does it."""

    def __init__(self, engine: Engine, desk: VisitDesk) -> None:
        self._engine, self._desk = engine, desk

    def attends(self, view: Snapshot) -> bool:
        """The pen works in this visit, and has it open."""
        treating = self._engine.treating
        return (
            view.open
            and treating is not None
            and treating.visit is self._desk.visit
            and Flags.VISIT_OPEN in view.flags
        )

    def next_act(self, view: Snapshot) -> NextAct | None:
        """What is next for the pen; None when it is ready for this visit."""
        if view.phase is Phase.CLOSED:
            words = tr("Use the simulated pen") if self._desk.visit.begun.simulated else tr("Connect the pen")
            return NextAct(words, True, tr("No pen is connected."))
        if view.phase is Phase.LOST:
            return NextAct("", False, tr("The link to the pen is lost. The banner says what to do."))
        if view.busy == "make_ready":
            return NextAct("", False, self._checking(view))
        if view.phase is Phase.OPENING or not view.open:
            return NextAct("", False, tr("The pen is being asked who it is and which limits it holds."))
        if view.state is State.SAFE:
            return NextAct("", False, tr("An interlock has stopped the pen. The banner says what to do."))
        if self.attends(view):
            return None
        usable = not view.busy and view.state is State.STANDBY
        return NextAct(tr("Check the pen"), usable, tr("The pen is connected. Next: check it."))

    def _checking(self, view: Snapshot) -> str:
        checked = Flags.SELF_TEST_PASSED in view.flags and Flags.REFERENCED in view.flags
        if checked and view.status is not None and view.status.mode.name != self._desk.visit.mode:
            return tr("Press the button at the pen for {0}.").format(said(self._desk.visit.mode))
        return tr("The pen checks itself; the needles stay inside.")

    def act(self) -> str:
        """Do what is next; a sentence when nothing can be done."""
        if self._engine.snapshot.phase is not Phase.CLOSED:
            self._engine.ask("attend", self._desk)
            self._engine.ask("make_ready")
            return ""
        if self._desk.visit.begun.simulated:
            self._engine.ask("connect", SIMULATED_URL)
            return ""
        ports = [name for name, _ in list_ports() if "://" not in name]
        if not ports:
            return tr("No pen is seen on a port. Plug it in; penctl doctor says why one is not seen.")
        self._engine.ask("connect", ports[0])
        return ""
