"""The text check passes plain prose and rejects a planted example of each rule.

The examples are put together from parts, so that this file itself stays clean.
"""

from __future__ import annotations

from pathlib import Path

import check_text
import pytest

PLANTED = {
    "machine path": ["see /wo" + "rk/main/x", "in /ro" + "ot/.cache", "from /home/" + "somebody/penctl"],
    "outside path": ["see ../sha" + "red/notes.md"],
    "package server": [
        "--index-" + "url https://example.invalid/simple",
        "--find-" + "links file:///wheels",
        '"resolved"' + ': "https://example.invalid/x.tgz"',
        "pypi." + "org/simple",
    ],
    "how it was made": [
        "written by an A" + "I assistant",
        "a sub" + "agent",
        "in the previous " + "session",
        "L" + "LM",
    ],
    "plain session": ["Open a session first."],
    "alarm words": ["The alarm is mut" + "ed."],
}

CLEAN = """# A page

A link session is opened first; `session` in code is a name. Work on /workpiece and the work/root of it.
The numbing agent is on the skin. See https://example.invalid/work/page and ../docs/x.md.

    open_session()

```
pen.open_session()  # a session of the wire
```
"""


def test_plain_prose_has_no_defect() -> None:
    """Requirement: the text check accepts ordinary text, so that a rejection means something."""
    assert list(check_text.defects("page.md", CLEAN)) == []


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, texts in PLANTED.items() for text in texts]
)
def test_a_planted_text_is_rejected(rule: str, text: str) -> None:
    """Requirement: what a tracked file may not say is found by the rule that forbids it."""
    endings = next(each.endings for each in check_text.RULES if each.name == rule) or (".py",)
    found = list(check_text.defects(f"page{endings[0]}", f"First line.\n{text}\n"))
    assert len(found) == 1, found
    assert found[0].startswith(f"page{endings[0]}:2: {rule}: ")


def test_every_rule_has_a_planted_example() -> None:
    """Requirement: no text rule stands in the table that was never seen to reject anything."""
    assert {rule.name for rule in check_text.RULES} == set(PLANTED)


def test_a_file_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    """Requirement: a picture or a recording is counted as no text and not read as such."""
    picture = tmp_path / "plot.png"
    picture.write_bytes(b"\x89PNG\0/ro" + b"ot/x")
    assert check_text.check([picture], tmp_path) == (0, [])
