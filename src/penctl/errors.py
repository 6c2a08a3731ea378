"""Every error that penctl raises: what happened, the value, the limit, and what to do next.

`REFUSALS` gives each reason of the protocol its plain words. It is keyed by the reason's name, so that this
module imports nothing of penctl.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Final


class PenError(Exception):
    """Base of all errors of penctl. `value` and `limit` are None where there is none to name.

    A subclass may bring its own words for what happened and what to do next.
    """

    WHAT: ClassVar[str] = "Something went wrong"
    REMEDY: ClassVar[str] = ""

    def __init__(self, what: str = "", value: object = None, limit: object = None, remedy: str = "") -> None:
        super().__init__(what, value, limit, remedy)
        self.what = what or self.WHAT
        self.value = value
        self.limit = limit
        self.remedy = remedy or self.REMEDY

    def __str__(self) -> str:
        """What happened with value and limit, then the remedy: two sentences."""
        text = self.what if self.value is None else f"{self.what}: {self.value}"
        if self.limit is not None:
            text += f" ({self.limit})" if isinstance(self.limit, str) else f" (limit {self.limit})"
        return _sentence(text) if not self.remedy else f"{_sentence(text)} {_sentence(self.remedy)}"


def _sentence(text: str) -> str:
    text = text.strip()
    if text.split(" ", 1)[0].strip(":,").isalpha():  # a file name or URL stays as it is
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


class Refused(PenError):
    """A command was refused, by the host or by the device; nothing was changed.

    `reason` is the name of the protocol's Reason, as "DEPTH_ABOVE_LIMIT". `value` and `limit` keep the units
    of the wire (µm, mHz, ms); the text shows mm and Hz. An enum member as value or limit is shown by its
    name. `unit` is needed only where the reason fits several commands (INCREASE_WHILE_RUNNING: "um" or
    "mHz"). `layer` is who noticed first: "host" or "device".
    """

    def __init__(
        self,
        reason: str | enum.Enum,
        value: object = None,
        limit: object = None,
        remedy: str | None = None,
        unit: str | None = None,
        layer: str = "device",
    ) -> None:
        self.reason = reason.name if isinstance(reason, enum.Enum) else reason
        refusal = _refusal_of(self.reason, value)
        self.unit = refusal.unit if unit is None else unit
        self.layer = layer
        words = {"value": _show(value, self.unit), "limit": _show(limit, self.unit), "reason": self.reason}
        super().__init__(
            refusal.what.format_map(words),
            value,
            limit,
            refusal.remedy.format_map(words) if remedy is None else remedy,
        )
        self.args = (self.reason, value, limit, remedy, unit, layer)

    def __str__(self) -> str:
        """The what and the remedy: both already name the value and the limit in the user's units."""
        return f"{_sentence(self.what)} {_sentence(self.remedy)}"


class WordedError(PenError):
    """An error that always says the same, so that only value and limit are given."""

    def __init__(self, value: object = None, limit: object = None) -> None:
        super().__init__("", value, limit)
        self.args = (value, limit)


class LinkError(PenError):
    """Something between host and pen is wrong."""


class LinkLost(LinkError):
    """The pen no longer answers, or its port is gone."""

    WHAT = "The link to the pen was lost"
    REMEDY = "The pen stops by itself; lift the handpiece, check the cable and open the link again"


class DeviceGarbage(WordedError, LinkError):
    """What came from the port is not the pen's protocol."""

    WHAT = "The device answers, but not as a pen does"
    REMEDY = "Check that this is the pen's port (penctl ports lists them) and that its speed is right"


class VersionMismatch(WordedError, LinkError):
    """Host and device speak different protocol versions. `value` is the device's, `limit` the host's."""

    WHAT = "The pen and this program speak different versions of the protocol"

    def __init__(self, value: int, limit: int) -> None:
        super().__init__(value, limit)
        older = "the pen's firmware" if value < limit else "penctl on this computer"
        self.remedy = f"The pen speaks version {value}, this program {limit}: update {older}"


class MessagesMismatch(WordedError, LinkError):
    """Same protocol version, but the messages are laid out differently. Hashes as hexadecimal text."""

    WHAT = "The pen's messages are laid out differently from this program's"
    REMEDY = "Update the pen's firmware and penctl to the same release"


class LimitsMismatch(WordedError, LinkError):
    """The device was built with another table of hard limits. Hashes as hexadecimal text."""

    WHAT = "The pen's table of hard limits is not this program's, so the pen is not used"
    REMEDY = "Update the pen's firmware and penctl to the same release"


