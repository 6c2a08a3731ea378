"""Screening, consent, adverse events and provenance of the FHIR bundle."""

from __future__ import annotations

import base64
from typing import Any, Final

from penctl.exchange.facts import ScreeningFacts, VisitFacts
from penctl.exchange.fhir_parts import (
    OURS,
    Resource,
    id_of,
    local_code,
    reference,
    shown_time,
    tidied,
    urn,
    users_of,
)
from penctl.exchange.words import plain
from penctl.treatment.visit_events import AdverseEventNoted, Consented

HL7: Final = "http://terminology.hl7.org/CodeSystem/"
SEVERITIES: Final = {1: "mild", 2: "moderate", 3: "severe"}


def questionnaire_response(facts: VisitFacts) -> Resource:
    """The screening, each question with its answer, what it means, and a signed reason."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id_of(facts, "screening"),
        "questionnaire": f"{OURS}screening",
        "status": "completed",
        "subject": reference(facts, "patient"),
        "authored": shown_time(facts, facts.screened_at or facts.begun_at),
        "author": reference(facts, f"user-{facts.begun_by}"),
        "item": [_item(one, facts) for one in facts.screening],
    }


def _item(one: ScreeningFacts, facts: VisitFacts) -> dict[str, Any]:
    value: dict[str, Any]
    if isinstance(one.answer, int):
        value = {"valueInteger": one.answer}
    else:
        value = {"valueCoding": {"system": f"{OURS}answer", "code": str(one.answer or "none").lower()}}
    item: dict[str, Any] = {"linkId": one.id, "text": one.text, "answer": [value]}
    inner = [{"linkId": f"{one.id}-means", "answer": [{"valueString": plain(one.verdict.value)}]}]
    if one.signed_by:
        said = f"{one.signed_reason} ({facts.name_of(one.signed_by)})"
        inner.append({"linkId": f"{one.id}-signed", "answer": [{"valueString": said}]})
    value["item"] = inner  # below the answer: FHIR forbids items below both it and the question
    return item


def consent(facts: VisitFacts, given: Consented) -> Resource:
    """That the person consented to the treatment, and to which text."""
    return {
        "resourceType": "Consent",
        "id": id_of(facts, "consent"),
        "status": "active",
        "scope": {"coding": [{"system": f"{HL7}consentscope", "code": "treatment"}]},
        "category": [
            {"coding": [{"system": "http://loinc.org", "code": "59284-0"}], "text": "Patient consent"}
        ],
        "patient": reference(facts, "patient"),
        "dateTime": shown_time(facts, given.at),
        "performer": [reference(facts, "patient")],
        "sourceAttachment": {"title": given.form},
        "policyRule": {"text": tidied(given.form) or "the text is not named"},
    }


def adverse_event(facts: VisitFacts, one: AdverseEventNoted, number: int) -> Resource:
    """One adverse event, with pen and cartridge as what it may have come from."""
    names = {zone.id: zone.name for zone in facts.zones}
    words = plain(one.kind.value)
    where = f", {names.get(one.zone, plain(one.zone))}" if one.zone else ""
    event = local_code("adverse-event", one.kind.value, words)
    event["text"] = f"{words}{where}" + (f": {one.text}" if one.text else "")
    devices = ["device-pen", *(f"device-cartridge-{one.cartridge_id}" for one in facts.cartridges)]
    return {
        "resourceType": "AdverseEvent",
        "id": id_of(facts, f"adverse-{number}"),
        "actuality": "actual",
        "event": event,
        "subject": reference(facts, "patient"),
        "date": shown_time(facts, one.at),
        "detected": shown_time(facts, one.at),
        "severity": {
            "coding": [{"system": f"{HL7}adverse-event-severity", "code": SEVERITIES[one.severity]}]
        },
        "recorder": reference(facts, f"user-{one.by}"),
        "suspectEntity": [{"instance": reference(facts, device)} for device in devices],
    }


def provenance(facts: VisitFacts, ids: list[str]) -> Resource:
    """Who made these records, and the signed head of the audit trail at the visit's signature."""
    made: Resource = {
        "resourceType": "Provenance",
        "id": id_of(facts, "provenance"),
        "target": [{"reference": urn(one)} for one in ids],
        "occurredPeriod": {
            "start": shown_time(facts, facts.begun_at),
            "end": shown_time(facts, facts.signed_at or facts.last_at),
        },
        "recorded": shown_time(facts, facts.signed_at or facts.last_at),
        "agent": [{"who": reference(facts, f"user-{user}")} for user in users_of(facts)],
    }
    if facts.sealed.signature and facts.signed_at:
        made["signature"] = [
            {
                "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.5"}],
                "when": shown_time(facts, facts.signed_at),
                "who": reference(facts, f"user-{facts.signed_by}"),
                "data": base64.b64encode(bytes.fromhex(facts.sealed.signature)).decode(),
            }
        ]
    return made
