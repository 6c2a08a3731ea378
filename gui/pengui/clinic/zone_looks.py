"""From course, plan and visit to what the scalp map shows of each zone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from penctl.treatment import visit_events as ev
from penctl.treatment.course import Due
from penctl.treatment.plan import Plan
from penctl.treatment.visit import Knowledge, Visit
from pengui.dates import near_day
from pengui.said import said
from pengui.widgets.scalp_marks import Mark, ZoneLook

MARKS: Final = {
    Due.LOCKED: Mark.LOCKED,
    Due.TOO_EARLY: Mark.TOO_EARLY,
    Due.DUE: Mark.DUE,
    Due.OVERDUE: Mark.DUE,
    Due.NEVER: Mark.NONE,
}


def course_looks(known: Knowledge, now: datetime, visit_id: str = "") -> dict[str, ZoneLook]:
    """Each zone by its course: due, locked until, not due yet, when it was treated last."""
    looks = {}
    for zone, state in known.course.states(now, visit_id).items():
        detail = ""
        if state.due is Due.LOCKED and state.locked_until is not None:
            detail = said("until {0}").format(near_day(state.locked_until))
        elif state.due is Due.TOO_EARLY and state.due_on is not None:
            detail = said("from {0}").format(near_day(state.due_on))
        elif state.last is not None:
            detail = said("last {0}").format(near_day(known.course.day_of(state.last.at)))
        looks[zone] = ZoneLook(said(known.scalp.zone(zone).name), MARKS[state.due], detail)
    return looks


def plan_looks(known: Knowledge, plan: Plan | None, now: datetime, visit_id: str = "") -> dict[str, ZoneLook]:
    """The course, with the zones of a plan over it."""
    looks = course_looks(known, now, visit_id)
    for one in plan.zones if plan else ():
        looks[one.zone] = ZoneLook(
            said(known.scalp.zone(one.zone).name),
            Mark.PLANNED,
            f"{one.depth_um / 1000:g} mm",
            passes=tuple(direction.value for direction in one.passes),
        )
    return looks


def density_part(
    visit: Visit, zone: str, target_per_cm2: float, density_per_cm2: float | None = None
) -> float:
    """How much of the planned density a zone has; `density_per_cm2` when somebody has counted further."""
    if target_per_cm2 <= 0:
        return 0.0
    part = (visit.density(zone) if density_per_cm2 is None else density_per_cm2) / target_per_cm2
    return round(part * 50) / 50  # in steps of 2 %, so that the map is not drawn anew for each stroke


def visit_looks(
    visit: Visit,
    now: datetime,
    *,
    zone_now: str = "",
    direction_now: str = "",
    density_per_cm2: float | None = None,
) -> dict[str, ZoneLook]:
    """The zones in a visit: planned, in progress with their density and passes, done, left out."""
    looks = plan_looks(visit.knowledge, visit.plan, now, visit.begun.visit_id)
    ended = {event.zone: event.done for event in visit.events if isinstance(event, ev.ZoneEnded)}
    for one in visit.plan.zones if visit.plan else ():
        part = density_part(
            visit, one.zone, one.density_per_cm2, density_per_cm2 if one.zone == zone_now else None
        )
        mark = Mark.PLANNED
        if one.zone in ended:
            mark = Mark.DONE if ended[one.zone] else Mark.LEFT_OUT
        elif one.zone == zone_now:
            mark = Mark.IN_PROGRESS
        looks[one.zone] = ZoneLook(
            said(visit.knowledge.scalp.zone(one.zone).name),
            mark,
            f"{part * 100:.0f} %" if part else f"{one.depth_um / 1000:g} mm",
            part,
            tuple(direction.value for direction in one.passes),
            visit.passes_done(one.zone),
            direction_now if one.zone == zone_now else "",
        )
    return looks
