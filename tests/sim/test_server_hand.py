"""The hand at a served pen: the side channel, the commands, the panel's keys."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from served_rig import ROOT, Served, served, treating_host, wait_for

from penctl.hardware import load_interlocks
from pensim import fault_entry
from pensim.acts import failures
from pensim.errors import BenchError
from pensim.hand_panel import HandPanel
from pensim.panel_view import view
from pensim.side_channel import SideChannelClient

ESTOP, HOLD = 1, 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests of this file that leave it as it was."""
    with served(tmp_path_factory.mktemp("run")) as server:
        yield server


def _hand(server: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    return server.run("pensim", "hand", *arguments)


@pytest.mark.parametrize(("act", "interlock"), [("estop", ESTOP), ("hold", HOLD)])
def test_an_act_of_the_hand_stops_the_running_pen(tmp_path: Path, act: str, interlock: int) -> None:
    """IL-01 and IL-02, trip: through the side channel, within the reaction time of the catalogue, virtual."""
    reaction_s = load_interlocks()[interlock].reaction_us * 1e-6
    with served(tmp_path) as server, treating_host(server, server.tcp):
        acted_s = server.hand.ask(act, on=act == "estop")["time_s"]
        wait_for(lambda: not server.status()["pen"]["drive"], "the drive is off")
        stop = server.hand.ask("stops")["stops"][-1]
        assert 0.0 < stop["drive_off_s"] - acted_s <= reaction_s
        wait_for(lambda: server.hand.ask("stops")["stops"][-1]["rest_s"], "the rotor comes to rest")


def test_the_first_treatment_of_the_manual_works_as_written(tmp_path: Path) -> None:
    """Issue 3, served pen: the example of docs/served-pen.md, with its port and its patience changed."""
    page = (ROOT / "docs" / "served-pen.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    with served(tmp_path) as server:
        code = code.replace("socket://127.0.0.1:7117", server.tcp).replace("wait(10.0)", "wait(0.3)")
        assert server.tcp in code
        (script := tmp_path / "treat.py").write_text(code, encoding="utf-8")
        command = [sys.executable, "-u", str(script)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as host:
            assert host.stdout is not None
            assert "Press b" in host.stdout.readline()
            server.hand.ask("button", on=True)
            assert "Press space" in host.stdout.readline()
            server.hand.ask("hold", on=True)
            assert "state=<State.RUN: 4>" in host.stdout.readline()
        assert host.returncode == 0
        assert not server.status()["pen"]["drive"]


def test_every_act_has_a_command_that_says_what_was_done(server: Served) -> None:
    """Issue 3, served pen: `penctl sim hand` presses, glides, holds, lifts, fits, cuts, fails."""
    for arguments in (
        ["hold", "on"],
        ["hold", "off"],
        ["press", "2.5"],
        ["glide", "-15"],
        ["lift"],
        ["estop", "on"],
        ["estop", "off"],
        ["cartridge", "HOME"],
        ["cartridge", "none"],
        ["cartridge", "CLINICAL", "--uses", "1", "--signed", "other", "--unlocked"],
        ["lock", "on"],
        ["cartridge", "none"],
        ["cartridge", "again"],
        ["cartridge", "CLINICAL"],
        ["button", "on"],
        ["button", "off"],
        ["charger", "on"],
        ["charger", "off"],
        ["charge", "60"],
        ["charge", "100"],
        ["warm", "nose", "30"],
        ["warm", "nose", "none"],
        ["warm", "room", "25"],
        ["warm", "room", "none"],
        ["power", "off"],
        ["power", "on"],
        ["restart"],
        ["restart", "watchdog"],
        ["link", "off"],
        ["link", "on"],
        ["fault", "bar_sensor", "wrong", "value=150", "--for", "1"],
        ["fault", "--clear"],
        ["stops"],
        ["status"],
    ):
        done = _hand(server, *arguments)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert "bar_sensor" in _hand(server, "fault", "--list").stdout


def test_the_status_tells_what_the_hand_has_done(server: Served) -> None:
    """Issue 3, served pen: `penctl sim hand status --json` is for programs."""
    for arguments in (
        ["press", "2.5"],
        ["glide", "15"],
        ["cartridge", "HOME", "--id", "77", "--unlocked"],
        ["button", "on"],
        ["charger", "on"],
        ["link", "off"],
    ):
        _hand(server, *arguments)
    told = json.loads(_hand(server, "--json", "status").stdout)
    assert told["hand"] == {
        "hold": False,
        "estop": False,
        "lifted": False,
        "press_n": 2.5,
        "glide_mm_s": 15.0,
        "button": True,
        "charger": True,
        "cartridge": "HOME, 12 needles, number 77",
        "locked": False,
    }
    assert told["link"] is False
    for arguments in (
        ["lift"],
        ["cartridge", "CLINICAL"],
        ["button", "off"],
        ["charger", "off"],
        ["link", "on"],
    ):
        _hand(server, *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["press", "99"], "0 to 30"),
        (["cartridge", "LARGE"], "There is no such cartridge: LARGE"),
        (["fault", "bar_sensor", "tired"], "bar_sensor cannot fail in this way: tired"),
        (["fault", "nose", "off"], "The plant has no such target: nose"),
        (["fault", "bar_sensor"], "A fault needs a target and a kind"),
        (["fault", "nose", "--clear"], "The plant has no such target: nose"),
        (["fault", "bar_sensor", "wrong"], "would change nothing"),
        (["press", "nan"], "is no number"),
        (["power", "on"], "The pen is on"),
        (["charge", "120"], "0 to 1"),
        (["warm", "nose", "hot"], "This is no temperature: hot"),
        (["warm", "handle", "900"], "-20 to 120"),
        (["cartridge", "HOME", "--uses", "-1"], "does not fit a cartridge's tag"),
    ],
)
def test_an_act_that_cannot_be_done_is_refused_in_a_sentence(
    server: Served, arguments: list[str], words: str
) -> None:
    """Issue 3, served pen: bad input ends with exit code 2 and no traceback, and nothing was done."""
    done = _hand(server, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not server.status()["faults"]


def test_several_servers_are_told_apart_by_name(tmp_path: Path) -> None:
    """Issue 3, served pen: with two served pens the hand asks which."""
    with served(tmp_path, "--name", "left") as left, served(tmp_path, "--name", "right"):
        unnamed = _hand(left, "status")
        assert unnamed.returncode == 2
        assert "Several served pens run: left, right. Choose one with --name." in unnamed.stderr
        assert "served pen   right" in _hand(left, "--name", "right", "status").stdout
        assert "No served pen of this name runs: middle" in _hand(left, "--name", "middle", "status").stderr
        taken = left.run("pensim", "serve", "--name", "left")
        assert taken.returncode == 2
        assert "A served pen of this name runs already: left" in taken.stderr


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\n",
        b"[]\n",
        b'{"act": "hold", "on": true}\n',
        b'{"act": "hold", "on": true, "token": "0000"}\n',
        b'{"act": 5, "token": null}\n',
        b"[" * 60_000 + b"\n",
        b'{"act": "hold", "on": true, "token": "\\ud800"}\n',
    ],
)
def test_who_has_no_token_moves_no_hand(server: Served, line: bytes) -> None:
    """Issue 3, served pen: the side channel obeys its user alone, and garbage leaves it well."""
    with socket.create_connection(("127.0.0.1", server.pen.side_port), timeout=20.0) as stranger:
        stranger.sendall(line)
        answer = json.loads(stranger.makefile("rb").readline())
    assert answer["ok"] is False
    assert server.status()["hand"]["hold"] is False


