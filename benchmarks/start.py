"""How long the command line takes to answer, and what an import costs: wall time of child processes."""

from __future__ import annotations

import subprocess
import sys
import time

from pens import Spread

CALLS = {
    "`penctl --help`": ["-m", "penctl", "--help"],
    "`import penctl`": ["-c", "import penctl"],
    "Python alone": ["-c", "pass"],
    "`import pensim.bench` (numba from its cache)": ["-c", "import pensim.bench"],
    "first pen, from nothing to its answer": ["-c", "from pensim import Bench; Bench(1).pen().close()"],
}


def start_ms(runs: int = 7) -> dict[str, Spread]:
    """Wall time in ms of each call, once unmeasured so that caches are warm."""
    return {name: Spread.of([_one_ms(call) for _ in range(runs + 1)][1:]) for name, call in CALLS.items()}


def _one_ms(call: list[str]) -> float:
    begin_s = time.perf_counter()
    subprocess.run([sys.executable, *call], check=True, capture_output=True, timeout=120)
    return (time.perf_counter() - begin_s) * 1e3
