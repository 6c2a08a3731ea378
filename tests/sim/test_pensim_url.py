"""The simulated pen as a pyserial port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from serial import PortNotOpenError

from penctl.errors import PortUrlInvalid
from penctl.pen import Pen
from penctl.transport import list_ports, open_url
from pensim.bench import installed_core
from pensim.firmware import FirmwareError
from pensim.serial_handlers.protocol_pensim import bench_options


def test_a_simulated_pen_opens_by_its_url() -> None:
    """Issue 2: the host opens the simulated pen through a pyserial URL, in virtual time."""
    with Pen("pensim://?seed=7&skin=stiff") as pen:
        assert pen.transport.has_own_clock
        assert pen.transport.bench.seed == 7
        assert pen.transport.bench.skin == "stiff"
        assert pen.identity.serial_number.startswith("PENSIM-")
        before_s = pen.now_s()
        pen.wait(10.0)
        assert pen.now_s() - before_s == pytest.approx(10.0, abs=0.01)


def test_the_simulated_pen_is_listed_among_the_ports() -> None:
    """`penctl ports` shows how to reach a simulated pen."""
    assert "pensim://" in [name for name, _ in list_ports()]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("pensim://?seed=x", "whole number"),
        ("pensim://?home_only=perhaps", "yes or no"),
        ("pensim://?seed=", "whole number"),
        ("pensim://?seed=-1", "whole number"),
        ("pensim://?seed=1&seed=2", "twice"),
        ("pensim://?sead=1", "seed, skin, cartridge"),
        ("pensim://?skin=leather", "typical, stiff, air"),
        ("pensim://?cartridge=XL", "no such cartridge"),
        ("pensim://host/1", "pensim://"),
        ("pensim://?seed", "seed"),
    ],
)
def test_a_bad_url_says_what_is_wrong_and_what_is_allowed(url: str, words: str) -> None:
    """Bad input: every part of the URL is checked."""
    with pytest.raises(PortUrlInvalid, match=words):
        open_url(url)


def test_a_core_that_the_environment_names_wrongly_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad input: it is no fault of the URL; the variable and what to do with it are named."""
    monkeypatch.setenv("PENSIM_CORE", str(tmp_path / "mine.so"))
    installed_core.cache_clear()
    with pytest.raises(FirmwareError, match=r"mine\.so.*PENSIM_CORE names it"):
        open_url("pensim://?seed=1")
    installed_core.cache_clear()


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("pensim://", {}),
        ("pensim://?seed=0", {"seed": 0}),
        ("pensim://?home_only=yes", {"home_only": True}),
        ("pensim://?skin=air&seed=12", {"skin": "air", "seed": 12}),
        ("pensim://?cartridge=home", {"cartridge": "HOME"}),
        ("pensim://?cartridge=none", {"cartridge": None}),
    ],
)
def test_a_good_url_gives_the_bench_its_options(url: str, options: dict[str, Any]) -> None:
    """The URL names seed, skin and cartridge, all optional."""
    assert bench_options(url) == options


def test_pyserial_users_get_what_they_know() -> None:
    """A plain pyserial program can use the port: timeouts, in_waiting, closing, modem lines."""
    transport = open_url("pensim://?seed=1")
    port = transport._port
    assert (port.cts, port.dsr, port.cd, port.ri) == (True, True, True, True)
    port.timeout = 0.02
    assert port.read(10) == b""
    port.write(b"\0\1\2\3\0")
    port.reset_output_buffer()
    port.reset_input_buffer()
    assert port.in_waiting == 0
    port.close()
    for use in (lambda: port.in_waiting, lambda: port.read(1), lambda: port.write(b"x")):
        with pytest.raises(PortNotOpenError):
            use()


def test_a_read_without_a_timeout_ends_all_the_same() -> None:
    """Every wait has a limit: a silent pen does not hang the reader for ever."""
    transport = open_url("pensim://?seed=1")
    transport._port.timeout = None
    assert transport._port.read(1) == b""
    assert transport.now_s() == pytest.approx(60.0, abs=0.01)