def test_a_stranger_who_never_ends_his_line_is_dropped(server: Served) -> None:
    """Issue 3, served pen: nobody fills the server's memory."""
    stranger = socket.create_connection(("127.0.0.1", server.pen.side_port), timeout=20.0)
    # reset or broken pipe, as the system likes
    with stranger, pytest.raises((ConnectionError, TimeoutError)):
        stranger.sendall(b"x" * 100_000_000)
    assert server.status()["name"] == server.pen.name


def test_the_file_with_the_token_is_its_users_alone(server: Served) -> None:
    """Issue 3, served pen: another user of the machine cannot read the token."""
    if sys.platform == "win32":
        pytest.skip("the user's own folder is protected by the system")
    folder = Path(server.environment["PENSIM_RUN_DIR"])
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.glob("*.json"))


def test_hold_to_run_of_a_panel_is_released_when_the_panel_ends(server: Served) -> None:
    """Issue 3, served pen: a panel that dies holds no switch."""
    with SideChannelClient(server.pen) as client:
        HandPanel(client, owner=False).take(" ")
        assert server.status()["hand"]["hold"] is True
    wait_for(lambda: not server.status()["hand"]["hold"], "the switch is released")


def test_the_panels_keys_do_what_its_picture_says(server: Served) -> None:
    """Issue 3, served pen: every key of the panel acts, and 80 columns show all of it."""
    with SideChannelClient(server.pen) as client:
        panel = HandPanel(client, owner=False)
        for key in " p+g>ex":
            assert panel.take(key)
            panel.refresh()
        text = _drawn(panel)
        for words in ("SIMULATED", "HELD", "on the skin with 3.5 N", "25 mm/s", "PUSHED", "CUT"):
            assert words in text
        for key in " plgexc":
            assert panel.take(key)
            panel.refresh()
        for key in "fbar\twr\tvalue=150\n":
            assert panel.take(key)
        panel.refresh()
        assert [fault["target"] for fault in panel.status["faults"]] == ["bar_sensor"]
        panel.take("F")
        panel.refresh()
        assert not panel.status["faults"]
        panel.take("c")
        panel.take("c")
        for key in "bkuo":
            assert panel.take(key)
            panel.refresh()
        text = _drawn(panel)
        for words in ("PRESSED", "PLUGGED IN", "NOT LOCKED", "OFF"):
            assert words in text
        for key in "obkucC":
            assert panel.take(key)
            panel.refresh()
        assert panel.status["pen"]["power"]
        assert panel.take("r")
        assert not panel.take("q")


