"""What the records hold, as a program sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from penctl.treatment.course import Tool
from penctl.treatment.dose import Dose
from penctl.treatment.visit_events import AdverseKind


class Role(Enum):
    """What a user may do; see `ALLOWED`."""

    ASSISTANT = "ASSISTANT"
    """Prepares and notes visits; signs no reason and no clinical visit."""
    CLINICIAN = "CLINICIAN"
    """Treats, and signs."""
    ADMIN = "ADMIN"
    """Users, the clinic's rules, backup, erasing a person; treats nobody."""
    AUDITOR = "AUDITOR"
    """Reads and verifies; sees pseudonyms only."""


class Right(Enum):
    """One thing that a role may be allowed."""

    READ = "read the records"
    PERSONS = "see personal data"
    PATIENTS = "add and change patients"
    VISIT = "note a visit"
    SIGN = "sign a reason or a clinical visit"
    MANAGE = "manage users, rules and erasure"
    EXPORT = "export and back up"


_ALL_READ: Final = frozenset({Right.READ})
ALLOWED: Final = {
    Role.ASSISTANT: _ALL_READ | {Right.PERSONS, Right.PATIENTS, Right.VISIT},
    Role.CLINICIAN: _ALL_READ | {Right.PERSONS, Right.PATIENTS, Right.VISIT, Right.SIGN, Right.EXPORT},
    Role.ADMIN: _ALL_READ | {Right.PERSONS, Right.PATIENTS, Right.MANAGE, Right.EXPORT},
    Role.AUDITOR: _ALL_READ | {Right.EXPORT},
}


@dataclass(frozen=True)
class User:
    """A user; `name` is the login and stays."""

    name: str
    role: Role
    active: bool = True
    locked_until: datetime | None = None
    row_version: int = 0


@dataclass(frozen=True)
class Patient:
    """A person, known by a pseudonym.

    Name, birth date, contact and photo are optional, and encrypted with a key of this person's own; erasing
    destroys that key. `photo` is the reference of a file that is kept elsewhere, as of any other photo.
    """

    id: str = ""
    pseudonym: str = ""
    name: str = ""
    birth_date: date | None = None
    contact: str = ""
    erased: bool = False
    row_version: int = 0
    photo: str = ""


@dataclass(frozen=True)
class Device:
    """A pen by its serial number."""

    id: str
    name: str = ""
    firmware: str = ""
    simulated: bool = False
    row_version: int = 0


@dataclass(frozen=True)
class VisitRow:
    """A visit in a list. `status` is OPEN or CLOSED; an OPEN one that nobody has in hand was cut off."""

    id: str
    patient_id: str
    pseudonym: str
    mode: str
    begun_at: datetime
    day: date
    by: str
    device: str
    status: str
    closed_at: datetime | None
    ended_early: str


@dataclass(frozen=True)
class Elsewhere:
    """A treatment elsewhere or with another tool, as the person tells; it counts like one's own.

    `depth_um` None means that nobody knows.
    """

    patient_id: str
    zone: str
    at: datetime
    depth_um: int | None
    tool: Tool
    text: str = ""


@dataclass(frozen=True)
class Adverse:
    """An adverse event, noted in a visit or afterwards; `severity` 1 mild, 2 moderate, 3 severe."""

    patient_id: str
    at: datetime
    kind: AdverseKind
    severity: int
    zone: str = ""
    text: str = ""
    visit_id: str = ""
    by: str = ""


@dataclass(frozen=True)
class CartridgeRow:
    """A cartridge that a visit has read."""

    cartridge_id: int
    patient_id: str
    kind: str
    needles: int
    lot: str
    sterile_until: date
    first_read_at: datetime
    disposed: bool
    visits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Photo:
    """A photo that is kept elsewhere; `moment` is BEFORE or AFTER a treatment, or OUTCOME."""

    at: datetime
    reference: str
    moment: str
    zone: str = ""
    visit_id: str = ""


@dataclass(frozen=True)
class Pass:
    """One pass over a zone, with the dose that it added; `done` False when it was broken off."""

    visit_id: str
    zone: str
    direction: str
    begun_at: datetime
    ended_at: datetime
    done: bool
    dose: Dose


@dataclass(frozen=True)
class Trip:
    """A trip of the pen in a visit, in words."""

    visit_id: str
    at: datetime
    interlock: str
    text: str
