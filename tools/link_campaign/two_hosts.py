"""Two hosts on the line of one pen: one treats, the other gets in its way, and in the end takes over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from link_campaign.outcome import Outcome
from link_campaign.scene import Heard, ready_again, setpoints, start
from penctl.errors import PenError, Refused
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.protocol.frame import encode_frame
from penctl.protocol.messages import BY_NUMBER
from penctl.transport import Transport
from pensim import Bench

OLD_SESSION_S = 0.6


class Wire:
    """What one sends reaches the pen, what the pen sends reaches all."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seats: list[Seat] = []

    def seat(self) -> Pen:
        """One more host."""
        port = Seat(self)
        self.seats.append(port)
        return Pen(Transport(port, "pensim://shared"))

    def deal(self) -> None:
        """Give everybody what has arrived."""
        data = self.bench.kernel.host_read()
        for seat in self.seats:
            seat.waiting += data


class Seat:
    """A port on the wire, as `penctl.transport` needs one."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.waiting = bytearray()
        self.timeout: float | None = 0.0
        self.bench, self.entropy = wire.bench, wire.bench.entropy

    @property
    def virtual_time_s(self) -> float:
        return self.bench.time_s

    @property
    def in_waiting(self) -> int:
        self._wire.deal()
        return len(self.waiting)

    def read(self, size: int = 1) -> bytes:
        end_s = self.bench.time_s + (self.timeout or 0.0)
        while self.in_waiting < size and (left_s := end_s - self.bench.time_s) > 1e-9:
            self.bench.advance_to_data(left_s)
        data = bytes(self.waiting[:size])
        del self.waiting[:size]
        return data

    def write(self, data: bytes) -> int:
        return self.bench.kernel.host_write(bytes(data))

    def fileno(self) -> int:
        raise OSError

    def reset_output_buffer(self) -> None:
        """What was written is on its way."""

    def close(self) -> None:
        self._wire.seats.remove(self)


def refused(outcome: Outcome, reason: str, act: Callable[[], Any]) -> None:
    """The act is refused, for this reason, in words."""
    try:
        act()
    except Refused as error:
        outcome.say(error)
        outcome.count("refused to the second host")
        outcome.check(error.reason == reason, f"refused for {error.reason}, not {reason}")
    else:
        outcome.check(False, f"the second host was not refused, where {reason} was due")


def meddle(second: Pen, draw: np.random.Generator, outcome: Outcome) -> None:
    """What a host without a link session may try: questions, commands without a seal, torn frames, noise."""
    what = int(draw.integers(5))
    if what == 0:
        second.status()
        second.limits()
    elif what == 1:
        refused(outcome, "SESSION_IN_USE", second.open_session)
    elif what == 2:
        refused(outcome, "NO_SESSION", lambda: second.set_depth_um(50))
    elif what == 3:
        number = int(
            draw.choice(
                [number for number, each in BY_NUMBER.items() if each.to_device and each.name != "STOP"]
            )
        )
        second.send_raw(encode_frame(number, int(draw.integers(1, 60_000)), bytes(BY_NUMBER[number].size)))
        outcome.count("commands without a seal")
    else:
        second.send_raw(draw.bytes(int(draw.integers(1, 40))) + b"\0" * int(draw.integers(2)))
        outcome.count("torn frames")


class Two:
    """One treats, the other is there."""

    def __init__(self, seed: int, outcome: Outcome) -> None:
        self.out, self.draw = outcome, np.random.default_rng([seed, 13])
        self.bench = Bench(seed=seed, cartridge="HOME")
        self.wire = Wire(self.bench)
        self.first = self.wire.seat()
        self.first.open_session()
        self.first.wait_ready()
        self.heard, self.first_event = Heard(self.first), self.first.status().events_next
        self.second = self.wire.seat()
        self.second.on_wait.append(self.first._connection._send_due)  # they share a thread, not their time

    def round(self) -> None:
        """The first treats undisturbed; then the second stops it, which anybody may."""
        first, draw, out = self.first, self.draw, self.out
        ready_again(self.bench, first)
        setpoints(first)
        start(self.bench, first)
        depth_um = 200
        for _ in range(12):
            meddle(self.second, draw, out)
            depth_um -= 10
            first.set_depth_um(depth_um)
            status = first.status()
            out.check(status.state is State.RUN, f"{status.state.name} where the first host treats")
            out.check(
                status.depth_set_um == depth_um, f"{status.depth_set_um} µm set where {depth_um} were asked"
            )
            out.count("commands of the first host")
            first.wait(0.04)
        self.second.stop_now()
        self.second.wait(0.05)  # it repeats STOP until it has seen it taken
        out.check(not self.second.stopping, "the second host did not see its STOP taken")
        first.wait(0.2)
        out.check(
            self.bench.kernel.outputs.drive_enable == 0, "the drive is on 200 ms after the second host's STOP"
        )
        out.check(
            first.inbox.events[-1]["state"] is not State.RUN,
            "the first host was not told of the other's STOP",
        )
        out.count("stops by the second host")

    def taken_over(self) -> None:
        """The first goes without a word; the second takes the pen, and the first is told then."""
        out = self.out
        self.first.wait(0.5, through_trips=True)
        missing = self.heard.missing(self.first_event, self.first.status().events_next)
        out.check(not missing, f"events {missing[:5]} were never told to the first host")
        self.second.on_wait.clear()
        self.second.wait(OLD_SESSION_S)
        self.second.open_session()
        self.second.set_depth_um(100)
        out.check(self.second.status().depth_set_um == 100, "the second host cannot set a depth")
        try:
            self.first.set_depth_um(150)
            out.check(False, "the first host set a depth after the other had taken over")
        except PenError as error:
            out.say(error)
        out.check(not self.first.session_open, "the first host still believes in its link session")
        out.check(self.second.status().depth_set_um == 100, "the first host's depth acted")
        out.count("taken over")


def run(seed: int, size: float) -> Outcome:
    """`size` treatments that a second host disturbs and stops."""
    outcome = Outcome()
    try:
        two = Two(seed, outcome)
        for _ in range(int(size)):
            two.round()
        two.taken_over()
    except PenError as error:
        outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
    return outcome
