"""TREAT: the hand at the pen leads, the screen follows; trips, a lost link, ways out, a killed program."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic.pen_alarms import LINK
from pengui.clinic.treat_flow import TreatFlow
from pengui.widgets.look import NUMERAL_MM, STOP_MM, Priority, px_of_mm
from pengui.worker.snapshot import Phase
from pensim import Bench


@pytest.fixture
def treating(practice):
    """RUN in the middle of the first pass of a visit that was prepared before."""
    return practice.in_run(0.6)


def keys(practice):
    return [alarm.condition.key for alarm in practice.window.alarms.active]


def test_treat_shows_set_and_measured_and_stops_by_every_way(treating):
    """Issue 7: set and measured side by side in digits of 15 mm; Space and Esc before any widget."""
    page = treating.page
    assert page.depth_card.setpoint.text() == "0.5"
    assert abs(float(page.depth_card.measured.text()) - 0.5) < 0.05
    assert abs(float(page.rate_card.measured.text()) - 100) < 3
    for numeral in (page.depth_card.measured, page.depth_card.setpoint, page.rate_card.measured):
        assert numeral.digit_px >= px_of_mm(NUMERAL_MM)
    stop = treating.window.header.stop_button
    assert min(stop.width(), stop.height()) >= px_of_mm(STOP_MM)
    place = stop.mapTo(treating.window, QPoint(0, 0))
    assert not page.depth_card.more.isEnabled()
    treating.click(page.depth_card.less)
    treating.act()
    treating.run(0.1)
    assert treating.view.status.depth_set_um == 450
    QTest.keyClick(treating.screen.early, Qt.Key.Key_Space)
    treating.run(0.2)
    assert treating.view.state is State.STANDBY
    assert stop.mapTo(treating.window, QPoint(0, 0)) == place
    assert treating.visit.dose("TEMPORAL_RIGHT").strokes > 20
    assert "Let go of the switch" in treating.screen.prompt.text()
    assert not treating.screen.next_button.isVisible()
    treating.hold(False)
    treating.click(treating.screen.next_button)
    treating.act()
    treating.until(lambda: treating.view.state is State.READY)
    assert treating.view.status.depth_set_um == 450, "what was lowered stays lower"
    treating.click(page.depth_card.more)
    assert treating.view.status.depth_set_um == 450, "more waits for its confirmation"
    treating.click(page.depth_card.confirm)
    treating.act()
    treating.run(0.1)
    assert treating.view.status.depth_set_um == 500
    assert not page.depth_card.more.isEnabled(), "no higher than the plan"


def test_a_trip_is_an_alarm_until_the_pen_is_reset(treating):
    """Issue 7: cause, value, limit and what to do; latched; acknowledge and reset are different acts."""
    treating.bench.hand.estop(True)
    treating.until(lambda: treating.view.state is State.SAFE)
    treating.run(0.1)
    banner = treating.window.banner
    assert "IL-01" in keys(treating)
    assert banner.isVisible()
    assert "Emergency stop" in banner.title.text()
    assert any(isinstance(event, ev.TripNoted) for event in treating.visit.events)
    treating.click(banner.acknowledge_button)
    assert "IL-01" in keys(treating)
    treating.click(banner.reset_button)
    treating.act()
    assert "IL-01" in keys(treating), "the cause is still there"
    treating.bench.hand.estop(False)
    treating.hold(False)
    treating.click(banner.reset_button)
    treating.act()
    treating.run(0.1)
    assert "IL-01" not in keys(treating)
    assert treating.view.state is State.STANDBY


def test_a_cable_that_is_pulled_alarms_and_the_visit_goes_on_when_it_is_back(treating):
    """Issue 7: a lost link alarms on the screen too; unplug and return in TREAT loses nothing."""
    before = treating.visit.dose("TEMPORAL_RIGHT").strokes
    treating.show()
    assert "–" not in treating.page.strips.texts
    treating.bench.cut_link()
    treating.run(0.8)
    assert set(treating.page.strips.texts) == {"–"}, "what is not heard is not shown as if it were measured"
    assert keys(treating)[0] == LINK
    assert treating.window.alarms.active[0].condition.priority is Priority.HIGH
    assert "link to the pen is lost" in treating.screen.prompt.text()
    treating.bench.hand.hold(False)
    treating.bench.hand.lift()
    treating.click(treating.window.banner.reconnect_button)
    treating.act()
    treating.run(0.3)
    assert treating.told(), "the cable is still out"
    treating.bench.restore_link()
    treating.run(0.1)
    treating.click(treating.window.banner.reconnect_button)
    treating.act()
    treating.run(0.2)
    assert LINK not in keys(treating)
    assert treating.told() == "", "the pen is heard again"
    assert "IL-26" in keys(treating)
    treating.click(treating.window.banner.reset_button)
    treating.act()
    treating.run(0.3)
    assert treating.view.state is State.STANDBY
    assert treating.visit.dose("TEMPORAL_RIGHT").strokes >= before
    assert treating.visit.step is Step.READY
    treating.next()
    treating.act()
    treating.until(lambda: treating.view.state is State.READY)


def test_a_pen_exchanged_in_the_middle_for_another_is_refused_as_often_as_it_is_tried(treating):
    """Issue 7, bad input: the sentence names it; the visit keeps its dose and its own pen."""
    own, transport = treating.bench, treating.engine.pen.transport

    def plug(bench) -> None:
        """A simulated port stays closed where a real one is opened again."""
        transport._port._bench, transport._port.is_open, transport._open = bench, True, True

    before = treating.visit.dose("TEMPORAL_RIGHT").strokes
    own.cut_link()
    treating.run(0.8)
    own.hand.hold(False)
    own.hand.lift()
    with Bench(seed=2) as other:
        for _ in range(2):
            plug(other)
            treating.click(treating.window.banner.reconnect_button)
            treating.act()
            assert "Another pen" in treating.told()
            assert "PENSIM-000000002" in treating.told()
            assert treating.view.phase is Phase.LOST
            assert not other.kernel.outputs["drive_enable"]
        plug(own)
    own.restore_link()
    treating.click(treating.window.banner.reconnect_button)
    treating.act()
    treating.run(0.2)
    assert treating.view.phase is Phase.OPEN
    assert treating.visit.dose("TEMPORAL_RIGHT").strokes >= before


def test_a_patient_who_is_unwell_stops_the_pen_before_anything_is_asked(treating):
    """Issue 7: 'Patient unwell' is always there; what must still be done goes on."""
    treating.click(treating.screen.unwell)
    treating.run(0.2)
    assert treating.view.state is State.STANDBY
    treating.click(treating.screen.confirm)
    assert "needs a reason" in treating.told()
    QTest.keyClicks(treating.screen.reason, "dizzy")
    treating.click(treating.screen.confirm)
    treating.act()
    treating.run(0.1)
    assert treating.visit.step is Step.DISPOSE
    assert treating.visit.ended_early == "dizzy"
    assert treating.visit.dose("TEMPORAL_RIGHT").strokes > 20


def test_a_window_that_freezes_stops_the_pen(treating):
    """Issue 7: the screen's liveness feeds the heartbeat; a frozen event loop ends it."""
    treating.frozen = True
    for _ in range(200):
        treating.engine.turn()
    treating.frozen = False
    assert not treating.bench.kernel.outputs["drive_enable"]
    treating.run(0.3)
    assert treating.view.state is State.SAFE
    assert "IL-26" in keys(treating), "the window says so when it is back"
    assert treating.window.banner.isVisible()
    assert "An interlock has stopped the pen" in treating.screen.prompt.text()
    assert treating.visit.dose("TEMPORAL_RIGHT").strokes > 20
    treating.hold(False)
    treating.click(treating.window.banner.reset_button)
    treating.act()
    treating.run(0.2)
    treating.next()
    treating.until(lambda: treating.view.state is State.READY)


