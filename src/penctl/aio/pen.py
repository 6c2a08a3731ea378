"""The acts of a pen on asyncio; each sends and raises what the method of that name of `penctl.Pen` does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from penctl import setpoints, signals
from penctl.aio.stream import Stream
from penctl.aio.visits import AsyncVisits
from penctl.errors import BadProof, DeviceGarbage, LinkLost, PortError, ReferenceFailed, Refused, Unfinished
from penctl.pen import (
    AT_REST,
    OLD_SESSION_S,
    REFERENCE_TIMEOUT_S,
    REST_TIMEOUT_S,
    SESSION_TIMEOUT_S,
    STAGE_TIMEOUT_S,
    STOP_SEEN_TIMEOUT_S,
)
from penctl.pen_core import BUTTON_RETRY_S, SELF_TEST_TIMEOUT_S, mode_named
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Mode, Reason, Role, State
from penctl.protocol.link import Answered, SessionOpened
from penctl.protocol.messages import Message, message_named
from penctl.protocol.pacing import STOP_FRAME
from penctl.protocol.telemetry import TelemetryBlock
from penctl.reconnection import ARMED, EVENTS_S, RETRY_S, AnotherPen
from penctl.refusals import refusal
from penctl.status import ModeRange, Status
from penctl.transport import Transport, open_url

_NOT_YET: Final = (PortError, LinkLost, DeviceGarbage)


class AsyncPen(AsyncVisits):
    """A pen on a port, for asyncio; made by `AsyncPen.open`. Leaves the pen stopped when its block ends.

    Only one program's act at a time changes the pen: acts of several tasks go out one after the other.
    """

    _had_session = False

    @classmethod
    async def open(
        cls, port: str | Transport, key: bytes | None = None, role: str | Role = "clinician", slot: int = 0
    ) -> Self:
        """Open a port, identify the pen and read its limits. Arguments and errors are those of `penctl.Pen`.

        A port without a file descriptor (pensim://, rfc2217://, Windows) is refused with a PenError.
        """
        transport = open_url(port) if isinstance(port, str) else port
        try:
            pen = cls(transport, key, role, slot)
        except BaseException:
            transport.close()
            raise
        try:
            await pen._identify()
            await pen.limits()
            await pen.status()
        except BaseException:
            await pen.close()
            raise
        return pen

    # --- link session ---

    async def open_session(self) -> int:
        """Open a link session, or a new one, begin the heartbeats, and return its number.

        A visit that this program had open is taken up again. Raises what `penctl.Pen.open_session` raises.
        """
        self._take_pairing()
        was_open, self._link.heartbeat_enabled = self._link.session_open, False
        try:
            opened = await self._opened()
        except Refused as refused:
            if not (was_open and refused.reason == Reason.SESSION_IN_USE.name):
                raise
            await asyncio.sleep(OLD_SESSION_S)
            opened = await self._opened()
        self._had_session = self._link.heartbeat_enabled = True
        signals.works_with(self.transport)
        self._work.set()
        await self.watch(
            "The pen did not see the heartbeats of the new link session",
            SESSION_TIMEOUT_S,
            lambda now: Flags.SESSION_ALIVE in now.flags,
        )
        await self._take_up_visit()
        return opened.session_id

    async def listen(self) -> int:
        """Open a link session without heartbeats, to look on, and return its number."""
        self._take_pairing()
        self._link.heartbeat_enabled = False
        return (await self._opened()).session_id

    async def _opened(self) -> SessionOpened:
        self._proof_failed = False
        ending = await self._end(*self._link.open_session(self._now_us()))
        if isinstance(ending, Answered) and ending.refused:
            raise refusal("OPEN_SESSION", ending.reason, ending.answer["value"], ending.answer["limit"])
        if not isinstance(ending, SessionOpened):
            raise BadProof if self._proof_failed else LinkLost("The pen does not answer OPEN_SESSION")
        return ending

    async def reconnect(self, timeout_s: float = 30.0) -> Status:
        """After LinkLost: wait until the same pen is back, and take it up where it is; nothing is armed.

        As `penctl.Pen.reconnect`: a new link session, the visit, the events that were missed; a pen that
        still works is stopped. Opening the port again may hold the event loop up for a moment.
        """
        known, had_session = self.identity, self._had_session
        await self._leave_port()
        self._link.port_changed()
        await self._found_again(self.now_s() + timeout_s)
        if self.identity.serial_number != known.serial_number:
            found, self.identity = self.identity.serial_number, known  # or the next try would take it up
            await self._leave_port()
            raise AnotherPen(found, known.serial_number)
        await self.limits()
        status = await self.status()
        if not had_session:
            return status
        if status.state in ARMED:
            await self.stop()
        try:
            await self.open_session()
        except (Refused, Unfinished) as error:
            if isinstance(error, Refused) and error.reason != Reason.SESSION_IN_USE.name:
                raise
            await asyncio.sleep(OLD_SESSION_S)
            await self.open_session()
        newest = (await self.status()).events_next
        await self.wait(EVENTS_S, lambda: self._ledger.complete(newest), through_trips=True)
        return await self.status()

    async def _found_again(self, end_s: float) -> None:
        while True:
            try:
                self.transport.reopen()
                self._listen_to_port()
                await self._identify()
            except _NOT_YET:
                await self._leave_port()
                if self.now_s() >= end_s:
                    raise
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _leave_port(self) -> None:
        """No longer read the port; it is closed."""
        self._closing = True
        self._work.set()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._lost is None and self.transport.is_open:
            self._loop.remove_reader(self._descriptor)
        self.transport.close()
        self._closing = False

    # --- acts ---

    async def self_test(self) -> Status:
        """Run the self-test, at most 3 s. Raises SelfTestFailed."""
        since = (await self.status()).events_next
        await self.command("SELF_TEST")
        return await self._self_tested(since, SELF_TEST_TIMEOUT_S)

    async def reference(self) -> Status:
        """Let the depth stage find its zero, about a second. Raises ReferenceFailed."""
        since = (await self.status()).events_next
        await self.command("REFERENCE")

        def failed() -> list[Message]:
            return self.inbox.warnings(enums.Warning.REFERENCE_FAILED, since)

        status = await self.watch(
            "The depth stage did not end its reference run",
            REFERENCE_TIMEOUT_S,
            lambda now: Flags.REFERENCED in now.flags or bool(failed()),
        )
        if failed():
            raise ReferenceFailed(failed()[0]["value"], failed()[0]["limit"])
        return status

    async def set_mode(self, mode: str | Mode, *, button_timeout_s: float = 0.0) -> None:
        """Change the mode; for CLINICAL wait `button_timeout_s` for the button at the pen."""
        member, end_s = mode_named(mode), self.now_s() + button_timeout_s
        while True:
            try:
                await self.command("SET_MODE", mode=int(member))
            except Refused as refused:
                if refused.reason != Reason.BUTTON_NOT_PRESSED.name or self.now_s() >= end_s:
                    raise
                await asyncio.sleep(min(BUTTON_RETRY_S, max(0.0, end_s - self.now_s())))
            else:
                self.inbox.mode = member
                return

    async def set_depth_um(self, depth_um: float) -> None:
        """Set the depth in µm. Raises Refused outside the limits; nothing is ever clamped."""
        await self.command("SET_DEPTH", depth_um=setpoints.depth_um(depth_um, self._range()))

    async def set_rate_hz(self, rate_hz: float) -> None:
        """Set the stroke rate in Hz. Raises Refused outside the limits; nothing is ever clamped."""
        await self.command("SET_RATE", rate_mhz=setpoints.rate_mhz(rate_hz, self._range()))

    def _range(self) -> ModeRange:
        if self.mode not in self._ranges:
            raise Refused(Reason.MODE_INVALID, self.mode, layer="host")
        return self._ranges[self.mode]

    async def arm(self) -> Status:
        """STANDBY to READY, and wait until the depth stage is in position. Needs an open visit (NO_VISIT)."""
        await self.command("ARM")
        status = await self.watch(
            "The depth stage did not reach its position",
            STAGE_TIMEOUT_S,
            lambda now: Flags.STAGE_IN_POSITION in now.flags or now.state is not State.READY,
        )
        if status.state is not State.READY:
            raise Unfinished("The pen left READY while its depth stage moved", value=status.state.name)
        return status

    async def start(self) -> None:
        """READY to RUN. Raises Refused HOLD_NOT_PRESSED unless the switch at the pen is held."""
        await self.command("START")

    async def reset(self, interlock: int | None = None) -> None:
        """Release a latched trip; without a number, the one that the status names."""
        number = (await self.status()).tripped if interlock is None else interlock
        if not number:
            raise Refused(Reason.NOT_LATCHED, layer="host")
        await self.command("RESET", interlock=number)

    async def retract(self) -> Status:
        """After a trip: pull in needles that stayed out, and no more. Raises Unfinished."""
        await self.command("REFERENCE")
        return await self.watch(
            "The needles were not retracted",
            REFERENCE_TIMEOUT_S,
            lambda now: Flags.NEEDLES_CLEAR in now.flags,
        )

    # --- STOP ---

    async def stop(self) -> State:
        """Stop, ahead of everything; returns when the pen is at rest. Raises Unfinished, LinkLost."""
        self.stop_now()
        try:
            await asyncio.wait_for(self._stop_seen.wait(), STOP_SEEN_TIMEOUT_S)
        except TimeoutError:
            raise Unfinished("The pen did not confirm the STOP", limit=f"{STOP_SEEN_TIMEOUT_S} s") from None
        return (await self.at_rest()).state

    def stop_now(self) -> None:
        """Send STOP and come back at once; it is repeated until the pen is seen stopping. Raises LinkLost."""
        self._stop_seen.clear()
        self.transport.send_now(self._link.stop(self._now_us()))
        self.inbox.tell_command(message_named("STOP").message(), None)
        self._work.set()

    def send_stop(self) -> None:
        """One STOP from any thread or a signal handler; nothing repeats it. Raises LinkLost."""
        self.transport.send_now(STOP_FRAME)

    async def at_rest(self, timeout_s: float = REST_TIMEOUT_S) -> Status:
        """Wait until the pen is at rest. Raises Unfinished."""
        return await self.watch("The pen did not come to rest", timeout_s, lambda now: now.state in AT_REST)

    # --- streams ---

    def telemetry(self, period_us: int = 1000) -> Stream[TelemetryBlock]:
        """Samples as they come: `async with pen.telemetry(1000) as blocks`, then `async for`.

        The pen sends a sample every `period_us` µs (1000 to 1,000,000) while the block lasts. A program that
        is slow loses the oldest blocks (`missed`); what the pen could not send is in `block.dropped`.
        """
        return self._stream(
            self.inbox.on_telemetry,
            lambda: self.command("SET_TELEMETRY", period_us=period_us),
            lambda: self.command("SET_TELEMETRY", period_us=0),
        )

    def changes(self) -> Stream[Message]:
        """State, trip and warning events as they come; one that was lost is asked for and comes late."""
        return self._stream(self.inbox.on_event)

    def _stream(self, listeners: list[Callable[[Any], None]], *ends: Any) -> Stream[Any]:
        stream: Stream[Any] = Stream(listeners, *ends)
        self._streams = [*(other for other in self._streams if not other.ended), stream]
        return stream

    # --- the end ---

    async def close(self) -> None:
        """Stop the pen if a link session was opened, end the task and close the port."""
        if not self.transport.is_open:
            return
        try:
            if self._had_session and self._lost is None:
                await self.stop()
        finally:
            signals.has_left(self.transport)
            await self._leave_port()

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