class BadProof(WordedError, LinkError):
    """The device could not prove that it holds the pairing key."""

    WHAT = "The device could not prove that it is the paired pen"
    REMEDY = "Check that this is your pen; if it is, pair it again"


class PortError(LinkError):
    """A port could not be opened: not found, in use, not permitted, or no port at all."""

    WHAT = "The port could not be opened"
    REMEDY = "List the ports with penctl ports"


class PortNotFound(WordedError, PortError):
    """There is no such port. `value` is the name asked for, `known` says which there are."""

    WHAT = "There is no such port"

    def __init__(self, value: str, known: str | None = None) -> None:
        super().__init__(value, known and f"ports: {known}")
        self.args = (value, known)
        self.known = known


class PortInUse(WordedError, PortError):
    """Another program holds the port."""

    WHAT = "The port is in use by another program"
    REMEDY = "Close that program, then try again"


class PortPermission(WordedError, PortError):
    """This user may not open the port."""

    WHAT = "This user may not open the port"
    REMEDY = "On Linux, add the user to the group that owns the port (often dialout) and log in again"


class PortUrlInvalid(WordedError, PortError):
    """The text is neither a port nor a URL that is understood."""

    WHAT = "This is no port and no URL that is understood"
    REMEDY = "Give a port name, socket://host:port, rfc2217://host:port or pensim://?seed=1"


class HardwareFileError(PenError):
    """A hardware file is missing, broken or says something that is not allowed."""

    def __init__(self, file: str, key: str, value: object, allowed: str) -> None:
        super().__init__(
            f"{file}, {key}",
            value,
            f"allowed: {allowed}",
            f"Correct {'that file' if key == 'file' else f'{key} in that file'}, or install penctl again",
        )
        self.file = file
        self.key = key
        self.allowed = allowed
        self.args = (file, key, value, allowed)  # what a copy in another process is made of


class ClockMisuse(WordedError):
    """A thread that does not own the virtual clock tried to let time pass. Value, limit: thread names."""

    WHAT = "Another thread called while virtual time belongs to one thread"
    REMEDY = "Call the pen from the thread that opened it, or use the paced loop"


class SelfTestFailed(WordedError):
    """The pen's self-test did not pass. `value` is the check that failed, as in SELF_TEST_CHECKS."""

    def __init__(self, value: object = None, limit: object = None) -> None:
        super().__init__(value, limit)
        refusal = _refusal_of("SELF_TEST_FAILED", value)
        self.what = "The self-test failed" if value is None else refusal.what.format(value=value)
        self.remedy = refusal.remedy

    def __str__(self) -> str:
        """The what names the check already."""
        return f"{_sentence(self.what)} {_sentence(self.remedy)}"


class ReferenceFailed(WordedError):
    """The depth stage did not find its zero: the sensors differ by `value`, `limit` is allowed, in µm."""

    def __init__(self, value: object = None, limit: object = None) -> None:
        super().__init__(value, limit)
        refusal = REFUSALS["REFERENCE_FAILED"]
        apart = f": sensors {_show(value, 'um')} apart, {_show(limit, 'um')} is allowed" if value else ""
        self.what, self.remedy = f"The depth stage did not find its zero{apart}", refusal.remedy

    def __str__(self) -> str:
        """The what names value and limit in mm already."""
        return f"{_sentence(self.what)} {_sentence(self.remedy)}"


class Unfinished(PenError):
    """What was asked for did not happen in its time. `value` is what was seen, `limit` the time allowed."""

    WHAT = "The pen did not finish in its time"
    REMEDY = "Read the status before anything else: the outcome is uncertain"


class RecordingError(PenError):
    """A recording could not be written or read."""


@dataclass(frozen=True)
class Refusal:
    """Plain words of one reason. `unit` says how value and limit are shown, see _show."""

    what: str
    remedy: str
    unit: str = ""


def _show(value: object, unit: str) -> str:
    """Value of the wire as a person reads it."""
    if value is None:
        return "unknown"
    if isinstance(value, enum.Enum):
        return value.name.lower().replace("_", " ")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return repr(value)
    try:
        return _show_number(value, unit) if math.isfinite(value) else str(value)
    except (OverflowError, ValueError):  # an integer beyond any float, or too long to be written out
        return "a number far out of range"


