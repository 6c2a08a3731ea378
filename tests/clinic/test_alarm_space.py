"""The banner's room is there before an alarm: nothing that is touched next moves when one begins or ends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QApplication

from penctl.protocol.enums import Input, State, StopKind
from penctl.status import Trip
from penctl.trip_words import catalogue
from pengui.clinic.pen_alarms import trip_condition
from pengui.widgets.numerals import Numeral


def places(practice):
    """Where everything stands that is touched or read below the banner."""
    window = practice.window
    window.centralWidget().layout().activate()
    QApplication.processEvents()
    kinds = (QAbstractButton, Numeral)
    shown = [one for kind in kinds for one in practice.screen.findChildren(kind) if one.isVisible()]
    return {one: one.mapTo(window, QPoint(0, 0)).y() for one in [*shown, window.rooms]}


def moved(before, after):
    return {one: (before[one], after[one]) for one in before if one in after and before[one] != after[one]}


def test_an_alarm_moves_nothing_below_it(practice):
    """Emergency stop in TREAT, acknowledged, reset: what stood there stands there."""
    practice.in_run(0.2)
    practice.run(0.1)
    window, before = practice.window, places(practice)
    window.alarm_desk.acknowledge()
    assert window.banner.isVisible(), "nothing here plays a tone, and that is told"
    assert moved(before, places(practice)) == {}
    practice.bench.hand.estop(True)
    practice.until(lambda: practice.view.state is State.SAFE)
    practice.run(0.1)
    assert "IL-01" in window.banner.title.text()
    assert window.banner.cause.isVisible()
    assert moved(before, places(practice)) == {}
    window.alarms.update([], practice.engine.now_s())
    window.banner.follow(0.0, resettable=lambda key: False, needles_out=False, at_rest=False)
    window.banner.space.follow(wanted=True)
    assert window.banner.isHidden()
    assert window.banner.space.isVisible()
    assert window.banner.space.words.text() == "No alarm"
    assert moved(before, places(practice)) == {}


@pytest.mark.parametrize(("size", "may_move"), [((1280, 800), 0), ((1920, 1080), 0), ((1024, 768), 3)])
def test_no_alarm_of_the_catalogue_needs_more_room_than_is_kept(practice, size, may_move):
    """Every trip with a value and a limit, with four buttons beside it; its remedy is always there."""
    practice.sign_in().resume("Linden")
    window, banner = practice.window, practice.window.banner
    window.resize(*size)
    practice.show()
    top, moved_by, without_cause = window.rooms.y(), {}, []
    for number in sorted(catalogue()):
        trip = Trip(number, Input(0), StopKind.C0, 12345, 12000, 0)
        window.alarms.update([trip_condition(trip, needles_clear=False)], 0.0)
        banner.follow(0.0, resettable=lambda key: True, needles_out=False, at_rest=True)
        banner.space.follow(wanted=True)
        window.centralWidget().layout().activate()
        assert banner.remedy.isVisible()
        if window.rooms.y() != top:
            moved_by[trip.id] = window.rooms.y() - top
        if not banner.cause.isVisible():
            without_cause.append(trip.id)
    assert len(moved_by) <= may_move, moved_by
    assert may_move or not without_cause, "the cause stands in the banner where there is room"
    assert banner.height() >= banner.space.height_px > 0
