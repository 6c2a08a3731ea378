"""The course: what was punctured when, and from that which zone is locked, due, overdue or too early.

Days are calendar days in the clinic's time zone; an area is locked from its first puncture of a visit on, and
so is every zone that overlaps it. Treatments elsewhere and with other tools count like one's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum

from penctl import dates
from penctl.treatment.findings import Finding, TreatmentRefused, Weight
from penctl.treatment.rules import Rules
from penctl.treatment.zones import Scalp


class Tool(Enum):
    """What made the punctures."""

    PEN = "PEN"
    OTHER_PEN = "OTHER_PEN"
    DERMA_ROLLER = "DERMA_ROLLER"
    STAMP = "STAMP"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Punctured:
    """One zone punctured in one visit: when first, how deep at the deepest, with what, and where.

    `visit_id` is "" for a treatment elsewhere. `depth_um` None means that nobody knows: the longest interval
    then counts. `at` carries its time zone.
    """

    zone: str
    at: datetime
    depth_um: int | None
    tool: Tool = Tool.PEN
    visit_id: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise TreatmentRefused(
                "A time without its zone cannot be compared", self.at, "a time with its zone", "Add the zone"
            )


class Due(Enum):
    """Where a zone stands in its course."""

    LOCKED = "LOCKED"
    """Inside the hard interval: nobody may treat it."""
    TOO_EARLY = "TOO_EARLY"
    """Inside the longer default interval: a clinician's signed reason."""
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    NEVER = "NEVER"
    """Never treated: it may be."""


@dataclass(frozen=True)
class ZoneState:
    """Where a zone stands on a day.

    `locked_until` is the first day on which the hard rule lets it be treated, `due_on` the first on which the
    default interval does; both are None when it was never treated.
    """

    zone: str
    due: Due
    last: Punctured | None
    locked_until: date | None
    due_on: date | None


