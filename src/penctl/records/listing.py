"""Visits in lists, their journals, and the small tables beside them."""

from __future__ import annotations

import json
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from penctl.records import schema
from penctl.records.derive import Scene, write_event
from penctl.records.entries import VisitRow
from penctl.records.errors import InUse, RecordsError
from penctl.records.ledger import Ledger
from penctl.records.values import checked_text, moment_of
from penctl.treatment.visit import Visit
from penctl.treatment.visit_events import VisitEvent, event_from


def rows(connection: Connection, zone: tzinfo, which: ColumnElement[bool]) -> tuple[VisitRow, ...]:
    """Visits with the pseudonyms of their persons, oldest first."""
    visits, patients = schema.visits, schema.patients
    query = select(visits, patients.c.pseudonym).join_from(
        visits, patients, visits.c.patient_id == patients.c.id
    )
    found = connection.execute(query.where(which).order_by(visits.c.begun_at, visits.c.id))
    return tuple(_row(row, zone) for row in found)


def _row(row: Any, zone: tzinfo) -> VisitRow:
    return VisitRow(
        id=row.id,
        patient_id=row.patient_id,
        pseudonym=row.pseudonym,
        mode=row.mode,
        begun_at=moment_of(row.begun_at).astimezone(zone),
        day=date.fromisoformat(row.day),
        by=row.by,
        device=row.device_id or "",
        status=row.status,
        closed_at=moment_of(row.closed_at).astimezone(zone) if row.closed_at else None,
        ended_early=row.ended_early,
    )


def open_of(connection: Connection, patient_id: str) -> tuple[str, ...]:
    """The open visits of a person."""
    visits = schema.visits
    query = select(visits.c.id).where(visits.c.patient_id == patient_id, visits.c.status == "OPEN")
    return tuple(connection.execute(query).scalars())


def check_none_open(connection: Connection, patient_id: str, zone: tzinfo) -> None:
    """One visit of a person at a time. Inside a transaction that writes, nobody else begins one meanwhile.

    Raises:
        InUse: one is open, perhaps at another workstation.
    """
    visits = schema.visits.c
    for one in rows(connection, zone, (visits.patient_id == patient_id) & (visits.status == "OPEN")):
        raise InUse(
            "A visit of this person is open already",
            f"begun by {one.by} on {one.day}",
            "one at a time",
            "Go on with that one, or let whoever began it end it",
        )


def events(connection: Connection, visit_id: str) -> tuple[VisitEvent, ...]:
    """The journal of a visit, in its order."""
    table = schema.visit_events
    query = select(table.c.content).where(table.c.visit_id == visit_id).order_by(table.c.number)
    return tuple(event_from(json.loads(content)) for content in connection.execute(query).scalars())


def begin(ledger: Ledger, row: dict[str, Any], visit: Visit, patient_id: str) -> None:
    """The row of a new visit and the first line of its journal. Raises RecordsError: the number is taken."""
    table = schema.visits
    if ledger.connection.execute(select(table.c.id).where(table.c.id == row["id"])).first() is not None:
        raise RecordsError(
            "There is a visit of that number", row["id"], remedy="Resume it, or let a number be drawn"
        )
    if len(row["id"]) != 16 or set(row["id"]) - set("0123456789abcdef"):
        raise RecordsError("This is no number of a visit", row["id"], "16 hexadecimal digits", "Leave it out")
    ledger.create(table, row)
    write_event(Scene(ledger, visit, patient_id, 0), visit.begun)


def note_device(ledger: Ledger, serial: str, simulated: bool) -> None:
    """A pen that was not known is noted when it is first used."""
    serial = checked_text("The serial number", serial, 60)
    table = schema.devices
    if serial and ledger.connection.execute(select(table.c.id).where(table.c.id == serial)).first() is None:
        row = {"id": serial, "name": "", "firmware": "", "simulated": simulated, "first_seen": ledger.at}
        ledger.create(table, row)


def set_rule(ledger: Ledger, rule_id: str, value: int, why: str) -> None:
    """The clinic's own figure for a rule; it is checked by who calls."""
    table = schema.clinic_rules
    if ledger.connection.execute(select(table.c.id).where(table.c.id == rule_id)).first() is None:
        ledger.create(table, {"id": rule_id, "value": value}, why=why)
    else:
        ledger.change(table, rule_id, {"value": value}, why=why)
