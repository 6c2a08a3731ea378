"""How well the served pen keeps the pace of the wall clock while it treats, over minutes.

usage: python benchmarks/served.py [--seconds 600] [--port pty|tcp] [--write FILE]

The pen and its server are one process, the host is another, as in use: the pen runs at 110 Hz and 1.0 mm in
skin, the host takes telemetry at 1 kHz and sends heartbeats. The real-time factor is told by the server, and
besides measured by the host: the time that the pen quotes against this machine's clock. Exit code 1 when the
factor leaves 1.00 ± 0.01.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penctl import Pen
from pensim.served_pens import FOLDER_VARIABLE
from pensim.side_channel import SideChannelClient, choose

FACTOR_TOLERANCE = 0.01
ROUND_TRIPS = 500
START_S = 90.0
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Result:
    """What came out; times in s."""

    wall_s: float = 0.0
    pen_s: float = 0.0
    pace: dict[str, Any] = field(default_factory=dict)
    blocks: int = 0
    heard_s: float = 0.0
    gap_s: float = 0.0
    strokes: int = 0
    trips: list[str] = field(default_factory=list)
    frames_bad: int = 0
    round_trips_s: list[float] = field(default_factory=list)
    server_cpu_s: float = 0.0
    server_wall_s: float = 0.0
    load: tuple[float, ...] = ()

    @property
    def factor(self) -> float:
        """The pen's seconds in a second of the host's clock."""
        return self.pen_s / self.wall_s


@contextlib.contextmanager
def served(result: Result, *options: str) -> Iterator[dict[str, Any]]:
    """A server in a process of its own; gives what it says about itself."""
    command = [sys.executable, "-m", "pensim", "serve", "--json", "--tcp", "127.0.0.1:0", *options]
    before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()
            server.wait(10.0)
            result.server_wall_s = time.monotonic() - began_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result.server_cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def treat(pen: Pen, hand: SideChannelClient, seconds: float, result: Result) -> None:
    """Run the pen in skin for so long, then measure round trips, and stop it."""
    prepare(pen, hand)
    result.heard_s = time.monotonic()
    pen.inbox.on_telemetry.append(lambda block: heard(result))
    first, first_s = pen.status(), time.monotonic()
    while (left_s := first_s + seconds - time.monotonic()) > 0.0:
        pen.wait(left_s)
    last, last_s = pen.status(), time.monotonic()
    result.wall_s = last_s - first_s
    result.pen_s = (last.device_time_us - first.device_time_us) * 1e-6
    result.strokes = last.stroke_count - first.stroke_count
    result.pace = hand.ask("status")["pace"]
    for _ in range(ROUND_TRIPS):
        asked_s = time.perf_counter()
        pen.status()
        result.round_trips_s.append(time.perf_counter() - asked_s)
        pen.wait(0.002)
    result.frames_bad = pen.status().frames_bad
    result.trips = [f"{trip.id} at {trip.time_us * 1e-6:.1f} s ({trip.value})" for trip in pen.trips]
    hand.ask("hold", on=False)


def heard(result: Result) -> None:
    """One more block of telemetry; they come every 20 ms, so a longer gap is a pause of host or pen."""
    now_s = time.monotonic()
    result.blocks += 1
    result.gap_s = max(result.gap_s, now_s - result.heard_s)
    result.heard_s = now_s


def prepare(pen: Pen, hand: SideChannelClient) -> None:
    """From power-on to RUN."""
    pen.open_session()
    pen.self_test()
    pen.reference()
    hand.ask("button", on=True)
    pen.wait(0.05)
    pen.set_mode("clinical")
    hand.ask("button", on=False)
    pen.set_depth_um(1000)
    pen.set_rate_hz(110.0)
    hand.ask("press", n=3.0)
    hand.ask("glide", mm_s=20.0)
    pen.arm()
    hand.ask("hold", on=True)
    pen.wait(0.1)
    pen.start()
    pen.telemetry(1000)
    pen.wait(0.5)


def percentile(values: list[float], percent: float) -> float:
    """The value that so many percent of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100.0))]


def table(result: Result, port: str) -> str:
    """The result as a page."""
    pace, trips_ms = result.pace, [1e3 * trip_s for trip_s in result.round_trips_s]
    rows = [
        ("real-time factor, host's clock against the pen's", f"{result.factor:.5f}", "1.00 ± 0.01"),
        ("real-time factor, told by the server", f"{pace['factor']:.5f}", "1.00 ± 0.01"),
        ("lateness p50", f"{pace['late_p50_ms']:.2f} ms", ""),
        ("lateness p99", f"{pace['late_p99_ms']:.2f} ms", "published"),
        ("lateness, latest of all", f"{pace['late_max_ms']:.1f} ms", ""),
        ("fell behind by more than 100 ms", f"{pace['falls']} times, {pace['lost_s']:.2f} s", ""),
        (
            "status round trip p50, p99",
            f"{percentile(trips_ms, 50):.1f}, {percentile(trips_ms, 99):.1f} ms",
            "",
        ),
        ("longest time between two blocks of telemetry", f"{1e3 * result.gap_s:.0f} ms", ""),
        (
            "processor time of the server",
            f"{100 * result.server_cpu_s / result.server_wall_s:.0f} % of a core",
            "",
        ),
        ("strokes, blocks of telemetry", f"{result.strokes}, {result.blocks}", ""),
        ("trips, frames that the pen found bad", f"{', '.join(result.trips) or 0}, {result.frames_bad}", ""),
    ]
    lines = [f"| {what} | {value} | {target} |" for what, value, target in rows]
    load = ", ".join(f"{one:.1f}" for one in result.load)
    return "\n".join(
        [
            "# The served pen's pace",
            "",
            f"Written by `benchmarks/served.py` after {result.wall_s:.0f} s in RUN (110 Hz, 1.0 mm, typical",
            f"skin, seed 1) with one host on the {port}, telemetry at 1 kHz. {os.cpu_count()} cores,",
            f"{platform.machine()}, Python {platform.python_version()}, {platform.system()}; load averages",
            f"of the machine at the end {load} over 1, 5, 15 minutes.",
            "",
            "Lateness of a step is how long after its deadline its 1 ms of virtual time was computed and",
            "its bytes handed to the programs.",
            "",
            "| quantity | measured | wanted |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def main() -> int:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="time in RUN (default: 600)")
    parser.add_argument("--port", choices=("pty", "tcp"), default="pty" if os.name == "posix" else "tcp")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there too")
    given = parser.parse_args()
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        with (
            served(result) as told,
            SideChannelClient(choose(told["name"])) as hand,
            Pen(told[given.port]) as pen,
        ):
            treat(pen, hand, given.seconds, result)
            result.load = os.getloadavg()
    page = table(result, given.port)
    print(page)
    if given.write:
        given.write.write_text(page, encoding="utf-8")
    return 0 if abs(result.factor - 1.0) <= FACTOR_TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
