"""What became of a command whose answer was lost: told by the STATUS that is asked for behind it.

The line keeps the order of bytes, and the pen that of commands. So a STATUS that was asked for after the
command and that names an earlier command says that this one did not act.
"""

from __future__ import annotations

from enum import Enum

from penctl.protocol.enums import Reason
from penctl.protocol.events import Cause, Uncertain
from penctl.protocol.messages import RESPONSE, Message
from penctl.protocol.states import ANSWERS, QUESTIONS


class Outcome(Enum):
    """Whether a command acted."""

    ACTED = "it acted"
    REFUSED = "the pen refused it"
    NOT_ACTED = "it did not act"
    UNKNOWN = "nobody knows whether it acted"


def can_be_resolved(uncertain: Uncertain, session_id: int | None) -> bool:
    """Whether a STATUS of this link session tells: only commands sealed in it, whose answer says no more."""
    name = uncertain.command.name
    same = session_id is not None and uncertain.session_id == session_id
    return same and name not in QUESTIONS and name not in ANSWERS and uncertain.cause in _IN_SESSION


_IN_SESSION = frozenset({Cause.NO_ANSWER, Cause.STOPPED, Cause.SEAL_REFUSED})


def was_overtaken(uncertain: Uncertain) -> bool:
    """Whether it is a question that came behind a later counter: it changes nothing and can be asked anew."""
    return uncertain.command.name in QUESTIONS and uncertain.reason is Reason.STALE_COUNTER


def outcome(uncertain: Uncertain, status: Message) -> Outcome:
    """What a STATUS, asked for after the command, says of it."""
    if status["last_command_sequence"] != uncertain.sequence:
        return Outcome.NOT_ACTED
    return Outcome.ACTED if status["last_reason"] is Reason.NONE else Outcome.REFUSED


def answer_from(uncertain: Uncertain, status: Message) -> Message:
    """The RESPONSE that was lost, as far as a STATUS tells it: without value and limit."""
    return RESPONSE.message(
        command=uncertain.command.type.number,
        command_sequence=uncertain.sequence,
        reason=status["last_reason"],
        value=0,
        limit=0,
        device_time_us=status["device_time_us"],
    )
