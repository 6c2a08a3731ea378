"""Bytes in and out of a pyserial URL: a port name, socket://, rfc2217://, pensim://.

Only `Transport.read` lets time pass. On a port with a clock of its own (pensim://) that time is virtual; on
any other port it is the monotonic clock of this machine.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import metadata
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

from penctl import platforms
from penctl.discovery import port_of, serial_ports
from penctl.errors import LinkLost, PortError, PortInUse, PortNotFound, PortPermission, PortUrlInvalid

HANDLER_GROUP = "penctl.serial_handlers"
BAUD = 921_600
READ_SIZE = 4096
WRITE_TIMEOUT_S = 1.0
SET_BACK_S = 0.02
"""A clock that is earlier than before by more than this was set back; by less, two threads have read it."""
RFC_2217 = "rfc2217://"
"""pyserial's client of it knows no timeout of writing."""
FD_SETSIZE = 1024
"""What `select` can wait for."""
SIMULATED_DAY = date(2026, 1, 5)
"""The date of a pen in virtual time whose port names none: a run is a function of its seed."""


class SerialPort(Protocol):
    """What the transport needs of a pyserial object."""

    timeout: float | None

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived; a socket only tells whether any have."""

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes that come within `timeout`."""

    def write(self, data: bytes) -> int | None:
        """Put bytes on the line."""

    def fileno(self) -> int:
        """The file descriptor; OSError where there is none."""

    def reset_output_buffer(self) -> None:
        """Drop what was written and is not on the line yet."""

    def close(self) -> None:
        """Close the port."""


