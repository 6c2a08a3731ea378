"""Two operators at two pens of the same seed: one types ahead, one waits after each command.

The fast one writes bursts of sealed commands into the line without waiting for an answer, with STOP anywhere
in them, while the hand does as it likes. The slow one sends only what the fast one's pen took, in the order
in which it was sent, each when the pen rests. What nobody can slow down, the hand
and STOP, comes as long after the last command that was taken as it did with the fast one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interlocks"))

from interlock_rig import TICK_S, Rig, assert_drive_off

from penctl.protocol.enums import Flags, Reason, State, StopKind
from penctl.protocol.messages import Message, message_named
from penctl.protocol.pacing import STOP_FRAME

__all__ = ["Rig", "assert_drive_off"]

QUIET_S, LONGEST_S, HAND_S = 0.12, 8.0, 0.02
PROOF_S = 1.2  # longer than the self-test goes on without moving; a STOP leaves the pen in SELF_TEST
STOP = "STOP"
SHOWN = (
    *(Flags.HOLD_PRESSED, Flags.ESTOP_CLOSED, Flags.REFERENCED, Flags.SELF_TEST_PASSED, Flags.DRIVE_ENABLED),
    *(Flags.CARTRIDGE_OK, Flags.VISIT_OPEN, Flags.PROVED),
)


@dataclass(frozen=True)
class Command:
    """A command as it is typed; times are quoted at the moment of sending."""

    name: str
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Hand:
    """What the hand does at the pen."""

    act: str
    value: bool


@dataclass(frozen=True)
class Pause:
    """Time that passes between two bursts."""

    seconds: float


Act = Command | Hand | Pause
Burst = tuple[Command, ...]


@dataclass
class Sent:
    """What was done, when, and the answer: None for the hand, for STOP and for a frame that was lost."""

    act: Command | Hand
    at_s: float
    reason: Reason | None = None

    @property
    def taken(self) -> bool:
        return self.reason is Reason.NONE


class Operator:
    """One operator with a pen of that seed, brought to where the test begins."""

    def __init__(self, rig: Rig, begin: str) -> None:
        self.rig = rig
        self.done: list[Sent] = []
        self._waiting: dict[int, Sent] = {}
        rig.standby()
        rig.bench.hand.press(n=3.0)
        if begin in ("ready", "running"):
            rig.pen.arm()
        if begin == "running":
            rig.start()
        if begin == "safe":
            rig.bench.hand.estop(True)
            rig.bench.run(0.02)
            rig.bench.hand.estop(False)
        self._listen()
        self.settle()
        self.begun_s = rig.now_s

    def _listen(self) -> None:
        link = self.rig.pen._connection.link
        original = link._response

        def response(message: Message, sealed: bool, now_us: int) -> Any:
            sent = self._waiting.pop(message["command_sequence"], None)
            if sent is not None:
                sent.reason = Reason(message["reason"])
            return original(message, sealed, now_us)

        link._response = response  # type: ignore[method-assign]

    # --- doing ---

    def frame(self, command: Command) -> bytes:
        """The command's frame, and a note that its answer is waited for."""
        sent = Sent(command, self.rig.now_s)
        self.done.append(sent)
        if command.name == STOP:
            return STOP_FRAME
        message = message_named(command.name)
        fields = dict(command.fields)
        if command.name in ("ARM", "START"):
            fields["device_time_us"] = self.rig.bench.kernel.time_us
        frame = self.rig.sealed(message.number, message.message(**fields).encode())
        self._waiting[self.rig.pen._connection.link._sequence] = sent
        return frame

    def type(self, burst: Burst, byte_s: float = 0.0) -> None:
        """Write a burst of commands in one go, or byte by byte with that much time after each."""
        if byte_s == 0.0:
            self.rig.pen.send_raw(b"".join([self.frame(command) for command in burst]))
            return
        for command in burst:
            for byte in self.frame(command):
                self.rig.pen.send_raw(bytes([byte]))
                self.rig.bench.run(byte_s)
            self.done[-1].at_s = self.rig.now_s

    def move(self, hand: Hand) -> None:
        """The hand acts, and nobody types before its switch has come to rest."""
        self.done.append(Sent(hand, self.rig.now_s))
        getattr(self.rig.bench.hand, hand.act)(hand.value)
        self.rig.bench.run(HAND_S)

    def settle(self) -> None:
        """Wait until the pen is at rest: no test goes on, no stop is under way, the stage stands."""
        rig, quiet_s, steps = self.rig, 0.0, None
        begin_s = rig.now_s
        while quiet_s < (PROOF_S if rig.state is State.SELF_TEST else QUIET_S):
            assert rig.now_s - begin_s < LONGEST_S, f"the pen does not come to rest: {rig.state.name}"
            rig.bench.run(0.01)
            here = (int(rig.bench.kernel.outputs.stage_steps), rig.state)
            quiet_s = quiet_s + 0.01 if here == steps and rig.state is not State.STOPPING else 0.0
            steps = here

    def play(self, acts: list[Act | Burst], byte_s: float = 0.0) -> list[Sent]:
        """The fast operator: everything as it comes. Returns what was done, with the answers."""
        for act in acts:
            if isinstance(act, tuple):
                self.type(act, byte_s)
            elif isinstance(act, Hand):
                self.move(act)
            else:
                self.rig.bench.run(act.seconds)
        self.settle()
        return self.done

    def repeat(self, done: list[Sent], begun_s: float, least_s: float) -> list[Sent]:
        """The slow operator: what was taken, one by one, at rest; the hand and STOP after their delay.

        The delay is that of the writing; how long a frame then waits in line and queue is not seen from
        outside, so that `least_s` is tried for it.
        """
        theirs_s, mine_s = begun_s, self.rig.now_s
        for sent in done:
            is_command = isinstance(sent.act, Command) and sent.act.name != STOP
            if is_command and not sent.taken:
                continue
            if is_command:
                self.settle()
                theirs_s, mine_s = sent.at_s, self.rig.now_s
            else:
                delay_s = max(sent.at_s - theirs_s, least_s)
                self.rig.bench.run(max(mine_s + delay_s - self.rig.now_s, TICK_S))
            if isinstance(sent.act, Hand):
                self.move(sent.act)
            else:
                self.type((sent.act,))
        self.settle()
        return self.done

    # --- seeing ---

    def stands(self) -> dict[str, Any]:
        """What the pen is at rest: what it says, and what is true."""
        status = self.rig.pen.status()
        kernel = self.rig.bench.kernel
        return {
            "state": status.state,
            "mode": status.mode,
            "depth set": status.depth_set_um,
            "rate set": status.rate_set_mhz,
            "tripped": self.rig.tripped,
            "stop": status.trip.stop if status.trip else StopKind.NONE,
            "flags": {flag.name: flag in status.flags for flag in SHOWN},
            "drive": self.rig.drive_on,
            "supply": int(kernel.outputs.supply_enable),
            "stage": self._stage(status.state),
        }

    def _stage(self, state: State) -> int:
        """Where the stage is: to 20 um where it holds a depth, else whether it is inside the nose."""
        stage_um = float(self.rig.bench.trace.stage_um[-1])
        return round(stage_um / 20.0) if state in (State.READY, State.RUN) else int(stage_um < 0.0)
