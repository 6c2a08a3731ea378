"""The loop between a port and the sans-IO link: the only place where a host waits.

Every wait is bounded by a time on the port's clock. Heartbeats, repeats and STOP are deadlines of the wait:
they go out while somebody waits and at no other time, so a program that hangs stops the pen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

from penctl.errors import BadProof, LinkLost, PenError, Refused, Unfinished
from penctl.event_ledger import EventLedger
from penctl.native import unframe
from penctl.protocol.enums import Reason
from penctl.protocol.frame import use_compiled
from penctl.protocol.link import (
    Answered,
    Cause,
    HostLink,
    LinkEvent,
    LocalError,
    NotSent,
    Rejected,
    Rejection,
    SessionOpened,
    StateChanged,
    StatusSeen,
    Tripped,
    Uncertain,
    Warned,
)
from penctl.protocol.messages import Message
from penctl.protocol.outcome import Outcome, answer_from, can_be_resolved, outcome, was_overtaken
from penctl.protocol.states import QUESTIONS
from penctl.refusals import refusal
from penctl.transport import Transport

use_compiled(unframe())
Listener = Callable[[LinkEvent], None]
Ending = Answered | SessionOpened | Uncertain | NotSent

QUESTION_TRIES = 3
COMMAND_TIMEOUT_S = 3.0
"""Longest wait for a command to end; the link gives up on its own before."""
FRAME_END = b"\0"
"""Ends a frame that an earlier host, or a cut cable, left half sent in the pen's buffer."""
_ASK_AGAIN = "Nothing moved by it: ask again, in a new link session if the old one is gone"
GATHER_S = 0.005
"""While no answer is awaited, bytes may lie so long: telemetry then wakes the host half as often. An event of
the pen is told so much later; nothing that the pen does waits for it."""
HEARD_S = 0.1
"""A pen that was understood so recently is not called silent."""
LEAST_WAIT_S = 1e-4
"""One tick: a wait never asks for less, so a deadline that is overdue cannot spin."""


