"""Fast operators: type-ahead, double clicks, two buttons at once, keys held, clicks while a page changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from monkey import ORDER, Broken, Monkey, disorder, double_click
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from penctl.protocol.enums import Flags, State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic.steps.treat import TreatPage

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def monkey(practice, slots, monkeypatch):
    """Makes a monkey that stands before an open visit, READY for its first pass."""
    for name in ("getOpenFileName", "getSaveFileName", "getOpenFileNames"):
        monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *_: ("", "")))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *_: ""))
    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(lambda *_: True))

    def made(seed: int) -> Monkey:
        practice.sign_in().resume("Linden").armed()
        return Monkey(practice, seed, slots)

    return made


def test_whatever_a_fast_operator_does_the_pen_and_the_journal_are_in_order(monkey):
    """Issue 7, fast operators: the drive is on in RUN with the switch held only, no slot fails, no dialog."""
    made = monkey(0)
    made.play(60)
    assert made.ran_s > 0.0, "the needles never moved: nothing was asked"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_whatever_a_fast_operator_does_for_long(monkey, seed):
    """The same for many seeds."""
    monkey(seed).play(300)


@pytest.mark.parametrize(
    ("plant", "told"),
    [("slot", "KeyError"), ("dialog", "QDialog stands over a visit"), ("drive", "the drive is on in ")],
)
def test_what_is_planted_is_found(monkey, practice, slots, monkeypatch, plant, told):
    """The monkey can fail: a slot that fails, a dialog over the treatment, a drive that nobody holds."""
    made = monkey(0)
    made.acts = [(3, made.treat), (1, made.next)]  # whatever else is on the screen, this comes by the defect
    practice.window.stop()
    practice.run(0.2)
    PLANTS[plant](monkeypatch, practice)
    with pytest.raises(Broken, match=told):
        made.play(80)
    slots.clear()
    practice.between = lambda step_s: None


def test_a_journal_that_is_out_of_order_is_found(practice):
    """The oracle of the journal can fail: each event that is needed, left out; two that changed places."""
    practice.sign_in().resume("Linden").armed()
    practice.click(practice.screen.early)
    practice.screen.reason.setText("enough")
    practice.click(practice.screen.confirm)
    practice.act()
    events = practice.visit.events
    assert disorder(events) == ""
    for kind in ORDER[:-1]:
        assert disorder(tuple(one for one in events if type(one) is not kind)), kind.__name__
    assert disorder(tuple(reversed(events)))
    assert "after the end" in disorder(
        (*events, replace(practice.screen.desk.noted(ev.Armed)[0], at=events[-1].at))
    )


def _slot_that_fails(monkeypatch, practice):
    """An act that nobody has tried."""
    monkeypatch.setattr(TreatPage, "act", lambda self: {}["act"])


def _dialog(monkeypatch, practice):
    """A question that stands over the treatment."""
    monkeypatch.setattr(TreatPage, "act", lambda self: QDialog(self).open())


def _drive_without_switch(monkeypatch, practice):
    """A drive that somebody else switches on."""
    plain = practice.between

    def welded(step_s):
        practice.bench.kernel.outputs["drive_enable"] = 1
        plain(step_s)

    practice.between = welded


PLANTS = {"slot": _slot_that_fails, "dialog": _dialog, "drive": _drive_without_switch}


# --- what is known to go wrong with fast fingers, one by one ---


@pytest.fixture
def treating(practice):
    """RUN in the middle of the first pass of the prepared visit."""
    return practice.in_run(0.3)


def counted(practice, kind):
    return len(practice.screen.desk.noted(kind))


def test_quick_touches_of_less_are_steps_of_their_own(treating):
    """Decreases act at once, in RUN, each one; − ends at the pen's least rate, and what is lowered stays."""
    depth, rate = treating.page.depth_card, treating.page.rate_card
    for _ in range(3):
        QTest.mouseClick(depth.less, LEFT)
    double_click(rate.less)
    treating.act()
    treating.act()
    treating.run(0.1)
    assert treating.view.status.depth_set_um == 350
    assert treating.view.status.rate_set_mhz == 98_000
    for _ in range(80):
        QTest.mouseClick(rate.less, LEFT)
        treating.act()
    treating.run(0.1)
    assert treating.view.status.rate_set_mhz == 50_000
    assert not rate.less.isEnabled()
    assert treating.told() == ""
    treating.window.stop()
    treating.run(0.3)
    treating.hold(False)
    assert treating.screen.next_button.text() == "Ready again"
    treating.next()
    treating.until(lambda: treating.view.state is State.READY)
    assert (treating.view.status.depth_set_um, treating.view.status.rate_set_mhz) == (350, 50_000)
    treating.press_button()  # ends the pass; the next one is made ready by the pen's button alone
    treating.until(lambda: treating.visit.open_pass is None)
    treating.run(0.2)
    treating.press_button()
    treating.until(lambda: treating.view.state is State.READY)
    assert (treating.view.status.depth_set_um, treating.view.status.rate_set_mhz) == (350, 50_000)


