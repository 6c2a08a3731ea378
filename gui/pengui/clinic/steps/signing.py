"""Findings that a clinician signs, each with a reason in words; hard ones nobody signs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from penctl.treatment.findings import Finding, Signature, TreatmentRefused, Weight
from pengui.clinic.parts import Refusal, button, card, column, label, row
from pengui.said import said

REASON_MAX = 200


class FindingList(QWidget):
    """What the rules found, with a reason and a signature for each soft finding."""

    def __init__(self, by: str, changed: Callable[[], None], *, may_sign: bool) -> None:
        super().__init__()
        self._by, self._changed, self._may_sign = by, changed, may_sign
        self._shown: tuple[Finding, ...] = ()
        self.signatures: list[Signature] = []
        self.reasons: dict[tuple[str, str], QLineEdit] = {}
        self.refusal = Refusal()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)

    def show_findings(self, findings: Iterable[Finding]) -> None:
        """Show what was found; what is the same as before stays as it is, with what was typed."""
        new = tuple(findings)
        if new == self._shown:
            return
        self._shown = new
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.refusal = Refusal()
        self._layout.addWidget(self.refusal)
        self.reasons = {}
        for finding in new:
            self._layout.addWidget(self._card(finding))
        self.setVisible(bool(new))

    def _card(self, finding: Finding) -> QWidget:
        frame = card()
        weights = {
            Weight.HARD: self.tr("STOP – nobody lifts this"),
            Weight.SOFT: self.tr("CAUTION – needs a clinician's signed reason"),
            Weight.NOTE: self.tr("NOTE"),
        }
        limit = f" ({said(finding.limit)})" if finding.limit else ""
        layout = column(
            label(weights[finding.weight], "caption"),
            label(said(finding.what), "missing", wrap=True),
            label(f"{said(finding.value)}{limit}. {said(finding.remedy)}", "quiet", wrap=True),
            gap=4,
            margins=12,
        )
        frame.setLayout(layout)
        if finding.weight is Weight.SOFT and self._may_sign:
            field = QLineEdit()
            field.setMaxLength(REASON_MAX)
            field.setPlaceholderText(self.tr("Why this is right for this patient"))
            field.setAccessibleName(self.tr("Reason for {0}").format(finding.rule_id))
            sign = button(self.tr("Sign"))
            sign.clicked.connect(
                lambda _=False, finding=finding, field=field: self._sign(finding, field.text())
            )
            field.returnPressed.connect(
                lambda finding=finding, field=field: self._sign(finding, field.text())
            )
            layout.addLayout(row(field, sign))
            self.reasons[finding.rule_id, finding.zone] = field
        return frame

    def _sign(self, finding: Finding, reason: str) -> None:
        try:
            signature = Signature(finding.rule_id, self._by, reason.strip(), finding.zone)
        except TreatmentRefused as error:
            self.refusal.tell(error)
            return
        self.signatures.append(signature)
        self._changed()

    def forget(self) -> None:
        """What was asked has changed: nothing of it is signed any more."""
        self.signatures = []
