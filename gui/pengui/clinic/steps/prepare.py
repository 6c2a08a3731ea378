"""Preparation: items to confirm, the anaesthetic, the pen and its cartridge."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from penctl.protocol.enums import Flags, State
from penctl.transport import list_ports
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import preparation
from pengui.clinic.parts import TouchCheck, button, card, column, label, row, scrolled, show_text
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.console.window import SIMULATED_URL
from pengui.worker.snapshot import Phase, Snapshot

LOT_MAX: Final = 32


class PreparePage(StepPage):
    """Left what is confirmed, right the pen."""

    TITLE = "Prepare"
    SCROLLS = False

    def build(self) -> None:
        items = preparation(self.desk.visit.mode)
        self.checks = {key: TouchCheck(words) for key, words in items.items()}
        left = QWidget()
        list_ = QVBoxLayout(left)
        list_.setContentsMargins(0, 0, 8, 0)
        list_.setSpacing(6)
        for key, check in self.checks.items():
            check.clicked.connect(lambda _=False, key=key: self._item(key))
            list_.addWidget(check)
        list_.addWidget(self._anaesthetic())
        list_.addStretch(1)
        layout = QHBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(scrolled(left), 3)
        layout.addWidget(self._pen_card(), 2)

    def _anaesthetic(self) -> QWidget:
        self.agent, self.dose = QLineEdit(), QLineEdit()
        self.agent.setPlaceholderText(self.tr("Agent, for example lidocaine 4 %"))
        self.dose.setPlaceholderText(self.tr("Dose, for example 5 g"))
        for field in (self.agent, self.dose):
            field.setMaxLength(60)
        self.applied = button(self.tr("Applied now"))
        self.without = button(self.tr("None today"))
        self.wiped = button(self.tr("Wiped off"))
        self.anaesthetic_text = label("", "quiet", wrap=True)
        self.applied.clicked.connect(self._apply)
        self.without.clicked.connect(lambda: self.note(ev.AnaestheticNone))
        self.wiped.clicked.connect(lambda: self.note(ev.AnaestheticRemoved))
        frame = card()
        frame.setLayout(
            column(
                label(self.tr("Anaesthetic"), "caption"),
                row(self.agent, self.dose),
                row(self.applied, self.without, self.wiped, None),
                self.anaesthetic_text,
                margins=12,
            )
        )
        return frame

    def _pen_card(self) -> QWidget:
        self.pen_text = label("", "", wrap=True)
        self.connect_button = button(self.tr("Connect the pen"))
        self.simulate_button = button(self.tr("Use the simulated pen"), "go")
        self.check_button = button(self.tr("Check the pen"), "go")
        self.lot = QLineEdit()
        self.lot.setMaxLength(LOT_MAX)
        self.lot.setPlaceholderText(self.tr("Lot, as on the pack"))
        self.lot.setAccessibleName(self.tr("Lot of the cartridge"))
        self.read_button = button(self.tr("Read the cartridge"), "go")
        self.cartridge_text = label("", "quiet", wrap=True)
        self.connect_button.clicked.connect(self._connect)
        self.simulate_button.clicked.connect(lambda: self.engine.ask("connect", SIMULATED_URL))
        self.check_button.clicked.connect(self._check)
        self.read_button.clicked.connect(lambda: self.engine.ask("read_cartridge", self.lot.text().strip()))
        frame = card()
        frame.setLayout(
            column(
                *(label(self.tr("Pen and cartridge"), "caption"), self.pen_text, self.simulate_button),
                *(
                    self.connect_button,
                    self.check_button,
                    self.lot,
                    self.read_button,
                    self.cartridge_text,
                    None,
                ),
                gap=10,
                margins=16,
            )
        )
        return frame

    def _item(self, key: str) -> None:
        self.note(ev.ItemPrepared, item=key)
        self.show_visit(self.engine.snapshot)

    def _apply(self) -> None:
        if not self.agent.text().strip() or not self.dose.text().strip():
            self.refusal.tell(self.tr("Name the agent and its dose, or choose that there is none."))
            return
        self.note(
            ev.AnaestheticApplied,
            agent=self.agent.text().strip(),
            dose=self.dose.text().strip(),
            applied_at=self.desk.now(),
        )

    def _connect(self) -> None:
        ports = [name for name, _ in list_ports() if "://" not in name]
        if not ports:
            self.refusal.tell(
                self.tr("No pen is seen on a port. Plug it in, or use penctl doctor to see why.")
            )
            return
        self.engine.ask("connect", ports[0])

    def _check(self) -> None:
        self.engine.ask("attend", self.desk)
        self.engine.ask("make_ready")

    def show_visit(self, view: Snapshot) -> None:
        visit = self.desk.visit
        done = {event.item for event in self.desk.noted(ev.ItemPrepared)}
        for key, check in self.checks.items():
            check.show_done(key in done)
        self._show_anaesthetic()
        self._show_pen(view)
        read = visit.cartridge
        show_text(
            self.cartridge_text,
            self.tr("Number {0}, {1}, {2} needles, lot {3}, sterile until {4}").format(
                read.cartridge_id, read.kind.lower(), read.needles, read.lot or "–", read.sterile_until
            )
            if read is not None
            else "",
        )

    def _show_anaesthetic(self) -> None:
        given = self.desk.noted(ev.AnaestheticApplied)
        removed = self.desk.noted(ev.AnaestheticRemoved)
        none = self.desk.noted(ev.AnaestheticNone)
        words = self.tr("None today.") if none else ""
        if given:
            words = self.tr("{0}, {1}, since {2}").format(
                given[-1].agent, given[-1].dose, f"{given[-1].applied_at:%H:%M}"
            )
            words += self.tr("; wiped off") if removed else self.tr("; wipe it off before the treatment")
        show_text(self.anaesthetic_text, words)
        self.wiped.setEnabled(bool(given) and not removed)
        for widget in (self.applied, self.without, self.agent, self.dose):
            widget.setEnabled(not given and not none)

    def _show_pen(self, view: Snapshot) -> None:
        closed = view.phase is Phase.CLOSED
        simulated = self.desk.visit.begun.simulated
        self.simulate_button.setVisible(closed and simulated)
        self.connect_button.setVisible(closed and not simulated)
        ready = view.open and Flags.VISIT_OPEN in view.flags and self.engine.treating is not None
        self.check_button.setVisible(view.open and not ready)
        self.check_button.setEnabled(not view.busy and view.state is State.STANDBY)
        for widget in (self.lot, self.read_button):
            widget.setVisible(ready and self.desk.visit.cartridge is None)
        self.read_button.setEnabled(not view.busy)
        show_text(self.pen_text, self._pen_words(view, ready=ready))

    def _pen_words(self, view: Snapshot, *, ready: bool) -> str:
        if view.phase is Phase.CLOSED:
            return self.tr("No pen is connected.")
        if view.phase is Phase.OPENING or not view.open:
            return self.tr("The pen is identified and its limits are read.")
        if view.busy == "make_ready":
            if (
                view.status is not None
                and view.status.mode.name != self.desk.visit.mode
                and self._referenced(view)
            ):
                return self.tr("Press the button at the pen for {0}.").format(self.desk.visit.mode)
            return self.tr("The pen checks itself; the needles stay inside.")
        who = view.identity.serial_number if view.identity else ""
        if ready:
            return self.tr("Pen {0} is checked, and its visit is open.").format(who)
        return self.tr("Pen {0} is connected. Next: check it.").format(who)

    @staticmethod
    def _referenced(view: Snapshot) -> bool:
        return Flags.REFERENCED in view.flags and Flags.SELF_TEST_PASSED in view.flags

    def next_act(self, view: Snapshot) -> NextAct:
        return NextAct("", False, self.missing())
