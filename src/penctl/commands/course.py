"""`penctl course`: which zone is locked, too early, due or overdue, the weeks, and an iCalendar file."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from penctl.clinic import Clinic, load_clinic
from penctl.elsewhere import read_elsewhere
from penctl.errors import PenError
from penctl.folders import RUNS
from penctl.input_files import InputFileError
from penctl.treating.folder import VisitFolder
from penctl.treating.history import punctured_of
from penctl.treatment.course import Course, Due, ZoneState
from penctl.treatment.ical import CalendarEntry, calendar, minoxidil_hold
from penctl.treatment.visit import Visit
from penctl.treatment_tables import load_scalp
from penctl.words import depth_text

WIDTH = 110
WEEKS_AHEAD: Final = 6
WEEKS_MOST: Final = 16
DUE_WORDS: Final = {
    Due.NEVER: "never treated",
    Due.LOCKED: "locked",
    Due.TOO_EARLY: "too early",
    Due.DUE: "due",
    Due.OVERDUE: "overdue",
}
WEEK_MARKS: Final = {Due.NEVER: " ", Due.LOCKED: "x", Due.TOO_EARLY: "-", Due.DUE: "o", Due.OVERDUE: "!"}
TREATED: Final = "#"
LEGEND: Final = (
    "# treated   x locked   - too early   o due   ! overdue (at the week's end, if nothing is done)"
)


def run(given: argparse.Namespace) -> int:
    """Print where each zone stands; write the calendar where one is asked for."""
    clinic = load_clinic(given.clinic)
    now = _now(given, clinic)
    visits, course, warnings = _recorded(given, now) if given.store else _known(given, clinic, now)
    files = {}
    if given.ical:
        path = Path(given.ical)
        path.write_bytes(calendar(entries(given.person, visits, course, now), now.astimezone(UTC)).encode())
        files["calendar"] = str(path)
    if given.json:
        sys.stdout.write(json.dumps(_as_json(given.person, course, now, files)) + "\n")
    else:
        _show(given.person, course, now, files)
    for warning in warnings:
        sys.stderr.write(f"penctl: {warning}\n")
    return 0


def _now(given: argparse.Namespace, clinic: Clinic) -> datetime:
    if given.at is None:
        return datetime.now(tz=clinic.zone)
    try:
        at = datetime.fromisoformat(given.at)
    except ValueError as error:
        raise InputFileError(
            "This is no time", given.at, "as 2026-06-01", "Correct what stands after --at"
        ) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=clinic.zone)


def _known(
    given: argparse.Namespace, clinic: Clinic, now: datetime
) -> tuple[list[Visit], Course, Sequence[PenError]]:
    folder = VisitFolder(Path(given.visits or RUNS), clinic)
    visits = [visit for _, visit in folder.visits(given.person)]
    punctured = [one for visit in visits for one in punctured_of(visit)]
    if given.elsewhere:
        today = now.astimezone(clinic.zone).date()
        punctured += read_elsewhere(given.elsewhere, clinic.zone, today, given.person)
    if not visits and not given.elsewhere:
        raise InputFileError(
            "Nothing is known of this person",
            f"{given.person} in {folder.folder}",
            None,
            "Name the folder of the visits with --visits, or treatments elsewhere with --elsewhere",
        )
    mode = given.mode.upper()
    return visits, Course(punctured, clinic.rules, load_scalp(), clinic.zone, mode), folder.damaged


def _recorded(given: argparse.Namespace, now: datetime) -> tuple[list[Visit], Course, Sequence[PenError]]:
    """From the clinic's records, which hold its rules, its time zone and treatments elsewhere."""
    if not given.user:
        raise PenError("Nobody signs in at the records", remedy="Name who with --user")
    from penctl.commands.records_opening import open_from, sign_in_from

    with open_from(given) as store:
        desk = sign_in_from(given, store)
        known = desk.knowledge(given.person, given.mode.upper(), now)
        visits = [Visit.of(desk.visit_events(row.id), known) for row in desk.visits(given.person)]
    return visits, known.course, ()


