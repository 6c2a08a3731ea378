"""A past visit is replayed on the screen of TREAT, from its recording or its events; no pen hears of it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from penctl.protocol.enums import State
from penctl.treating.played import recordings
from penctl.treatment.visit_steps import Step
from pengui.clinic.demo_recorded import FOLDER
from pengui.widgets.marked_slider import Kind
from pengui.widgets.scalp_marks import Mark

from .look_checks import crossed_tabs, cut_off, odd_sizes, out_of_sight, too_small, unnamed, wrong_numbers


@pytest.fixture
def running(practice, tmp_path):
    """RUN in the middle of a pass of a visit that is recorded."""
    began = practice.store.clock()
    practice.store.clock = lambda: began + timedelta(seconds=practice.engine.now_s())
    folder = tmp_path / "recordings"
    folder.mkdir()
    practice.window.rooms.recordings = folder
    practice.engine.new_recording = lambda: str(folder / "visit_SIMULATED.mcap")
    return practice.in_run(2.2)


@pytest.fixture
def recorded(running):
    """A visit with half a pass and a trip, recorded and ended early; what is left is up to the signature."""
    practice = running
    practice.bench.hand.estop(True)
    practice.until(lambda: practice.view.state is State.SAFE)
    practice.run(0.3)
    practice.bench.hand.estop(False)
    practice.hold(False)
    practice.run(0.2)
    practice.click(practice.window.banner.reset_button)
    practice.act()
    practice.run(0.1)
    practice.click(practice.screen.early)
    practice.screen.reason.setText("enough for today")
    practice.click(practice.screen.confirm)
    practice.act()
    practice.run(0.2)
    return practice


def signed(practice):
    """The rest of the visit, then the page of the past visits."""
    practice.click(practice.page.checks["INTACT"])
    practice.click(practice.page.checks["SHARPS"])
    practice.no_photo()
    practice.click(practice.page.checks["GIVEN"])
    practice.next()
    practice.show()
    practice.act()
    patients = practice.window.patients
    patients.search.setText("Linden")
    practice.click(patients.pages.buttons["visits"])
    return patients.past


def play(practice, seconds: float) -> None:
    replay = practice.window.replay
    end_s = replay.engine.now_s() + seconds
    while replay.engine.now_s() < end_s - 1e-6:
        replay.engine.turn()
    practice.show()


def ask(practice, *what) -> None:
    practice.window.replay._ask(*what)
    practice.window.replay.engine.turn()
    practice.show()


def test_a_visit_is_replayed_on_the_screen_of_treat(recorded):
    """Issue 7: past visits on the same screen, found by name and hash, and no command reaches a pen."""
    practice = recorded
    visit = practice.visit
    assert visit.step is Step.DISPOSE
    [kept] = recordings(visit.events)
    path = practice.window.rooms.recordings / kept.name
    assert kept.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    past = signed(practice)
    practice.click(past.replay_button)
    window, replay = practice.window, practice.window.replay
    replay.engine.turn()
    practice.show()
    assert replay.simulated.isVisible()
    assert replay.mark.text() == "REPLAY"
    assert "unchanged since the visit" in replay.source.text()
    assert "Replay of" in window.header.about.text()
    kinds = [mark.kind for mark in replay.past.marks()]
    assert kinds.count(Kind.PASS) == 1
    assert kinds.count(Kind.TRIP) == 1
    [trip] = [mark for mark in replay.past.marks() if mark.kind is Kind.TRIP]
    [begun] = [mark for mark in replay.past.marks() if mark.kind is Kind.PASS]
    ask(practice, "seek", trip.from_s - 0.6)
    view = replay.engine.snapshot
    assert view.state is State.RUN, "the event stands where the recording tells it"
    assert abs(float(replay.page.depth_card.measured.text()) - 0.5) < 0.05
    assert abs(float(replay.page.rate_card.measured.text()) - 100) < 3
    assert not replay.page.depth_card.less.isVisible()
    assert not replay.page.reader.isVisible(), "no cartridge is read in a replay"
    density = replay.past.visit.density("TEMPORAL_RIGHT")
    assert density > 0
    assert replay.page.map.look_of("TEMPORAL_RIGHT").mark is Mark.IN_PROGRESS
    assert "none" in replay.alarms.text.text()
    ask(practice, "play", True)
    play(practice, 0.9)
    assert replay.past.visit.density("TEMPORAL_RIGHT") > density, "the zones fill as the dose grows"
    assert "Emergency stop" in replay.alarms.text.text()
    now = {alarm.condition.key for alarm in window.alarms.active}
    assert now <= {"SOUND"}, "an alarm of then is none of now"
    events = len(window.desk.visit_events(replay.row.id))
    live = practice.engine.snapshot.state
    replay.page.flow.button(replay.engine.snapshot)
    replay.page._set_depth(100)
    replay.engine.turn()
    practice.act()
    assert practice.engine.snapshot.state is live
    assert len(window.desk.visit_events(replay.row.id)) == events
    ask(practice, "seek", begun.from_s - 0.2)
    assert replay.past.visit.density("TEMPORAL_RIGHT") == 0, "back in time, too"
    practice.click(replay.on_button)
    replay.engine.turn()
    assert replay.engine.now_s() > begun.from_s - 0.2
    practice.click(replay.leave_button)
    assert window.replay is None
    assert past.isVisible()


def test_a_recording_whose_pen_was_lost_is_noted_with_its_hash(running):
    """Issue 7: the link is lost in RUN and the visit ended without the pen; its recording is named, whole."""
    practice = running
    practice.bench.cut_link()
    practice.run(0.8)
    practice.click(practice.screen.early)
    practice.screen.reason.setText("no pen answers")
    practice.click(practice.screen.confirm)
    practice.act()
    practice.show()
    assert practice.visit.step is Step.DISPOSE
    [kept] = recordings(practice.visit.events)
    path = practice.window.rooms.recordings / kept.name
    assert kept.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_stop_of_a_live_pen_works_during_a_replay(practice):
    """Issue 7: STOP is always on top; here the pen that is connected is stopped, and the replay goes on."""
    practice.sign_in()
    practice.engine.ask("connect", "pensim://?seed=1")
    practice.act()
    patients = practice.window.patients
    patients.search.setText("Rowan")
    practice.click(patients.pages.buttons["visits"])
    practice.click(patients.past.replay_button)
    replay = practice.window.replay
    assert "name no recording" in replay.source.text()
    assert "no measured values" in replay.source.text()
    for act in ("self_test", "reference"):
        practice.engine.ask(act)
        practice.act()
    practice.engine.ask("set_mode", 0)
    frames = len(practice.engine.pen.trips)
    practice.click(practice.window.header.stop_button)
    practice.run(0.2)
    assert practice.engine.snapshot.state is State.STANDBY
    assert len(practice.engine.pen.trips) == frames
    assert practice.window.replay is replay


def test_events_alone_fill_the_zones_where_no_recording_is(practice):
    """Issue 7: an invented visit has no recording; its dose steps are played, and said to be no more."""
    patients = practice.sign_in().window.patients
    patients.search.setText("Rowan")
    practice.click(patients.pages.buttons["visits"])
    practice.click(patients.past.replay_button)
    replay = practice.window.replay
    assert replay.page.depth_card.measured.text() == "–"
    assert replay.past.visit.density("VERTEX") == 0
    before_s = replay._stepped_s
    replay.frame(before_s + replay.past.end_s / 2)
    half = replay.past.visit.density("VERTEX")
    ask(practice, "seek", replay.past.end_s)
    assert 0 < half < replay.past.visit.density("VERTEX")
    assert replay.page.map.look_of("VERTEX").mark is Mark.DONE
    ask(practice, "play", True)
    assert replay.past.visit.density("VERTEX") == 0, "at its end it begins anew"


def test_the_invented_clinic_has_a_visit_that_a_simulated_pen_has_really_done(practice, tmp_path):
    """Issue 7: `penctl gui --demo` has something to replay, with the trip of a hand that pressed too hard."""
    practice.window.rooms.recordings = tmp_path / "clinic" / FOLDER
    patients = practice.sign_in().window.patients
    patients.search.setText("Hazel")
    practice.click(patients.pages.buttons["visits"])
    practice.click(patients.past.replay_button)
    replay = practice.window.replay
    replay.engine.turn()
    practice.show()
    assert "unchanged since the visit" in replay.source.text()
    [trip] = [mark for mark in replay.past.marks() if mark.kind is Kind.TRIP]
    ask(practice, "seek", trip.from_s + 0.05)
    assert "IL-15" in replay.alarms.text.text()
    for size in ((427, 267), (640, 400), (1280, 800)):
        practice.window.resize(*size)
        practice.show()
        practice.show()
        for check in (unnamed, wrong_numbers, cut_off, out_of_sight, too_small, odd_sizes, crossed_tabs):
            assert check(practice.window) == [], f"{check.__name__} at {size}"
    ask(practice, "seek", replay.past.end_s)
    assert replay.page.map.look_of("PARTING").mark is Mark.DONE
    assert replay.simulated.isVisible()


@pytest.mark.parametrize("harm", ["gone", "changed", "cut off"])
def test_a_recording_that_is_not_as_it_was_noted_is_told(recorded, harm):
    """Issue 7: missing or another hash: a sentence in that place, and the events alone."""
    practice = recorded
    [kept] = recordings(practice.visit.events)
    path = practice.window.rooms.recordings / kept.name
    if harm == "gone":
        path.unlink()
    elif harm == "changed":
        path.write_bytes(path.read_bytes() + b"x")
    else:
        path.rename(path.with_name(path.name + ".part"))
    past = signed(practice)
    practice.click(past.replay_button)
    replay = practice.window.replay
    replay.engine.turn()
    practice.show()
    told = {"gone": "is not in", "changed": "is not the one that was noted", "cut off": "unchanged since"}[
        harm
    ]
    assert told in replay.source.text()
    ask(practice, "seek", replay.past.end_s)
    assert replay.past.visit.density("TEMPORAL_RIGHT") > 0


def test_a_visit_that_is_left_and_gone_on_with_has_two_recordings(practice, tmp_path):
    """Issue 7: the hash of a recording that ended when the visit was left is noted when it goes on."""
    numbers = iter(range(9))
    practice.engine.new_recording = lambda: str(tmp_path / f"part_{next(numbers)}.mcap")
    practice.sign_in().resume("Linden").armed()
    practice.window.stop()
    practice.run(0.3)
    practice.click(practice.window.header.home_button)
    practice.act()
    practice.resume("Linden")
    practice.next()
    practice.bench.hand.button(True)
    practice.act()
    practice.act()
    practice.bench.hand.button(False)
    kept = recordings(practice.visit.events)
    assert [one.name for one in kept] == ["part_0.mcap", "part_1.mcap"]
    assert kept[0].sha256 == hashlib.sha256((tmp_path / "part_0.mcap").read_bytes()).hexdigest()
    assert kept[1].sha256 == "", "it runs"
    practice.window.rooms.recordings = tmp_path
    practice.click(practice.window.header.home_button)
    practice.act()
    patients = practice.window.patients
    patients.search.setText("Linden")
    practice.click(patients.pages.buttons["visits"])
    practice.click(patients.past.replay_button)
    replay = practice.window.replay
    for part, told in (("1", "no hash of this recording"), ("0", "unchanged since")):
        practice.click(replay.parts.buttons[part])
        replay.engine.turn()
        replay.engine.turn()
        practice.show()
        assert told in replay.source.text()
