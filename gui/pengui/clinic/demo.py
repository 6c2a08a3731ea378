"""A clinic of invented patients with histories, in records of their own that say that they are simulated.

Nobody in it is or was a person; every figure is made up within the rules, and the visits went through the
same checks as real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.findings import Signature
from penctl.treatment.outcomes import Measure, Outcome
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan
from penctl.treatment.screening import NEVER, NO, AnswerKind
from penctl.treatment.visit_steps import TIME_OUT, preparation
from penctl.treatment_tables import load_questions

if TYPE_CHECKING:
    from penctl.records import Desk, OpenVisit, Store

USER: Final = "clinician"
PASSWORD: Final = "practice-pen"  # noqa: S105 - shown on the sign-in page of the simulated clinic
ADMIN: Final = ("admin", "practice-admin")
HINT: Final = (
    "An invented clinic: nobody in it is or was a person.\n"
    f"Name and password:\n{USER}, {PASSWORD}\n{ADMIN[0]}, {ADMIN[1]} (adds users, treats nobody)"
)
KEY: Final = b"simulated clinic, no real record"
"""32 bytes that everybody may know: nothing in these records is anybody's."""
TIME_ZONE: Final = "Europe/Berlin"
MEMORY_KIB: Final = 1024
"""Passwords that are shown on the screen need no costly hash."""


@dataclass(frozen=True)
class Invented:
    """A patient with visits so many days ago: (days, depth in µm, zones)."""

    name: str
    born: date
    indication: Indication
    visits: tuple[tuple[int, int, tuple[str, ...]], ...]
    age: int
    counts: tuple[float, ...] = ()
    """Hair counts per cm² at the visits, measured in the vertex."""


_RECESSION: Final = ("FRONTOTEMPORAL_LEFT", "FRONTOTEMPORAL_RIGHT")
PATIENTS: Final = (
    Invented(
        "Hazel Ashgrove", date(1984, 3, 9), Indication.ANDROGENETIC, ((33, 500, ("PARTING",)),), 42, (118.0,)
    ),
    Invented(
        "Rowan Birchfield",
        date(1979, 11, 21),
        Indication.ANDROGENETIC,
        ((70, 500, (*_RECESSION, "VERTEX")), (40, 750, (*_RECESSION, "VERTEX")), (4, 750, ("VERTEX",))),
        46,
        (96.0, 101.0, 109.0),
    ),
    Invented("Linden Marsh", date(1992, 6, 2), Indication.TRACTION, ((16, 500, ("FRONTAL",)),), 34),
    Invented("Juniper Vale", date(1968, 1, 30), Indication.TELOGEN_EFFLUVIUM, (), 58),
)


RECORDED: Final = PATIENTS[0]
"""Whose only visit a simulated pen has really done, so that it can be replayed."""


class DemoClock:
    """The time of the records while their past is written, then the present."""

    def __init__(self) -> None:
        self.back = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(tz=UTC) - self.back


def make_clinic(folder: Path) -> Store:
    """New simulated records in a folder, with a clinician, patients and their histories."""
    from penctl.records import Patient, Role, create_store
    from penctl.records.persons import new_pseudonym
    from pengui.clinic.demo_recorded import FOLDER, RecordedVisit

    pseudonym = new_pseudonym()
    plan, answers = (
        _plan(pseudonym, RECORDED, *RECORDED.visits[0][1:]),
        answers_of(load_questions(), RECORDED.age),
    )
    recorded = RecordedVisit(folder / FOLDER, plan, USER, answers)
    clock = DemoClock()
    store = create_store(
        folder / "simulated.penctl",
        key=KEY,
        simulated=True,
        time_zone=TIME_ZONE,
        admin=ADMIN,
        clock=clock,
        memory_kib=MEMORY_KIB,
    )
    _wait_for_disk(store, wait=False)
    clock.back = timedelta(days=90)
    store.sign_in(*ADMIN).add_user(USER, PASSWORD, Role.CLINICIAN)
    desk = store.sign_in(USER, PASSWORD)
    made = {
        one.name: desk.add_patient(
            Patient(pseudonym=pseudonym if one is RECORDED else "", name=one.name, birth_date=one.born)
        ).id
        for one in PATIENTS
    }
    rows = [(days, one, depth, zones) for one in PATIENTS for days, depth, zones in one.visits]
    for number, (days, one, depth_um, zones) in enumerate(sorted(rows, key=lambda row: -row[0])):
        clock.back = timedelta(days=days)
        if one is RECORDED:
            recorded.write(desk.begin_visit(made[one.name], "CLINICAL", simulated=True))
        else:
            _visit(desk, made[one.name], one, depth_um, zones, number)
    for one in PATIENTS:
        for (days, _, _), count in zip(one.visits, one.counts, strict=False):
            clock.back = timedelta(days=days)
            outcome = Outcome("VERTEX", Measure.HAIR_COUNT_PER_CM2, count, desk.now.date())
            desk.add_outcome(made[one.name], outcome)
    clock.back = timedelta(0)
    _wait_for_disk(store, wait=True)
    return store