def _drawn(panel: HandPanel) -> str:
    console = Console(width=80, force_terminal=False)
    with console.capture() as drawn:
        console.print(view(panel))
    return drawn.get()


def test_a_fault_that_cannot_be_is_told_in_the_panel(server: Served) -> None:
    """Issue 3, served pen: the panel goes on after a mistake."""
    with SideChannelClient(server.pen) as client:
        panel = HandPanel(client, owner=False)
        for key in "fbar_sensor tired\n":
            assert panel.take(key)
        assert "cannot fail in this way" in panel.message
        assert "cannot fail in this way" in _drawn(panel)


def test_the_fault_line_completes_targets_and_kinds() -> None:
    """Issue 3, served pen: Tab completes as far as one continuation is left."""
    known = failures()
    assert fault_entry.complete("bar", known) == "bar_sensor "
    assert fault_entry.complete("e", known) == "estop_"
    assert fault_entry.options("bar_sensor st", known) == ["stuck"]
    assert fault_entry.complete("nothing", known) == "nothing"
    assert "value" in fault_entry.meaning("bar_sensor wrong ", known)
    for broken in ("", "bar_sensor", "bar_sensor wrong value=x"):
        with pytest.raises(BenchError):
            fault_entry.parse(broken)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--no-pty", "--no-tcp"], "Nothing is left to serve the pen on"),
        (["--name", "a/b"], "This is no name for a served pen: a/b"),
        (["--seed", "x"], "is no whole number"),
        (["--tcp", "nonsense"], "is no HOST:PORT"),
        (["--cartridge", "LARGE"], "There is no such cartridge: LARGE"),
    ],
)
def test_a_server_that_cannot_be_is_refused_in_a_sentence(
    server: Served, arguments: list[str], words: str
) -> None:
    """Issue 3, served pen: bad input ends with exit code 2 and no traceback."""
    done = server.run("pensim", "serve", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_tcp_port_that_is_taken_is_told(server: Served) -> None:
    """Issue 3, served pen: a port that a person asked for is not replaced in silence."""
    done = server.run("pensim", "serve", "--tcp", server.tcp.removeprefix("socket://"))
    assert done.returncode == 2
    assert "Nobody can listen on this TCP port" in done.stderr


def test_the_commands_import_nothing_heavy() -> None:
    """Issue 3: `penctl --help` stays quick with the simulator's commands plugged in."""
    code = (
        "import sys, pensim.commands\n"
        "print([name for name in ('numpy', 'numba', 'serial', 'rich', 'construct') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
