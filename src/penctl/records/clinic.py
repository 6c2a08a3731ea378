"""The part of a desk beside patients and visits: outcomes, adverse events, treatments elsewhere, pens."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select

from penctl.records import persons, schema
from penctl.records.entries import (
    Adverse,
    CartridgeRow,
    Device,
    Elsewhere,
    Pass,
    Photo,
    Right,
    Trip,
    User,
)
from penctl.records.errors import NotFound, RecordsError
from penctl.records.knowing import scalp
from penctl.records.values import checked_text, moment_of, utc_text
from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.course import Tool
from penctl.treatment.dose import Dose
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.outcomes import Measure, Outcome
from penctl.treatment.visit_events import AdverseKind

if TYPE_CHECKING:
    from penctl.records.store import Store


class ClinicPart:
    """What `Desk` has of this; it is no desk of its own."""

    store: Store
    user: User

    def need(self, right: Right) -> None:
        """Refuse what the role does not allow."""
        raise NotImplementedError

    def _rows(self, table: Table, patient_id: str = "") -> list[Any]:
        self.need(Right.READ)
        query = select(table).order_by(table.c.id)
        with self.store.reading() as connection:
            if patient_id:
                query = query.where(table.c.patient_id == self._patient_id(connection, patient_id))
            return list(connection.execute(query))

    def _patient_id(self, connection: Any, patient_id: str) -> str:
        return persons.load(connection, self.store.keys, patient_id, personal_too=False).id

    def _note(self, table: Table, patient_id: str, values: dict[str, Any], why: str = "") -> None:
        self.need(Right.VISIT)
        with self.store.writing(self.user.name) as ledger:
            owner = self._patient_id(ledger.connection, patient_id)
            self._check_visit(ledger.connection, owner, str(values.get("visit_id") or ""))
            row = {"id": str(self.store.new_id()), "patient_id": owner, "at": ledger.at, "by": self.user.name}
            ledger.create(table, {**row, **values}, why=why)

    def _check_visit(self, connection: Any, patient_id: str, visit_id: str) -> None:
        query = select(schema.visits.c.patient_id).where(schema.visits.c.id == visit_id)
        if visit_id and connection.execute(query).scalar_one_or_none() != patient_id:
            raise NotFound("This person had no such visit", visit_id, remedy="Name another, or none")

    # --- outcomes ---

    def add_outcome(self, patient_id: str, outcome: Outcome, visit_id: str = "") -> None:
        """One measure of one zone on one day. Raises TreatmentRefused, RecordsError."""
        scalp().zone(outcome.zone)
        today = self.store.clock().astimezone(self.store.time_zone).date()
        if outcome.on > today:
            raise RecordsError(
                "The day of the measure lies in the future", outcome.on, f"not after {today}", "Correct it"
            )
        values = {
            "zone": outcome.zone,
            "measure": outcome.measure.value,
            "value": outcome.value,
            "on_day": outcome.on.isoformat(),
            "photo": checked_text("The reference of the photo", outcome.photo, 500),
            "visit_id": visit_id or None,
        }
        self._note(schema.outcomes, patient_id, values)

    def outcomes(self, patient_id: str) -> tuple[Outcome, ...]:
        """All measures of a patient, by day; of two of one day the one that was noted later corrects."""
        found = {}
        for row in sorted(self._rows(schema.outcomes, patient_id), key=lambda one: str(one.at)):
            one = Outcome(
                row.zone, Measure(row.measure), row.value, date.fromisoformat(row.on_day), row.photo
            )
            found[one.on, one.zone, one.measure.value] = one
        return tuple(found[key] for key in sorted(found))

    # --- adverse events ---

    def add_adverse_event(self, adverse: Adverse) -> None:
        """One that shows after the visit; in a visit it is an event of the visit. Raises RecordsError."""
        if adverse.severity not in (1, 2, 3):
            raise TreatmentRefused("There is no such severity", adverse.severity, "1, 2 or 3", "Choose one")
        values = {
            "at": utc_text(adverse.at),
            "kind": adverse.kind.value,
            "severity": adverse.severity,
            "zone": adverse.zone and scalp().zone(adverse.zone).id,
            "text": checked_text("The text", adverse.text),
            "visit_id": adverse.visit_id or None,
        }
        self._note(schema.adverse_events, adverse.patient_id, values)

    def adverse_events(self, patient_id: str = "") -> tuple[Adverse, ...]:
        """Those of a patient, or of everybody, oldest first."""
        found = [
            Adverse(
                row.patient_id,
                moment_of(row.at),
                AdverseKind(row.kind),
                row.severity,
                row.zone,
                row.text,
                row.visit_id or "",
                row.by,
            )
            for row in self._rows(schema.adverse_events, patient_id)
        ]
        return tuple(sorted(found, key=lambda one: one.at))

    # --- treatments elsewhere ---

    def add_elsewhere(self, treated: Elsewhere) -> None:
        """A treatment elsewhere or with another tool: it locks like one's own. Raises RecordsError."""
        scalp().zone(treated.zone)
        if treated.depth_um is not None and not 0 < treated.depth_um <= 10_000:
            raise RecordsError(
                "This is no depth of a treatment",
                f"{treated.depth_um} µm",
                "above 0, at most 10 mm",
                "Correct it",
            )
        if utc_text(treated.at) > utc_text(self.store.clock()):
            raise RecordsError("This treatment lies in the future", treated.at, remedy="Correct the time")
        values = {
            "zone": treated.zone,
            "treated_at": utc_text(treated.at),
            "depth_um": treated.depth_um,
            "tool": treated.tool.value,
            "text": checked_text("The text", treated.text),
        }
        self._note(schema.elsewhere, treated.patient_id, values)

    def elsewhere(self, patient_id: str) -> tuple[Elsewhere, ...]:
        """What a patient told of, oldest first."""
        found = [
            Elsewhere(
                row.patient_id, row.zone, moment_of(row.treated_at), row.depth_um, Tool(row.tool), row.text
            )
            for row in self._rows(schema.elsewhere, patient_id)
        ]
        return tuple(sorted(found, key=lambda one: one.at))

    # --- therapies and photos, passes and trips ---

    def add_therapy(self, patient_id: str, note: TherapyNote) -> None:
        """A therapy beside the needling, told outside of a visit; never that it was delivered."""
        values = {
            "therapy": note.therapy.value,
            "used_at": utc_text(note.at),
            "said_by": checked_text("Who said it", note.said_by, 200),
            "text": checked_text("The text", note.text),
            "visit_id": None,
        }
        self._note(schema.therapies, patient_id, values)

    def therapies(self, patient_id: str) -> tuple[TherapyNote, ...]:
        """Therapies that were told of, in a visit or outside, oldest first."""
        found = [
            TherapyNote(Therapy(row.therapy), moment_of(row.used_at), row.said_by, row.text)
            for row in self._rows(schema.therapies, patient_id)
        ]
        return tuple(sorted(found, key=lambda one: one.at))

    def photos(self, patient_id: str) -> tuple[Photo, ...]:
        """Photos by their reference, those of visits and those beside outcomes, oldest first."""
        taken = [
            Photo(moment_of(row.at), row.reference, row.moment, row.zone, row.visit_id or "")
            for row in self._rows(schema.photos, patient_id)
        ]
        measured = [
            Photo(self._measured_at(row), row.photo, "OUTCOME", row.zone, row.visit_id or "")
            for row in self._rows(schema.outcomes, patient_id)
            if row.photo
        ]
        return tuple(sorted([*taken, *measured], key=lambda one: one.at))

    def _measured_at(self, row: Any) -> datetime:
        """A photo beside an outcome is of the day of the measure, also when that was noted later."""
        end = datetime.combine(date.fromisoformat(row.on_day), time.max, tzinfo=self.store.time_zone)
        return min(moment_of(row.at), end)

    def passes(self, patient_id: str) -> tuple[Pass, ...]:
        """Every pass with the dose that it added, oldest first."""
        found = [
            Pass(
                row.visit_id,
                row.zone,
                row.direction,
                moment_of(row.begun_at),
                moment_of(row.at),
                bool(row.done),
                Dose(row.strokes, row.strokes_air, row.strokes_unseen, row.deepest_um, row.contact_s),
            )
            for row in self._rows(schema.passes, patient_id)
        ]
        return tuple(sorted(found, key=lambda one: one.begun_at))

    def trips(self, patient_id: str = "") -> tuple[Trip, ...]:
        """Trips of the pen in visits, of a patient's or of all, oldest first."""
        found = [
            Trip(row.visit_id, moment_of(row.at), row.interlock, row.text)
            for row in self._rows(schema.trips, patient_id)
        ]
        return tuple(sorted(found, key=lambda one: one.at))

    # --- pens and cartridges ---

    def devices(self) -> tuple[Device, ...]:
        """The pens that were used, by serial number."""
        return tuple(
            Device(row.id, row.name, row.firmware, bool(row.simulated), row.row_version)
            for row in self._rows(schema.devices)
        )

    def cartridges(self, patient_id: str = "", lot: str = "") -> tuple[CartridgeRow, ...]:
        """Cartridges that were read, of a patient or of a lot, each with its visits."""
        uses: dict[str, list[str]] = {}
        for use in self._rows(schema.cartridge_uses, patient_id):
            uses.setdefault(use.cartridge_id, []).append(use.visit_id)
        found = [row for row in self._rows(schema.cartridges, patient_id) if not lot or row.lot == lot]
        return tuple(_cartridge(row, tuple(uses.get(row.id, ()))) for row in found)


def _cartridge(row: Any, visits: tuple[str, ...]) -> CartridgeRow:
    return CartridgeRow(
        cartridge_id=int(row.id),
        patient_id=row.patient_id,
        kind=row.kind,
        needles=row.needles,
        lot=row.lot,
        sterile_until=date.fromisoformat(row.sterile_until),
        first_read_at=moment_of(row.first_read_at),
        disposed=bool(row.disposed),
        visits=visits,
    )
