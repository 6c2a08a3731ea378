"""What an event of a visit is held against: the treatment rules, and what happened before in the visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from penctl import dates
from penctl.treatment import visit_events as ev
from penctl.treatment.combinations import check_note
from penctl.treatment.findings import Finding, TreatmentRefused, refuse_open
from penctl.treatment.plan import check_plan
from penctl.treatment.screening import findings_of, screen
from penctl.treatment.visit_steps import TIME_OUT, VisitState, preparation

if TYPE_CHECKING:
    from penctl.treatment.visit import Visit

# --- the rules that an event is held against when it happens ---


def _refuse_too_late(visit: Visit, event: ev.VisitEvent) -> None:
    """A visit's own punctures do not lock it, so one that is left open must not go on for days."""
    rule = visit.knowledge.rules["visit_longest_hours", visit.mode]
    hours = (event.at - visit.begun.at).total_seconds() / 3600
    if not rule.allows(hours):
        begun = dates.moment(visit.begun.at)
        refuse_open([rule.finding("This visit was begun too long ago to treat in it", begun)])


def _rules_of_armed(visit: Visit, event: ev.VisitEvent) -> None:
    _refuse_too_late(visit, event)


def _rules_of_therapy(visit: Visit, event: ev.VisitEvent) -> None:
    """What belongs to a professional is no home's; a hold that is broken is told, and noted all the same."""
    assert isinstance(event, ev.TherapyNoted)  # noqa: S101 - the table says so
    refuse_open(check_note(event.note, visit.knowledge.rules, visit.mode, visit.last_puncture))


def _rules_of_screening(visit: Visit, event: ev.VisitEvent) -> None:
    assert isinstance(event, ev.Screened)  # noqa: S101 - the table says so
    known = visit.knowledge
    judged = screen(known.questions, event.answers, known.rules, visit.mode)
    refuse_open(findings_of(judged), event.signatures)


def _rules_of_plan(visit: Visit, event: ev.VisitEvent) -> None:
    assert isinstance(event, ev.Planned)  # noqa: S101 - the table says so
    _check_plan_person(visit, event)
    _refuse_too_late(visit, event)
    known = visit.knowledge
    findings = check_plan(event.plan, known.rules, known.scalp, known.former)
    zones = [one.zone for one in event.plan.zones]
    findings += known.course.check(zones, event.at, visit.begun.visit_id)
    refuse_open(findings, event.signatures)


def _rules_of_pass(visit: Visit, event: ev.VisitEvent) -> None:
    """The calendar and the density once more: much may have happened since the plan."""
    assert isinstance(event, ev.PassBegun)  # noqa: S101 - the table says so
    known = visit.knowledge
    signatures = visit.plan_signatures
    _refuse_too_late(visit, event)
    refuse_open(known.course.check([event.zone], event.at, visit.begun.visit_id), signatures)
    refuse_open(density_findings(visit, event.zone), signatures)


def density_findings(visit: Visit, zone: str) -> tuple[Finding, ...]:
    """Whether a zone, with those that overlap it, has as many punctures as it may have."""
    rule = visit.knowledge.rules["density_max_per_cm2", visit.mode]
    density = sum(visit.density(one) for one in visit.knowledge.scalp.locked_with(zone))
    if density < rule.value:
        return ()
    return (rule.finding("The zone has had all its punctures", f"{density:.0f} punctures/cm²", zone),)


def _rules_of_cartridge(visit: Visit, event: ev.VisitEvent) -> None:
    """Of this mode, sterile today, and not used up; the pen holds the same, and whose it is."""
    assert isinstance(event, ev.CartridgeRead)  # noqa: S101 - the table says so
    day = visit.knowledge.course.day_of(event.at)
    if event.kind != visit.mode:
        raise TreatmentRefused(
            "The cartridge is for another mode", event.kind, visit.mode, "Fit a cartridge for this mode"
        )
    if event.sterile_until < day:
        raise TreatmentRefused(
            "The cartridge is past its date",
            dates.day(event.sterile_until),
            f"not before {dates.day(day)}",
            "Fit a new sterile cartridge",
        )
    rule = visit.knowledge.rules["cartridge_visits_count", visit.mode]
    again = visit.cartridge is not None and visit.cartridge.cartridge_id == event.cartridge_id
    if not again and not rule.allows(event.uses + 1):
        finding = rule.finding("The cartridge has been used", f"visits before this one {event.uses}")
        refuse_open([finding])


def _rules_of_anaesthetic(visit: Visit, event: ev.VisitEvent) -> None:
    """What numbs was applied before it is noted; how long it has worked is counted from then."""
    assert isinstance(event, ev.AnaestheticApplied)  # noqa: S101 - the table says so
    applied = event.applied_at
    if applied.tzinfo is None or applied > event.at:
        raise TreatmentRefused(
            "The anaesthetic cannot have been applied then",
            dates.moment(applied),
            f"a time with its zone, not after {dates.moment(event.at)}",
            "Correct the time at which it was applied",
        )


