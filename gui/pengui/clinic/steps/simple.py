"""Steps that are a few things to confirm: time-out, disposal, after-care, signature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from penctl.errors import PenError
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step, time_out
from pengui.clinic.parts import button, card, column, label, row, show_text
from pengui.clinic.steps.adverse import AdverseLine
from pengui.clinic.steps.aftercare_sheet import aftercare_lines, ask_where, write_sheet
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.touch_check import CheckLine, show_checks
from pengui.clinic.visit_words import visit_lines
from pengui.said import said
from pengui.worker.snapshot import Snapshot


class ChecksPage(StepPage):
    """Lines to confirm one by one."""

    TAKES_BACK = False
    """Whether a line may be taken back until the step is left."""

    def items(self) -> Mapping[str, str]:
        """Key and words of each line."""
        return {}

    def is_done(self, key: str) -> bool:
        """Whether it was confirmed."""
        return False

    def confirm(self, key: str) -> None:
        """It is confirmed."""

    def build(self) -> None:
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(8)
        lines = {key: CheckLine(words, takes_back=self.TAKES_BACK) for key, words in self.items().items()}
        self.checks = {key: line.check for key, line in lines.items()}
        self.backs = {key: line.back for key, line in lines.items() if line.back is not None}
        for key, line in lines.items():
            line.check.clicked.connect(lambda _=False, key=key: self._clicked(key))
            layout.addWidget(line)
        for key, back in self.backs.items():
            back.clicked.connect(lambda _=False, key=key: self._take_back(key))
        self.more = QVBoxLayout()
        layout.addLayout(self.more)
        layout.addStretch(1)

    def _clicked(self, key: str) -> None:
        self.confirm(key)
        self.show_visit(self.engine.snapshot)

    def _take_back(self, key: str) -> None:
        self.note(ev.TakenBack, item=key)
        self.show_visit(self.engine.snapshot)

    def show_visit(self, view: Snapshot) -> None:
        show_checks(self.checks, {key for key in self.checks if self.is_done(key)}, self.backs)

    def next_act(self, view: Snapshot) -> NextAct:
        return NextAct("", False, self.missing())


class TimeOutPage(ChecksPage):
    """The surgical pause: each sentence is said aloud."""

    TITLE = "Time-out"
    LEAD = "Everybody pauses. Each line is said aloud and agreed before the pen is made ready."
    TAKES_BACK = True

    def items(self) -> Mapping[str, str]:
        return {key: self._words(key, text) for key, text in time_out(self.desk.visit.mode).items()}

    def _words(self, key: str, text: str) -> str:
        visit = self.desk.visit
        plan = visit.plan
        text = said(text)
        if key == "PERSON":
            return f"{text}: {self.desk.person}"
        if plan is None:
            return text
        if key == "ZONES":
            return f"{text}: " + "; ".join(
                said(visit.knowledge.scalp.zone(one.zone).name) for one in plan.zones
            )
        if key == "SETTINGS":
            return f"{text}: " + "; ".join(
                self.tr("{0} {1} mm at {2} Hz").format(
                    said(visit.knowledge.scalp.zone(one.zone).name),
                    f"{one.depth_um / 1000:g}",
                    f"{one.rate_mhz / 1000:g}",
                )
                for one in plan.zones
            )
        return text

    def is_done(self, key: str) -> bool:
        return key in self.desk.visit.confirmed(Step.TIME_OUT)

    def confirm(self, key: str) -> None:
        self.note(ev.TimeOutSaid, item=key)


class DisposePage(ChecksPage):
    """Needles are counted, the cartridge goes to the sharps."""

    TITLE = "Dispose"

    def items(self) -> Mapping[str, str]:
        found = {"INTACT": self.tr("the needles are counted, all are there and none is bent")}
        if self.desk.visit.mode != "HOME":
            found["SHARPS"] = self.tr("the cartridge is in the sharps container")
        return found

    def build(self) -> None:
        super().build()
        self.broken = button(self.tr("A needle is missing or broken"))
        self.broken.clicked.connect(self._broken)
        self.more.addWidget(self.broken, 0, Qt.AlignmentFlag.AlignLeft)

    def is_done(self, key: str) -> bool:
        return bool(self.desk.noted(ev.NeedlesChecked if key == "INTACT" else ev.CartridgeDisposed))

    def confirm(self, key: str) -> None:
        if key == "INTACT":
            self.note(ev.NeedlesChecked, intact=True)
        else:
            self.note(ev.CartridgeDisposed)

    def _broken(self) -> None:
        if self.note(ev.AdverseEventNoted, kind=ev.AdverseKind.NEEDLE_BROKEN, severity=2):
            self.note(ev.NeedlesChecked, intact=False)


class AfterCarePage(ChecksPage):
    """What the patient does and leaves in the next days: the words of the sheet, and the sheet itself."""

    TITLE = "After-care"

    def items(self) -> Mapping[str, str]:
        return {"GIVEN": self.tr("the after-care sheet is handed out and explained")}

    def build(self) -> None:
        super().build()
        self.text = label("", "", wrap=True)
        self.sheet = button(self.tr("The sheet as a PDF …"))
        self.sheet.clicked.connect(self._write)
        frame = card()
        frame.setLayout(
            column(label(self.tr("For the patient"), "caption"), self.text, self.sheet, margins=16)
        )
        self.more.addWidget(frame)

    def show_visit(self, view: Snapshot) -> None:
        super().show_visit(view)
        show_text(self.text, "\n".join(f"–  {line}" for line in aftercare_lines(self.desk)))

    def is_done(self, key: str) -> bool:
        return bool(self.desk.noted(ev.AfterCareGiven))

    def confirm(self, key: str) -> None:
        self.note(ev.AfterCareGiven)

    def _write(self) -> None:
        path = ask_where(self, f"after-care-{self.desk.visit.begun.visit_id}.pdf")
        if not path:
            return
        try:
            write_sheet(self.desk, Path(path))
        except PenError as error:
            self.refusal.tell(error)
            return
        self.refusal.tell(None)
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))


class SignPage(StepPage):
    """What was done, and the signature that closes the visit."""

    TITLE = "Sign"

    def build(self) -> None:
        self.summary = label("", "", wrap=True)
        self.note_field = QLineEdit()
        self.note_field.setPlaceholderText(self.tr("A note, if there is one"))
        self.note_field.setMaxLength(400)
        add = button(self.tr("Add the note"))
        add.clicked.connect(self._add)
        frame = card()
        frame.setLayout(column(self.summary, margins=16))
        layout = QVBoxLayout(self.content)
        layout.addWidget(frame)
        self.adverse = AdverseLine(self.note)
        layout.addWidget(self.adverse)
        layout.addLayout(row(self.note_field, add))
        layout.addStretch(1)

    def _add(self) -> None:
        if self.note_field.text().strip() and self.note(ev.Noted, text=self.note_field.text().strip()):
            self.note_field.clear()

    def show_visit(self, view: Snapshot) -> None:
        show_text(self.summary, "\n".join(visit_lines(self.desk.visit)))

    def next_act(self, view: Snapshot) -> NextAct:
        here = self.desk.visit.step is Step.SIGN
        words = self.tr("Signs: {0}").format(self.desk.by) if here else self.missing()
        return NextAct(self.tr("Sign and close the visit"), here, words)

    def act(self) -> None:
        """Sign; what was typed and not noted yet is noted first, or asked for."""
        if self.adverse.begun:
            self.refusal.tell(
                self.tr(
                    "An adverse event is begun and not noted. Say how bad it was and note it, or clear it."
                )
            )
            return
        typed = self.note_field.text().strip()
        if typed and not self.note(ev.Noted, text=typed):
            return
        self.note_field.clear()
        self.note(ev.Signed)
