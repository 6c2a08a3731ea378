"""A visit that was cut off: what the pen may have done since the last line of the journal."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.visit_steps import Step
from penctl.visit import ID_SIZE

if TYPE_CHECKING:
    from penctl.treating.ports import VisitJournal, VisitPen
    from penctl.treatment.visit import Visit

Add = Callable[..., None]
"""Notes an event: its kind, then its fields by name; time and who noted it are added."""
NOTE_PERIOD_S: Final = 1.0
"""The dose of a running pass goes to the journal so often: a kill loses no more of it."""
STOPPED_AFTER_S: Final = 0.5
"""A pen whose host is gone comes to rest in this time: 250 ms without heartbeats, then a stop."""


def pen_visit_id(visit_id: str) -> str:
    """The 16 hexadecimal digits by which the pen knows a visit, whatever the clinic calls it."""
    with contextlib.suppress(ValueError):
        if len(visit_id) == 2 * ID_SIZE:
            return bytes.fromhex(visit_id).hex()
    return hashlib.sha256(visit_id.encode()).hexdigest()[: 2 * ID_SIZE]


def unseen_strokes(visit: Visit) -> int:
    """Most strokes that a pass which was cut off can have made since its last line in the journal."""
    begun = visit.open_pass
    if begun is None or visit.plan is None:
        return 0
    return round(visit.plan.zone(begun.zone).rate_mhz / 1000 * (NOTE_PERIOD_S + STOPPED_AFTER_S))


def _strokes(visit: Visit, since: ev.CartridgeRead) -> int:
    """Strokes that the journal has counted since a cartridge was read first in this visit."""
    counted, begun = 0, False
    for event in visit.events:
        begun = begun or event == since
        if begun and isinstance(event, ev.DoseCounted):
            counted += event.dose.strokes + event.dose.strokes_air + event.dose.strokes_unseen
    return counted


def take_up(journal: VisitJournal, pen: VisitPen, add: Add) -> Dose:
    """Note what the cartridge has counted and the journal has not, and end the pass that was under way.

    The cartridge of the visit must be fitted. Strokes that nobody saw count as in contact; another cartridge
    tells nothing, and then the most that can have happened counts.
    """
    begun, known = journal.visit.open_pass, journal.visit.cartridge
    lost = Dose()
    if begun is not None:
        read = pen.cartridge()
        strokes = unseen_strokes(journal.visit)
        if known is not None and read.cartridge_id == known.cartridge_id:
            strokes = max(0, read.strokes - known.strokes - _strokes(journal.visit, known))
        lost = Dose(strokes_unseen=strokes)
        end_pass(add, begun.zone, lost)
    if journal.visit.step is Step.TREAT:
        add(ev.Disarmed, reason="the program was cut off")
    return lost


def end_pass(add: Add, zone: str, lost: Dose) -> None:
    """Break a pass off, with the dose that nobody saw."""
    if lost.strokes_unseen:
        add(ev.DoseCounted, zone=zone, dose=lost)
    add(ev.PassEnded, zone=zone, done=False)


def end_cut_off(journal: VisitJournal, add: Add, reason: str, *, unwell: bool = False) -> None:
    """End a visit that was cut off, without its pen: what was done until then stays.

    Nobody has asked the pen what it did after the last line of the journal, so the most that it can have done
    counts.
    """
    begun = journal.visit.open_pass
    if begun is not None:
        end_pass(add, begun.zone, Dose(strokes_unseen=unseen_strokes(journal.visit)))
    if journal.visit.step is Step.TREAT:
        add(ev.Disarmed, reason="the program was cut off")
    if journal.visit.step is not Step.SIGN:
        add(ev.Unwell if unwell else ev.EndedEarly, reason=reason)
