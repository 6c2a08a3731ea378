"""Screening before a visit: STOP, CAUTION or OK for every answer, with the reason and what resolves it.

A question without an answer counts as a bad answer: nobody is treated on a form that is half filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from penctl.treatment.findings import Finding, TreatmentRefused, Weight
from penctl.treatment.rules import Rules

YES, NO, UNSURE, NEVER = "YES", "NO", "UNSURE", "NEVER"
SKIN_TYPES: Final = (1, 6)
DARKER_SKIN: Final = 4
OLDEST_YEARS: Final = 130
MOST_MONTHS: Final = 1200

Answer = str | int


class AnswerKind(Enum):
    """How a question is answered."""

    YES_NO = "YES_NO"
    YEARS = "YEARS"
    MONTHS_SINCE = "MONTHS_SINCE"
    SKIN_TYPE = "SKIN_TYPE"


class Verdict(Enum):
    """What an answer means."""

    OK = "OK"
    CAUTION = "CAUTION"
    STOP_LIFTABLE = "STOP_LIFTABLE"
    """STOP that a clinician may lift with a signed reason."""
    STOP = "STOP"


@dataclass(frozen=True)
class Question:
    """One question; `verdict` is that of a bad answer."""

    id: str
    key: str
    text: str
    answer: AnswerKind
    verdict: Verdict
    reason: str
    resolves: str
    mark: str
    source: str


@dataclass(frozen=True)
class Judged:
    """One question with its answer and what it means in this mode; `answer` None when it is missing."""

    question: Question
    answer: Answer | None
    verdict: Verdict

    @property
    def finding(self) -> Finding | None:
        """As a finding of the rules, or None when it is OK."""
        if self.verdict is Verdict.OK:
            return None
        weight = Weight.HARD if self.verdict is Verdict.STOP else Weight.SOFT
        said = "no answer" if self.answer is None else str(self.answer).lower()
        what = f"Screening: {self.question.text} {self.question.reason}"
        return Finding(self.question.id, weight, what, said, "", self.question.resolves)


def check_answer(question: Question, answer: object) -> Answer:
    """The answer, when it fits the question. Raises TreatmentRefused."""
    kind = question.answer
    if kind is AnswerKind.YES_NO and answer in (YES, NO, UNSURE):
        return str(answer)
    if kind is AnswerKind.MONTHS_SINCE and answer == NEVER:
        return NEVER
    low, high = {
        AnswerKind.YES_NO: (1, 0),
        AnswerKind.YEARS: (0, OLDEST_YEARS),
        AnswerKind.MONTHS_SINCE: (0, MOST_MONTHS),
        AnswerKind.SKIN_TYPE: SKIN_TYPES,
    }[kind]
    if isinstance(answer, int) and not isinstance(answer, bool) and low <= answer <= high:
        return answer
    allowed = f"{YES}, {NO} or {UNSURE}" if kind is AnswerKind.YES_NO else f"a whole number, {low} to {high}"
    if kind is AnswerKind.MONTHS_SINCE:
        allowed += f", or {NEVER}"
    raise TreatmentRefused(
        f"This is no answer to {question.id} ({question.text})", answer, allowed, "Correct the answer"
    )


def _is_bad(question: Question, answer: Answer | None, rules: Rules, mode: str) -> bool:
    if answer is None:
        return True
    if question.answer is AnswerKind.YES_NO:
        return answer != NO
    if question.answer is AnswerKind.YEARS:
        return not rules["age_min_years", mode].allows(float(answer))
    if question.answer is AnswerKind.MONTHS_SINCE:
        return answer != NEVER and not rules["isotretinoin_months", mode].allows(float(answer))
    return int(answer) >= DARKER_SKIN


def _verdict(question: Question, answer: Answer | None, mode: str) -> Verdict:
    """Of a bad answer. At home nobody signs, and nobody signs for a question that was not asked: STOP."""
    return Verdict.STOP if mode == "HOME" or answer is None else question.verdict


def screen(
    questions: Mapping[str, Question], answers: Mapping[str, object], rules: Rules, mode: str
) -> tuple[Judged, ...]:
    """Judge every question of the table, in its order.

    Raises:
        TreatmentRefused: an answer to a question that is not asked, or one that does not fit its question.
    """
    for key in answers:
        if key not in questions:
            raise TreatmentRefused("No such question is asked", key, ", ".join(questions), "Correct the name")
    judged = []
    for key, question in questions.items():
        answer = check_answer(question, answers[key]) if key in answers else None
        bad = _is_bad(question, answer, rules, mode)
        judged.append(Judged(question, answer, _verdict(question, answer, mode) if bad else Verdict.OK))
    return tuple(judged)


def findings_of(judged: tuple[Judged, ...]) -> tuple[Finding, ...]:
    """What holds the visit back."""
    found = (one.finding for one in judged)
    return tuple(finding for finding in found if finding is not None)


def changed(
    questions: Mapping[str, Question], before: Mapping[str, object], now: Mapping[str, object]
) -> tuple[Question, ...]:
    """Anything changed? Questions that are answered otherwise than at the last visit, in their order.

    An age and the months since a medicine grow by themselves: they count only when they have fallen, or when
    "never" has become a number or the other way round.
    """
    return tuple(
        question
        for key, question in questions.items()
        if key in now and _differs(question, before.get(key), now[key])
    )


def _differs(question: Question, before: object, now: object) -> bool:
    grows = question.answer in (AnswerKind.YEARS, AnswerKind.MONTHS_SINCE)
    if grows and isinstance(before, int) and isinstance(now, int):
        return now < before
    return before != now
