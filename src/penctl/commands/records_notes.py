"""`penctl records elsewhere | outcomes | adverse | rule | trail`: what is noted beside visits."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from penctl.commands.records import print_told, table_lines
from penctl.commands.records_opening import open_from, sign_in_from
from penctl.errors import PenError
from penctl.records.desk import Desk
from penctl.records.entries import Adverse, Elsewhere, Right
from penctl.treatment.course import Tool
from penctl.treatment.outcomes import PUBLISHED_AS, Measure, Outcome, Reference
from penctl.treatment.plan import quantity
from penctl.treatment.visit_events import AdverseKind
from penctl.treatment_tables import load_references

Kind = TypeVar("Kind", bound=Enum)


def run_elsewhere(given: argparse.Namespace) -> int:
    """Treatments elsewhere."""
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        if given.zone or given.at:
            desk.add_elsewhere(_elsewhere(given, desk))
        found = desk.elsewhere(given.patient)
        zone = store.time_zone
    rows: list[dict[str, Any]] = [
        {"zone": one.zone, "at": one.at.astimezone(zone), "depth_um": one.depth_um, "tool": one.tool.value}
        | {"text": one.text}
        for one in found
    ]
    lines = [
        (row["zone"], _minute(row["at"]), _mm(row["depth_um"]), str(row["tool"]).lower(), row["text"])
        for row in rows
    ]
    return print_told(given, {"elsewhere": rows}, table_lines(("zone", "at", "depth", "tool", "text"), lines))


def _elsewhere(given: argparse.Namespace, desk: Desk) -> Elsewhere:
    if not given.zone or not given.at:
        raise PenError(
            "A treatment elsewhere needs a zone and a time", given.zone or given.at, "--zone and --at"
        )
    depth_um = None if given.depth is None else quantity(given.depth, "depth")
    at = _moment(given.at, desk)
    tool = member(Tool, given.tool, "tool")
    return Elsewhere(given.patient, given.zone.upper(), at, depth_um, tool, given.text)


def run_outcomes(given: argparse.Namespace) -> int:
    """A patient's measures."""
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        if given.zone or given.measure or given.value:
            desk.add_outcome(given.patient, _outcome(given, desk))
        found = desk.outcomes(given.patient)
    rows: list[dict[str, Any]] = [
        {"on": one.on, "zone": one.zone, "measure": one.measure.value, "value": one.value}
        | {"change": one.value - _first(found, one).value, "week": (one.on - _first(found, one).on).days / 7}
        | {"photo": one.photo}
        for one in found
    ]
    lines = [
        (
            *(str(row["on"]), row["zone"], str(row["measure"]).lower()),
            *(f"{row['value']:g}", f"{row['change']:+g}", f"{row['week']:.1f}", row["photo"]),
        )
        for row in rows
    ]
    head = ("on", "zone", "measure", "value", "change", "week", "photo")
    published = _published({one.measure for one in found})
    told = {"outcomes": rows, "published": [vars(one) | {"measure": one.measure.value} for one in published]}
    return print_told(given, told, [*table_lines(head, lines), *_published_lines(published)])


def _first(found: Sequence[Outcome], one: Outcome) -> Outcome:
    """The first measure of the same kind in the same zone; `found` is sorted by day."""
    return next(first for first in found if (first.zone, first.measure) == (one.zone, one.measure))


def _published(own: set[Measure]) -> list[Reference]:
    wanted = {measure for one in own for measure in PUBLISHED_AS.get(one, ())}
    return [one for one in load_references() if one.measure in wanted]


def _published_lines(published: Sequence[Reference]) -> list[str]:
    if not published:
        return []
    head = ("id", "published", "week", "with", "without", "disagrees", "source")
    rows = [
        (
            *(one.id, one.measure.value.lower(), str(one.week), f"{one.treated:g}"),
            *("" if one.control is None else f"{one.control:g}", one.disagrees, f"{one.source} [{one.mark}]"),
        )
        for one in published
    ]
    return [
        "",
        *table_lines(head, rows),
        "Other people, other methods: no forecast. See penctl rules --outcomes.",
    ]


