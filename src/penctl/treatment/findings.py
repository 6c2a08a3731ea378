"""What a check of the treatment rules finds: which rule, the value, the limit, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from penctl.errors import PenError


class Weight(Enum):
    """How much a finding weighs."""

    HARD = "hard"
    """Refused; nobody can lift it."""
    SOFT = "soft"
    """Refused until a clinician signs a reason."""
    NOTE = "note"
    """Told; holds nobody."""


@dataclass(frozen=True)
class Finding:
    """One rule that does not hold, with the value and the limit in words a person reads."""

    rule_id: str
    weight: Weight
    what: str
    value: str
    limit: str
    remedy: str
    zone: str = ""

    @property
    def text(self) -> str:
        """One or two sentences."""
        limit = f" ({self.limit})" if self.limit else ""
        return f"{self.what.rstrip('.')}: {self.value}{limit}. {self.way_out}".rstrip(". ") + "."

    @property
    def way_out(self) -> str:
        """The remedy, and for what a signature lifts the number that the signed reason has to name."""
        if self.weight is not Weight.SOFT:
            return self.remedy
        if "sign a reason" in self.remedy:
            return self.remedy.replace("sign a reason", f"sign a reason for {self.rule_id}")
        return f"{self.remedy.rstrip('. ')}. Or let a clinician sign a reason for {self.rule_id}"


@dataclass(frozen=True)
class Signature:
    """A clinician's signed reason for going past a SOFT rule, in one zone or in all ("")."""

    rule_id: str
    user_id: str
    reason: str
    zone: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.user_id.strip():
            raise TreatmentRefused(
                "A signature needs a person and a reason",
                self.reason or "nothing",
                "a reason in words",
                "Write why this is right for this patient",
            )

    def covers(self, finding: Finding) -> bool:
        """Whether it lifts this finding; it never lifts a HARD one."""
        same = self.rule_id == finding.rule_id and self.zone in ("", finding.zone)
        return finding.weight is Weight.SOFT and same


class TreatmentRefused(PenError):
    """A treatment rule refuses; nothing was changed. `findings` says which rules, if rules they were."""

    WHAT = "The treatment rules refuse this"
    REMEDY = "Change what is refused; penctl rules lists the rules with their sources"

    def __init__(
        self,
        what: str = "",
        value: object = None,
        limit: object = None,
        remedy: str = "",
        findings: tuple[Finding, ...] = (),
    ) -> None:
        super().__init__(what, value, limit, remedy)
        self.findings = findings


def open_findings(findings: Iterable[Finding], signatures: Iterable[Signature]) -> tuple[Finding, ...]:
    """Findings that still hold the treatment back: every HARD one, and each SOFT one without a signature."""
    signed = tuple(signatures)
    return tuple(
        finding
        for finding in findings
        if finding.weight is not Weight.NOTE and not any(signature.covers(finding) for signature in signed)
    )


def refuse_open(findings: Iterable[Finding], signatures: Iterable[Signature] = ()) -> None:
    """Raise TreatmentRefused when a finding holds the treatment back; what nobody can lift is told first."""
    held = tuple(sorted(open_findings(findings, signatures), key=lambda one: one.weight is Weight.SOFT))
    if held:
        first = held[0]
        more = f"; {len(held) - 1} more finding{'s' * (len(held) > 2)}" if len(held) > 1 else ""
        limit = f"{first.limit}{more}" if first.limit else more.removeprefix("; ")
        raise TreatmentRefused(first.what.rstrip("."), first.value, limit or None, first.way_out, held)
