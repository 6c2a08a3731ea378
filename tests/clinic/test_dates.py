"""One form of dates and times on every screen and on every printed paper; nothing else formats one."""

from __future__ import annotations

import ast
import locale
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from penctl import dates
from pengui import dates as shown

ROOT = Path(__file__).resolve().parents[2]
PAPERS = ("aftercare.py", "report.py", "report_parts.py", "advice.py", "words.py", "paper.py")
SENTENCES = ("src/penctl/treatment", "src/penctl/records/users.py", "src/penctl/records/store.py")
TYPED_OR_KEPT = {
    "gui/pengui/clinic/outcome_entry.py": "a field that is typed",
    "gui/pengui/console/window.py": "the name of a file",
    "src/penctl/treatment/visit_events.py": "how an event is kept",
    "src/penctl/treatment/ical.py": "RFC 5545",
}
"""Where ISO 8601 stands, and why."""


def test_the_form_is_unambiguous_and_does_not_follow_the_locale():
    """No leading zero, the month as a word, 24 hours."""
    at = datetime(2026, 11, 3, 4, 5, 6, tzinfo=UTC)
    assert dates.day(at) == "3 Nov 2026"
    assert dates.near_day(at.date()) == "3 Nov"
    assert dates.weekday(at) == "Tue 3 Nov 2026"
    assert dates.moment(at) == shown.moment(at) == "3 Nov 2026, 04:05"
    assert dates.clock_s(at) == "04:05:06"
    assert dates.day(date(2026, 3, 1), say=str.upper) == "1 MAR 2026"
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            assert dates.moment(at) == "3 Nov 2026, 04:05"
    finally:
        locale.setlocale(locale.LC_TIME, before)


def formatted(source: str) -> list[int]:
    """Lines that make a text of a date in a way of their own."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("strftime", "isoformat", "ctime", "QLocale"):
            found.append(node.lineno)
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(str(getattr(part, "value", "")) for part in ast.walk(node.format_spec))
            if any(sign in spec for sign in ("%d", "%b", "%B", "%Y", "%H", "%M", "%S", "%m", "%A", "%a")):
                found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    "source", ["f'{at:%d %B %Y}'", "at.isoformat()", "f'{at:%H:%M}'", "at.strftime('x')"]
)
def test_the_check_finds_another_form(source):
    """A check that finds nothing anywhere would be none."""
    assert formatted(source) == [1]


def test_nothing_else_formats_a_date():
    """gui/, the printed papers, and the sentences of rules and records that the screens show."""
    files = [*(ROOT / "gui").rglob("*.py"), *(ROOT / "src/penctl/exchange" / name for name in PAPERS)]
    for part in SENTENCES:
        files += [ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*.py")
    assert len(files) > 100
    found = {}
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        lines = formatted(path.read_text(encoding="utf-8"))
        if lines and name not in TYPED_OR_KEPT:
            found[name] = lines
    assert found == {}


def test_what_is_allowed_to_stand_in_another_form_still_does():
    """An exception that is none any more goes."""
    unused = [name for name in TYPED_OR_KEPT if not formatted((ROOT / name).read_text(encoding="utf-8"))]
    assert unused == []
