"""The steps of a visit, what is confirmed in them, and what is missing for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose


class Step(Enum):
    """The steps of a visit, in their order."""

    SCREENING = "SCREENING"
    CONSENT = "CONSENT"
    PHOTOS_BEFORE = "PHOTOS_BEFORE"
    PLAN = "PLAN"
    PREPARE = "PREPARE"
    TIME_OUT = "TIME_OUT"
    READY = "READY"
    TREAT = "TREAT"
    DISPOSE = "DISPOSE"
    PHOTOS_AFTER = "PHOTOS_AFTER"
    AFTER_CARE = "AFTER_CARE"
    SIGN = "SIGN"
    CLOSED = "CLOSED"


ORDER: Final = tuple(Step)
PREPARATION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "PACK_INTACT": "the sterile pack of the cartridge is intact",
        "NEW_SLEEVE": "a new sleeve is on the handpiece",
        "HANDPIECE_WIPED": "the handpiece has been wiped with disinfectant",
        "SCALP_CLEAN": "the scalp is clean and dry",
        "HAIR_PARTED": "the hair is parted and long hair tied away from the needles",
        "STERILE_GLIDE": "sterile glide is on the skin",
    }
)
"""What is confirmed before a treatment in a clinic, item by item."""
PREPARATION_HOME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NEEDLES_WIPED": "needles and handpiece have been disinfected with 70 % alcohol",
        "SCALP_CLEAN": "the scalp is clean and dry",
        "HAIR_PARTED": "the hair is parted and long hair tied away from the needles",
    }
)
"""The same at home; alcohol never touches a sterile cartridge."""
TIME_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "PERSON": "this is the right person",
        "ZONES": "these are the right zones",
        "SETTINGS": "depth and stroke rate are those of the plan",
        "CARTRIDGE": "the cartridge is new and fits the plan",
        "ALLERGIES": "allergies have been asked again",
    }
)
"""What is said aloud before READY, in a clinic."""
TIME_OUT_HOME: Final[Mapping[str, str]] = MappingProxyType(
    {**TIME_OUT, "CARTRIDGE": "the cartridge is new or this person's own, and fits the plan"}
)
"""The same at home, where a person uses a cartridge again."""

ANAESTHETIC: Final = "ANAESTHETIC"
ANAESTHETIC_REMOVED: Final = "ANAESTHETIC_REMOVED"
"""How what was noted of the anaesthetic is named when it is taken back."""


def preparation(mode: str) -> Mapping[str, str]:
    """The items to confirm in this mode."""
    return PREPARATION_HOME if mode == "HOME" else PREPARATION


def time_out(mode: str) -> Mapping[str, str]:
    """What is said aloud in this mode; the keys are the same in each."""
    return TIME_OUT_HOME if mode == "HOME" else TIME_OUT


@dataclass
class VisitState:
    """What the list of events says so far."""

    screening: ev.Screened | None = None
    consent: ev.Consented | None = None
    photos: dict[str, list[ev.VisitEvent]] = field(default_factory=lambda: {"BEFORE": [], "AFTER": []})
    plan: ev.Planned | None = None
    prepared: set[str] = field(default_factory=set)
    anaesthetic: ev.AnaestheticApplied | ev.AnaestheticNone | None = None
    anaesthetic_removed: bool = False
    cartridge: ev.CartridgeRead | None = None
    time_out: set[str] = field(default_factory=set)
    armed: bool = False
    zones_done: dict[str, ev.ZoneEnded] = field(default_factory=dict)
    doses: dict[str, Dose] = field(default_factory=dict)
    punctures: dict[str, int] = field(default_factory=dict)
    first_puncture: dict[str, datetime] = field(default_factory=dict)
    last_puncture: datetime | None = None
    passes_done: dict[str, list[str]] = field(default_factory=dict)
    open_pass: ev.PassBegun | None = None
    needles_intact: bool | None = None
    broken_noted: bool = False
    disposed: bool = False
    after_care: bool = False
    ended_early: str = ""
    signed: ev.Signed | None = None

    def confirmed(self, step: Step) -> frozenset[str]:
        """What was confirmed in a step and may be taken back in it."""
        if step is Step.TIME_OUT:
            return frozenset(self.time_out)
        if step is not Step.PREPARE:
            return frozenset()
        given = {ANAESTHETIC} if self.anaesthetic is not None else set()
        return frozenset(
            self.prepared | given | ({ANAESTHETIC_REMOVED} if self.anaesthetic_removed else set())
        )

    def take_back(self, item: str) -> None:
        """It is as if it had not been confirmed."""
        self.prepared.discard(item)
        self.time_out.discard(item)
        if item == ANAESTHETIC:
            self.anaesthetic = None
        if item in (ANAESTHETIC, ANAESTHETIC_REMOVED):
            self.anaesthetic_removed = False


# --- what is missing for each step ---


def _screening(mode: str, state: VisitState) -> list[str]:
    return [] if state.screening else ["the screening of today"]


def _consent(mode: str, state: VisitState) -> list[str]:
    return [] if state.consent else ["the signed consent"]


def _photos(when: str) -> Callable[[str, VisitState], list[str]]:
    def missing(mode: str, state: VisitState) -> list[str]:
        return [] if state.photos[when] else [f"a photo {when.lower()} the treatment, or why there is none"]

    return missing


def _plan(mode: str, state: VisitState) -> list[str]:
    return [] if state.plan else ["the plan, free of findings or with signed reasons"]


def _prepare(mode: str, state: VisitState) -> list[str]:
    items = preparation(mode)
    missing = [f"to confirm: {text}" for key, text in items.items() if key not in state.prepared]
    if state.anaesthetic is None:
        missing.append("the anaesthetic (agent, dose, time), or that there is none")
    elif isinstance(state.anaesthetic, ev.AnaestheticApplied) and not state.anaesthetic_removed:
        missing.append("that the anaesthetic has been removed")
    if state.cartridge is None:
        missing.append("the cartridge, read by the pen")
    return missing


def _time_out(mode: str, state: VisitState) -> list[str]:
    return [f"to say aloud: {text}" for key, text in time_out(mode).items() if key not in state.time_out]


def _ready(mode: str, state: VisitState) -> list[str]:
    """Nothing is armed for when every zone is treated or left out."""
    return [] if state.armed or (state.plan and not _treat(mode, state)) else ["the pen armed"]


def _treat(mode: str, state: VisitState) -> list[str]:
    planned = state.plan.plan.zones if state.plan else ()
    return [f"zone {one.zone} treated or left out" for one in planned if one.zone not in state.zones_done]


def _dispose(mode: str, state: VisitState) -> list[str]:
    missing = []
    if state.needles_intact is None:
        missing.append("that the needles have been counted and are intact")
    elif not state.needles_intact and not state.broken_noted:
        missing.append("the adverse event of the broken needle")
    if not state.disposed and mode != "HOME":
        missing.append("that the cartridge went to the sharps")
    return missing


def _after_care(mode: str, state: VisitState) -> list[str]:
    return [] if state.after_care else ["the after-care given and explained"]


def _sign(mode: str, state: VisitState) -> list[str]:
    return [] if state.signed else ["the signature"]


MISSING: Final[Mapping[Step, Callable[[str, VisitState], list[str]]]] = MappingProxyType(
    {
        Step.SCREENING: _screening,
        Step.CONSENT: _consent,
        Step.PHOTOS_BEFORE: _photos("BEFORE"),
        Step.PLAN: _plan,
        Step.PREPARE: _prepare,
        Step.TIME_OUT: _time_out,
        Step.READY: _ready,
        Step.TREAT: _treat,
        Step.DISPOSE: _dispose,
        Step.PHOTOS_AFTER: _photos("AFTER"),
        Step.AFTER_CARE: _after_care,
        Step.SIGN: _sign,
    }
)