class Transport:
    """One open port. Every failure of the port, whatever its class, becomes `LinkLost`."""

    def __init__(self, port: SerialPort, url: str) -> None:
        self._port = port
        self.url = url
        self._lost = port_failures()
        self._open = True
        self._own_clock = hasattr(port, "virtual_time_s")
        self._read_some: Callable[[int, float], bytes] | None = (
            getattr(port, "read_some", None) if self._own_clock else None
        )
        self._handle = _handle_of(port)
        self._device = port_of(url) if self._handle is not None else None
        self._read_s = float("-inf")
        self._set_back_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it was not closed; a port that is gone is noticed by the next read or write."""
        return self._open

    @property
    def bench(self) -> Any | None:
        """The simulated bench behind the port, with its hand and its faults; None on a real port."""
        return getattr(self._port, "bench", None)

    @property
    def has_own_clock(self) -> bool:
        """Whether time on this port is virtual. Whether a pen is simulated is `Pen.simulated`."""
        return self._own_clock

    @property
    def entropy(self) -> Callable[[int], bytes] | None:
        """Seeded random bytes of a simulated port, so that a run can be repeated; None on a real port."""
        return getattr(self._port, "entropy", None)

    def now_s(self) -> float:
        """Seconds on the port's own clock if it has one, else on the monotonic clock.

        From a clock that was set back it goes on where it stood: every deadline of the link would else lie
        in a future that may be hours away.
        """
        read_s: float = self._port.virtual_time_s if self._own_clock else time.monotonic()  # type: ignore[attr-defined]
        if read_s < self._read_s:
            if read_s < self._read_s - SET_BACK_S:
                self._set_back_s += self._read_s - read_s
                self._read_s = read_s
        else:
            self._read_s = read_s
        return read_s + self._set_back_s

    def wall_s(self) -> float | None:
        """The computer's clock, s since 1970; None where time is virtual."""
        return None if self.has_own_clock else time.time()

    def today(self) -> date:
        """The date: of a simulated pen in virtual time its own, else that of this computer's clock."""
        if self.has_own_clock:
            simulated: date | None = getattr(self._port, "today", None)
            return simulated or SIMULATED_DAY
        return datetime.now(tz=UTC).astimezone().date()

    def read(self, max_bytes: int = READ_SIZE, timeout_s: float = 0.0, gather_s: float = 0.0) -> bytes:
        """Return what has arrived, waiting up to `timeout_s` for the first byte; b"" when nothing came.

        A serial port of this computer gathers for `gather_s` from the first byte on, within `timeout_s`: one
        read then takes what would else wake the host once for every few bytes.

        Raises:
            LinkLost: the port failed or was unplugged.
        """
        try:
            if self._handle is not None:
                return self._read_at_once(self._handle, max_bytes, max(0.0, timeout_s), gather_s)
            if self._read_some is not None:
                return self._read_some(max_bytes, max(0.0, timeout_s))
            self._set_timeout(max(0.0, timeout_s))
            data = self._port.read(1)
            if data:
                data += self._rest(max_bytes - 1)
            return bytes(data)
        except self._lost as error:
            self._fail(error)

    def _read_at_once(self, handle: int, max_bytes: int, timeout_s: float, gather_s: float) -> bytes:
        """Wait and read by two calls of the system; pyserial sets up the port anew for each timeout."""
        begun_s = time.monotonic()
        ready, _, _ = select.select([handle], [], [], timeout_s)
        if not ready:
            return b""
        if gather_s:
            time.sleep(max(0.0, min(gather_s, begun_s + timeout_s - time.monotonic())))
        try:
            data = os.read(handle, max_bytes)
        except BlockingIOError:  # another thread has taken it
            return b""
        if not data:
            raise OSError(errno.EIO, "the port is ready and has nothing: it was unplugged")
        return data

    def _set_timeout(self, timeout_s: float) -> None:
        """pyserial negotiates every setting anew with an RFC 2217 server whenever the timeout is set."""
        if self.url.startswith(RFC_2217):
            self._port._timeout = timeout_s  # type: ignore[attr-defined]
        else:
            self._port.timeout = timeout_s

    def _rest(self, max_bytes: int) -> bytes:
        """Everything that is there already; a socket only says whether any is, not how much."""
        waiting = self._port.in_waiting
        if waiting > 1:
            return self._port.read(min(waiting, max_bytes))
        if waiting == 1:
            self._set_timeout(0.0)
            return self._port.read(max_bytes)
        return b""

    def write(self, data: bytes) -> None:
        """Send `data`; lets no virtual time pass.

        Raises:
            LinkLost: the port failed or was unplugged.
        """
        try:
            self._port.write(data)
        except self._lost as error:
            self._fail(error)

    def send_now(self, data: bytes) -> None:
        """Send ahead of everything that the system still holds back: that is dropped, for STOP.

        One system call to purge and one to write: it may be called from any thread and from a signal
        handler, while another thread reads, and when the thread that read is dead. What a network has taken
        over already cannot be purged.

        Raises:
            LinkLost: the port failed, was unplugged or was closed.
        """
        if not self._open:
            raise LinkLost(f"The port {self.url} was closed")
        try:
            if "://" not in self.url:
                self._port.reset_output_buffer()
            descriptor = self.descriptor()
            if descriptor is not None:
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(descriptor, data) :]
            if data:
                self._port.write(data)
        except self._lost as error:
            self._fail(error)

    def descriptor(self) -> int | None:
        """The port's file descriptor, where it has one."""
        try:
            descriptor: int = self._port.fileno()
        except (AttributeError, OSError):
            return None
        return descriptor

    def reopen(self) -> None:
        """Open the port once more after it was gone. A port with a clock of its own is never gone.

        A USB device that came back under another name is found by its USB identity and serial number.

        Raises:
            PortError: it is not back yet. What `open_url` raises.
        """
        if self.has_own_clock:
            return
        self.close()
        try:
            again = open_url(self.url)
        except PortNotFound:
            again = open_url(self._other_name())
        self._port, self.url, self._handle = again._port, again.url, again._handle
        self._open = True

    def _other_name(self) -> str:
        """What the system calls the same USB device now; the old name when it is not there."""
        was = self._device
        there = serial_ports() if was is not None else []
        return next((port.device for port in there if was is not None and port.is_same_device(was)), self.url)

    def pause(self, seconds: float) -> None:
        """Let time pass although the port may be gone. Raises LinkLost on a port with a clock of its own."""
        if self.has_own_clock:
            self.read(timeout_s=seconds)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        """Close the port; a port that is gone already is closed all the same."""
        self._open = False
        left_open = getattr(self._port, "_socket", None)  # by socket://, when the other end has gone
        with contextlib.suppress(*self._lost):
            self._port.close()
        if left_open is not None:
            left_open.close()

    def _fail(self, error: BaseException) -> NoReturn:
        raise LinkLost(f"The port {self.url} is gone", value=str(error) or type(error).__name__) from error


