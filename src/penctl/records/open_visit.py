"""A visit in hand: each event is checked, written, and only then counts."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from penctl.records import schema
from penctl.records.claims import claim_cartridge, claim_zone
from penctl.records.derive import Scene, write_event
from penctl.records.entries import Right
from penctl.records.errors import NotAllowed, RecordsError, StaleRow
from penctl.records.knowing import knowledge
from penctl.records.ledger import Ledger
from penctl.treatment import visit_events as ev
from penctl.treatment.visit import Visit

if TYPE_CHECKING:
    from penctl.records.desk import Desk

_FRESH: Final = (ev.Screened, ev.Planned, ev.Armed, ev.PassBegun)


class OpenVisit:
    """A visit that one desk goes on with. `add` takes the next event, on disk before it counts."""

    def __init__(self, desk: Desk, patient_id: str, visit: Visit) -> None:
        self._desk, self.patient_id, self.visit = desk, patient_id, visit
        self._lock = threading.RLock()

    @property
    def id(self) -> str:
        """The visit's number, 16 hexadecimal digits, the same on the pen."""
        return self.visit.begun.visit_id

    @property
    def version(self) -> int:
        """How many events there are; another workstation that went on with this visit makes it stale."""
        return len(self.visit.events)

    def add(self, event: ev.VisitEvent) -> None:
        """Take what happens next: by the rules, then by what others do, then on disk, then it counts.

        Raises:
            TreatmentRefused: the treatment's rules refuse it. InUse: another visit has the zone or cartridge.
            StaleRow: another workstation has gone on with this visit. NotAllowed: the user's role does not
            do that. StoreFull and other RecordsError: it was not kept. The visit is as before each time.
        """
        self._check_user(event)
        with self._lock, self._desk.store.writing(self._desk.user.name) as ledger:
            self._check_version(ledger)
            if isinstance(event, _FRESH):
                self.visit.knowledge = knowledge(
                    ledger.connection, self.patient_id, self.visit.mode, self._desk.store.time_zone, self.id
                )
            self.visit.check(event)
            scene = Scene(ledger, self.visit, self.patient_id, self.version)
            if isinstance(event, ev.PassBegun):
                claim_zone(scene, event)
            if isinstance(event, ev.CartridgeRead):
                claim_cartridge(scene, event)
            write_event(scene, event)
        self.visit.take(event)

    def _check_version(self, ledger: Ledger) -> None:
        table = schema.visit_events
        query = select(func.count()).select_from(table).where(table.c.visit_id == self.id)
        kept = int(ledger.connection.execute(query).scalar_one())
        if kept != self.version:
            raise StaleRow(
                "Another workstation has gone on with this visit",
                f"{self.version} events here",
                f"{kept} kept",
                "Resume the visit to see what was done",
            )

    def _check_user(self, event: ev.VisitEvent) -> None:
        user = self._desk.user
        self._desk.need(Right.VISIT)
        if event.by != user.name:
            raise NotAllowed("An event is noted by who is signed in", event.by, user.name, "Sign in")
        signatures: tuple[Any, ...] = getattr(event, "signatures", ())
        for signature in signatures:
            if signature.user_id != user.name:
                raise NotAllowed(
                    "A reason is signed by who is signed in", signature.user_id, user.name, "Sign in"
                )
        if signatures or (isinstance(event, ev.Signed) and self.visit.mode != "HOME"):
            self._desk.need(Right.SIGN)


def begun_event(desk: Desk, visit_id: str, person: str, mode: str, at: datetime) -> ev.VisitBegun:
    """The first event of a visit. Raises RecordsError for an unknown mode."""
    from penctl.treatment.rules import MODES

    if mode not in MODES:
        raise RecordsError("There is no such mode", mode, ", ".join(MODES), "Name one of these")
    return ev.VisitBegun(at, desk.user.name, visit_id, person, mode, desk.store.simulated)
