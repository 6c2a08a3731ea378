"""The pen's warnings in words: the one catalogue that command line, monitor and window read."""

from __future__ import annotations

from dataclasses import dataclass

from penctl import words
from penctl.errors import ReferenceFailed, SelfTestFailed
from penctl.protocol import enums
from penctl.protocol.messages import BY_NUMBER
from penctl.reason_words import show

_INVALID_UM = -(2**31)
_NO_READING = 2**31 - 1


@dataclass(frozen=True)
class WarningWords:
    """A headline, what happened, what to do next."""

    title: str
    what: str
    remedy: str


def warning_words(warning: enums.Warning, value: int, limit: int) -> WarningWords:
    """The words of a warning; `value` and `limit` are those of EVENT_WARNING, in the wire's units."""
    match warning:
        case enums.Warning.LIFT_HANDPIECE:
            return WarningWords(
                "Lift the handpiece",
                f"The needles are not confirmed retracted, {_bar(value)}.",
                "Lift the handpiece off the skin. If the needles stay out, let the depth stage retract them.",
            )
        case enums.Warning.READY_TIMEOUT:
            return WarningWords(
                "Ready time-out", f"The pen was armed and not used for {value} s.", "Arm again."
            )
        case enums.Warning.EVENTS_LOST:
            return WarningWords(
                "Events lost",
                f"The pen could not keep {value} of its events; it has room for {limit}.",
                "Read the status: it tells the state and a latched trip.",
            )
        case enums.Warning.COMMAND_REFUSED:
            return WarningWords(
                "Command refused",
                f"{_command(value)} was refused: {_reason(limit)}.",
                "Nothing was changed. The program that sent it is told value, limit and remedy.",
            )
        case enums.Warning.C1_TIMEOUT:
            return WarningWords(
                "Stop took too long",
                f"The needles were not retracted in time, so drive power was removed, {_bar(value)}.",
                "Lift the handpiece off the skin. If it happens again, have the pen serviced.",
            )
        case enums.Warning.SELF_TEST_FAILED:
            failed = SelfTestFailed(value)
            return WarningWords("Self-test failed", f"{failed.what}.", f"{failed.remedy}.")
        case enums.Warning.REFERENCE_FAILED:
            missed = ReferenceFailed(value, limit)
            return WarningWords("Reference failed", f"{missed.what}.", f"{missed.remedy}.")
    return _of_the_pens_condition(warning, value, limit)


def _of_the_pens_condition(warning: enums.Warning, value: int, limit: int) -> WarningWords:
    """Warnings of battery, warmth, cartridge, link and memory."""
    match warning:
        case enums.Warning.HOLD_LONG:
            return WarningWords(
                "Switch held long",
                f"The hold-to-run switch was held for {_seconds(value)}; at {_seconds(limit)} the pen stops.",
                "Release the switch, then go on with a new press.",
            )
        case enums.Warning.WARM:
            return WarningWords(
                "Pen is warm",
                f"Nose or handle is at {show(value, 'mdegC')}, above {show(limit, 'mdegC')}.",
                "End this pass soon and let the pen cool down; a little warmer, and it stops.",
            )
        case enums.Warning.BATTERY_LOW:
            return WarningWords(
                "Battery low",
                f"The battery is at {show(value, 'permille')}, below {show(limit, 'permille')}.",
                "End this pass, then charge the battery; at its critical charge the pen stops.",
            )
        case enums.Warning.CARTRIDGE_NEARLY_USED:
            return WarningWords(
                "Cartridge nearly used up",
                f"This is use {value} of {limit} of the cartridge.",
                "Have a new cartridge ready.",
            )
        case enums.Warning.REFERENCE_LOST:
            return WarningWords(
                "Depth reference lost",
                "The depth stage's sensor gives no reading."
                if value == _NO_READING
                else f"The depth stage is {show(value, 'um')} from where its steps put it;"
                f" {show(limit, 'um')} is allowed.",
                "Reference the depth stage before the next start.",
            )
    return _of_the_pens_parts(warning, value, limit)


def _of_the_pens_parts(warning: enums.Warning, value: int, limit: int) -> WarningWords:
    match warning:
        case enums.Warning.SESSION_DROPPED:
            return WarningWords(
                "Link session ended by the pen",
                f"The pen got {value} frames within {limit / 1e6:g} s that were not genuine.",
                "Close other programs that use the pen, check the cable, then open the link again.",
            )
        case enums.Warning.MEMORY_FAILED:
            return WarningWords(
                "Memory of the pen failed",
                "The pen could not read or write its memory.",
                "End this visit. Switch the pen off and on; if it happens again, have the pen serviced.",
            )
        case enums.Warning.CARTRIDGE_GONE:
            return WarningWords(
                "Cartridge gone",
                "The pen no longer sees its cartridge.",
                "Seat it until it locks, then arm again.",
            )
    return WarningWords(
        "Warning", f"The pen warns without a name ({warning}, {value}, {limit}).", "Update penctl."
    )


def _bar(bar_um: int) -> str:
    """Where the needle bar is; at this moment its sensor may give no reading."""
    if bar_um == _INVALID_UM:
        return "and the needle bar's sensor gives no reading"
    return f"needle bar at {words.depth_text(bar_um, measured=True)}"


def _seconds(time_us: int) -> str:
    return f"{time_us / 1e6:.0f} s"


def _command(number: int) -> str:
    message = BY_NUMBER.get(number)
    return f"Command {number}" if message is None else message.name


def _reason(number: int) -> str:
    names = {int(reason): reason.name for reason in enums.Reason}
    return names.get(number, f"reason {number}").lower().replace("_", " ")