def _show_number(value: float, unit: str) -> str:
    if unit in ("um", "mHz") and not float(value).is_integer():
        # Every digit: rounded, 2.5004 mm would be refused as "2.500 mm is above the limit of 2.500 mm".
        return f"{value / 1000!r} {'mm' if unit == 'um' else 'Hz'}"
    if unit == "um":
        return f"{value / 1000:.3f} mm"
    if unit == "mHz":
        return f"{value / 1000:.3f}".rstrip("0").rstrip(".") + " Hz"
    if unit == "interlock":
        return f"IL-{int(value):02d}"
    if unit in ("ms", "us"):
        return f"{value:g} {'µs' if unit == 'us' else unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


_UNKNOWN_REFUSAL: Final = Refusal(
    "Refused for a reason that this program does not know ({reason}, value {value}, limit {limit})",
    "Update penctl; until then read the status and do not repeat the command",
)

# Units: um is shown in mm, mHz in Hz; Role, State, Mode and CartridgeKind are the protocol's enums.
REFUSALS: Final[Mapping[str, Refusal]] = MappingProxyType(
    {
        "MALFORMED": Refusal(
            "The command's content does not fit its form", "Send it as the protocol's definition describes"
        ),
        "UNKNOWN_COMMAND": Refusal(
            "The pen does not know this command", "Update the pen's firmware and penctl to the same release"
        ),
        "VERSION": Refusal(
            "Protocol version {value} is not spoken here, only {limit}",
            "Update the older of the pen's firmware and penctl",
        ),
        "NO_SESSION": Refusal("This needs a link session", "Open a link session first"),
        "BAD_MAC": Refusal(
            "The command's signature is wrong",
            "Open a new link session; if it happens again, pair the pen again",
        ),
        "STALE_COUNTER": Refusal("The command is old or was sent before", "Open a new link session"),
        "SESSION_IN_USE": Refusal(
            "Another program holds the pen's link session",
            "Close the other program, wait a second and try again",
        ),
        "EXPIRED": Refusal(
            "The command came too late: {value} after it was asked for, {limit} is allowed",
            "Check the link, then give the command again",
            "ms",
        ),
        "ROLE": Refusal(
            "The role {value} may not do this; it needs {limit}", "Log in with the role {limit}", "Role"
        ),
        "WRONG_STATE": Refusal(
            "Not possible in the state {value}; it needs {limit}",
            "Bring the pen to the state {limit} first",
            "State",
        ),
        "LATCHED": Refusal(
            "The trip {value} is latched",
            "Remove its cause, then reset {value} by its documented act",
            "interlock",
        ),
        "DEPTH_ABOVE_LIMIT": Refusal(
            "Depth {value} is above the limit of {limit}", "Set a depth of at most {limit}", "um"
        ),
        "DEPTH_BELOW_LIMIT": Refusal(
            "Depth {value} is below the limit of {limit}", "Set a depth of at least {limit}", "um"
        ),
        "RATE_ABOVE_LIMIT": Refusal(
            "Stroke rate {value} is above the limit of {limit}", "Set a stroke rate of at most {limit}", "mHz"
        ),
        "RATE_BELOW_LIMIT": Refusal(
            "Stroke rate {value} is below the limit of {limit}",
            "Set a stroke rate of at least {limit}",
            "mHz",
        ),
        "MODE_INVALID": Refusal(
            "There is no mode {value} that can be set", "Set the mode HOME or CLINICAL", "Mode"
        ),
        "DEPTH_NOT_SET": Refusal("No depth is set", "Set the depth first; a change of mode clears it"),
        "RATE_NOT_SET": Refusal(
            "No stroke rate is set", "Set the stroke rate first; a change of mode clears it"
        ),
        "NOT_REFERENCED": Refusal(
            "The depth stage does not know its zero", "Reference the depth stage in STANDBY"
        ),
        "SELF_TEST_NOT_PASSED": Refusal(
            "The self-test has not passed", "Run the self-test and remove what it names"
        ),
        "NO_CARTRIDGE": Refusal("No cartridge is seen", "Seat a cartridge until it locks"),
        "CARTRIDGE_WRONG_FOR_MODE": Refusal(
            "The cartridge is {value}, this mode needs {limit}",
            "Use a {limit} cartridge or another mode",
            "CartridgeKind",
        ),
        "HOLD_NOT_PRESSED": Refusal("The hold-to-run switch is not pressed", "Press and hold it, then start"),
        "HOLD_PRESSED": Refusal("The hold-to-run switch is already pressed", "Release it, then try again"),
        "STAGE_MOVING": Refusal(
            "The depth stage is at {value} and still on its way to {limit}",
            "Wait until it is in position",
            "um",
        ),
        "INCREASE_WHILE_RUNNING": Refusal(
            "While running a setpoint can only be lowered (asked {value}, now {limit})",
            "Stop, set the higher value, then arm and start again",
        ),
        "CAUSE_PRESENT": Refusal(
            "The cause of the trip is still present (value {value}, limit {limit})",
            "Remove the cause, then reset",
        ),
        "WRONG_INTERLOCK": Refusal(
            "Reset asked for {value}, but {limit} is latched",
            "Reset {limit} after removing its cause",
            "interlock",
        ),
        "ESTOP_OPEN": Refusal("The emergency stop is pressed", "Release the emergency stop"),
        "NEW_SESSION_NEEDED": Refusal(
            "After a loss of communication a new link session is needed",
            "Open a new link session, then reset",
        ),
        "ALREADY_ARMED": Refusal("The pen is already armed", "Start it, or stop it first"),
        "BUSY": Refusal("The pen is busy with the last command", "Wait for its answer, then try again"),
        "GUARD_REFUSED": Refusal(
            "The guard refused (value {value}, limit {limit})",
            "Stop, read the status, and set values inside the limits again",
        ),
        "SELF_TEST_FAILED": Refusal(
            "The self-test failed at check {value}",
            "Release all switches, check battery and cartridge, then run the self-test again",
        ),
        "REFERENCE_FAILED": Refusal(
            "The depth stage did not find its zero: sensors {value} apart, {limit} is allowed",
            "Lift the handpiece and reference again; if it fails again, have the pen serviced",
            "um",
        ),
        "TELEMETRY_PERIOD": Refusal(
            "A telemetry period of {value} is not possible, the limit is {limit}",
            "Ask for 0 (off) or a period inside the limits",
            "us",
        ),
        "NOT_LATCHED": Refusal("Nothing is latched, there is nothing to reset", "Read the status and go on"),
        "NOT_A_NUMBER": Refusal("This is not a number that can be set: {value}", "Give a finite number"),
    }
)

