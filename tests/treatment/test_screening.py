"""Screening: STOP, CAUTION or OK for every answer; at home every CAUTION is STOP."""

from __future__ import annotations

import pytest

from penctl.treatment.findings import Signature, TreatmentRefused, Weight, open_findings
from penctl.treatment.rules import Rules
from penctl.treatment.screening import Question, Verdict, changed, findings_of, screen

ASKED = {
    *("AGE", "SCALP_INFECTION", "OPEN_WOUND", "INFLAMED_SCALP", "HERPES", "REDNESS_LEFT", "SUNBURN"),
    *(
        "SKIN_CANCER",
        "PREGNANT",
        "ISOTRETINOIN",
        "BLEEDING",
        "BLOOD_THINNERS",
        "KELOID",
        "IMMUNE",
        "DIABETES",
    ),
    *("HEALING_MEDICINE", "SKIN_ELSEWHERE", "THIN_SKIN", "SCLERODERMA", "METAL_ALLERGY"),
    *("ANAESTHETIC_ALLERGY", "SKIN_TYPE"),
}
BAD = {"AGE": 17, "ISOTRETINOIN": 3, "SKIN_TYPE": 5}


def verdicts(judged: tuple) -> dict[str, Verdict]:
    return {one.question.key: one.verdict for one in judged}


def test_the_whole_list_is_asked(questions: dict[str, Question]) -> None:
    """Every finding of the clinical facts has its question."""
    assert set(questions) >= ASKED


def test_good_answers_are_ok(questions, good_answers, rules: Rules) -> None:
    """Nothing holds a healthy person back, in either mode."""
    for mode in ("HOME", "CLINICAL"):
        assert findings_of(screen(questions, good_answers, rules, mode)) == ()


@pytest.mark.parametrize("key", sorted(ASKED))
def test_at_home_every_bad_answer_is_stop(questions, good_answers, rules: Rules, key: str) -> None:
    """HOME: every CAUTION is STOP – nobody signs at home."""
    judged = screen(questions, {**good_answers, key: BAD.get(key, "YES")}, rules, "HOME")
    assert verdicts(judged)[key] is Verdict.STOP
    (finding,) = findings_of(judged)
    assert finding.weight is Weight.HARD
    assert open_findings([finding], [Signature(finding.rule_id, "u1", "please")]) == (finding,)


@pytest.mark.parametrize("key", ["DIABETES", "HEALING_MEDICINE"])
def test_a_clinician_may_lift_delayed_healing(questions, good_answers, rules: Rules, key: str) -> None:
    """Diabetes and medicine that delays healing: STOP that a clinician lifts with a signed reason."""
    judged = screen(questions, {**good_answers, key: "YES"}, rules, "CLINICAL")
    assert verdicts(judged)[key] is Verdict.STOP_LIFTABLE
    (finding,) = findings_of(judged)
    assert open_findings([finding], []) == (finding,)
    assert open_findings([finding], [Signature(finding.rule_id, "u1", "HbA1c 6.5 %")]) == ()


@pytest.mark.parametrize(
    "key",
    ["SCALP_INFECTION", "OPEN_WOUND", "INFLAMED_SCALP", "REDNESS_LEFT", "PREGNANT", "SCLERODERMA", "HERPES"],
)
def test_a_stop_is_lifted_by_nobody(questions, good_answers, rules: Rules, key: str) -> None:
    """STOP in the clinic, too."""
    judged = screen(questions, {**good_answers, key: "YES"}, rules, "CLINICAL")
    assert verdicts(judged)[key] is Verdict.STOP


@pytest.mark.parametrize(("age", "ok"), [(17, False), (18, True), (0, False), (99, True)])
def test_under_18_is_stop(questions, good_answers, rules: Rules, age: int, ok: bool) -> None:
    """Hard rule: under 18 stop, both modes."""
    for mode in ("HOME", "CLINICAL"):
        verdict = verdicts(screen(questions, {**good_answers, "AGE": age}, rules, mode))["AGE"]
        assert (verdict is Verdict.OK) is ok
        assert verdict in (Verdict.OK, Verdict.STOP)


@pytest.mark.parametrize(("months", "ok"), [(0, False), (11, False), (12, True), ("NEVER", True)])
def test_isotretinoin_counts_the_months_of_the_rule(questions, good_answers, rules, months, ok) -> None:
    """Sources say 6 or 12 months; the stricter is the default."""
    judged = screen(questions, {**good_answers, "ISOTRETINOIN": months}, rules, "CLINICAL")
    assert (verdicts(judged)["ISOTRETINOIN"] is Verdict.OK) is ok


def test_unsure_counts_as_yes(questions, good_answers, rules: Rules) -> None:
    """Who does not know is asked to find out."""
    judged = screen(questions, {**good_answers, "KELOID": "UNSURE"}, rules, "CLINICAL")
    assert verdicts(judged)["KELOID"] is Verdict.CAUTION


def test_a_missing_answer_is_stop(questions, good_answers, rules: Rules) -> None:
    """Nobody is treated on a form that is half filled in, and nobody signs for it."""
    del good_answers["KELOID"]
    judged = screen(questions, good_answers, rules, "CLINICAL")
    assert verdicts(judged)["KELOID"] is Verdict.STOP


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("KELOID", "maybe"),
        ("KELOID", True),
        ("AGE", -1),
        ("AGE", 131),
        ("AGE", 17.5),
        ("AGE", "40"),
        ("SKIN_TYPE", 7),
        ("ISOTRETINOIN", "x"),
        ("SHOE_SIZE", 42),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(questions, good_answers, rules, key, answer) -> None:
    """Bad input: what, the value, what is allowed."""
    with pytest.raises(TreatmentRefused):
        screen(questions, {**good_answers, key: answer}, rules, "CLINICAL")


def test_anything_changed_since_the_last_visit(
    questions: dict[str, Question], good_answers: dict[str, object]
) -> None:
    """Asked again at each visit: what is answered otherwise; an age that grows is no change."""
    now = {**good_answers, "AGE": 41, "KELOID": "YES", "ISOTRETINOIN": 3}
    assert [one.key for one in changed(questions, good_answers, now)] == ["ISOTRETINOIN", "KELOID"]
    assert changed(questions, {**now, "ISOTRETINOIN": 2}, now) == ()
    assert [one.key for one in changed(questions, {**now, "ISOTRETINOIN": 4}, now)] == ["ISOTRETINOIN"]
