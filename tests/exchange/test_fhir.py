"""The FHIR bundle, checked with fhir.resources and by what it says."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from visit_example import ZONES, Example, example_facts

from penctl.exchange import fhir
from penctl.exchange.errors import ExchangeError
from penctl.exchange.facts import Person, Sealed, VisitFacts
from penctl.exchange.fhir import fhir_bundle, fhir_json
from penctl.treatment.visit_events import CartridgeRead

UCUM = {"mm", "Hz", "s", "cm2", "/cm2", "{passes}", "{punctures}"}


@pytest.fixture(scope="module")
def bundle(facts: VisitFacts) -> dict[str, Any]:
    return fhir_bundle(facts)


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = (entry["resource"] for entry in bundle["entry"])
    return [one for one in found if one["resourceType"] == kind]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [one for inner in value.values() for one in references(inner)]
    return [one for inner in value for one in references(inner)] if isinstance(value, list) else []


def test_the_bundle_is_valid_r4b_and_has_every_kind(facts: VisitFacts) -> None:
    """Issue 6, exchange: the kinds that the issue names, read back by fhir.resources."""
    bundle = json.loads(fhir_json(facts))
    Bundle.model_validate(bundle)
    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    named = {"Patient", "Procedure", "Device", "Observation", "QuestionnaireResponse", "Consent"}
    assert named | {"AdverseEvent", "Provenance"} <= kinds


def test_every_reference_leads_to_a_resource_of_the_bundle(bundle: dict[str, Any]) -> None:
    """No link dangles, and Provenance has all others as its target."""
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert len(references(bundle)) > 30
    assert set(references(bundle)) <= set(urls)
    targets = [one["reference"] for one in of_kind(bundle, "Provenance")[0]["target"]]
    assert targets == urls[:-1]


def test_no_answer_has_items_below_both_itself_and_its_question(bundle: dict[str, Any]) -> None:
    """Invariant qrs-1 of FHIR, which fhir.resources does not look at."""
    items = of_kind(bundle, "QuestionnaireResponse")[0]["item"]
    assert len(items) == 26
    assert not any("item" in item for item in items)
    lifted = next(item for item in items if item["linkId"] == "S-15")
    said = [one["answer"][0]["valueString"] for one in lifted["answer"][0]["item"]]
    assert said == ["stop liftable", "well controlled for years (Dr. Example)"]


def test_each_cartridge_of_a_visit_is_a_device_of_its_own() -> None:
    """One that was changed during the visit: both lots can be called back."""
    example = Example().prepared()
    example.zone(ZONES[0], 334)
    fields = {
        "kind": "CLINICAL",
        "needles": 36,
        "lot": "SECOND",
        "sterile_until": date(2027, 1, 1),
        "uses": 0,
    }
    example.add(CartridgeRead, cartridge_id=2, **fields)
    example.zone(ZONES[1], 100)
    facts = example_facts(example)
    lots = {one.get("lotNumber") for one in of_kind(fhir_bundle(facts), "Device")}
    assert lots == {None, "LOT-26-0117", "SECOND"}
    assert [zone.punctures for zone in facts.treated] == [4 * 334 * 12, 2 * 100 * 36]


def test_there_is_one_observation_for_each_punctured_zone_in_ucum(bundle: dict[str, Any]) -> None:
    """Issue 6, exchange: an observation per zone, each quantity with a unit of UCUM."""
    observations = of_kind(bundle, "Observation")
    assert [one["bodySite"]["text"] for one in observations] == ["Frontal", "Frontotemporal, left", "Vertex"]
    vertex = {one["code"]["coding"][0]["code"]: one["valueQuantity"] for one in observations[2]["component"]}
    assert (vertex["depth-set"]["value"], vertex["depth-set"]["code"]) == (1, "mm")
    assert (vertex["density-mean"]["value"], vertex["density-mean"]["code"]) == (400.8, "/cm2")
    for one in observations:
        for component in one["component"]:
            quantity = component["valueQuantity"]
            assert quantity["system"] == "http://unitsofmeasure.org"
            assert quantity["code"] in UCUM


def test_a_simulated_visit_is_labelled_as_test_data_on_every_resource(bundle: dict[str, Any]) -> None:
    """Who takes one resource out of the bundle still sees it."""
    labelled = [bundle, *(entry["resource"] for entry in bundle["entry"])]
    assert all(one["meta"]["security"][0]["code"] == "HTEST" for one in labelled)
    real = fhir_bundle(example_facts(Example(simulated=False).signed()))
    assert "HTEST" not in json.dumps(real)


def test_without_a_name_the_bundle_has_only_the_pseudonym() -> None:
    """Pseudonymous by default: nothing of the person is in it."""
    text = json.dumps(fhir_bundle(example_facts(person=Person("P-4F7Q2"))), ensure_ascii=False)
    assert "P-4F7Q2" in text
    assert "Zoë" not in text
    assert "1984" not in text


@pytest.mark.parametrize(
    ("example", "status"),
    [("signed", "completed"), ("treated", "in-progress"), ("unwell", "stopped"), ("prepared", "in-progress")],
)
def test_the_procedure_says_how_far_it_went(example: str, status: str) -> None:
    """Completed, stopped or still open."""
    made = fhir_bundle(example_facts(getattr(Example(), example)()))
    assert of_kind(made, "Procedure")[0]["status"] == status


def test_the_signed_head_of_the_audit_trail_is_the_provenance_signature(facts: VisitFacts) -> None:
    """Where the records have signed it, the bundle says so."""
    sealed = Sealed(head="ab" * 32, signature="cd" * 64, public_key="ef" * 32)
    made = fhir_bundle(dataclasses.replace(facts, sealed=sealed))
    assert of_kind(made, "Provenance")[0]["signature"][0]["data"].startswith("zc3N")


def test_an_invalid_bundle_is_refused_with_the_place(
    facts: VisitFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check can fail: an observation without its status does not leave."""
    real = fhir.observation

    def broken(*given: Any) -> dict[str, Any]:
        made = real(*given)
        del made["status"]
        return made

    monkeypatch.setattr(fhir, "observation", broken)
    with pytest.raises(ExchangeError, match=r"no valid FHIR bundle.*entry"):
        fhir_bundle(facts)


def test_a_visit_id_that_is_no_uuid_still_makes_a_valid_bundle(facts: VisitFacts) -> None:
    """A full URL of kind urn:uuid has a UUID in it."""
    made = fhir_bundle(dataclasses.replace(facts, visit_id="v 1/ü"))
    assert set(references(made)) <= {entry["fullUrl"] for entry in made["entry"]}
