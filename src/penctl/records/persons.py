"""Patients: a pseudonym for everybody, and what is personal under a key of this person's own."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from penctl.records import schema
from penctl.records.entries import Patient
from penctl.records.errors import NotFound, RecordsError
from penctl.records.keys import StoreKeys, hidden
from penctl.records.ledger import Ledger
from penctl.records.values import checked_text

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for another."""
LONGEST_NAME: Final = 200
OLDEST_YEARS: Final = 130
_COLUMNS: Final = (
    schema.patients.c.id,
    schema.patients.c.pseudonym,
    schema.patients.c.erased,
    schema.patients.c.row_version,
    schema.persons.c.wrapped_key,
    schema.persons.c.sealed,
)


def new_pseudonym() -> str:
    """A pseudonym that tells nothing, as P-7K2M9Q."""
    return "P-" + "".join(secrets.choice(LETTERS) for _ in range(6))


def checked(patient: Patient, today: date) -> Patient:
    """The patient with texts in order. Raises RecordsError."""
    born = patient.birth_date
    if born is not None and born > today:
        raise RecordsError(
            "The birth date lies in the future", born, f"not after {today}", "Correct the date"
        )
    if born is not None and today.year - born.year > OLDEST_YEARS:
        raise RecordsError(
            "The birth date is too long ago", born, f"{OLDEST_YEARS} years", "Correct the date"
        )
    return replace(
        patient,
        pseudonym=" ".join(checked_text("The pseudonym", patient.pseudonym, 60).split()),
        name=checked_text("The name", patient.name, LONGEST_NAME),
        contact=checked_text("The contact", patient.contact, 1000),
        photo=checked_text("The reference of the photo", patient.photo, 500),
    )


def personal(patient: Patient) -> dict[str, str]:
    """What is personal, as texts; "" for what is not told."""
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    told = {"name": patient.name, "birth_date": born, "contact": patient.contact}
    return {**told, "photo": patient.photo} if patient.photo else told


def _hidden(key: bytes, told: dict[str, str]) -> dict[str, str]:
    return {field: hidden(key, field, value) for field, value in told.items() if value}


def add(ledger: Ledger, keys: StoreKeys, patient: Patient) -> None:
    """Insert a checked patient with an id. Raises RecordsError when the pseudonym is taken."""
    known = (schema.patients.c.pseudonym == patient.pseudonym) | (schema.patients.c.id == patient.pseudonym)
    taken = select(schema.patients.c.id).where(known)
    if ledger.connection.execute(taken).first() is not None:
        raise RecordsError(
            "This pseudonym is taken", patient.pseudonym, remedy="Choose another, or leave it out"
        )
    key, wrapped = keys.new_person_key(patient.id)
    told = personal(patient)
    row = {"id": patient.id, "pseudonym": patient.pseudonym, "created_at": ledger.at, "erased": 0}
    ledger.create(schema.patients, row)
    values = {"id": patient.id, "wrapped_key": wrapped, "sealed": keys.seal_person(key, patient.id, told)}
    ledger.create(schema.persons, values, shown=_hidden(key, told))


def change(ledger: Ledger, keys: StoreKeys, present: Patient, wanted: Patient, why: str) -> None:
    """Change what is personal. Raises StaleRow, RecordsError."""
    if wanted.pseudonym != present.pseudonym:
        raise RecordsError(
            "A pseudonym stays",
            wanted.pseudonym,
            present.pseudonym,
            "Plans and cartridges know this person by it",
        )
    if present.erased:
        raise RecordsError("This person was erased", present.pseudonym, remedy="Add the person anew")
    # The patient's row carries the version that the program holds: it changes with what is personal.
    ledger.change(schema.patients, wanted.id, {}, row_version=wanted.row_version, why=why)
    row = ledger.connection.execute(select(schema.persons).where(schema.persons.c.id == wanted.id)).one()
    key = keys.person_key(wanted.id, row.wrapped_key)
    old, new = personal(present), personal(wanted)
    differing = [field for field in {**old, **new} if old.get(field, "") != new.get(field, "")]
    shown = tuple(_hidden(key, {field: told.get(field, "") for field in differing}) for told in (old, new))
    ledger.change(
        schema.persons,
        wanted.id,
        {"sealed": keys.seal_person(key, wanted.id, new)},
        why=why,
        shown=(shown[0], shown[1]),
    )


def erase(ledger: Ledger, patient: Patient, why: str) -> None:
    """Destroy the person's key and what is under it; the treatment stays under the pseudonym.

    Raises:
        RecordsError: already erased, or no reason is given.
    """
    if patient.erased:
        raise RecordsError(
            "This person was erased already", patient.pseudonym, remedy="There is nothing to do"
        )
    if not why.strip():
        raise RecordsError("Erasing needs a reason", "nothing", "a reason in words", "Say why")
    ledger.change(schema.patients, patient.id, {"erased": 1}, act="ERASE", why=why)
    ledger.change(schema.persons, patient.id, {"wrapped_key": None, "sealed": None}, act="ERASE", why=why)


def load(connection: Connection, keys: StoreKeys, patient_id: str, *, personal_too: bool) -> Patient:
    """A patient by id or pseudonym. Raises NotFound."""
    wanted = (schema.patients.c.id == patient_id) | (schema.patients.c.pseudonym == patient_id)
    row = connection.execute(joined().where(wanted)).first()
    if row is None:
        raise NotFound(value=f"patient {patient_id}", remedy="Search with: penctl records patients")
    return patient_of(row, keys, personal_too)


def joined() -> Any:
    """The query of patients with what is personal, still encrypted."""
    return select(*_COLUMNS).join_from(
        schema.patients, schema.persons, schema.patients.c.id == schema.persons.c.id
    )


def patient_of(row: Row[Any], keys: StoreKeys, personal_too: bool) -> Patient:
    """A patient of such a row; without what is personal, where that is not wanted or was erased."""
    bare = Patient(row.id, row.pseudonym, erased=bool(row.erased), row_version=int(row.row_version))
    if not personal_too or row.sealed is None:
        return bare
    key = keys.person_key(row.id, row.wrapped_key)
    told = keys.unseal_person(key, row.id, row.sealed)
    born = date.fromisoformat(told["birth_date"]) if told["birth_date"] else None
    return replace(
        bare, name=told["name"], birth_date=born, contact=told["contact"], photo=told.get("photo", "")
    )
