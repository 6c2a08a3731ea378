"""Measure recordings and the decoding of telemetry; writes benchmarks/recording.md.

usage: python benchmarks/recording.py [--live-s 30]

Half an hour of a treatment at 1 kHz in 16 channels: what it takes on the disk, to read and to draw; what the
host takes of a core while it records from a served pen; and telemetry off the wire against other means.
Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import matplotlib as mpl
import numpy as np
from decode import rates
from pens import Spread, running_bench, spent_s
from served import Result, prepare, served

from penctl import Pen
from penctl.logs.export import export
from penctl.plot import plot_run
from penctl.protocol.enums import State
from penctl.protocol.messages import TELEMETRY_BLOCK
from penctl.protocol.telemetry import TelemetryBlock
from penctl.recorded import read_run
from penctl.recording import Recorder, record
from pensim.served_pens import FOLDER_VARIABLE
from pensim.side_channel import SideChannelClient, choose

OUT = Path(__file__).resolve().parent / "recording.md"
HALF_HOUR_S = 1800
TREATED_S = 60
SIZE_MB, DRAWN_S, SHARE, RATE, OF_STRUCT, OF_CONSTRUCT = 30, 1.0, 5, 5e6, 3, 30
RUNS = 5
OURS, STRUCT = "**penctl, blocks of 20, numpy**", "`struct`, one sample a frame, tuples"
INTERPRETED = "construct, interpreted"


def treated() -> np.ndarray[Any, Any]:
    """A minute of telemetry of a pen that treats without a pause: nothing in it rests."""
    bench = running_bench()
    found: list[TelemetryBlock] = []
    pen = bench._pen
    assert pen is not None
    pen.inbox.on_telemetry.append(found.append)
    pen.telemetry(1000)
    bench.run(TREATED_S)
    return np.concatenate([block.samples for block in found])[: TREATED_S * 1000 - 1000]


def noisy(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same with noise in the channels that hardly move: 16 channels that all have to be kept."""
    draw, made = np.random.default_rng(2), samples.copy()
    for name in samples.dtype.names or ():
        if np.unique(samples[name]).size < 64 and name != "flags":
            made[name] = made[name] + draw.normal(0.0, 4.0, len(made)).round().astype(made[name].dtype)
    return made


class Turned:
    """A clock that the benchmark turns."""

    def __init__(self) -> None:
        self.s = 0.0

    def now_s(self) -> float:
        return self.s


def write(samples: np.ndarray[Any, Any], path: Path) -> float:
    """Record half an hour of these samples over and over; processor time, s."""
    clock, count = Turned(), len(samples) // TELEMETRY_BLOCK

    def act() -> None:
        facts = {"simulated": "true", "limits": "{}"}
        with Recorder(path, facts, now_s=clock.now_s, wall_s=None) as recorder:
            for number in range(HALF_HOUR_S * 50):
                clock.s = number * 0.02
                place = number % count * TELEMETRY_BLOCK
                rows = samples[place : place + TELEMETRY_BLOCK]
                recorder.telemetry(TelemetryBlock(number + 1, 0, number * 20_000, 1000, State.RUN, rows))

    return spent_s(act)


def live(seconds: float, folder: Path, *, recorded: bool) -> float:
    """Share of a core, in percent, that a host takes of a served pen at 1 kHz."""
    os.environ[FOLDER_VARIABLE] = str(folder)
    with (
        served(Result()) as told,
        SideChannelClient(choose(told["name"])) as hand,
        Pen(told["pty"] if os.name == "posix" else told["tcp"]) as pen,
    ):
        prepare(pen, hand)
        recorder = record(pen, folder / f"live-{time.monotonic_ns()}.mcap") if recorded else None
        before, begun_s = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        pen.wait(seconds)
        after, passed_s = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - begun_s
        if recorder is not None:
            recorder.close()
        hand.ask("hold", on=False)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 100.0 * spent / passed_s


def row(what: str, value: str, aim: str = "", met: bool | None = None) -> str:
    """A line of the table."""
    return f"| {what} | {value} | {aim} | {'' if met is None else 'met' if met else 'MISSED'} |\n"


