"""`penctl doctor`: each line is good or says what mends it, with and without a pen, on each system."""

from __future__ import annotations

import json
import os
import shlex
import stat
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from penctl import cli, opening, platforms
from penctl.commands import doctor as command
from penctl.doctor import computer as computers
from penctl.doctor import pen as pens
from penctl.doctor import ports as all_ports
from penctl.doctor.finding import Finding, Verdict
from penctl.doctor.ports import Port
from penctl.hardware import load_pen
from penctl.protocol.messages import MESSAGES_HASH, PROTOCOL_VERSION

NOW_S = 1.8e9
PEN = Port("/dev/ttyUSB0", "penctl pen", 0x0403, 0x6015, "penctl pen")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and pairings of its own; no window is opened."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def _named(findings: Any, name: str) -> Finding:
    [found] = [finding for finding in findings if finding.name == name]
    return found


def _wrong(finding: Finding, words: str) -> None:
    """The line is wrong, says what, and how to mend it."""
    assert finding.verdict is Verdict.WRONG
    assert words in finding.found
    assert finding.remedy


# --- the command ---


def test_a_computer_without_a_pen_is_examined_and_good(capsys: Any, monkeypatch: Any) -> None:
    """Issue 5, part 6: works without a pen; exit code 0; says how to ask one."""
    monkeypatch.setattr(all_ports, "serial_ports", list)
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "All is good" in out
    assert "--port pensim://" in out
    for name in (
        "penctl",
        "limits",
        "messages",
        "clock",
        "disk",
        "recordings",
        "pairings",
        "window",
        "ports",
    ):
        assert f" {name} " in out


