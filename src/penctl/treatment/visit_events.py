"""What can happen in a visit. A list of these is the whole visit; each becomes one line of its journal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, ClassVar, Final, get_type_hints

from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.dose import Dose
from penctl.treatment.findings import Signature, TreatmentRefused
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan

NONE_TAKEN: Final = ""


@dataclass(frozen=True)
class VisitEvent:
    """One thing that happened, when (with its time zone) and who noted it."""

    at: datetime
    by: str

    words: ClassVar[str] = "this"


@dataclass(frozen=True)
class VisitBegun(VisitEvent):
    """The visit begins. `person` is a pseudonym, `simulated` marks a visit on a simulated pen for good."""

    visit_id: str
    person: str
    mode: str
    simulated: bool
    words: ClassVar[str] = "the beginning"


@dataclass(frozen=True)
class Screened(VisitEvent):
    """The screening of today; `answers` by question, with a clinician's signatures for what they lift."""

    answers: Mapping[str, str | int]
    signatures: tuple[Signature, ...] = ()
    words: ClassVar[str] = "the screening"


@dataclass(frozen=True)
class Consented(VisitEvent):
    """The person has signed; `form` names the text and its version."""

    form: str
    words: ClassVar[str] = "the consent"


@dataclass(frozen=True)
class PhotoTaken(VisitEvent):
    """A photo, kept elsewhere under `reference`; `when` is BEFORE or AFTER."""

    when: str
    reference: str
    zone: str = ""
    words: ClassVar[str] = "a photo"


@dataclass(frozen=True)
class PhotosDeclined(VisitEvent):
    """No photo, and why."""

    when: str
    reason: str
    words: ClassVar[str] = "declining photos"


@dataclass(frozen=True)
class Planned(VisitEvent):
    """The plan that was agreed, with a clinician's signatures for the soft rules that it passes."""

    plan: Plan
    signatures: tuple[Signature, ...] = ()
    words: ClassVar[str] = "the plan"


@dataclass(frozen=True)
class ItemPrepared(VisitEvent):
    """One item of the preparation is confirmed."""

    item: str
    words: ClassVar[str] = "a preparation"


@dataclass(frozen=True)
class AnaestheticApplied(VisitEvent):
    """A numbing agent: what, how much, when."""

    agent: str
    dose: str
    applied_at: datetime
    words: ClassVar[str] = "the anaesthetic"


@dataclass(frozen=True)
class AnaestheticNone(VisitEvent):
    """No anaesthetic today."""

    words: ClassVar[str] = "declining an anaesthetic"


@dataclass(frozen=True)
class AnaestheticRemoved(VisitEvent):
    """It has been wiped off."""

    words: ClassVar[str] = "removing the anaesthetic"


@dataclass(frozen=True)
class CartridgeRead(VisitEvent):
    """The cartridge as the pen reads it: number, kind, needles, lot, last day of sterility, visits before.

    `strokes` is what its tag had counted by then, in all visits.
    """

    cartridge_id: int
    kind: str
    needles: int
    lot: str
    sterile_until: date
    uses: int
    strokes: int = 0
    words: ClassVar[str] = "the cartridge"


@dataclass(frozen=True)
class TimeOutSaid(VisitEvent):
    """One sentence of the time-out was said aloud and agreed."""

    item: str
    words: ClassVar[str] = "the time-out"


@dataclass(frozen=True)
class TakenBack(VisitEvent):
    """Something that was confirmed in the present step was a mistake.

    `item` is the item of a preparation or of the time-out, ANAESTHETIC for the anaesthetic or that there is
    none, ANAESTHETIC_REMOVED for its removal.
    """

    item: str
    words: ClassVar[str] = "taking back"


@dataclass(frozen=True)
class Armed(VisitEvent):
    """The pen is READY."""

    words: ClassVar[str] = "arming"


@dataclass(frozen=True)
class Disarmed(VisitEvent):
    """The pen is no longer READY: time over, a stop, a trip, a lost link."""

    reason: str
    words: ClassVar[str] = "disarming"


@dataclass(frozen=True)
class PassBegun(VisitEvent):
    """A pass begins in a zone."""

    zone: str
    direction: str
    words: ClassVar[str] = "a pass"


@dataclass(frozen=True)
class DoseCounted(VisitEvent):
    """What the pass under way has added to its zone since the last such line."""

    zone: str
    dose: Dose
    words: ClassVar[str] = "a dose"


@dataclass(frozen=True)
class PassEnded(VisitEvent):
    """The pass is over; `done` False when it was broken off."""

    zone: str
    done: bool
    words: ClassVar[str] = "the end of a pass"


@dataclass(frozen=True)
class ZoneEnded(VisitEvent):
    """The zone is over; one that was left out or broken off has a reason."""

    zone: str
    done: bool
    reason: str = ""
    words: ClassVar[str] = "the end of a zone"


@dataclass(frozen=True)
class TripNoted(VisitEvent):
    """The pen tripped, in words, with value and limit."""

    interlock: str
    text: str
    words: ClassVar[str] = "a trip"


@dataclass(frozen=True)
class RecordingBegun(VisitEvent):
    """What the pen does is recorded from now on, in a file of this name; a folder is not part of it."""

    name: str
    words: ClassVar[str] = "the beginning of a recording"


@dataclass(frozen=True)
class RecordingEnded(VisitEvent):
    """The recording of this name is whole; `sha256` of the file, in hexadecimal digits."""

    name: str
    sha256: str
    words: ClassVar[str] = "the end of a recording"


