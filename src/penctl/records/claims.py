"""What two visits must never share: a zone of one person, and a cartridge.

The database holds it by unique keys; the checks here only find better words before that.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from penctl.records import schema
from penctl.records.derive import Scene
from penctl.records.errors import InUse
from penctl.treatment import visit_events as ev
from penctl.treatment.findings import TreatmentRefused, refuse_open


def claim_zone(scene: Scene, event: ev.PassBegun) -> None:
    """The zone and all that overlap it belong to this visit until it is signed.

    Raises:
        InUse: another open visit of this person has one of them.
    """
    claims, scalp = schema.zone_claims, scene.visit.knowledge.scalp
    wanted = sorted(scalp.locked_with(event.zone))
    query = select(claims.c.zone, claims.c.visit_id).where(
        claims.c.patient_id == scene.patient_id, claims.c.zone.in_(wanted), claims.c.held == 1
    )
    held = {row.zone: row.visit_id for row in scene.ledger.connection.execute(query)}
    for zone, visit_id in held.items():
        if visit_id != scene.visit_id:
            raise InUse(
                f"{scalp.zone(zone).name} is being treated in another visit of this person",
                f"visit {visit_id}",
                remedy="End and sign that visit first",
            )
    for zone in wanted:
        if zone not in held:
            values = scene.row(event, zone=zone, held=1)
            scene.ledger.create(claims, {**values, "id": f"{scene.visit_id}/{zone}"})


def claim_cartridge(scene: Scene, event: ev.CartridgeRead) -> None:
    """The cartridge belongs to this person, and to this visit.

    Raises:
        TreatmentRefused: it is another person's, was disposed of, or had as many visits as it may have. That
            it is sterile today and of this mode was checked by the visit, from what its tag says.
        InUse: another visit has it.
    """
    table, row_id = schema.cartridges, str(event.cartridge_id)
    found = scene.ledger.connection.execute(select(table).where(table.c.id == row_id)).one_or_none()
    if found is None:
        values = {
            "id": row_id,
            "patient_id": scene.patient_id,
            "kind": event.kind,
            "needles": event.needles,
            "lot": event.lot,
            "sterile_until": event.sterile_until.isoformat(),
            "first_read_at": scene.row(event)["at"],
            "disposed": 0,
        }
        scene.ledger.create(table, values)
    else:
        _check_known(scene, event, found)
    uses = schema.cartridge_uses
    use_id = f"{row_id}/{scene.visit_id}"
    if scene.ledger.connection.execute(select(uses.c.id).where(uses.c.id == use_id)).first() is None:
        scene.ledger.create(uses, {**scene.row(event), "id": use_id, "cartridge_id": row_id})


def _check_known(scene: Scene, event: ev.CartridgeRead, found: Any) -> None:
    if found.patient_id != scene.patient_id:
        raise TreatmentRefused(
            "This cartridge was used on another person",
            event.cartridge_id,
            "one cartridge, one person",
            "Dispose of it and take a new one",
        )
    if found.disposed:
        raise TreatmentRefused(
            "This cartridge went to the sharps", event.cartridge_id, "used once", "Take a new one"
        )
    uses, visits = schema.cartridge_uses, schema.visits
    query = select(uses.c.visit_id, visits.c.status).join_from(uses, visits, uses.c.visit_id == visits.c.id)
    query = query.where(uses.c.cartridge_id == str(event.cartridge_id), uses.c.visit_id != scene.visit_id)
    others = list(scene.ledger.connection.execute(query))
    for use in others:
        if use.status == "OPEN":
            raise InUse(
                "This cartridge is in another visit", f"visit {use.visit_id}", remedy="Take a new one"
            )
    rule = scene.visit.knowledge.rules["cartridge_visits_count", scene.visit.mode]
    if not rule.allows(len(others) + 1):
        refuse_open([rule.finding("The cartridge has been used", f"visits before this one {len(others)}")])
