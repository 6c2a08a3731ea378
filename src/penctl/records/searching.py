"""Finding patients by a part of the pseudonym or of the name."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, select

from penctl.records import schema
from penctl.records.entries import Patient
from penctl.records.keys import StoreKeys
from penctl.records.persons import LONGEST_NAME, joined, patient_of
from penctl.records.values import checked_text

PART: Final = 400
"""Ids asked for at once: databases bound how many values a question may have."""


class Searching:
    """Searches of open records.

    Names are encrypted one by one, so the first search for a name opens all of them. Later ones open those
    that have changed since: what was opened stays in memory, as the keys do, until the records are closed.
    """

    def __init__(self, keys: StoreKeys) -> None:
        self._keys = keys
        self._names: dict[str, tuple[int, str]] = {}

    def find(
        self, connection: Connection, text: str, *, personal_too: bool, most: int
    ) -> tuple[Patient, ...]:
        """Patients whose pseudonym, or name, has this text in it; by pseudonym, at most `most`."""
        wanted = checked_text("The text", text, LONGEST_NAME).casefold()
        order = schema.patients.c.pseudonym
        if not personal_too or not wanted:
            like = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            query = joined().where(func.lower(order).like(like, escape="\\")).order_by(order).limit(most)
            return self._patients(connection, query, personal_too)
        ids = self._matching(connection, wanted)[:most]
        query = joined().where(schema.patients.c.id.in_(ids)).order_by(order)
        return self._patients(connection, query, personal_too=True)

    def _patients(self, connection: Connection, query: Any, personal_too: bool) -> tuple[Patient, ...]:
        return tuple(patient_of(row, self._keys, personal_too) for row in connection.execute(query))

    def _matching(self, connection: Connection, wanted: str) -> list[str]:
        patients, persons = schema.patients.c, schema.persons.c
        query = select(patients.id, patients.pseudonym, persons.audit_n)
        query = query.join_from(schema.patients, schema.persons, patients.id == persons.id)
        rows = [tuple(row) for row in connection.execute(query.order_by(patients.pseudonym))]
        self._open_changed(connection, {row[0]: row[2] for row in rows})
        return [
            patient_id
            for patient_id, pseudonym, _ in rows
            if wanted in pseudonym.casefold() or wanted in self._names[patient_id][1]
        ]

    def _open_changed(self, connection: Connection, present: dict[str, int]) -> None:
        changed = [one for one, n in present.items() if self._names.get(one, (0, ""))[0] != n]
        for begin in range(0, len(changed), PART):
            query = joined().where(schema.patients.c.id.in_(changed[begin : begin + PART]))
            for patient in self._patients(connection, query, personal_too=True):
                self._names[patient.id] = (present[patient.id], patient.name.casefold())
