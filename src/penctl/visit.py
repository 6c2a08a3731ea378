"""A visit as the host knows it, and the hash by which a cartridge knows its person again.

The name never leaves the host. What travels is HMAC-SHA-256 over the cartridge's number and the pseudonym,
keyed with the clinic's salt and cut to 16 bytes: hashes on two cartridges cannot be linked with each other,
and without the salt none can be tried against a list of names.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from penctl.errors import PenError, Refused
from penctl.protocol.enums import Reason

FIRST_DAY: Final = date(2020, 1, 1)
DAY_MAX: Final = 0xFFFF
ID_SIZE: Final = 8
HASH_SIZE: Final = 16
SIMULATED_SALT: Final = hashlib.sha256(b"penctl simulated clinic, not a secret").digest()
"""The salt for pens in virtual time, so that a run is a function of its seed."""
ANONYMOUS: Final = ""
"""The pseudonym of nobody in particular: the same for every visit without a person."""


@dataclass(frozen=True)
class Visit:
    """An appointment. `visit_id` is 16 hexadecimal digits: the same again takes the visit up again.

    `person` is the pseudonym, and stays on the host; it is "" for nobody in particular. `day` is the date.
    """

    visit_id: str
    person: str
    day: date

    @property
    def raw_id(self) -> bytes:
        """The 8 bytes that travel."""
        return bytes.fromhex(self.visit_id)


def make_visit(
    person: str | None, visit_id: str | None, day: date | None, today: date, draw: Callable[[int], bytes]
) -> Visit:
    """A visit from what was given; `draw(n)` gives random bytes for the number of a new one.

    Raises:
        PenError: the pseudonym is empty or no text, the number is not 16 hexadecimal digits.
        Refused: DATE_INVALID, the date is before 2020 or no date.
    """
    if visit_id is None:
        visit_id = draw(ID_SIZE).hex()
    return Visit(
        _checked_id(visit_id), ANONYMOUS if person is None else _pseudonym(person), _checked(day or today)
    )


def day_number(day: date) -> int:
    """Days since 2020-01-01, as the pen counts."""
    return (day - FIRST_DAY).days


def person_hash(person: str, cartridge_id: int, salt: bytes) -> bytes:
    """16 bytes that stand for a person on one cartridge and on no other."""
    text = b"penctl person" + cartridge_id.to_bytes(4, "little") + person.encode()
    return hmac.digest(salt, text, "sha256")[:HASH_SIZE]


def _pseudonym(person: object) -> str:
    """The same person however it was typed: no space around, one form of each letter."""
    if not isinstance(person, str):
        raise PenError("This is no pseudonym", repr(person), "a text", "Give the person's pseudonym as text")
    text = " ".join(unicodedata.normalize("NFC", person).split())
    if not text:
        raise PenError(
            "The pseudonym is empty",
            repr(person),
            "1 letter or more",
            "Give one, or None for an anonymous visit",
        )
    return text


def _checked_id(visit_id: object) -> str:
    if isinstance(visit_id, str) and len(visit_id) == 2 * ID_SIZE:
        try:
            return bytes.fromhex(visit_id).hex()
        except ValueError:
            pass
    raise PenError(
        "This is no number of a visit",
        repr(visit_id),
        f"{2 * ID_SIZE} hexadecimal digits",
        "Give Visit.visit_id of the visit to take up, or None for a new one",
    )


def _checked(day: object) -> date:
    if not isinstance(day, date):
        raise PenError("This is no date", repr(day), "a datetime.date", "Give the date of today")
    if not 0 < day_number(day) <= DAY_MAX:
        raise Refused(Reason.DATE_INVALID, day_number(day), 1, layer="host")
    return day
