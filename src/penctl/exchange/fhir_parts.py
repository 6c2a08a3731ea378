"""Pieces of the FHIR bundle: who, with what, and how codes and references are written."""

from __future__ import annotations

import contextlib
import uuid
from datetime import datetime
from typing import Any, Final

from penctl.exchange.facts import VisitFacts
from penctl.treatment.visit_events import CartridgeRead

Resource = dict[str, Any]
OURS: Final = "urn:penctl:"
NAMESPACE: Final = uuid.UUID("7f1b8d1e-4c55-5b0e-9a7a-1f8f4a6d2c31")
"""Ids of resources are made from the visit's own id, so that the same visit gives the same bundle."""
SCALP: Final = {
    "system": "http://snomed.info/sct",
    "code": "41695006",  # from memory: to be checked against a SNOMED CT release before it is relied on
    "display": "Scalp structure",
}
HTEST: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


def id_of(facts: VisitFacts, part: str) -> str:
    """The id of a part of this visit's bundle. The patient keeps one id over all visits."""
    if part == "procedure":
        with contextlib.suppress(ValueError):
            return str(uuid.UUID(facts.visit_id))
    about = facts.person.pseudonym if part == "patient" else facts.visit_id
    return str(uuid.uuid5(NAMESPACE, f"{about}/{part}"))


def urn(resource_id: str) -> str:
    """The full URL of a resource inside the bundle."""
    return f"urn:uuid:{resource_id}"


def reference(facts: VisitFacts, part: str) -> dict[str, str]:
    """A reference to a part of this bundle."""
    return {"reference": urn(id_of(facts, part))}


def coded(*codings: dict[str, str], text: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [dict(one) for one in codings], "text": text}


def local_code(kind: str, code: str, text: str) -> dict[str, Any]:
    """A CodeableConcept of our own: no public code is known for it."""
    name = code.lower().replace("_", "-")
    return coded({"system": f"{OURS}{kind}", "code": name, "display": text}, text=text)


def quantity(value: float, ucum: str, unit: str | None = None) -> dict[str, Any]:
    """A quantity in UCUM."""
    return {"value": value, "unit": unit or ucum, "system": "http://unitsofmeasure.org", "code": ucum}


def tidied(value: Any) -> Any:
    """As FHIR takes it: no text with control characters or space around, nothing that is empty."""
    if isinstance(value, str):
        return "".join(char for char in value if char >= " " or char in "\r\n\t").strip()
    if isinstance(value, dict):
        inner = {key: tidied(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one not in ("", None, [], {})}
    if isinstance(value, list):
        return [one for one in (tidied(one) for one in value) if one not in ("", None, [], {})]
    return value


def shown_time(facts: VisitFacts, moment: datetime) -> str:
    """A moment in the clinic's time zone, to the second."""
    return facts.local(moment).isoformat(timespec="seconds")


def patient(facts: VisitFacts) -> Resource:
    """The person: by pseudonym; with name and birth date only where the facts have them."""
    made: Resource = {
        "resourceType": "Patient",
        "id": id_of(facts, "patient"),
        "identifier": [{"system": f"{OURS}pseudonym", "value": facts.person.pseudonym}],
    }
    if facts.person.name:
        made["name"] = [{"text": facts.person.name}]
    if facts.person.birth_date:
        made["birthDate"] = facts.person.birth_date.isoformat()
    return made


def users_of(facts: VisitFacts) -> list[str]:
    """Every user whom another resource refers to."""
    found = {facts.begun_by, facts.signed_by, *(one.by for one in facts.adverse_events)}
    return sorted(found - {""})


def practitioners(facts: VisitFacts) -> list[Resource]:
    """Who treated and noted."""
    return [
        {
            "resourceType": "Practitioner",
            "id": id_of(facts, f"user-{user}"),
            "identifier": [{"system": f"{OURS}user", "value": user}],
            "name": [{"text": facts.name_of(user)}],
        }
        for user in users_of(facts)
    ]


def device_resources(facts: VisitFacts) -> list[Resource]:
    """The pen, and each cartridge with lot and last day of sterility."""
    pen: Resource = {
        "resourceType": "Device",
        "id": id_of(facts, "device-pen"),
        "type": local_code("device", "pen", "Motorised microneedling pen"),
        "deviceName": [{"name": facts.pen.model or "microneedling pen", "type": "model-name"}],
    }
    if facts.pen.serial:
        pen["serialNumber"] = facts.pen.serial
    if facts.pen.firmware:
        pen["version"] = [{"type": {"text": "firmware"}, "value": facts.pen.firmware}]
    return [pen, *(_cartridge(facts, one) for one in facts.cartridges)]


def _cartridge(facts: VisitFacts, one: CartridgeRead) -> Resource:
    cartridge: Resource = {
        "resourceType": "Device",
        "id": id_of(facts, f"device-cartridge-{one.cartridge_id}"),
        "identifier": [{"system": f"{OURS}cartridge", "value": str(one.cartridge_id)}],
        "type": local_code("device", "cartridge", f"Needle cartridge, {one.needles} needles"),
        "expirationDate": one.sterile_until.isoformat(),
        "parent": reference(facts, "device-pen"),
    }
    if one.lot:
        cartridge["lotNumber"] = one.lot
    return cartridge
