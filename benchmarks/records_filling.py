"""Fills records with many visits: the rows that visits make, with their audit trail, many at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from penctl.records import Patient, Store, schema
from penctl.records.ledger import Ledger
from penctl.records.persons import personal
from penctl.records.values import canonical, utc_text
from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan

BEGIN = datetime(2016, 1, 4, 8, tzinfo=UTC)
YEARS_10 = timedelta(days=3650)
PSEUDONYM = "P-{:05d}"
ZONES = ("VERTEX", "FRONTAL", "OCCIPITAL", "FRONTOTEMPORAL_LEFT")
AT_ONCE, TOGETHER = 20_000, 5_000
BY = "dora"


class Filling(Ledger):
    """A ledger that gathers its rows and inserts many at once; hashes and chain are the same."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)

    def insert(self, table: Table, row: dict[str, Any]) -> None:
        """Gather it."""
        self._rows[table].append(row)
        if table is schema.audit and len(self._rows[table]) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Insert what was gathered, tables that others point to first."""
        for table in schema.metadata.sorted_tables:
            if self._rows[table]:
                self.connection.execute(insert(table), self._rows.pop(table))


def fill(store: Store, visits: int, patients: int, lines: int) -> None:
    """So many patients, and over ten years their visits in turn, each of another zone than before.

    The journal of a visit has so many lines, 7 at least: those beyond are notes.
    """
    ids: list[str] = []
    for begin in range(0, max(visits, patients), TOGETHER):
        with store.database.write() as connection:
            ledger = Filling(connection, store.keys, BY, BEGIN)
            ids += [_patient(ledger, store, number) for number in range(len(ids), patients)]
            for number in range(begin, min(begin + TOGETHER, visits)):
                journal = Journal(number, number % patients, BEGIN + YEARS_10 * number / visits, lines)
                _visit(ledger, ids[journal.person], journal, ZONES[number // patients % len(ZONES)])
            ledger.flush()
            ledger.close()
            ledger.flush()


def _patient(ledger: Filling, store: Store, number: int) -> str:
    patient_id = str(store.new_id())
    patient = Patient(
        patient_id, PSEUDONYM.format(number), f"Person {number}", date(1980, 1, 1), "a telephone"
    )
    key, wrapped = store.keys.new_person_key(patient_id)
    row = {"id": patient_id, "pseudonym": patient.pseudonym, "created_at": ledger.at, "erased": 0}
    ledger.create(schema.patients, row)
    sealed = store.keys.seal_person(key, patient_id, personal(patient))
    ledger.create(schema.persons, {"id": patient_id, "wrapped_key": wrapped, "sealed": sealed})
    return patient_id


@dataclass(frozen=True)
class Journal:
    """Which visit, of which patient, when, and with how many lines."""

    number: int
    person: int
    at: datetime
    lines: int

    def events(self, visit_id: str, zone: str) -> list[ev.VisitEvent]:
        """The lines that what is measured looks at, and notes."""
        at, name = self.at, PSEUDONYM.format(self.person)
        planned = ZonePlan(zone, 500, 100_000, (Direction.VERTICAL,), 600)
        dose = Dose(strokes=3000, strokes_air=10, deepest_um=505, contact_s=30.0)
        notes = [ev.Noted(at, BY, f"note {number} of this visit") for number in range(self.lines - 7)]
        return [
            ev.VisitBegun(at, BY, visit_id, name, "CLINICAL", True),
            ev.Planned(at, BY, Plan(name, "CLINICAL", Indication.ANDROGENETIC, (planned,))),
            ev.CartridgeRead(at, BY, 7, "CLINICAL", 12, "L1", date(2030, 1, 1), 0),
            ev.PassBegun(at, BY, zone, "VERTICAL"),
            ev.DoseCounted(at, BY, zone, dose),
            ev.PassEnded(at, BY, zone, True),
            *notes,
            ev.Signed(at, BY),
        ]


def _visit(ledger: Filling, patient_id: str, journal: Journal, zone: str) -> None:
    visit_id, at = f"{journal.number:016x}", utc_text(journal.at)
    ledger.at = at
    row: dict[str, Any] = {"id": visit_id, "patient_id": patient_id, "mode": "CLINICAL", "by": BY}
    row |= {"begun_at": at, "day": journal.at.date().isoformat(), "device_id": None, "ended_early": ""}
    ledger.create(schema.visits, {**row, "status": "CLOSED", "closed_at": at})
    for count, event in enumerate(journal.events(visit_id, zone)):
        content = ev.plain(event)
        line = {"id": f"{visit_id}/{count:06d}", "visit_id": visit_id, "number": count, "at": at, "by": BY}
        ledger.create(schema.visit_events, {**line, "kind": content["event"], "content": canonical(content)})
    _derived(ledger, patient_id, visit_id, str(journal.number), zone)
    ledger.sign_head(f"visit {visit_id}", visit_id)


def _derived(ledger: Filling, patient_id: str, visit_id: str, cartridge: str, zone: str) -> None:
    own = {"patient_id": patient_id, "visit_id": visit_id, "at": ledger.at, "by": BY}
    row = {**own, "id": f"{visit_id}/000001"}
    ledger.create(schema.plans, {**row, "content": "{}", "signatures": "[]"})
    dose = {"strokes": 3000, "strokes_air": 10, "strokes_unseen": 0, "deepest_um": 505, "contact_s": 30.0}
    done = {"zone": zone, "direction": "VERTICAL", "begun_at": ledger.at, "done": 1}
    ledger.create(schema.passes, {**row, **done, **dose})
    treated = {"id": f"{visit_id}/{zone}", "zone": zone, "last_at": ledger.at}
    ledger.create(schema.zone_treatments, {**own, **treated, "planned_um": 500, "deepest_um": 505})
    found = {"id": cartridge, "patient_id": patient_id, "kind": "CLINICAL", "needles": 12, "lot": "L1"}
    found |= {"sterile_until": "2030-01-01", "first_read_at": ledger.at, "disposed": 1}
    ledger.create(schema.cartridges, found)
    use = {"id": f"{cartridge}/{visit_id}", "cartridge_id": cartridge}
    ledger.create(schema.cartridge_uses, {**own, **use})
