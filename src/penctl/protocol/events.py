"""What a HostLink tells its caller. Every event is a frozen dataclass; none is raised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from penctl.protocol.enums import Reason, State
from penctl.protocol.messages import Message
from penctl.protocol.telemetry import TelemetryBlock


class Cause(Enum):
    """Why a command has no answer."""

    NO_ANSWER = "no answer after the last repeat"
    STOPPED = "a STOP went out"
    SEAL_REFUSED = "the device did not take the seal"
    SESSION_CHANGED = "another link session was opened"
    PORT_CHANGED = "the port was opened anew"


class Rejection(Enum):
    """Why a frame was not believed."""

    FRAME = "not a whole frame: CRC, COBS or length"
    VERSION = "another version of the protocol"
    TYPE = "no message from a device has this type"
    MALFORMED = "the payload does not decode"
    MAC = "the MAC does not hold, or there is no link session"
    REPLAY = "the counter was used before"
    UNSEALED = "an answer to a sealed command came without a seal"
    PROOF = "the device does not hold the pairing key"


@dataclass(frozen=True)
class Answered:
    """A command has its answer: RESPONSE, or the message that was asked for."""

    ticket: int
    command: Message
    answer: Message
    sealed: bool

    @property
    def reason(self) -> Reason:
        """NONE when the command was taken."""
        return Reason(self.answer["reason"]) if self.answer.name == "RESPONSE" else Reason.NONE

    @property
    def refused(self) -> bool:
        """Whether the device refused the command."""
        return self.reason is not Reason.NONE


@dataclass(frozen=True)
class SessionOpened:
    """The link session is open; the first sealed frame makes it the active one of the device."""

    ticket: int
    session_id: int
    role: int
    device_time_us: int


@dataclass(frozen=True)
class SessionLost:
    """The device does not know the link session any more."""

    reason: Reason


@dataclass(frozen=True)
class Uncertain:
    """The command was sent and nobody knows whether it acted: ask for the status, never send it again.

    `penctl.protocol.outcome` reads the status that was asked for.
    """

    ticket: int
    command: Message
    cause: Cause
    reason: Reason | None = None
    sequence: int = 0
    session_id: int | None = None
    """The link session that sealed it; None when it was not sealed."""


@dataclass(frozen=True)
class NotSent:
    """The command waited and never went out: it did not act."""

    ticket: int
    command: Message
    cause: Cause


@dataclass(frozen=True)
class StatusSeen:
    """A STATUS that no command waited for: the answer to a heartbeat or to a STOP."""

    message: Message
    sealed: bool


@dataclass(frozen=True)
class StateChanged:
    """EVENT_STATE."""

    message: Message
    sealed: bool


@dataclass(frozen=True)
class Tripped:
    """EVENT_TRIP."""

    message: Message
    sealed: bool


@dataclass(frozen=True)
class Warned:
    """EVENT_WARNING."""

    message: Message
    sealed: bool


@dataclass(frozen=True)
class EventsMissed:
    """The device raised events first to last (inclusive) that did not arrive."""

    first: int
    last: int


@dataclass(frozen=True)
class StopSeen:
    """The device is stopping or stopped; STOP is not repeated any more."""

    state: State


@dataclass(frozen=True)
class Rejected:
    """A frame from the device that was not believed."""

    cause: Rejection
    detail: str
    value: int = 0
    """The version or type that came, or how many frames were dropped."""


LinkEvent = (
    Answered
    | SessionOpened
    | SessionLost
    | Uncertain
    | NotSent
    | StatusSeen
    | StateChanged
    | Tripped
    | Warned
    | EventsMissed
    | StopSeen
    | TelemetryBlock
    | Rejected
)
