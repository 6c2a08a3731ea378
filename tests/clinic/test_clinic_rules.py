"""What the screens do not let through, and where they say so: locked zones, cautions, sign-in, lock."""

from __future__ import annotations

from datetime import timedelta

from monkey import double_click
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from penctl.protocol.enums import Flags
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic import demo
from pengui.widgets.scalp_marks import Mark


def test_a_wrong_password_is_told_and_forgotten(practice):
    """Issue 7: sign-in. Nothing is shown of the records before it."""
    practice.sign_in(password="wrong")  # noqa: S106 - it is wrong
    page = practice.window.sign_in
    assert page.refusal.isVisible()
    assert page.password.text() == ""
    assert practice.window.patients is None
    practice.sign_in()
    assert practice.window.patients is not None


def test_after_five_wrong_passwords_a_user_waits(practice):
    """Issue 7: the limits of wrong passwords, said on the screen; the right one does not end the wait."""
    page = practice.window.sign_in
    told = []
    for _ in range(5):
        practice.sign_in(password="wrong")  # noqa: S106 - it is wrong
        told.append(page.refusal.text())
    assert ["4 tries left" in told[0], "1 tries left" in told[3]] == [True, True]
    assert "has to wait after too many wrong passwords" in told[4]
    practice.sign_in()
    assert "has to wait" in page.refusal.text()
    assert practice.window.patients is None
    began = practice.store.clock()
    practice.store.clock = lambda: began + timedelta(hours=1)
    practice.sign_in()
    assert practice.window.patients is not None


def test_somebody_else_signs_in_at_a_locked_screen(practice):
    """Issue 7: the visit of the one before is left, not lost; the pen is put away, nothing of it shows."""
    practice.sign_in().resume("Linden").armed()
    practice.window.stop()
    practice.run(0.2)
    practice.window.rooms.lock()
    assert practice.window.header.name.text() == "Locked"
    practice.sign_in(*demo.ADMIN)
    practice.act()
    practice.run(0.2)
    assert practice.screen is None
    assert practice.engine.treating is None
    assert Flags.VISIT_OPEN not in practice.view.flags
    assert practice.window.patients.isVisible()
    assert [one.pseudonym for one in practice.window.desk.open_visits()]


def test_the_screen_locks_by_itself_and_comes_back_to_the_visit(practice):
    """Issue 7: automatic lock, after five minutes without a touch; the visit stays as it was."""
    practice.sign_in().begin("Juniper").screening()
    clock = [1000.0]
    practice.window._clock_s = lambda: clock[0]
    QTest.keyClick(practice.window, Qt.Key.Key_Shift)
    practice.show()
    clock[0] += 299
    practice.show()
    QTest.keyClick(practice.window, Qt.Key.Key_Shift)
    practice.show()
    clock[0] += 299
    practice.show()
    assert not practice.window.locked
    clock[0] += 2
    practice.show()
    assert practice.window.locked
    assert "Juniper" not in practice.window.header.name.text()
    assert practice.window.header.stop_button.isEnabled()
    practice.sign_in()
    assert practice.visit.step is Step.CONSENT
    assert practice.screen.isVisible()


def test_a_locked_zone_is_shown_and_not_planned(practice):
    """Issue 7: locked until, on the map and in words; an overlapping zone is locked with it."""
    practice.sign_in().begin("Rowan").screening("46").consent().no_photo()
    page = practice.page
    for zone in ("VERTEX", "PARTING"):
        assert page.map.look_of(zone).mark is Mark.LOCKED
        assert page.map.look_of(zone).detail.startswith("until ")
        QTest.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=page.map.place_of(zone).toPoint())
        assert "locked" in practice.told()
    assert page.zones == {}
    assert not practice.screen.next_button.isEnabled()


def test_a_caution_needs_a_signed_reason_where_it_stands(practice):
    """Issue 7: a signed caution; without a reason nothing is noted, a changed answer is signed anew."""
    practice.sign_in().begin("Hazel")
    page = practice.page
    page.asked["AGE"].field.setText("42")
    page.asked["SKIN_TYPE"].choice.choose("2")
    practice.click(page.rest)
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["YES"])
    practice.next()
    assert practice.visit.step is Step.SCREENING
    assert practice.told()
    field = page.findings.reasons["S-12", ""]
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "needs a person and a reason" in page.findings.refusal.text()
    QTest.keyClicks(field, "asked the doctor, may be treated")
    QTest.keyClick(field, Qt.Key.Key_Return)
    practice.next()
    assert practice.visit.step is Step.CONSENT
    signed = practice.screen.desk.noted(ev.Screened)[0].signatures
    assert [one.rule_id for one in signed] == ["S-12"]


def test_an_age_that_is_none_is_told_in_its_place(practice):
    """Bad input: letters, absurd values, too young; the visit stands where it was."""
    practice.sign_in().begin("Hazel")
    page = practice.page
    page.asked["SKIN_TYPE"].choice.choose("2")
    page.asked["AGE"].field.setText("x")
    practice.click(page.rest)
    for text, told in (
        ("x", "no answer"),
        ("400", "no answer"),
        ("4,5", "no answer"),
        ("17", "youngest age"),
    ):
        page.asked["AGE"].field.setText(text)
        practice.next()
        assert practice.visit.step is Step.SCREENING, text
        assert told in practice.told(), text


def test_no_depth_beyond_the_limit_gets_into_a_plan(practice):
    """Issue 7: each hard limit cannot be entered; 0,5 is 0.5, letters and absurd values are told."""
    practice.sign_in().begin("Juniper").screening().consent().no_photo()
    page = practice.page
    page.touch("FRONTAL")
    field = page.editor.fields["depth"]
    for text, kept, refused in (
        *(("0,5", 500, False), ("2.6", 500, True), ("x", 500, True), ("2,6 mm", 500, True)),
        *(("-1", 500, True), ("0.0005", 500, True), ("0.6 mm", 600, False)),
    ):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert page.zones["FRONTAL"].depth_um == kept, text
        assert page.editor.refusal.isVisible() is refused, text
    for _ in range(50):
        page.editor.steps["depth", 1].click()
    assert page.zones["FRONTAL"].depth_um == 2500
    assert page.editor.refusal.isVisible()


def test_what_is_done_is_looked_back_at_and_not_changed(practice):
    """Issue 7: any step can be looked back at; none can be skipped."""
    practice.sign_in().begin("Juniper").screening().consent()
    stops = practice.screen.rail.stops
    practice.click(stops[Step.SCREENING])
    assert practice.screen.seen is Step.SCREENING
    assert not practice.page.content.isEnabled()
    assert not stops[Step.TREAT].isEnabled()
    practice.next()
    assert practice.screen.seen is Step.PHOTOS_BEFORE


def test_a_double_click_notes_a_step_once(practice):
    """Fast operators: the second click of a double click does nothing more."""
    practice.sign_in().begin("Juniper").screening()
    practice.click(practice.page.read)
    practice.click(practice.page.signed)
    double_click(practice.screen.next_button)
    practice.show()
    assert len(practice.screen.desk.noted(ev.Consented)) == 1
    assert practice.visit.step is Step.PHOTOS_BEFORE
