"""QA's rig on the clinician's window: the interlock suite's stimuli act on the pen that the window holds.

What a stimulus of tests/interlocks asks of its rig – bench, pen, a restart, the button – it gets here from
the window's own pen and bench, and time passes through the window. Nothing here decides what an alarm is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interlocks"))

from interlock_rig import Rig

from penctl.protocol.enums import Flags, Role, State
from pengui.clinic.alarms import Alarm
from pengui.worker.snapshot import Phase

TICK_S = 0.08
"""The window is looked at a dozen times a second here; its heartbeats need no more."""

LOOK_S = 0.01
"""While the pen is checked the window sees the button go down, as it does in truth: it confirms the mode."""


class WindowBench:
    """The bench of the window's pen; its time passes through the window."""

    def __init__(self, practice: Any) -> None:
        self._practice = practice

    def __getattr__(self, name: str) -> Any:
        return getattr(self._practice.bench, name)

    def run(self, seconds: float) -> None:
        """Let time pass: pen, worker and window."""
        self._practice.run(seconds)


class HeldPen:
    """The window's pen for a stimulus: one that hangs up leaves the window's port open."""

    def __init__(self, pen: Any) -> None:
        self._pen = pen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pen, name)

    def close(self) -> None:
        """Nothing: it is the window's."""


class Stand(Rig):
    """A window in the middle of a visit, and what QA's stimuli do to its pen."""

    def __init__(self, practice: Any) -> None:
        self.practice = practice
        practice.tick_s = TICK_S
        self.bench = WindowBench(practice)  # type: ignore[assignment]
        self.role = Role.CLINICIAN
        self.hung = False
        self.cartridge_of_visit = practice.bench.kernel.cartridge

    @property
    def pen(self) -> Any:  # type: ignore[override]
        """The pen that the window holds."""
        return HeldPen(self.practice.engine.pen)

    @property
    def opened(self) -> Any:  # type: ignore[override]
        """The visit at the pen."""
        return self.pen.visit

    @property
    def banner(self) -> Any:
        """The banner."""
        return self.practice.window.banner

    @property
    def view(self) -> Any:
        """The worker's picture."""
        return self.practice.view

    def alarm(self, key: str) -> Alarm | None:
        """The signal of a condition, None when there is none."""
        active = self.practice.window.alarms.active
        return next((alarm for alarm in active if alarm.condition.key == key), None)

    def logged(self, key: str, since: int) -> list[str]:
        """What the log says of it since its line number `since`."""
        return [line.what for line in self.practice.window.alarms.log[since:] if line.key == key]

    def settle(self, seconds: float = 0.05) -> None:
        """Let the worker and the window catch up."""
        self.practice.run(seconds)

    # --- what the tables ask of a rig ---

    def off_and_on(self) -> None:
        """Off and on again; the window reconnects."""
        self.bench.hand.hold(False)
        self.practice.bench.power_off()
        self.practice.run(0.8)
        self.practice.bench.power_on()
        self.reconnect()

    def visit(self) -> None:
        """The window opens the visit again when it makes the pen ready."""

    def setpoints(self, mode: str, depth_um: int, rate_hz: float) -> None:
        """They are the plan's."""

    # --- getting somewhere ---

    def reconnect(self) -> None:
        """The banner's Reconnect, until the pen answers and its self-test is over."""
        for _ in range(12):
            failed = self.view.status is not None and self.view.status.self_test_check
            if self.view.phase is Phase.OPEN and (self.view.state is not State.SELF_TEST or failed):
                return
            if self.banner.check_button.isVisible():
                self.practice.click(self.banner.check_button)
                self.practice.act()
            elif self.view.phase is Phase.LOST:
                self.practice.click(self.banner.reconnect_button)
                self.practice.act()
            self.practice.run(0.5)
        raise AssertionError(f"not connected again: {self.view.phase}, {self.view.state}")

    def healthy(self) -> None:
        """Every part is whole, and the hand is off the pen."""
        bench = self.practice.bench
        bench.clear_faults()
        bench.restore_link()
        hand = bench.hand
        hand.hold(False)
        hand.button(False)
        hand.estop(False)
        hand.charger(False)
        hand.lift()
        if self.cartridge_of_visit is not None and bench.kernel.cartridge is None:
            hand.cartridge(self.cartridge_of_visit)
        self.cartridge_of_visit = bench.kernel.cartridge
        hand.lock(True)
        bench.set_charge(0.9)
        bench.warm()
        self.practice.run(0.1)

    def standby(self) -> Stand:  # type: ignore[override]
        """Healthy, nothing latched, checked and in the visit."""
        self.healthy()
        self.reconnect()
        for _ in range(4):
            if self.view.state is not State.SAFE:
                break
            self.practice.click(self.banner.reset_button)
            self.practice.act()
            self.settle()
        if self.view.state in (State.READY, State.RUN):
            self.practice.engine.stop()
            self.settle(0.2)
        needed = Flags.VISIT_OPEN | Flags.SELF_TEST_PASSED | Flags.REFERENCED
        mode = self.view.status.mode.name
        if needed not in self.view.flags or mode != self.practice.visit.mode:
            self.made_ready()
        assert self.view.state is State.STANDBY, (self.view.state, self.view.trip, self.practice.told())
        return self

    def made_ready(self) -> None:
        """The pen is checked anew for the visit, with a hand at the button."""
        self.practice.tick_s = LOOK_S
        self.practice.bench.hand.button(True)
        self.practice.engine.ask("attend", self.practice.screen.desk)
        self.practice.engine.ask("make_ready")
        self.practice.act()
        self.practice.act()
        self.practice.bench.hand.button(False)
        self.practice.tick_s = TICK_S
        self.settle()

    def ready(self, *_: Any) -> Stand:  # type: ignore[override]
        """Armed for the next pass; what the banner offers for a pen that wants a check is done."""
        self.standby()
        for _ in range(3):
            self.begin()
            if self.view.state is State.READY or not self.banner.check_button.isVisible():
                break
            self.practice.click(self.banner.check_button)
            self.practice.act()
            self.settle()
        assert self.view.state is State.READY, (self.view.state, self.practice.told())
        return self

    def begin(self) -> None:
        """The next pass is asked for, as the page asks for it."""
        flow = self.practice.screen.treat_flow
        target = flow.target()
        self.practice.engine.ask("begin_pass", target.zone, target.direction, *flow.settings(target.zone))
        self.practice.act()
        self.settle()

    def running(self, *_: Any, **__: Any) -> Stand:  # type: ignore[override]
        """The needles move on the skin."""
        self.ready()
        self.practice.bench.hand.press(3.0)
        self.practice.bench.hand.glide(20.0)
        self.practice.run(0.05)
        self.practice.bench.hand.hold(True)
        self.practice.until(lambda: self.view.state is State.RUN, 1.0)
        self.practice.run(0.15)
        return self

    def serve(self, act: Any) -> None:
        """The service at its own computer takes the pen over, and does `act` with a pen in its role."""
        bench = self.practice.bench
        self.pen.telemetry(0)
        bench.advance(0.7)  # nothing is heard of the window
        pen = bench.pen(role="service")
        pen.open_session()
        bench.hand.button(True)
        pen.wait(0.05)
        try:
            act(pen)
        finally:
            bench.hand.button(False)
            pen.close()
        bench.advance(0.7)
        self.practice.run(0.7)
        self.reconnect()
