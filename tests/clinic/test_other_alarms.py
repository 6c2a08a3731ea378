"""Alarms that are no interlock's: link, window, records, recording, sound, and what the pen warns of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alarm_stand import Stand
from PySide6.QtTest import QTest
from test_every_alarm import ZONES, acknowledge, check_shown, leave, sound_of
from test_forged_frames import attack

from penctl.hardware import load_alarms
from penctl.protocol import enums
from penctl.protocol.enums import State
from penctl.records.errors import StoreFull
from penctl.treatment.visit_events import AlarmNoted
from penctl.warning_words import warning_words
from pengui.clinic import demo
from pengui.clinic.alarm_journal import AGAIN_S
from pengui.widgets.look import Priority
from pengui.worker.snapshot import Warned

PROVOKED = {
    **dict.fromkeys(("LINK", "LINK_WEAK", "SOUND", "RECORDING", "RECORDS"), "here"),
    **dict.fromkeys(("LIFT_HANDPIECE", "WARM", "BATTERY_LOW", "SESSION_DROPPED", "CARTRIDGE_GONE"), "here"),
    "REFERENCE_FAILED": "here",
    **dict.fromkeys(("SELF_TEST_FAILED", "REFERENCE_LOST"), "the rows of IL-34 and IL-10"),
    "READY_TIMEOUT": "here, as a long test",
    "HOLD_LONG": "by its notice: a pass is full long before its switch was held for 180 s",
    "COMMAND_REFUSED": "no alarm: the answer to the command tells it",
    "C1_TIMEOUT": "by its notice: a rotor that jams in the few ms of a controlled stop",
    "MEMORY_FAILED": "by its notice: a record that is written only in the night",
    "CARTRIDGE_NEARLY_USED": "by its notice: it needs a home visit with a cartridge of ten uses",
    "EVENTS_LOST": "by its notice: 64 events that nobody fetches",
}
"""Where each code of hardware/alarms.toml is provoked."""


@pytest.fixture(scope="module")
def held(qapp, tmp_path_factory, new_practice, prepare_visit) -> Iterator[Stand]:
    """One window in the middle of a visit, for all of these."""
    store = demo.make_clinic(tmp_path_factory.mktemp("others"))
    prepare_visit(store, "Linden", ZONES)
    practice = new_practice(store)
    practice.sign_in().resume("Linden").armed()
    made = Stand(practice)
    yield made
    leave(made)


@pytest.fixture
def stand(held: Stand) -> Stand:
    """Nothing wrong."""
    return held.standby()


def since(stand: Stand) -> int:
    """Where the log stands now."""
    return len(stand.practice.window.alarms.log)


def noted(stand: Stand, code: str) -> list[tuple[str, str]]:
    """What the record of the visit says of an alarm: priority, and what happened to it."""
    events = [event for event in stand.practice.visit.events if isinstance(event, AlarmNoted)]
    return [(event.priority, event.what) for event in events if event.code == code]


def test_every_code_is_provoked_or_says_why_not():
    """Issue 7, every alarm: a code of the catalogue that no test names fails here."""
    assert set(PROVOKED) == set(load_alarms())
    pens = {code for code, kind in load_alarms().items() if kind.told_by == "pen"}
    assert pens == {warning.name for warning in enums.Warning} - {"NONE"}


@pytest.mark.parametrize(("moving", "priority"), [(False, "MEDIUM"), (True, "HIGH")])
def test_a_lost_link_is_told_by_the_screen(stand: Stand, moving: bool, priority: str) -> None:
    """Issue 7: a lost link alarms on the screen too, HIGH while the needles moved; it ends with the link."""
    if moving:
        stand.running()
    begin = since(stand)
    stand.bench.cut_link()
    stand.settle(0.8)
    check_shown(stand, "LINK", priority, ("no longer answers", "Lift the handpiece", "0.5 s"))
    assert stand.banner.reconnect_button.isVisible()
    acknowledge(stand)
    assert stand.alarm("LINK") is not None, "seen, and still lost"
    stand.healthy()
    stand.reconnect()
    stand.settle()
    assert stand.alarm("LINK") is None
    assert stand.logged("LINK", begin) == ["began", "acknowledged", "ended"]
    assert noted(stand, "LINK")[-3:] == [(priority, what) for what in ("began", "acknowledged", "ended")]
    assert not stand.drive_on


def test_a_link_that_gets_worse_is_told_before_it_is_lost(stand: Stand) -> None:
    """Issue 7: link quality; LOW, and over when the line is good again."""
    stand.ready()
    stand.bench.inject("line", "impaired", loss=0.12)
    stand.practice.until(lambda: stand.alarm("LINK_WEAK") is not None, 10.0)
    check_shown(stand, "LINK_WEAK", "LOW", ("Check cable and plug",))


def test_a_window_that_stands_still_is_told_when_it_runs_again(stand: Stand) -> None:
    """IL-43, issue 7: the screen's liveness feeds the heartbeat; the pen stops, the window says why."""
    stand.running()
    stand.practice.frozen = True
    try:
        for _ in range(160):
            stand.practice.engine.turn()
        assert not stand.drive_on
        assert stand.state is State.SAFE
    finally:
        stand.practice.frozen = False
    stand.settle(0.3)
    check_shown(stand, "IL-26", "MEDIUM", ("the host's screen stopped", "Lift the handpiece"))


