"""Every error that penctl raises: what happened, the value, the limit, and what to do next.

The words of each reason are in `penctl.reason_words`, those of each check of the self-test in
`penctl.self_test_words`; neither imports anything of the protocol, and nor does this module.
"""

from __future__ import annotations

import enum
from typing import ClassVar

from penctl.reason_words import REFUSALS, show, words_of


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
        refusal = words_of(self.reason, value)
        self.unit = refusal.unit if unit is None else unit
        self.layer = layer
        words = {"value": show(value, self.unit), "limit": show(limit, self.unit), "reason": self.reason}
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
        refusal = words_of("SELF_TEST_FAILED", value)
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
        apart = f": sensors {show(value, 'um')} apart, {show(limit, 'um')} is allowed" if value else ""
        self.what, self.remedy = f"The depth stage did not find its zero{apart}", refusal.remedy

    def __str__(self) -> str:
        """The what names value and limit in mm already."""
        return f"{_sentence(self.what)} {_sentence(self.remedy)}"


class Unfinished(PenError):
    """What was asked for did not happen in its time. `value` is what was seen, `limit` the time allowed.

    `acted` tells of a command whether it acted: False, it did not and may be sent again; None, nobody knows.
    """

    acted: bool | None = None

    WHAT = "The pen did not finish in its time"
    REMEDY = "Read the status before anything else: the outcome is uncertain"


class RecordingError(PenError):
    """A recording could not be written or read."""


class VisitInhibited(RecordingError):
    """No visit may begin, because it could not be recorded, or not with the right time (IL-41)."""

    WHAT = "No visit may begin (IL-41)"
    REMEDY = "Make room for the recording or set the clock; a visit that is open may be finished"

    @classmethod
    def because(cls, error: RecordingError) -> VisitInhibited:
        """With the value, the limit and the remedy of what is wrong."""
        what = error.what[:1].lower() + error.what[1:]
        return cls(f"{cls.WHAT}: {what}", error.value, error.limit, error.remedy)
