"""What QA's suite shares: the rig whose end fails a test that leaves the drive on, and the reaction times."""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from interlock_rig import Rig, assert_drive_off

REACTION = "reaction_ms "


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of a cell."""
    config.addinivalue_line(
        "markers", 'cell(interlock, kind): the cell that a test holds, as in "IL-07", "trip"'
    )


@pytest.fixture
def new_rig() -> Iterator[Callable[..., Rig]]:
    """Makes rigs. At the end of the test each is stopped and closed, and its drive must be off."""
    rigs: list[Rig] = []

    def make(seed: int = 1, role: str = "clinician", **bench: Any) -> Rig:
        rigs.append(Rig(seed, role, **bench))
        return rigs[-1]

    yield make
    for rig in rigs:
        assert_drive_off(rig)


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    """One pen that was just switched on."""
    return new_rig()


@pytest.fixture
def reacted(record_property: Callable[[str, object], None]) -> Callable[[str, float], None]:
    """Notes a reaction time in ms under a name; the summary shows the least, the median and the most."""
    return lambda what, reaction_ms: record_property(REACTION + what, round(reaction_ms, 3))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the reaction times that were measured."""
    measured: dict[str, list[float]] = defaultdict(list)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith(REACTION) and report.when == "call":
                measured[name.removeprefix(REACTION)].append(float(value))
    if measured:
        terminalreporter.section("reaction times from the physical onset, ms")
    for what, values in sorted(measured.items()):
        low, middle, high = min(values), statistics.median(values), max(values)
        terminalreporter.write_line(f"{what}: {low:.1f} / {middle:.1f} / {high:.1f}  ({len(values)} runs)")
