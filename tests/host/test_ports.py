"""`penctl ports`: pens by their USB identity, who answers, and modem lines that nobody moves."""

from __future__ import annotations

import json
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penctl import cli, platforms
from penctl.discovery import Verdict, ask, serial_ports
from penctl.transport import open_url

pytest.importorskip("pty", reason="pseudo-terminals need POSIX")
import termios

import serial


class Terminal:
    """A pseudo-terminal whose far end answers by `answer`, in a thread."""

    def __init__(self) -> None:
        self.far, self._near = os.openpty()
        self.name = os.ttyname(self._near)
        self.asked = b""
        self._thread: threading.Thread | None = None
        self._ends = False

    def serve(self, answer: Callable[[bytes, int], bytes]) -> None:
        self._thread = threading.Thread(target=self._serve, args=(answer,), daemon=True)
        self._thread.start()

    def _serve(self, answer: Callable[[bytes, int], bytes]) -> None:
        while not self._ends:
            if select.select([self.far], [], [], 0.02)[0]:
                data = os.read(self.far, 4096)
                self.asked += data
                os.write(self.far, answer(data, time.monotonic_ns() // 1000))

    def close(self) -> None:
        if self._ends:
            return
        self._ends = True
        if self._thread is not None:
            self._thread.join(5.0)
        os.close(self.far)
        os.close(self._near)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may take long on a busy machine: that is not what is tested."""
    monkeypatch.setattr("penctl.protocol.commands.GIVE_UP_US", 60_000_000)
    monkeypatch.setattr("penctl.connection.COMMAND_TIMEOUT_S", 60.0)


def _usb(monkeypatch: pytest.MonkeyPatch, *rows: tuple[str, int | None, int | None, str, str]) -> None:
    found = [
        SimpleNamespace(device=name, description=text, vid=vid, pid=pid, product=text, serial_number=number)
        for name, vid, pid, text, number in rows
    ]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: found)


# --- by USB identity ---


def test_a_pen_is_known_by_its_usb_identity_and_stands_first(monkeypatch: Any, capsys: Any) -> None:
    """Issue 5, 3: ids and text are those of hardware/pen.toml; another FTDI bridge is no pen."""
    _usb(
        monkeypatch,
        ("/dev/ttyACM0", 0x2341, 0x0043, "Uno", "X"),
        ("/dev/ttyUSB0", 0x0403, 0x6015, "FT230X Basic UART", "Y"),
        ("/dev/ttyUSB1", 0x0403, 0x6015, "penctl pen", "PEN-7"),
    )
    assert [port.is_pen for port in serial_ports()] == [True, False, False]
    assert cli.main(["ports"]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("/dev/ttyUSB1")
    assert first.endswith("a pen by its USB identity (USB 0403:6015 PEN-7)")
    assert cli.main(["ports", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["ports"]
    assert [row["pen_by_usb"] for row in rows] == [True, False, False, False]
    assert rows[0]["usb"] == {"vendor": 0x0403, "product": 0x6015, "serial_number": "PEN-7"}
    assert "answer" not in rows[0]


def test_a_usb_device_that_came_back_under_another_name_is_found(
    monkeypatch: Any, tmp_path: Path, terminal: Terminal
) -> None:
    """Issue 5, 3: unplug and return; by the serial number of the USB device, never another device."""
    old, new = str(tmp_path / "ttyUSB0"), str(tmp_path / "ttyUSB1")
    Path(old).symlink_to(terminal.name)
    _usb(monkeypatch, (old, 0x0403, 0x6015, "penctl pen", "PEN-7"))
    transport = open_url(old)
    Path(old).unlink()
    Path(new).symlink_to(terminal.name)
    _usb(monkeypatch, (new, 0x0403, 0x6015, "penctl pen", "PEN-8"))
    with pytest.raises(Exception, match="no such port"):
        transport.reopen()
    _usb(monkeypatch, (new, 0x0403, 0x6015, "penctl pen", "PEN-7"))
    transport.reopen()
    assert transport.url == new
    os.write(terminal.far, b"here")
    assert transport.read(timeout_s=5.0) == b"here"
    transport.close()


# --- by asking ---


@pytest.mark.usefixtures("patient")
def test_a_port_is_asked_who_is_there_and_nothing_else(terminal: Terminal, foreign: Any, capsys: Any) -> None:
    """Issue 5, 3: one question that changes nothing; no link session, no STOP, and the port is free again."""
    terminal.serve(foreign._receive)
    assert cli.main(["ports", "--ask", terminal.name]) == 0
    assert "pen FOREIGN-0001, firmware 0.1.0" in capsys.readouterr().out
    assert {command.name for command in foreign.device.commands} == {"IDENTIFY"}
    assert foreign.device.stops == 0
    open_url(terminal.name).close()


@pytest.mark.usefixtures("patient")
def test_what_is_no_pen_is_told(terminal: Terminal, capsys: Any) -> None:
    """Issue 5, 3: a device of another kind, whatever it says; the exit code tells that no pen answered."""
    terminal.serve(lambda data, now_us: b"ok\0" * 30)
    assert ask(terminal.name).verdict is Verdict.OTHER_DEVICE
    assert cli.main(["ports", "--ask", terminal.name, "--json"]) == 1
    [row] = json.loads(capsys.readouterr().out)["ports"]
    assert (row["answer"]["verdict"], row["answer"]["identity"]) == ("OTHER_DEVICE", None)


@pytest.mark.usefixtures("patient")
def test_a_pen_of_another_release_is_told_with_the_side_to_update(terminal: Terminal, foreign: Any) -> None:
    """Issue 5, 6: which side, by the versions of both."""
    foreign.device.identity |= {"messages_hash": 1, "firmware_patch": 9}
    terminal.serve(foreign._receive)
    answer = ask(terminal.name)
    assert answer.verdict is Verdict.OTHER_RELEASE
    assert "update penctl on this computer" in answer.told


def test_a_port_that_says_nothing_or_is_in_use_or_is_not_there_is_told(terminal: Terminal) -> None:
    """Issue 5, 3: nothing is raised; a port that another program holds is not asked at all."""
    assert ask(terminal.name).verdict is Verdict.SILENT
    held = open_url(terminal.name)
    os.read(terminal.far, 4096)
    assert ask(terminal.name).verdict is Verdict.IN_USE
    assert not select.select([terminal.far], [], [], 0.0)[0]
    held.close()
    assert ask("/dev/ttyNOWHERE9").verdict is Verdict.FAILED


# --- modem lines ---


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every request of pyserial that moves a modem line; a pty refuses it, a board would feel it."""
    from serial import serialposix

    requests: list[int] = []
    real = serialposix.fcntl.ioctl
    lines = (serialposix.TIOCMBIS, serialposix.TIOCMBIC)

    def ioctl(descriptor: int, request: int, *rest: Any) -> Any:
        if request in lines:
            requests.append(request)
            return 0
        return real(descriptor, request, *rest)

    monkeypatch.setattr(serialposix.fcntl, "ioctl", ioctl)
    return requests


def test_no_modem_line_is_moved_by_opening_asking_and_closing(terminal: Terminal, moved: list[int]) -> None:
    """Issue 5, 3: boards that restart on DTR or RTS go on. Negative control: pyserial's own port."""
    serial.Serial(terminal.name).close()
    assert len(moved) == 2
    moved.clear()
    transport = open_url(terminal.name)
    transport.reopen()
    transport.close()
    ask(terminal.name)
    assert moved == []


def test_closing_the_port_drops_no_modem_line(terminal: Terminal) -> None:
    """Issue 5, 3: HUPCL is cleared, which the system keeps for the next opening."""
    settings = termios.tcgetattr(terminal._near)
    settings[2] |= termios.HUPCL
    termios.tcsetattr(terminal._near, termios.TCSANOW, settings)
    open_url(terminal.name).close()
    assert not termios.tcgetattr(terminal._near)[2] & termios.HUPCL


def test_a_modem_line_can_still_be_set_on_purpose(terminal: Terminal, moved: list[int]) -> None:
    """Negative control: a firmware engineer's own board."""
    port: Any = open_url(terminal.name)._port
    port.dtr = False
    assert len(moved) == 1
    port.close()


def test_on_windows_both_lines_stay_low(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 5, 3: what pyserial is told there; what Windows does with it is untested."""
    monkeypatch.setattr(platforms, "system", lambda: platforms.WINDOWS)
    port: Any = open_url(terminal.name)._port
    assert (port.dtr, port.rts) == (False, False)
    port.close()
