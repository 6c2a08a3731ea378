"""The measurement of coverage rejects what it is for, and its page is of today's list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from core_coverage import CORE, OPEN, verdict

SOURCE = "int a;\n    if (one && two) {\n    return three ? 1 : 0;\n"
SEEN = [2, 9, 2, 12, 5, 7, 0, 0, 4]
NEVER_FALSE = [3, 12, 3, 17, 5, 0, 0, 0, 4]
NEVER_DECISIVE = [2, 9, 2, 19, 0, 5, [True, False]]
DECISIVE = [2, 9, 2, 19, 0, 5, [True, True]]


def _counted(core: Path, *, branch: list[int] = SEEN, decision: list[Any] = DECISIVE) -> list[dict[str, Any]]:
    """What llvm-cov would say of one file of guard, and of one that is none."""
    sums = {key: {"covered": 3, "count": 4} for key in verdict.SUMS}
    row = {"branches": [branch], "mcdc_records": [decision], "summary": sums}
    for name in ("guard_x.c", "link.c"):
        (core / name).write_text(SOURCE, encoding="utf-8")
    return [{"filename": str(core / name), **row} for name in ("guard_x.c", "link.c")]


def test_conditions_that_are_seen_both_ways_leave_nothing_open(tmp_path: Path) -> None:
    """Each was true, false and decisive."""
    assert verdict.open_lines(_counted(tmp_path), tmp_path) == []


@pytest.mark.parametrize(
    ("planted", "line"),
    [
        ({"branch": NEVER_FALSE}, "return three ? 1 : 0;"),
        ({"decision": NEVER_DECISIVE}, "if (one && two) {"),
    ],
)
def test_a_condition_that_is_not_is_named_until_a_reason_is_given(
    tmp_path: Path, planted: dict[str, Any], line: str
) -> None:
    """Only in guard; and a reason is asked for no longer than its line is open."""
    found = verdict.open_lines(_counted(tmp_path, **planted), tmp_path)
    assert found == [("guard_x.c", line)]
    assert list(verdict.defects(found, {})) == [f"guard_x.c: no test shows both ways of: {line}"]
    assert list(verdict.defects(found, {("guard_x.c", line): "because"})) == []
    assert list(verdict.defects([], {("guard_x.c", line): "because"})) == [
        f"guard_x.c: has a reason, but is not open: {line}"
    ]


def test_a_row_without_a_reason_is_refused(tmp_path: Path) -> None:
    """An empty reason is none."""
    path = tmp_path / "open.toml"
    path.write_text('[[open]]\nfile = "guard.c"\nline = "x"\nreason = " "\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"no reason is given for guard\.c: x"):
        verdict.reasons(path)


def test_each_reason_is_for_a_line_that_is_there() -> None:
    """A line that was edited needs its condition looked at again."""
    for file, line in verdict.reasons(OPEN):
        lines = [each.strip() for each in (CORE / file).read_text(encoding="utf-8").splitlines()]
        assert line in lines, f"{file}: {line}"


def test_what_one_file_shows_of_a_header_is_shown(tmp_path: Path) -> None:
    """A function of a header is compiled, and counted, in each file that includes it."""
    counted = _counted(tmp_path, branch=NEVER_FALSE)
    counted[0]["branches"].append([*NEVER_FALSE[:4], 0, 3, *NEVER_FALSE[6:]])
    assert verdict.open_lines(counted, tmp_path) == []
