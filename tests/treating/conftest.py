"""A visit up to READY in a fraction of a second, and one run of the example plan for all who look at it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penctl import cli
from penctl.clinic import Clinic
from penctl.treating.clock import VisitClock
from penctl.treating.driver import Treating
from penctl.treating.folder import VisitFolder
from penctl.treating.form import simulated_form
from penctl.treating.hands import BenchHand
from penctl.treating.run_visit import VisitRun
from penctl.treating.visit_file import NAME, VisitFile
from penctl.treatment.plan import Plan
from penctl.treatment.visit_events import VisitBegun
from penctl.treatment_tables import load_questions, load_rules
from pensim import Bench

sys.path.insert(0, str(Path(__file__).resolve().parent))

from treating_rig import BEGIN, EXAMPLE, PLAN, ZONE, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """`rig()` makes one; a plan may be given."""
    open_benches: list[Bench] = []

    def make(plan: Plan = PLAN, **options: Any) -> Rig:
        bench = Bench(seed=3, **options)
        open_benches.append(bench)
        pen = bench.pen()
        visits = VisitFolder(tmp_path, Clinic(load_rules(), ZONE))
        clock = VisitClock(BEGIN, pen.now_s)
        begun = VisitBegun(clock.now(), "clinician-1", "ab" * 8, plan.person, plan.mode, simulated=True)
        (tmp_path / "visit").mkdir()
        journal = VisitFile.begin(tmp_path / "visit" / NAME, begun, visits.knowledge(begun))
        treating = Treating(pen, journal, now=clock.now, by="clinician-1")
        form = simulated_form(plan.person, plan.mode, load_questions())
        run = VisitRun(treating, plan, form, BenchHand(bench), after=lambda question: True)
        return Rig(bench, pen, treating, run, tmp_path)

    yield make
    for bench in open_benches:
        bench.close()


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """`penctl run` of the example plan, once: what it told, and its folder."""
    out = tmp_path_factory.mktemp("example")
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert (
            cli.main(["run", str(EXAMPLE), "--json", "--out", str(out), "--at", "2026-06-01T10:00+02:00"])
            == 0
        )
    return json.loads(told.getvalue()), out


@pytest.fixture
def after_example(example: tuple[dict[str, Any], Path], tmp_path: Path) -> Path:
    """A folder of this test's own in which the example was run."""
    shutil.copytree(example[1], tmp_path / "runs", ignore=shutil.ignore_patterns("*.mcap"))
    return tmp_path / "runs"
