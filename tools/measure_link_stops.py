#!/usr/bin/env python3
"""Measure STOP on a good and on a bad line, in virtual time, and put it into docs/evidence/link.json.

One pen in RUN is brought back to the same moment again and again, each time with other noise and at another
moment of its stroke. Telemetry comes at 1 kHz and the queue is full. Once the line is good; once, from each
STOP on, it damages 5 % of the bytes both ways.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from link_campaign import evidence

from penctl.pen import Pen
from penctl.protocol.commands import WAITING_MAX
from penctl.protocol.enums import State
from pensim import Bench

WATCH_S = 0.2
"""Below the 250 ms of IL-26: a STOP that was not taken by then counts as missed."""
DAMAGED = 0.05
SPREAD = 17
"""The stops are spread over one stroke of 16.7 ms, to 1 ms."""
EDGES_MS = (0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 200)


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


@dataclass(frozen=True)
class Stopped:
    """Times from the STOP until the pen had left RUN, its drive was off, and the host had seen it; ms."""

    taken_ms: float | None
    off_ms: float | None
    seen_ms: float


def stop(bench: Bench, pen: Pen, damaged: float) -> Stopped:
    """One STOP; None: not within the time that is watched."""
    connection = pen._connection
    for target in ("line_to_pen", "line_to_host") if damaged else ():
        bench.inject(target, "garbage", severity=damaged)
    for _ in range(WAITING_MAX):
        data, _ticket = connection.link.command("GET_CARTRIDGE", connection.now_us())
        pen.transport.write(data)
    begin_s = bench.time_s
    pen.stop_now()
    saw = connection.wait(WATCH_S, lambda: not connection.link.stopping)
    seen_s = bench.time_s - begin_s if saw else WATCH_S
    connection.wait(max(0.0, WATCH_S - seen_s), lambda: False)
    trace = bench.trace.between(begin_s, bench.time_s)
    left, off = trace.time_s[trace.state != State.RUN], trace.time_s[trace.drive_on == 0]
    taken_ms = (float(left[0]) - begin_s) * 1e3 if len(left) else None
    return Stopped(taken_ms, (float(off[0]) - begin_s) * 1e3 if len(off) else None, seen_s * 1e3)


def quantiles(values: list[float]) -> list[float]:
    """Median, 99 %, 99.9 % and the longest."""
    return [round(float(value), 1) for value in np.percentile(values, [50, 99, 99.9, 100])]


def measure(count: int, damaged: float) -> dict[str, Any]:
    """So many stops with this share of damaged bytes; times in ms."""
    taken: list[float] = []
    off: list[float] = []
    seen: list[float] = []
    host, core = evidence.host_digest(), evidence.core_digest()
    with Bench(seed=1, cartridge="HOME", trace_decimation=1) as bench:
        pen = running(bench)
        moment = bench.save()
        for noise in range(count):
            bench.restore(moment, noise=noise)
            pen.wait(noise % SPREAD * 1e-3)
            one = stop(bench, pen, damaged)
            seen.append(one.seen_ms)
            if one.taken_ms is not None and one.off_ms is not None:
                taken.append(one.taken_ms)
                off.append(one.off_ms)
        bench.restore(moment)
        pen.close()
    bins, _ = np.histogram(taken, EDGES_MS)
    return {
        "count": count,
        "missed": count - len(taken),
        "unseen": sum(value >= WATCH_S * 1e3 for value in seen) - (count - len(taken)),
        "damaged_percent": damaged * 100,
        "queue": WAITING_MAX,
        "watch_ms": WATCH_S * 1e3,
        "taken_ms": quantiles(taken),
        "off_ms": quantiles(off),
        "seen_ms": quantiles(seen),
        "bins": [
            [low, high, int(n)] for low, high, n in zip(EDGES_MS, EDGES_MS[1:], bins, strict=False) if n
        ],
        "host": host,
        "core": core,
    }


def main() -> int:
    """Write the evidence, or print it for a smaller count."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--count", type=int, default=10_000)
    given.add_argument("--print", action="store_true", help="print it instead of writing it")
    options = given.parse_args()
    missed = 0
    for name, damaged in (("stops_clean", 0.0), ("stops", DAMAGED)):
        found = measure(options.count, damaged)
        missed += found["missed"]
        if options.print:
            print(json.dumps(found, indent=1))
        else:
            with evidence.changed() as whole:
                whole[name] = found
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
