"""What the counts mean: figures for each file, and the conditions of guard that no test saw both ways."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SUMS = ("lines", "branches", "mcdc")
_LINE, _TRUE, _FALSE = 0, 4, 5  # of a branch record: line, column, end, end, count true, count false
_CONDITIONS = 6  # of a record of a decision: line, column, end, end, file, kind, one bool a condition


def figures(files: list[dict[str, Any]], core: Path) -> dict[str, dict[str, list[int]]]:
    """Of each file of the core: [run, there are] of lines, branches and conditions."""
    return {
        name: {key: [each["summary"][key]["covered"], each["summary"][key]["count"]] for key in SUMS}
        for name, each in _of_core(files, core)
        if each["summary"]["lines"]["count"]
    }


def open_lines(files: list[dict[str, Any]], core: Path) -> list[tuple[str, str]]:
    """File and text of each line of guard with a condition never true, never false, or never decisive."""
    found = set()
    for name, each in _of_core(files, core):
        if name.startswith("guard"):
            lines = (core / name).read_text(encoding="utf-8").splitlines()
            found |= {(name, lines[number - 1].strip()) for number in _open_numbers(each)}
    return sorted(found)


def _of_core(files: list[dict[str, Any]], core: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in files:
        path = Path(each["filename"])
        if path.parent == core:
            yield path.name, each


def _open_numbers(each: Mapping[str, Any]) -> Iterator[int]:
    """A function of a header is counted in each file that includes it: what one of them shows is shown."""
    ways: dict[tuple[int, ...], list[bool]] = {}
    for record in each["branches"]:
        _join(ways, record, [record[_TRUE] > 0, record[_FALSE] > 0])
    for record in each["mcdc_records"]:
        _join(ways, record, record[_CONDITIONS])
    for place, seen in ways.items():
        if not all(seen):
            yield place[_LINE]


def _join(ways: dict[tuple[int, ...], list[bool]], record: list[Any], seen: list[bool]) -> None:
    place = (*record[:_TRUE], len(seen))
    before = ways.get(place, [False] * len(seen))
    ways[place] = [a or b for a, b in zip(before, seen, strict=True)]


def reasons(path: Path) -> dict[tuple[str, str], str]:
    """Why a line may stay open: (file, text of the line) -> reason. Raises ValueError when one is missing."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("open", [])
    told = {(row["file"], row["line"].strip()): row.get("reason", "").strip() for row in rows}
    empty = [f"{file}: {line}" for (file, line), reason in told.items() if not reason]
    if empty:
        raise ValueError(f"no reason is given for {empty[0]}")
    return told


def defects(found: list[tuple[str, str]], told: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """A line that is open without a reason, and a reason for a line that is open no more."""
    for file, line in found:
        if (file, line) not in told:
            yield f"{file}: no test shows both ways of: {line}"
    for file, line in told:
        if (file, line) not in found:
            yield f"{file}: has a reason, but is not open: {line}"