class Connection:
    """A HostLink on a Transport.

    `heard_s` is the port's time when the pen was last understood; `bytes_in` counts everything that came.
    """

    def __init__(self, transport: Transport, link: HostLink) -> None:
        self.transport = transport
        self.link = link
        self.listeners: list[Listener] = []
        self.on_wait: list[Callable[[], None]] = []
        """Called again and again while somebody waits, also when nothing comes from the pen."""
        self.heard_s: float | None = None
        self.bytes_in = 0
        self.proof_failed = False
        self.screen: Callable[[], int | None] | None = None
        """Counter of the operator's screen; None while it stands still, and then no heartbeat goes out."""
        self.beats = False
        """Whether heartbeats go out while somebody waits."""
        self.ledger = EventLedger()
        self._events_ticket: int | None = None
        self._endings: dict[int, Ending] = {}

    def now_s(self) -> float:
        """The port's clock."""
        return self.transport.now_s()

    def now_us(self) -> int:
        """The port's clock in whole µs, as the link wants it."""
        return round(self.transport.now_s() * 1e6)

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Let time pass until `until()` holds or `seconds` are over; True when it holds.

        Raises:
            LinkLost: the port is gone. PenError: `seconds` is no finite time.
        """
        end_s = self.now_s() + self.checked_time(seconds)
        while True:
            self._send_due()
            if until():
                return True
            now_s = self.now_s()
            if end_s - now_s <= 0.0:
                return False
            self._receive(min(end_s - now_s, self._until_deadline_s(round(now_s * 1e6))))

    @staticmethod
    def checked_time(seconds: object) -> float:
        """A time to wait, s. Raises PenError when it is no finite number, or below 0."""
        is_number = isinstance(seconds, Real) and not isinstance(seconds, bool)
        if not (is_number and math.isfinite(seconds) and seconds >= 0.0):  # type: ignore[arg-type,operator]
            shown = seconds if is_number else repr(seconds)
            raise PenError("This is no time to wait", shown, "0 s or more", "Give a finite time in s")
        return float(seconds)  # type: ignore[arg-type]

    def _send_due(self) -> None:
        self._show_liveness()
        for on_wait in self.on_wait:
            on_wait()
        now_us = self.now_us()
        data = self.link.poll(now_us) + self._ask_for_events(now_us)
        if data:
            self.transport.write(data)
        self._deliver(self.link.take_events())

    def _ask_for_events(self, now_us: int) -> bytes:
        """Events that the pen has raised and that did not arrive are asked for once more."""
        if not self.link.session_open or self.link.outstanding:
            return b""
        wanted = self.ledger.wanted(now_us)
        if wanted is None:
            return b""
        first, count = wanted
        data, self._events_ticket = self.link.command("GET_EVENTS", now_us, first=first, count=count)
        return data

    def _show_liveness(self) -> None:
        """A script is alive while it waits; a screen only while its own counter runs."""
        count = self.link.liveness + 1 if self.screen is None else self.screen()
        self.link.heartbeat_enabled = self.beats and count is not None
        self.link.liveness = (count or 0) & 0xFFFFFFFF

    def _until_deadline_s(self, now_us: int) -> float:
        deadline_us = self.link.next_deadline_us()
        if deadline_us is None:
            return float("inf")
        return max(LEAST_WAIT_S, (deadline_us - now_us) * 1e-6)

    def _receive(self, timeout_s: float) -> None:
        gather_s = GATHER_S if self.link.quiet else 0.0
        data = self.transport.read(timeout_s=max(LEAST_WAIT_S, timeout_s), gather_s=gather_s)
        if data:
            self.bytes_in += len(data)
            self._deliver(self.link.receive(data, self.now_us()))

    def _deliver(self, events: list[LinkEvent]) -> None:
        for event in events:
            if isinstance(event, (StateChanged, Tripped, Warned)) and not self.ledger.take(
                event.message["number"]
            ):
                continue
            self._note_status(event)
            if isinstance(event, Rejected):
                self.proof_failed |= event.cause is Rejection.PROOF
            elif not isinstance(event, (Uncertain, NotSent)):
                self.heard_s = self.now_s()
            if isinstance(event, (Answered, SessionOpened, Uncertain, NotSent)):
                if event.ticket == self._events_ticket:  # nobody waits for it
                    answer = event if isinstance(event, Answered) else None
                    self.ledger.answered(taken=None if answer is None else not answer.refused)
                    continue
                self._endings[event.ticket] = event
            for listener in self.listeners:
                listener(event)

    def _note_status(self, event: LinkEvent) -> None:
        if isinstance(event, StatusSeen):
            status = event.message
        elif isinstance(event, Answered) and event.answer.name == "STATUS":
            status = event.answer
        else:
            return
        self.ledger.told(status["boot"], status["device_time_us"], status["events_next"], self.now_us())

    def ask(self, name: str, **fields: object) -> Message:
        """Send a command and return its answer; ARM and START quote the device's time by themselves.

        Raises:
            Refused: the device refused it, or a field does not fit.
            Unfinished: it did not act (`acted` is False), or nobody knows (None): the status was asked for.
            LinkLost: the pen does not answer, or the port is gone.
        """
        ending = self._ended(name, fields)
        if isinstance(ending, Uncertain) and can_be_resolved(ending, self.link.session_id):
            return self._resolve(ending)
        if not isinstance(ending, Answered):
            raise self._unfinished(ending, name)
        if ending.refused:
            raise refusal(name, ending.reason, ending.answer["value"], ending.answer["limit"])
        return ending.answer

    def _resolve(self, uncertain: Uncertain) -> Message:
        """Ask for the status, which tells what became of a command whose answer did not come.

        Returns the answer as far as the status tells it, when the command acted.

        Raises:
            Refused: the pen refused it. Unfinished: it did not act, or nobody knows. LinkLost: no answer.
        """
        name = uncertain.command.name
        ending = self._ended("GET_STATUS", {})
        if not (isinstance(ending, Answered) and ending.answer.name == "STATUS"):
            raise self._unfinished(uncertain, name)
        told = outcome(uncertain, ending.answer)
        if told is Outcome.ACTED:
            return answer_from(uncertain, ending.answer)
        if told is Outcome.REFUSED:
            raise refusal(name, ending.answer["last_reason"], None, None)
        error = Unfinished(
            f"{name} did not reach the pen and did not act",
            value=uncertain.cause.value,
            remedy="Check the cable and send it again",
        )
        error.acted = False
        raise error

    def _ended(self, name: str, fields: dict[str, object]) -> Ending | None:
        """How a command ended; a question that a heartbeat overtook on a bad line is asked anew."""
        ending = None
        for _ in range(QUESTION_TRIES):
            ending = self._finish(*self._begin(name, fields))
            if not (isinstance(ending, Uncertain) and was_overtaken(ending)):
                break
        return ending

    def _begin(self, name: str, fields: dict[str, object]) -> tuple[bytes, int]:
        try:
            return self.link.command(name, self.now_us(), **fields)
        except LocalError as error:
            reason = Reason.MALFORMED if self.link.session_open else Reason.NO_SESSION
            raise Refused(reason, layer="host") from error

    def identify(self, give_up: Callable[[], bool]) -> Message | None:
        """The answer to IDENTIFY, or None when none came or `give_up()` held first."""
        self.transport.write(FRAME_END)
        data, ticket = self.link.command("IDENTIFY", self.now_us())
        ending = self._finish(data, ticket, give_up)
        return ending.answer if isinstance(ending, Answered) and not ending.refused else None

    def open_session(self) -> SessionOpened:
        """Open a link session; the errors are those of `ask`."""
        self.proof_failed = False
        self.transport.write(FRAME_END)
        ending = self._finish(*self.link.open_session(self.now_us()))
        if isinstance(ending, SessionOpened):
            return ending
        if self.proof_failed:
            raise BadProof
        if isinstance(ending, Answered) and ending.refused:
            raise refusal("OPEN_SESSION", ending.reason, ending.answer["value"], ending.answer["limit"])
        raise self._unfinished(ending, "OPEN_SESSION")

    def _finish(self, data: bytes, ticket: int, give_up: Callable[[], bool] | None = None) -> Ending | None:
        if data:
            self.transport.write(data)
        self.wait(COMMAND_TIMEOUT_S, lambda: ticket in self._endings or (give_up is not None and give_up()))
        return self._endings.pop(ticket, None)

    def _unfinished(self, ending: Ending | None, name: str) -> Unfinished | LinkLost:
        if isinstance(ending, NotSent):
            unsent = Unfinished(f"{name} was not sent", value=ending.cause.value)
            unsent.acted = False
            return unsent
        if ending is None or (isinstance(ending, Uncertain) and ending.cause is Cause.NO_ANSWER):
            return LinkLost(f"The pen does not answer {name}", value=self._silence())
        cause = "an answer of another kind"
        if isinstance(ending, Uncertain):
            cause = ending.cause.value + (f", {ending.reason.name}" if ending.reason is not None else "")
        if name in QUESTIONS:
            asked = Unfinished(f"{name} has no answer", value=cause, remedy=_ASK_AGAIN)
            asked.acted = False
            return asked
        return Unfinished(f"The outcome of {name} is not known", value=cause)

    def _silence(self) -> str:
        silent_s = self.silent_s()
        return (
            f"silent for {round(silent_s, 2):g} s"
            if silent_s >= HEARD_S
            else "although other frames of it arrive"
        )

    def silent_s(self) -> float:
        """Seconds since the pen was last understood; 0 when it never was."""
        return 0.0 if self.heard_s is None else self.now_s() - self.heard_s