def test_a_recording_that_stops_is_told_and_the_treatment_goes_on(
    stand: Stand, tmp_path, monkeypatch
) -> None:
    """IL-41: the black box cannot be written; this visit may be finished."""
    engine = stand.practice.engine
    engine.ask("begin_recording", str(tmp_path / "visit.mcap"))
    stand.practice.act()
    stand.running()

    def full(entries: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine.recorder._mcap, "chunk", full)
    stand.practice.until(lambda: stand.alarm("IL-41") is not None, 5.0)
    check_shown(stand, "IL-41", "LOW", ("No space left on device", "Finish this visit"))
    assert stand.view.state is State.RUN
    acknowledge(stand)
    stand.settle()
    assert stand.alarm("IL-41") is None


def test_records_that_take_nothing_stop_the_pen_and_say_so(stand: Stand, monkeypatch) -> None:
    """Bad input: the database gone in the middle; MEDIUM, for the treatment is broken off."""
    stand.running()

    def gone(user: object) -> None:
        raise StoreFull(value="the disk", limit="")

    monkeypatch.setattr(stand.practice.store, "writing", gone)
    stand.practice.until(lambda: stand.view.state is not State.RUN, 10.0)
    stand.settle(0.2)
    check_shown(stand, "RECORDS", "MEDIUM", ("cannot be noted", "no room to write"))
    assert not stand.drive_on
    acknowledge(stand)
    assert not noted(stand, "RECORDS"), "nothing can be noted yet"
    monkeypatch.undo()
    stand.practice.run(AGAIN_S)
    assert noted(stand, "RECORDS")[:2] == [("MEDIUM", "began"), ("MEDIUM", "acknowledged")]
    stand.running()
    assert stand.alarm("RECORDS") is None


@pytest.fixture
def stopped(stand: Stand) -> Stand:
    """The emergency stop is pressed: IL-01, MEDIUM, and the alarm that there is no player is seen."""
    stand.practice.window.alarm_desk.acknowledge()
    stand.bench.hand.estop(True)
    stand.settle(0.1)
    assert sound_of(stand) is Priority.MEDIUM
    return stand


def test_an_alarm_stands_on_every_page_and_on_the_locked_screen(stopped: Stand) -> None:
    """Issue 7: nobody resets at a locked screen; STOP and the alarm stay in sight."""
    window, banner = stopped.practice.window, stopped.banner
    for step in list(stopped.practice.screen.rail.stops):
        stopped.practice.screen.look_at(step)
        stopped.practice.show()
        assert banner.isVisible()
        assert not banner.geometry().intersects(window.header.geometry())
    assert banner.reset_button.isVisible()
    window.rooms.lock()
    stopped.practice.show()
    assert window.locked
    assert banner.isVisible()
    assert "IL-01" in banner.title.text()
    assert window.header.stop_button.isVisible()
    assert not banner.reset_button.isVisible()
    page = window.sign_in
    QTest.keyClicks(page.password, demo.PASSWORD)
    stopped.practice.click(page.enter)
    assert banner.reset_button.isVisible()


