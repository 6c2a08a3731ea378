#!/usr/bin/env python3
"""Measure STOP on a line that damages bytes, in virtual time, and write docs/evidence/link.md.

One pen in RUN is brought back to the same moment again and again, each time with other noise. Before each
STOP the line begins to damage 5 % of the bytes both ways; telemetry comes at 1 kHz, the queue is full.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from penctl.pen import Pen
from penctl.protocol.commands import WAITING_MAX
from penctl.protocol.enums import State
from pensim import Bench

OUT = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "link.md"
WATCH_S = 0.2
"""Below the 250 ms of IL-26: a STOP that was not taken by then counts as missed."""
DAMAGED = 0.05
HEAD = """# STOP on a bad line

Written by `tools/measure_link_stops.py`; do not edit.

{count} stops of a pen in RUN (0.2 mm, 60 Hz, on skin), in virtual time, with the real firmware. From the
moment of the STOP on {damaged:g} % of the bytes are damaged in either direction, telemetry comes at 1 kHz and
{queue} questions wait. The host repeats STOP every millisecond until it has seen the pen stopping, and the
pen tells that in a STATUS that seldom survives. A STOP that the pen had not taken within {watch:g} ms
counts as missed; IL-26 would stop the pen after 250 ms.

**Missed: {missed} of {count}.** Times in ms, to 1 ms.

| from STOP | median | 99 % | 99.9 % | longest |
|---|---|---|---|---|
"""


def running(bench: Bench) -> Pen:
    """A pen in RUN on skin, with telemetry at 1 kHz."""
    pen = bench.pen()
    pen.open_session()
    pen.wait_ready()
    pen.set_depth_um(200)
    pen.set_rate_hz(60.0)
    pen.arm()
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    pen.wait(0.2)
    pen.start()
    pen.telemetry(1000)
    pen.wait(0.5)
    return pen


def one(bench: Bench, pen: Pen) -> tuple[float | None, float | None]:
    """Times from STOP to the pen's leaving RUN and to the host's seeing it, ms; None: not in the time."""
    connection = pen._connection
    for target in ("line_to_pen", "line_to_host"):
        bench.inject(target, "garbage", severity=DAMAGED)
    for _ in range(WAITING_MAX):
        data, _ticket = connection.link.command("GET_CARTRIDGE", connection.now_us())
        pen.transport.write(data)
    begin_s = bench.time_s
    pen.stop_now()
    seen = connection.wait(WATCH_S, lambda: not connection.link.stopping)
    seen_ms = (bench.time_s - begin_s) * 1e3 if seen else None
    trace = bench.trace.between(begin_s, bench.time_s)
    left = trace.time_s[trace.state != State.RUN]
    return ((float(left[0]) - begin_s) * 1e3 if len(left) else None), seen_ms


def row(name: str, values: list[float]) -> str:
    """One line of the table."""
    shown = " | ".join(f"{value:.1f}" for value in np.percentile(values, [50, 99, 99.9, 100]))
    return f"| {name} | {shown} |\n"


def histogram(values: list[float]) -> str:
    """How many pens had left RUN after so many ms, as a table."""
    edges = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 200]
    counts, _ = np.histogram(values, edges)
    text = "\n| left RUN after | stops |\n|---|---|\n"
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        text += f"| {low} to {high} ms | {count} |\n" if count else ""
    return text


def measure(count: int) -> str:
    """The page."""
    taken: list[float] = []
    seen: list[float] = []
    missed = 0
    with Bench(seed=1, cartridge="HOME") as bench:
        pen = running(bench)
        moment = bench.save()
        for noise in range(count):
            bench.restore(moment, noise=noise)
            taken_ms, seen_ms = one(bench, pen)
            if taken_ms is None:
                missed += 1
            else:
                taken.append(taken_ms)
            seen.append(WATCH_S * 1e3 if seen_ms is None else seen_ms)
        bench.restore(moment)
        pen.close()
    text = HEAD.format(
        count=count, damaged=DAMAGED * 100, queue=WAITING_MAX, watch=WATCH_S * 1e3, missed=missed
    )
    text += row("the pen has left RUN", taken) + row("the host has seen it", seen)
    unseen = sum(value >= WATCH_S * 1e3 for value in seen)
    text += f"\nNot seen by the host within {WATCH_S * 1e3:g} ms, although taken: {unseen - missed}.\n"
    return text + histogram(taken)


def main() -> int:
    """Write the page, or print it for a smaller count."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--count", type=int, default=10_000)
    given.add_argument("--print", action="store_true", help="print it instead of writing the page")
    options = given.parse_args()
    text = measure(options.count)
    if options.print:
        sys.stdout.write(text)
    else:
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
