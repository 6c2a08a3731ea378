"""Outcomes beside the published ones, therapies as notes, and the calendar file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from penctl.treatment.combinations import Therapy, TherapyNote, check_note, minoxidil_from
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.ical import CalendarEntry, calendar, minoxidil_hold
from penctl.treatment.outcomes import Measure, Outcome, curve, references
from penctl.treatment_tables import load_references

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_published_figures_stand_with_their_disagreement() -> None:
    """+91.4 and +22.2 in one article, +91 and +17 in another."""
    found = {one.id: one for one in references(load_references(), Measure.HAIR_COUNT_CHANGE_PER_CM2)}
    assert (found["O-01"].treated, found["O-01"].control) == (91.4, 22.2)
    assert (found["O-02"].treated, found["O-02"].control) == (91, 17)
    assert all(one.source and one.mark for one in found.values())


def test_what_disagrees_names_what_is_there_and_none_invents_a_control_group() -> None:
    """Both figures stand, each with its source; a trial without controls has none."""
    table = {one.id: one for one in load_references()}
    assert len(table) >= 14
    assert all(not one.disagrees or one.disagrees in table for one in table.values())
    assert (table["O-06"].treated, table["O-06"].control) == (83.3, None)
    assert {table["O-13"].disagrees, table["O-14"].disagrees} == {"O-13", "O-14"}


def test_a_persons_curve_is_the_change_since_the_first_value() -> None:
    """Weeks since the first visit."""
    values = [
        Outcome("VERTEX", Measure.HAIR_COUNT_PER_CM2, value, date(2026, 6, day))
        for day, value in ((1, 80), (15, 92))
    ]
    points = curve(values, "VERTEX", Measure.HAIR_COUNT_PER_CM2, date(2026, 6, 1))
    assert [(point.week, point.change) for point in points] == [(0, 0), (2, 12)]


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure.SELF_RATING, 4),
        (Measure.SELF_RATING, 0.5),
        (Measure.SATISFACTION, 11),
        (Measure.HAIR_COUNT_PER_CM2, -1),
        (Measure.THICKNESS_UM, float("nan")),
        (Measure.SELF_RATING, float("nan")),
        (Measure.SATISFIED_SHARE, 80),
    ],
)
def test_an_outcome_outside_its_scale_is_refused(measure: Measure, value: float) -> None:
    """The 7-point scale runs from -3 to +3."""
    with pytest.raises(TreatmentRefused):
        Outcome("VERTEX", measure, value, date(2026, 6, 1))


def test_minoxidil_waits_24_hours(rules) -> None:
    """The hold, and a note that breaks it is told."""
    assert minoxidil_from(NOON, rules, "CLINICAL") == NOON + timedelta(hours=24)
    later = NOON + timedelta(microseconds=1)
    assert minoxidil_from(later, rules, "CLINICAL") == NOON + timedelta(hours=24, minutes=1), (
        "never too early"
    )
    note = TherapyNote(Therapy.MINOXIDIL, NOON + timedelta(hours=23), "patient")
    assert check_note(note, rules, "CLINICAL", NOON)
    later = TherapyNote(Therapy.MINOXIDIL, NOON + timedelta(hours=24), "patient")
    assert check_note(later, rules, "CLINICAL", NOON) == ()


def test_platelet_rich_plasma_belongs_in_a_clinic(rules) -> None:
    """A professional's step."""
    assert check_note(TherapyNote(Therapy.PRP, NOON, "patient"), rules, "HOME", None)


def test_a_calendar_file_is_folded_and_escaped() -> None:
    """RFC 5545: lines of at most 75 bytes, text escaped, days and moments."""
    entries = [
        CalendarEntry("v1", "Visit; bring, the list – " + "ü" * 60, date(2026, 6, 8), note="a\nb"),
        minoxidil_hold("v1", NOON, 24),
    ]
    text = calendar(entries, NOON)
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:Visit\\; bring\\, the list" in unfolded
    assert "DTSTART;VALUE=DATE:20260608" in unfolded
    assert "DTSTART:20260601T120000Z" in unfolded
    assert "DTEND:20260602T120000Z" in unfolded
    assert "a\\nb" in unfolded
