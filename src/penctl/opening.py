"""What is checked when a port is opened: that a pen is there, and that it belongs to this program."""

from __future__ import annotations

from penctl.connection import Connection
from penctl.errors import DeviceGarbage, LimitsMismatch, LinkLost, MessagesMismatch, VersionMismatch
from penctl.hardware import limits_hash, load_limits
from penctl.protocol.enums import Mode
from penctl.protocol.link import LinkEvent, Rejected, Rejection
from penctl.protocol.messages import MESSAGES_HASH, PROTOCOL_VERSION, Message
from penctl.status import Identity, ModeRange, mode_ranges

GARBAGE_FRAMES = 20
"""So many frames that cannot be understood before any good one: this is no pen."""


class _Listener:
    """Counts what was not understood, and keeps the version of a foreign frame."""

    def __init__(self) -> None:
        self.rejected = 0
        self.version: int | None = None

    def take(self, event: LinkEvent) -> None:
        if isinstance(event, Rejected):
            self.rejected += max(1, event.value) if event.cause is Rejection.FRAME else 1
            if event.cause is Rejection.VERSION:
                self.version = event.value


def identify(connection: Connection) -> Identity:
    """Ask who is there and compare versions, messages and hard limits.

    Raises:
        LinkLost: nothing answers. DeviceGarbage: something answers, but no pen.
        VersionMismatch, MessagesMismatch, LimitsMismatch: it is a pen, but not one for this program.
    """
    heard = _Listener()
    connection.listeners.append(heard.take)
    try:
        identity = Identity.of(_ask(connection, heard))
    finally:
        connection.listeners.remove(heard.take)
    compare(identity)
    return identity


def ranges(connection: Connection) -> dict[Mode, ModeRange]:
    """The limits that the device holds; they may be narrower than the hard limits, never wider.

    Raises:
        LimitsMismatch: a limit of the device is wider than the table of this program, or its mode is unknown.
    """
    found = mode_ranges(connection.ask("GET_LIMITS"))
    table = load_limits()
    for mode, held in found.items():
        try:
            hard = table[mode.name]
        except KeyError:
            raise LimitsMismatch(f"limits for {mode.name}", "no such mode in this program") from None
        for key in ("depth", "rate"):
            unit = "um" if key == "depth" else "mhz"
            low, high = (getattr(held, f"{key}_{end}_{unit}") for end in ("min", "max"))
            hard_low, hard_high = (getattr(hard, f"{key}_{end}_{unit}") for end in ("min", "max"))
            if low < hard_low or high > hard_high:
                raise LimitsMismatch(
                    f"{mode.name} {key} {low} to {high} {unit}", f"at most {hard_low} to {hard_high} {unit}"
                )
    return found


def _ask(connection: Connection, heard: _Listener) -> Message:
    before = connection.bytes_in  # what the pen said before the link was lost is no answer
    answer = connection.identify(
        give_up=lambda: heard.version is not None or heard.rejected >= GARBAGE_FRAMES
    )
    if answer is not None:
        return answer
    if heard.version is not None:
        raise VersionMismatch(heard.version, PROTOCOL_VERSION)
    if connection.bytes_in > before:
        raise DeviceGarbage(f"{connection.bytes_in - before} bytes, {heard.rejected} frames not understood")
    raise LinkLost(
        "Nothing answers on this port",
        value=connection.transport.url,
        remedy="Check that the pen is on and that this is its port; penctl ports lists them",
    )


def compare(identity: Identity) -> None:
    """Refuse a pen for another program. Raises VersionMismatch, MessagesMismatch, LimitsMismatch."""
    if identity.protocol_version != PROTOCOL_VERSION:
        raise VersionMismatch(identity.protocol_version, PROTOCOL_VERSION)
    if identity.messages_hash != MESSAGES_HASH:
        mismatch = MessagesMismatch(f"{identity.messages_hash:08x}", f"{MESSAGES_HASH:08x}")
        mismatch.remedy = _which_to_update(identity.firmware_version) or mismatch.remedy
        raise mismatch
    ours = limits_hash(load_limits()).hex()
    if identity.limits_hash != ours:
        raise LimitsMismatch(identity.limits_hash, ours)


def _which_to_update(firmware: str) -> str:
    """Which side is the older by its version; empty when that does not tell it."""
    from penctl import __version__

    def parts(version: str) -> tuple[int, ...]:
        return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())

    if parts(firmware) == parts(__version__):
        return ""
    older = "the pen's firmware" if parts(firmware) < parts(__version__) else "penctl on this computer"
    return f"The pen's firmware is {firmware}, this penctl {__version__}: update {older}"
