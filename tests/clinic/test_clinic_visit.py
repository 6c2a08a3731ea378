"""A whole visit, from sign-in to signature, on the real firmware and the real records."""

from __future__ import annotations

import pytest
from monkey import disorder
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from penctl.errors import PenError
from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step

STEPS = (
    *("SCREENING", "CONSENT", "PHOTOS_BEFORE", "PLAN", "PREPARE", "TIME_OUT", "READY", "TREAT"),
    *("DISPOSE", "PHOTOS_AFTER", "AFTER_CARE", "SIGN"),
)
"""The steps of a visit and their order, said here anew."""


def stands_at(practice, step: str) -> None:
    """What holds at every step: the rail, the ways out, looking back, and that nothing can be skipped."""
    practice.show()
    screen, place = practice.screen, STEPS.index(step)
    assert screen.here.value == step, practice.told()
    noted = practice.visit.events
    for number, name in enumerate(STEPS):
        stop = screen.rail.stops[Step(name)]
        assert stop.isEnabled() is (number <= place), f"{name} in {step}"
        if number >= place or practice.view.moving:
            continue
        stop.click()
        practice.show()
        assert screen.seen is Step(name)
        assert not screen.page(screen.seen).content.isEnabled(), f"{name} could be changed in {step}"
        for line in screen.page(screen.seen).findChildren(QLineEdit):
            assert not line.isEnabled()
    screen.look_at(screen.here)
    for ahead in STEPS[place + 1 :]:
        with pytest.raises(PenError):
            skipped(practice, Step(ahead))
    for way_out, kind in ((screen.early, ev.EndedEarly), (screen.unwell, ev.Unwell)):
        if step == "SIGN":
            assert not way_out.isEnabled()
            continue
        practice.click(way_out)
        assert screen.reason_bar.isVisible()
        screen.desk.check(kind, reason="it would be taken")
        practice.click(screen.cancel)
        practice.act()
    assert practice.visit.events == noted, "to look changes nothing"
    assert not practice.window.locked


def skipped(practice, step: Step) -> None:
    """The event that would begin a later step. Raises PenError."""
    kinds = {
        Step.CONSENT: (ev.Consented, {"form": "form 1"}),
        Step.PLAN: (ev.Planned, {"plan": None}),
        Step.READY: (ev.Armed, {}),
        Step.SIGN: (ev.Signed, {}),
    }
    kind, fields = kinds.get(step, (ev.PassBegun, {"zone": "VERTEX", "direction": "VERTICAL"}))
    practice.screen.desk.check(kind, **fields)


def test_a_whole_visit_from_greeting_to_signature(practice):
    """Issue 7: the steps of the visit's state machine and no others, TREAT without a touch of the screen."""
    practice.sign_in().begin("Juniper")
    practice.store.sign_in = None  # READY again within a visit needs no password
    stands_at(practice, "SCREENING")
    practice.screening()
    stands_at(practice, "CONSENT")
    practice.consent()
    stands_at(practice, "PHOTOS_BEFORE")
    practice.no_photo()
    stands_at(practice, "PLAN")
    practice.plan("FRONTAL", "OCCIPITAL", density=3)
    stands_at(practice, "PREPARE")
    practice.prepare().pen()
    stands_at(practice, "TIME_OUT")
    practice.time_out()
    stands_at(practice, "READY")
    practice.ready()
    heard = []
    practice.screen.tone.connect(heard.append)
    practice.bench.hand.press(3.0)
    practice.bench.hand.glide(20.0)
    practice.run(0.1)
    for number in range(4):
        if practice.view.state is State.STANDBY:
            practice.press_button()
            practice.until(lambda: practice.view.state is State.READY)
        practice.hold(True)
        practice.until(lambda: practice.visit.open_pass is None, 20.0)
        practice.hold(False)
        practice.run(0.2)
        if number == 0:
            stands_at(practice, "TREAT")
    assert heard == ["reached", "pass", "reached", "zone", "reached", "pass", "reached"]
    for zone in ("FRONTAL", "OCCIPITAL"):
        assert practice.visit.passes_done(zone) == ("HORIZONTAL", "VERTICAL")
    stands_at(practice, "DISPOSE")
    practice.click(practice.page.checks["INTACT"])
    practice.click(practice.page.checks["SHARPS"])
    stands_at(practice, "PHOTOS_AFTER")
    practice.no_photo()
    stands_at(practice, "AFTER_CARE")
    practice.click(practice.page.checks["GIVEN"])
    stands_at(practice, "SIGN")
    page = practice.page
    assert not page.adverse.add.isEnabled()
    practice.click(page.adverse.severity.buttons["1"])
    practice.click(page.adverse.add)
    assert "Adverse event: bruising, severity 1" in page.summary.text()
    practice.next()
    practice.show()
    assert practice.window.visit is None
    rows = practice.window.desk.visits(practice.window.rooms.patient.id)
    assert [row.status for row in rows] == ["CLOSED"]
    events = practice.window.desk.visit_events(rows[0].id)
    assert [type(event) for event in events].count(ev.DoseCounted) >= 4
    assert type(events[-1]) is ev.Signed
    assert disorder(events) == ""
    assert practice.store.audit.verify().ok


