"""What a report of a visit needs, as plain values: no database, no clock, no file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from penctl.treatment.combinations import TherapyNote
from penctl.treatment.screening import Verdict
from penctl.treatment.visit_events import (
    AdverseEventNoted,
    AnaestheticApplied,
    CartridgeRead,
    Consented,
    Noted,
    PhotosDeclined,
    PhotoTaken,
    TripNoted,
)


@dataclass(frozen=True)
class Letterhead:
    """Who treated. `phone` is for questions, `urgent` for an emergency; "" leaves a line to write on."""

    name: str = ""
    address: tuple[str, ...] = ()
    phone: str = ""
    urgent: str = ""


@dataclass(frozen=True)
class Person:
    """Who was treated; without name and birth date where only the pseudonym is to be shown."""

    pseudonym: str
    name: str = ""
    birth_date: date | None = None

    @property
    def shown(self) -> str:
        """The name, or the pseudonym where there is none."""
        return self.name or self.pseudonym


@dataclass(frozen=True)
class PenFacts:
    """With which pen; "" for what is not known."""

    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True)
class ZoneFacts:
    """One zone of the plan and what became of it.

    `density_per_cm2` is a zone mean: strokes in contact (unseen ones included) x needles of their cartridge /
    area.
    `locked_until` is the first day on which the hard rule allows the zone again, `due_on` that of the longer
    default interval; both None when it was not punctured.
    """

    id: str
    name: str
    area_cm2: float
    area_assumed: bool
    depth_um: int
    rate_mhz: int
    passes: tuple[str, ...]
    density_target_per_cm2: int
    passes_done: tuple[str, ...]
    strokes: int
    strokes_unseen: int
    punctures: int
    density_per_cm2: float
    deepest_um: int
    contact_s: float
    done: bool
    reason: str
    first_puncture: datetime | None
    locked_until: date | None
    due_on: date | None

    @property
    def punctured(self) -> bool:
        """Whether a needle has been in it."""
        return self.first_puncture is not None


@dataclass(frozen=True)
class ScreeningFacts:
    """One question of the screening, its answer in words, and the signed reason that lifts it."""

    id: str
    key: str
    text: str
    answer: str | int | None
    verdict: Verdict
    reason: str
    signed_by: str = ""
    signed_reason: str = ""


@dataclass(frozen=True)
class SignedRule:
    """A rule that was passed with a signed reason."""

    rule_id: str
    text: str
    zone: str
    by: str
    reason: str


@dataclass(frozen=True)
class Sealed:
    """The signed head of the audit trail at the visit's signature, in hexadecimal; "" where there is none."""

    head: str = ""
    signature: str = ""
    public_key: str = ""


@dataclass(frozen=True)
class VisitFacts:
    """All that a report of one visit says."""

    visit_id: str
    mode: str
    simulated: bool
    person: Person
    letterhead: Letterhead
    time_zone: tzinfo
    pen: PenFacts
    begun_at: datetime
    begun_by: str
    last_at: datetime
    signed_at: datetime | None
    signed_by: str
    ended_early: str
    unwell: str
    indication: str
    screening: tuple[ScreeningFacts, ...]
    screened_at: datetime | None
    consent: Consented | None
    photos: tuple[PhotoTaken | PhotosDeclined, ...]
    prepared: tuple[str, ...]
    anaesthetic: AnaestheticApplied | None
    anaesthetic_removed_at: datetime | None
    anaesthetic_asked: bool
    cartridges: tuple[CartridgeRead, ...]
    needles_intact: bool | None
    disposed: bool
    time_out_at: datetime | None
    time_out: tuple[str, ...]
    zones: tuple[ZoneFacts, ...]
    signed_rules: tuple[SignedRule, ...]
    trips: tuple[TripNoted, ...]
    adverse_events: tuple[AdverseEventNoted, ...]
    therapies: tuple[TherapyNote, ...]
    notes: tuple[Noted, ...]
    first_puncture: datetime | None
    last_puncture: datetime | None
    minoxidil_from: datetime | None
    next_visit_from: date | None
    names: tuple[tuple[str, str], ...] = ()
    sealed: Sealed = Sealed()

    def name_of(self, user: str) -> str:
        """A user as people call them, or the id."""
        return dict(self.names).get(user, user)

    @property
    def treated(self) -> tuple[ZoneFacts, ...]:
        """Zones in which a needle has been."""
        return tuple(zone for zone in self.zones if zone.punctured)

    def local(self, moment: datetime) -> datetime:
        """A moment in the clinic's time zone."""
        return moment.astimezone(self.time_zone)