def test_a_window_that_shows_nothing_more_stops_the_pen(treating, slots, monkeypatch):
    """A picture that fails again and again vouches for nothing, though the event loop runs; it is told."""
    monkeypatch.setattr(type(treating.window), "_show_person", lambda self, view: {}["view"])

    def shown():
        try:
            treating.window.refresh()
        except KeyError as error:  # what Qt does with an error of a timer
            sys.excepthook(type(error), error, error.__traceback__)

    monkeypatch.setattr(
        treating.window.net, "_stop", list
    )  # STOP is the other way; here the heartbeats alone
    treating.frozen = True
    for _ in range(200):
        treating.engine.turn()
        treating.window.beat()
        shown()
    assert not treating.bench.kernel.outputs["drive_enable"]
    assert treating.view.state is State.SAFE
    assert "KeyError" in slots[0]
    assert "The program has a defect here" in treating.told()
    slots.clear()
    monkeypatch.undo()
    treating.frozen = False


def test_a_defect_of_the_program_stops_the_pen_and_says_so(treating, slots, monkeypatch):
    """An error that left a slot: the pen is stopped, the sentence is on the page, nothing noted is lost."""
    monkeypatch.setattr(TreatFlow, "choose", lambda self, zone: {}[zone])
    noted = treating.visit.events
    treating.page.map.touched.emit("OCCIPITAL")
    treating.run(0.3)
    assert treating.view.state is State.STANDBY
    assert "The program has a defect here; the pen is stopped" in treating.told()
    assert treating.visit.events[: len(noted)] == noted
    assert "KeyError" in slots.pop()


