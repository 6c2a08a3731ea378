"""A pen for programs on asyncio: the same sans-IO link, no threads.

    async with await AsyncPen.open("/dev/ttyACM0", key=key) as pen:
        await pen.open_session()
        await pen.command("SET_DEPTH", depth_um=1000)

A port that has a file descriptor (POSIX serial ports and pty, socket://) is waited for by the event loop.
Heartbeats, repeats and STOP are a task of that loop: a program that blocks it stops the pen.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from types import TracebackType
from typing import Final, Self

from penctl import signals
from penctl.connection import FRAME_END
from penctl.errors import BadProof, LinkLost, PenError, Refused, Unfinished
from penctl.hardware import limits_hash, load_limits
from penctl.opening import compare
from penctl.pen_core import role_named
from penctl.protocol.enums import Reason, State
from penctl.protocol.link import (
    Answered,
    HostLink,
    LinkEvent,
    LinkQuality,
    LocalError,
    NotSent,
    Rejected,
    Rejection,
    SessionOpened,
    StopSeen,
    Uncertain,
)
from penctl.protocol.messages import Message
from penctl.protocol.outcome import Outcome, answer_from, can_be_resolved, outcome
from penctl.refusals import refusal
from penctl.status import Identity, Status
from penctl.transport import Transport, open_url

IDLE_S: Final = 0.05
COMMAND_TIMEOUT_S: Final = 3.0
STOP_SEEN_TIMEOUT_S: Final = 0.5
Ending = Answered | SessionOpened | Uncertain | NotSent


class AsyncPen:
    """A pen on a port, for asyncio; made by `AsyncPen.open`. Leaves the pen stopped when its block ends."""

    def __init__(self, transport: Transport, key: bytes, role: str = "clinician", slot: int = 0) -> None:
        """Raises PenError: the port cannot be waited for, or there is no such role."""
        descriptor = transport.descriptor()
        if descriptor is None:
            raise PenError(
                "This port cannot be waited for by asyncio", transport.url, remedy="Use penctl.Pen for it"
            )
        self.transport = transport
        self._descriptor = descriptor
        self._link = HostLink(
            key,
            int(role_named(role)),
            secrets.token_bytes,
            slot=slot,
            limits_hash=limits_hash(load_limits())[:8],
        )
        self._waiting: dict[int, asyncio.Future[Ending]] = {}
        self._stop_seen = asyncio.Event()
        self._work = asyncio.Event()
        self._lost: LinkLost | None = None
        self._proof_failed = False
        self._had_session = self._closing = False
        self.events: asyncio.Queue[LinkEvent] = asyncio.Queue(maxsize=10_000)
        """Everything that the link tells; the oldest is dropped when nobody takes it."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._readable)
        self._task = self._loop.create_task(self._keep_time())
        self.identity: Identity

    @classmethod
    async def open(cls, port: str, key: bytes, role: str = "clinician", slot: int = 0) -> Self:
        """Open a port and identify the pen. Raises what opening a `penctl.Pen` raises."""
        pen = cls(open_url(port), key, role, slot)
        try:
            pen.transport.write(FRAME_END)
            pen.identity = Identity.of(await pen.command("IDENTIFY"))
            compare(pen.identity)
        except BaseException:
            await pen.close()
            raise
        return pen

    @property
    def link_quality(self) -> LinkQuality:
        """Round trip, repeats, damage, missed heartbeats; good, poor or lost."""
        return self._link.quality(self._now_us())

    def _now_us(self) -> int:
        return round(self.transport.now_s() * 1e6)

    def _readable(self) -> None:
        try:
            self._take(self._link.receive(self.transport.read(), self._now_us()))
        except LinkLost as error:
            self._fail(error)

    def _take(self, events: list[LinkEvent]) -> None:
        for event in events:
            if isinstance(event, (Answered, SessionOpened, Uncertain, NotSent)):
                future = self._waiting.pop(event.ticket, None)
                if future is not None and not future.done():
                    future.set_result(event)
            elif isinstance(event, StopSeen):
                self._stop_seen.set()
            elif isinstance(event, Rejected):
                self._proof_failed |= event.cause is Rejection.PROOF
            if self.events.full():
                self.events.get_nowait()
            self.events.put_nowait(event)
        self._work.set()

    def _fail(self, error: LinkLost) -> None:
        self._lost = self._lost or error
        self._loop.remove_reader(self._descriptor)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()
        self._work.set()

    async def _keep_time(self) -> None:
        """Send what is due, when it is due."""
        while self._lost is None and not self._closing:
            self._work.clear()
            self._link.liveness += 1
            try:
                data = self._link.poll(self._now_us())
                if data:
                    self.transport.write(data)
            except LinkLost as error:
                self._fail(error)
                return
            self._take(self._link.take_events())
            self._work.clear()
            due_us = self._link.next_deadline_us()
            left_s = IDLE_S if due_us is None else max(0.0, (due_us - self._now_us()) * 1e-6)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), min(IDLE_S, left_s))

    async def _end(self, data: bytes, ticket: int) -> Ending | None:
        future: asyncio.Future[Ending] = self._loop.create_future()
        self._waiting[ticket] = future
        if self._lost is not None:
            raise self._lost
        self.transport.write(data)
        self._work.set()
        try:
            return await asyncio.wait_for(future, COMMAND_TIMEOUT_S)
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(ticket, None)

    async def command(self, name: str, **fields: object) -> Message:
        """Send a command and return its answer; an outcome that was lost is resolved by the status.

        Raises:
            Refused: the pen refused it, or a field does not fit. LinkLost: no answer, or the port is gone.
            Unfinished: it did not act (`acted` is False), or nobody knows (None).
        """
        try:
            data, ticket = self._link.command(name, self._now_us(), **fields)
        except LocalError as error:
            reason = Reason.MALFORMED if self._link.session_open else Reason.NO_SESSION
            raise Refused(reason, layer="host") from error
        ending = await self._end(data, ticket)
        if isinstance(ending, Uncertain) and can_be_resolved(ending, self._link.session_id):
            return await self._resolve(ending)
        if isinstance(ending, Answered):
            if ending.refused:
                raise refusal(name, ending.reason, ending.answer["value"], ending.answer["limit"])
            return ending.answer
        if isinstance(ending, NotSent):
            error_ = Unfinished(f"{name} was not sent", value=ending.cause.value)
            error_.acted = False
            raise error_
        raise LinkLost(f"The pen does not answer {name}")

    async def _resolve(self, uncertain: Uncertain) -> Message:
        status = await self.command("GET_STATUS")
        told, name = outcome(uncertain, status), uncertain.command.name
        if told is Outcome.ACTED:
            return answer_from(uncertain, status)
        if told is Outcome.REFUSED:
            raise refusal(name, status["last_reason"], None, None)
        error = Unfinished(f"{name} did not reach the pen and did not act", value=uncertain.cause.value)
        error.acted = False
        raise error

    async def open_session(self) -> int:
        """Open a link session, begin the heartbeats, and return its number.

        Raises:
            Refused, BadProof, LinkLost: as `penctl.Pen.open_session`.
        """
        self._proof_failed = False
        ending = await self._end(*self._link.open_session(self._now_us()))
        if isinstance(ending, Answered) and ending.refused:
            raise refusal("OPEN_SESSION", ending.reason, ending.answer["value"], ending.answer["limit"])
        if not isinstance(ending, SessionOpened):
            raise BadProof if self._proof_failed else LinkLost("The pen does not answer OPEN_SESSION")
        self._had_session = self._link.heartbeat_enabled = True
        signals.works_with(self.transport)
        self._work.set()
        return ending.session_id

    async def status(self) -> Status:
        """State, setpoints, measured values, latched trip."""
        return Status.of(await self.command("GET_STATUS"))

    async def stop(self) -> None:
        """Stop, ahead of everything; returns when the pen is seen stopping. Raises Unfinished, LinkLost."""
        self._stop_seen.clear()
        self.transport.send_now(self._link.stop(self._now_us()))
        self._work.set()
        try:
            await asyncio.wait_for(self._stop_seen.wait(), STOP_SEEN_TIMEOUT_S)
        except TimeoutError:
            raise Unfinished("The pen did not confirm the STOP", limit=f"{STOP_SEEN_TIMEOUT_S} s") from None

    async def at_rest(self, timeout_s: float = 0.5) -> Status:
        """Wait until neither RUN nor STOPPING is left. Raises Unfinished."""
        end_s = self.transport.now_s() + timeout_s
        while (status := await self.status()).state in (State.RUN, State.STOPPING):
            if self.transport.now_s() >= end_s:
                raise Unfinished("The pen did not come to rest", value=status.state.name)
            await asyncio.sleep(0.01)
        return status

    async def close(self) -> None:
        """Stop the pen if a link session was opened, end the task and close the port."""
        if not self.transport.is_open:
            return
        try:
            if self._had_session and self._lost is None:
                await self.stop()
        finally:
            self._closing = True
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            if self._lost is None:
                self._loop.remove_reader(self._descriptor)
            signals.has_left(self.transport)
            self.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.close()
            return
        with contextlib.suppress(Exception):  # the first error is the one to tell
            await self.close()
