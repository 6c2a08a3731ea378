"""The course: calendar days in the clinic's zone, overlapping areas, what is locked, early, due, overdue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from penctl.treatment.course import Course, Due, Punctured, Tool
from penctl.treatment.findings import TreatmentRefused, Weight

BERLIN = ZoneInfo("Europe/Berlin")
Make = Callable[..., Course]


def at(day: int, hour: int = 10, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def done(zone: str, when: datetime, depth_um: int | None = 500, visit: str = "v1") -> Punctured:
    return Punctured(zone, when, depth_um, Tool.PEN, visit)


@pytest.mark.parametrize(
    ("day", "due"), [(1, Due.LOCKED), (7, Due.LOCKED), (8, Due.DUE), (14, Due.DUE), (15, Due.OVERDUE)]
)
def test_the_same_area_is_locked_for_seven_calendar_days(course: Make, day: int, due: Due) -> None:
    """Hard: not within 7 calendar days, counted from the first puncture."""
    state = course(done("FRONTAL", at(1))).state("FRONTAL", at(day, 23, 59))
    assert state.due is due
    assert state.locked_until == date(2026, 6, 8)


def test_calendar_days_are_those_of_the_clinic(course: Make) -> None:
    """23:30 in the clinic is 21:30 UTC of the same day; one hour later it is the next day there."""
    late = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # 00:30 on 2 June in the clinic
    assert course(done("FRONTAL", late)).state("FRONTAL", at(8, 9)).due is Due.LOCKED
    early = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)  # 23:30 on 1 June
    assert course(done("FRONTAL", early)).state("FRONTAL", at(8, 9)).due is Due.DUE


@pytest.mark.parametrize(("month", "day"), [(3, 25), (10, 21)])
def test_a_change_of_summer_time_neither_adds_nor_takes_a_day(course: Make, month: int, day: int) -> None:
    """Calendar days, not 168 hours."""
    first = datetime(2026, month, day, 0, 30, tzinfo=BERLIN)
    made = course(done("FRONTAL", first))
    before = datetime.combine(date(2026, month, day) + timedelta(days=6), datetime.max.time(), BERLIN)
    assert made.state("FRONTAL", before).due is Due.LOCKED
    assert made.state("FRONTAL", before + timedelta(minutes=1)).due is Due.DUE


@pytest.mark.parametrize("treated", ["PARTING", "MID_SCALP", "VERTEX"])
@pytest.mark.parametrize("other", ["PARTING", "MID_SCALP", "VERTEX"])
def test_zones_that_overlap_lock_together(course: Make, treated: str, other: str) -> None:
    """Parting, mid-scalp and vertex lock together."""
    (finding,) = course(done(treated, at(1))).check([other], at(5))
    assert finding.weight is Weight.HARD
    assert finding.rule_id == "R-07"


def test_a_zone_that_does_not_overlap_is_free(course: Make) -> None:
    """Another area may be treated the next day."""
    assert course(done("VERTEX", at(1))).check(["FRONTAL"], at(2)) == ()


def test_the_open_visit_may_go_on_and_no_other(course: Make) -> None:
    """Resumable only inside the visit."""
    made = course(done("VERTEX", at(1), visit="v1"))
    assert made.check(["VERTEX"], at(1, 11), visit_id="v1") == ()
    assert made.check(["VERTEX"], at(1, 11), visit_id="v2") != ()
    assert made.check(["VERTEX"], at(1, 11)) != ()


def test_the_interval_counts_from_the_first_puncture_of_the_visit(course: Make) -> None:
    """A visit over midnight locks from its first day on."""
    made = course(done("VERTEX", at(1, 23, 50)), done("VERTEX", at(2, 0, 20)))
    assert made.state("VERTEX", at(8, 9)).due is Due.DUE


@pytest.mark.parametrize(
    ("depth_um", "days", "rule"),
    [
        (250, 7, "R-07"),
        (600, 7, "R-07"),
        (601, 14, "R-14"),
        (1200, 14, "R-14"),
        (1201, 28, "R-16"),
        (2500, 28, "R-16"),
        (None, 28, "R-16"),
    ],
)
def test_deeper_waits_longer(course: Make, depth_um: int | None, days: int, rule: str) -> None:
    """Soft: 14 days above 0.6 mm, 28 above 1.2 mm; an unknown depth counts as deep."""
    made = course(done("FRONTAL", at(1), depth_um))
    assert made.state("FRONTAL", at(1)).due_on == date(2026, 6, 1) + timedelta(days=days)
    early = made.check(["FRONTAL"], at(8))
    if days == 7:
        assert early == ()
    else:
        (finding,) = early
        assert finding.rule_id == rule
        assert finding.weight is Weight.SOFT
        assert "weekly" in finding.remedy


def test_at_home_nobody_signs_for_an_early_visit(course: Make) -> None:
    """HOME: a soft interval is hard."""
    made = course(done("FRONTAL", at(1), 700), mode="HOME")
    (finding,) = made.check(["FRONTAL"], at(10))
    assert finding.weight is Weight.HARD


@pytest.mark.parametrize("tool", [Tool.DERMA_ROLLER, Tool.STAMP, Tool.OTHER_PEN, Tool.UNKNOWN])
def test_treatments_elsewhere_count(course: Make, tool: Tool) -> None:
    """Treatments elsewhere or with another tool lock just as well."""
    made = course(Punctured("VERTEX", at(1), 500, tool))
    assert made.state("PARTING", at(6)).due is Due.LOCKED


def test_a_clock_that_was_set_back_is_refused(course: Make) -> None:
    """Faults: a clock set back."""
    (finding, *_) = course(done("VERTEX", at(20))).check(["FRONTAL"], at(10))
    assert finding.rule_id == "R-CLOCK"
    assert finding.weight is Weight.HARD


def test_a_time_without_its_zone_is_refused(course: Make) -> None:
    """Bad input."""
    with pytest.raises(TreatmentRefused):
        Punctured("VERTEX", datetime(2026, 6, 1), 500)  # noqa: DTZ001 - that is the point
    with pytest.raises(TreatmentRefused):
        course().state("VERTEX", datetime(2026, 6, 1))  # noqa: DTZ001


def test_an_unknown_zone_is_refused(course: Make) -> None:
    """Bad input: unknown zone."""
    with pytest.raises(TreatmentRefused, match="zone"):
        course(done("NOSE", at(1)))
    with pytest.raises(TreatmentRefused, match="zone"):
        course().state("NOSE", at(1))
