"""A bench, a small plan and a journal in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from penctl.pen import Pen
from penctl.treating.driver import Treating
from penctl.treating.run_visit import VisitRun
from penctl.treating.visit_file import NAME
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan
from pensim import Bench

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs/examples/plan.toml"
ZONE = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 6, 1, 10, tzinfo=ZONE)
BOTH_WAYS = (Direction.HORIZONTAL, Direction.VERTICAL)
TEMPLE = ZonePlan("TEMPORAL_LEFT", 500, 100_000, BOTH_WAYS, 40)
PLAN = Plan("P-1", "CLINICAL", Indication.ANDROGENETIC, (TEMPLE,))


@dataclass
class Rig:
    """A bench with its pen, and the visit that is to be treated."""

    bench: Bench
    pen: Pen
    treating: Treating
    run: VisitRun
    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "visit" / NAME
