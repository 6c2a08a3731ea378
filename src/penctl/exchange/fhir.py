"""A visit as a FHIR R4B bundle (type collection), validated with `fhir.resources` before it leaves.

Codes of our own carry the system `urn:penctl:…`; quantities are in UCUM. A simulated visit is labelled as
test data (HTEST) on each resource.
"""

from __future__ import annotations

import json
from typing import Any, Final

from penctl.exchange.errors import ExchangeError
from penctl.exchange.facts import VisitFacts
from penctl.exchange.fhir_events import adverse_event, consent, provenance, questionnaire_response
from penctl.exchange.fhir_parts import (
    HTEST,
    SCALP,
    Resource,
    coded,
    device_resources,
    id_of,
    local_code,
    patient,
    practitioners,
    reference,
    shown_time,
    tidied,
    urn,
)
from penctl.exchange.fhir_zones import observation

STATUSES: Final = {"done": "completed", "stopped": "stopped", "open": "in-progress", "nothing": "not-done"}


def fhir_bundle(facts: VisitFacts) -> dict[str, Any]:
    """The bundle as plain values, checked.

    Raises:
        ExchangeError: it is no valid R4B bundle; nothing is handed out then.
    """
    resources: list[Resource] = [
        patient(facts),
        *practitioners(facts),
        *device_resources(facts),
        procedure(facts),
        *(observation(facts, zone) for zone in facts.zones if zone.punctured),
    ]
    if facts.screening:
        resources.append(questionnaire_response(facts))
    if facts.consent is not None:
        resources.append(consent(facts, facts.consent))
    resources += [adverse_event(facts, one, number) for number, one in enumerate(facts.adverse_events)]
    resources.append(provenance(facts, [one["id"] for one in resources]))
    resources = [tidied(one) for one in resources]
    if facts.simulated:
        for one in resources:
            one["meta"] = {"security": [dict(HTEST)]}
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "id": id_of(facts, "bundle"),
        "type": "collection",
        "timestamp": shown_time(facts, facts.last_at),
        "entry": [{"fullUrl": urn(one["id"]), "resource": one} for one in resources],
    }
    if facts.simulated:
        bundle["meta"] = {"security": [dict(HTEST)]}
    return _checked(bundle)


def fhir_json(facts: VisitFacts) -> bytes:
    """The bundle as the bytes of a file."""
    return json.dumps(fhir_bundle(facts), ensure_ascii=False, indent=1).encode() + b"\n"


def _checked(bundle: dict[str, Any]) -> dict[str, Any]:
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        model = Bundle.model_validate(bundle)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ExchangeError(
            "The visit makes no valid FHIR bundle",
            f"{place}: {first['msg']}",
            "FHIR R4B",
            "Please report it; the visit itself is safe in the records",
        ) from error
    checked: dict[str, Any] = json.loads(model.model_dump_json(exclude_none=True))
    return checked


def procedure(facts: VisitFacts) -> Resource:
    """What was done, as one procedure."""
    made: Resource = {
        "resourceType": "Procedure",
        "id": id_of(facts, "procedure"),
        "status": STATUSES[_state(facts)],
        "category": {"text": "Microneedling"},
        "code": local_code("procedure", "microneedling", "Microneedling of the scalp with a motorised pen"),
        "subject": reference(facts, "patient"),
        "performedPeriod": {
            "start": shown_time(facts, facts.first_puncture or facts.begun_at),
            "end": shown_time(facts, facts.last_puncture or facts.last_at),
        },
        "bodySite": [
            coded(SCALP, *local_code("zone", zone.id, zone.name)["coding"], text=zone.name)
            for zone in facts.treated
        ],
        "usedReference": [reference(facts, f"device-{name}") for name in _devices(facts)],
        "note": [{"text": text} for text in _notes(facts)],
    }
    if facts.indication:
        made["reasonCode"] = [local_code("indication", facts.indication, facts.indication.lower())]
    if facts.signed_by:
        made["performer"] = [{"actor": reference(facts, f"user-{facts.signed_by}")}]
    if facts.ended_early:
        made["statusReason"] = {"text": facts.ended_early}
    return made


def _devices(facts: VisitFacts) -> list[str]:
    return ["pen", *(f"cartridge-{one.cartridge_id}" for one in facts.cartridges)]


def _state(facts: VisitFacts) -> str:
    if not facts.treated:
        return "nothing" if facts.signed_at or facts.ended_early else "open"
    if facts.ended_early:
        return "stopped"
    return "done" if facts.signed_at else "open"


def _notes(facts: VisitFacts) -> list[str]:
    found = [f"{one.interlock}: {one.text}" for one in facts.trips]
    found += [
        f"{zone.name}: {'broken off' if zone.punctured else 'not treated'}: {zone.reason}"
        for zone in facts.zones
        if not zone.done and zone.reason
    ]
    found += [
        f"Therapy as told by {one.said_by}, not that it was delivered: {one.therapy.value.lower()} {one.text}"
        for one in facts.therapies
    ]
    return found + [one.text for one in facts.notes]
