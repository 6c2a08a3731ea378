"""pyserial's handler of pensim:// URLs: a simulated pen behind a serial port, in virtual time.

    serial.serial_for_url("pensim://?seed=1&skin=typical", timeout=0.1)

One thread owns the clock. `read` with a timeout lets virtual time pass until the bytes or the timeout come;
`write`, `in_waiting` and the rest never do. Not modelled: other baud rates, parity, modem lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from serial import PortNotOpenError, SerialBase, SerialException

from pensim.impairments import MOST

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

    from pensim.bench import Bench

BLOCKING_LIMIT_S = 60.0
"""A read without a timeout gives up after so much virtual time: every wait has a limit."""
PARAMETERS = {
    "seed": "a whole number",
    "skin": "typical, stiff or air",
    "cartridge": "HOME, CLINICAL or none",
    "home_only": "yes or no",
    **{name: f"a number from 0 to {most:g}: a bad line" for name, most in MOST.items()},
}


def bench_options(url: str) -> dict[str, Any]:
    """Arguments of the bench that a URL asks for. Raises ValueError with what is wrong and allowed."""
    parts = urlsplit(url)
    if parts.scheme != "pensim" or parts.netloc or parts.path.strip("/"):
        raise ValueError("expected pensim://?seed=1&skin=typical")
    options: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)):
        if name not in PARAMETERS:
            raise ValueError(f"unknown parameter {name!r}, allowed are {', '.join(PARAMETERS)}")
        if name in options:
            raise ValueError(f"{name} is given twice")
        options[name] = _value(name, value)
    return options


def _value(name: str, value: str) -> Any:
    if name == "home_only":
        if value not in ("yes", "no"):
            raise ValueError(f"home_only = {value!r}, allowed is {PARAMETERS['home_only']}")
        return value == "yes"
    if name in MOST:
        return _number(name, value)
    if name == "cartridge":
        return None if value == "none" else value.upper()
    if name != "seed":
        return value
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"seed = {value!r}, allowed is {PARAMETERS['seed']}")
    return int(value)


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name} = {value!r}, allowed is {PARAMETERS[name]}") from None


class Serial(SerialBase):
    """A pyserial port whose other end is a simulated pen. `bench` is its side channel."""

    BAUDRATES = (921_600,)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._bench: Bench | None = None
        self.url = ""
        super().__init__(*args, **kwargs)

    @classmethod
    def on_bench(cls, bench: Bench) -> Serial:
        """A port on a bench that exists already."""
        port = cls()
        port._bench = bench
        port.url = f"pensim://?seed={bench.seed}&skin={bench.skin}"
        port.is_open = True
        return port

    def open(self) -> None:
        """Build the pen that the URL asks for, and switch it on. Raises ValueError for a bad URL."""
        from pensim.bench import Bench
        from pensim.errors import BenchError
        from pensim.world import Factory

        if self.port is None:
            raise SerialException("a port must be named before it can be opened")
        if self.is_open:
            raise SerialException("the port is open already")
        self.url = str(self.port)
        options = bench_options(self.url)
        factory = Factory(home_only=options.pop("home_only", False))
        bad = {name: options.pop(name) for name in MOST if name in options}
        try:
            self._bench = Bench(**options, factory=factory)
            if any(bad.values()):
                self._bench.inject("line", "impaired", **bad)
        except BenchError as error:
            raise ValueError(str(error)) from error
        self.is_open = True

    def close(self) -> None:
        """Close the port; the pen goes on by itself if its bench still runs."""
        self.is_open = False

    @property
    def bench(self) -> Bench:
        """The bench behind the port."""
        if self._bench is None:
            raise PortNotOpenError
        return self._bench

    @property
    def virtual_time_s(self) -> float:
        """Virtual time since power-on, s."""
        return self.bench.time_s

    def entropy(self, size: int) -> bytes:
        """Seeded bytes for the host's nonces."""
        return self.bench.entropy(size)

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived; lets no time pass."""
        self._check_open()
        return self.bench.line.in_waiting

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes, as many as come before the timeout."""
        self._check_open()
        bench = self.bench
        line = bench.line
        end_s = bench.time_s + (BLOCKING_LIMIT_S if self.timeout is None else self.timeout)
        data = line.read(size) if line.in_waiting else b""
        while len(data) < size and (left_s := end_s - bench.time_s) > 1e-9:
            bench.advance_to_data(left_s)
            if line.in_waiting:
                data += line.read(size - len(data))
        return data

    def read_some(self, most: int, timeout_s: float) -> bytes:
        """What has come, up to `most` bytes, as soon as something is there or the timeout is over."""
        self._check_open()
        bench = self.bench
        line = bench.line
        end_s = bench.time_s + timeout_s
        while not line.in_waiting and (left_s := end_s - bench.time_s) > 1e-9:
            bench.advance_to_data(left_s)
        return line.read(most)

    def write(self, data: Buffer) -> int:
        """Put bytes on the line, to arrive as virtual time passes. Raises SerialException when it is full."""
        self._check_open()
        given = bytes(data)
        taken = self.bench.line.write(given)
        if taken < len(given):
            raise SerialException("the line to the pen is full: nothing lets virtual time pass")
        return taken

    def reset_input_buffer(self) -> None:
        """Drop what has arrived."""
        self._check_open()
        self.bench.line.read()

    def reset_output_buffer(self) -> None:
        """What was written is on its way and cannot be taken back."""
        self._check_open()

    def _check_open(self) -> None:
        if not self.is_open:
            raise PortNotOpenError

    def _reconfigure_port(self, force_update: bool = False) -> None:
        """Nothing to set: the line has one speed."""

    def _update_rts_state(self) -> None:
        """No modem lines."""

    def _update_dtr_state(self) -> None:
        """No modem lines."""

    def _update_break_state(self) -> None:
        """No modem lines."""

    cts = dsr = ri = cd = property(lambda self: True)
