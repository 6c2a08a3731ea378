"""What people have answered, confirmed and signed for a visit, as a file; and that of a simulated visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from penctl.input_files import InputFileError, only, read_input, text_of
from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.findings import Signature
from penctl.treatment.screening import NEVER, NO, Answer, AnswerKind, Question
from penctl.treatment.visit_steps import TIME_OUT, preparation

SIMULATED_BY: Final = "simulated clinician"
SIMULATED_TEXT: Final = "simulated"
_KEYS: Final = (
    "person", "by", "consent", "lot", "screening", "signature", "photos", "anaesthetic",
    "prepared", "therapy", "time_out",
)  # fmt: skip
_GOOD: Final[Mapping[AnswerKind, Answer]] = {
    AnswerKind.YES_NO: NO,
    AnswerKind.YEARS: 40,
    AnswerKind.MONTHS_SINCE: NEVER,
    AnswerKind.SKIN_TYPE: 2,
}


@dataclass(frozen=True)
class Anaesthetic:
    """A numbing agent; `removed` says that it has been wiped off."""

    agent: str
    dose: str
    applied_at: datetime
    removed: bool


@dataclass(frozen=True)
class Form:
    """All that is answered and confirmed before a treatment.

    `photo_before` and `photo_after` are references of photos; "" with the reason beside it for none.
    """

    person: str
    by: str
    consent: str
    answers: Mapping[str, Any]
    signatures: tuple[Signature, ...] = ()
    lot: str = ""
    photo_before: str = ""
    no_photo_before: str = ""
    photo_after: str = ""
    no_photo_after: str = ""
    anaesthetic: Anaesthetic | None = None
    therapies: tuple[TherapyNote, ...] = ()
    prepared: frozenset[str] = field(default_factory=frozenset)
    time_out: frozenset[str] = field(default_factory=frozenset)


def simulated_form(person: str, mode: str, questions: Mapping[str, Question]) -> Form:
    """A person without a finding, and a clinician who confirms everything: for a simulated pen only."""
    return Form(
        person=person,
        by=SIMULATED_BY,
        consent=SIMULATED_TEXT,
        answers={key: _GOOD[question.answer] for key, question in questions.items()},
        lot=SIMULATED_TEXT,
        no_photo_before=SIMULATED_TEXT,
        no_photo_after=SIMULATED_TEXT,
        prepared=frozenset(preparation(mode)),
        time_out=frozenset(TIME_OUT),
    )


def read_form(path: str | Path) -> Form:
    """A form from its file; what its answers mean is judged when they are noted. Raises InputFileError."""
    content = read_input(path, "The form")
    only(content, _KEYS, "The form")
    photos = _table(content, "photos")
    only(photos, ("before", "no_before", "after", "no_after"), "The form's photos")
    by = text_of(content, "by", "The form")
    return Form(
        person=text_of(content, "person", "The form"),
        by=by,
        consent=text_of(content, "consent", "The form"),
        answers=_answers(content),
        signatures=_signatures(content, by),
        lot=text_of(content, "lot", "The form", needed=False),
        photo_before=text_of(photos, "before", "The form", needed=False),
        no_photo_before=text_of(photos, "no_before", "The form", needed=False),
        photo_after=text_of(photos, "after", "The form", needed=False),
        no_photo_after=text_of(photos, "no_after", "The form", needed=False),
        anaesthetic=_anaesthetic(_table(content, "anaesthetic")),
        therapies=_therapies(content),
        prepared=_confirmed(content, "prepared"),
        time_out=_confirmed(content, "time_out"),
    )


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, Mapping):
        raise InputFileError(f"The form's {key} is no table", value, f"[{key}]", "Correct it")
    return value


def _answers(content: Mapping[str, Any]) -> dict[str, Any]:
    """Words in any case; what they mean is the screening's."""
    answers = _table(content, "screening")
    return {key: value.upper() if isinstance(value, str) else value for key, value in answers.items()}


def _signatures(content: Mapping[str, Any], by: str) -> tuple[Signature, ...]:
    found = []
    for row in _rows(content, "signature"):
        only(row, ("rule", "reason", "zone"), "A signature of the form")
        rule, reason = (text_of(row, key, "A signature of the form") for key in ("rule", "reason"))
        zone = text_of(row, "zone", "A signature of the form", needed=False).upper()
        found.append(Signature(rule, by, reason, zone))
    return tuple(found)


def _therapies(content: Mapping[str, Any]) -> tuple[TherapyNote, ...]:
    """What somebody said was used beside the needling; never that it was delivered."""
    return tuple(_therapy(row) for row in _rows(content, "therapy"))


def _therapy(row: Mapping[str, Any]) -> TherapyNote:
    where = "A therapy of the form"
    only(row, ("therapy", "at", "said_by", "text"), where)
    name = text_of(row, "therapy", where).upper()
    if name not in Therapy.__members__:
        known = ", ".join(one.lower() for one in Therapy.__members__)
        raise InputFileError("There is no such therapy", name.lower(), known, "Name one of these")
    at = _moment(row.get("at"), "of the therapy")
    said_by, text = text_of(row, "said_by", where), text_of(row, "text", where, needed=False)
    return TherapyNote(Therapy[name], at, said_by, text)


def _rows(content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = content.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputFileError(f"The form's {key} is no list of tables", rows, f"[[{key}]]", "Correct it")
    return rows


def _moment(value: object, what: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InputFileError(
            f"The time {what} is no time with its zone", value, "as 2026-06-01T09:40:00+02:00", "Correct it"
        )
    return value


def _anaesthetic(row: Mapping[str, Any]) -> Anaesthetic | None:
    if not row:
        return None
    only(row, ("agent", "dose", "applied_at", "removed"), "The form's anaesthetic")
    applied_at = _moment(row.get("applied_at"), "of the anaesthetic")
    agent, dose = (text_of(row, key, "The form's anaesthetic") for key in ("agent", "dose"))
    return Anaesthetic(agent, dose, applied_at, row.get("removed") is True)


def _confirmed(content: Mapping[str, Any], key: str) -> frozenset[str]:
    rows = _table(content, key)
    for name, value in rows.items():
        if not isinstance(value, bool):
            raise InputFileError(
                f"The form's {key}, {name}, is no yes or no", value, "true or false", "Correct it"
            )
    return frozenset(name for name, value in rows.items() if value)
