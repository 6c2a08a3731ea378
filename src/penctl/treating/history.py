"""What earlier visits have done: punctures for the course, depths for the titration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from penctl.treatment.course import Punctured, Tool
from penctl.treatment.dose import depth_that_counts
from penctl.treatment.plan import FormerDepth, Plan
from penctl.treatment.visit import Visit


def punctured_of(visit: Visit) -> tuple[Punctured, ...]:
    """Zones that a visit has punctured: when first, and at which depth."""
    plan = visit.plan
    if plan is None:
        return ()
    return tuple(
        Punctured(zone, at, _depth_um(visit, plan, zone), Tool.PEN, visit.begun.visit_id)
        for zone, at in visit.first_punctures.items()
    )


def _depth_um(visit: Visit, plan: Plan, zone: str) -> int:
    return depth_that_counts(plan.zone(zone).depth_um, visit.dose(zone).deepest_um)


def former_of(visits: Iterable[Visit]) -> FormerDepth:
    """The set depth of each zone at the last visit that punctured it."""
    last: dict[str, tuple[datetime, int]] = {}
    for visit in visits:
        for zone, at in visit.first_punctures.items():
            if visit.plan is not None and (zone not in last or last[zone][0] < at):
                last[zone] = (at, visit.plan.zone(zone).depth_um)
    return FormerDepth({zone: depth_um for zone, (_, depth_um) in last.items()})
