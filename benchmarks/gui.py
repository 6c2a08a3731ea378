"""Measure the console window and write benchmarks/gui.md: `python benchmarks/gui.py`.

One process holds the window, the worker, and the firmware and plant of a simulated pen that treats, with
telemetry of 12 channels at 1 kHz. Nothing here asserts a time.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pyqtgraph
import PySide6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import Flags, Mode, State
from penctl.protocol.pacing import STOP_FRAME
from pengui.app import application
from pengui.console.window import SIMULATED_URL, Console
from pengui.worker.ring import CHANNELS
from pengui.worker.snapshot import Phase
from pengui.worker.thread import PenThread

OUT = Path(__file__).resolve().parent / "gui.md"
RUN_S = 20.0
STOPS = 2000
STARTS = 7
SIZES = ((1280, 800), (3840, 2160))
SEED = 1
START = """
import time
from PySide6.QtCore import QEvent, QObject, QTimer
from pengui import app
from pengui.console import window
class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, told)
            watched.removeEventFilter(self)
        return False
def told():
    print(time.monotonic(), flush=True)
    shown[0].close()
shown = []
class Timed(window.Console):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        shown.append(self)
        self._first = FirstPaint()
        self.plots.viewport().installEventFilter(self._first)
app.Console = Timed
app.run()
"""


class Paints(QObject):
    """Counts what reaches the screen."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


class Mouse(QObject):
    """Clicks on STOP: the signal enters the window's event queue from another thread."""

    clicked = Signal()

    def __init__(self, window: Console) -> None:
        super().__init__(window)
        self._button = window.stop_button
        self.clicked.connect(self._click, Qt.ConnectionType.QueuedConnection)

    def _click(self) -> None:
        QTest.mouseClick(self._button, Qt.MouseButton.LeftButton)


def pump(until: Callable[[], bool], seconds: float = 120.0) -> None:
    """Let the window live until something holds."""
    app, end_s = QApplication.instance(), time.monotonic() + seconds
    while not until():
        if time.monotonic() > end_s:
            raise TimeoutError(until)
        app.processEvents()
        time.sleep(0.0005)