def _outcome(given: argparse.Namespace, desk: Desk) -> Outcome:
    if not (given.zone and given.measure and given.value):
        raise PenError(
            "A measure is not whole", None, "--zone, --measure and --value", "Name what is missing"
        )
    measure = member(Measure, given.measure, "measure")
    day = desk.now.date() if given.on is None else _day(given.on)
    return Outcome(given.zone.upper(), measure, _number(given.value), day, given.photo)


def run_adverse(given: argparse.Namespace) -> int:
    """Adverse events."""
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        if given.kind or given.severity:
            desk.add_adverse_event(_adverse(given, desk))
        found, zone = desk.adverse_events(given.patient), store.time_zone
        names = {one.patient_id: desk.patient(one.patient_id).pseudonym for one in found}
    rows: list[dict[str, Any]] = [
        {
            "at": one.at.astimezone(zone),
            "patient": names[one.patient_id],
            "kind": one.kind.value,
            "severity": one.severity,
            "zone": one.zone,
            "visit": one.visit_id,
            "by": one.by,
            "text": one.text,
        }
        for one in found
    ]
    lines = [
        (
            _minute(row["at"]),
            row["patient"],
            str(row["kind"]).lower(),
            str(row["severity"]),
            row["zone"],
            row["text"],
        )
        for row in rows
    ]
    head = ("at", "patient", "kind", "severity", "zone", "text")
    return print_told(given, {"adverse": rows}, table_lines(head, lines))


def _adverse(given: argparse.Namespace, desk: Desk) -> Adverse:
    if not (given.kind and given.severity and given.patient):
        missing = "a patient, --kind and --severity"
        raise PenError("An adverse event is not whole", None, missing, "Name what is missing")
    kind, zone = member(AdverseKind, given.kind, "kind of adverse event"), given.zone.upper()
    patient = desk.patient(given.patient)
    return Adverse(patient.id, desk.now, kind, given.severity, zone, given.text, given.visit)


def run_rule(given: argparse.Namespace) -> int:
    """A stricter figure."""
    with open_from(given) as store:
        sign_in_from(given, store).set_rule(given.rule, given.value, given.why)
    told = {"rule": given.rule, "value": given.value}
    return print_told(given, told, [f"{given.rule} is {given.value} from now on."])


def run_trail(given: argparse.Namespace) -> int:
    """The audit trail."""
    if given.last < 1:
        raise PenError(
            "This is no number of rows", given.last, "at least 1", "Correct what stands after --last"
        )
    with open_from(given) as store:
        sign_in_from(given, store).need(Right.READ)
        found = store.audit.rows(given.entity, given.id, given.last)
    names = ("n", "at", "user_id", "act", "entity", "entity_id", "old", "new", "why")
    rows = [{name: row[name] for name in names} for row in found]
    lines = [tuple("" if value is None else str(value) for value in row.values()) for row in rows]
    return print_told(given, {"rows": rows}, table_lines(names, lines))


# --- what people type ---


def member(kind: type[Kind], name: str, what: str) -> Kind:
    """A member by its name in either case. Raises PenError, naming those there are."""
    try:
        return kind[name.strip().upper()]
    except KeyError:
        known = ", ".join(one.lower() for one in kind.__members__)
        raise PenError(f"There is no such {what}", name, known, "Name one of these") from None


def _moment(text: str, desk: Desk) -> datetime:
    """A time by the clinic's clock. A day alone is its noon, or now where noon is still to come."""
    try:
        if len(text) == len("2026-06-01"):
            noon = datetime.fromisoformat(f"{text}T12:00").replace(tzinfo=desk.store.time_zone)
            return min(noon, desk.now) if noon.date() == desk.now.date() else noon
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise PenError(
            "This is no time", text, "as 2026-06-01T10:00", "Correct what stands after --at"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=desk.store.time_zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PenError("This is no date", text, "as 2026-06-01", "Correct what stands after --on") from error


def _number(text: str) -> float:
    if "," in text:
        raise PenError(
            "The value has a decimal comma", text, "a decimal point, as 0.5", "Write it with a point"
        )
    try:
        return float(text)
    except ValueError as error:
        raise PenError("This is no number", text, "as 120.5", "Correct what stands after --value") from error


def _minute(moment: Any) -> str:
    return str(moment.isoformat(sep=" ", timespec="minutes"))[:16]


def _mm(depth_um: Any) -> str:
    return "unknown" if depth_um is None else f"{depth_um / 1000:g} mm"
