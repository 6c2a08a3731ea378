"""Preparation: items to confirm, the anaesthetic, the pen and its cartridge."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import ANAESTHETIC, ANAESTHETIC_REMOVED, Step, preparation
from pengui.clinic.parts import Folding, button, card, column, label, row, show_text
from pengui.clinic.steps.lot_reader import LotReader
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.steps.pen_link import PenLink
from pengui.clinic.touch_check import CheckLine, TakeBack, show_checks
from pengui.dates import clock
from pengui.said import said
from pengui.worker.snapshot import Snapshot


class PreparePage(StepPage):
    """Left what is confirmed, right the pen."""

    TITLE = "Prepare"

    def build(self) -> None:
        items = preparation(self.desk.visit.mode)
        lines = {key: CheckLine(said(words)) for key, words in items.items()}
        self.checks = {key: line.check for key, line in lines.items()}
        self.backs = {key: line.back for key, line in lines.items() if line.back is not None}
        left = QWidget()
        list_ = QVBoxLayout(left)
        list_.setContentsMargins(0, 0, 0, 0)
        list_.setSpacing(8)
        if self.desk.visit.mode == "HOME":
            hygiene = self.tr(
                "70 % alcohol is for home needles and the handpiece, before and after each use. A sterile "
                "cartridge is never disinfected: it is used once and thrown away. At home the needles stand "
                "out {0} mm at most."
            ).format(f"{self.desk.visit.knowledge.rules['depth_max_um', 'HOME'].value / 1000:g}")
            list_.addWidget(label(hygiene, "quiet", wrap=True))
        for key, line in lines.items():
            line.check.clicked.connect(lambda _=False, key=key: self._item(key))
            list_.addWidget(line)
        for key, back in self.backs.items():
            back.clicked.connect(lambda _=False, key=key: self._take_back(key))
        list_.addWidget(self._anaesthetic())
        list_.addStretch(1)
        self.content.setLayout(
            column(Folding((left, 3), (column(self._pen_card(), None), 2), gap=16, below=820))
        )

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
        self.numbing_back = TakeBack(self.tr("Anaesthetic"))
        self.numbing_back.clicked.connect(self._take_anaesthetic_back)
        frame = card()
        frame.setLayout(
            column(
                label(self.tr("Anaesthetic"), "caption"),
                row(self.agent, self.dose),
                row(self.applied, self.without, self.wiped, None, self.numbing_back),
                self.anaesthetic_text,
                margins=12,
            )
        )
        return frame

    def _pen_card(self) -> QWidget:
        self.pen_text = label("", "", wrap=True)
        self.link = PenLink(self.engine, self.desk)
        self.pen_button = button("", "go")
        self.reader = LotReader(self.desk, self.engine, self.refusal)
        self.lot, self.read_button = self.reader.lot, self.reader.read_button
        self.cartridge_text = label("", "quiet", wrap=True)
        self.pen_button.clicked.connect(self._link_act)
        frame = card()
        frame.setLayout(
            column(
                *(label(self.tr("Pen and cartridge"), "caption"), self.pen_text, self.pen_button),
                *(self.reader, self.cartridge_text, None),
                gap=10,
                margins=16,
            )
        )
        return frame

    def _item(self, key: str) -> None:
        self.note(ev.ItemPrepared, item=key)
        self.show_visit(self.engine.snapshot)

    def _take_back(self, item: str) -> None:
        self.note(ev.TakenBack, item=item)
        self.show_visit(self.engine.snapshot)

    def _take_anaesthetic_back(self) -> None:
        """The last of it: that it was wiped off, or else the whole of it."""
        wiped = ANAESTHETIC_REMOVED in self.desk.visit.confirmed(Step.PREPARE)
        self._take_back(ANAESTHETIC_REMOVED if wiped else ANAESTHETIC)

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

    def _link_act(self) -> None:
        self.refusal.tell(self.link.act())

    def show_visit(self, view: Snapshot) -> None:
        visit = self.desk.visit
        show_checks(self.checks, visit.confirmed(Step.PREPARE), self.backs)
        self._show_anaesthetic()
        self._show_pen(view)
        read = visit.cartridge
        told = ""
        if read is not None:
            told = self.tr("Number {0}, {1}, {2} needles, lot {3}, sterile until {4}.").format(
                read.cartridge_id, said(read.kind.lower()), read.needles, read.lot or "–", read.sterile_until
            )
        show_text(self.cartridge_text, told + self._uses())

    def _uses(self) -> str:
        """At home a cartridge is used again: how often, and when a new one is advised."""
        visit, read = self.desk.visit, self.desk.visit.cartridge
        if read is None or not visit.knowledge.rules.has("cartridge_warning_count", visit.mode):
            return ""
        rules = visit.knowledge.rules
        last, warn = (
            rules[key, visit.mode].value for key in ("cartridge_visits_count", "cartridge_warning_count")
        )
        words = self.tr(" Use {0} of {1}.").format(read.uses + 1, last)
        if read.uses + 1 >= warn:
            words += self.tr(" Dull needles hurt more: fit a new cartridge soon.")
        return words

    def _show_anaesthetic(self) -> None:
        given, confirmed = self.desk.visit.anaesthetic, self.desk.visit.confirmed(Step.PREPARE)
        removed = ANAESTHETIC_REMOVED in confirmed
        words = self.tr("None today.") if given is not None else ""
        applied = isinstance(given, ev.AnaestheticApplied)
        if isinstance(given, ev.AnaestheticApplied):
            words = self.tr("{0}, {1}, since {2}").format(given.agent, given.dose, clock(given.applied_at))
            words += self.tr("; wiped off") if removed else self.tr("; wipe it off before the treatment")
        show_text(self.anaesthetic_text, words)
        self.wiped.setEnabled(applied and not removed)
        for widget in (self.applied, self.without, self.agent, self.dose):
            widget.setEnabled(given is None)
        self.numbing_back.setVisible(given is not None)  # last: the keyboard does not come to stand on it

    def _show_pen(self, view: Snapshot) -> None:
        due = self.link.next_act(view)
        who = view.identity.serial_number if view.identity else ""
        checked = self.tr("Pen {0} is checked, and works in this visit.").format(who)
        show_text(self.pen_text, checked if due is None else due.prompt)
        self.pen_button.setVisible(due is not None and bool(due.words))
        if due is not None:
            show_text(self.pen_button, due.words)
            self.pen_button.setEnabled(due.usable)
        wanted = self.desk.visit.cartridge is None or self.reader.other(view)
        self.reader.setVisible(due is None and bool(wanted))
        self.read_button.setEnabled(not view.busy)

    def next_act(self, view: Snapshot) -> NextAct:
        return NextAct("", False, self.missing())