RULE_CHECKS: Final[Mapping[type[ev.VisitEvent], Callable[[Visit, ev.VisitEvent], None]]] = MappingProxyType(
    {
        ev.Armed: _rules_of_armed,
        ev.TherapyNoted: _rules_of_therapy,
        ev.Screened: _rules_of_screening,
        ev.Planned: _rules_of_plan,
        ev.PassBegun: _rules_of_pass,
        ev.CartridgeRead: _rules_of_cartridge,
        ev.AnaestheticApplied: _rules_of_anaesthetic,
    }
)

# --- what an event needs besides ---


def _check_plan_person(visit: Visit, event: ev.Planned) -> None:
    if event.plan.person != visit.begun.person:
        raise TreatmentRefused(
            "This plan is for another person",
            event.plan.person,
            visit.begun.person,
            "Take this person's plan",
        )
    if event.plan.mode != visit.mode:
        raise TreatmentRefused("This plan is for another mode", event.plan.mode, visit.mode, "Plan it anew")


def _check_item(
    names: Callable[[Visit], Mapping[str, str]],
) -> Callable[[Visit, VisitState, ev.VisitEvent], None]:
    def check(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
        item = getattr(event, "item", "")
        if item not in names(visit):
            raise TreatmentRefused(
                "There is no such item", item, ", ".join(names(visit)), "Name one of these"
            )

    return check


def _check_taken_back(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
    item, confirmed = getattr(event, "item", ""), state.confirmed(visit.step)
    if item not in confirmed:
        known = ", ".join(sorted(confirmed)) or "nothing"
        raise TreatmentRefused(
            "Nothing of this name is confirmed in this step",
            item,
            known,
            "A step that is left stays as it is",
        )


def _check_pass(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
    assert isinstance(event, ev.PassBegun)  # noqa: S101 - the table says so
    planned = visit.plan.zone(event.zone) if visit.plan else None
    if state.open_pass is not None:
        raise TreatmentRefused("A pass is under way", state.open_pass.zone, "one at a time", "End it first")
    if event.zone in state.zones_done:
        raise TreatmentRefused("This zone is ended", event.zone, None, "Treat another zone")
    if planned is not None and event.direction not in {one.value for one in planned.passes}:
        known = ", ".join(one.value for one in planned.passes)
        raise TreatmentRefused("This pass is not planned", event.direction, known, "Choose one of these")
    if planned is not None and not passes_left(visit, event.zone, event.direction):
        done = ", ".join(visit.passes_done(event.zone))
        raise TreatmentRefused("The planned passes are done", done, None, "Treat another zone, or plan anew")


def passes_left(visit: Visit, zone: str, direction: str) -> int:
    """How often a direction is still planned in a zone."""
    planned = [one.value for one in visit.plan.zone(zone).passes] if visit.plan else []
    return planned.count(direction) - visit.passes_done(zone).count(direction)


def _check_open_pass(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
    if state.open_pass is None or state.open_pass.zone != getattr(event, "zone", ""):
        under_way = state.open_pass.zone if state.open_pass else "none"
        raise TreatmentRefused(
            "No such pass is under way", getattr(event, "zone", ""), under_way, "Begin it first"
        )


def _check_zone(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
    assert isinstance(event, ev.ZoneEnded)  # noqa: S101 - the table says so
    if visit.plan is not None:
        visit.plan.zone(event.zone)
    if state.open_pass is not None and state.open_pass.zone == event.zone:
        raise TreatmentRefused("A pass of this zone is under way", event.zone, None, "End the pass first")
    if not event.done and not event.reason.strip():
        raise TreatmentRefused("A zone that is left out needs a reason", event.zone, None, "Say why")


def _check_photo(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
    when = getattr(event, "when", "")
    if when not in state.photos:
        raise TreatmentRefused("There is no such time of a photo", when, ", ".join(state.photos), "Name one")
    if isinstance(event, ev.PhotosDeclined):
        _check_reason(visit, state, event)


def _check_reason(visit: Visit, state: VisitState, event: ev.VisitEvent) -> None:
    if not str(getattr(event, "reason", "")).strip():
        raise TreatmentRefused(f"{event.words} needs a reason", "nothing", "a reason in words", "Say why")


CHECKS: Final[Mapping[type[ev.VisitEvent], Callable[[Visit, VisitState, ev.VisitEvent], None]]] = (
    MappingProxyType(
        {
            ev.ItemPrepared: _check_item(lambda visit: preparation(visit.mode)),
            ev.TimeOutSaid: _check_item(lambda visit: TIME_OUT),
            ev.TakenBack: _check_taken_back,
            ev.PassBegun: _check_pass,
            ev.DoseCounted: _check_open_pass,
            ev.PassEnded: _check_open_pass,
            ev.ZoneEnded: _check_zone,
            ev.EndedEarly: _check_reason,
            ev.Unwell: _check_reason,
            ev.PhotoTaken: _check_photo,
            ev.PhotosDeclined: _check_photo,
        }
    )
)
