"""The facts of a report from the records, in the name of a signed-in user."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from penctl.exchange.facts import Letterhead, PenFacts, Person, Sealed, VisitFacts
from penctl.exchange.gather import visit_facts
from penctl.records import schema
from penctl.records.desk import Desk
from penctl.records.entries import Right
from penctl.records.errors import NotFound
from penctl.records.knowing import knowledge
from penctl.records.values import moment_of
from penctl.treatment.visit import Visit
from penctl.treatment.visit_events import AdverseEventNoted, AdverseKind


def facts_from(
    desk: Desk, visit_id: str, letterhead: Letterhead, *, pseudonymous: bool = False
) -> VisitFacts:
    """The facts of a visit in the records, open ones included.

    What became known after the visit (later visits, treatments told later that lie after it) does not change
    its dates. A role that sees no personal data gets the pseudonym only, and so does `pseudonymous`.

    Raises:
        NotFound: there is no such visit. NotAllowed: the role does not read.
    """
    desk.need(Right.READ)
    with desk.store.reading() as connection:
        row = connection.execute(select(schema.visits).where(schema.visits.c.id == visit_id)).one_or_none()
        if row is None:
            raise NotFound(value=f"visit {visit_id}", remedy="penctl records visits lists them")
        zone = desk.store.time_zone
        known = knowledge(connection, row.patient_id, row.mode, zone)
        pen, sealed = _pen(connection, row.device_id), _sealed(connection, visit_id)
        later = _noted_later(connection, visit_id)
    patient = desk.patient(row.patient_id)
    person = Person(patient.pseudonym)
    if not pseudonymous:
        person = Person(patient.pseudonym, patient.name, patient.birth_date)
    return visit_facts(
        Visit.of(desk.visit_events(visit_id), known),
        person,
        letterhead,
        zone,
        pen,
        sealed=sealed,
        later=later,
        punctured=[one for one in known.course.punctured if one.visit_id == visit_id],
    )


def _pen(connection: Any, serial: str | None) -> PenFacts:
    found = connection.execute(select(schema.devices).where(schema.devices.c.id == serial)).one_or_none()
    return PenFacts(found.name, found.id, found.firmware) if found is not None else PenFacts()


def _noted_later(connection: Any, visit_id: str) -> list[AdverseEventNoted]:
    """Adverse events of a visit that are not in its journal: rows of the journal are numbered after it."""
    table = schema.adverse_events
    rows = connection.execute(select(table).where(table.c.visit_id == visit_id).order_by(table.c.at))
    return [
        AdverseEventNoted(moment_of(row.at), row.by, AdverseKind(row.kind), row.severity, row.zone, row.text)
        for row in rows
        if not row.id.startswith(f"{visit_id}/")
    ]


def _sealed(connection: Any, visit_id: str) -> Sealed:
    heads = schema.audit_heads
    found = connection.execute(select(heads).where(heads.c.visit_id == visit_id)).first()
    if found is None:
        return Sealed()
    public = connection.execute(select(schema.store.c.sign_public)).scalar_one()
    return Sealed(bytes(found.hash).hex(), bytes(found.signature).hex(), bytes(public).hex())


def note_export(desk: Desk, what: str, entity: str, entity_id: str) -> None:
    """Say in the audit trail that something left the records. Raises RecordsError."""
    with desk.store.writing(desk.user.name) as ledger:
        ledger.note("EXPORT", entity, entity_id, {"as": what})
