"""Red, yellow and cyan are an alarm's alone: no other colour of the clinician's program comes near them."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import pengui
from pengui.widgets.look import ALARM, DARK, LIGHT, Look, Priority

PROGRAM = Path(pengui.__file__).parent
FOLDERS = ("clinic", "widgets")
FEWEST_FILES = 40
HUES = {"red": ((0, 18), (342, 360)), "yellow": ((42, 68),), "cyan": ((168, 196),)}
HEX = re.compile(r"#([0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
NUMBERS = re.compile(r"(?:QColor|rgba?|qRgba?|fromRgb)\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")
NAMES = re.compile(
    r"GlobalColor\.(?:dark)?(red|yellow|cyan)\b|[\"'](?:light|dark)?(red|yellow|cyan|aqua|crimson|gold)[\"']",
    re.IGNORECASE,
)


def kind_of(red: int, green: int, blue: int) -> str:
    """Which alarm colour a colour would be taken for, "" for none; parts of 255."""
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if saturation < 0.45 or value < 0.35:
        return ""
    return next(
        (name for name, parts in HUES.items() if any(low <= hue * 360 <= high for low, high in parts)), ""
    )


def parts_of(code: str) -> tuple[int, int, int]:
    """Red, green and blue of #rgb, #rrggbb or #aarrggbb."""
    digits = code.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits[-6:]
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def found_in(text: str) -> Iterator[str]:
    """Every colour of an alarm that a text names, as it names it."""
    for match in HEX.finditer(text):
        if kind_of(*parts_of(match[0])):
            yield match[0]
    for match in NUMBERS.finditer(text):
        if kind_of(*(int(part) for part in match.groups())):
            yield match[0]
    yield from (match[0] for match in NAMES.finditer(text))


def sources() -> Iterator[tuple[str, str]]:
    """Every file of the program, without the table of the alarms' own colours and without prose."""
    for path in sorted(file for folder in FOLDERS for file in (PROGRAM / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name == "look.py":
            begin = text.index("ALARM: Final")
            text = text[:begin] + text[text.index("\n}\n", begin) :]
        yield path.name, re.sub(r'"""(?:.|\n)*?"""', "", text)


def test_no_file_names_a_colour_of_an_alarm():
    """Issue 7, look: red, yellow and cyan are kept for alarm priorities and mean nothing else."""
    files = list(sources())
    assert len(files) >= FEWEST_FILES
    assert {name: named for name, text in files if (named := list(found_in(text)))} == {}
    assert not [name for name, text in files if "pengui.theme" in text], "the console's colours are others"


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)
def test_no_colour_of_a_theme_is_an_alarm_s(look: Look):
    """The one theme file."""
    values = {one.name: getattr(look, one.name) for one in fields(look)}
    colours = {name: code for name, code in values.items() if str(code).startswith("#")}
    assert len(colours) > 10
    assert {name: code for name, code in colours.items() if kind_of(*parts_of(code))} == {}


def test_the_alarms_colours_are_what_they_are_called():
    """IEC 60601-1-8: HIGH red, MEDIUM yellow, LOW cyan."""
    kinds = [kind_of(*parts_of(ALARM[one][0])) for one in (Priority.HIGH, Priority.MEDIUM, Priority.LOW)]
    assert kinds == ["red", "yellow", "cyan"]


@pytest.mark.parametrize(
    "planted",
    ['"#e02020"', '"#fd0"', "QColor(20, 200, 215)", "Qt.GlobalColor.red", '"yellow"', '"#80ff3030"'],
)
def test_a_planted_colour_is_found(planted: str):
    """The check sees what it looks for, in each way in which a colour can be named."""
    assert list(found_in(f"painter.setPen({planted})"))