def live(seconds: float) -> None:
    """Run Qt's own event loop, as the program does."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def treat(window: Console) -> None:
    """From no pen to RUN."""
    engine = window.engine
    window.connect_pen(SIMULATED_URL)
    pump(lambda: engine.snapshot.phase is Phase.OPEN and engine.snapshot.state is State.STANDBY)
    engine.ask("begin_visit", "")
    pump(lambda: Flags.VISIT_OPEN in engine.snapshot.flags and engine.snapshot.state is State.STANDBY)
    engine.hand("button", True)
    for act, *arguments in (
        ("set_mode", Mode.CLINICAL),
        ("set_depth_um", 1000),
        ("set_rate_hz", 110.0),
        ("arm",),
    ):
        engine.ask(act, *arguments)
    pump(lambda: engine.snapshot.state is State.READY)
    engine.hand("button", False)
    window.hand.hold(True)
    pump(window.controls.start.isEnabled)
    window.controls.start.click()
    pump(lambda: engine.snapshot.state is State.RUN)
    live(11.0)  # the ten seconds that the plots show are full


def frames(window: Console) -> dict[str, float]:
    """Frames a second and the shares of a core while the pen runs."""
    paints = Paints()
    window.plots.viewport().installEventFilter(paints)
    live(1.0)
    before = (paints.count, window.engine.ring.count)
    wall, process, thread = time.monotonic(), time.process_time(), time.thread_time()
    live(RUN_S)
    wall, process, thread = (
        time.monotonic() - wall,
        time.process_time() - process,
        time.thread_time() - thread,
    )
    assert window.engine.snapshot.state is State.RUN
    return {
        "frames": (paints.count - before[0]) / wall,
        "samples": (window.engine.ring.count - before[1]) / wall,
        "window": 100 * thread / wall,
        "all": 100 * process / wall,
    }


def stop_latencies_ms(window: Console) -> list[float]:
    """From the press of the mouse, as it enters the event queue, to STOP being written to the port."""
    transport, posted, found = window.engine._transport, [0.0], []
    send_now, written = transport.send_now, threading.Event()  # the first STOP; repeats go by `write`

    def timed(data: bytes) -> None:
        send_now(data)
        if STOP_FRAME in data and posted[0]:
            found.append((time.perf_counter() - posted[0]) * 1e3)
            posted[0] = 0.0
            written.set()

    transport.send_now = timed
    mouse, chance = Mouse(window), random.Random(SEED)

    def click() -> None:
        for _ in range(STOPS):
            time.sleep(chance.uniform(0.005, 0.03))
            written.clear()
            posted[0] = time.perf_counter()
            mouse.clicked.emit()
            assert written.wait(5.0), "no STOP came out"

    clicker = threading.Thread(target=click)
    clicker.start()
    while clicker.is_alive():
        live(0.2)
    transport.send_now = send_now
    return sorted(found)


def start_s() -> list[float]:
    """From the start of a new process to the first frame on the screen."""
    found = []
    for _ in range(STARTS):
        begun = time.monotonic()
        done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
        found.append(float(done.stdout) - begun)
    return found


def at(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def measure() -> str:
    """The table."""
    application()
    worker = PenThread()
    window = Console(worker.engine, closed=worker.close)
    worker.start()
    window.show()
    treat(window)
    rows = {}
    for size in SIZES:
        window.resize(*size)
        rows[size] = frames(window)
    window.resize(*SIZES[0])
    stops = stop_latencies_ms(window)
    window.close()
    starts = start_s()
    return table(rows, stops, starts)


def table(rows: dict[tuple[int, int], dict[str, float]], stops: list[float], starts: list[float]) -> str:
    """What was measured beside what was aimed at."""
    found = [("what", "measured", "aim", ""), ("---", "---", "---", "---")]
    for (width, height), row in rows.items():
        size, aimed = f"{width} × {height}", (width, height) == SIZES[0]
        rate, share = f"{row['frames']:.1f}", f"{row['window']:.0f} % / {row['all']:.0f} %"
        aims = ("at least 55", verdict(row["frames"] >= 55)) if aimed else ("", "")
        found.append((f"frames a second, {size}", rate, *aims))
        aims = ("at most 35 %", verdict(row["all"] <= 35)) if aimed else ("", "")
        found.append((f"share of a core, {size}: window / everything", share, *aims))
    samples = f"{rows[SIZES[0]]['samples']:.0f} × {len(CHANNELS)}"
    tail, start = at(stops, 0.999), statistics.median(starts)
    found += [
        ("samples a second × channels", samples, "1000 × 12", ""),
        ("click on STOP to the frame on the wire, p50", f"{at(stops, 0.5):.2f} ms", "", ""),
        ("the same, p99", f"{at(stops, 0.99):.2f} ms", "", ""),
        (f"the same, p99.9 of {len(stops)}", f"{tail:.2f} ms", "at most 20 ms", verdict(tail <= 20)),
        ("the same, longest", f"{stops[-1]:.2f} ms", "", ""),
        (
            f"start to the first frame, median of {len(starts)}",
            f"{start:.2f} s",
            "at most 2.5 s",
            verdict(start <= 2.5),
        ),
        ("the same, longest", f"{max(starts):.2f} s", "", ""),
        (
            "programs that wanted a core meanwhile, this one too (load average)",
            f"{os.getloadavg()[0]:.1f}",
            "",
            "",
        ),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in found)


HEAD = """## Console window

Written by `python benchmarks/gui.py`; do not edit. {machine}, Python {python}, PySide6 {qt},
pyqtgraph {pg}, platform `{platform}`. The simulated pen treats at 1 mm and 110 Hz; its firmware and plant
run in the same process, in the worker's thread, and are in the share of "everything". STOP is clicked {stops}
times at random moments by signals queued from another thread, while telemetry and drawing go on; the wire is
where the worker writes to the port. A start is that of a new process with its files in the system's cache.

"""


def main() -> None:
    """Measure and write."""
    head = HEAD.format(
        machine=f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processor cores",
        python=platform.python_version(),
        qt=PySide6.__version__,
        pg=pyqtgraph.__version__,
        platform=os.environ["QT_QPA_PLATFORM"],
        stops=STOPS,
    )
    text = head + measure() + "\n"
    OUT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