def _wait_for_disk(store: Store, *, wait: bool) -> None:
    """Whether a commit waits for the disk: the invented past, in hundreds of commits, is made anew anyway."""
    with store.database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA synchronous = {'FULL' if wait else 'OFF'}").fetchall()


def answers_of(questions: Any, age: int) -> dict[str, str | int]:
    """A healthy person's answers."""
    healthy: dict[AnswerKind, str | int] = {
        AnswerKind.YES_NO: NO,
        AnswerKind.YEARS: age,
        AnswerKind.MONTHS_SINCE: NEVER,
        AnswerKind.SKIN_TYPE: 2,
    }
    return {key: healthy[question.answer] for key, question in questions.items()}


def _plan(person: str, one: Invented, depth_um: int, zones: tuple[str, ...]) -> Plan:
    passes = (Direction.HORIZONTAL, Direction.VERTICAL)
    planned = tuple(ZonePlan(zone, depth_um, 100_000, passes, 300) for zone in zones)
    return Plan(person, "CLINICAL", one.indication, planned)


def _visit(
    desk: Desk, patient_id: str, one: Invented, depth_um: int, zones: tuple[str, ...], number: int
) -> None:
    journal = desk.begin_visit(patient_id, "CLINICAL", simulated=True)
    visit, begun = journal.visit, journal.visit.begun
    at = begun.at

    def note(kind: type[ev.VisitEvent], /, **fields: Any) -> None:
        nonlocal at
        at += timedelta(seconds=20)
        journal.add(kind(at=at, by=USER, **fields))

    plan = _plan(begun.person, one, depth_um, zones)
    note(ev.Screened, answers=answers_of(visit.knowledge.questions, one.age))
    note(ev.Consented, form="consent-microneedling-scalp 1")
    note(ev.PhotosDeclined, when="BEFORE", reason="an invented visit")
    found = visit.knowledge.course.check(zones, at, begun.visit_id)
    signed = tuple(Signature(finding.rule_id, USER, "tolerated well", finding.zone) for finding in found)
    note(ev.Planned, plan=plan, signatures=signed)
    for item in preparation("CLINICAL"):
        note(ev.ItemPrepared, item=item)
    note(ev.AnaestheticNone)
    note(
        ev.CartridgeRead,
        cartridge_id=9000 + number,
        kind="CLINICAL",
        needles=12,
        lot="DEMO",
        sterile_until=at.date() + timedelta(days=300),
        uses=0,
    )
    for item in TIME_OUT:
        note(ev.TimeOutSaid, item=item)
    note(ev.Armed)
    _treat(journal, note, plan)
    note(ev.NeedlesChecked, intact=True)
    note(ev.CartridgeDisposed)
    note(ev.PhotosDeclined, when="AFTER", reason="an invented visit")
    note(ev.AfterCareGiven)
    note(ev.Signed)


def _treat(journal: OpenVisit, note: Callable[..., None], plan: Plan) -> None:
    for planned in plan.zones:
        area = journal.visit.knowledge.scalp.zone(planned.zone).area_cm2
        strokes = round(planned.density_per_cm2 * area / 12 / len(planned.passes))
        for direction in planned.passes:
            note(ev.PassBegun, zone=planned.zone, direction=direction.value)
            dose = Dose(strokes=strokes, deepest_um=planned.depth_um + 10, contact_s=strokes / 100)
            note(ev.DoseCounted, zone=planned.zone, dose=dose)
            note(ev.PassEnded, zone=planned.zone, done=True)
        note(ev.ZoneEnded, zone=planned.zone, done=True)


def open_clinic(folder: Path) -> Store:
    """The simulated records of a folder, made before."""
    from penctl.records import open_store

    return open_store(folder / "simulated.penctl", key=KEY, simulated=True)
