"""The worker's own thread beside a living window: the few things that only a second thread can show."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import Flags, Mode, State
from pengui.console.window import SIMULATED_URL, Console
from pengui.worker.snapshot import Phase
from pengui.worker.thread import PenThread

PATIENCE_S = 60.0
"""No promise about speed: a wait that is over tells that the thing did not happen at all."""


@pytest.fixture
def living(qapp):
    """A window with timers of its own and a worker with a thread of its own."""
    worker = PenThread()
    window = Console(worker.engine, closed=worker.close)
    worker.start()
    window.show()
    yield window
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def treat(qtbot, window):
    engine = window.engine
    window.connect_pen(SIMULATED_URL)
    qtbot.waitUntil(lambda: engine.snapshot.open, timeout=PATIENCE_S * 1000)
    qtbot.waitUntil(lambda: engine.snapshot.state is State.STANDBY, timeout=PATIENCE_S * 1000)
    engine.hand("button", True)
    engine.hand("press", 3.0)
    engine.hand("glide", 20.0)
    qtbot.waitUntil(lambda: Flags.BUTTON_PRESSED in engine.snapshot.flags, timeout=PATIENCE_S * 1000)
    for act, *arguments in (
        ("reference",),
        ("set_mode", Mode.CLINICAL),
        ("set_depth_um", 500),
        ("set_rate_hz", 100.0),
        ("arm",),
    ):
        engine.ask(act, *arguments)
    qtbot.waitUntil(lambda: window.controls.start.isEnabled(), timeout=PATIENCE_S * 1000)
    engine.hand("button", False)
    window.hand.hold(True)
    qtbot.waitUntil(lambda: Flags.HOLD_PRESSED in engine.snapshot.flags, timeout=PATIENCE_S * 1000)
    window.controls.start.click()
    qtbot.waitUntil(lambda: engine.snapshot.state is State.RUN, timeout=PATIENCE_S * 1000)


def test_a_blocked_event_loop_brings_a_running_pen_to_rest(qtbot, living):
    """Issue 3, IL-26: the event loop stands still, the worker goes on, the pen stops by itself."""
    treat(qtbot, living)
    engine, stopped = living.engine, threading.Event()

    def watch():
        while engine.snapshot.state is not State.SAFE and not stopped.wait(0.01):
            pass
        stopped.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert stopped.wait(PATIENCE_S), "the pen ran on although nobody could see its screen"
    watcher.join()
    qtbot.waitUntil(lambda: living.banner.isVisible(), timeout=PATIENCE_S * 1000)
    assert "IL-26" in living.banner.headline.text()


def test_closing_the_window_ends_the_thread_and_leaves_the_pen_stopped(qtbot, living):
    """Issue 3: closing the window stops the pen."""
    treat(qtbot, living)
    bench = living.engine.pen.transport.bench
    living.close()
    assert living.engine.snapshot.phase is Phase.CLOSED
    assert not bench.kernel.outputs["drive_enable"]
    assert not any(thread.name == "pen" for thread in threading.enumerate())


def test_a_defect_in_the_worker_stops_the_pen_and_is_told(qtbot, living, monkeypatch, capfd):
    """A thread that died would leave a window that nobody answers: it goes on, and takes the pen up again."""
    treat(qtbot, living)
    engine = living.engine
    bench = engine.pen.transport.bench

    def fails(pen):
        monkeypatch.undo()
        raise KeyError("planted")

    monkeypatch.setattr(engine, "_follow", fails)
    qtbot.waitUntil(lambda: engine.snapshot.phase is Phase.LOST, timeout=PATIENCE_S * 1000)
    qtbot.waitUntil(lambda: not bench.kernel.outputs["drive_enable"], timeout=PATIENCE_S * 1000)
    assert "KeyError: 'planted'" in capfd.readouterr().err
    living.hand.hold(False)
    engine.ask("reconnect")
    qtbot.waitUntil(lambda: engine.snapshot.phase is Phase.OPEN, timeout=PATIENCE_S * 1000)
    assert engine.snapshot.state in (State.STANDBY, State.SAFE, State.STOPPING)