def _handle_of(port: object) -> int | None:
    """The file of a serial port of this computer, where the system can wait for one as a file (POSIX)."""
    if os.name != "posix":
        return None
    from serial import Serial

    handle = port.fileno() if isinstance(port, Serial) else None
    return handle if handle is not None and handle < FD_SETSIZE else None


def port_failures() -> tuple[type[BaseException], ...]:
    """Every class that means an unplugged port: OSError, which SerialException is, and termios.error."""
    try:
        import termios
    except ImportError:
        return (OSError,)
    return (OSError, termios.error)


def register_handlers() -> None:
    """Let pyserial find the URL handlers that installed packages offer under `penctl.serial_handlers`."""
    import serial

    for entry in metadata.entry_points(group=HANDLER_GROUP):
        if entry.module not in serial.protocol_handler_packages:
            serial.protocol_handler_packages.append(entry.module)


def list_ports() -> list[tuple[str, str]]:
    """Serial ports of this machine as (name, description), those of pens first, then the simulated pens."""
    return [(port.device, port.text) for port in serial_ports()] + simulated_ports()


def simulated_ports() -> list[tuple[str, str]]:
    """The simulated pens that are installed, as (URL, description)."""
    names = sorted({entry.name for entry in metadata.entry_points(group=HANDLER_GROUP)})
    return [(f"{name}://", "simulated pen, virtual time") for name in names]


def open_url(url: str, *, exclusive: bool = True) -> Transport:
    """Open a port by name or pyserial URL, exclusively; only a STOP shares it with who has it open.

    Raises:
        PortNotFound, PortInUse, PortPermission, PortUrlInvalid, PortError: which it is, and what to do.
    """
    register_handlers()
    _check_address(url)
    write_timeout_s = None if url.startswith(RFC_2217) else WRITE_TIMEOUT_S
    settings = {"baudrate": BAUD, "timeout": 0, "write_timeout": write_timeout_s}
    try:
        port = _opened(url, {**settings, "exclusive": exclusive or None})
    except ValueError as error:
        raise PortUrlInvalid(f"{url} ({error})") from error
    except OSError as error:
        raise _explain(url, error) from error
    return Transport(port, url)


def _opened(url: str, settings: dict[str, Any]) -> SerialPort:
    """pyserial's port behind a URL; a port of this computer keeps its modem lines as they are."""
    import serial

    from penctl.quiet_port import QuietSerial

    return serial.serial_for_url(url, **settings) if "://" in url else QuietSerial(url, **settings)


def _check_address(url: str) -> None:
    """Refuse a network URL without host and port: what pyserial says of one is no help.

    Raises:
        PortUrlInvalid: with what is missing or wrong.
    """
    if not url.startswith(("socket://", "rfc2217://")):
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise PortUrlInvalid(f"{url} ({error})") from error
    if not host or not port:
        raise PortUrlInvalid(f"{url} ({'the port' if host else 'the host'} is missing)")


def _explain(url: str, error: OSError) -> PortError:
    """Name the cause: pyserial keeps the system's errno, or only its words."""
    code, words = error.errno, str(error)
    if code in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in words:
        return PortInUse(url)
    if code in (errno.EACCES, errno.EPERM) or "PermissionError" in words:
        return _permission(url)
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "FileNotFoundError" in words:
        return PortNotFound(url, known=_ports_here())
    return PortError(
        "The port could not be opened",
        value=f"{url} ({words})",
        remedy="Check the name, the cable, and that the other side listens",
    )


def _ports_here() -> str:
    return ", ".join(name for name, _ in list_ports()) or "none found"


def _permission(url: str) -> PortPermission:
    """Name the group that owns the device file, where the system has groups."""
    refusal = PortPermission(url)
    group = platforms.group_of(url)
    if group is not None:
        refusal.remedy = f"Join the group that owns it: sudo usermod -aG {group} $USER, then log in again"
    return refusal