def test_more_is_asked_outside_run_confirmed_and_applied_with_the_needles_in(treating):
    """Increases: no way in RUN; in READY asked and confirmed; the bar is at its top when they apply."""
    page = treating.page
    QTest.mouseClick(page.depth_card.less, LEFT)
    treating.act()
    treating.run(0.1)
    for card in (page.depth_card, page.rate_card):
        QTest.mouseClick(card.more, LEFT)
        QTest.mouseClick(card.confirm, LEFT)
        QTest.keyClick(card.more, Qt.Key.Key_Space)
    assert treating.view.state is State.STANDBY or treating.view.status.depth_set_um == 450
    treating.window.stop()
    treating.run(0.3)
    treating.hold(False)
    assert treating.screen.next_button.text() == "Ready again"
    treating.next()
    treating.until(lambda: treating.view.state is State.READY)
    treating.click(page.depth_card.more)
    treating.run(0.1)
    assert treating.view.status.depth_set_um == 450, "asked is not set"
    treating.click(page.depth_card.confirm)
    treating.act()
    assert treating.view.status.depth_set_um == 500
    assert Flags.NEEDLES_CLEAR in treating.view.flags
    assert not treating.bench.kernel.outputs["drive_enable"]


def test_the_second_click_of_a_double_click_does_nothing_else(treating):
    """The acts "Ready again" and "End this pass" stand in one place: a double click is not both."""
    treating.window.stop()
    treating.run(0.3)
    treating.hold(False)
    assert treating.screen.next_button.text() == "Ready again"
    double_click(treating.screen.next_button)
    treating.until(lambda: treating.view.state is State.READY)
    QTest.mousePress(treating.screen.next_button, LEFT)
    treating.show()
    assert treating.visit.open_pass is not None
    QTest.mouseRelease(treating.screen.next_button, LEFT)
    treating.act()
    assert treating.visit.open_pass is None, "a click of its own ends the pass"


def test_a_press_that_began_on_another_act_is_none(practice):
    """The act changes while a finger is down: what stood there when it went down counts, or nothing."""
    practice.sign_in().begin("Juniper").screening("58").consent().no_photo()
    practice.page.touch("FRONTAL")
    stops, button = practice.screen.rail.stops, practice.screen.next_button
    practice.click(stops[Step.SCREENING])
    assert button.text() == "Back to Plan"
    QTest.mousePress(button, LEFT)
    stops[Step.PLAN].click()  # another finger
    practice.show()
    assert button.text() == "Agree on the plan"
    QTest.mouseRelease(button, LEFT)
    assert practice.visit.plan is None
    practice.next()
    assert practice.visit.plan is not None


