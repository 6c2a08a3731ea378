"""The console window on the real firmware in the simulator, stepped from Qt's own thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6", reason="the window needs PySide6: install penctl[gui]")
pytest.importorskip("pyqtgraph", reason="the window needs pyqtgraph: install penctl[gui]")

from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import Mode, State
from pengui.app import application
from pengui.console.window import BEAT_MS, FRAME_MS, SIMULATED_URL, Console
from pengui.worker.engine import Engine
from pengui.worker.pace import SteppedPace
from pengui.worker.snapshot import Phase

TICK_S = BEAT_MS * 1e-3
"""Virtual time between two beats of the window, as in the program."""
FRAME_S = FRAME_MS * 1e-3
WAY_S = 0.1
"""While a pen tests itself, which is the way to what a test looks at, the window is painted so often."""


class Desk:
    """A window, its engine and the bench behind them in one thread; virtual time passes in `run` only."""

    def __init__(self) -> None:
        self.engine = Engine(lambda wake: SteppedPace(self._between))
        self.window = Console(self.engine, live=False)
        self.frozen = False
        self._since_s = 0.0
        self.on_step: list[Callable[[], None]] = []
        self.window.show()
        QApplication.processEvents()

    def _between(self, step_s: float) -> None:
        for told in self.on_step:
            told()
        self._since_s += step_s
        if self._since_s >= TICK_S - 1e-9 and not self.frozen:
            self._since_s = 0.0
            self.window.beat()
            self.window.refresh()

    @property
    def bench(self):
        return self.engine.pen.transport.bench

    @property
    def view(self):
        return self.engine.snapshot

    def run(self, seconds: float) -> None:
        """Let virtual time pass; what the window asked for is done on the way."""
        end_s = self.engine.now_s() + seconds
        while self.engine.now_s() < end_s - 1e-6:
            self.engine.turn()
        self.show()

    def until(self, holds: Callable[[], bool], seconds: float = 5.0, frame_s: float = FRAME_S) -> None:
        """Let virtual time pass until `holds()`, at most `seconds`; painted at the rate of the program."""
        end_s = self.engine.now_s() + seconds
        shown_s = self.engine.now_s()
        while not holds():
            assert self.engine.now_s() < end_s, f"not within {seconds} s: {self.view}"
            self.engine.turn()
            if self.engine.now_s() - shown_s >= frame_s or holds():
                shown_s = self.engine.now_s()
                self.show()

    def show(self) -> None:
        """The window's timers fire once, unless it is frozen."""
        if not self.frozen:
            self.window.beat()
            self.window.refresh()
            QApplication.processEvents()

    def act(self) -> None:
        """Do what was asked for without a pen to wait for."""
        self.engine.turn()
        self.show()

    def connect(self, url: str = SIMULATED_URL) -> Desk:
        self.window.connect_pen(url)
        self.act()
        assert self.view.phase is Phase.OPEN, self.window.banner.cause.text()
        self.until(lambda: self.view.state is State.STANDBY, frame_s=WAY_S)
        return self

    def clinical(self) -> Desk:
        """CLINICAL, with the button at the pen pressed meanwhile."""
        self.bench.hand.button(True)
        self.run(0.1)
        self.engine.ask("set_mode", Mode.CLINICAL)
        self.act()
        self.bench.hand.button(False)
        assert self.view.status.mode is Mode.CLINICAL, self.window.banner.cause.text()
        return self

    def arm(self, depth_um: int = 1000, rate_hz: float = 110.0) -> Desk:
        """From STANDBY to READY by the acts of the buttons, in CLINICAL, with the nose on the skin."""
        self.engine.ask("reference")
        self.act()
        self.clinical()
        for act, *arguments in (
            ("set_depth_um", depth_um),
            ("set_rate_hz", rate_hz),
            ("arm",),
        ):
            self.engine.ask(act, *arguments)
            self.act()
        self.window.hand.press_button.click()
        self.until(lambda: self.view.state is State.READY)
        return self

    def start(self) -> Desk:
        """From READY to RUN: hold the switch, start."""
        self.window.hand.hold(True)
        self.run(0.05)
        self.window.controls.start.click()
        self.until(lambda: self.view.state is State.RUN)
        self.run(0.3)
        return self

    def close(self) -> None:
        self.window.close()
        self.engine.finish()
        self.window.deleteLater()
        QApplication.processEvents()


@pytest.fixture
def desk(qapp) -> Iterator[Desk]:
    """A window without a pen. Whatever the test did, the pen ends stopped and its drive off."""
    made = Desk()
    try:
        yield made
        pen = made.engine.pen
        bench = pen.transport.bench if pen is not None else None
    finally:
        made.close()
    if bench is not None:
        bench.advance(0.5)
        assert not bench.kernel.outputs["drive_enable"], "the drive is still on at the end"


@pytest.fixture
def running(desk: Desk) -> Desk:
    """A window with a pen that treats."""
    return desk.connect().arm().start()


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The one application, as the program makes it."""
    return application()