def disk(folder: Path) -> str:
    """Size, time to write, to read and to draw."""
    samples = treated()
    text = ""
    for title, made in (("as simulated", samples), ("with noise in each of the 16 channels", noisy(samples))):
        path = folder / f"{len(text)}.mcap"
        spent = write(made, path)
        size = path.stat().st_size / 1e6
        text += row(
            f"half an hour on the disk, {title}", f"{size:.1f} MB", f"below {SIZE_MB} MB", size < SIZE_MB
        )
        text += row("to write it, of a core", f"{100 * spent / HALF_HOUR_S:.2f} %")
    import matplotlib.backends.backend_agg  # noqa: F401 - its import is no part of drawing

    reads = [spent_s(lambda: read_run(path)) for _ in range(RUNS)]
    run = read_run(path)
    draws = [spent_s(lambda: plot_run(run, folder / "run.png")) for _ in range(RUNS)]
    both = Spread.of([read + draw for read, draw in zip(reads, draws, strict=True)])
    text += row("to read it", f"{Spread.of(reads).text(2)} s")
    text += row("to draw its overview", f"{Spread.of(draws).text(2)} s")
    text += row("to read and draw it", f"{both.text(2)} s", f"below {DRAWN_S:g} s", both.median < DRAWN_S)
    export(run, folder / "run.parquet", "parquet")
    text += row("the same as Parquet (export)", f"{(folder / 'run.parquet').stat().st_size / 1e6:.1f} MB")
    return text


def decoding() -> str:
    """The table of means, and the ratios."""
    found = rates()
    text = "\n## Telemetry off the wire\n\n| means | samples/s | ours is |\n|---|---|---|\n"
    ours = found[OURS]
    for name, spread in found.items():
        times = f"{ours.median / spread.median:,.1f} ×" if name != OURS else ""
        text += f"| {name} | {spread.text()} | {times} |\n"
    of_struct = ours.median / found[STRUCT].median
    of_construct = ours.median / found[INTERPRETED].median
    text += "\n| | measured | aim | |\n|---|---|---|---|\n"
    text += row(
        "samples a second on one core", f"{ours.median / 1e6:.1f} million", "5 million", ours.median >= RATE
    )
    text += row("against `struct`", f"{of_struct:.1f} ×", f"{OF_STRUCT} ×", of_struct >= OF_STRUCT)
    text += row(
        "against construct, interpreted",
        f"{of_construct:.0f} ×",
        f"{OF_CONSTRUCT} ×",
        of_construct >= OF_CONSTRUCT,
    )
    return text


HEAD = """# Recordings, and telemetry off the wire

Written by `python benchmarks/recording.py`; do not edit. {system}, {machine}, {cores} processor cores, Python
{python}, numpy {numpy}, matplotlib {mpl}. Medians of {runs} runs with the least and the largest in
brackets; processor time of the one thread that does the work, so that other programs do not count, though
they do take its caches: the load average was {load:.1f}.

The recording is telemetry at 1 kHz in 16 channels of a pen that treats without a pause for half an hour (a
minute of it, over and over). The overview is the picture of `penctl log plot`, 11 × 9.5 inch at 150 dpi.

| what | measured | aim | |
|---|---|---|---|
"""
TAIL = """
A sample is 16 channels (34 bytes) and its time. Ours comes in blocks of 20 in the link's frames and ends as
numpy records; the others carry one sample a frame, as they are used, and each field is read. All but
pymavlink, which has frames of its own, travel in the link's frames, COBS with CRC-32, and the same code
undoes them. `struct` in blocks of 20 does just what ours does, into tuples. The MAC of a sealed frame is not
in it; `hmac` takes some microseconds a frame whatever decodes it.
"""


def main() -> int:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--live-s", type=float, default=30.0, help="time at the served pen (default: 30)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = disk(folder)
        alone = live(given.live_s, folder, recorded=False)
        share = live(given.live_s, folder, recorded=True)
    text += row(
        "host with a served pen at 1 kHz, and the recording of it",
        f"{share:.1f} % of a core",
        f"below {SHARE} %",
        share < SHARE,
    )
    text += row("the same without the recording", f"{alone:.1f} % of a core")
    page = HEAD.format(
        system=platform.system(),
        machine=platform.machine(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        numpy=np.__version__,
        mpl=mpl.__version__,
        runs=RUNS,
        load=os.getloadavg()[0],
    )
    page += text + decoding() + TAIL
    OUT.write_text(page)
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
