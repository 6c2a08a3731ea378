"""The device's end of the link, sans-IO, for tests and emulators: framing, link session, dispatch.

It holds no interlock and decides nothing about the pen: commands go to a callback, whose answer is framed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from penctl.protocol.device_session import BAD_SEALS, BAD_WINDOW_US, DeviceSessions, Pairing, Verdict
from penctl.protocol.enums import Reason, Warning  # noqa: A004 - see there
from penctl.protocol.frame import SEAL_SIZE, Deframer, Frame, encode_body, header
from penctl.protocol.messages import (
    BY_NUMBER,
    EVENT_WARNING,
    GET_EVENTS,
    PROTOCOL_VERSION,
    RESPONSE,
    STOP,
    Message,
)
from penctl.protocol.schema import ValueRefused
from penctl.protocol.session import seal

SEAL_REFUSAL_PERIOD_US = 100_000
"""A seal that is not right is answered at most this often."""
STOP_STATUS_PERIOD_US = 5_000
EVENTS_KEPT = 64
"""Events that are kept after they were sent."""


_SEAL_REASONS = {
    Verdict.NO_SESSION: Reason.NO_SESSION,
    Verdict.STALE: Reason.STALE_COUNTER,
    Verdict.BAD_MAC: Reason.BAD_MAC,
    Verdict.IN_USE: Reason.SESSION_IN_USE,
    Verdict.NOT_PAIRED: Reason.NOT_PAIRED,
}
_BAD = (Verdict.STALE, Verdict.BAD_MAC)
"""What counts towards the end of the link session (IL-27)."""


@dataclass(frozen=True)
class Command:
    """A command that is whole and allowed to come in; `session_id` and `role` are 0 when it is unsealed."""

    message: Message
    sequence: int
    session_id: int
    role: int
    sealed: bool

    @property
    def name(self) -> str:
        """Name of the message."""
        return self.message.name

    def response(
        self, reason: Reason = Reason.NONE, *, value: int = 0, limit: int = 0, device_time_us: int = 0
    ) -> Message:
        """RESPONSE to this command."""
        return _response(self.message.type.number, self.sequence, reason, value, limit, device_time_us)


def _response(
    number: int, sequence: int, reason: Reason, value: int, limit: int, device_time_us: int
) -> Message:
    return RESPONSE.message(
        command=number,
        command_sequence=sequence,
        reason=reason,
        value=value,
        limit=limit,
        device_time_us=device_time_us,
    )


class DeviceLink:
    """Bytes in, bytes out.

    `on_command` returns the answer to a command, or None for none; `on_stop` the STATUS that answers a STOP.
    GET_EVENTS is answered here. For `pairings` and `limits_hash` see `DeviceSessions`.
    """

    def __init__(
        self,
        pairing_key: bytes,
        nonce: Callable[[int], bytes],
        on_command: Callable[[Command], Message | None],
        on_stop: Callable[[], Message | None],
        *,
        pairings: Mapping[int, Pairing] | None = None,
        limits_hash: bytes | None = None,
    ) -> None:
        self.sessions = DeviceSessions(pairing_key, nonce, pairings=pairings, limits_hash=limits_hash)
        self._kept: deque[Message] = deque(maxlen=EVENTS_KEPT)
        self._unsent: deque[Message] = deque(maxlen=EVENTS_KEPT)
        self._on_command, self._on_stop = on_command, on_stop
        self._deframer = Deframer()
        self._sequence = 0
        self._refused_us: int | None = None
        self._stop_status_us: int | None = None

    @property
    def frames_bad(self) -> int:
        """Frames dropped by CRC, COBS or length since the start."""
        return self._deframer.bad

    @property
    def bytes_kept(self) -> int:
        """Bytes of an unfinished frame."""
        return self._deframer.kept

    def send(self, message: Message, now_us: int) -> bytes:
        """An event or telemetry, sealed; without a link session events wait, and telemetry is dropped."""
        if message.name.startswith("EVENT_"):
            self._kept.append(message)
            self._unsent.append(message)
            return self._send_waiting()
        return self._numbered(message) if self.sessions.active is not None else b""

    @property
    def events_next(self) -> int:
        """Number that the next event has to have."""
        return self._kept[-1]["number"] + 1 if self._kept else 1

    def _numbered(self, message: Message) -> bytes:
        self._sequence = self._sequence % 0xFFFF + 1
        return self._frame(message, self._sequence, True)

    def _send_waiting(self) -> bytes:
        if self.sessions.active is None:
            return b""
        out = b"".join(map(self._numbered, self._unsent))
        self._unsent.clear()
        return out

    def _frame(self, message: Message, sequence: int, sealed: bool) -> bytes:
        head = header(message.type.number, sequence, sealed=sealed)
        body = head + message.encode()
        active = self.sessions.active
        if sealed and active is not None:
            body = seal(active.keys.to_host, body, active.sent.next())
        return encode_body(body)

    def receive(self, data: bytes, now_us: int) -> bytes:
        """Take bytes as they come; returns the answers to write. Never raises on any bytes."""
        self.sessions.expire(now_us)
        return b"".join(self._receive_frame(frame, now_us) for frame in self._deframer.feed(data))

    def _receive_frame(self, frame: Frame, now_us: int) -> bytes:
        if frame.number == STOP.number:  # in whatever form: it is the safe direction
            return self._stop(now_us)
        if frame.version != PROTOCOL_VERSION:
            return self._refuse(frame, Reason.VERSION, now_us, frame.version, PROTOCOL_VERSION)
        if frame.sealed:
            return self._sealed(frame, now_us)
        return self._execute(frame, frame.content, now_us)

    def _refuse(
        self,
        frame: Frame,
        reason: Reason,
        now_us: int,
        value: int = 0,
        limit: int = 0,
        *,
        sealed: bool = False,
    ) -> bytes:
        answer = _response(frame.number, frame.sequence, reason, value, limit, now_us)
        return self._frame(answer, frame.sequence, sealed)

    def _stop(self, now_us: int) -> bytes:
        status = self._on_stop()
        recent = self._stop_status_us is not None and now_us - self._stop_status_us < STOP_STATUS_PERIOD_US
        if status is None or recent:
            return b""
        self._stop_status_us = now_us
        return self._frame(status, 0, sealed=False)

    def _sealed(self, frame: Frame, now_us: int) -> bytes:
        if len(frame.content) < SEAL_SIZE:
            return self._refuse(frame, Reason.MALFORMED, now_us)
        verdict, content = self.sessions.judge(frame.body, now_us)
        if verdict is Verdict.REPEAT:
            return content
        if verdict is not Verdict.FRESH:
            return self._refuse_seal(frame, verdict, now_us)
        answer = self._execute(frame, content, now_us)
        if self.sessions.active is not None:
            self.sessions.active.keep(frame.body, answer)
        return answer + self._send_waiting() + self._again(frame, content)

    def _again(self, frame: Frame, payload: bytes) -> bytes:
        """The events that a GET_EVENTS asked for and that are still kept."""
        if frame.number != GET_EVENTS.number or len(payload) != GET_EVENTS.size:
            return b""
        return b"".join(map(self._numbered, self._kept_from(GET_EVENTS.decode(payload))))

    def _kept_from(self, asked: Message) -> list[Message]:
        first = asked["first"]
        return [event for event in self._kept if first <= event["number"] < first + asked["count"]]

    def _events_answer(self, frame: Frame, asked: Message, now_us: int) -> Message:
        if self._kept_from(asked):
            return _response(frame.number, frame.sequence, Reason.NONE, 0, 0, now_us)
        none = Reason.NO_SUCH_ENTRY
        return _response(
            frame.number, frame.sequence, none, min(asked["first"], 0x7FFFFFFF), len(self._kept), now_us
        )

    def _refuse_seal(self, frame: Frame, verdict: Verdict, now_us: int) -> bytes:
        if verdict in _BAD and self.sessions.count_bad(now_us):
            dropped = EVENT_WARNING.message(
                number=self.events_next,
                time_us=now_us,
                warning=Warning.SESSION_DROPPED,
                value=BAD_SEALS,
                limit=BAD_WINDOW_US,
            )
            self.send(dropped, now_us)
        if self._refused_us is not None and now_us - self._refused_us < SEAL_REFUSAL_PERIOD_US:
            return b""
        self._refused_us = now_us
        return self._refuse(frame, _SEAL_REASONS[verdict], now_us)

    def _execute(self, frame: Frame, payload: bytes, now_us: int) -> bytes:
        message_type = BY_NUMBER.get(frame.number)
        if message_type is None or not message_type.to_device:
            return self._refuse(frame, Reason.UNKNOWN_COMMAND, now_us, sealed=frame.sealed)
        if not (message_type.open or frame.sealed):
            return self._refuse(frame, Reason.NO_SESSION, now_us)
        try:
            message = message_type.decode(payload)
        except ValueRefused:
            return self._refuse(frame, Reason.MALFORMED, now_us, sealed=frame.sealed)
        if message.name == "OPEN_SESSION":
            return self._open_session(frame, message, now_us)
        if message.type is GET_EVENTS:
            return self._frame(self._events_answer(frame, message, now_us), frame.sequence, frame.sealed)
        active = self.sessions.active
        if message.name == "HEARTBEAT" and active is not None:
            active.heartbeat_us = now_us
        keys = active.keys if frame.sealed and active is not None else None
        command = Command(
            message=message,
            sequence=frame.sequence,
            session_id=keys.session_id if keys else 0,
            role=keys.role if keys else 0,
            sealed=frame.sealed,
        )
        reply = self._on_command(command)
        return b"" if reply is None else self._frame(reply, frame.sequence, frame.sealed)

    def _open_session(self, frame: Frame, message: Message, now_us: int) -> bytes:
        if frame.sealed:  # a session is not opened from inside a session
            return self._refuse(frame, Reason.MALFORMED, now_us, sealed=True)
        refusal = self.sessions.refusal(message, now_us)
        if refusal is not None:
            reason, value, limit = refusal
            return self._refuse(frame, reason, now_us, value, limit)
        return self._frame(self.sessions.offer(message, now_us), frame.sequence, sealed=False)
