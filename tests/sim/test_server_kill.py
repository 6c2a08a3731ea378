"""kill -9 of either side of a served pen, and a server that was stopped for a while."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from served_rig import Served, open_session, served, treating_host, wait_for

from penctl import Pen
from penctl.errors import LinkLost
from penctl.hardware import load_interlocks
from penctl.protocol.enums import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signals of these tests are POSIX")
LINK_LOSS = 26
STOP_S = 0.1
"""A C1 stop ends within 100 ms, or becomes a C0."""


@pytest.mark.parametrize("port", ["pty", "tcp"])
def test_a_killed_host_leaves_a_pen_that_comes_to_rest_and_latches(tmp_path: Path, port: str) -> None:
    """IL-26, trip: kill -9 of the host while the pen runs; the next host sees the latch and resets it."""
    reaction_s = load_interlocks()[LINK_LOSS].reaction_us * 1e-6
    with served(tmp_path) as server:
        with treating_host(server, getattr(server, port)) as host:
            host.kill()
            host.wait(30.0)
            killed_s = server.status()["time_s"]
            wait_for(lambda: server.pen_state() == "SAFE", "the pen trips by itself")
        wait_for(lambda: server.hand.ask("stops")["stops"][-1]["rest_s"], "the rotor comes to rest")
        stop = server.hand.ask("stops")["stops"][-1]
        assert stop["drive_off_s"] <= killed_s + reaction_s + STOP_S
        assert stop["further_strokes"] <= 2
        assert not server.status()["pen"]["drive"]
        with Pen(getattr(server, port)) as pen:
            status = pen.status()
            assert status.trip is not None
            assert status.trip.interlock == LINK_LOSS
            open_session(pen)
            server.hand.ask("hold", on=False)
            pen.reset()
            assert pen.status().state is State.STANDBY


@pytest.mark.parametrize("port", ["pty", "tcp"])
def test_a_killed_server_is_a_lost_link_told_in_a_sentence(tmp_path: Path, port: str) -> None:
    """Issue 3, served pen: kill -9 of the server ends every wait of the host with LinkLost."""
    with served(tmp_path) as server:
        pen = Pen(getattr(server, port))
        open_session(pen)
        server.process.kill()
        server.process.wait(30.0)
        with pytest.raises(LinkLost) as lost:
            pen.wait(30.0)
        assert "is gone" in str(lost.value)
        with pytest.raises(LinkLost):
            pen.close()


def test_the_name_of_a_killed_server_is_free_and_its_hand_is_told(tmp_path: Path) -> None:
    """Issue 3, served pen: what a killed server leaves behind hinders nobody."""
    with served(tmp_path) as server:
        server.process.kill()
        server.process.wait(30.0)
        done = server.run("pensim", "hand", "status")
        assert done.returncode == 2
        assert "No served pen runs on this machine. Start one with penctl sim serve." in done.stderr
        with served(tmp_path) as next_server:
            assert next_server.told["name"] == server.told["name"]


def test_a_terminated_server_ends_well_and_takes_its_file_away(tmp_path: Path) -> None:
    """Issue 3, served pen: SIGTERM closes everything."""
    with served(tmp_path) as server:
        assert list(tmp_path.glob("*.json"))
    assert server.process.returncode == 0
    assert not list(tmp_path.iterdir())


def test_a_server_that_was_stopped_says_so_and_goes_on(tmp_path: Path) -> None:
    """Issue 3, served pen: after a long pause the pen goes on where it was, and the server tells it."""
    with served(tmp_path) as server:
        before = server.status()
        os.kill(server.process.pid, signal.SIGSTOP)
        _let_wall_time_pass(server)
        os.kill(server.process.pid, signal.SIGCONT)
        wait_for(lambda: server.status()["pace"]["falls"] > before["pace"]["falls"], "the server tells it")
        after = server.status()
        assert after["pace"]["lost_s"] > 0.1
        assert any("fell behind" in text for _, text in after["notices"])
        wait_for(lambda: server.status()["time_s"] > after["time_s"] + 0.2, "the pen goes on")


def _let_wall_time_pass(server: Served) -> None:
    """Half a second, told by another program's life rather than by a sleep in here."""
    server.run("timeit", "-n", "1", "-r", "1", "-s", "import time", "time.sleep(0.5)")
