"""The button for CLINICAL, visit and conditions, several trips and such that release, the self-test."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import Flags, Input, Mode, Reason, State, StopKind
from penctl.protocol.enums import Warning as PenWarning
from penctl.status import Trip
from pengui.console.conditions import conditions
from pengui.worker.follow import BUTTON_S
from pengui.worker.snapshot import Stopped, Warned


def choose_clinical(desk):
    QTest.mouseClick(desk.window.controls.modes[Mode.CLINICAL], Qt.MouseButton.LeftButton)
    desk.act()
    desk.run(0.1)


def test_clinical_asks_for_the_button_and_is_taken_when_it_is_pressed(desk):
    """IL-30: the window asks, waits without a modal window, and goes on by itself with the button."""
    desk.connect()
    choose_clinical(desk)
    assert desk.view.status.mode is Mode.HOME
    assert desk.window.banner.headline.text() == "Press the button at the pen"
    assert desk.window.controls.modes[Mode.CLINICAL].property("role") == "asked"
    assert desk.window.controls.reference.isEnabled(), "the window stays usable"
    QTest.mousePress(desk.window.hand.button, Qt.MouseButton.LeftButton)
    desk.run(0.3)
    QTest.mouseRelease(desk.window.hand.button, Qt.MouseButton.LeftButton)
    assert desk.view.status.mode is Mode.CLINICAL
    assert not desk.window.banner.isVisible()
    assert QApplication.activeModalWidget() is None


@pytest.mark.parametrize("way", ["cancel", "stop", "home"])
def test_the_wait_for_the_button_can_be_given_up(desk, way):
    """Nothing is taken later that a person no longer wants."""
    desk.connect()
    choose_clinical(desk)
    if way == "cancel":
        desk.window.banner.cancel_button.click()
    elif way == "stop":
        desk.window.stop()
    else:
        desk.window.controls.modes[Mode.HOME].click()
    desk.run(0.2)
    assert desk.view.asks_button is None
    desk.bench.hand.button(True)
    desk.run(0.3)
    assert desk.view.status.mode is Mode.HOME


def test_a_button_that_nobody_presses_is_told_after_half_a_minute(desk):
    """Every wait has a limit and a reason."""
    desk.connect()
    choose_clinical(desk)
    asked = desk.engine.follower.asked
    desk.engine.follower.asked = dataclasses.replace(asked, until_s=asked.until_s - BUTTON_S)
    desk.run(0.1)
    assert desk.view.asks_button is None
    assert "Mode: not done" in desk.window.banner.headline.text()
    assert "button" in desk.window.banner.cause.text()


def test_a_visit_is_begun_and_ended_by_one_button(desk):
    """IL-21: whose cartridge it is; the pseudonym stays on the host and leaves the field."""
    desk.connect()
    controls = desk.window.bar
    controls.person.setText("Patient 4711")
    controls.visit_button.click()
    desk.act()
    desk.until(lambda: Flags.VISIT_OPEN in desk.view.flags and not desk.view.busy)
    assert controls.visit_button.text() == "End visit"
    assert controls.person.text() == ""
    assert desk.engine.pen.visit.person == "Patient 4711"
    assert "Visit open" in desk.window.conditions.chips["Visit"].text()
    controls.visit_button.click()
    desk.act()
    desk.run(0.2)
    assert Flags.VISIT_OPEN not in desk.view.flags
    assert controls.visit_button.text() == "Begin visit"


def test_the_self_test_shows_its_progress(desk):
    """Issue 4, 5: below 3 s; the window counts along and nothing can be armed meanwhile."""
    desk.window.connect_pen("pensim://?seed=1")
    desk.act()
    desk.run(0.05)
    assert desk.view.state is State.SELF_TEST
    assert "of at most 3 s" in desk.window.state_text.text()
    assert not desk.window.controls.arm.isEnabled()


def test_a_failed_self_test_says_what_it_looked_at_and_how_to_mend_it(desk):
    """Issue 4, 5: each failure says how to mend it."""
    desk.connect()
    desk.window._take(Warned(PenWarning.SELF_TEST_FAILED, 14, 0))
    assert desk.window.banner.headline.text() == "Self-test failed"
    assert "sounder" in desk.window.banner.cause.text()
    assert "serviced" in desk.window.banner.remedy.text()


def test_a_trip_that_released_by_itself_is_told_and_can_be_dismissed(desk):
    """IL-12 and its like: a stop that nobody explained would be a complaint."""
    desk.connect()
    desk.window._take(Stopped(Trip(12, Input.SHAFT_RATE, StopKind.C1, 80_000, 85_000, 5, False)))
    banner = desk.window.banner
    assert "IL-12 Underspeed" in banner.headline.text()
    assert "80 Hz" in banner.cause.text()
    assert banner.isVisible()
    assert not banner.reset_button.isVisible()
    banner.dismiss_button.click()
    assert not banner.isVisible()


def test_several_troubles_are_told_together_and_the_newest_first(desk):
    """A second warning does not hide the first."""
    desk.connect()
    desk.window._take(Warned(PenWarning.BATTERY_LOW, 149, 50))
    desk.window._take(Warned(PenWarning.WARM, 41_100, 43_000))
    desk.window._take(Warned(PenWarning.WARM, 41_200, 43_000))
    banner = desk.window.banner
    assert banner.headline.text() == "Pen is warm"
    assert "41.2" in banner.cause.text()
    assert banner.remedy.text().count("Also:") == 1
    assert "Battery low" in banner.remedy.text()


def test_several_latched_trips_are_all_named(desk):
    """The banner shows the first and names the others; each has its own reset."""
    desk.connect()
    first = Trip(1, Input.ESTOP_A, StopKind.C0, 0, 1, 5)
    others = (first, Trip(26, Input.HEARTBEAT, StopKind.C1, 250_100, 250_000, 6))
    status = dataclasses.replace(
        desk.view.status, tripped=1, trip_input=Input.ESTOP_A, trip_stop=StopKind.C0, trip_count=2
    )
    desk.window.banner.show_view(dataclasses.replace(desk.view, status=status, latched=others))
    assert "IL-01" in desk.window.banner.headline.text()
    assert "latched too: IL-26" in desk.window.banner.headline.text()
    assert desk.window.banner.reset_button.text() == "Reset IL-01"


@pytest.fixture
def usual(desk):
    """The picture of a pen in STANDBY in which nothing is wrong."""
    view = desk.connect().view
    cartridge = dataclasses.replace(view.cartridge, verdict=Reason.NONE)
    status = dataclasses.replace(view.status, charge_permille=800)
    return dataclasses.replace(view, cartridge=cartridge, status=status, nose_c=30.0, handle_c=30.0)


def test_a_pen_in_which_nothing_is_wrong_shows_no_trouble(usual):
    """A warning that always shows is no warning."""
    assert [name for name, condition in conditions(usual).items() if condition.trouble] == []


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("Battery", {"charge_permille": 149}, "is low"),
        ("Battery", {"charge_permille": 49}, "too low to start"),
        ("Warmth", {"nose_c": 41.0}, "at 43 °C the pen stops"),
        ("Warmth", {"handle_c": 43.0}, "at 48 °C the pen stops"),
        ("Cartridge", {"verdict": Reason.CARTRIDGE_EXPIRED, "sterile_until_day": 2281}, "until 31 Mar 2026"),
        ("Cartridge", {"verdict": Reason.CARTRIDGE_OTHER_PERSON}, "another person"),
        ("Cartridge", {"cartridge_id": 0}, "Seat a cartridge"),
        ("Battery", {"flags": Flags.CHARGING}, "unplug it"),
    ],
)
def test_a_trouble_is_marked_and_worded(desk, usual, name, changes, words):
    """IL-16, IL-18, IL-19 to IL-22: shown before arming is refused for them, with the remedy."""
    status = {key: value for key, value in changes.items() if key == "charge_permille"}
    tag = {key: value for key, value in changes.items() if hasattr(usual.cartridge, key)}
    rest = {key: value for key, value in changes.items() if key not in status and key not in tag}
    view = dataclasses.replace(
        usual,
        status=dataclasses.replace(usual.status, **status),
        cartridge=dataclasses.replace(usual.cartridge, **tag),
        **rest,
    )
    desk.window.conditions.show_view(view)
    assert desk.window.conditions.chips[name].property("role") == "chip-caution"
    assert words in desk.window.conditions.troubles.text()
    assert desk.window.conditions.troubles.isVisible()
