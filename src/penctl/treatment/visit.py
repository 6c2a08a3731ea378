"""The visit: what has to be done in which order, from greeting to signature. No screen, no port.

A visit is the list of what happened (`visit_events`). Where it stands is derived from that list: the first
step for which something is missing. So nothing can be skipped, every step can be looked back at, and a visit
that was cut off is whole again when its list is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from penctl import dates
from penctl.treatment import visit_events as ev
from penctl.treatment.course import Course
from penctl.treatment.dose import Dose
from penctl.treatment.findings import Signature, TreatmentRefused
from penctl.treatment.plan import FormerDepth, Plan
from penctl.treatment.rules import Rules
from penctl.treatment.screening import Question, changed
from penctl.treatment.visit_checks import CHECKS, RULE_CHECKS
from penctl.treatment.visit_steps import MISSING, ORDER, Step, VisitState
from penctl.treatment.visit_table import ALLOWED, APPLY
from penctl.treatment.zones import Scalp


@dataclass(frozen=True)
class Knowledge:
    """What a visit is held against: the clinic's rules, and what is known of this person.

    `former` are the depths of the last visits, `course` all punctures of the scalp that are known, this
    visit's not among them. `last_answers` are those of the screening of the last visit, empty at the first.
    """

    rules: Rules
    questions: Mapping[str, Question]
    scalp: Scalp
    course: Course
    former: FormerDepth
    last_answers: Mapping[str, Any] = field(default_factory=dict)


class Visit:
    """One appointment of one person. `add` takes the next event, or refuses it and changes nothing."""

    def __init__(self, begun: ev.VisitBegun, knowledge: Knowledge) -> None:
        self.begun = begun
        self.knowledge = knowledge
        self._events: list[ev.VisitEvent] = [begun]
        self._state = VisitState()

    @classmethod
    def of(cls, events: Iterable[ev.VisitEvent], knowledge: Knowledge) -> Visit:
        """A visit from its list, as after a restart; what was allowed then stays as it was.

        Raises:
            TreatmentRefused: the list cannot be that of a visit.
        """
        listed = list(events)
        if not listed or not isinstance(listed[0], ev.VisitBegun):
            raise TreatmentRefused(
                "A visit begins with its beginning", "nothing" if not listed else type(listed[0]).__name__
            )
        visit = cls(listed[0], knowledge)
        for event in listed[1:]:
            visit.take(event)
        return visit

    @property
    def events(self) -> tuple[ev.VisitEvent, ...]:
        """Everything that happened, in order."""
        return tuple(self._events)

    @property
    def mode(self) -> str:
        """HOME or CLINICAL."""
        return self.begun.mode

    @property
    def plan(self) -> Plan | None:
        """The plan that was agreed, None before."""
        return self._state.plan.plan if self._state.plan else None

    @property
    def plan_signatures(self) -> tuple[Signature, ...]:
        """The signed reasons of the plan that was agreed."""
        return self._state.plan.signatures if self._state.plan else ()

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers of today's screening, empty before it."""
        return self._state.screening.answers if self._state.screening else {}

    @property
    def changed(self) -> tuple[Question, ...]:
        """Anything changed? What is answered otherwise than at the last visit; nothing at the first."""
        known = self.knowledge
        return changed(known.questions, known.last_answers, self.answers) if known.last_answers else ()

    def confirmed(self, step: Step) -> frozenset[str]:
        """Items of PREPARE or TIME_OUT that are confirmed and were not taken back."""
        return self._state.confirmed(step)

    @property
    def anaesthetic(self) -> ev.AnaestheticApplied | ev.AnaestheticNone | None:
        """What was noted of the anaesthetic and was not taken back, None before."""
        return self._state.anaesthetic

    @property
    def cartridge(self) -> ev.CartridgeRead | None:
        """The cartridge that was read last."""
        return self._state.cartridge

    @property
    def punctured(self) -> bool:
        """Whether a needle has been in the skin."""
        return bool(self._state.first_puncture)

    @property
    def first_punctures(self) -> Mapping[str, datetime]:
        """When each zone was first punctured: the lock counts from then."""
        return MappingProxyType(dict(self._state.first_puncture))

    @property
    def last_puncture(self) -> datetime | None:
        """When a needle was last in the skin: holds count from then."""
        return self._state.last_puncture

    @property
    def ended_early(self) -> str:
        """Why it was ended early, "" when it was not."""
        return self._state.ended_early

    def dose(self, zone: str) -> Dose:
        """What a zone has received so far."""
        return self._state.doses.get(zone, Dose())

    def punctures(self, zone: str) -> int:
        """Punctures of a zone so far, each stroke with the needles of the cartridge that made it."""
        return self._state.punctures.get(zone, 0)

    def density(self, zone: str, more: Dose | None = None) -> float:
        """Punctures/cm² of a zone, a mean over it; `more` is a dose that is not noted yet."""
        needles = self._state.cartridge.needles if self._state.cartridge else 0
        unnoted = more.punctures(needles) if more is not None else 0
        return (self.punctures(zone) + unnoted) / self.knowledge.scalp.zone(zone).area_cm2

    def passes_done(self, zone: str) -> tuple[str, ...]:
        """Directions of the passes that are done in a zone."""
        return tuple(self._state.passes_done.get(zone, ()))

    def zone_ended(self, zone: str) -> ev.ZoneEnded | None:
        """How a zone ended, None while it has not."""
        return self._state.zones_done.get(zone)

    @property
    def open_pass(self) -> ev.PassBegun | None:
        """The pass that is under way."""
        return self._state.open_pass

    @property
    def step(self) -> Step:
        """Where the visit stands: the first step for which something is missing."""
        return next((step for step in self.steps if self.missing(step)), Step.CLOSED)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of this visit; one that ended early goes on with what must still be done."""
        if not self._state.ended_early:
            return ORDER[:-1]
        rest = (Step.DISPOSE, Step.PHOTOS_AFTER, Step.AFTER_CARE) if self.punctured else ()
        return (*rest, Step.SIGN)

    def missing(self, step: Step | None = None) -> tuple[str, ...]:
        """What is missing for a step (by default the present one), in words; nothing when it is done."""
        wanted = self.step if step is None else step
        return tuple(MISSING[wanted](self.mode, self._state)) if wanted in MISSING else ()

    def add(self, event: ev.VisitEvent) -> None:
        """Take what happens next.

        Raises:
            TreatmentRefused: it is not its turn, a rule holds it back, or it goes back in time; the visit is
                as before.
        """
        self.check(event)
        self.take(event)

    def check(self, event: ev.VisitEvent) -> None:
        """Refuse what `add` would refuse, and note nothing: for a journal that writes before it counts."""
        rule_check = RULE_CHECKS.get(type(event))
        self._check_place(event)
        if rule_check is not None:
            rule_check(self, event)

    def check_rules(self, event: ev.VisitEvent) -> None:
        """As `check`, whoever's turn it is: what would be refused once the pen is armed is refused before."""
        rule_check, check = RULE_CHECKS.get(type(event)), CHECKS.get(type(event))
        if check is not None:
            check(self, self._state, event)
        if rule_check is not None:
            rule_check(self, event)

    def take(self, event: ev.VisitEvent) -> None:
        """Note an event whose rules were checked when it happened. Raises TreatmentRefused."""
        self._check_place(event)
        APPLY[type(event)](self._state, event)
        self._events.append(event)

    def _check_place(self, event: ev.VisitEvent) -> None:
        self._check_turn(event)
        check = CHECKS.get(type(event))
        if check is not None:
            check(self, self._state, event)

    def _check_turn(self, event: ev.VisitEvent) -> None:
        if event.at.tzinfo is None or event.at < self._events[-1].at:
            raise TreatmentRefused(
                "The clock stands before what was noted last",
                dates.moment(event.at),
                f"not before {dates.moment(self._events[-1].at)}",
                "Set the clock of this computer",
            )
        allowed = ALLOWED[type(event)]
        if self.step not in allowed:
            raise TreatmentRefused(
                f"{event.words} is not due now",
                f"the visit is at {self.step.value.lower().replace('_', ' ')}",
                ", ".join(step.value.lower().replace("_", " ") for step in allowed),
                "First: " + "; ".join(self.missing()) if self.missing() else "The visit is closed",
            )
