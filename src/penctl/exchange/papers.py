"""Report and after-care sheet beside the recording of `penctl run`, without a database."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from penctl.exchange.facts import Letterhead, PenFacts, Person
from penctl.exchange.gather import visit_facts
from penctl.exchange.whole_file import write_whole

if TYPE_CHECKING:
    from penctl.treatment.visit import Visit

REPORT: Final = "visit-report.pdf"
SHEET: Final = "after-care.pdf"


def write_papers(
    folder: Path, visit: Visit, letterhead: Letterhead, time_zone: tzinfo, pen: PenFacts
) -> dict[str, str]:
    """Write both, by pseudonym; a visit that was taken up again gets new ones. No sheet without a puncture.

    Returns:
        What was written: its name for people -> path.

    Raises:
        ExchangeError: it cannot be written, or reportlab is missing.
    """
    from penctl.exchange.aftercare import aftercare_pdf
    from penctl.exchange.report import report_pdf

    facts = visit_facts(visit, Person(visit.begun.person), letterhead, time_zone, pen)
    written = {"report": folder / REPORT}
    write_whole(written["report"], report_pdf(facts), replace=True)
    if facts.treated:
        written["after-care"] = folder / SHEET
        write_whole(written["after-care"], aftercare_pdf(facts), replace=True)
    return {name: str(path) for name, path in written.items()}