def test_a_simulated_pen_is_examined_and_good(capsys: Any) -> None:
    """Issue 5, part 6: works with pensim://, as JSON, with the hashes of both sides."""
    assert cli.main(["doctor", "--port", "pensim://", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["good"] is True
    lines = {line["name"]: line for line in found["findings"] if line["area"].startswith("pen ")}
    assert lines.keys() == {"pen", "versions", "limits", "pairing", "state", "link"}
    assert "simulated" in lines["pen"]["found"]
    messages = _named([Finding(**{**line, "verdict": None}) for line in found["findings"]], "messages")
    assert f"{MESSAGES_HASH:08x}" in messages.found
    assert f"protocol {PROTOCOL_VERSION}" in messages.found


def test_something_wrong_gives_exit_code_1_and_its_command(capsys: Any) -> None:
    """Issue 5, part 6: exit code 1; a port that is not there is one line, no traceback."""
    assert cli.main(["doctor", "--port", "/dev/no-such-port"]) == 1
    out = capsys.readouterr().out
    assert "There is no such port" in out
    assert "1 thing is to be mended" in out


def test_a_command_is_never_broken_into_two_lines(capsys: Any) -> None:
    """It is to be copied."""
    line = Finding("ports", "udev rule", Verdict.WRONG, "gone", "Install it once", platforms.INSTALL_UDEV)
    command._line(Console(width=60), line)
    assert f"$ {platforms.INSTALL_UDEV}" in capsys.readouterr().out


def test_the_udev_rule_is_printed_as_it_is_shipped(capsys: Any, source_root: Path) -> None:
    """Issue 5, part 6: to standard output the rule and nothing else, so that it can be piped."""
    assert cli.main(["doctor", "--udev"]) == 0
    told = capsys.readouterr()
    assert told.out == (source_root / "hardware/reference_design/70-penctl.rules").read_text(encoding="utf-8")
    assert platforms.INSTALL_UDEV in told.err
    usb = load_pen().usb
    assert f'idVendor}}=="{usb.vendor_id}"' in told.out
    assert f'idProduct}}=="{usb.product_id}"' in told.out
    assert f'product}}=="{usb.product_text}"' in told.out


# --- the computer ---


def test_a_clock_that_was_never_set_is_wrong() -> None:
    """IL-41 before the visit: what is wrong, and the command that sets it."""
    found = _named(computers.computer(0.0), "clock")
    _wrong(found, "not set")
    assert found.command


def test_a_full_disk_is_wrong(monkeypatch: Any) -> None:
    """IL-41 before the visit."""
    monkeypatch.setattr(computers.shutil, "disk_usage", lambda folder: _Usage())
    _wrong(_named(computers.computer(NOW_S), "disk"), "a visit needs 0.2 GB")


class _Usage:
    free = 10_000_000


def test_a_recording_that_was_cut_off_is_told_with_its_repair(tmp_path: Path) -> None:
    """Issue 5, part 5 and 6: a crash is noticed the next day."""
    folder = tmp_path / "penctl-runs" / "one"
    folder.mkdir(parents=True)
    (folder / "run.mcap.part").write_bytes(b"")
    found = _named(computers.computer(time.time()), "recordings")
    assert found.verdict is Verdict.NOTE
    assert "run.mcap.part" in found.command
    assert found.command.startswith("penctl log repair")


@pytest.mark.skipif(os.name == "nt", reason="file modes are of Unix; untested on Windows")
def test_pairings_that_others_may_read_are_wrong(tmp_path: Path) -> None:
    """Issue 5, part 6: the key store, with the command that closes it."""
    (tmp_path / "data").mkdir()
    pairings = tmp_path / "data" / "pairings.json"
    pairings.write_text("{}")
    pairings.chmod(0o644)
    found = _named(computers.computer(NOW_S), "pairings")
    _wrong(found, "others may read it")
    assert found.command == f"chmod 600 {pairings}"
    pairings.chmod(0o600)
    assert stat.S_IMODE(pairings.stat().st_mode) == 0o600
    assert _named(computers.computer(NOW_S), "pairings").verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("said", "display", "verdict", "words"),
    [
        ("libEGL.so.1: cannot open shared object file", ":0", Verdict.WRONG, "libEGL"),
        ('Could not load the Qt platform plugin "xcb"', "", Verdict.NOTE, "no display"),
        ('Could not load the Qt platform plugin "xcb"', ":0", Verdict.WRONG, "cannot show a window"),
    ],
)
def test_a_window_that_cannot_be_shown_says_why(
    said: str, display: str, verdict: Verdict, words: str, monkeypatch: Any
) -> None:
    """Issue 5, part 6: missing libraries are wrong; a server without a display is not."""
    monkeypatch.setattr(platforms.sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    found = computers._no_screen("6.11.3", said, said)
    assert found.verdict is verdict
    assert words in found.found


# --- ports ---


def _of_ports(
    found: list[Port], monkeypatch: Any, *, rule: str | None = None, **answers: Any
) -> list[Finding]:
    monkeypatch.setattr(platforms.sys, "platform", answers.pop("system", "linux"))
    monkeypatch.setattr(platforms, "installed_udev_rule", lambda: rule)
    for name, answer in {"may_open": True, "latency_ms": 1, "group_of": "dialout", **answers}.items():
        monkeypatch.setattr(platforms, name, lambda *_, answer=answer: answer)
    return list(all_ports.ports(found))


def test_a_pen_that_is_well_plugged_in_is_good(monkeypatch: Any) -> None:
    """The twin of what is wrong below."""
    found = _of_ports([PEN], monkeypatch, rule=platforms.udev_rule())
    assert {finding.verdict for finding in found} == {Verdict.GOOD}
    assert _named(found, "/dev/ttyUSB0").found == "a pen"


def test_a_port_that_this_user_may_not_open_names_the_group(monkeypatch: Any) -> None:
    """Complaint 12: port permissions."""
    found = _named(_of_ports([PEN], monkeypatch, may_open=False), "/dev/ttyUSB0")
    _wrong(found, "belongs to the group dialout")
    assert found.command == "sudo usermod -aG dialout $USER"


def test_a_latency_timer_of_16_ms_is_wrong(monkeypatch: Any) -> None:
    """Issue 5, part 6: FTDI's latency timer, with the command."""
    found = _named(_of_ports([PEN], monkeypatch, latency_ms=16), "ttyUSB0 timer")
    _wrong(found, "16 ms")
    assert found.command == "echo 1 | sudo tee /sys/bus/usb-serial/devices/ttyUSB0/latency_timer"


@pytest.mark.parametrize(("rule", "words"), [(None, "not installed"), ("older", "another version")])
def test_a_udev_rule_that_is_missing_or_old_is_wrong_when_a_pen_is_there(
    rule: str | None, words: str, monkeypatch: Any
) -> None:
    """Issue 5, part 6: the rule that is shipped is the one that is installed."""
    found = _named(_of_ports([PEN], monkeypatch, rule=rule), "udev rule")
    _wrong(found, words)
    assert found.command == platforms.INSTALL_UDEV


def test_the_latency_timer_is_read_where_linux_tells_it(tmp_path: Path) -> None:
    """Issue 5, part 6: the file of the system, as it is written there."""
    (tmp_path / "ttyUSB0").mkdir()
    (tmp_path / "ttyUSB0" / "latency_timer").write_text("16\n")
    assert platforms.latency_ms("/dev/ttyUSB0", tmp_path) == 16
    assert platforms.latency_ms("/dev/ttyACM0", tmp_path) is None


@pytest.mark.parametrize("system", [platforms.LINUX, platforms.MACOS, platforms.WINDOWS])
def test_every_system_has_words_for_everything(system: str, tmp_path: Path) -> None:
    """Issue 5, part 3: the differences are in one file, and it says on which of them penctl was tested."""
    mends = [
        platforms.permission(system, "uucp"),
        platforms.mend_latency(system, "COM3" if system == platforms.WINDOWS else "/dev/ttyUSB0"),
        platforms.mend_clock(system),
        platforms.mend_screen(system, "xcb"),
    ]
    assert all(mend.text for mend in mends)
    assert ("not tested" in platforms.system_text(system)) == (system != platforms.LINUX)
    assert platforms.data_folder(system, tmp_path, {}).name == "penctl"
    assert platforms.data_folder(system, tmp_path, {}).is_relative_to(tmp_path)


# --- a pen ---


def test_a_pen_of_another_protocol_says_which_side_to_update(foreign: Any, monkeypatch: Any) -> None:
    """Complaint 8: host and firmware out of step."""
    foreign.device.identity["protocol_version"] = PROTOCOL_VERSION - 1
    monkeypatch.setattr("penctl.pen_core.open_url", lambda url: foreign.transport)
    [found] = pens.pen("foreign://")
    _wrong(found, f"pen {PROTOCOL_VERSION - 1}, here {PROTOCOL_VERSION}")
    assert "update the pen's firmware" in found.remedy
    assert found.command == ""


@pytest.mark.parametrize(("minor", "side"), [(0, "the pen's firmware"), (9, "penctl on this computer")])
def test_messages_that_differ_say_which_side_is_older(
    minor: int, side: str, foreign: Any, monkeypatch: Any
) -> None:
    """Complaint 8: by the versions of both."""
    foreign.device.identity |= {"messages_hash": 1, "firmware_minor": minor}
    monkeypatch.setattr("penctl.pen_core.open_url", lambda url: foreign.transport)
    [found] = pens.pen("foreign://")
    _wrong(found, "laid out differently")
    assert f"update {side}" in found.remedy
    assert bool(found.command) == (minor == 9)


def test_the_same_version_with_other_messages_says_both(foreign: Any, monkeypatch: Any) -> None:
    """Complaint 8: a build of one's own; neither side is known to be older."""
    assert opening._which_to_update("0.1.0") == "" or opening._which_to_update("99.0.0")
    foreign.device.identity |= {"messages_hash": 1}
    monkeypatch.setattr("penctl.pen_core.open_url", lambda url: foreign.transport)
    [found] = pens.pen("foreign://")
    assert "to the same release" in found.remedy


def test_a_pen_that_is_not_paired_and_has_failed_its_self_test_is_told_both(
    foreign: Any, monkeypatch: Any
) -> None:
    """Issue 5, part 6: what is missing before a treatment."""
    monkeypatch.setattr("penctl.pen_core.open_url", lambda url: foreign.transport)
    monkeypatch.setattr("penctl.pen_core.PenCore.simulated", False)
    found = list(pens.pen("foreign://"))
    _wrong(_named(found, "pairing"), "not paired")
    assert "penctl pair" in _named(found, "pairing").command
    _wrong(_named(found, "state"), "self-test")
    assert _named(found, "link").verdict is Verdict.GOOD
    assert _named(found, "pen").verdict is Verdict.NOTE


def test_the_command_that_mends_a_missing_pairing_is_one_that_penctl_takes() -> None:
    """Issue 5, part 6: what is wrong comes with the command that mends it."""
    opened: Any = SimpleNamespace(
        simulated=False,
        identity=SimpleNamespace(serial_number="PEN-7"),
        transport=SimpleNamespace(url="/dev/ttyUSB0"),
    )
    found = pens._pairing("pen", opened)
    _wrong(found, "not paired")
    program, *arguments = shlex.split(found.command)
    assert program == "penctl"
    given = cli.parser().parse_args(arguments)
    assert (given.command, given.port, given.role) == ("pair", "/dev/ttyUSB0", "operator")
