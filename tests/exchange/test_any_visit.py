"""Whatever the records take, a report and a bundle can be made of."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from visit_example import LETTERHEAD, NAMES, PEN, TZ, Example, example_facts

from penctl.exchange.aftercare import aftercare_pdf
from penctl.exchange.facts import Person
from penctl.exchange.fhir import fhir_bundle
from penctl.exchange.gather import visit_facts
from penctl.exchange.report import report_pdf
from penctl.treatment import visit_events as ev
from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.visit import Visit

FACTS = example_facts()
# As the records take it: no zero byte, no half of a surrogate pair.
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=40)


@pytest.mark.parametrize("name", ["signed", "unwell"])
def test_a_visit_can_be_printed_wherever_it_stands(name: str) -> None:
    """Cut off after any event: report and bundle are made, the sheet once a needle was in the skin."""
    whole = getattr(Example(), name)().visit
    for length in range(1, len(whole.events) + 1, 7):
        visit = Visit.of(whole.events[:length], whole.knowledge)
        facts = visit_facts(visit, Person("P-4F7Q2"), LETTERHEAD, TZ, PEN, NAMES)
        fhir_bundle(facts)
        assert report_pdf(facts).startswith(b"%PDF")
        if facts.treated:
            assert aftercare_pdf(facts).startswith(b"%PDF")


@settings(max_examples=12, deadline=None)
@given(texts=st.lists(TEXT, min_size=6, max_size=6))
def test_any_text_of_a_person_is_printed_and_bundled(texts: list[str]) -> None:
    """Markup, control characters, emoji, other directions, nothing at all."""
    name, note, form, adverse, trip, told = texts
    at = FACTS.last_at
    odd = dataclasses.replace(
        FACTS,
        person=Person("P-1", name),
        notes=(ev.Noted(at, "u-7", note),),
        consent=ev.Consented(at, "u-7", form),
        adverse_events=(ev.AdverseEventNoted(at, "u-8", ev.AdverseKind.PAIN, 1, "", adverse),),
        trips=(ev.TripNoted(at, "u-7", "IL-26", trip),),
        therapies=(TherapyNote(Therapy.PRP, at, "somebody", told),),
        ended_early=told,
    )
    fhir_bundle(odd)
    assert report_pdf(odd).startswith(b"%PDF")
    assert aftercare_pdf(odd).startswith(b"%PDF")
