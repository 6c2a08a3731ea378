"""A recording in the window: shown as a pen is, marked as the past, and nothing in it can be commanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from penctl.demo import Demo
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.recorded import read_run
from penctl.recording import record
from pengui import command
from pengui.worker.snapshot import Phase


@pytest.fixture(scope="module")
def treatment(tmp_path_factory) -> Path:
    """Two parts, one lost link, one trip."""
    path = tmp_path_factory.mktemp("treatment") / "run.mcap"
    with Pen("pensim://?seed=1") as pen, record(pen, path):
        Demo(pen, lambda text, fraction: None).run()
    return path


@pytest.fixture
def shown(desk, treatment):
    """A window that shows that recording, standing still at its beginning."""
    desk.window.show_recording(str(treatment))
    desk.act()
    assert desk.view.recorded, desk.window.banner.cause.text()
    desk.engine.ask("play", False)
    desk.act()
    return desk


def latched_s(treatment):
    """When the pen told that it had tripped."""
    return next(status["time_s"] for status in read_run(treatment).statuses if status["tripped"])


def seek(desk, time_s):
    desk.engine.ask("seek", time_s)
    desk.act()


def test_a_recording_says_in_each_place_that_it_is_the_past_and_of_a_simulated_pen(shown):
    """Issue 5, 5: SIMULATED and RECORDED in the title, the bar, behind the curves and at the bottom."""
    window = shown.window
    assert window.windowTitle() == "penctl – SIMULATED – RECORDED"
    assert (window.bar.simulated.isVisible(), window.bar.recorded.isVisible()) == (True, True)
    assert window.plots._marked == "SIMULATED RECORDED"
    assert window.footer.text().endswith("SIMULATED    RECORDED")
    assert window.state_text.text().startswith("The past: ")


def test_a_recording_plays_to_its_end_stands_still_and_begins_again(shown, treatment):
    """Issue 5, 5: its time passes in the window, and the curves with it."""
    window, engine = shown.window, shown.engine
    window.player.place.setValue(5)
    shown.act()
    assert shown.view.replay.time_s == pytest.approx(0.5)
    window.player.speed.setCurrentIndex(4)
    window.player.play_button.click()
    shown.act()
    for _ in range(40):
        engine.turn()
    shown.show()
    assert 2.0 < shown.view.replay.time_s < 30.0
    assert engine.ring.count > 1000
    seek(shown, shown.view.replay.end_s - 0.2)
    for _ in range(10):
        engine.turn()
    shown.show()
    assert shown.view.replay.time_s == pytest.approx(read_run(treatment).end_s)
    assert window.player.play_button.text() == "Play"
    window.player.play_button.click()
    shown.act()
    assert shown.view.replay.time_s < 1.0


def test_any_moment_can_be_sought_and_shows_what_the_pen_showed_then(shown, treatment):
    """Issue 5, 5: state, readings and the latched trip of that moment, forth and back, with their curves."""
    told_s = latched_s(treatment)
    seek(shown, told_s + 0.005)
    assert shown.view.state is State.SAFE
    assert shown.window.banner.headline.text().startswith("IL-26")
    samples = shown.engine.ring.count
    assert samples > 3000
    running_s = [time_s for time_s, state in read_run(treatment).states if state == "RUN"]
    seek(shown, max(time_s for time_s in running_s if time_s < told_s) - 0.1)
    assert shown.view.state is State.RUN
    assert shown.view.trip is None
    assert not shown.window.banner.isVisible()
    assert shown.window.depth_card.measured.text() != "–"


def test_nothing_in_a_recording_can_be_commanded(shown, treatment):
    """Issue 5, 5: no control is offered, and what is asked all the same is refused and told."""
    window = shown.window
    seek(shown, latched_s(treatment) + 0.005)
    controls, bar, banner = window.controls, window.bar, window.banner
    assert not controls.depth_field.field.isEnabled()
    offered = (controls.arm, controls.start, controls.self_test, controls.reference, *controls.modes.values())
    assert not any(widget.isEnabled() for widget in offered)
    hidden = (bar.visit_button, bar.record_button, banner.reset_button, banner.removed, window.hand)
    assert not any(widget.isVisible() for widget in hidden)
    for act, *arguments in (("arm",), ("reset", 26), ("begin_visit", "x"), ("set_depth_um", 100)):
        shown.engine.ask(act, *arguments)
        shown.act()
        assert "This is a recording" in banner.cause.text() + banner.remedy.text()
    window.stop()  # stops nothing, breaks nothing
    shown.act()
    assert shown.view.recorded


def test_while_the_link_was_cut_the_window_says_that_the_pen_was_not_heard(shown, treatment):
    """Issue 5, 5: a gap in a recording is shown as one, and ends by itself."""
    run = read_run(treatment)
    heard = sorted({*run.telemetry["time_s"], *(status["time_s"] for status in run.statuses)})
    gap = max(range(1, len(heard)), key=lambda place: heard[place] - heard[place - 1])
    seek(shown, heard[gap - 1] + 0.6)
    assert shown.view.phase is Phase.LOST
    assert shown.window.state_text.text() == "The pen was not heard then."
    seek(shown, heard[gap] + 0.5)
    assert shown.view.phase is Phase.OPEN


def test_a_recording_is_closed_and_leaves_nothing_of_it(shown):
    """Issue 5, 5: the mark never outlives the curves, nor the curves the mark."""
    shown.window.bar.disconnect_button.click()
    shown.act()
    assert shown.view.phase is Phase.CLOSED
    assert shown.engine.ring.count == 0
    assert shown.window.windowTitle() == "penctl"
    assert not shown.window.player.isVisible()


def test_a_file_that_is_no_recording_is_told(desk, tmp_path):
    """Bad input: what it is, and what to do."""
    (tmp_path / "no.mcap").write_bytes(b"no recording")
    desk.window.show_recording(str(tmp_path / "no.mcap"))
    desk.act()
    assert desk.window.banner.headline.text() == "Show a recording: not done"
    assert desk.view.phase is Phase.CLOSED


def test_the_command_line_shows_a_recording(monkeypatch):
    """Issue 5, 5: `penctl gui --replay FILE`."""
    from penctl import cli
    from pengui import app

    asked = {}
    monkeypatch.setattr(app, "run", lambda **given: asked.update(given) or 0)
    assert command.run(cli.parser().parse_args(["gui", "--replay", "run.mcap"])) == 0
    assert asked["replay"] == "run.mcap"
