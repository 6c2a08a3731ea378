"""The rig of QA's interlock tests: one bench, one pen, and the truth behind them.

Stimuli enter by faults of the plant, by inputs (the hand) or by frames, and in one group of tests by
overwriting control's memory. Reaction times are counted from the physical onset, which is read from the
plant, never from what the firmware says. Nothing here decides whether something should stop.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest

from penctl.errors import PenError, Refused
from penctl.pen import Pen
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Input, Reason, Role, State, StopKind
from penctl.protocol.frame import encode_body, encode_frame, header
from penctl.protocol.messages import PROTOCOL_VERSION, Message, message_named
from penctl.protocol.session import seal
from penctl.status import Trip
from penctl.trip_memory import KeptTrip
from penctl.visit import Visit
from pensim.bench import Bench

TICK_S = 100e-6
CARTRIDGES = {"home": "HOME", "clinical": "CLINICAL"}
SOUNDER_NONE, SOUNDER_LOW, SOUNDER_MEDIUM, SOUNDER_HIGH = 0, 2, 3, 4
INVALID_UM = -2147483648
PERSON = "QA"
DAY = date(2026, 11, 21)
DAYS = (DAY - date(2020, 1, 1)).days
"""The same day as the wire has it."""


@dataclass(frozen=True)
class Refusal:
    """What the device said no with."""

    reason: Reason
    value: Any
    limit: Any


class Rig:
    """One simulated pen with its firmware, opened by a host. `seed` draws the pen, the skin and the noise."""

    def __init__(self, seed: int = 1, role: str | Role = "clinician", **bench: Any) -> None:
        self.bench = Bench(seed=seed, **{"trace_decimation": 1, "nominal": False, **bench})
        self.role = Role[role.upper()] if isinstance(role, str) else role
        self.pen: Pen = self.bench.pen(role=role)
        self.opened: Visit | None = None
        self.pressed_s = 0.0
        self.hung = False

    # --- getting somewhere ---

    def standby(self, mode: str = "clinical", depth_um: int = 1000, rate_hz: float = 110.0) -> Rig:
        """Link session, self-test, reference, visit, mode and setpoints."""
        self.cartridge(CARTRIDGES[mode])
        self.pen.open_session()
        self.pen.self_test()
        self.pen.reference()
        self.visit()
        self.setpoints(mode, depth_um, rate_hz)
        return self

    def cartridge(self, kind: str) -> None:
        """Take the cartridge out and fit another one of this kind."""
        self.bench.hand.cartridge(None)
        self.bench.advance(0.02)
        self.bench.hand.cartridge(kind)
        self.bench.advance(0.05)

    def visit(self) -> None:
        """Open a visit, or take up the one that was open before the power went."""
        before = self.pen.visit or self.opened
        try:
            self.opened = self.pen.begin_visit(PERSON, before.visit_id if before else None, DAY)
        except Refused as refused:
            if refused.reason != "UNKNOWN_COMMAND":
                raise

    def setpoints(self, mode: str, depth_um: int, rate_hz: float) -> None:
        """Mode, depth and rate, in STANDBY; the button at the pen is pressed where the mode asks for it."""
        if mode == "clinical":
            self.press_button()
        self.pen.set_mode(mode)
        self.pen.set_depth_um(depth_um)
        self.pen.set_rate_hz(rate_hz)

    def press_button(self) -> None:
        """Press the button at the pen and let it go."""
        self.bench.hand.button(True)
        self.bench.run(0.05)
        self.bench.hand.button(False)

    def as_role(self, role: Role) -> None:
        """Another link session, of this role; the old one ends first."""
        if self.role is role and self.pen.session_open:
            return
        self.pen.close()
        self.bench.advance(0.6)  # its link session is free to be taken over 0.5 s after the last heartbeat
        self.role = role
        self.pen = self.bench.pen(role=role.name.lower())
        self.pen.open_session()

    def again(self, mode: str, depth_um: int, rate_hz: float) -> None:
        """From STANDBY to RUN once more: self-test, what is missing of reference and visit, then the rest."""
        self.bench.hand.hold(False)
        self.bench.run(0.05)
        if mode == "clinical" and self.role is Role.OPERATOR:
            self.as_role(Role.CLINICIAN)
        self.pen.self_test()
        if Flags.REFERENCED not in self.pen.status().flags:
            self.pen.reference()
        if Flags.VISIT_OPEN not in self.pen.status().flags:
            self.visit()
        self.setpoints(mode, depth_um, rate_hz)
        self.pen.arm()
        self.bench.hand.lift()
        self.bench.run(0.1)
        self.bench.hand.press(n=3.0)
        self.start()

    def power_cycle(self) -> None:
        """Off and on again, a new link session, and the self-test passed."""
        self.off_and_on()
        self.pen.self_test()

    def off_and_on(self) -> None:
        """Off and on again, and a new link session; whether the self-test passes is the pen's affair."""
        self.bench.hand.hold(False)
        self.restarted(self._off_and_on)

    def restart(self, cause: str) -> None:
        """The controller restarts by itself for this cause; a new link session."""
        self.restarted(lambda: self.bench.restart(cause))

    def _off_and_on(self) -> None:
        self.bench.power_off()
        self.bench.advance(0.5)
        self.bench.power_on()

    def restarted(self, act: Callable[[], None]) -> None:
        """Do it, wait for the self-test of the power-on, and open a link session."""
        with contextlib.suppress(
            PenError
        ):  # a pen that has restarted already takes no STOP of the old link session
            self.pen.close()
        act()
        self.bench.advance(4.0)
        self.pen = self.bench.pen(role=self.role.name.lower())
        self.pen.open_session()

    def ready(self, mode: str = "clinical", depth_um: int = 1000, rate_hz: float = 110.0) -> Rig:
        """Armed, stage in position, switch not held."""
        self.standby(mode, depth_um, rate_hz)
        self.pen.arm()
        return self

    def running(
        self, mode: str = "clinical", depth_um: int = 1000, rate_hz: float = 110.0, *, press_n: float = 3.0
    ) -> Rig:
        """Running for 0.3 s on the skin, or in the air when `press_n` is 0."""
        self.ready(mode, depth_um, rate_hz)
        if press_n > 0.0:
            self.bench.hand.press(n=press_n)
        self.start()
        self.bench.run(0.3)
        assert self.state is State.RUN
        return self

    def ready_for(self, seconds: float, press_n: float = 3.0) -> Rig:
        """Armed on the skin, and then nobody starts for so long."""
        self.ready()
        self.bench.hand.press(n=press_n)
        self.bench.run(seconds)
        return self

    def running_for(self, seconds: float, mode: str, depth_um: int, rate_hz: float) -> Rig:
        """As `running`, and then the switch is held for so long, whatever the pen does then."""
        self.running(mode, depth_um, rate_hz)
        self.bench.run(seconds)
        return self

    def start(self) -> None:
        """Press the switch and start."""
        self.pressed_s = self.now_s
        self.bench.hand.hold(True)
        self.bench.run(0.05)
        self.pen.start()

    # --- what is ---

    @property
    def state(self) -> State:
        """State that the firmware shows in this tick."""
        return State(int(self.bench.kernel.outputs.state))

    @property
    def drive_on(self) -> bool:
        """Whether the bridge has its gate supply: the truth, not what the firmware says."""
        return bool(self.bench.kernel.state.gate)

    @property
    def tripped(self) -> int:
        """Latched interlock that the firmware shows in this tick, 0 for none."""
        return int(self.bench.kernel.outputs.tripped)

    @property
    def sounder(self) -> int:
        """Sounder output."""
        return int(self.bench.kernel.outputs.sounder)

    @property
    def now_s(self) -> float:
        """Virtual time."""
        return self.bench.time_s

    def trip(self) -> Trip:
        """The latched trip that STATUS names first."""
        trip = self.pen.status().trip
        assert trip is not None
        return trip

    def kept(self, interlock: int) -> KeptTrip:
        """The newest trip of this interlock in the pen's own memory of trips."""
        return next(kept for kept in self.pen.trip_log() if kept.trip.interlock == interlock)

    def events(self, name: str) -> list[Message]:
        """Events of that name since the opening."""
        self.bench.run(0.02)
        return [event for event in self.pen.events if event.name == name]

    def warnings(self, kind: int) -> list[Message]:
        """Warnings of that kind since the opening."""
        return [event for event in self.events("EVENT_WARNING") if event["warning"] == kind]

    # --- time ---

    def wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        """Let time pass tick by tick, the host keeping up its part, until `done()` or the limit."""
        end_s = self.now_s + limit_s
        while not done():
            if self.now_s >= end_s:
                return False
            self.bench.run(TICK_S)
        return True

    def tick_until(self, done: Callable[[], bool], limit_s: float) -> bool:
        """The same without the host: nothing is sent meanwhile."""
        end_s = self.now_s + limit_s
        while not done():
            if self.now_s >= end_s:
                return False
            self.bench.advance(TICK_S)
        return True

    def firmware_hangs(self) -> None:
        """The firmware stops for good with its outputs as they are, as a processor that hangs would."""
        self.bench.kernel._line["calls"][0, 0] = 0
        self.hung = True

    # --- frames past the host's own checks ---

    def refused(self, name: str, **fields: Any) -> Refusal:
        """Send a command without the host's checks; it must be refused by the device."""
        with pytest.raises(Refused) as caught:
            self.pen.command(name, **fields)
        refusal = caught.value
        assert refusal.layer == "device"
        return Refusal(Reason[refusal.reason], refusal.value, refusal.limit)

    def answers_to(self, frame: bytes) -> list[tuple[Reason, int, int]]:
        """Write a frame by hand; reason, value and limit of every RESPONSE that the device gave to it.

        The host's link sees the answers, too, and drops what it did not ask for.
        """
        seen: list[tuple[Reason, int, int]] = []
        link = self.pen._connection.link
        original = link._response

        def spy(message: Message, sealed: bool, now_us: int) -> Any:
            seen.append((message["reason"], message["value"], message["limit"]))
            return original(message, sealed, now_us)

        link._response = spy  # type: ignore[method-assign]
        try:
            self.pen.send_raw(frame)
            self.bench.run(0.02)
        finally:
            link._response = original  # type: ignore[method-assign]
        return seen

    def sealed(
        self, number: int, payload: bytes, *, key: bytes | None = None, version: int = PROTOCOL_VERSION
    ) -> bytes:
        """A sealed frame of this link session with any type number and payload."""
        link = self.pen._connection.link
        keyed = link._session._current
        assert keyed is not None
        link._sequence = link._sequence % 0xFFFF + 1
        head = header(number, link._sequence, sealed=True, version=version)
        return encode_body(seal(key or keyed.keys.to_device, head + payload, keyed.sent.next()))

    @staticmethod
    def unsealed(name: str, **fields: Any) -> bytes:
        """An unsealed frame of this command."""
        message = message_named(name).message(**fields)
        return encode_frame(message.type.number, 7, message.encode())

    def screen(self, alive: bool) -> None:
        """Let the operator's screen stand still, which ends the heartbeats while everything else goes on."""
        self.pen.watch_screen((lambda: int(self.now_s * 1e3)) if alive else (lambda: None))

    # --- control's memory ---

    def control_bytes(self) -> np.ndarray:
        """Control's part of the firmware's memory, writable."""
        firmware = self.bench.kernel.firmware
        assert firmware is not None
        offset, size = firmware.control_span
        return self.bench.kernel.memory[offset : offset + size]

    def overwrite_control(self, old: int, new: int) -> None:
        """Replace the first 32-bit number `old` in control's memory by `new`; the setpoints stand first."""
        words = self.control_bytes()[: self.control_bytes().size // 4 * 4].view(np.int32)
        places = np.flatnonzero(words == old)
        assert places.size, f"{old} does not stand in control's memory"
        words[places[0]] = new

    # --- what must be ---

    def assert_latched(self, interlock: int, stop: StopKind, trip_input: Input | None = None) -> Trip:
        """SAFE with the drive off, this trip latched."""
        assert self.state is State.SAFE
        assert not self.drive_on
        trip = self.trip()
        assert (trip.interlock, trip.stop) == (interlock, stop)
        if trip_input is not None:
            assert trip.input is trip_input
        return trip

    def assert_running(self, seconds: float) -> None:
        """RUN, and still RUN after `seconds`, without the drive having fallen or a trip."""
        stops, trips = self.bench.kernel.stop_count, len(self.pen.trips)
        self.bench.run(seconds)
        assert self.state is State.RUN, (self.state, self.tripped)
        assert self.drive_on
        assert self.bench.kernel.stop_count == stops
        assert self.tripped == 0
        assert len(self.pen.trips) == trips

    def assert_stays_off(self, seconds: float, state: State = State.SAFE) -> None:
        """Drive off in every tick of the `seconds` that follow; needles clear at their end, or it is told."""
        begin_s = self.now_s
        while self.now_s < begin_s + seconds:
            piece_s = min(4.0, begin_s + seconds - self.now_s)
            piece_begin_s = self.now_s
            self.bench.run(piece_s)
            assert not self.bench.trace.between(piece_begin_s + TICK_S, self.now_s + 1.0).drive_on.any()
        assert self.state is state
        assert self.bench.kernel.state.tip < 0.0 or self.warnings(enums.Warning.LIFT_HANDPIECE)

    def assert_nothing_moves_by_itself(self) -> None:
        """After C0: drive and stage stand for 10 s, and ARM and START are refused."""
        self.bench.run(0.5)
        stage_um = self.bench.trace.stage_um[-1]
        for name in ("ARM", "START"):
            assert self.refused(name, device_time_us=self.bench.kernel.time_us).reason is Reason.LATCHED
        self.assert_stays_off(10.0)
        assert abs(self.bench.trace.stage_um[-1] - stage_um) < 1.0

    def assert_held_switch_starts_nothing(self) -> None:
        """In STANDBY with the switch still held: ARM is refused, and nothing moves."""
        reason = self.refused("ARM", device_time_us=self.bench.kernel.time_us).reason
        assert reason in (Reason.HOLD_PRESSED, Reason.SELF_TEST_NEEDED, Reason.NO_VISIT), reason.name
        self.assert_stays_off(1.0, State.STANDBY)

    def assert_bridge_dead(self, interlock: int | None = None) -> None:
        """The second switch-off path has taken the bridge its supply: below 1 V; this trip is latched."""
        if interlock is not None:
            assert interlock in {event["interlock"] for event in self.events("EVENT_TRIP")}
        assert not self.bench.kernel.outputs.supply_enable
        assert float(self.bench.trace.supply_v[-1]) < 1.0

    def assert_cut_ends_well(self) -> None:
        """After C0: at most two further strokes; needles clear in 300 ms, or the person is told to lift.

        A crank that comes to rest at the very bottom of the stroke is held there by friction and the
        shorted winding: the return spring has no lever.
        """
        self.bench.run(0.4)
        stop = self.bench.kernel.stops()[-1]
        assert stop["strokes_after"] <= 2
        clear_in_us = int(stop["clear_us"]) - int(stop["off_us"])
        if not 0 <= clear_in_us <= 300_000:
            assert self.warnings(enums.Warning.LIFT_HANDPIECE)
            assert self.sounder == SOUNDER_HIGH

    # --- when ---

    def drive_off_s(self) -> float:
        """When the gate supply last fell."""
        stops = self.bench.kernel.stops()
        assert len(stops)
        return float(stops["off_us"][-1]) * 1e-6

    def first_s(self, mask: np.ndarray, since_s: float) -> float:
        """Time of the first row of the trace since `since_s` for which the mask holds."""
        time_s = self.bench.trace.time_s
        rows = np.flatnonzero(mask & (time_s > since_s))
        assert rows.size, "it never happened"
        return float(time_s[rows[0]])


def assert_drive_off(rig: Rig) -> None:
    """The end of every test: told to stop and closed, the pen's drive is off and its crank at rest."""
    rig.bench.close()
    rig.bench.advance(0.6)
    assert not rig.drive_on or float(rig.bench.trace.supply_v[-1]) < 1.0, "the drive was left on"
    assert rig.hung or not rig.bench.kernel.outputs.drive_enable, "guard still enables the drive"
    assert abs(float(rig.bench.kernel.state.omega)) < 1.0, "the crank still turns"


def last_stroke_rate_hz(rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    """Times in s and true stroke rates in Hz of the trace, each the mean over the last whole revolution.

    NaN while the crank has not made a revolution yet.
    """
    trace = rig.bench.trace
    angle = np.unwrap(trace.theta.astype(np.float64))
    rising = np.maximum.accumulate(angle)
    before_s = np.interp(rising - 2.0 * np.pi, rising, trace.time_s, left=np.nan)
    with np.errstate(divide="ignore"):
        return trace.time_s, 1.0 / (trace.time_s - before_s)


def scalar_i32(value: int) -> bytes:
    """Payload of one i32."""
    return struct.pack("<i", value)
