"""What a visit has done, as plain values and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from penctl import words
from penctl.treating.history import punctured_of
from penctl.treatment.combinations import minoxidil_from
from penctl.treatment.course import Course
from penctl.treatment.findings import Weight
from penctl.treatment.plan import check_plan, indication_note
from penctl.treatment.visit import Visit
from penctl.treatment.visit_events import TripNoted
from penctl.treatment.visit_steps import Step


def visit_json(visit: Visit, files: Mapping[str, str], warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    """The stable keys of `penctl run --json`. Depths in µm, rates in mHz, densities in punctures/cm²."""
    cartridge = visit.cartridge
    return {
        "visit": visit.begun.visit_id,
        "person": visit.begun.person,
        "mode": visit.mode,
        "simulated": visit.begun.simulated,
        "begun": visit.begun.at.isoformat(timespec="seconds"),
        "step": visit.step.value,
        "missing": list(visit.missing()),
        "ended_early": visit.ended_early,
        "cartridge": None
        if cartridge is None
        else {
            "id": cartridge.cartridge_id,
            "kind": cartridge.kind,
            "needles": cartridge.needles,
            "lot": cartridge.lot,
            "sterile_until": cartridge.sterile_until.isoformat(),
        },
        "zones": zone_rows(visit),
        "trips": [
            {"interlock": event.interlock, "text": event.text}
            for event in visit.events
            if isinstance(event, TripNoted)
        ],
        "minoxidil_from": _minoxidil(visit),
        "next_visit": next_visit(visit),
        "notes": notes(visit),
        "warnings": list(warnings),
        "files": dict(files),
    }


def notes(visit: Visit) -> list[str]:
    """What is told and holds nobody: of the indication, the plan, and a home cartridge that nears its end."""
    if visit.plan is None:
        return []
    known, mode = visit.knowledge, visit.mode
    found = [indication_note(visit.plan.indication)]
    planned = check_plan(visit.plan, known.rules, known.scalp, known.former)
    found += [one for one in planned if one.weight is Weight.NOTE and one.rule_id != "R-IND"]
    cartridge = visit.cartridge
    if cartridge is not None and known.rules.has("cartridge_warning_count", mode):
        rule = known.rules["cartridge_warning_count", mode]
        if not rule.allows(cartridge.uses + 1):
            found.append(rule.finding("The cartridge nears its end", f"visit {cartridge.uses + 1}"))
    asked = [f"Answered otherwise than last time: {one.text}" for one in visit.changed]
    return [*asked, *(one.text for one in found)]


def zone_rows(visit: Visit) -> list[dict[str, Any]]:
    """What was planned and done in each zone; `density_per_cm2` is a mean over the zone."""
    rows = []
    for planned in visit.plan.zones if visit.plan else ():
        dose, ended = visit.dose(planned.zone), visit.zone_ended(planned.zone)
        rows.append(
            {
                "zone": planned.zone,
                "depth_set_um": planned.depth_um,
                "rate_set_mhz": planned.rate_mhz,
                "passes_planned": [one.value for one in planned.passes],
                "passes_done": list(visit.passes_done(planned.zone)),
                "deepest_um": dose.deepest_um,
                "strokes": dose.strokes,
                "strokes_air": dose.strokes_air,
                "strokes_unseen": dose.strokes_unseen,
                "contact_s": round(dose.contact_s, 3),
                "density_planned_per_cm2": planned.density_per_cm2,
                "density_per_cm2": round(visit.density(planned.zone), 1),
                "ended": "" if ended is None else ("done" if ended.done else "left"),
                "reason": "" if ended is None else ended.reason,
            }
        )
    return rows


def _minoxidil(visit: Visit) -> str | None:
    if visit.last_puncture is None:
        return None
    return minoxidil_from(visit.last_puncture, visit.knowledge.rules, visit.mode).isoformat(
        timespec="minutes"
    )


def course_after(visit: Visit) -> Course:
    """The course with what this visit has done."""
    known = visit.knowledge
    done = (*known.course.punctured, *punctured_of(visit))
    return Course(done, known.rules, known.scalp, known.course.clinic_zone, visit.mode)


def next_visit(visit: Visit) -> dict[str, dict[str, str]]:
    """For each zone that was punctured: locked until, and due on, as days in the clinic's zone."""
    course, end = course_after(visit), visit.events[-1].at + timedelta(seconds=1)
    found = {}
    for zone in visit.first_punctures:
        state = course.state(zone, end)
        found[zone] = {"locked_until": str(state.locked_until), "due_on": str(state.due_on)}
    return found


def visit_lines(visit: Visit) -> list[str]:
    """What a person is told under the table."""
    lines = []
    if visit.ended_early:
        lines.append(f"Ended early: {visit.ended_early}")
    for event in visit.events:
        if isinstance(event, TripNoted):
            lines.append(f"Trip {event.interlock}: {event.text}")
    for zone, days in next_visit(visit).items():
        name = visit.knowledge.scalp.zone(zone).name
        lines.append(f"{name}: not before {days['locked_until']}, due on {days['due_on']}")
    hold = _minoxidil(visit)
    if hold:
        lines.append(f"No minoxidil before {hold[:10]} {hold[11:16]} (UTC{hold[16:]})")
    if visit.step is not Step.CLOSED:
        lines.append(f"The visit is open: {'; '.join(visit.missing())}")
    lines += [f"Note: {text}" for text in notes(visit)]
    return lines


def visit_table(visit: Visit) -> object:
    """The zones as a table of rich."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    kind = "Simulated visit" if visit.begun.simulated else "Visit"
    caption = "planned, given: punctures/cm², means over the zone; strokes in contact"
    table = Table(
        caption=caption,
        caption_justify="left",
        title=f"{kind} of {visit.begun.person}, {visit.mode}",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    names = ("zone", "depth set", "deepest", "rate set", "passes", "strokes", "planned", "given")
    for name in names:
        table.add_column(name, justify="left" if name == "zone" else "right", no_wrap=True)
    for row in zone_rows(visit):
        table.add_row(
            visit.knowledge.scalp.zone(row["zone"]).name,
            words.depth_text(row["depth_set_um"]),
            words.depth_text(row["deepest_um"], measured=True) if row["deepest_um"] else "",
            words.hertz_text(row["rate_set_mhz"] / 1000),
            f"{len(row['passes_done'])} of {len(row['passes_planned'])}",
            str(row["strokes"] + row["strokes_unseen"]),
            str(row["density_planned_per_cm2"]),
            f"{row['density_per_cm2']:.0f}",
        )
    return table
