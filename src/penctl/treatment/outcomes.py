"""What came of the course: the person's own measures beside what was published.

A published figure keeps its source, and where sources disagree both are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from penctl.treatment.findings import TreatmentRefused


class Measure(Enum):
    """What is measured."""

    HAIR_COUNT_PER_CM2 = "HAIR_COUNT_PER_CM2"
    HAIR_COUNT_CHANGE_PER_CM2 = "HAIR_COUNT_CHANGE_PER_CM2"
    HAIR_COUNT_CHANGE_PERCENT = "HAIR_COUNT_CHANGE_PERCENT"
    DENSITY_PER_CM2 = "DENSITY_PER_CM2"
    THICKNESS_UM = "THICKNESS_UM"
    SELF_RATING = "SELF_RATING"
    SELF_RATING_SHARE = "SELF_RATING_SHARE"
    SATISFACTION = "SATISFACTION"
    SATISFIED_SHARE = "SATISFIED_SHARE"
    REGROWTH_SHARE = "REGROWTH_SHARE"


RANGES: dict[Measure, tuple[float, float]] = {
    Measure.HAIR_COUNT_PER_CM2: (0, 500),
    Measure.DENSITY_PER_CM2: (0, 500),
    Measure.THICKNESS_UM: (0, 200),
    Measure.SELF_RATING: (-3, 3),
    Measure.SATISFACTION: (0, 10),
}
"""What a person's own measure may be: the 7-point scale runs from -3 to +3."""
PUBLISHED_AS: dict[Measure, tuple[Measure, ...]] = {
    Measure.HAIR_COUNT_PER_CM2: (Measure.HAIR_COUNT_CHANGE_PER_CM2, Measure.HAIR_COUNT_CHANGE_PERCENT),
    Measure.DENSITY_PER_CM2: (Measure.DENSITY_PER_CM2,),
    Measure.THICKNESS_UM: (Measure.THICKNESS_UM,),
    Measure.SELF_RATING: (Measure.SELF_RATING_SHARE,),
    Measure.SATISFACTION: (Measure.SATISFIED_SHARE,),
}
"""A person's own measure -> the published ones to look at beside it."""
WHOLE = frozenset({Measure.SELF_RATING, Measure.SATISFACTION})


@dataclass(frozen=True)
class Outcome:
    """One measure of one zone on one day. `photo` refers to a picture that is kept elsewhere, "" for none."""

    zone: str
    measure: Measure
    value: float
    on: date
    photo: str = ""

    def __post_init__(self) -> None:
        if self.measure not in RANGES:
            known = ", ".join(measure.value for measure in RANGES)
            raise TreatmentRefused(
                "This measure is no person's own", self.measure.value, known, "Name one of these"
            )
        low, high = RANGES[self.measure]
        inside = low <= self.value <= high
        if not inside or (self.measure in WHOLE and self.value != int(self.value)):
            kind = "a whole number" if self.measure in WHOLE else "a number"
            raise TreatmentRefused(
                f"This is no value of {self.measure.value}",
                self.value,
                f"{kind}, {low:g} to {high:g}",
                "Correct it",
            )


@dataclass(frozen=True)
class Reference:
    """One published figure: change or value with treatment and in the control group after `week` weeks.

    `control` is None where there was no control group, `depth_um` 0 where the source names no depth.
    """

    id: str
    measure: Measure
    week: int
    treated: float
    control: float | None
    depth_um: int
    protocol: str
    mark: str
    source: str
    disagrees: str


@dataclass(frozen=True)
class CurvePoint:
    """One point of a curve: weeks since the first visit, and the change since the first measure."""

    week: float
    value: float
    change: float


def curve(outcomes: Iterable[Outcome], zone: str, measure: Measure, begin: date) -> tuple[CurvePoint, ...]:
    """A person's own curve of a measure in a zone, from the first value on.

    Raises:
        TreatmentRefused: two values of one day.
    """
    own = sorted(
        (one for one in outcomes if (one.zone, one.measure) == (zone, measure)), key=lambda one: one.on
    )
    days = [one.on for one in own]
    if len(set(days)) != len(days):
        raise TreatmentRefused("Two values of one day", f"{zone}, {measure.value}", "one a day", "Delete one")
    return tuple(CurvePoint((one.on - begin).days / 7, one.value, one.value - own[0].value) for one in own)


def references(table: Iterable[Reference], measure: Measure) -> tuple[Reference, ...]:
    """Published figures of a measure, those that disagree with one another beside each other."""
    chosen = {one.id: one for one in table}
    wanted = [one for one in chosen.values() if one.measure is measure]
    for one in list(wanted):
        other = chosen.get(one.disagrees)
        if other is not None and other not in wanted:
            wanted.append(other)
    return tuple(wanted)
