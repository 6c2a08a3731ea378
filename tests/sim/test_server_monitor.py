"""`penctl monitor` at a served pen: it sees the treatment, and takes nothing from it."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from served_rig import LIMIT_S, Served, served, treating_host, wait_for


def _look(server: Served) -> dict[str, Any]:
    done = server.run("penctl", "monitor", "--port", server.tcp, "--once", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_treatment_goes_on_while_somebody_looks_on(tmp_path: Path) -> None:
    """Issue 3: the monitor takes no link session from a host that treats, and its end stops nobody."""
    with served(tmp_path) as server, treating_host(server, server.tcp):
        seen = _look(server)
        assert seen["status"]["state"] == "RUN"
        assert seen["link"]["standing"] == "OTHER_HOST"
        assert abs(seen["status"]["depth_measured_um"] - 1000) < 50
        assert seen["simulated"] is True
        assert seen["cartridge"] is None
        monitor = server.begin("penctl", "monitor", "--port", server.tcp, "--json")
        assert monitor.stdout is not None
        assert json.loads(monitor.stdout.readline())["status"]["state"] == "RUN"
        monitor.send_signal(signal.SIGINT)
        _, told = monitor.communicate(timeout=LIMIT_S)
        assert (monitor.returncode, told) == (0, "")
        strokes = server.status()["pen"]["strokes"]
        wait_for(lambda: server.status()["pen"]["strokes"] > strokes + 20, "the strokes go on")
        assert server.pen_state() == "RUN"


def test_a_host_that_comes_later_gets_the_link_session(tmp_path: Path) -> None:
    """Issue 3: the monitor listens while nobody treats, and gives way without a word."""
    with served(tmp_path) as server:
        monitor = server.begin("penctl", "monitor", "--port", server.tcp, "--json")
        try:
            assert monitor.stdout is not None
            lines = [json.loads(monitor.stdout.readline()) for _ in range(3)]
            assert lines[-1]["link"]["standing"] == "LISTENING"
            assert lines[-1]["cartridge"]["needles"] == 12
            with treating_host(server, server.tcp):
                seen = [json.loads(monitor.stdout.readline()) for _ in range(2)]
                while seen[-1]["status"]["state"] != "RUN":
                    seen.append(json.loads(monitor.stdout.readline()))
                assert seen[-1]["link"]["standing"] == "OTHER_HOST"
                assert server.pen_state() == "RUN"
            # the host is killed: the pen trips by itself, and the monitor tells it
            while seen[-1]["trip"] is None:
                seen.append(json.loads(monitor.stdout.readline()))
            assert seen[-1]["trip"]["id"] == "IL-26"
            assert seen[-1]["trip"]["remedy"]
        finally:
            monitor.kill()
            monitor.communicate(timeout=LIMIT_S)


def test_a_server_that_ends_ends_the_monitor_with_a_sentence(tmp_path: Path) -> None:
    """Issue 3: a port that is gone is said, never shown as connected."""
    with served(tmp_path) as server:
        monitor = server.begin("penctl", "monitor", "--port", server.tcp, "--json")
        assert monitor.stdout is not None
        monitor.stdout.readline()
        server.process.terminate()
        _, told = monitor.communicate(timeout=LIMIT_S)
        assert monitor.returncode == 2
        assert "Traceback" not in told
        assert "is gone" in told
        server.process.wait(LIMIT_S)
