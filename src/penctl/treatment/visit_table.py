"""Which event is allowed in which step of a visit, and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.visit_steps import ORDER, Step, VisitState

# --- when an event is allowed ---

_BEFORE_TREAT: Final = ORDER[: ORDER.index(Step.TREAT)]
_OPEN: Final = ORDER[:-1]
_UNSIGNED: Final = ORDER[: ORDER.index(Step.SIGN)]

ALLOWED: Final[Mapping[type[ev.VisitEvent], tuple[Step, ...]]] = MappingProxyType(
    {
        ev.Screened: _BEFORE_TREAT,
        ev.Consented: ORDER[ORDER.index(Step.CONSENT) : ORDER.index(Step.TREAT)],
        ev.PhotoTaken: _UNSIGNED,
        ev.PhotosDeclined: _UNSIGNED,
        ev.Planned: ORDER[ORDER.index(Step.PLAN) : ORDER.index(Step.TREAT)],
        ev.ItemPrepared: (Step.PREPARE,),
        ev.AnaestheticApplied: (Step.PREPARE,),
        ev.AnaestheticNone: (Step.PREPARE,),
        ev.AnaestheticRemoved: (Step.PREPARE,),
        ev.CartridgeRead: (Step.PREPARE, Step.TIME_OUT, Step.READY, Step.TREAT),
        ev.TimeOutSaid: (Step.TIME_OUT,),
        ev.TakenBack: (Step.PREPARE, Step.TIME_OUT),
        ev.Armed: (Step.READY, Step.TREAT),
        ev.Disarmed: (Step.READY, Step.TREAT),
        ev.PassBegun: (Step.TREAT,),
        ev.DoseCounted: (Step.READY, Step.TREAT),
        ev.PassEnded: (Step.READY, Step.TREAT),
        ev.ZoneEnded: (Step.READY, Step.TREAT),
        ev.TripNoted: _OPEN,
        ev.AlarmNoted: _OPEN,
        ev.RecordingBegun: _OPEN,
        ev.RecordingEnded: _OPEN,
        ev.NeedlesChecked: (Step.DISPOSE,),
        ev.CartridgeDisposed: (Step.DISPOSE,),
        ev.AfterCareGiven: (Step.AFTER_CARE,),
        ev.AdverseEventNoted: _OPEN,
        ev.TherapyNoted: _OPEN,
        ev.Noted: _OPEN,
        ev.EndedEarly: _UNSIGNED,
        ev.Unwell: _UNSIGNED,
        ev.Signed: (Step.SIGN,),
    }
)


# --- what an event changes ---

_Apply = Callable[[VisitState, "ev.VisitEvent"], None]


def _set(name: str) -> _Apply:
    def apply(state: VisitState, event: ev.VisitEvent) -> None:
        setattr(state, name, event)

    return apply


def _flag(name: str, value: object) -> _Apply:
    def apply(state: VisitState, event: ev.VisitEvent) -> None:
        setattr(state, name, value)

    return apply


def _nothing(state: VisitState, event: ev.VisitEvent) -> None:
    """It stands in the list, and changes nothing else."""


def _item(name: str) -> _Apply:
    def apply(state: VisitState, event: ev.VisitEvent) -> None:
        getattr(state, name).add(getattr(event, "item", ""))

    return apply


def _taken_back(state: VisitState, event: ev.VisitEvent) -> None:
    state.take_back(getattr(event, "item", ""))


def _photo(state: VisitState, event: ev.VisitEvent) -> None:
    state.photos[getattr(event, "when", "BEFORE")].append(event)


def _planned(state: VisitState, event: ev.VisitEvent) -> None:
    """Another plan asks for the time-out again."""
    state.plan = event if isinstance(event, ev.Planned) else state.plan
    state.time_out.clear()
    state.armed = False


def _cartridge(state: VisitState, event: ev.VisitEvent) -> None:
    state.cartridge = event if isinstance(event, ev.CartridgeRead) else state.cartridge


def _count(state: VisitState, event: ev.VisitEvent) -> None:
    if not isinstance(event, ev.DoseCounted):
        return
    state.doses[event.zone] = state.doses.get(event.zone, Dose()).plus(event.dose)
    needles = state.cartridge.needles if state.cartridge else 1
    state.punctures[event.zone] = state.punctures.get(event.zone, 0) + event.dose.punctures(needles)
    if event.dose.punctures(1) > 0:
        state.first_puncture.setdefault(event.zone, event.at)
        state.last_puncture = event.at


def _pass_ended(state: VisitState, event: ev.VisitEvent) -> None:
    begun = state.open_pass
    if begun is not None and isinstance(event, ev.PassEnded):
        if event.done:
            state.passes_done.setdefault(begun.zone, []).append(begun.direction)
        state.open_pass = None


def _zone_ended(state: VisitState, event: ev.VisitEvent) -> None:
    if isinstance(event, ev.ZoneEnded):
        state.zones_done[event.zone] = event


def _adverse(state: VisitState, event: ev.VisitEvent) -> None:
    if isinstance(event, ev.AdverseEventNoted) and event.kind is ev.AdverseKind.NEEDLE_BROKEN:
        state.broken_noted = True


def _needles(state: VisitState, event: ev.VisitEvent) -> None:
    state.needles_intact = bool(getattr(event, "intact", False))


def _end(state: VisitState, event: ev.VisitEvent) -> None:
    state.ended_early = str(getattr(event, "reason", "")) or event.words
    state.open_pass = None


APPLY: Final[Mapping[type[ev.VisitEvent], _Apply]] = MappingProxyType(
    {
        ev.Screened: _set("screening"),
        ev.Consented: _set("consent"),
        ev.PhotoTaken: _photo,
        ev.PhotosDeclined: _photo,
        ev.Planned: _planned,
        ev.ItemPrepared: _item("prepared"),
        ev.AnaestheticApplied: _set("anaesthetic"),
        ev.AnaestheticNone: _set("anaesthetic"),
        ev.AnaestheticRemoved: _flag("anaesthetic_removed", True),
        ev.CartridgeRead: _cartridge,
        ev.TimeOutSaid: _item("time_out"),
        ev.TakenBack: _taken_back,
        ev.Armed: _flag("armed", True),
        ev.Disarmed: _flag("armed", False),
        ev.PassBegun: _set("open_pass"),
        ev.DoseCounted: _count,
        ev.PassEnded: _pass_ended,
        ev.ZoneEnded: _zone_ended,
        ev.TripNoted: _nothing,
        ev.AlarmNoted: _nothing,
        ev.RecordingBegun: _nothing,
        ev.RecordingEnded: _nothing,
        ev.NeedlesChecked: _needles,
        ev.CartridgeDisposed: _flag("disposed", True),
        ev.AfterCareGiven: _flag("after_care", True),
        ev.AdverseEventNoted: _adverse,
        ev.TherapyNoted: _nothing,
        ev.Noted: _nothing,
        ev.EndedEarly: _end,
        ev.Unwell: _end,
        ev.Signed: _set("signed"),
    }
)
