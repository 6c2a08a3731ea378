"""A visit in lines: zones with passes, dose and depth; cartridge; trips; notes."""

from __future__ import annotations

from typing import TypeGuard

from PySide6.QtCore import QCoreApplication

from penctl.treatment import visit_events as ev
from penctl.treatment.visit import Visit
from pengui.said import said


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("visit_words", text)


def visit_lines(visit: Visit) -> list[str]:
    """What was done in a visit."""
    lines = []
    if visit.ended_early:
        lines.append(tr("Ended early: {0}").format(visit.ended_early))
    for planned in visit.plan.zones if visit.plan else ():
        zone, dose = visit.knowledge.scalp.zone(planned.zone), visit.dose(planned.zone)
        text = tr("{0}: {1} of {2} passes").format(
            said(zone.name), len(visit.passes_done(planned.zone)), len(planned.passes)
        )
        if dose.punctures(1):
            text += tr(", {0:.0f} punctures/cm² (zone mean), deepest {1:g} mm").format(
                visit.density(planned.zone), round(dose.deepest_um / 1000, 2)
            )
        lines.append(text)
    if visit.cartridge is not None:
        read = visit.cartridge
        lines.append(tr("Cartridge {0}, lot {1}").format(read.cartridge_id, read.lot or "–"))
    for event in visit.events:
        if isinstance(event, ev.TripNoted):
            lines.append(tr("Trip {0}: {1}").format(event.interlock, said(event.text)))
        elif _told_alarm(event):
            lines.append(tr("Alarm {0}: {1}").format(said(event.priority), said(event.text)))
        elif isinstance(event, ev.Noted):
            lines.append(tr("Note: {0}").format(event.text))
        elif isinstance(event, ev.AdverseEventNoted):
            kind = said(event.kind.value.lower().replace("_", " "))
            lines.append(tr("Adverse event: {0}, severity {1}").format(kind, event.severity))
    return lines or [tr("Nothing was treated.")]


def _told_alarm(event: ev.VisitEvent) -> TypeGuard[ev.AlarmNoted]:
    """An alarm that began and is told; a trip is told as one already, and of LOW the record is enough."""
    return (
        isinstance(event, ev.AlarmNoted)
        and event.what == "began"
        and event.priority != "LOW"
        and not event.code.startswith("IL-")
    )
