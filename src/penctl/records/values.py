"""How values are kept: texts of UTC, canonical JSON, checked texts. The same on every kind of database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from penctl.records.errors import RecordsError

LONGEST_TEXT = 20_000


def utc_text(moment: datetime) -> str:
    """A time as it is kept: UTC with microseconds, so that the order of texts is that of times.

    Raises:
        RecordsError: a time without its zone.
    """
    if moment.tzinfo is None:
        raise RecordsError(
            "A time without its zone cannot be kept",
            moment.isoformat(),
            "a time with its zone",
            "Add the zone",
        )
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text: str) -> datetime:
    """A time from what is kept, in UTC."""
    return datetime.fromisoformat(text)


def day_text(day: date) -> str:
    """A day as it is kept."""
    return day.isoformat()


def canonical(content: Any) -> str:
    """JSON of which there is one form only; bytes as hexadecimal text. Raises RecordsError for no number."""
    try:
        return _ENCODER.encode(content)
    except (ValueError, TypeError) as error:
        raise RecordsError(
            "A value cannot be kept", str(error), "texts and finite numbers", "Correct it"
        ) from error


def _hex(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    raise TypeError(type(value).__name__)


_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_hex
)


def checked_text(what: str, text: object, longest: int = LONGEST_TEXT) -> str:
    """A text that every database can keep, without space around.

    Raises:
        RecordsError: no text, too long, a zero byte or half a character in it.
    """
    if not isinstance(text, str):
        raise RecordsError(f"{what} is no text", repr(text), "a text", "Correct it")
    if len(text) > longest:
        raise RecordsError(f"{what} is too long", f"{len(text)} letters", f"{longest} letters", "Shorten it")
    if "\0" in text or any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        raise RecordsError(
            f"{what} has a letter that cannot be kept", repr(text[:40]), "readable letters", "Delete it"
        )
    return text.strip()


def check_texts(values: Mapping[str, Any]) -> None:
    """Refuse a row with a text that cannot be kept. Raises RecordsError."""
    for name, value in values.items():
        if isinstance(value, str):
            checked_text(name, value, 1_000_000)