class Course:
    """All that is known to have been punctured on one person's scalp.

    Args:
        punctured: own and foreign treatments, in any order.
        clinic_zone: the clinic's time zone: it decides what a calendar day is.
    """

    def __init__(
        self,
        punctured: Iterable[Punctured],
        rules: Rules,
        scalp: Scalp,
        clinic_zone: tzinfo,
        mode: str = "CLINICAL",
    ) -> None:
        self._rules, self._scalp, self._tz, self._mode = rules, scalp, clinic_zone, mode
        self._punctured = tuple(sorted(punctured, key=lambda one: one.at))
        for one in self._punctured:
            scalp.zone(one.zone)

    @property
    def scalp(self) -> Scalp:
        """The zones."""
        return self._scalp

    @property
    def clinic_zone(self) -> tzinfo:
        """The clinic's time zone."""
        return self._tz

    @property
    def punctured(self) -> tuple[Punctured, ...]:
        """Everything, oldest first."""
        return self._punctured

    def day_of(self, moment: datetime) -> date:
        """The calendar day of a moment in the clinic. Raises TreatmentRefused for a time without a zone."""
        if moment.tzinfo is None:
            raise TreatmentRefused(
                "A time without its zone cannot be compared", moment, "a time with its zone", "Add the zone"
            )
        return moment.astimezone(self._tz).date()

    def touching(self, zone: str, visit_id: str = "") -> tuple[Punctured, ...]:
        """Punctures that lock a zone: its own and those that overlap it, without those of a visit."""
        area = self._scalp.locked_with(zone)
        return tuple(
            one for one in self._punctured if one.zone in area and (not visit_id or one.visit_id != visit_id)
        )

    def _first_of(self, one: Punctured) -> Punctured:
        """The first puncture of the same area in the same visit: the interval counts from it."""
        if not one.visit_id:
            return one
        same = (other for other in self._punctured if other.visit_id == one.visit_id)
        area = self._scalp.locked_with(one.zone)
        return next(other for other in same if other.zone in area)

    def _due_day(self, one: Punctured) -> date:
        return self.day_of(self._first_of(one).at) + timedelta(days=self.default_interval(one.depth_um).value)

    def _locked_day(self, one: Punctured) -> date:
        days = self._rules["same_area_days", self._mode].value
        return self.day_of(self._first_of(one).at) + timedelta(days=days)

    def default_interval(self, depth_um: int | None) -> _Interval:
        """Default days after a depth, and the rule that says so; an unknown depth counts as deep."""
        rules, mode = self._rules, self._mode
        hard = rules["same_area_days", mode]
        days, rule_id = hard.value, hard.id
        for key, threshold in (
            ("interval_medium_days", "medium_depth_um"),
            ("interval_deep_days", "deep_depth_um"),
        ):
            rule = rules[key, mode]
            if (depth_um is None or depth_um > rules[threshold, mode].value) and rule.value > days:
                days, rule_id = rule.value, rule.id
        return _Interval(days, rule_id)

    def state(self, zone: str, now: datetime, visit_id: str = "") -> ZoneState:
        """Where a zone stands now. `visit_id` names the open visit, whose own punctures do not lock it."""
        today = self.day_of(now)
        touching = self.touching(zone, visit_id)
        if not touching:
            return ZoneState(zone, Due.NEVER, None, None, None)
        locked_until = max(self._locked_day(one) for one in touching)
        due_on = max(self._due_day(one) for one in touching)
        overdue = due_on + timedelta(days=self._rules["overdue_days", self._mode].value)
        if today < locked_until:
            due = Due.LOCKED
        elif today < due_on:
            due = Due.TOO_EARLY
        else:
            due = Due.OVERDUE if today >= overdue else Due.DUE
        return ZoneState(zone, due, touching[-1], locked_until, due_on)

    def states(self, now: datetime, visit_id: str = "") -> dict[str, ZoneState]:
        """Where every zone stands now."""
        return {zone: self.state(zone, now, visit_id) for zone in self._scalp.zones}

    def check(self, zones: Iterable[str], now: datetime, visit_id: str = "") -> tuple[Finding, ...]:
        """Findings of treating these zones now; a clock that was set back is one, too."""
        findings: list[Finding] = []
        if self._punctured and self._punctured[-1].at > now:
            last = self._punctured[-1].at.astimezone(self._tz)
            findings.append(
                Finding(
                    "R-CLOCK",
                    Weight.HARD,
                    "The clock stands before the last treatment",
                    dates.moment(now.astimezone(self._tz)),
                    f"not before {dates.moment(last)}",
                    "Set the clock of this computer",
                )
            )
        for zone in zones:
            findings += self._check_zone(self.state(zone, now, visit_id))
        return tuple(findings)

    def _check_zone(self, state: ZoneState) -> list[Finding]:
        opens = state.locked_until if state.due is Due.LOCKED else state.due_on
        if state.last is None or opens is None or state.due in (Due.DUE, Due.OVERDUE):
            return []
        last_day = self.day_of(self._first_of(state.last).at)
        treated = f"treated on {dates.day(last_day)}"
        if state.last.zone != state.zone:
            treated += f" ({self._scalp.zone(state.last.zone).name} overlaps it)"
        name = self._scalp.zone(state.zone).name
        until = dates.day(opens)
        if state.due is Due.LOCKED:
            rule = self._rules["same_area_days", self._mode]
            what, rule_id, weight = f"{name} is locked", rule.id, Weight.HARD
            remedy = f"Treat another zone, or wait until {until}"
        else:
            rule_id = self._rule_of_due(state)
            weight = Weight.HARD if self._mode == "HOME" else Weight.SOFT
            what = f"{name} is not due yet"
            remedy = (
                f"Wait until {until}, or let a clinician sign a reason; published trials treated weekly at "
                "1.0-1.5 mm"
                if self._mode != "HOME"
                else f"Wait until {until}"
            )
        return [Finding(rule_id, weight, what, treated, f"not before {until}", remedy, state.zone)]

    def _rule_of_due(self, state: ZoneState) -> str:
        binding = max(self.touching(state.zone), key=self._due_day)
        return self.default_interval(binding.depth_um).rule_id


@dataclass(frozen=True)
class _Interval:
    value: int
    rule_id: str
