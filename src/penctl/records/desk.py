"""The desk: what one signed-in user does with the records."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select

from penctl.records import listing, persons, schema, users
from penctl.records.clinic import ClinicPart
from penctl.records.entries import ALLOWED, Patient, Right, Role, User, VisitRow
from penctl.records.errors import MixedUp, NotAllowed, NotFound, RecordsError
from penctl.records.knowing import knowledge
from penctl.records.open_visit import OpenVisit, begun_event
from penctl.records.store import Store
from penctl.records.values import day_text, utc_text
from penctl.treatment import visit_events as ev
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.visit import Knowledge, Visit
from penctl.treatment_tables import load_rules

MOST_FOUND = 200


class Desk(ClinicPart):
    """A signed-in user at open records. Everything that is written is in this user's name."""

    def __init__(self, store: Store, user: User) -> None:
        self.store, self.user = store, user

    def need(self, right: Right) -> None:
        """Refuse what the role does not allow, as it is now. Raises NotAllowed."""
        with self.store.reading() as connection:
            row = users.find(connection, self.user.name)
        if row is None or not row.active:
            raise NotAllowed("This user may no longer sign in", self.user.name)
        self.user = users.user_of(row)
        if right not in ALLOWED[self.user.role]:
            who = f"{self.user.name}, {self.user.role.name.lower()}"
            raise NotAllowed("The role of this user does not allow it", who, f"to {right.value}")

    @property
    def now(self) -> datetime:
        """The time, in the clinic's zone."""
        return self.store.clock().astimezone(self.store.time_zone)

    # --- patients ---

    def add_patient(self, patient: Patient) -> Patient:
        """A new patient; id and, unless given, pseudonym are drawn. Raises RecordsError, NotAllowed."""
        self.need(Right.PATIENTS)
        wanted = persons.checked(patient, self.now.date())
        pseudonym = wanted.pseudonym or persons.new_pseudonym()
        made = replace(wanted, id=str(self.store.new_id()), pseudonym=pseudonym, row_version=1, erased=False)
        with self.store.writing(self.user.name) as ledger:
            persons.add(ledger, self.store.keys, made)
        return made

    def patient(self, patient_id: str) -> Patient:
        """A patient by id or pseudonym; without personal data where the role sees none. Raises NotFound."""
        self.need(Right.READ)
        with self.store.reading() as connection:
            return persons.load(connection, self.store.keys, patient_id, personal_too=self._sees_persons)

    def find_patients(self, text: str = "", most: int = MOST_FOUND) -> tuple[Patient, ...]:
        """Patients with this text in pseudonym or name, by pseudonym; "" gives all."""
        self.need(Right.READ)
        with self.store.reading() as connection:
            return self.store.searching.find(connection, text, personal_too=self._sees_persons, most=most)

    def change_patient(self, patient: Patient, why: str = "") -> Patient:
        """Change name, birth date or contact. Raises StaleRow when it was changed since it was read."""
        self.need(Right.PATIENTS)
        wanted = persons.checked(patient, self.now.date())
        with self.store.writing(self.user.name) as ledger:
            present = persons.load(ledger.connection, self.store.keys, wanted.id, personal_too=True)
            persons.change(ledger, self.store.keys, present, wanted, why)
        return self.patient(patient.id)

    def erase_person(self, patient_id: str, why: str) -> Patient:
        """Destroy what is personal of a patient for good; the treatments stay, under the pseudonym.

        Raises:
            RecordsError: erased already, no reason, or a visit of this person is open.
        """
        self.need(Right.MANAGE)
        with self.store.writing(self.user.name) as ledger:
            patient = persons.load(ledger.connection, self.store.keys, patient_id, personal_too=False)
            if listing.open_of(ledger.connection, patient.id):
                raise RecordsError(
                    "A visit of this person is open", patient.pseudonym, remedy="End and sign it first"
                )
            persons.erase(ledger, patient, why)
        if not self.store.database.overwrite():
            with self.store.writing(self.user.name) as ledger:
                ledger.note("OVERWRITE_LATER", "persons", patient.id, {}, "another program was reading there")
        return self.patient(patient.id)

    @property
    def _sees_persons(self) -> bool:
        return Right.PERSONS in ALLOWED[self.user.role]

    # --- visits ---

    def knowledge(
        self, patient_id: str, mode: str, now: datetime | None = None, visit_id: str = ""
    ) -> Knowledge:
        """What a visit of this person would be held against: rules, all known punctures, former depths.

        Raises:
            NotFound. ClockSetBack: `now`, when a visit is to begin then, stands before one that was begun.
        """
        self.need(Right.READ)
        with self.store.reading() as connection:
            if now is not None:
                self.store.check_clock(connection, now)
            patient = persons.load(connection, self.store.keys, patient_id, personal_too=False)
            return knowledge(connection, patient.id, mode, self.store.time_zone, visit_id)

    def begin_visit(
        self, patient_id: str, mode: str, simulated: bool, device: str = "", visit_id: str = ""
    ) -> OpenVisit:
        """Begin a visit. `device` is the pen's serial number; `visit_id` 16 hexadecimal digits, or drawn.

        Raises:
            MixedUp: a simulated visit in real records, or a real one in simulated ones.
            InUse: a visit of this person is open already. TreatmentRefused: under age.
            ClockSetBack: the clock stands before a visit that was begun.
        """
        self.need(Right.VISIT)
        if simulated is not self.store.simulated:
            kinds = {True: "simulated", False: "real"}
            raise MixedUp(value=f"a {kinds[simulated]} visit", limit=f"{kinds[self.store.simulated]} records")
        now = self.now
        number = visit_id or self.store.new_id().hex[:16]
        with self.store.writing(self.user.name) as ledger:
            self.store.check_clock(ledger.connection, now)
            patient = persons.load(ledger.connection, self.store.keys, patient_id, personal_too=True)
            listing.check_none_open(ledger.connection, patient.id, self.store.time_zone)
            known = knowledge(ledger.connection, patient.id, mode, self.store.time_zone, number)
            begun = begun_event(self, number, patient.pseudonym, mode, now)
            _check_age(patient, known, mode, now.date())
            listing.note_device(ledger, device, simulated)
            row = {
                "id": number,
                "patient_id": patient.id,
                "mode": mode,
                "begun_at": utc_text(now),
                "day": day_text(now.date()),
                "by": self.user.name,
                "device_id": device or None,
                "status": "OPEN",
                "closed_at": None,
                "ended_early": "",
            }
            visit = Visit(begun, known)
            listing.begin(ledger, row, visit, patient.id)
        return OpenVisit(self, patient.id, visit)

    def open_visits(self) -> tuple[VisitRow, ...]:
        """Visits that are not signed, oldest first: those that were cut off, too."""
        self.need(Right.READ)
        with self.store.reading() as connection:
            return listing.rows(connection, self.store.time_zone, schema.visits.c.status == "OPEN")

    def resume_visit(self, visit_id: str) -> OpenVisit:
        """Go on with a visit, with all that was done until it was cut off. Raises NotFound."""
        self.need(Right.VISIT)
        with self.store.reading() as connection:
            row = connection.execute(
                select(schema.visits).where(schema.visits.c.id == visit_id)
            ).one_or_none()
            if row is None:
                raise NotFound(value=f"visit {visit_id}", remedy="penctl records open-visits lists them")
            events = listing.events(connection, visit_id)
            known = knowledge(connection, row.patient_id, row.mode, self.store.time_zone, visit_id)
        return OpenVisit(self, row.patient_id, Visit.of(events, known))

    def today(self, day: date | None = None) -> tuple[VisitRow, ...]:
        """The visits of a day, by default of today, oldest first."""
        self.need(Right.READ)
        wanted = day_text(day or self.now.date())
        with self.store.reading() as connection:
            return listing.rows(connection, self.store.time_zone, schema.visits.c.day == wanted)

    def visits(self, patient_id: str) -> tuple[VisitRow, ...]:
        """All visits of a patient, oldest first. Raises NotFound."""
        self.need(Right.READ)
        patient = self.patient(patient_id)
        with self.store.reading() as connection:
            return listing.rows(connection, self.store.time_zone, schema.visits.c.patient_id == patient.id)

    def visit_events(self, visit_id: str) -> tuple[ev.VisitEvent, ...]:
        """The journal of a visit. Raises NotFound."""
        self.need(Right.READ)
        with self.store.reading() as connection:
            found = listing.events(connection, visit_id)
        if not found:
            raise NotFound(value=f"visit {visit_id}", remedy="penctl records open-visits lists open ones")
        return found

    # --- users and rules ---

    def add_user(self, name: str, password: str, role: Role) -> None:
        """A new user. Raises RecordsError, NotAllowed."""
        self.need(Right.MANAGE)
        with self.store.writing(self.user.name) as ledger:
            users.add_user(ledger, name, password, role, self.store.memory_kib)

    def set_password(self, name: str, password: str) -> None:
        """A new password: one's own, or as an admin anybody's; it ends a wait, too."""
        if name != self.user.name:
            self.need(Right.MANAGE)
        with self.store.writing(self.user.name) as ledger:
            users.set_password(ledger, name, password, self.store.memory_kib)

    def change_user(self, name: str, *, role: Role | None = None, active: bool | None = None) -> None:
        """Another role, or no longer a user. Raises NotFound; RecordsError when no admin would be left."""
        self.need(Right.MANAGE)
        with self.store.writing(self.user.name) as ledger:
            users.change(ledger, name, role, active)

    def set_rule(self, rule_id: str, value: int, why: str) -> None:
        """The clinic's own figure for a rule, in its unit. Raises TreatmentRefused for a looser one."""
        self.need(Right.MANAGE)
        load_rules().stricter({rule_id: value})
        with self.store.writing(self.user.name) as ledger:
            listing.set_rule(ledger, rule_id, value, why)


def _check_age(patient: Patient, known: Knowledge, mode: str, today: date) -> None:
    if patient.birth_date is None:
        return
    born = patient.birth_date
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    rule = known.rules["age_min_years", mode]
    if not rule.allows(years):
        finding = rule.finding("The person is too young", f"{years} years")
        raise TreatmentRefused(finding.what, finding.value, finding.limit, finding.remedy, (finding,))
