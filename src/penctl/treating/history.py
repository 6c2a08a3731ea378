"""What earlier visits have done: punctures for the course, depths for the titration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from penctl.treatment.course import Punctured, Tool
from penctl.treatment.plan import FormerDepth
from penctl.treatment.visit import Visit


def punctured_of(visit: Visit) -> tuple[Punctured, ...]:
    """Zones that a visit has punctured: when first, and at which set depth."""
    plan = visit.plan
    if plan is None:
        return ()
    return tuple(
        Punctured(zone, at, plan.zone(zone).depth_um, Tool.PEN, visit.begun.visit_id)
        for zone, at in visit.first_punctures.items()
    )


def former_of(visits: Iterable[Visit]) -> FormerDepth:
    """The set depth of each zone at the last visit that punctured it."""
    last: dict[str, tuple[datetime, int]] = {}
    for visit in visits:
        for one in punctured_of(visit):
            if one.depth_um is not None and (one.zone not in last or last[one.zone][0] < one.at):
                last[one.zone] = (one.at, one.depth_um)
    return FormerDepth({zone: depth_um for zone, (_, depth_um) in last.items()})
