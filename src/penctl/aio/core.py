"""Port, link and time of a pen on asyncio: what `penctl.connection` is for programs that wait."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any, Final

from penctl.connection import FRAME_END, QUESTION_TRIES, Connection
from penctl.errors import LinkLost, PenError, Refused, Unfinished
from penctl.event_ledger import EventLedger
from penctl.hardware import limits_hash, load_limits
from penctl.inbox import Inbox
from penctl.key_store import KeyStore, NotPaired, simulated_pairing
from penctl.keys import PROVISIONING_KEY
from penctl.opening import compare
from penctl.pen_core import SIMULATED_SERIAL, WaitEnd, role_named
from penctl.protocol.enums import Mode, Reason, Role
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
    StateChanged,
    StatusSeen,
    StopSeen,
    Tripped,
    Uncertain,
    Warned,
)
from penctl.protocol.messages import Message
from penctl.protocol.outcome import Outcome, answer_from, can_be_resolved, outcome, was_overtaken
from penctl.refusals import refusal
from penctl.status import Identity, ModeRange, Status, Trip, mode_ranges
from penctl.transport import Transport

IDLE_S: Final = 0.05
COMMAND_TIMEOUT_S: Final = 3.0
Ending = Answered | SessionOpened | Uncertain | NotSent


class AsyncCore:
    """A pen that can be asked and waited for; `penctl.aio.AsyncPen` has the acts."""

    def __init__(
        self, transport: Transport, key: bytes | None = None, role: str | Role = "clinician", slot: int = 0
    ) -> None:
        """Raises PenError: the port cannot be waited for, or there is no such role."""
        self.role = role if isinstance(role, Role) else role_named(role)
        self.transport = transport
        self._key_given = key is not None
        self._link = HostLink(
            key or PROVISIONING_KEY,
            int(self.role),
            secrets.token_bytes,
            slot=slot,
            limits_hash=limits_hash(load_limits())[:8],
        )
        self._ledger = EventLedger()
        self.inbox = Inbox(self._ledger)
        self.on_wait: list[Callable[[], None]] = []
        """Called again and again while the event loop runs, also when nothing comes from the pen."""
        self._waiting: dict[int, asyncio.Future[Ending]] = {}
        self._events_ticket: int | None = None
        self._stop_seen, self._work, self._heard = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._streams: list[Any] = []
        self._lost: LinkLost | None = None
        self._proof_failed = self._closing = False
        self._heard_s: float | None = None
        self._ranges: dict[Mode, ModeRange] = {}
        self._loop = asyncio.get_running_loop()
        self.identity: Identity
        self._listen_to_port()

    def _listen_to_port(self) -> None:
        """Let the event loop read the port and keep the link's time."""
        descriptor = self.transport.descriptor()
        if descriptor is None:
            raise PenError(
                "This port cannot be waited for by asyncio",
                self.transport.url,
                remedy="Use penctl.Pen for it",
            )
        self._descriptor, self._lost = descriptor, None
        self._loop.add_reader(descriptor, self._readable)
        self._task = self._loop.create_task(self._keep_time())

    async def _identify(self) -> None:
        """Who is there, and whether it belongs to this program. Raises what opening a `penctl.Pen` raises."""
        self.transport.write(FRAME_END)
        self.identity = Identity.of(await self.command("IDENTIFY"))
        compare(self.identity)

    # --- what the pen says ---

    @property
    def simulated(self) -> bool:
        """Whether this is a simulated pen, by its serial number."""
        return self.identity.serial_number.startswith(SIMULATED_SERIAL)

    @property
    def link_quality(self) -> LinkQuality:
        """Round trip, repeats, damage, missed heartbeats; good, poor or lost."""
        return self._link.quality(self._now_us())

    @property
    def known_limits(self) -> dict[Mode, ModeRange]:
        """The limits as last read from the device."""
        return dict(self._ranges)

    @property
    def mode(self) -> Mode:
        """The mode as last heard."""
        return self.inbox.mode

    @property
    def trips(self) -> list[Trip]:
        """Every trip since the opening, oldest first."""
        return self.inbox.trips

    @property
    def events(self) -> list[Message]:
        """State, trip and warning events since the opening (the last 10,000)."""
        return list(self.inbox.events)

    @property
    def session_open(self) -> bool:
        """Whether a link session is open, as far as the pen has not denied it."""
        return self._link.session_open

    @property
    def lost(self) -> LinkLost | None:
        """Why the port is gone; None while it is there."""
        return self._lost

    def silent_s(self) -> float:
        """Seconds since the pen was last understood; 0 when it never was."""
        return 0.0 if self._heard_s is None else self.now_s() - self._heard_s

    def now_s(self) -> float:
        """The port's clock, s."""
        return self.transport.now_s()

    def _now_us(self) -> int:
        return round(self.now_s() * 1e6)

    # --- bytes ---

    def _readable(self) -> None:
        try:
            self._take(self._link.receive(self.transport.read(), self._now_us()))
        except LinkLost as error:
            self._fail(error)

    def _take(self, events: list[LinkEvent]) -> None:
        for event in events:
            if isinstance(event, (StateChanged, Tripped, Warned)) and not self._ledger.take(
                event.message["number"]
            ):
                continue
            self._note(event)
            if isinstance(event, (Answered, SessionOpened, Uncertain, NotSent)) and self._ended(event):
                continue
            self.inbox.take(event)
        self._work.set()
        self._heard.set()

    def _note(self, event: LinkEvent) -> None:
        """When it was heard, which events there are, whether STOP was seen."""
        if isinstance(event, Rejected):
            self._proof_failed |= event.cause is Rejection.PROOF
        elif not isinstance(event, (Uncertain, NotSent)):
            self._heard_s = self.now_s()
        if isinstance(event, StopSeen):
            self._stop_seen.set()
        status = event.message if isinstance(event, StatusSeen) else None
        if isinstance(event, Answered) and event.answer.name == "STATUS":
            status = event.answer
        if status is not None:
            told = (status["boot"], status["device_time_us"], status["events_next"])
            self._ledger.told(*told, self._now_us())

    def _ended(self, ending: Ending) -> bool:
        """Give an ending to who waits for it; True when nobody does, because the link asked by itself."""
        if ending.ticket == self._events_ticket:
            self._ledger.answered(taken=isinstance(ending, Answered) and not ending.refused)
            return True
        future = self._waiting.pop(ending.ticket, None)
        if future is not None and not future.done():
            future.set_result(ending)
        return False

    def _fail(self, error: LinkLost) -> None:
        if self._lost is not None:
            return
        self._lost = error
        self._loop.remove_reader(self._descriptor)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()
        for stream in self._streams:
            stream.fail(error)
        self._work.set()
        self._heard.set()

    # --- time ---

    async def _keep_time(self) -> None:
        """Send what is due, when it is due."""
        while self._lost is None and not self._closing:
            self._work.clear()
            self._link.liveness += 1
            for on_wait in self.on_wait:
                on_wait()
            try:
                data = self._link.poll(self._now_us()) + self._ask_for_events()
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

    def _ask_for_events(self) -> bytes:
        """Events that the pen has raised and that did not arrive are asked for once more."""
        if not self._link.session_open or self._link.outstanding:
            return b""
        wanted = self._ledger.wanted(self._now_us())
        if wanted is None:
            return b""
        data, self._events_ticket = self._link.command(
            "GET_EVENTS", self._now_us(), first=wanted[0], count=wanted[1]
        )
        return data

    async def wait(
        self, seconds: float, until: Callable[[], bool] | None = None, *, through_trips: bool = False
    ) -> WaitEnd:
        """Let `seconds` pass; come back early when `until()` holds or, by default, at a trip.

        Raises:
            LinkLost: the port is gone. PenError: `seconds` is no finite time.
        """
        end_s = self.now_s() + Connection.checked_time(seconds)
        trips = len(self.trips)
        while True:
            self._heard.clear()
            if self._lost is not None:
                raise self._lost
            if not through_trips and len(self.trips) > trips:
                return WaitEnd.TRIPPED
            if until is not None and until():
                return WaitEnd.UNTIL
            left_s = end_s - self.now_s()
            if left_s <= 0.0:
                return WaitEnd.ELAPSED
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), min(IDLE_S, left_s))

    async def watch(self, what: str, seconds: float, done: Callable[[Status], bool]) -> Status:
        """Ask for the status every 10 ms until `done`. Raises Unfinished after `seconds`."""
        end_s = self.now_s() + seconds
        while not done(status := await self.status()):
            if self.now_s() >= end_s:
                raise Unfinished(what, value=status.state.name, limit=f"{seconds:g} s")
            await asyncio.sleep(0.01)
        return status

    # --- asking ---

    async def status(self) -> Status:
        """State, setpoints, measured values, latched trip; needs no link session."""
        return self.inbox.see(await self.command("GET_STATUS"))

    async def limits(self) -> dict[Mode, ModeRange]:
        """The limits that the device holds, for each mode; needs no link session."""
        self._ranges = mode_ranges(await self.command("GET_LIMITS"))
        return self.known_limits

    async def command(self, name: str, **fields: object) -> Message:
        """Send a command and return its answer; an outcome that was lost is resolved by the status.

        Raises:
            Refused: the pen refused it, or a field does not fit. LinkLost: no answer, or the port is gone.
            Unfinished: it did not act (`acted` is False), or nobody knows (None).
        """
        for _ in range(QUESTION_TRIES):
            try:
                sent = self._link.command(name, self._now_us(), **fields)
            except LocalError as error:
                reason = Reason.MALFORMED if self._link.session_open else Reason.NO_SESSION
                raise Refused(reason, layer="host") from error
            ending = await self._end(*sent)
            if not (isinstance(ending, Uncertain) and was_overtaken(ending)):
                break
        if isinstance(ending, Uncertain) and can_be_resolved(ending, self._link.session_id):
            return await self._resolve(ending)
        if isinstance(ending, Answered):
            if ending.refused:
                raise refusal(name, ending.reason, ending.answer["value"], ending.answer["limit"])
            return ending.answer
        if isinstance(ending, NotSent):
            unsent = Unfinished(f"{name} was not sent", value=ending.cause.value)
            unsent.acted = False
            raise unsent
        raise LinkLost(f"The pen does not answer {name}")

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

    def _take_pairing(self) -> None:
        """Let the link use the key of this pen, unless the caller gave one. Raises NotPaired."""
        if self._key_given:
            return
        serial = self.identity.serial_number
        found = simulated_pairing(serial, self.role) if self.simulated else KeyStore().find(serial, self.role)
        if found is None:
            raise NotPaired(serial, self.role)
        self._link.use_pairing(found.key, found.slot)