def test_a_pause_of_the_audio_counts_down_and_a_new_alarm_ends_it(stopped: Stand) -> None:
    """Issue 7: audio paused <= 120 s, shown; an alarm that is as urgent is heard at once."""
    banner, alarms = stopped.banner, stopped.practice.window.alarms
    stopped.practice.click(banner.audio_button)
    assert banner.audio_button.text() == "Audio paused 120 s"
    assert alarms.sounding(stopped.practice.engine.now_s()) is None
    stopped.settle(10.0)
    assert banner.audio_button.text() == "Audio paused 110 s"
    stopped.bench.cut_link()
    stopped.settle(0.8)
    assert banner.audio_button.text() == "Pause audio"
    assert alarms.sounding(stopped.practice.engine.now_s()) is Priority.MEDIUM
    keys = [alarm.condition.key for alarm in alarms.active]
    assert keys.index("LINK") == 0, "of equal ones the newest stands first"


def test_a_silenced_alarm_is_reminded_of(stopped: Stand, monkeypatch) -> None:
    """A trip whose tone is paused: counted down, one pulse after a minute; acknowledged the same."""
    window, plain, ahead = stopped.practice.window, stopped.practice.window._clock_s, [0.0]
    monkeypatch.setattr(window, "_clock_s", lambda: plain() + ahead[0])  # the program's clock, not the pen's
    before = window.alarm_desk.tones.reminders
    stopped.practice.click(stopped.banner.audio_button)
    ahead[0] = 59.0
    stopped.settle(0.2)
    assert window.alarm_desk.tones.reminders == before
    assert stopped.banner.audio_button.text() == "Audio paused 61 s"
    stopped.settle(1.0)
    assert window.alarm_desk.tones.reminders == before + 1
    acknowledge(stopped)
    ahead[0] = 121.0
    stopped.settle(0.2)
    assert window.alarm_desk.tones.reminders == before + 2
    assert stopped.alarm("IL-01") is not None


def test_an_alarm_that_comes_again_is_a_new_one(stopped: Stand) -> None:
    """Acknowledged, reset, and pressed again: it flashes and sounds anew."""
    acknowledge(stopped)
    stopped.standby()
    assert stopped.alarm("IL-01") is None
    stopped.bench.hand.estop(True)
    stopped.settle(0.1)
    assert sound_of(stopped) is Priority.MEDIUM
    assert not stopped.alarm("IL-01").acknowledged


def test_a_computer_without_a_player_says_so(stand: Stand) -> None:
    """No tone that nobody hears is taken for one; it is no reason not to treat."""
    check_shown(stand, "SOUND", "LOW", ("No alarm tones", "install a player"))


def test_needles_that_stay_out_are_high_until_they_are_seen_inside(stand: Stand) -> None:
    """LIFT_HANDPIECE: HIGH above the trip, whose reset can be reached all the same; it ends by itself."""
    stand.running()
    begin = since(stand)
    stand.bench.inject("bar_sensor", "off")
    stand.practice.until(lambda: stand.alarm("LIFT_HANDPIECE") is not None, 2.0)
    check_shown(stand, "LIFT_HANDPIECE", "HIGH", ("Lift the handpiece",))
    assert stand.banner.retract_button.isVisible()
    assert stand.banner.reset_button.isVisible()
    assert stand.banner.reset_button.text() == f"Reset {stand.view.trip.id}"
    stand.healthy()
    stand.settle(0.3)
    assert stand.alarm("LIFT_HANDPIECE") is None
    assert stand.logged("LIFT_HANDPIECE", begin) == ["began", "ended"]


