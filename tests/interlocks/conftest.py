"""What QA's suite shares: the rig whose end fails a test that leaves the drive on, and the reaction times."""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from interlock_cells import not_applicable
from interlock_rig import Rig, assert_drive_off
from warm_rigs import WarmRig, WarmRigs

REACTION, UNIT = "measured ", " [ms]"


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of a cell."""
    config.addinivalue_line(
        "markers", 'cell(interlock, kind): the cell that a test holds, as in "IL-07", "trip"'
    )


@pytest.hookimpl(optionalhook=True)
def pytest_cells_not_applicable() -> Mapping[tuple[str, str], str]:
    """What `penctl qa run` asks: the cells that no test can hold, and why."""
    return not_applicable()


@pytest.fixture(scope="session")
def warm_rigs() -> WarmRigs:
    """Pens on which a test of this process went its way into RUN before."""
    return WarmRigs()


@pytest.fixture
def new_rig(request: pytest.FixtureRequest, warm_rigs: WarmRigs) -> Iterator[Callable[..., Rig]]:
    """Makes rigs. At the end of the test each is stopped and closed, and its drive must be off.

    `penctl qa run --seed N` moves every seed by N - 1.
    """
    rigs: list[WarmRig] = []
    offset = request.config.getoption("cell_seed", 1) - 1

    def make(seed: int = 1, role: str = "clinician", **bench: Any) -> Rig:
        rigs.append(warm_rigs.rig(seed + offset, role, bench))
        return rigs[-1]

    yield make
    for rig in rigs:
        assert_drive_off(rig)
    for rig in rigs:
        warm_rigs.give_back(rig)


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    """One pen that was just switched on."""
    return new_rig()


@pytest.fixture
def reacted(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Notes a reaction time and its limit, in ms; the summary shows the least, the median and the most."""

    def note(what: str, reaction_ms: float, limit_ms: float | None = None) -> None:
        record_property(f"{REACTION}{what}{UNIT}", round(reaction_ms, 3))
        if limit_ms is not None:
            record_property(f"limit {what}{UNIT}", round(limit_ms, 3))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the reaction times that were measured."""
    measured: dict[str, list[float]] = defaultdict(list)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith(REACTION) and report.when == "call":
                measured[name.removeprefix(REACTION).removesuffix(UNIT)].append(float(value))
    if measured:
        terminalreporter.section("reaction times from the physical onset, ms")
    for what, values in sorted(measured.items()):
        low, middle, high = min(values), statistics.median(values), max(values)
        terminalreporter.write_line(f"{what}: {low:.1f} / {middle:.1f} / {high:.1f}  ({len(values)} runs)")
