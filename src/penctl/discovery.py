"""Which ports there are, which of them say by their USB identity that they are a pen's, and who answers.

Asking is safe for whatever is there: the port is opened without moving its modem lines, a port that another
program holds is left alone, and what is sent is the question IDENTIFY, which needs no link session, changes
nothing and starts nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from penctl import platforms
from penctl.errors import (
    DeviceGarbage,
    LimitsMismatch,
    LinkLost,
    MessagesMismatch,
    PenError,
    PortInUse,
    PortPermission,
    VersionMismatch,
)

if TYPE_CHECKING:
    from penctl.connection import Connection
    from penctl.status import Identity
    from penctl.transport import Transport


@dataclass(frozen=True)
class Port:
    """A serial port as the system tells it; None for what it does not tell, as of a port that is no USB's."""

    device: str
    text: str
    vendor: int | None = None
    product: int | None = None
    product_text: str | None = None
    usb_serial: str | None = None

    @property
    def is_pen(self) -> bool:
        """Whether it says that it is the pen of the reference design."""
        return platforms.is_pen(self.vendor, self.product, self.product_text)

    @property
    def is_ftdi(self) -> bool:
        """Whether it has a latency timer."""
        return self.vendor == platforms.FTDI_VENDOR

    @property
    def usb_text(self) -> str:
        """Vendor, product and serial number of the USB device; "" where there is none."""
        if self.vendor is None or self.product is None:
            return ""
        return f"USB {self.vendor:04x}:{self.product:04x} {self.usb_serial or ''}".rstrip()

    def is_same_device(self, other: Port) -> bool:
        """Whether both are the same USB device, whatever the system calls it; False without a number."""
        return self.usb_serial is not None and (self.vendor, self.product, self.usb_serial) == (
            other.vendor,
            other.product,
            other.usb_serial,
        )


def serial_ports() -> list[Port]:
    """The serial ports of this computer: those of pens first, then by name."""
    from serial.tools import list_ports

    found = [
        Port(port.device, port.description, port.vid, port.pid, port.product, port.serial_number)
        for port in list_ports.comports()
    ]
    return sorted(found, key=lambda port: (not port.is_pen, port.device))


def port_of(name: str) -> Port | None:
    """The port of this computer that has this name; None for a URL or a name that it does not have."""
    if "://" in name:
        return None
    return next((port for port in serial_ports() if port.device == name), None)


class Verdict(Enum):
    """What asking a port came to."""

    PEN = "a pen"
    OTHER_RELEASE = "a pen that does not match this penctl"
    OTHER_DEVICE = "something else"
    SILENT = "nothing answers"
    IN_USE = "not asked: another program has it open"
    FORBIDDEN = "not asked: this user may not open it"
    FAILED = "could not be asked"


@dataclass(frozen=True)
class Answer:
    """Who answered on a port; `identity` is there for a pen that matches, `told` says what else there is."""

    verdict: Verdict
    identity: Identity | None = None
    told: str = ""

    @property
    def text(self) -> str:
        """In a line."""
        if self.identity is None:
            return self.verdict.value
        return f"pen {self.identity.serial_number}, firmware {self.identity.firmware_version}"


_VERDICTS: Final = (
    (PortInUse, Verdict.IN_USE),
    (PortPermission, Verdict.FORBIDDEN),
    ((VersionMismatch, MessagesMismatch, LimitsMismatch), Verdict.OTHER_RELEASE),
    (DeviceGarbage, Verdict.OTHER_DEVICE),
    (LinkLost, Verdict.SILENT),
)


def ask(name: str) -> Answer:
    """Ask who is on a port or URL; takes at most a second. What is wrong is the answer, nothing is raised."""
    from penctl.opening import identify
    from penctl.transport import open_url

    try:
        transport = open_url(name)
    except PenError as error:
        return _failed(error)
    try:
        return Answer(Verdict.PEN, identify(_connection(transport)))
    except PenError as error:
        return _failed(error)
    finally:
        transport.close()


def _failed(error: PenError) -> Answer:
    verdict = next((verdict for kind, verdict in _VERDICTS if isinstance(error, kind)), Verdict.FAILED)
    return Answer(verdict, told=str(error))


def _connection(transport: Transport) -> Connection:
    """A link that can only ask: it never opens a link session, so its key is of no use."""
    from penctl.connection import Connection
    from penctl.protocol.enums import Role
    from penctl.protocol.link import HostLink
    from penctl.protocol.session import KEY_SIZE

    return Connection(transport, HostLink(bytes(KEY_SIZE), int(Role.OPERATOR), secrets.token_bytes))