@pytest.mark.parametrize(
    ("key", "start", "act", "word", "cure"),
    [
        (
            "IL-18",
            "running",
            lambda stand: stand.bench.set_charge(0.08),
            "low",
            lambda stand: stand.bench.set_charge(0.9),
        ),
        (
            "IL-16",
            "running",
            lambda stand: stand.bench.warm(nose_c=42.5),
            "warm",
            lambda stand: stand.bench.warm(nose_c=20.0),
        ),
        (
            "IL-19",
            "ready",
            lambda stand: stand.bench.hand.cartridge(None),
            "cartridge",
            None,
        ),
    ],
)
def test_what_the_pen_warns_of_stays_as_long_as_it_is_seen(
    stand: Stand, key: str, start: str, act: Callable[[Stand], None], word: str, cure: Callable | None
) -> None:
    """Battery, warmth, cartridge: LOW; acknowledged, it stays; gone, it is over without a touch."""
    getattr(stand, start)()
    fitted = stand.bench.kernel.cartridge
    act(stand)
    stand.practice.until(lambda: stand.alarm(key) is not None, 5.0)
    stand.settle(0.2)
    check_shown(stand, key, "LOW", ())
    assert word in stand.banner.cause.text().lower() + stand.banner.title.text().lower()
    assert len(stand.banner.remedy.text()) > 10
    acknowledge(stand)
    stand.settle(0.1)
    assert stand.alarm(key) is not None, "seen, and still there"
    if cure is None:
        stand.bench.hand.cartridge(fitted)
    else:
        cure(stand)
    stand.practice.until(lambda: stand.alarm(key) is None, 12.0)


def test_forged_frames_are_told_with_the_stop_that_follows(stand: Stand) -> None:
    """IL-27: somebody else sends commands; the pen drops the link session and comes to rest."""
    stand.running()
    begin = since(stand)
    attack(stand, 5)
    stand.settle(0.8)
    assert not stand.drive_on
    check_shown(stand, "LINK", "HIGH", ("link session", "Lift the handpiece"))
    stand.healthy()
    stand.reconnect()
    stand.settle(0.2)
    assert "began" in stand.logged("IL-26", begin)
    assert "began" in stand.logged("IL-27", begin)


@pytest.mark.parametrize(
    ("warning", "key", "priority"),
    [
        (enums.Warning.C1_TIMEOUT, "C1_TIMEOUT", "HIGH"),
        (enums.Warning.MEMORY_FAILED, "IL-29", "LOW"),
        (enums.Warning.EVENTS_LOST, "EVENTS_LOST", "LOW"),
        (enums.Warning.HOLD_LONG, "IL-03", "LOW"),
        (enums.Warning.CARTRIDGE_NEARLY_USED, "IL-21", "LOW"),
    ],
)
def test_a_rare_warning_is_an_alarm_until_it_is_seen(
    stand: Stand, warning: enums.Warning, key: str, priority: str
) -> None:
    """What this visit cannot provoke comes as the worker's notice of it."""
    stand.practice.engine._notices.append(Warned(warning, 10, 15))
    stand.settle()
    check_shown(stand, key, priority, (warning_words(warning, 10, 15).title,))
    acknowledge(stand)
    stand.settle()
    assert stand.alarm(key) is None


def test_a_reference_that_fails_is_told(stand: Stand) -> None:
    """REFERENCE_FAILED, of the row IL-10: LOW, and the banner offers the act."""
    stand.bench.inject("home_switch", "stuck", value=0)
    stand.practice.engine.ask("reference")
    stand.practice.act()
    stand.settle(0.2)
    check_shown(stand, "IL-10", "LOW", ("Reference failed",))
    stand.healthy()
    stand.practice.click(stand.banner.check_button)
    stand.practice.act()
    stand.settle(0.2)
    assert stand.alarm("IL-10") is None


@pytest.mark.long
def test_a_pen_that_was_armed_and_not_used_is_an_information(stand: Stand) -> None:
    """READY_TIMEOUT after 120 s: INFO, which is told and does not sound."""
    stand.ready()
    stand.practice.run(121.0)
    alarm = stand.alarm("IL-39")
    assert alarm is not None
    assert alarm.condition.priority is Priority.INFO
    assert stand.view.state is State.STANDBY
    stand.practice.window.alarm_desk.acknowledge()
    stand.settle()
    assert stand.alarm("IL-39") is None
