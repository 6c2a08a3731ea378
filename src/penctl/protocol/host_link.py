"""The host's end of the link, sans-IO: calls give bytes to write, `receive` turns bytes read into events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from penctl.protocol import events as ev
from penctl.protocol.commands import WAIT_US, Commands, Pending
from penctl.protocol.enums import Reason, State
from penctl.protocol.frame import Deframer, Frame, encode_body, header
from penctl.protocol.host_session import HostSession, Replayed
from penctl.protocol.messages import (
    BY_NUMBER,
    GET_STATUS,
    HEARTBEAT,
    PROTOCOL_VERSION,
    Message,
    MessageType,
    message_named,
)
from penctl.protocol.pacing import Heartbeats, Stopping
from penctl.protocol.quality import LinkQuality, QualityMeter
from penctl.protocol.round_trip import RoundTrip
from penctl.protocol.schema import ValueRefused
from penctl.protocol.session import SealBroken
from penctl.protocol.states import ANSWERS, Trigger
from penctl.protocol.telemetry import decode_telemetry

_OWN_VERBS = {"STOP": "stop()", "OPEN_SESSION": "open_session()", "HEARTBEAT": "heartbeat_enabled and poll()"}
_STAMPED = frozenset({"ARM", "START"})
_SESSION_GONE = frozenset({Reason.NO_SESSION, Reason.BAD_MAC, Reason.SESSION_IN_USE, Reason.NOT_PAIRED})
_UNSEALED_REFUSALS = _SESSION_GONE | {
    Reason.STALE_COUNTER,
    Reason.VERSION,
    Reason.MALFORMED,
    Reason.UNKNOWN_COMMAND,
}
_EVENTS: dict[str, type[ev.StateChanged] | type[ev.Tripped] | type[ev.Warned]] = {
    "EVENT_STATE": ev.StateChanged,
    "EVENT_TRIP": ev.Tripped,
    "EVENT_WARNING": ev.Warned,
}


class LocalError(ValueError):
    """The caller asked for something that the link cannot send now; nothing was sent."""


class HostLink:
    """Commands out, events in. Times are microseconds of one clock of the caller that never goes back.

    `key` is the 32-byte pairing key in the pen's `slot`, `role` a number of `Role`, `nonce(n)` gives n fresh
    random bytes, `limits_hash` is the first 8 bytes of the hash of this program's table of hard limits.
    """

    def __init__(
        self,
        key: bytes,
        role: int,
        nonce: Callable[[int], bytes],
        *,
        slot: int = 0,
        limits_hash: bytes = bytes(8),
    ) -> None:
        self._session = HostSession(key, role, nonce, slot=slot, limits_hash=limits_hash)
        self._deframer = Deframer()
        self._round_trip = RoundTrip()
        self._meter = QualityMeter(self._round_trip)
        self._commands = Commands(self._round_trip)
        self._heartbeats = Heartbeats()
        self._stopping = Stopping()
        self._events: list[ev.LinkEvent] = []
        self._sequence = 0
        self._beat_sequences: deque[int] = deque(maxlen=16)
        self._event_next: int | None = None
        self._clock: tuple[int, int] | None = None
        self._session_ticket = 0
        self.heartbeat_enabled = False
        """Whether `poll` sends heartbeats while a link session is open."""
        self.liveness = 0
        """Counter of the operator's screen, sent in each heartbeat; the caller counts it up."""

    def use_pairing(self, key: bytes, slot: int) -> None:
        """Take another pairing for the link sessions to come. Raises ValueError."""
        self._session.use(key, slot)

    # what the caller may ask

    @property
    def session_open(self) -> bool:
        """Whether a link session is open."""
        return self._session.open

    @property
    def session_id(self) -> int | None:
        """Number of the open link session."""
        return self._session.session_id

    @property
    def stopping(self) -> bool:
        """Whether STOP is being repeated because the device was not yet seen stopping."""
        return self._stopping.active

    @property
    def outstanding(self) -> bool:
        """Whether a command has no answer yet."""
        return len(self._commands) > 0

    @property
    def quiet(self) -> bool:
        """Whether no answer is awaited: to no command, no heartbeat and no STOP."""
        return not (self.outstanding or self.stopping or self._meter.waiting)

    @property
    def frames_bad(self) -> int:
        """Frames dropped by CRC, COBS or length since the start."""
        return self._deframer.bad

    def quality(self, now_us: int) -> LinkQuality:
        """Round trip, repeats, damage, missed heartbeats, and whether that is good, poor or lost."""
        return self._meter.quality(now_us)

    def device_time_us(self, now_us: int) -> int | None:
        """Device time as far as known: it lags by the way of the last answer. None before one came."""
        return self._clock[0] + now_us - self._clock[1] if self._clock else None

    def next_deadline_us(self) -> int | None:
        """When `poll` has something to do, by the caller's clock; None when only bytes can cause it."""
        times = self._commands.deadlines(self._stopping.active)
        if self._stopping.next_us is not None:
            times.append(self._stopping.next_us)
        if self.heartbeat_enabled and self.session_open:
            times.append(self._heartbeats.deadline_us(self._holds_heartbeat))
        return min(times, default=None)

    # bytes out

    def open_session(self, now_us: int) -> tuple[bytes, int]:
        """Open a link session, or a new one; ends as SessionOpened, Answered (refused) or Uncertain."""
        if not self._session.can(Trigger.ASKED):
            raise LocalError("a link session is being opened already")
        self._session_ticket = self._commands.add(self._session.begin(), sealed=False, now_us=now_us)
        return self.poll(now_us), self._session_ticket

    def command(self, command: str | Message, now_us: int, **fields: object) -> tuple[bytes, int]:
        """Send a command by name and fields, or a finished message.

        Returns bytes to write (none when it has to wait for its turn) and the ticket of the event that ends
        it. ARM and START quote the device's time of the moment when they go out, unless it is given.
        Raises LocalError; nothing is sent then.
        """
        message, stamp = self._message(command, now_us, dict(fields))
        sealed = not message.type.open or (message.type is GET_STATUS and self.session_open)
        if sealed and not self.session_open:
            raise LocalError(f"{message.name} needs a link session")
        if self._commands.full:
            raise LocalError(f"{len(self._commands)} commands have no answer yet")
        ticket = self._commands.add(message, sealed=sealed, now_us=now_us, stamp=stamp)
        return self.poll(now_us), ticket

    def _message(
        self, command: str | Message, now_us: int, fields: dict[str, object]
    ) -> tuple[Message, bool]:
        if isinstance(command, Message):
            if fields:
                raise LocalError("a finished message takes no fields")
            message, stamp = command, False
        else:
            stamp = command in _STAMPED and "device_time_us" not in fields
            if stamp:
                fields["device_time_us"] = self.device_time_us(now_us)
            try:
                message = message_named(command).message(**fields)
            except ValueRefused as error:
                raise LocalError(str(error)) from error
        if message.name in _OWN_VERBS:
            raise LocalError(f"{message.name} is sent by {_OWN_VERBS[message.name]}")
        if not message.type.to_device:
            raise LocalError(f"{message.name} is sent by devices only")
        return message, stamp

    def stop(self, now_us: int) -> bytes:
        """STOP at once; `poll` repeats it each millisecond until it is seen.

        Commands that would change something end: waiting ones as NotSent, the one on the wire as Uncertain.
        """
        for pending in self._commands.take_waiting(lambda waiting: not waiting.question):
            self._events.append(ev.NotSent(pending.ticket, pending.command, ev.Cause.STOPPED))
        if self._commands.sent is not None and not self._commands.sent.question:
            self._end_uncertain(ev.Cause.STOPPED)
        return self._stopping.start(now_us, self._sequence)

    def poll(self, now_us: int) -> bytes:
        """All that is due: STOP, repeats, first sends of waiting commands, a heartbeat."""
        data = self._stopping.poll(now_us)
        if self.outstanding:
            data += self._repeat(now_us)
            self._give_up(now_us)
            data += self._send_waiting(now_us)
        return data + self._heartbeat(now_us)

    def _repeat(self, now_us: int) -> bytes:
        repeat = self._commands.repeat(now_us)
        if repeat:
            self._meter.asked(now_us, again=True)
        return repeat

    def _give_up(self, now_us: int) -> None:
        given_up = self._commands.given_up(now_us)
        if given_up is not None:
            self._session_failed(given_up)
            self._uncertain(given_up, ev.Cause.NO_ANSWER)
        for pending in self._commands.take_waiting(lambda waiting: now_us >= waiting.asked_us + WAIT_US):
            self._session_failed(pending)
            self._events.append(ev.NotSent(pending.ticket, pending.command, ev.Cause.NO_ANSWER))

    def _send_waiting(self, now_us: int) -> bytes:
        pending = self._commands.ready(self._stopping.active)
        while pending is not None and pending.sealed and not self.session_open:
            self._events.append(ev.NotSent(pending.ticket, pending.command, ev.Cause.SESSION_CHANGED))
            pending = self._commands.ready(self._stopping.active)
        if pending is None:
            return b""
        if pending.stamp:
            pending.command = pending.type.message(device_time_us=self.device_time_us(now_us))
        sequence, frame = self._frame(pending.type, pending.command.encode(), pending.sealed)
        pending.session_id = self.session_id if pending.sealed else None
        self._meter.asked(now_us)
        return self._commands.put_out(pending, sequence, frame, now_us)

    def _frame(self, kind: MessageType, payload: bytes, sealed: bool) -> tuple[int, bytes]:
        self._sequence = self._sequence % 0xFFFF + 1
        if sealed:
            body = self._session.seal(kind, self._sequence, payload)
        else:
            body = header(kind.number, self._sequence) + payload
        return self._sequence, encode_body(body)

    @property
    def _holds_heartbeat(self) -> bool:
        return self._commands.sent is not None and self._commands.sent.sealed

    def _heartbeat(self, now_us: int) -> bytes:
        if not (self.heartbeat_enabled and self.session_open):
            self._heartbeats.off()
            return b""
        if not self._heartbeats.due(now_us, self._holds_heartbeat):
            return b""
        payload = HEARTBEAT.record.encode({"liveness": self.liveness & 0xFFFFFFFF})
        sequence, frame = self._frame(HEARTBEAT, payload, sealed=True)
        self._beat_sequences.append(sequence)
        self._heartbeats.sent(sequence, now_us)
        self._meter.beat(sequence, now_us)
        return frame

    def port_changed(self) -> None:
        """The port was opened anew: no link session is open, and what was out has an unknown outcome.

        A STOP that was not seen yet goes on.
        """
        self._end_uncertain(ev.Cause.PORT_CHANGED)
        for pending in self._commands.take_waiting(lambda waiting: True):
            self._events.append(ev.NotSent(pending.ticket, pending.command, ev.Cause.PORT_CHANGED))
        for trigger in (Trigger.LOST, Trigger.FAILED):
            if self._session.can(trigger):
                self._session.move(trigger)
        self._meter.session_changed()
        self._deframer.feed(b"\0")
        self.heartbeat_enabled = False

    # bytes in

    def take_events(self) -> list[ev.LinkEvent]:
        """Events that `poll` and `stop` caused, or that were not fetched yet."""
        taken, self._events = self._events, []
        return taken

    def receive(self, data: bytes, now_us: int) -> list[ev.LinkEvent]:
        """Take bytes as they come, in pieces of any size; raises for none. Call `poll` afterwards."""
        bad, good = self._deframer.bad, 0
        for frame in self._deframer.feed(data):
            good += 1
            self._receive_frame(frame, now_us)
        self._meter.frames(good, self._deframer.bad - bad, now_us)
        if self._deframer.bad > bad:
            self._reject(ev.Rejection.FRAME, "frames dropped", self._deframer.bad - bad)
        return self.take_events()

    def _reject(self, cause: ev.Rejection, detail: str, value: int = 0) -> None:
        self._events.append(ev.Rejected(cause, detail, value))

    def _receive_frame(self, frame: Frame, now_us: int) -> None:
        if frame.version != PROTOCOL_VERSION:
            return self._reject(
                ev.Rejection.VERSION, f"version {PROTOCOL_VERSION} is understood", frame.version
            )
        message_type = BY_NUMBER.get(frame.number)
        if message_type is None or message_type.to_device:
            return self._reject(ev.Rejection.TYPE, "unknown type", frame.number)
        try:
            payload = self._session.unseal(frame.body) if frame.sealed else frame.content
            self._dispatch(message_type, payload, frame, now_us)
        except SealBroken as error:
            self._reject(ev.Rejection.MAC, f"{message_type.name}: {error}")
        except Replayed as error:
            self._reject(ev.Rejection.REPLAY, f"{message_type.name}: {error}")
        except ValueRefused as error:
            self._reject(ev.Rejection.MALFORMED, str(error))
        return None

    def _dispatch(self, message_type: MessageType, payload: bytes, frame: Frame, now_us: int) -> None:
        name, sealed = message_type.name, frame.sealed
        if (name in _EVENTS or name == "TELEMETRY") and self._session.exchanged and not sealed:
            return self._reject(ev.Rejection.UNSEALED, name)
        if name == "TELEMETRY":
            block = decode_telemetry(payload)
            self._meter.block(block.number, block.dropped)
            self._events.append(block)
            return None
        message = message_type.decode(payload)
        if name in _EVENTS:
            return self._event(message, sealed)
        if name == "SESSION":
            return self._session_offered(message, frame.sequence, now_us)
        if name == "RESPONSE":
            return self._response(message, sealed, now_us)
        return self._answer(message, frame.sequence, sealed, now_us)

    def _event(self, message: Message, sealed: bool) -> None:
        number = message["number"]
        if self._event_next is not None and number > self._event_next:
            self._events.append(ev.EventsMissed(self._event_next, number - 1))
        self._event_next = max(
            number + 1, self._event_next or 0
        )  # an event that was asked for again is no gap
        self._events.append(_EVENTS[message.name](message, sealed))
        if message.name == "EVENT_STATE":
            self._saw_state(message["state"])

    def _saw_state(self, state: State) -> None:
        if self._stopping.seen(state):
            self._events.append(ev.StopSeen(state))

    def _session_offered(self, message: Message, sequence: int, now_us: int) -> None:
        keys = self._session.proven(message)
        if keys is None:
            return self._reject(ev.Rejection.PROOF, "SESSION")
        if not self._session.adopt(keys):
            return None
        sent = self._commands.sent
        if sent is not None and sent.sealed:
            self._end_uncertain(ev.Cause.SESSION_CHANGED)
        elif sent is not None and sent.ticket == self._session_ticket and sent.sequence == sequence:
            self._commands.finish()
        self._clock = (message["device_time_us"], now_us)
        self._meter.answered(sequence, now_us)
        self._meter.session_changed()
        self._heartbeats.session_changed()
        self._events.append(
            ev.SessionOpened(self._session_ticket, keys.session_id, keys.role, message["device_time_us"])
        )
        return None

    def _response(self, message: Message, sealed: bool, now_us: int) -> None:
        sequence, reason = message["command_sequence"], message["reason"]
        beat = message["command"] == HEARTBEAT.number and sequence in self._beat_sequences
        sent = self._sent_as(sequence, message["command"])
        if beat or sent:
            self._meter.answered(sequence, now_us)
        if (beat or (sent and sent.sealed)) and not sealed:
            return self._unsealed_refusal(message, beat)
        if sent is None:
            return None
        if reason is Reason.NONE and sent.command.name in ANSWERS:
            return self._reject(ev.Rejection.MALFORMED, f"{sent.command.name} answered by RESPONSE")
        self._finish(sent, message, sealed, now_us)
        return None

    def _sent_as(self, sequence: int, number: int) -> Pending | None:
        sent = self._commands.sent
        return sent if sent and sent.sequence == sequence and sent.type.number == number else None

    def _unsealed_refusal(self, message: Message, beat: bool) -> None:
        reason = message["reason"]
        if reason not in _UNSEALED_REFUSALS:
            return self._reject(ev.Rejection.UNSEALED, f"RESPONSE {reason.name}")
        if not beat:
            self._end_uncertain(ev.Cause.SEAL_REFUSED, reason)
        if reason in _SESSION_GONE and self.session_open:
            self._session.move(Trigger.LOST)
            self._events.append(ev.SessionLost(reason))
        return None

    def _answer(self, message: Message, sequence: int, sealed: bool, now_us: int) -> None:
        sent = self._commands.sent
        asked = (
            sent
            if sent and sent.sequence == sequence and ANSWERS.get(sent.command.name) == message.name
            else None
        )
        if asked and asked.sealed and not sealed:
            return self._reject(ev.Rejection.UNSEALED, message.name)
        self._meter.answered(sequence, now_us)
        if sealed:
            self._heartbeats.answered(sequence)
        if message.name == "STATUS":
            self._status(message, sequence, sealed, now_us, asked is None)
        if asked:
            self._finish(asked, message, sealed, now_us)
        return None

    def _status(self, message: Message, sequence: int, sealed: bool, now_us: int, unasked: bool) -> None:
        self._meter.told_bad(message["frames_bad"])
        if unasked:
            self._events.append(ev.StatusSeen(message, sealed))
            if sealed or not self._session.exchanged:
                self._clock = (message["device_time_us"], now_us)
        if self._stopping.fresh(sequence):
            self._saw_state(message["state"])

    # how commands end

    def _finish(self, sent: Pending, answer: Message, sealed: bool, now_us: int) -> None:
        self._commands.answered(sent, now_us)
        if "device_time_us" in answer.values and sent.tries == 1 and (sealed or not self._session.exchanged):
            self._clock = (answer["device_time_us"], now_us)
        self._session_failed(sent)
        self._events.append(ev.Answered(sent.ticket, sent.command, answer, sealed))

    def _end_uncertain(self, cause: ev.Cause, reason: Reason | None = None) -> None:
        sent = self._commands.finish()
        if sent is not None:
            self._uncertain(sent, cause, reason)

    def _uncertain(self, sent: Pending, cause: ev.Cause, reason: Reason | None = None) -> None:
        self._events.append(
            ev.Uncertain(sent.ticket, sent.command, cause, reason, sent.sequence, sent.session_id)
        )

    def _session_failed(self, ended: Pending) -> None:
        if ended.ticket == self._session_ticket and self._session.can(Trigger.FAILED):
            self._session.move(Trigger.FAILED)
