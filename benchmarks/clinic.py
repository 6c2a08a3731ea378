"""Measure the clinic window and write benchmarks/clinic.md: `python benchmarks/clinic.py [--part NAME …]`.

Parts are frames, stop, start and day; without `--part` each is measured, in a process of its own. What a part
found is kept in build/clinic-bench/, and the page is written from what is there. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

HERE = Path(__file__).resolve().parent
OUT = HERE / "clinic.md"
KEPT = HERE.parent / "build" / "clinic-bench"
PARTS: Final = ("frames", "stop", "start", "day")
Row = tuple[str, str, str, str]

HEAD = """## Clinic window

Written by `python benchmarks/clinic.py`; do not edit. {machine}, Python {python}, PySide6 {qt}, platform
`{platform}`. The program as `penctl gui --demo` opens it, in TREAT on the simulated pen in RUN, at 0.5 mm and
100 Hz in contact, pass after pass; the worker takes telemetry of {channels} channels at 1 kHz, counts the
dose into the records and records everything as MCAP. Firmware and plant run in the same process, in the
worker's thread: they are in the share of "everything", and told apart.

* A **frame** is a paint of the strips with what is new. The time between two of them is taken over five
  minutes; rests between two passes, and what they write into the records, are among them.
* **STOP** is clicked {stops} times at random moments by signals queued from another thread, in bursts of
  {burst}: the first of each ends RUN, the rest come while the pen stops and rests, with telemetry, recording
  and drawing going on. The wire is where the worker writes to the port; on a simulated pen that has to wait
  for the thread that owns its clock, on a real port the first STOP does not.
* A **start** is that of a new process with its files in the system's cache, until the first act of the first
  screen is painted and can be pressed. `--demo` makes its invented clinic first, a simulated treatment too.
* The **day**: {hours:.1f} h of the pen's clock replayed fast in one thread, {visits} visits of new patients
  from greeting to signature, {run_hours:.1f} h of them in RUN, with trips, pulled cables, alarms and rests;
  the window is drawn {hz:g} times a second ({frames:,} frames). Growth is from the first visit to the last,
  in the middle of RUN and after its end, the larger of both. What {paints:,} frames leave behind is measured
  with the frames.

