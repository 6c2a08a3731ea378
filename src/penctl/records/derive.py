"""What an event of a visit writes besides its own line: rows that questions are asked of, by a table.

Each function gets the ledger of the transaction, the visit as it was before, and the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Table, select

from penctl.records import schema
from penctl.records.ledger import Ledger
from penctl.records.values import canonical, utc_text
from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.visit import Visit


@dataclass(frozen=True)
class Scene:
    """Where an event is written: the transaction, the visit before it, whose it is, and its number."""

    ledger: Ledger
    visit: Visit
    patient_id: str
    number: int

    @property
    def visit_id(self) -> str:
        """The visit."""
        return self.visit.begun.visit_id

    def row(self, event: ev.VisitEvent, **values: Any) -> dict[str, Any]:
        """The columns that every derived row has, and its own."""
        own = {
            "id": f"{self.visit_id}/{self.number:06d}",
            "patient_id": self.patient_id,
            "visit_id": self.visit_id,
        }
        return {**own, "at": utc_text(event.at), "by": event.by, **values}


def write_event(scene: Scene, event: ev.VisitEvent) -> None:
    """The event's line in the journal, then what follows from it."""
    content = ev.plain(event)
    line = {
        "id": f"{scene.visit_id}/{scene.number:06d}",
        "visit_id": scene.visit_id,
        "number": scene.number,
        "at": utc_text(event.at),
        "by": event.by,
        "kind": content["event"],
        "content": canonical(content),
    }
    scene.ledger.create(schema.visit_events, line)
    derive = DERIVED.get(type(event))
    if derive is not None:
        derive(scene, event)


_Derive = Callable[[Scene, Any], None]


def _insert(table: Table, values: Callable[[Any], Mapping[str, Any]]) -> _Derive:
    def derive(scene: Scene, event: Any) -> None:
        scene.ledger.create(table, scene.row(event, **values(event)))

    return derive


def _signatures(event: Any) -> str:
    return canonical(ev.plain(event).get("signatures", []))


def _pass_ended(scene: Scene, event: ev.PassEnded) -> None:
    """The pass with what it added: the doses of the journal since it began."""
    begun = scene.visit.open_pass
    if begun is None:
        return
    dose = Dose()
    for one in reversed(scene.visit.events):
        if one is begun:
            break
        if isinstance(one, ev.DoseCounted):
            dose = dose.plus(one.dose)
    values = ev.plain(ev.DoseCounted(event.at, event.by, event.zone, dose))["dose"]
    own = {"zone": event.zone, "direction": begun.direction, "begun_at": utc_text(begun.at)}
    scene.ledger.create(schema.passes, scene.row(event, **own, done=event.done, **values))


def _dose(scene: Scene, event: ev.DoseCounted) -> None:
    """The zone is punctured: its lock counts from the first time in this visit."""
    if event.dose.punctures(1) <= 0:
        return
    table, row_id = schema.zone_treatments, f"{scene.visit_id}/{event.zone}"
    found = scene.ledger.connection.execute(select(table).where(table.c.id == row_id)).one_or_none()
    plan = scene.visit.plan
    planned = plan.zone(event.zone).depth_um if plan else 0
    if found is None:
        depths = {"planned_um": planned, "deepest_um": event.dose.deepest_um}
        values = scene.row(event, zone=event.zone, last_at=utc_text(event.at), **depths)
        scene.ledger.create(table, {**values, "id": row_id})
        return
    changes = {
        "last_at": utc_text(event.at),
        "planned_um": max(planned, int(found.planned_um)),
        "deepest_um": max(event.dose.deepest_um, int(found.deepest_um)),
    }
    scene.ledger.change(table, row_id, changes)


def _disposed(scene: Scene, event: ev.CartridgeDisposed) -> None:
    cartridge = scene.visit.cartridge
    if cartridge is not None:
        scene.ledger.change(schema.cartridges, str(cartridge.cartridge_id), {"disposed": 1})


def _ended(scene: Scene, event: Any) -> None:
    scene.ledger.change(schema.visits, scene.visit_id, {"ended_early": event.reason}, why=event.reason)


def _signed(scene: Scene, event: ev.Signed) -> None:
    """The visit is closed: its zones are given back, and the end of the audit trail is signed."""
    claims = schema.zone_claims
    held = select(claims.c.id).where(claims.c.visit_id == scene.visit_id, claims.c.held == 1)
    for claim_id in scene.ledger.connection.execute(held.order_by(claims.c.id)).scalars().all():
        scene.ledger.change(claims, claim_id, {"held": 0})
    scene.ledger.change(schema.visits, scene.visit_id, {"status": "CLOSED", "closed_at": utc_text(event.at)})
    scene.ledger.sign_head(f"visit {scene.visit_id}", scene.visit_id)


DERIVED: Final[Mapping[type[ev.VisitEvent], _Derive]] = MappingProxyType(
    {
        ev.Screened: _insert(
            schema.screenings,
            lambda event: {
                "answers": canonical(ev.plain(event)["answers"]),
                "signatures": _signatures(event),
            },
        ),
        ev.Consented: _insert(schema.consents, lambda event: {"form": event.form}),
        ev.Planned: _insert(
            schema.plans,
            lambda event: {"content": canonical(ev.plain(event)["plan"]), "signatures": _signatures(event)},
        ),
        ev.PhotoTaken: _insert(
            schema.photos,
            lambda event: {"moment": event.when, "zone": event.zone, "reference": event.reference},
        ),
        ev.DoseCounted: _dose,
        ev.PassEnded: _pass_ended,
        ev.TripNoted: _insert(schema.trips, lambda event: {"interlock": event.interlock, "text": event.text}),
        ev.AdverseEventNoted: _insert(
            schema.adverse_events,
            lambda event: {
                "kind": event.kind.value,
                "severity": event.severity,
                "zone": event.zone,
                "text": event.text,
            },
        ),
        ev.TherapyNoted: _insert(
            schema.therapies,
            lambda event: {
                "therapy": event.note.therapy.value,
                "used_at": utc_text(event.note.at),
                "said_by": event.note.said_by,
                "text": event.note.text,
            },
        ),
        ev.CartridgeDisposed: _disposed,
        ev.EndedEarly: _ended,
        ev.Unwell: _ended,
        ev.Signed: _signed,
    }
)
