"""The PDFs, read back by pypdf: what a patient and a file clerk must find on them."""

from __future__ import annotations

import dataclasses
import io
from datetime import date, datetime

import pytest
from pypdf import PdfReader
from visit_example import PERSON, TZ, ZONES, Example, example_facts

from penctl.exchange.advice import load_advice
from penctl.exchange.aftercare import aftercare_pdf
from penctl.exchange.errors import ExchangeError
from penctl.exchange.facts import Person, VisitFacts
from penctl.exchange.report import report_pdf
from penctl.exchange.words import age, not_before
from penctl.treatment.visit_events import EndedEarly, Noted


def read(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


@pytest.fixture(scope="module")
def sheet(facts: VisitFacts) -> str:
    pages = read(aftercare_pdf(facts))
    assert len(pages) == 1
    return pages[0]


@pytest.fixture(scope="module")
def report(facts: VisitFacts) -> list[str]:
    return read(report_pdf(facts))


def test_the_sheet_says_no_minoxidil_before_24_hours_after_the_last_puncture(
    sheet: str, facts: VisitFacts
) -> None:
    """Issue 6, exchange: the hold, counted from the last puncture and never rounded down."""
    assert "No minoxidil before Tue 2 Jun 2026, 10:40" in sheet


def test_the_sheet_says_the_first_day_of_the_next_visit_and_that_of_each_area(sheet: str) -> None:
    """Above 0.6 mm the default interval is 14 days, below 7: the latest stands in the box."""
    assert "Next visit not before Mon 15 Jun 2026" in sheet
    assert "Frontotemporal, left 0.5 mm 2 Mon 8 Jun 2026" in sheet
    assert "Vertex 1 mm 4 Mon 15 Jun 2026" in sheet


def test_the_sheet_says_what_was_done_what_to_do_and_when_to_call(sheet: str) -> None:
    """Issue 6, exchange: an area that was not treated is not on the patient's sheet."""
    assert PERSON.name in sheet
    assert "Frontotemporal, right" not in sheet
    for heading in ("What was done", "Please do", "Please leave out", "What is normal", "Call us when"):
        assert heading in sheet
    assert "+49 30 0000 000" in sheet
    for one in load_advice():
        assert one.text.split(",")[0] in sheet


def test_a_precaution_without_a_published_figure_is_marked_on_the_sheet(sheet: str) -> None:
    """A figure from memory shows that it is one."""
    assert "hard exercise*" in sheet
    assert "tonics with alcohol*" not in sheet
    assert "* a precaution; no published figure was found for it" in sheet


@pytest.mark.parametrize("make", [report_pdf, aftercare_pdf])
def test_a_simulated_visit_is_marked_on_every_page_and_a_real_one_is_not(
    make: object, facts: VisitFacts
) -> None:
    """Simulated is never taken for treated."""
    assert callable(make)
    for page in read(make(facts)):
        assert page.count("SIMULATED") == 2
    for page in read(make(dataclasses.replace(facts, simulated=False))):
        assert "SIMULATED" not in page


def test_the_report_says_what_was_set_measured_and_counted(report: list[str]) -> None:
    """Depth set and measured, stroke rate, passes, the zone mean with its target, and how it was counted."""
    text = " ".join(report)
    assert "1 Frontal 0.75 mm 0.758 mm 110 Hz 4 of 4" in text
    assert "401 /cm² (400 /cm²)" in text
    assert "Density is a zone mean" in text
    assert "Areas are assumed" in text
    assert "Strokes in gaps of the telemetry count as contact: 28." in text
    assert "not treated: a small mole lies in it" in text


def test_the_report_says_who_signed_what_and_why(report: list[str]) -> None:
    """Screening answers that a clinician lifted, with the reason and the name."""
    text = " ".join(report)
    assert "STOP, lifted well controlled for years – Dr. Example" in text
    assert "26 questions asked, 10:00; 24 without a finding." in text
    assert "Signed in the records by Dr. Example, 1 Jun 2026, 10:45." in text
    assert "lidocaine 4 % cream, 5 g" in text
    assert "What was told; not that a drug was delivered." in text


def test_pages_are_numbered_with_their_count(report: list[str]) -> None:
    """A lost page is noticed."""
    assert len(report) == 2
    assert [f"page {number} of 2" in page for number, page in enumerate(report, start=1)] == [True, True]


def test_text_of_people_is_never_markup(report: list[str]) -> None:
    """A note with < and & stands as it was written."""
    assert "Asks for <b>shorter</b> visits & less noise." in " ".join(report)


def test_an_unsigned_visit_says_so_and_a_visit_that_was_ended_early_says_why(unwell: VisitFacts) -> None:
    """A draft is never taken for the signed record."""
    text = " ".join(read(report_pdf(unwell)))
    assert "Not signed: a draft" in text
    assert "The patient was unwell: dizzy, laid down" in text
    assert "syncope, moderate" in text


def test_names_in_other_alphabets_are_printed() -> None:
    """Latin with any accent, Greek and Cyrillic: the font has them."""
    name = "Дмитро Ω-Ştefănescu Ŋ"
    text = " ".join(read(report_pdf(example_facts(person=Person("P-1", name)))))
    assert name in text


def test_a_letter_that_the_font_lacks_is_named_not_dropped() -> None:
    """Two people whose names the font lacks are not printed alike."""
    text = " ".join(read(report_pdf(example_facts(person=Person("P-1", "山田")))))
    assert "[U+5C71][U+7530]" in text


def test_without_a_puncture_there_is_no_sheet() -> None:
    """Nothing was done: a sheet would be wrong; the report stands."""
    facts = example_facts(Example().prepared())
    with pytest.raises(ExchangeError, match="no needle was in the skin"):
        aftercare_pdf(facts)
    assert "No needle was in the skin." in " ".join(read(report_pdf(facts)))


def test_a_visit_that_has_only_begun_makes_a_report() -> None:
    """Any visit in the records can be printed."""
    text = " ".join(read(report_pdf(example_facts(Example()))))
    assert "No plan was agreed; nothing was treated." in text
    assert "Not held." in text


def test_a_long_visit_goes_over_pages_without_losing_a_line() -> None:
    """60 notes, and one of 20,000 letters, longer than any page: all on paper."""
    example = Example().signed()
    facts = example_facts(example)
    notes = tuple(Noted(facts.last_at, "u-7", f"note {number} " + "word " * 60) for number in range(60))
    notes += (Noted(facts.last_at, "u-7", "long " * 3999 + "end of it"),)
    text = " ".join(read(report_pdf(dataclasses.replace(facts, notes=notes))))
    assert all(f"note {number} word" in text for number in range(60))
    assert "end of it" in text


def test_a_reason_as_long_as_a_book_breaks_no_page() -> None:
    """Whatever the records take, a report can be made of."""
    example = Example().prepared()
    example.zone(ZONES[0], 10)
    example.add(EndedEarly, reason="reason " * 2800 + "the last word")
    facts = example_facts(example)
    assert "the last word" in " ".join(read(report_pdf(facts)))
    assert len(read(aftercare_pdf(facts))) == 1


def test_the_same_facts_give_the_same_bytes(facts: VisitFacts) -> None:
    """So that two prints of one visit can be compared."""
    assert report_pdf(facts) == report_pdf(facts)


def test_a_clinic_without_a_phone_number_leaves_a_line_to_write_it(facts: VisitFacts) -> None:
    """The sheet is useful before anybody has set up anything."""
    head = dataclasses.replace(facts.letterhead, phone="", urgent="", name="", address=())
    assert "Call us when … ____" in read(aftercare_pdf(dataclasses.replace(facts, letterhead=head)))[0]


def test_the_sheet_of_a_treatment_at_home_sends_nobody_to_a_clinic_of_its_own(facts: VisitFacts) -> None:
    """HOME: the next treatment, and any doctor."""
    page = read(aftercare_pdf(dataclasses.replace(facts, mode="HOME")))[0]
    assert "Next treatment not before Mon 15 Jun 2026" in page
    assert "Call a doctor when" in page
    assert "Call us" not in page


def test_a_hold_is_rounded_up_to_the_minute_and_an_age_is_in_full_years() -> None:
    """Somebody born on 29 February is a year older from 1 March on."""
    assert not_before(datetime(2026, 6, 1, 10, 39, 0, 1, TZ)) == datetime(2026, 6, 1, 10, 40, tzinfo=TZ)
    assert not_before(datetime(2026, 6, 1, 10, 39, tzinfo=TZ)) == datetime(2026, 6, 1, 10, 39, tzinfo=TZ)
    assert (age(date(1984, 2, 29), date(2026, 2, 28)), age(date(1984, 2, 29), date(2026, 3, 1))) == (41, 42)
