"""The host's commands on their way: one on the wire, repeated byte for byte, the others waiting.

One at a time, because a lost frame that a later counter overtook would be stale and could not be repeated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from penctl.protocol.messages import Message, MessageType
from penctl.protocol.round_trip import RoundTrip
from penctl.protocol.states import QUESTIONS

GIVE_UP_US = 500_000
"""How long a command is repeated before its outcome is unknown: 17 times on a short line. (D)"""
WAIT_US = 1_000_000
"""How long a command waits for its turn before it ends unsent."""
WAITING_MAX = 32


@dataclass
class Pending:
    """A command that has no answer yet."""

    ticket: int
    command: Message
    sealed: bool
    asked_us: int
    stamp: bool = False
    """Whether the device's time is filled in when the command goes out."""
    sequence: int = 0
    session_id: int | None = None
    frame: bytes = b""
    tries: int = 0
    sent_us: int = 0
    """When it went out first."""
    last_us: int = 0
    due_us: int = 0

    @property
    def type(self) -> MessageType:
        """Type of the command."""
        return self.command.type

    @property
    def question(self) -> bool:
        """Whether it changes nothing in the pen."""
        return self.command.name in QUESTIONS


class Commands:
    """Waiting commands and the one on the wire."""

    def __init__(self, round_trip: RoundTrip) -> None:
        self._round_trip = round_trip
        self._waiting: deque[Pending] = deque()
        self._tickets = 0
        self.sent: Pending | None = None

    def __len__(self) -> int:
        return len(self._waiting) + (self.sent is not None)

    @property
    def full(self) -> bool:
        """Whether no more may wait."""
        return len(self._waiting) >= WAITING_MAX

    def add(self, command: Message, *, sealed: bool, now_us: int, stamp: bool = False) -> int:
        """Let a command wait for its turn; returns its ticket."""
        self._tickets += 1
        self._waiting.append(Pending(self._tickets, command, sealed, now_us, stamp))
        return self._tickets

    def ready(self, questions_only: bool) -> Pending | None:
        """The next command to go out, taken from those that wait; None while one is on the wire."""
        if self.sent is not None:
            return None
        for pending in self._waiting:
            if pending.question or not questions_only:
                self._waiting.remove(pending)
                return pending
        return None

    def put_out(self, pending: Pending, sequence: int, frame: bytes, now_us: int) -> bytes:
        """Note that a command goes out now."""
        pending.sequence, pending.frame = sequence, frame
        pending.tries, pending.sent_us, pending.last_us = 1, now_us, now_us
        pending.due_us = now_us + self._round_trip.wait_us
        self.sent = pending
        return frame

    def repeat(self, now_us: int) -> bytes:
        """The frame again when its answer is overdue and time is left."""
        sent = self.sent
        if sent is None or now_us < sent.due_us or self._is_over(sent):
            return b""
        again_us = self._round_trip.again_us
        if sent.tries == 1:
            self._round_trip.overdue()
        sent.tries, sent.last_us, sent.due_us = sent.tries + 1, now_us, now_us + again_us
        return sent.frame

    @staticmethod
    def _is_over(sent: Pending) -> bool:
        return sent.due_us >= sent.sent_us + GIVE_UP_US

    def given_up(self, now_us: int) -> Pending | None:
        """The command on the wire when its last answer is overdue; it is then no longer on the wire."""
        sent = self.sent
        if sent is None or now_us < sent.due_us or not self._is_over(sent):
            return None
        return self.finish()

    def answered(self, sent: Pending, now_us: int) -> None:
        """The answer to what is on the wire came: it says how long answers take."""
        self.finish()
        if sent.tries == 1:
            self._round_trip.took(now_us - sent.sent_us)
        else:
            self._round_trip.took_again(now_us - sent.last_us)

    def finish(self) -> Pending | None:
        """Take the command off the wire."""
        sent, self.sent = self.sent, None
        return sent

    def take_waiting(self, which: Callable[[Pending], bool]) -> list[Pending]:
        """Remove and return the waiting commands that `which` names."""
        taken = [pending for pending in self._waiting if which(pending)]
        self._waiting = deque(pending for pending in self._waiting if pending not in taken)
        return taken

    def deadlines(self, questions_only: bool) -> list[int]:
        """Times at which something is due, µs."""
        times = [pending.asked_us + WAIT_US for pending in self._waiting]
        if self.sent is not None:
            times.append(self.sent.due_us)
        else:
            times += [p.asked_us for p in self._waiting if p.question or not questions_only]
        return times
