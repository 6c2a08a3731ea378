"""The device's end of the link, sans-IO, for tests and emulators: framing, link session, dispatch.

It holds no interlock and decides nothing about the pen: commands go to a callback, whose answer is framed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penctl.protocol.device_session import DeviceSessions, Verdict
from penctl.protocol.enums import Reason
from penctl.protocol.frame import Deframer, Frame, encode_body, header
from penctl.protocol.messages import BY_NUMBER, PROTOCOL_VERSION, RESPONSE, Message, MessageType
from penctl.protocol.schema import ValueRefused
from penctl.protocol.session import seal

SEAL_REFUSAL_PERIOD_US = 100_000
"""BAD_MAC and STALE_COUNTER are answered at most this often."""
STOP_STATUS_PERIOD_US = 5_000


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
    """

    def __init__(
        self,
        pairing_key: bytes,
        nonce: Callable[[int], bytes],
        on_command: Callable[[Command], Message | None],
        on_stop: Callable[[], Message | None],
    ) -> None:
        self.sessions = DeviceSessions(pairing_key, nonce)
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
        """An event or telemetry, sealed when a link session is active."""
        self._sequence = self._sequence % 0xFFFF + 1
        return self._frame(message, self._sequence, self.sessions.active is not None)

    def _frame(self, message: Message, sequence: int, sealed: bool) -> bytes:
        head = header(message.type.number, sequence, sealed=sealed)
        body = head + message.encode()
        active = self.sessions.active
        if sealed and active is not None:
            body = seal(active.keys.to_host, body, active.sent.next())
        return encode_body(body)

    def receive(self, data: bytes, now_us: int) -> bytes:
        """Take bytes as they come; returns the answers to write. Never raises on any bytes."""
        return b"".join(self._receive_frame(frame, now_us) for frame in self._deframer.feed(data))

    def _receive_frame(self, frame: Frame, now_us: int) -> bytes:
        if frame.version != PROTOCOL_VERSION:
            return self._refuse(frame, Reason.VERSION, now_us, frame.version, PROTOCOL_VERSION)
        message_type = BY_NUMBER.get(frame.number)
        if message_type is None or not message_type.to_device:
            return self._refuse(frame, Reason.UNKNOWN_COMMAND, now_us)
        if message_type.name == "STOP" and not frame.sealed:
            return self._stop(frame, now_us)
        if frame.sealed:
            return self._sealed(frame, message_type, now_us)
        if not message_type.open:
            return self._refuse(frame, Reason.NO_SESSION, now_us)
        return self._execute(frame, message_type, frame.content, now_us)

    def _refuse(self, frame: Frame, reason: Reason, now_us: int, value: int = 0, limit: int = 0) -> bytes:
        answer = _response(frame.number, frame.sequence, reason, value, limit, now_us)
        return self._frame(answer, frame.sequence, sealed=False)

    def _stop(self, frame: Frame, now_us: int) -> bytes:
        if frame.content or frame.sequence:
            return b""
        status = self._on_stop()
        recent = self._stop_status_us is not None and now_us - self._stop_status_us < STOP_STATUS_PERIOD_US
        if status is None or recent:
            return b""
        self._stop_status_us = now_us
        return self._frame(status, 0, sealed=False)

    def _sealed(self, frame: Frame, message_type: MessageType, now_us: int) -> bytes:
        verdict, content = self.sessions.judge(frame.body)
        if verdict is Verdict.REPEAT:
            return content
        if verdict is Verdict.NO_SESSION:
            return self._refuse(frame, Reason.NO_SESSION, now_us)
        if verdict is not Verdict.FRESH:
            return self._refuse_seal(frame, verdict, now_us)
        answer = self._execute(frame, message_type, content, now_us)
        if self.sessions.active is not None:
            self.sessions.active.keep(frame.body, answer)
        return answer

    def _refuse_seal(self, frame: Frame, verdict: Verdict, now_us: int) -> bytes:
        if self._refused_us is not None and now_us - self._refused_us < SEAL_REFUSAL_PERIOD_US:
            return b""
        self._refused_us = now_us
        reason = Reason.STALE_COUNTER if verdict is Verdict.STALE else Reason.BAD_MAC
        return self._refuse(frame, reason, now_us)

    def _execute(self, frame: Frame, message_type: MessageType, payload: bytes, now_us: int) -> bytes:
        try:
            message = message_type.decode(payload)
        except ValueRefused:
            answer = _response(frame.number, frame.sequence, Reason.MALFORMED, 0, 0, now_us)
            return self._frame(answer, frame.sequence, frame.sealed)
        if message.name == "OPEN_SESSION":
            return self._open_session(frame, message, now_us)
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
        if self.sessions.in_use(now_us):
            return self._refuse(frame, Reason.SESSION_IN_USE, now_us)
        return self._frame(self.sessions.offer(message, now_us), frame.sequence, sealed=False)
