"""Makes the facts of a report from a visit; reads no clock and no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import TypeVar

from penctl.exchange.facts import (
    Letterhead,
    PenFacts,
    Person,
    ScreeningFacts,
    Sealed,
    SignedRule,
    VisitFacts,
    ZoneFacts,
)
from penctl.treatment import visit_events as ev
from penctl.treatment.combinations import minoxidil_from
from penctl.treatment.course import Course, Punctured
from penctl.treatment.plan import ZonePlan
from penctl.treatment.screening import Verdict, screen
from penctl.treatment.visit import Visit
from penctl.treatment.visit_steps import ANAESTHETIC_REMOVED, Step, preparation, time_out

_E = TypeVar("_E", bound=ev.VisitEvent)


def punctured_in(visit: Visit) -> tuple[Punctured, ...]:
    """What this visit adds to the course: each zone at its first puncture, at the depth that was set."""
    found = []
    for zone, at in visit.first_punctures.items():
        planned = visit.plan.zone(zone).depth_um if visit.plan else None
        found.append(Punctured(zone, at, planned, visit_id=visit.begun.visit_id))
    return tuple(found)


def visit_facts(
    visit: Visit,
    person: Person,
    letterhead: Letterhead,
    time_zone: tzinfo,
    pen: PenFacts | None = None,
    names: Mapping[str, str] | None = None,
    sealed: Sealed | None = None,
    punctured: Iterable[Punctured] | None = None,
    later: Iterable[ev.AdverseEventNoted] = (),
) -> VisitFacts:
    """The facts of a visit, also of one that is not signed or was ended early.

    Args:
        visit: as its journal gives it, with what was known when it was held.
        person: with name and birth date, or only the pseudonym.
        names: users' ids -> names for people.
        punctured: what this visit adds to the course; by default what its own events say.
        later: adverse events of this visit that were noted after it.
    """
    events = visit.events
    own = punctured_in(visit) if punctured is None else tuple(punctured)
    course = _course_after(visit, time_zone, own)
    signed = _last(events, ev.Signed)
    ended = [one for one in events if isinstance(one, (ev.EndedEarly, ev.Unwell))]
    prepared, said = visit.confirmed(Step.PREPARE), visit.confirmed(Step.TIME_OUT)
    applied = visit.anaesthetic if isinstance(visit.anaesthetic, ev.AnaestheticApplied) else None
    removed = _last(events, ev.AnaestheticRemoved) if ANAESTHETIC_REMOVED in prepared else None
    zones = tuple(_zone(visit, planned, course) for planned in (visit.plan.zones if visit.plan else ()))
    due = [zone.due_on for zone in zones if zone.due_on is not None]
    last = visit.last_puncture
    needles, consent = _last(events, ev.NeedlesChecked), _last(events, ev.Consented)
    return VisitFacts(
        visit_id=visit.begun.visit_id,
        mode=visit.mode,
        simulated=visit.begun.simulated,
        person=person,
        letterhead=letterhead,
        time_zone=time_zone,
        pen=pen or PenFacts(),
        begun_at=events[0].at,
        begun_by=events[0].by,
        last_at=events[-1].at,
        signed_at=signed.at if signed else None,
        signed_by=signed.by if signed else "",
        ended_early=visit.ended_early,
        unwell=next((one.reason for one in ended if isinstance(one, ev.Unwell)), ""),
        indication=visit.plan.indication.value if visit.plan else "",
        screening=_screening(visit),
        screened_at=_at(_last(events, ev.Screened)),
        consent=consent,
        photos=tuple(one for one in events if isinstance(one, (ev.PhotoTaken, ev.PhotosDeclined))),
        prepared=tuple(text for key, text in preparation(visit.mode).items() if key in prepared),
        anaesthetic=applied,
        anaesthetic_removed_at=_at(removed),
        anaesthetic_asked=visit.anaesthetic is not None,
        cartridges=_cartridges(events),
        needles_intact=needles.intact if needles else None,
        disposed=_last(events, ev.CartridgeDisposed) is not None,
        time_out_at=_at(_last(events, ev.TimeOutSaid)) if said else None,
        time_out=tuple(text for key, text in time_out(visit.mode).items() if key in said),
        zones=zones,
        signed_rules=_signed_rules(visit),
        trips=_all(events, ev.TripNoted),
        adverse_events=(*_all(events, ev.AdverseEventNoted), *later),
        therapies=tuple(one.note for one in _all(events, ev.TherapyNoted)),
        notes=_all(events, ev.Noted),
        first_puncture=min(visit.first_punctures.values(), default=None),
        last_puncture=last,
        minoxidil_from=minoxidil_from(last, visit.knowledge.rules, visit.mode) if last else None,
        next_visit_from=max(due, default=None),
        names=tuple((names or {}).items()),
        sealed=sealed or Sealed(),
    )


def _all(events: Iterable[ev.VisitEvent], kind: type[_E]) -> tuple[_E, ...]:
    return tuple(one for one in events if isinstance(one, kind))


def _last(events: Iterable[ev.VisitEvent], kind: type[_E]) -> _E | None:
    found = _all(events, kind)
    return found[-1] if found else None


def _at(event: ev.VisitEvent | None) -> datetime | None:
    return event.at if event else None


def _cartridges(events: Iterable[ev.VisitEvent]) -> tuple[ev.CartridgeRead, ...]:
    """Each cartridge once, as it was read first, in the order of their use."""
    found: dict[int, ev.CartridgeRead] = {}
    for one in _all(events, ev.CartridgeRead):
        found.setdefault(one.cartridge_id, one)
    return tuple(found.values())


def _course_after(visit: Visit, time_zone: tzinfo, own: tuple[Punctured, ...]) -> Course:
    known, visit_id = visit.knowledge, visit.begun.visit_id
    end = visit.events[-1].at
    before = [one for one in known.course.punctured if one.visit_id != visit_id and one.at <= end]
    return Course([*before, *own], known.rules, known.scalp, time_zone, visit.mode)


def _zone(visit: Visit, planned: ZonePlan, course: Course) -> ZoneFacts:
    zone, dose = visit.knowledge.scalp.zone(planned.zone), visit.dose(planned.zone)
    ends = [one for one in _all(visit.events, ev.ZoneEnded) if one.zone == planned.zone]
    first = visit.first_punctures.get(planned.zone)
    state = course.state(planned.zone, visit.events[-1].at) if first else None
    return ZoneFacts(
        id=zone.id,
        name=zone.name,
        area_cm2=zone.area_cm2,
        area_assumed=zone.mark == "A",
        depth_um=planned.depth_um,
        rate_mhz=planned.rate_mhz,
        passes=tuple(one.value for one in planned.passes),
        density_target_per_cm2=planned.density_per_cm2,
        passes_done=visit.passes_done(planned.zone),
        strokes=dose.strokes,
        strokes_unseen=dose.strokes_unseen,
        punctures=visit.punctures(zone.id),
        density_per_cm2=visit.density(zone.id),
        deepest_um=dose.deepest_um,
        contact_s=dose.contact_s,
        done=bool(ends) and ends[-1].done,
        reason=ends[-1].reason if ends else "",
        first_puncture=first,
        locked_until=state.locked_until if state else None,
        due_on=state.due_on if state else None,
    )


def _screening(visit: Visit) -> tuple[ScreeningFacts, ...]:
    screened = _last(visit.events, ev.Screened)
    if screened is None:
        return ()
    known = visit.knowledge
    asked = {key: value for key, value in screened.answers.items() if key in known.questions}
    judged = screen(known.questions, asked, known.rules, visit.mode)
    signatures = {one.rule_id: one for one in screened.signatures}
    found = []
    for one in judged:
        signature = signatures.get(one.question.id)
        found.append(
            ScreeningFacts(
                one.question.id,
                one.question.key,
                one.question.text,
                one.answer,
                one.verdict,
                one.question.reason,
                signature.user_id if signature else "",
                signature.reason if signature else "",
            )
        )
    for key, answer in screened.answers.items():  # asked by a release that had another table
        if key not in asked:
            found.append(ScreeningFacts("", key, f"{key} (of another release)", answer, Verdict.OK, ""))
    return tuple(found)


def _signed_rules(visit: Visit) -> tuple[SignedRule, ...]:
    texts = {rule.id: rule.text for rule in visit.knowledge.rules.all()}
    return tuple(
        SignedRule(one.rule_id, texts.get(one.rule_id, ""), one.zone, one.user_id, one.reason)
        for one in visit.plan_signatures
    )
