"""The patient's after-care sheet of the visit in hand: its lines for the screen, and the PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from penctl.exchange.advice import NO_NEEDLING, PRECAUTION, ends_in_words, load_advice
from penctl.optional import needs
from penctl.treatment.combinations import minoxidil_from
from pengui.clinic.visit_desk import VisitDesk
from pengui.dates import clock, weekday
from pengui.said import said

ORDER: Final = ("AVOID", "DO", "EXPECT", "CALL", "URGENT")


def aftercare_lines(desk: VisitDesk) -> list[str]:
    """What the sheet says, line by line; without a puncture there is nothing to look after."""
    visit = desk.visit
    if visit.last_puncture is None:
        return [said("No needle was in the skin: there is nothing to look after, and no sheet.")]
    last = visit.last_puncture.astimezone(desk.now().tzinfo)
    free = minoxidil_from(last, visit.knowledge.rules, visit.mode)
    lines = [said("No minoxidil before {0}, {1}.").format(weekday(free), clock(free))]
    for one in sorted(load_advice(), key=lambda one: ORDER.index(one.group)):
        if one.group == "AVOID":
            lines.append(said("Until {0}: no {1}.").format(ends_in_words(one, last), said(one.marked)))
        elif one.group in ("DO", "EXPECT"):
            lines.append(said(one.marked))
        else:
            urgent = one.group == "URGENT"
            words = said("Call an ambulance at once when {0}.") if urgent else said("Call when {0}.")
            lines.append(words.format(said(one.marked)))
    return [*lines, said(NO_NEEDLING[:1].upper() + NO_NEEDLING[1:] + "."), said(PRECAUTION)]


def ask_where(parent: QWidget, name: str) -> str:
    """Where the sheet goes, as the user chooses; "" for nowhere."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return QFileDialog.getSaveFileName(parent, "", str(Path(folder) / name), "PDF (*.pdf)")[0]


def write_sheet(desk: VisitDesk, path: Path) -> None:
    """Write the sheet as it stands now.

    Raises:
        ExchangeError: no needle was in the skin, or the file cannot be written. PackageMissing.
    """
    from penctl.exchange.facts import Letterhead, Person
    from penctl.exchange.gather import visit_facts
    from penctl.exchange.whole_file import write_whole

    with needs("exchange"):
        from penctl.exchange.aftercare import aftercare_pdf

        zone = desk.now().tzinfo
        assert zone is not None  # noqa: S101 - the desk's time has its zone
        pseudonym = desk.visit.begun.person
        person = Person(pseudonym, desk.person if desk.person != pseudonym else "")
        facts = visit_facts(desk.visit, person, Letterhead(), zone)
        write_whole(path, aftercare_pdf(facts), replace=True)