@pytest.mark.parametrize("unwell", [False, True])
def test_a_visit_that_ends_before_there_is_a_pen(practice, unwell):
    """Issue 7: "End early" and "Patient unwell" at once after the greeting; it is signed, and over."""
    practice.sign_in().begin("Juniper").screening()
    practice.click(practice.screen.unwell if unwell else practice.screen.early)
    practice.screen.reason.setText("changed his mind")
    practice.click(practice.screen.confirm)
    practice.show()
    assert practice.visit.ended_early == "changed his mind"
    assert isinstance(practice.visit.events[-1], ev.Unwell if unwell else ev.EndedEarly)
    assert not practice.screen.early.isEnabled()
    while practice.window.visit is not None:
        before = practice.visit.events
        if practice.screen.next_button.isVisible() and practice.screen.next_button.isEnabled():
            practice.next()
        elif practice.visit.step is Step.PHOTOS_AFTER:
            practice.no_photo()
        else:
            for check in practice.page.checks.values():
                practice.click(check)
        practice.show()
        assert practice.window.visit is None or practice.visit.events != before, practice.told()
    assert practice.window.desk.open_visits()[0].pseudonym != practice.window.rooms.patient.pseudonym


def test_a_line_that_was_confirmed_by_mistake_is_taken_back_until_the_step_is_left(practice):
    """PREPARE and TIME-OUT: missing again, and noted; the second click of a double click does nothing."""
    practice.sign_in().begin("Juniper").screening("58").consent().no_photo().plan("TEMPORAL_LEFT")
    page, kept = practice.page, practice.window.desk.visit_events
    check, back = page.checks["SCALP_CLEAN"], page.backs["SCALP_CLEAN"]
    assert not back.isVisible()
    width = check.width()
    practice.click(check)
    assert back.isVisible()
    assert check.width() == width, "the line stays as it was under the finger"
    assert not check.isEnabled()
    assert not back.hasFocus(), "Enter twice takes nothing back"
    QTest.mouseDClick(back, Qt.MouseButton.LeftButton)
    assert not [one for one in practice.visit.events if isinstance(one, ev.TakenBack)]
    practice.click(back)
    assert check.isEnabled()
    assert not check.isChecked()
    assert not back.isVisible()
    page.without.setFocus()
    practice.click(page.without)
    assert not page.applied.isEnabled()
    assert not page.numbing_back.hasFocus()
    practice.click(page.numbing_back)
    assert page.applied.isEnabled()
    assert practice.visit.anaesthetic is None
    taken = [one.item for one in kept(practice.visit.begun.visit_id) if isinstance(one, ev.TakenBack)]
    assert taken == ["SCALP_CLEAN", "ANAESTHETIC"]
    practice.prepare().pen()
    assert practice.visit.step is Step.TIME_OUT
    page = practice.page
    practice.click(page.checks["ZONES"])
    practice.click(page.backs["ZONES"])
    assert "these are the right zones" in " ".join(practice.visit.missing())
    practice.time_out()
    assert practice.visit.step is Step.READY
    practice.screen.look_at(Step.TIME_OUT)
    practice.show()
    assert not practice.page.backs["ZONES"].isEnabled(), "a step that is left stays as it is"