"""


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def frames_rows(found: dict[str, Any]) -> list[Row]:
    """Frames and shares of a core."""
    rows: list[Row] = []
    for size, one in found["sizes"].items():
        aimed = size == found["aimed"]
        share = (
            f"{one['window']:.1f} % / {one['worker']:.1f} % / {one['plant']:.1f} % / **{one['all']:.1f} %**"
        )
        rows += [
            (
                f"frames a second, {size}",
                f"{one['frames']:.1f}",
                "at least 55" if aimed else "",
                verdict(one["frames"] >= 55) if aimed else "",
            ),
            (
                f"share of a core, {size}: window / worker / of it firmware and plant / everything",
                share,
                "at most 35 %" if aimed else "",
                verdict(one["all"] <= 35) if aimed else "",
            ),
            (
                f"longest time between two frames, {size}, in {one['seconds'] / 60:.1f} min",
                f"{one['longest_ms']:.1f} ms ({one['late']} of {one['count']:,} over 50 ms)",
                "at most 50 ms" if aimed else "",
                verdict(one["longest_ms"] <= 50) if aimed else "",
            ),
            (f"the same, p99.9, {size}", f"{one['p999_ms']:.1f} ms", "", ""),
            (f"in RUN meanwhile, trips, {size}", f"{one['run']:.0f} %, {one['trips']}", "", ""),
        ]
    first = found["sizes"][found["aimed"]]
    rows.append(
        ("samples a second × channels", f"{first['samples']:.0f} × {found['channels']}", "1000 × 16", "")
    )
    rows.append(("memory that the frames of five minutes leave", f"{first['growth_mb']:+.1f} MB", "", ""))
    rows.append(_load("frames", found))
    return rows


def stop_rows(found: dict[str, Any]) -> list[Row]:
    """From the click to the wire."""
    found_ms = found["stops_ms"]
    tail = at(found_ms, 0.999)
    return [
        ("click on STOP to the frame on the wire, p50", f"{at(found_ms, 0.5):.2f} ms", "", ""),
        ("the same, p99", f"{at(found_ms, 0.99):.2f} ms", "", ""),
        (f"the same, p99.9 of {len(found_ms)}", f"{tail:.2f} ms", "at most 20 ms", verdict(tail <= 20)),
        ("the same, longest", f"{found_ms[-1]:.2f} ms", "", ""),
        (
            f"the same, longest of the {len(found['in_run_ms'])} in RUN",
            f"{found['in_run_ms'][-1]:.2f} ms",
            "",
            "",
        ),
        _load("STOP", found),
    ]


def start_rows(found: dict[str, Any]) -> list[Row]:
    """Cold start to usable."""
    rows: list[Row] = []
    for name, seconds in found["starts_s"].items():
        middle = sorted(seconds)[len(seconds) // 2]
        aims = ("at most 2.5 s", verdict(middle <= 2.5))
        rows.append((f"start to usable, {name}, median of {len(seconds)}", f"{middle:.2f} s", *aims))
        rows.append(("the same, longest", f"{max(seconds):.2f} s", "", ""))
    return [*rows, _load("start", found)]


def day_rows(found: dict[str, Any]) -> list[Row]:
    """Memory over a day."""
    growth = found["growth_mb"]
    return [
        (
            f"memory: growth over {found['hours']:.1f} h, {found['visits']} visits",
            f"{growth:+.1f} MB",
            "less than 50 MB",
            verdict(growth < 50),
        ),
        (
            "memory: sign-in / first visit in RUN, ended / last in RUN, ended / most",
            " / ".join(
                f"{value:.0f}"
                for value in (found["shown_mb"], *found["first_mb"], *found["last_mb"], found["most_mb"])
            )
            + " MB",
            "",
            "",
        ),
        ("recordings of the day, on the disk", f"{found['recorded_mb']:.0f} MB", "", ""),
        ("processor time of the day", f"{found['cpu_s'] / 60:.0f} min", "", ""),
    ]


def _load(what: str, found: dict[str, Any]) -> Row:
    words = f"programs that wanted a core meanwhile, this one too (load average): {what}"
    return (words, f"{found['load']:.1f}", "", "")


def at(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


ROWS: Final[dict[str, Callable[[dict[str, Any]], list[Row]]]] = {
    "frames": frames_rows,
    "stop": stop_rows,
    "start": start_rows,
    "day": day_rows,
}


def page() -> str:
    """The page, from what was found; a part that was not measured says so."""
    import PySide6

    found = {part: _found(part) for part in PARTS}
    rows: list[Row] = [("what", "measured", "aim", ""), ("---", "---", "---", "---")]
    for part in PARTS:
        kept = found[part]
        rows += ROWS[part](kept) if kept else [(part, "not measured", "", "**open**")]
    day, frames, stop = found["day"] or {}, found["frames"] or {}, found["stop"] or {}
    head = HEAD.format(
        machine=f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processor cores",
        python=platform.python_version(),
        qt=PySide6.__version__,
        platform=os.environ["QT_QPA_PLATFORM"],
        channels=frames.get("channels", 16),
        stops=len(stop.get("stops_ms", ())),
        burst=stop.get("burst", 20),
        hours=day.get("hours", 0.0),
        visits=day.get("visits", 0),
        run_hours=day.get("run_hours", 0.0),
        hz=day.get("frames_hz", 0.0),
        frames=day.get("frames", 0),
        paints=frames.get("sizes", {}).get(frames.get("aimed", ""), {}).get("count", 0),
    )
    return head + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _found(part: str) -> dict[str, Any] | None:
    path = KEPT / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else None


def measure(part: str, frames_hz: float | None) -> dict[str, Any]:
    """Measure one part in this process."""
    if part == "day":
        import clinic_day

        return clinic_day.measure(frames_hz=frames_hz or clinic_day.FRAMES_HZ)
    import clinic_live

    return {"frames": clinic_live.frames, "stop": clinic_live.stops, "start": clinic_live.starts}[part]()


def main() -> int:
    """Measure what was asked for, and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=PARTS, action="append", help="measure this part only")
    parser.add_argument("--frames-hz", type=float, help="day: draw the window so often in a virtual second")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        KEPT.mkdir(parents=True, exist_ok=True)
        found = measure(given.part[0], given.frames_hz) | {"load": os.getloadavg()[0]}
        (KEPT / f"{given.part[0]}.json").write_text(json.dumps(found))
        return 0
    for part in given.part or PARTS:
        print(f"clinic: {part}", file=sys.stderr, flush=True)
        more = ["--frames-hz", str(given.frames_hz)] if given.frames_hz else []
        subprocess.run([sys.executable, __file__, "--here", "--part", part, *more], check=True)
    text = page()
    OUT.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main())
