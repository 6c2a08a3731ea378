"""The parts of benchmarks/clinic.py that run in real time: frames, STOP, start."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import threading
import time
from itertools import pairwise
from typing import Any, Final

from clinic_day import resident_mb
from clinic_hands import Hands, Live
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtTest import QTest

from penctl.protocol.enums import State
from penctl.protocol.pacing import STOP_FRAME
from penctl.protocol.telemetry import SAMPLE_DTYPE

SIZES: Final = {"1280 × 800": ((1280, 800), 300.0), "3840 × 2160": ((3840, 2160), 30.0)}
AIMED: Final = "1280 × 800"
DENSITY: Final = 2400
"""So many punctures/cm² of three zones take 400 s of RUN: more than is measured."""
LATE_MS: Final = 50.0
STOPS: Final = 2000
BURST: Final = 20
STARTS: Final = 7
SEED: Final = 1
START: Final = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from pengui import app
class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, told)
        return False
def told():
    print(time.monotonic(), flush=True)
    kept[0].close()
kept, show = [], app.Program.show
def shown(self, window):
    button = window.sign_in.enter if hasattr(window, "sign_in") else window.practise_button
    kept.extend((window, FirstPaint()))
    button.installEventFilter(kept[1])
    show(self, window)
    assert button.isEnabled()
app.Program.show = shown
sys.argv = ["penctl", "gui", *sys.argv[1:]]
from penctl.cli import main
main()
"""


class Paints(QObject):
    """When what is new reached the screen, s."""

    def __init__(self) -> None:
        super().__init__()
        self.times_s: list[float] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            self.times_s.append(time.perf_counter())
        return False


class Plant:
    """Processor time of firmware and plant, which run in the worker's thread, s."""

    def __init__(self, line: Any) -> None:
        self.spent_s = 0.0
        self._advance, line.advance = line.advance, self._timed

    def _timed(self, ticks: int) -> None:
        begun_s = time.thread_time()
        self._advance(ticks)
        self.spent_s += time.thread_time() - begun_s


class Mouse(QObject):
    """Clicks on STOP: the signal enters the window's event queue from another thread."""

    clicked = Signal()

    def __init__(self, hands: Hands) -> None:
        super().__init__()
        self._button = hands.window.header.stop_button
        self.clicked.connect(self._click, Qt.ConnectionType.QueuedConnection)

    def _click(self) -> None:
        QTest.mouseClick(self._button, Qt.MouseButton.LeftButton)


def treating() -> tuple[Live, Hands]:
    """The program in RUN, its strips full."""
    session = Live()
    hands = Hands(session)
    hands.sign_in()
    hands.begin("Juniper")
    hands.talk()
    hands.plan(DENSITY)
    hands.prepare()
    hands.treat(12.0)
    return session, hands


def frames() -> dict[str, Any]:
    """Frames a second, the time between them, shares of a core, and what is left in memory."""
    session, hands = treating()
    plant = Plant(session.engine.pen.transport.bench.line)
    found = {}
    for size, (pixels, seconds) in SIZES.items():
        hands.rest()
        session.window.resize(*pixels)
        session.live(1.0)
        hands.run_again()
        hands.treat(12.0)
        found[size] = _frames(session, hands, plant, seconds)
    hands.rest()
    session.close()
    return {"sizes": found, "aimed": AIMED, "channels": len(SAMPLE_DTYPE.names or ())}


def _frames(session: Live, hands: Hands, plant: Plant, seconds: float) -> dict[str, Any]:
    paints, ring = Paints(), session.engine.ring
    worker = time.pthread_getcpuclockid(session.program.worker.thread_id)
    hands.page.strips.installEventFilter(paints)
    gc.collect()
    before_mb, samples, plant_s = resident_mb(), ring.count, plant.spent_s
    worker_s = time.clock_gettime(worker)
    wall_s, process_s, thread_s = time.monotonic(), time.process_time(), time.thread_time()
    trips, ran_s = hands.trips, hands.treat(seconds)
    wall_s, process_s, thread_s = (
        time.monotonic() - wall_s,
        time.process_time() - process_s,
        time.thread_time() - thread_s,
    )
    worker_s, plant_s = time.clock_gettime(worker) - worker_s, plant.spent_s - plant_s
    samples = ring.count - samples
    hands.page.strips.removeEventFilter(paints)
    gc.collect()
    times = paints.times_s
    between_ms = sorted((after - one) * 1e3 for one, after in pairwise(times))
    return {
        "seconds": wall_s,
        "frames": len(times) / wall_s,
        "count": len(times),
        "samples": samples / wall_s,
        "window": 100 * thread_s / wall_s,
        "worker": 100 * worker_s / wall_s,
        "plant": 100 * plant_s / wall_s,
        "all": 100 * process_s / wall_s,
        "run": 100 * ran_s / wall_s,
        "trips": hands.trips - trips,
        "longest_ms": between_ms[-1],
        "p999_ms": between_ms[int(0.999 * len(between_ms))],
        "late": sum(one > LATE_MS for one in between_ms),
        "growth_mb": resident_mb() - before_mb,
    }


def stops() -> dict[str, Any]:
    """From the press of the mouse, as it enters the event queue, to STOP being written to the port."""
    session, hands = treating()
    transport, posted, found = session.engine._transport, [0.0], []
    send_now, written = transport.send_now, threading.Event()

    def timed(data: bytes) -> None:
        send_now(data)
        if STOP_FRAME in data and posted[0]:
            found.append((time.perf_counter() - posted[0]) * 1e3)
            posted[0] = 0.0
            written.set()

    transport.send_now = timed
    mouse, chance, first = Mouse(hands), random.Random(SEED), []

    def click() -> None:
        for _ in range(BURST):
            written.clear()
            posted[0] = time.perf_counter()
            mouse.clicked.emit()
            assert written.wait(5.0), "no STOP came out"
            time.sleep(chance.uniform(0.005, 0.03))

    while len(found) < STOPS:
        hands.run_again()
        session.live(chance.uniform(0.1, 0.3))
        assert hands.view.state is State.RUN
        first.append(len(found))
        clicker = threading.Thread(target=click)
        clicker.start()
        while clicker.is_alive():
            session.live(0.05)
    transport.send_now = send_now
    hands.rest()
    session.close()
    return {"stops_ms": sorted(found), "in_run_ms": sorted(found[place] for place in first), "burst": BURST}


def starts() -> dict[str, Any]:
    """From the start of a new process to a screen that can be used."""
    found: dict[str, list[float]] = {"`penctl gui`": [], "`penctl gui --demo`": []}
    for _ in range(STARTS):
        for name, seconds in found.items():
            begun_s = time.monotonic()
            more = name.strip("`").split()[2:]
            done = subprocess.run(
                [sys.executable, "-c", START, *more], capture_output=True, text=True, check=True
            )
            seconds.append(float(done.stdout) - begun_s)
    return {"starts_s": found}
