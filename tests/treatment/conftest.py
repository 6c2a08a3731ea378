"""The tables of the release, and a course on a scalp in a clinic's time zone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from penctl.treatment.course import Course, Punctured
from penctl.treatment.rules import Rules
from penctl.treatment.screening import NEVER, NO, AnswerKind, Question
from penctl.treatment.zones import Scalp
from penctl.treatment_tables import load_questions, load_rules, load_scalp

sys.path.insert(0, str(Path(__file__).parent))  # visit_script
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture(scope="session")
def scalp() -> Scalp:
    return load_scalp()


@pytest.fixture(scope="session")
def questions() -> dict[str, Question]:
    return load_questions()


@pytest.fixture
def good_answers(questions: dict[str, Question]) -> dict[str, object]:
    good = {
        AnswerKind.YES_NO: NO,
        AnswerKind.YEARS: 40,
        AnswerKind.MONTHS_SINCE: NEVER,
        AnswerKind.SKIN_TYPE: 2,
    }
    return {key: good[question.answer] for key, question in questions.items()}


@pytest.fixture
def course(rules: Rules, scalp: Scalp) -> Callable[..., Course]:
    def make(*punctured: Punctured, mode: str = "CLINICAL") -> Course:
        return Course(punctured, rules, scalp, BERLIN, mode)

    return make
