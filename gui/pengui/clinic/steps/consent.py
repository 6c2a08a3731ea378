"""The consent: read with the patient, and signed."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QVBoxLayout

from penctl.treatment import visit_events as ev
from pengui.clinic.parts import card, column, label
from pengui.clinic.steps.page import NextAct, StepPage
from pengui.clinic.touch_check import TouchCheck, show_checks
from pengui.worker.snapshot import Snapshot

CONSENT_FORM: Final = "consent-microneedling-scalp 1"
CONSENT_TEXT: Final = (
    "A motorised pen makes many fine punctures in my scalp. It is done for hair loss; results differ, are "
    "seen after 8 to 12 weeks at the earliest, and no success is promised.",
    "Redness and a feeling of tightness are usual and go within days. Bruising, irritation, oozing, swelling "
    "and pain may occur; infection, scarring and darker marks are rare.",
    "I have told of my illnesses, my medicines, allergies and treatments elsewhere, and I tell at once when "
    "I feel unwell. I may stop at any time.",
)
"""A text to begin with; a clinic brings its own."""


class ConsentPage(StepPage):
    """The consent is read with the patient and signed."""

    TITLE = "Consent"

    def build(self) -> None:
        layout = QVBoxLayout(self.content)
        frame = card()
        lines = [label(self.tr(text), wrap=True) for text in CONSENT_TEXT]
        frame.setLayout(column(label(CONSENT_FORM, "caption"), *lines, gap=12, margins=16))
        if self.desk.visit.mode == "HOME":
            read = self.tr("I have read this, and my questions are answered")
            signed = self.tr("I have signed the form")
        else:
            read = self.tr("I have read this with the patient, and questions are answered")
            signed = self.tr("The patient has signed the form")
        self.read, self.signed = TouchCheck(read), TouchCheck(signed)
        for widget in (frame, self.read, self.signed):
            layout.addWidget(widget)
        layout.addStretch(1)
        self._checks, self._done = {"read": self.read, "signed": self.signed}, set[str]()
        for key, check in self._checks.items():
            check.clicked.connect(lambda _=False, key=key: self._confirm(key))

    def _confirm(self, key: str) -> None:
        self._done.add(key)
        show_checks(self._checks, self._done)

    def show_visit(self, view: Snapshot) -> None:
        show_checks(self._checks, self._checks if self.desk.noted(ev.Consented) else self._done)

    def next_act(self, view: Snapshot) -> NextAct:
        ready = self.read.isChecked() and self.signed.isChecked()
        return NextAct(self.tr("Note the consent"), ready, "" if ready else self.missing())

    def act(self) -> None:
        self.note(ev.Consented, form=CONSENT_FORM)