def test_another_zone_asks_for_its_depth_again(treating):
    """Issue 7: a zone change asks for the depth again; a zone that is not planned is refused in its place."""
    page = treating.page
    page.map.touched.emit("OCCIPITAL")
    assert "A pass is under way" in treating.told()
    treating.hold(False)
    treating.press_button()
    treating.run(0.2)
    page.map.touched.emit("TEMPORAL_LEFT")
    treating.show()
    assert treating.screen.prompt.text().startswith("Temporal, left: 0.5 mm, 100 Hz")
    treating.click(page.leave_out.ask)
    treating.click(page.leave_out.confirm)
    assert "needs a reason" in treating.told()
    QTest.keyClicks(page.leave_out.reason, "too tender")
    treating.click(page.leave_out.confirm)
    treating.act()
    treating.run(0.1)
    assert treating.screen.prompt.text().startswith("Next: Temporal, right, vertical")
    page.map.touched.emit("OCCIPITAL")
    assert "not to be treated in this visit" in treating.told()


def test_a_cartridge_exchanged_between_two_passes_is_read_before_it_is_used(treating):
    """The pen takes any fresh cartridge of the visit; the record has to know which, and its lot."""
    practice = treating
    practice.hold(False)
    noted = practice.visit.cartridge
    assert not practice.page.reader.isVisible()
    practice.bench.hand.cartridge(None)
    practice.run(0.5)
    practice.click(practice.window.hand.cartridge)
    practice.until(lambda: practice.view.state is State.STANDBY and practice.page.reader.isVisible(), 5.0)
    practice.press_button()
    practice.until(lambda: not practice.view.busy)
    assert practice.view.state is State.STANDBY, "the button arms no cartridge that was not read"
    practice.engine.ask("begin_pass", *_next_pass(practice))
    practice.act()
    assert "Another cartridge is in the pen" in practice.told()
    practice.click(practice.page.reader.read_button)
    assert "lot of the cartridge is missing" in practice.told()
    practice.page.reader.lot.setText("L78")
    practice.click(practice.page.reader.read_button)
    practice.act()
    practice.show()
    read = practice.visit.cartridge
    assert read.cartridge_id != noted.cartridge_id
    assert read.lot == "L78"
    assert not practice.page.reader.isVisible()
    practice.engine.ask("begin_pass", *_next_pass(practice))
    practice.act()
    practice.until(lambda: practice.view.state is State.READY)


def _next_pass(practice):
    target = practice.page.flow.target()
    return target.zone, target.direction, *practice.page.flow.settings(target.zone)


def test_everything_that_takes_the_keyboard_has_a_name(treating):
    """Issue 7: keyboard alone and screen-reader names."""
    treating.hold(False)
    for step in list(treating.screen.rail.stops)[:8]:
        treating.screen.look_at(step)
        page = treating.screen.page(step)
        for widget in (*page.findChildren(QWidget), *treating.screen.rail.stops.values()):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and isinstance(
                widget, (QAbstractButton, QLineEdit, QComboBox)
            ):
                text = widget.text() if isinstance(widget, QAbstractButton) else ""
                if widget.isHidden():
                    continue
                assert widget.accessibleName() or text, f"{type(widget).__name__} in {step}"