def entries(person: str, visits: Sequence[Visit], course: Course, now: datetime) -> list[CalendarEntry]:
    """Visits that were, the next one of each zone, and the hold on minoxidil after each visit.

    The pseudonym is not told: it only keeps the due days of two persons apart in one calendar.
    """
    found = []
    whose = hashlib.sha256(f"penctl due {person}".encode()).hexdigest()[:16]
    for visit in visits:
        last = visit.last_puncture
        if last is None:
            continue
        begun, number = visit.begun, visit.begun.visit_id
        found.append(CalendarEntry(f"{number}-visit", "Microneedling visit", begun.at, last - begun.at))
        hours = visit.knowledge.rules["minoxidil_hold_hours", visit.mode].value
        found.append(minoxidil_hold(number, last, hours))
    for zone, state in course.states(now).items():
        if state.due_on is not None:
            name = course.scalp.zone(zone).name
            note = f"Not before {state.locked_until}: the same area is not treated earlier."
            entry = CalendarEntry(
                f"{whose}-due-{zone.lower()}", f"Microneedling due: {name}", state.due_on, note=note
            )
            found.append(entry)
    return found


def _as_json(person: str, course: Course, now: datetime, files: dict[str, str]) -> dict[str, Any]:
    zones = {zone: _state_json(state) for zone, state in course.states(now).items()}
    return {"person": person, "at": now.isoformat(timespec="minutes"), "zones": zones, "files": files}


def _state_json(state: ZoneState) -> dict[str, Any]:
    last = state.last
    return {
        "due": state.due.value,
        "last": None
        if last is None
        else {
            "zone": last.zone,
            "at": last.at.isoformat(timespec="minutes"),
            "depth_um": last.depth_um,
            "tool": last.tool.value,
        },
        "locked_until": None if state.locked_until is None else str(state.locked_until),
        "due_on": None if state.due_on is None else str(state.due_on),
    }


def _show(person: str, course: Course, now: datetime, files: dict[str, str]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(_state_table(person, course, now), "")
    console.print(_week_table(course, now), "")
    console.print(LEGEND, markup=False)
    for name, path in files.items():
        console.print(f"{name.capitalize():<10} {path}", soft_wrap=True, markup=False)


def _state_table(person: str, course: Course, now: datetime) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    title = f"Course of {person} on {course.day_of(now)}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for name in ("zone", "state", "last treated", "with", "not before", "due on"):
        table.add_column(name, no_wrap=True)
    for zone, state in course.states(now).items():
        last = state.last
        cells = ["", ""]
        if last is not None:
            depth = "unknown" if last.depth_um is None else depth_text(last.depth_um)
            by = "" if last.zone == zone else f" ({course.scalp.zone(last.zone).name})"
            tool = last.tool.value.lower().replace("_", " ")
            cells = [f"{course.day_of(last.at)}{by}", f"{depth}, {tool}"]
        days = [str(day) if day else "" for day in (state.locked_until, state.due_on)]
        table.add_row(course.scalp.zone(zone).name, DUE_WORDS[state.due], *cells, *days)
    return table


def _week_table(course: Course, now: datetime) -> object:
    """A row a zone, a column a week from Monday on: past weeks say when it was treated."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(
        title="Weeks, by their Monday",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    table.add_column("zone", no_wrap=True)
    mondays = _mondays(course, now)
    for monday in mondays:
        table.add_column(f"{monday:%d}\n{monday:%m}", justify="center", no_wrap=True)
    for zone in course.scalp.zones:
        marks = [_week_mark(course, zone, monday, now) for monday in mondays]
        table.add_row(course.scalp.zone(zone).name, *marks)
    return table


def _mondays(course: Course, now: datetime) -> list[datetime]:
    """Weeks from the first treatment on, at most 16, to some weeks ahead."""
    zone = course.clinic_zone
    today = course.day_of(now)
    this = today - timedelta(days=today.weekday())
    first = course.day_of(course.punctured[0].at) if course.punctured else today
    first -= timedelta(days=first.weekday())
    weeks = max(0, min((this - first).days // 7, WEEKS_MOST - WEEKS_AHEAD))
    return [
        datetime.combine(this + timedelta(weeks=number), time(0), zone)
        for number in range(-weeks, WEEKS_AHEAD + 1)
    ]


def _week_mark(course: Course, zone: str, monday: datetime, now: datetime) -> str:
    sunday = monday + timedelta(days=6, hours=23)
    if any(one.zone == zone and monday <= one.at <= sunday for one in course.punctured):
        return TREATED
    return WEEK_MARKS[course.state(zone, sunday).due] if sunday >= now else "."
