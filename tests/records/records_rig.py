"""A clinic for tests: open records, a clock that stands until it is set, users, and whole visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import visit_script
from sqlalchemy import text

from penctl.records import Adverse, Desk, OpenVisit, Patient, Role, Store, create_store, open_store
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_events import AdverseKind

KEY = b"k" * 32
BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
MEMORY_KIB = 64  # argon2id at its cheapest: what it costs is no part of these tests
PASSWORDS = {"admin": "admin pass", "dora": "dora password", "alan": "alan password", "ruth": "ruth password"}
ROLES = {"dora": Role.CLINICIAN, "alan": Role.ASSISTANT, "ruth": Role.AUDITOR}


def make(where: str) -> None:
    """New simulated records with one user of each role."""
    admin = ("admin", PASSWORDS["admin"])
    kinds: dict[str, Any] = {"simulated": True, "time_zone": "Europe/Berlin", "admin": admin}
    with create_store(where, key=KEY, clock=lambda: BEGIN, memory_kib=MEMORY_KIB, **kinds) as store:
        desk = store.sign_in(*admin)
        for name, role in ROLES.items():
            desk.add_user(name, PASSWORDS[name], role)


class Clinic:
    """Open records and who works at them."""

    def __init__(self, where: str, key: Any = KEY) -> None:
        self.where, self.now = where, BEGIN
        self.store: Store = open_store(where, key=key, clock=lambda: self.now, memory_kib=MEMORY_KIB)
        self._desks: dict[str, Desk] = {}

    def desk(self, name: str = "dora") -> Desk:
        """Somebody signed in."""
        if name not in self._desks:
            self._desks[name] = self.store.sign_in(name, PASSWORDS[name])
        return self._desks[name]

    def later(self, **much: float) -> None:
        """The clock goes on."""
        self.now += timedelta(**much)

    def patient(self, **told: Any) -> Patient:
        """A new patient."""
        return self.desk().add_patient(Patient(**told))

    def visit(self, patient: Patient, name: str = "dora", mode: str = "CLINICAL", cartridge: int = 7) -> Play:
        """A visit that begins now."""
        return Play(self, self.desk(name).begin_visit(patient.id, mode, simulated=True), name, cartridge)

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """What somebody does with SQL, who has dropped the triggers before."""
        with self.store.database.write() as connection:
            done = connection.execute(text(statement), values)
            return list(done) if done.returns_rows else []

    def drop_triggers(self) -> None:
        """As somebody would who has all rights in the database."""
        with self.store.database.write() as connection:
            if self.store.database.server:
                query = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
                for name, table in connection.execute(text(query)).all():
                    connection.execute(text(f"DROP TRIGGER {name} ON {table}"))
                return
            for (name,) in connection.execute(
                text("SELECT name FROM sqlite_master WHERE type='trigger'")
            ).all():
                connection.execute(text(f"DROP TRIGGER {name}"))


class Play(visit_script.Script):
    """The whole visit of `visit_script`, played into the records."""

    def __init__(self, clinic: Clinic, opened: OpenVisit, name: str, cartridge: int) -> None:
        self.clinic, self.open, self.name, self.cartridge = clinic, opened, name, cartridge

    @property
    def visit(self) -> Any:
        """The visit as it counts now."""
        return self.open.visit

    def event(self, kind: type[ev.VisitEvent], /, **fields: Any) -> ev.VisitEvent:
        """An event a minute later."""
        self.clinic.later(minutes=1)
        if kind is ev.Planned:
            fields["plan"] = replace(fields["plan"], person=self.visit.begun.person)
        if kind is ev.CartridgeRead:
            fields["cartridge_id"] = self.cartridge
        return kind(at=self.clinic.now, by=self.name, **fields)

    def add(self, kind: type[ev.VisitEvent], /, **fields: Any) -> None:
        """It happens."""
        self.open.add(self.event(kind, **fields))


def visit_somebody(clinic: Clinic) -> None:
    """A whole visit, another that was cut off, a changed name, an adverse event; closed afterwards."""
    desk, patient = clinic.desk(), clinic.patient(name="Ada Example", pseudonym="P-ADA")
    desk.change_patient(replace(patient, name="Ada Other"), why="married")
    clinic.visit(patient).to_end()
    bruise = Adverse(patient.id, clinic.now, AdverseKind.BRUISING, 1, "VERTEX")
    desk.add_adverse_event(bruise)
    clinic.visit(clinic.patient(pseudonym="P-BEA"), cartridge=8).to_treat()
    clinic.store.close()