HOST_ONLY_REASONS: Final = frozenset({"NOT_A_NUMBER"})
"""Reasons that only the host gives: such a value cannot be written into a frame at all."""


@dataclass(frozen=True)
class SelfTestCheck:
    """What a check of the self-test looks at, and what to do when it fails."""

    looks_at: str
    remedy: str


_SERVICE: Final = "Switch the pen off and on; if it happens again, have the pen serviced"
_POWERED: Final = "Switch the pen off, do not use it and have it serviced"

SELF_TEST_CHECKS: Final[Mapping[int, SelfTestCheck]] = MappingProxyType(
    {
        1: SelfTestCheck("supply voltage", "Charge or change the battery, then run the self-test again"),
        2: SelfTestCheck("hold-to-run switch released", "Release the switch, then run the self-test again"),
        3: SelfTestCheck(
            "needle bar's sensor",
            "Seat the cartridge until it locks, run the self-test again; if it fails again, have the pen"
            " serviced",
        ),
        4: SelfTestCheck("depth stage's sensor", _SERVICE),
        5: SelfTestCheck("shaft sensor", _SERVICE),
        6: SelfTestCheck("drive off", _POWERED),
        7: SelfTestCheck("no motor current with the drive off", _POWERED),
        8: SelfTestCheck(
            "temperature of nose and handle",
            "Let the pen come to room temperature, then run the self-test again",
        ),
        9: SelfTestCheck("clock", _SERVICE),
    }
)
"""The checks of the self-test by the number that the firmware gives them."""

_AHEAD: Final = Refusal(
    "The command quotes a time of the pen that has not come yet, by {value}",
    "Ask for the status, then give the command again",
    "ms",
)


def _refusal_of(reason: str, value: object) -> Refusal:
    """The words of a reason; where the value changes what happened, the words of that value."""
    refusal = REFUSALS.get(reason, _UNKNOWN_REFUSAL)
    if isinstance(value, bool) or not isinstance(value, int):
        return refusal
    if reason == "EXPIRED" and value < 0:
        return replace(_AHEAD, what=_AHEAD.what.format(value=_show(-value, "ms")))
    if reason == "SELF_TEST_FAILED" and (check := SELF_TEST_CHECKS.get(value)) is not None:
        return Refusal(f"The self-test failed at check {value}, {check.looks_at}", check.remedy)
    return refusal
