"""Every interlock, provoked in the running window by plant, hand and frames: what is seen, what ends it.

What is no interlock – the link, the records, warnings – is in test_other_alarms.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from alarm_rows import (
    INFORMATION,
    NO_ALARM,
    REFUSALS,
    STOPS,
    TRIPS,
    Refused,
    Stop,
    Trip,
)
from alarm_stand import Stand
from PySide6.QtWidgets import QApplication, QDialog

from penctl.hardware import load_interlocks
from penctl.protocol.enums import Flags, State
from penctl.treatment.plan import Direction, ZonePlan
from penctl.trip_words import trip_unit
from penctl.words import quantity_text
from pengui.clinic import demo, pen_alarms
from pengui.widgets.look import ALARM, Priority

SIGN = {"HIGH": "!!!", "MEDIUM": "!!", "LOW": "!"}


@pytest.fixture(scope="module")
def held(qapp) -> Iterator[dict[str, Stand]]:
    """One window for all rows; a row that fails leaves the next one a new window."""
    stands: dict[str, Stand] = {}
    yield stands
    for stand in stands.values():
        leave(stand)


ZONES = tuple(
    ZonePlan(zone, 500, 150_000, tuple(Direction)[:2], 1200)
    for zone in ("VERTEX", "MID_SCALP", "OCCIPITAL", "TEMPORAL_LEFT")
)
"""Dose enough for every row: a pass that is full stops the pen before an alarm can."""


@pytest.fixture
def stand(held, tmp_path_factory, new_practice, prepare_visit) -> Stand:
    """The window in the middle of a visit, nothing wrong."""
    if held:
        name, stand = held.popitem()
        with contextlib.suppress(Exception):
            held[name] = stand.standby()
            return stand
        leave(stand)
    store = demo.make_clinic(tmp_path_factory.mktemp("alarms"))
    prepare_visit(store, "Linden", ZONES)
    practice = new_practice(store)
    practice.sign_in().resume("Linden").armed()
    held["stand"] = Stand(practice)
    return held["stand"].standby()


def leave(stand: Stand) -> None:
    """The window is closed, and so are its records."""
    stand.practice.close()
    stand.practice.store.close()


def no_dialog() -> None:
    """Nothing modal, now or ever, while alarms come and go."""
    assert QApplication.activeModalWidget() is None
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def sound_of(stand: Stand) -> Priority | None:
    """What is heard; that there is no player is an alarm of every test here, and left out."""
    alarms = stand.practice.window.alarms.active
    waiting = [
        one.condition.priority for one in alarms if not one.acknowledged and one.condition.key != "SOUND"
    ]
    return max(waiting, key=lambda priority: priority.value, default=None)


def check_shown(stand: Stand, key: str, priority: str, words: tuple[str, ...]) -> None:
    """In the banner with sign, colour and words, on the list, in the log; STOP stays free."""
    stand.practice.show()
    alarm, banner, window = stand.alarm(key), stand.banner, stand.practice.window
    assert alarm is not None, ([one.condition.key for one in window.alarms.active], stand.practice.told())
    assert alarm.condition.priority.name == priority
    assert banner.isVisible()
    first = window.alarms.active[0].condition
    if first.key == key:
        text = " ".join(part.text() for part in (banner.title, banner.cause, banner.remedy))
        for word in (key if key.startswith("IL-") else "", *words):
            assert word in text, f"{word!r} is not in {text!r}"
        assert banner.sign.text() == SIGN[priority]
        assert ALARM[Priority[priority]][0] in banner.styleSheet()
    else:
        assert first.priority.value >= alarm.condition.priority.value
    stop = window.header.stop_button
    assert not banner.geometry().intersects(window.header.geometry()), "the banner covers the head"
    assert stop.isVisible()
    listed(stand, alarm.condition.title)
    no_dialog()


def listed(stand: Stand, title: str) -> None:
    """The list shows it, over the page, and STOP stays free."""
    banner = stand.banner
    stand.practice.click(banner.list_button)
    try:
        assert title in unescape(banner.listing.text.text())
        assert not banner.listing.geometry().intersects(stand.practice.window.header.geometry())
    finally:
        stand.practice.click(banner.list_button)


def acknowledge(stand: Stand) -> None:
    """The signal ends, whatever stays on the list."""
    if stand.banner.acknowledge_button.isVisible():
        stand.practice.click(stand.banner.acknowledge_button)
    assert sound_of(stand) is None


@pytest.mark.parametrize("row", TRIPS, ids=lambda row: row.key)
def test_every_trip_is_an_alarm_until_its_documented_act(stand: Stand, row: Trip) -> None:
    """Issue 7, every alarm: priority, cause, value, limit and what to do; latched; acknowledged; reset."""
    stand.running()
    since = len(stand.practice.window.alarms.log)
    row.provoke(stand)
    stand.settle(row.takes_s)
    assert not stand.drive_on
    told = load_interlocks()[row.interlock]
    trip = next(one for one in (stand.view.trip, *stand.view.latched) if one.interlock == row.interlock)
    words = (told.name, told.remedy)
    if row.interlock != 31:  # what restarted the controller is said instead
        words += (told.cause,)
    if row.quantity:
        words += tuple(quantity_text(number, trip_unit(trip)) for number in (trip.value, trip.limit))
    clear = Flags.NEEDLES_CLEAR in stand.view.flags
    check_shown(stand, row.key, row.priority if clear or not row.not_clear else row.not_clear, words)
    acknowledge(stand)
    refuse_reset(stand, row)
    end(stand, row)
    assert stand.alarm(row.key) is None
    whats = stand.logged(row.key, since)
    assert whats[0] == "began"
    assert "acknowledged" in whats
    assert whats[-1] == "ended"
    assert not stand.drive_on
    no_dialog()


def refuse_reset(stand: Stand, row: Trip) -> None:
    """While the cause is there, or where the reset is another's act, the pen says no, and why."""
    if row.keep is not None and row.reset == "window":
        row.keep(stand)
    elif row.keep is None:
        return
    stand.practice.click(stand.banner.reset_button)
    stand.practice.act()
    stand.settle()
    assert stand.alarm(row.key) is not None
    assert "Not reset: " in stand.banner.remedy.text()
    assert stand.banner.remedy.isVisible()
    no_dialog()