@dataclass(frozen=True)
class AlarmNoted(VisitEvent):
    """What happened to an alarm of the screen: `what` is "began", "acknowledged", "reset", "ended".

    `code` is an interlock or a code of hardware/alarms.toml, `priority` HIGH, MEDIUM or LOW, `text` its
    title.
    """

    code: str
    priority: str
    what: str
    text: str
    words: ClassVar[str] = "an alarm"


@dataclass(frozen=True)
class NeedlesChecked(VisitEvent):
    """The needles were counted after the treatment."""

    intact: bool
    words: ClassVar[str] = "the check of the needles"


@dataclass(frozen=True)
class CartridgeDisposed(VisitEvent):
    """The cartridge went to the sharps."""

    words: ClassVar[str] = "disposing of the cartridge"


@dataclass(frozen=True)
class AfterCareGiven(VisitEvent):
    """The after-care sheet was handed out and explained."""

    words: ClassVar[str] = "the after-care"


class AdverseKind(Enum):
    """What went wrong with the skin or the person."""

    BRUISING = "BRUISING"
    IRRITATION = "IRRITATION"
    REDNESS = "REDNESS"
    OOZING = "OOZING"
    SWELLING = "SWELLING"
    PAIN = "PAIN"
    INFECTION = "INFECTION"
    SCARRING = "SCARRING"
    TRAM_TRACK = "TRAM_TRACK"
    PIGMENTATION = "PIGMENTATION"
    GRANULOMA = "GRANULOMA"
    SYNCOPE = "SYNCOPE"
    BURNING = "BURNING"
    NEEDLE_BROKEN = "NEEDLE_BROKEN"
    OTHER = "OTHER"


@dataclass(frozen=True)
class AdverseEventNoted(VisitEvent):
    """An adverse event; `severity` 1 mild, 2 moderate, 3 severe."""

    kind: AdverseKind
    severity: int
    zone: str = ""
    text: str = ""
    words: ClassVar[str] = "an adverse event"

    def __post_init__(self) -> None:
        if self.severity not in (1, 2, 3):
            raise TreatmentRefused("There is no such severity", self.severity, "1, 2 or 3", "Choose one")


@dataclass(frozen=True)
class TherapyNoted(VisitEvent):
    """A therapy beside the needling, as somebody told; never that it was delivered."""

    note: TherapyNote
    words: ClassVar[str] = "a note of a therapy"


@dataclass(frozen=True)
class Noted(VisitEvent):
    """A note in words."""

    text: str
    words: ClassVar[str] = "a note"


@dataclass(frozen=True)
class EndedEarly(VisitEvent):
    """The treatment ends here, and why."""

    reason: str
    words: ClassVar[str] = "ending early"


@dataclass(frozen=True)
class Unwell(VisitEvent):
    """The patient is unwell: the pen is stopped, and the visit goes on with what must still be done."""

    reason: str
    words: ClassVar[str] = "noting that the patient is unwell"


@dataclass(frozen=True)
class Signed(VisitEvent):
    """The visit is signed and closed."""

    words: ClassVar[str] = "the signature"


KINDS: Final[Mapping[str, type[VisitEvent]]] = MappingProxyType(
    {kind.__name__: kind for kind in VisitEvent.__subclasses__()}
)
"""Every event by its name in the journal."""


# --- as plain values, for a journal and a database ---


def plain(event: VisitEvent) -> dict[str, Any]:
    """The event as JSON takes it; `event` is its name."""
    return {"event": type(event).__name__, **_plain_fields(event)}


def _plain_fields(value: Any) -> dict[str, Any]:
    return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (tuple, list)) else value


def event_from(content: Mapping[str, Any]) -> VisitEvent:
    """The event again. Raises TreatmentRefused for what is no event of a visit."""
    fields = dict(content)
    kind = KINDS.get(str(fields.pop("event", "")))
    if kind is None:
        raise TreatmentRefused(
            "There is no such event", content.get("event"), ", ".join(KINDS), "Update penctl"
        )
    try:
        hints = get_type_hints(kind)
        known = {one.name for one in dataclasses.fields(kind)}
        if set(fields) - known:
            raise TreatmentRefused(f"{kind.__name__} has no such field", ", ".join(set(fields) - known))
        return kind(**{name: _typed(hints[name], value) for name, value in fields.items()})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TreatmentRefused(
            f"This is no {kind.__name__}", str(error), None, "The journal is damaged"
        ) from error


def _record(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], one) for name, one in value.items()})


def _list_of(kind: Any) -> Any:
    return lambda value: tuple(_typed(kind, one) for one in value)


_TYPED: Final[Mapping[Any, Any]] = MappingProxyType(
    {
        datetime: datetime.fromisoformat,
        date: date.fromisoformat,
        AdverseKind: AdverseKind,
        Therapy: Therapy,
        Direction: Direction,
        Indication: Indication,
        Dose: lambda value: _record(Dose, value),
        Plan: lambda value: _record(Plan, value),
        ZonePlan: lambda value: _record(ZonePlan, value),
        Signature: lambda value: _record(Signature, value),
        TherapyNote: lambda value: _record(TherapyNote, value),
        tuple[Signature, ...]: _list_of(Signature),
        tuple[ZonePlan, ...]: _list_of(ZonePlan),
        tuple[Direction, ...]: _list_of(Direction),
    }
)


def _typed(hint: Any, value: Any) -> Any:
    return _TYPED[hint](value) if hint in _TYPED else value
