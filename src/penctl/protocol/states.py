"""The states of a host's link, as tables: what is not in a table cannot happen."""

from __future__ import annotations

from enum import Enum, auto

from penctl.protocol.enums import State


class SessionState(Enum):
    """The link session as the host sees it."""

    CLOSED = auto()
    OPENING = auto()
    OPEN = auto()
    REOPENING = auto()


class Trigger(Enum):
    """What moves the link session."""

    ASKED = auto()
    """OPEN_SESSION is on its way."""
    PROVEN = auto()
    """SESSION came, with a proof that holds."""
    FAILED = auto()
    """OPEN_SESSION was refused, not answered or cancelled."""
    LOST = auto()
    """The device does not know the session."""


SESSION_TABLE: dict[SessionState, dict[Trigger, SessionState]] = {
    SessionState.CLOSED: {
        Trigger.ASKED: SessionState.OPENING,
        Trigger.LOST: SessionState.CLOSED,
    },
    SessionState.OPENING: {
        Trigger.PROVEN: SessionState.OPEN,
        Trigger.FAILED: SessionState.CLOSED,
        Trigger.LOST: SessionState.OPENING,
    },
    SessionState.OPEN: {
        Trigger.ASKED: SessionState.REOPENING,
        Trigger.PROVEN: SessionState.OPEN,
        Trigger.LOST: SessionState.CLOSED,
    },
    SessionState.REOPENING: {
        Trigger.PROVEN: SessionState.OPEN,
        Trigger.FAILED: SessionState.OPEN,
        Trigger.LOST: SessionState.OPENING,
    },
}

HAS_SESSION = frozenset({SessionState.OPEN, SessionState.REOPENING})

STOP_SEEN: dict[State, bool] = {
    State.OFF: True,
    State.SELF_TEST: True,
    State.STANDBY: True,
    State.READY: False,
    State.RUN: False,
    State.STOPPING: True,
    State.SAFE: True,
    State.SERVICE: False,
}
"""States in which a STOP has done its work: the drive is off or on its way there, and nothing is armed."""

ANSWERS: dict[str, str] = {
    "IDENTIFY": "IDENTITY",
    "GET_LIMITS": "LIMITS",
    "GET_STATUS": "STATUS",
    "OPEN_SESSION": "SESSION",
    "GET_CARTRIDGE": "CARTRIDGE",
    "PAIR": "PAIRED",
    "GET_TRIP": "TRIP",
    "GET_SNAPSHOT": "SNAPSHOT",
}
"""What a command is answered with when it is taken; every other command gets a RESPONSE."""

QUESTIONS = frozenset(
    {
        "IDENTIFY",
        "GET_LIMITS",
        "GET_STATUS",
        "GET_CARTRIDGE",
        "GET_TRIP",
        "GET_SNAPSHOT",
        "GET_EVENTS",
        "OPEN_SESSION",
    }
)
"""Commands that change nothing in the pen: they may go out while a STOP is repeated."""
