"""A working day of the clinic window, replayed fast: visit after visit, and what of it stays in memory.

One process, one thread: the window, the worker, firmware and plant of the simulated pen, recording and
records, as in the program, but virtual time passes as fast as it can. The day ends after `day_s` of the pen's
clock.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from clinic_hands import Hands, Stepped

from penctl.protocol.enums import State

DAY_S: Final = 8 * 3600.0
VISIT_S: Final = 2400.0
"""A visit is begun every forty minutes."""
DENSITY: Final = 2000
FRAMES_HZ: Final = 2.0
"""How often the window is drawn in a virtual second; the pages follow the pen in each of these frames."""
AIM_MB: Final = 50.0


def resident_mb() -> float:
    """Memory of this process that lies in the machine's RAM, MB."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def one_visit(hands: Hands, number: int, until_s: float) -> dict[str, float]:
    """A new patient from greeting to signature; the rest of the time the pen lies there."""
    at = hands.at
    name = f"Patient {number:02}"
    hands.new_patient(name)
    hands.begin(name)
    hands.talk()
    hands.plan(DENSITY)
    hands.prepare()
    ran_s = hands.treat(60.0)
    treating_mb = resident_mb()
    if number % 3 == 1:
        hands.trip()
    elif number % 3 == 2:
        hands.unplug()
    ran_s += hands.treat(VISIT_S / 2)
    hands.rest()
    hands.leave()
    while at.now_s() < until_s:
        at.live(min(5.0, until_s - at.now_s()))
        hands.touch()
    gc.collect()
    return {"ran_s": ran_s, "treating_mb": treating_mb, "rest_mb": resident_mb()}


def measure(day_s: float = DAY_S, frames_hz: float = FRAMES_HZ) -> dict[str, Any]:
    """The day; memory in MB at the same two points of each visit."""
    begun_s = time.process_time()
    with tempfile.TemporaryDirectory(prefix="penctl-bench-") as folder:
        session = Stepped(Path(folder), frames_hz)
        hands = Hands(session)
        shown_mb = resident_mb()
        hands.sign_in()
        visits: list[dict[str, float]] = []
        while session.now_s() < day_s:
            visits.append(one_visit(hands, len(visits), (len(visits) + 1) * VISIT_S))
            print(
                f"clinic day: {session.now_s() / 3600:.2f} h, "
                + ", ".join(f"{key} {value:.1f}" for key, value in visits[-1].items()),
                file=sys.stderr,
                flush=True,
            )
        recorded = sum(file.stat().st_size for file in Path(folder).rglob("*.mcap"))
        assert session.engine.snapshot.state is not State.SAFE, "the day ended at a trip"
        found = {
            "hours": session.now_s() / 3600,
            "visits": len(visits),
            "run_hours": sum(visit["ran_s"] for visit in visits) / 3600,
            "frames": session.frames,
            "frames_hz": frames_hz,
            "recorded_mb": recorded / 1e6,
            "shown_mb": shown_mb,
            "first_mb": [visits[0]["treating_mb"], visits[0]["rest_mb"]],
            "last_mb": [visits[-1]["treating_mb"], visits[-1]["rest_mb"]],
            "most_mb": max(max(visit["treating_mb"], visit["rest_mb"]) for visit in visits),
        }
        session.close()
    found["cpu_s"] = time.process_time() - begun_s
    found["growth_mb"] = max(
        last - first for first, last in zip(found["first_mb"], found["last_mb"], strict=True)
    )
    return found
