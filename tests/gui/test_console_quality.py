"""The link in the window, before it is lost; STOP past the worker; what a visit leaves behind."""

from __future__ import annotations

import signal
import socket

from penctl.protocol.pacing import STOP_FRAME
from penctl.recorded import read_run
from penctl.transport import open_url
from pengui import app
from pengui.worker.engine import Engine
from pengui.worker.pace import ScreenTransport, SteppedPace
from pengui.worker.snapshot import Phase


def test_a_link_that_gets_poor_is_told_before_it_is_lost(desk):
    """Issue 5, 1: round trip, repeats, damaged frames, lost blocks; a warning before loss."""
    desk.connect().run(0.5)
    chip, troubles = desk.window.conditions.chips["Link"], desk.window.conditions.troubles
    assert chip.text().startswith("Link good, ")
    assert chip.text().endswith(" ms")
    assert "Damaged frames (CRC) 0 here, 0 at the pen" in chip.toolTip()
    for line in ("line_to_pen", "line_to_host"):
        desk.bench.inject(line, "garbage", severity=0.003)
    desk.until(lambda: "link is poor" in troubles.text(), 3.0)
    assert desk.view.phase is Phase.OPEN
    assert chip.text().startswith("▲ Link poor")
    assert "before it is lost" in troubles.text()
    assert desk.view.link.bad_here > 0
    assert f"CRC) {desk.view.link.bad_here} here" in chip.toolTip()
    desk.until(lambda: desk.view.link.blocks_lost > 0, 3.0)
    link = desk.view.link
    damaged = link.bad_here + link.bad_at_pen
    told = f"{link.repeats} sent again, {damaged} damaged, {link.blocks_lost} blocks lost"
    assert told in desk.window.footer.text()
    desk.bench.clear_faults()


def test_stop_leaves_the_window_although_the_worker_stands_still():
    """Issue 5, 2: the window's STOP goes past the worker; here nothing turns the engine."""
    server = socket.create_server(("127.0.0.1", 0))
    transport = open_url(f"socket://127.0.0.1:{server.getsockname()[1]}")
    peer, _ = server.accept()
    engine = Engine(lambda wake: SteppedPace(lambda step_s: None))
    engine._transport = ScreenTransport.around(transport, engine._pace, engine.serve)
    engine.stop()
    peer.settimeout(10.0)
    assert peer.recv(100) == STOP_FRAME
    for opened in (server, peer, transport):
        opened.close()


def test_every_visit_is_recorded_and_the_recording_ends_with_it(desk, tmp_path):
    """Issue 5, 5: without a click; a visit that arming opens, too; and only as long as the visit."""
    desk.engine.new_recording = lambda: str(tmp_path / f"{len(list(tmp_path.iterdir()))}.mcap")
    desk.connect()
    desk.engine.ask("begin_visit", "Patient 1")
    desk.act()
    assert desk.view.recording.endswith("0.mcap")
    desk.engine.ask("end_visit")
    desk.act()
    assert desk.view.recording == ""
    run = read_run(tmp_path / "0.mcap")
    assert [entry["command"] for entry in run.commands if "VISIT" in entry["command"]] == [
        "BEGIN_VISIT",
        "END_VISIT",
    ]
    assert "Patient 1" not in str(run.commands)
    desk.arm()
    assert desk.view.recording.endswith("1.mcap")


def test_a_visit_that_cannot_be_recorded_does_not_begin(desk, tmp_path):
    """IL-41 in the window: refused with what to do, and nothing was sent."""
    (tmp_path / "file").write_text("")
    desk.engine.new_recording = lambda: str(tmp_path / "file" / "run.mcap")
    desk.connect()
    desk.engine.ask("begin_visit", "Patient 1")
    desk.act()
    assert desk.window.banner.headline.text() == "Begin visit: not done"
    assert "Name a folder that you may write to" in desk.window.banner.cause.text()
    desk.run(0.2)
    assert desk.window.bar.visit_button.text() == "Begin visit"


def test_a_recording_has_what_the_pen_kept_of_a_trip(desk, tmp_path):
    """Issue 5, 5: trips with their snapshots; the window asks for them by itself, once each."""
    desk.connect()
    desk.engine.ask("begin_recording", str(tmp_path / "run.mcap"))
    desk.act()
    desk.bench.hand.estop(True)
    desk.until(lambda: desk.view.trip is not None)
    desk.run(0.5)
    desk.engine.ask("end_recording")
    desk.act()
    rows = read_run(tmp_path / "run.mcap").snapshots
    assert {row["interlock"] for row in rows} == {1}
    assert len(rows) == len({row["time_us"] for row in rows}) > 10
    desk.bench.hand.estop(False)


def test_a_signal_that_asks_for_an_end_sends_stop_before_the_windows_close(qapp, monkeypatch):
    """Issue 5, 2: STOP from a signal handler, as every command has it."""
    handlers, told = {}, []
    monkeypatch.setattr(app.signal, "signal", lambda number, handler: handlers.update({number: handler}))
    monkeypatch.setattr(app.signals, "stop_all", lambda: told.append("STOP"))
    monkeypatch.setattr(qapp, "closeAllWindows", lambda: told.append("closed"))
    app.Program("dark")
    handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert told == ["STOP"]
    qapp.processEvents()
    assert told == ["STOP", "closed"]
