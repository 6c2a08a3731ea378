"""What the README and the changelog quote of stops is what the page of stops says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STOPS = "docs/stops.md"
C1 = r"^\| needles clear \|.*\| ([\d.]+) \| 0 \|$"
LEFT_OUT = r"LIFT_HANDPIECE in \d+ of these (\d+)"

FIGURES = {
    "C1": ("README.md", r"longest of 400 \| (\d+) ms", C1),
    "C0": ("README.md", r"longest of 200 \| ([\d.]+) ms", r"\(C0\).*\n\| drive off .* ([\d.]+) \| 0 \|$"),
    "needles left out": ("README.md", r"until a person acts \| (\d+) of", LEFT_OUT),
    "needles left out, changelog": ("CHANGELOG.md", r"in (\d+) of 200 stops", LEFT_OUT),
}
"""Those of virtual time only: what `make bench` measures differs from machine to machine."""


@pytest.mark.parametrize(("page", "quoted", "measured"), FIGURES.values(), ids=FIGURES)
def test_a_quoted_figure_is_the_measured_one(page: str, quoted: str, measured: str) -> None:
    """Issue 3: measured numbers are quoted from their page, rounded to the digits that are shown."""
    text = re.sub(r"\n +", " ", (ROOT / page).read_text(encoding="utf-8"))
    said = re.findall(quoted, text)
    found = re.findall(measured, (ROOT / STOPS).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(said) == 1, quoted
    assert found, measured
    digits = len(said[0].partition(".")[2])
    assert float(said[0]) == round(max(float(figure) for figure in found), digits)