def end(stand: Stand, row: Trip) -> None:
    """The cause is taken away and the documented act done."""
    row.cure(stand)
    stand.healthy()
    if row.reset == "power":
        stand.off_and_on()
    elif row.reset == "service":
        stand.serve(lambda pen: (row.served(pen), pen.reset(row.interlock)))
    for _ in range(3):
        if stand.view.state is not State.SAFE:
            break
        stand.practice.click(stand.banner.reset_button)
        stand.practice.act()
        stand.settle(0.1)


@pytest.mark.parametrize("row", STOPS, ids=lambda row: row.key)
def test_every_stop_that_releases_is_an_alarm_until_the_pen_goes_on(stand: Stand, row: Stop) -> None:
    """Issue 7, every alarm: a stop that does not latch; it ends with its cause or with the next start."""
    stand.running()
    since = len(stand.practice.window.alarms.log)
    row.provoke(stand)
    stand.settle(row.takes_s)
    assert not stand.drive_on
    told = load_interlocks()[row.interlock]
    check_shown(stand, row.key, row.priority, (told.name, told.remedy))
    assert not stand.banner.reset_button.isVisible(), "nothing is latched"
    acknowledge(stand)
    stand.settle()
    assert (stand.alarm(row.key) is not None) is row.seen
    row.cure(stand)
    stand.running()
    assert stand.alarm(row.key) is None
    assert stand.logged(row.key, since)[0] == "began"


@pytest.mark.parametrize("interlock", INFORMATION, ids="IL-{:02d}".format)
def test_what_ends_every_pass_is_no_alarm(stand: Stand, interlock: int) -> None:
    """IL-02 and IL-23 have the priority INFO: letting go and lifting off are how a pass is paused."""
    stand.running()
    acknowledge(stand)
    INFORMATION[interlock](stand)
    stand.settle(2.6 if interlock == 23 else 0.3)
    assert not stand.drive_on
    assert stand.alarm(f"IL-{interlock:02d}") is None
    assert sound_of(stand) is None


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.key)
def test_every_refused_start_is_an_alarm_until_the_pen_is_armed(stand: Stand, row: Refused) -> None:
    """Issue 7, every alarm: an interlock that inhibits, LOW, with what to do; nothing moves."""
    if row.start is State.READY:
        stand.ready()
    since = len(stand.practice.window.alarms.log)
    row.provoke(stand)
    ask(stand, row)
    check_shown(stand, row.key, "LOW", (load_interlocks()[row.interlock].name,))
    assert len(stand.alarm(row.key).condition.remedy) > 10
    assert not stand.drive_on
    assert stand.view.state is not State.READY
    if row.offers:
        assert stand.banner.check_button.text() == row.offers
    acknowledge(stand)
    stand.settle()
    assert (stand.alarm(row.key) is not None) is row.seen
    row.cure(stand)
    stand.settle(0.3)
    stand.ready()
    assert stand.alarm(row.key) is None
    assert stand.logged(row.key, since)[0] == "began"


def ask(stand: Stand, row: Refused) -> None:
    """The next pass is asked for, or the pen is checked for the visit."""
    if row.asked in ("check", "both"):
        stand.made_ready()
    if row.asked in ("pass", "both"):
        stand.begin()
    stand.settle()


def test_every_interlock_has_its_row():
    """Issue 7, every alarm: an interlock of the catalogue without a row fails here, and a row of none."""
    rows = {row.interlock for row in (*TRIPS, *STOPS, *REFUSALS)}
    elsewhere = {25: "a rule of the plan", 27: "SESSION_DROPPED", 41: "RECORDING", 43: "frozen"}
    said = rows | set(INFORMATION) | set(NO_ALARM) | set(elsewhere)
    assert unsaid(said) == []
    assert not said - {row.number for row in load_interlocks().values() if row.held}
    assert unsaid(said - {13}) == ["IL-13"], "the check sees an interlock that was forgotten"
    quiet = {
        row.number for row in load_interlocks().values() if row.held and row.priority in ("NONE", "INFO")
    }
    assert quiet == set(INFORMATION) | set(NO_ALARM)


def unsaid(said: set[int]) -> list[str]:
    """Interlocks that are held today and that no row provokes."""
    return [row.id for row in load_interlocks().values() if row.held and row.number not in said]


DEFECTS = {
    "an alarm is dropped": ("trip_condition", lambda made: replace(made, key="IL-99")),
    "another priority": ("trip_condition", lambda made: replace(made, priority=Priority.LOW)),
    "no remedy": ("trip_condition", lambda made: replace(made, remedy="")),
    "no value": ("trip_condition", lambda made: replace(made, value="")),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_rejected(stand: Stand, monkeypatch, defect: str) -> None:
    """The rows look: with a defect in what turns trips into alarms, the row of IL-14 fails."""
    name, change = DEFECTS[defect]
    right = getattr(pen_alarms, name)
    monkeypatch.setattr(pen_alarms, name, lambda *given, **named: change(right(*given, **named)))
    row = next(row for row in TRIPS if row.interlock == 14)
    with pytest.raises(AssertionError):
        test_every_trip_is_an_alarm_until_its_documented_act(stand, row)
    monkeypatch.undo()
    stand.settle()