@pytest.mark.parametrize("first", ["screen", "pen"])
def test_the_button_at_the_pen_and_its_twin_at_once(treating, first):
    """Two at once: the pass ends once or goes on; it is never done twice, nor the pen armed for another."""
    treating.window.stop()
    treating.run(0.3)
    treating.hold(False)

    def screen():
        QTest.mouseClick(treating.screen.next_button, LEFT)

    def pen():
        treating.screen.treat_flow.button(treating.view)

    for act in (screen, pen) if first == "screen" else (pen, screen):
        act()
    for _ in range(4):
        treating.act()
    treating.run(0.3)
    assert counted(treating, ev.PassEnded) == 1
    assert counted(treating, ev.PassBegun) <= 2
    armed = treating.visit.open_pass
    assert armed is None or armed.direction == "VERTICAL"
    assert disorder(treating.visit.events) == ""


def test_two_fingers_on_two_buttons(treating):
    """Two-finger touch: "Patient unwell" and − together; the pen is stopped, and neither is lost."""
    device = QTest.createTouchDevice()
    unwell, less = treating.screen.unwell, treating.page.depth_card.less
    window = treating.window.windowHandle()
    places = [one.mapTo(treating.window, one.rect().center()) for one in (unwell, less)]
    touch = QTest.touchEvent(window, device, False)
    touch.press(0, places[0], window).press(1, places[1], window)
    touch.commit()
    touch.release(0, places[0], window).release(1, places[1], window)
    touch.commit()
    treating.run(0.3)
    assert treating.view.state is State.STANDBY
    assert treating.screen.reason_bar.isVisible()


def test_an_open_menu_does_not_take_the_first_touch_of_stop(practice):
    """A menu that is open closes when the pen is armed; its Lock does nothing then."""
    practice.sign_in().resume("Linden").armed()
    practice.window._menu()
    assert QApplication.activePopupWidget() is not None
    lock = practice.window.rooms.lock
    practice.show()
    assert QApplication.activePopupWidget() is None
    lock()
    assert not practice.window.locked


def test_a_button_that_is_held_while_the_screen_is_locked_arms_nothing(practice):
    """What went down while nobody could act stays without effect when somebody signs in."""
    practice.sign_in().resume("Linden").armed()
    practice.bench.hand.press(3.0)
    practice.window.stop()
    practice.run(0.2)
    practice.window.rooms.lock()
    assert practice.window.locked
    practice.bench.hand.button(True)
    practice.run(0.3)
    assert practice.view.state is State.STANDBY
    practice.sign_in()
    practice.run(0.5)
    assert practice.view.state is State.STANDBY
    practice.bench.hand.button(False)
    practice.run(0.1)
    practice.press_button()
    practice.until(lambda: practice.view.state is State.READY)


def test_enter_that_is_held_uses_up_no_tries(practice):
    """Key repeat on the password: one wrong try is one, and the right password still opens."""
    page = practice.window.sign_in
    page.name.setText("clinician")
    QTest.keyClicks(page.password, "wrong")
    for _ in range(12):
        QTest.keyClick(page.password, Qt.Key.Key_Return)
    assert "4 tries left" in page.refusal.text()
    practice.sign_in()
    assert practice.window.patients is not None


def test_clicks_while_a_page_changes_note_nothing_of_the_next_page(practice):
    """Type-ahead: Enter, clicks and Space on the place of the next act, while the page changes."""
    practice.sign_in().begin("Juniper")
    practice.page.asked["AGE"].field.setText("58")
    practice.page.asked["SKIN_TYPE"].choice.choose("2")
    practice.click(practice.page.rest)
    button = practice.screen.next_button
    for _ in range(5):  # before anything is drawn anew
        button.click()
        QTest.keyClick(button, Qt.Key.Key_Space)
        QTest.keyClick(button, Qt.Key.Key_Return)
    practice.show()
    assert practice.visit.step is Step.CONSENT
    assert [type(event) for event in practice.visit.events] == [ev.VisitBegun, ev.Screened]
