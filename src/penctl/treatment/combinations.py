"""Therapies beside the needling, as timed notes of what was said to be used.

The software never claims that a drug was delivered: it notes what a person told, and when it may be used
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from penctl.treatment.findings import Finding, TreatmentRefused, Weight
from penctl.treatment.rules import Rules


class Therapy(Enum):
    """What is used beside the needling."""

    MINOXIDIL = "MINOXIDIL"
    PRP = "PRP"
    TRIAMCINOLONE = "TRIAMCINOLONE"
    FINASTERIDE = "FINASTERIDE"
    DUTASTERIDE = "DUTASTERIDE"


PROFESSIONAL = frozenset({Therapy.PRP, Therapy.TRIAMCINOLONE})
"""Used by a professional in the visit, never at home."""
ORAL = frozenset({Therapy.FINASTERIDE, Therapy.DUTASTERIDE})


@dataclass(frozen=True)
class TherapyNote:
    """That somebody said a therapy was used at a time; never that it was delivered."""

    therapy: Therapy
    at: datetime
    said_by: str
    text: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None or not self.said_by.strip():
            raise TreatmentRefused(
                "A note of a therapy needs a time with its zone and who said it",
                f"{self.at}, {self.said_by or 'nobody'}",
                None,
                "Complete the note",
            )


def minoxidil_from(last_puncture: datetime, rules: Rules, mode: str) -> datetime:
    """From when minoxidil may be used again: the next full minute, so that no clock shows it too early."""
    free = last_puncture + timedelta(hours=rules["minoxidil_hold_hours", mode].value)
    whole = free.replace(second=0, microsecond=0)
    return whole if whole == free else whole + timedelta(minutes=1)


def check_note(
    note: TherapyNote, rules: Rules, mode: str, last_puncture: datetime | None
) -> tuple[Finding, ...]:
    """What is to be told about a note: a hold that it breaks, a therapy that is no home's."""
    findings = []
    if note.therapy is Therapy.MINOXIDIL and last_puncture is not None:
        rule = rules["minoxidil_hold_hours", mode]
        free = minoxidil_from(last_puncture, rules, mode)
        if last_puncture <= note.at < free:
            hours = (note.at - last_puncture).total_seconds() / 3600
            findings.append(
                rule.finding("Minoxidil within the hold", f"{hours:.1f} h after the last puncture")
            )
    if mode == "HOME" and note.therapy in PROFESSIONAL:
        findings.append(
            Finding(
                "R-PRO",
                Weight.HARD,
                "This therapy belongs in a professional's visit",
                note.therapy.value.lower(),
                "not at home",
                "Leave it to a clinician",
            )
        )
    return tuple(findings)
