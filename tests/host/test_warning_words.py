"""Warnings of the pen in words: one catalogue for command line, monitor and window."""

from __future__ import annotations

import pytest

from penctl.errors import ReferenceFailed, Refused, SelfTestFailed
from penctl.protocol import enums
from penctl.protocol.messages import SET_DEPTH
from penctl.self_test_words import SELF_TEST_CHECKS
from penctl.warning_words import warning_words


@pytest.mark.parametrize("warning", [member for member in enums.Warning if member is not enums.Warning.NONE])
@pytest.mark.parametrize(("value", "limit"), [(3, 12), (0, 0), (-(2**31), 2**31 - 1)])
def test_every_warning_says_what_happened_and_what_to_do(
    warning: enums.Warning, value: int, limit: int
) -> None:
    """Issue 3, errors from one catalogue: each warning has its words, whatever its numbers."""
    told = warning_words(warning, value, limit)
    assert told.title != "Warning", "a warning without words of its own"
    for text in (told.what, told.remedy):
        assert text.endswith(".")
        assert not text.endswith("..")
        assert "{" not in text
        assert "2147483648 mm" not in text


@pytest.mark.parametrize(
    ("warning", "value", "limit", "expected"),
    [
        (enums.Warning.LIFT_HANDPIECE, 812, 0, "needle bar at 0.812 mm"),
        (enums.Warning.LIFT_HANDPIECE, -(2**31), 0, "gives no reading"),
        (enums.Warning.C1_TIMEOUT, -40, 0, "needle bar at -0.040 mm"),
        (enums.Warning.READY_TIMEOUT, 120, 120, "120 s"),
        (enums.Warning.EVENTS_LOST, 4, 32, "4 of its events"),
        (enums.Warning.COMMAND_REFUSED, SET_DEPTH.number, 12, "SET_DEPTH was refused: depth above limit"),
        (enums.Warning.SELF_TEST_FAILED, 2, 0, "hold-to-run switch released"),
        (enums.Warning.REFERENCE_FAILED, 60, 50, "0.060 mm apart, 0.050 mm is allowed"),
        (enums.Warning.HOLD_LONG, 180_000_000, 185_000_000, "was held for 180 s; at 185 s the pen stops"),
        (enums.Warning.WARM, 41_100, 41_000, "at 41.1 °C, above 41.0 °C"),
        (enums.Warning.BATTERY_LOW, 149, 150, "at 14.9 %, below 15 %"),
        (enums.Warning.CARTRIDGE_NEARLY_USED, 10, 15, "use 10 of 15"),
        (enums.Warning.REFERENCE_LOST, -61, 50, "-0.061 mm from where its steps put it; 0.050 mm"),
        (enums.Warning.REFERENCE_LOST, 2**31 - 1, 50, "gives no reading"),
        (enums.Warning.SESSION_DROPPED, 5, 1_000_000, "5 frames within 1 s"),
    ],
)
def test_the_numbers_of_a_warning_are_shown_in_a_persons_units(
    warning: enums.Warning, value: int, limit: int, expected: str
) -> None:
    """Requirement: mm, s and names, never bare numbers of the wire."""
    assert expected in warning_words(warning, value, limit).what


def test_the_firmwares_checks_are_all_in_the_catalogue_and_each_says_how_to_mend_it() -> None:
    """Requirement: a failed self-test names its check, whoever tells it: error, refusal or warning."""
    assert set(SELF_TEST_CHECKS) == {int(check) for check in enums.SelfTestCheck if check}
    for number, check in SELF_TEST_CHECKS.items():
        texts = (
            str(SelfTestFailed(number)),
            str(Refused("SELF_TEST_FAILED", number)),
            " ".join(vars(warning_words(enums.Warning.SELF_TEST_FAILED, number, 0)).values()),
        )
        for text in texts:
            assert f"check {number}, {check.looks_at}." in text
            assert check.remedy in text


def test_a_failed_reference_is_told_in_mm_and_without_numbers_where_there_are_none() -> None:
    """Requirement: value and limit with their unit; 0 apart means that a sensor gave no reading."""
    assert "0.060 mm apart" in str(ReferenceFailed(60, 50))
    assert "apart" not in str(ReferenceFailed(0, 50))
