"""New patients and users, made on the screen."""

from __future__ import annotations

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic import demo


def test_a_new_patient_is_added_on_the_screen(practice):
    """Issue 7, bad input: a birth date that is none is refused in its place, and what was typed stays."""
    patients = practice.sign_in().window.patients
    practice.click(patients.pages.buttons["outcomes"])
    patients.search.setText("nobody of this name")
    assert "Nobody fits" in patients.about.text()
    assert not patients.past.isVisible(), "nothing of the one before stays"
    practice.click(patients.new_button)
    assert not patients.list.isVisible()
    patients.new.name.setText("Alder Newfield")
    for born, words in (("soon", "no day"), ("2999-01-01", "birth")):
        patients.new.born.setText(born)
        practice.click(patients.new.add_button)
        assert words in patients.new.refusal.text().lower()
        assert patients.new.name.text() == "Alder Newfield"
    patients.new.born.setText("1990-05-04")
    practice.click(patients.new.add_button)
    assert patients.name.text() == "Alder Newfield"
    assert "born 4 May 1990" in patients.about.text()
    practice.click(patients.begin_button)
    assert practice.screen is not None


def test_an_admin_manages_users_on_the_screen(practice):
    """Issue 7: users; the last admin cannot be switched off, and nobody else finds the page."""
    practice.sign_in(*demo.ADMIN)
    practice.window.rooms.show_users()
    practice.show()
    page = practice.window.users
    page.name.setText("helper")
    for first, again, words in (("practice-help", "other", "differ"), ("short", "short", "too short")):
        page.password.first.setText(first)
        page.password.again.setText(again)
        practice.click(page.add_button)
        assert words in page.refusal.text()
        assert page.password.first.text() == ""
    page.password.first.setText("practice-help")
    page.password.again.setText("practice-help")
    practice.click(page.add_button)
    assert page.refusal.text() == ""
    assert page.chosen == "helper"
    assert practice.store.sign_in("helper", "practice-help").user.role.name == "ASSISTANT"
    practice.click(page.active_button)
    assert "may not sign in" in page.list.currentItem().text()
    assert "again" in page.active_button.text()
    page.fill(demo.ADMIN[0])
    practice.click(page.active_button)
    assert "admin" in page.refusal.text()
    practice.click(practice.window.header.home_button)
    assert practice.window.users is None
    assert practice.window.rooms.currentWidget() is practice.window.patients


def test_a_patient_opened_twice_is_told_and_loses_nothing(practice):
    """Issue 7, bad input: another workstation began the visit, then goes on with it; the sentence says so."""
    patients = practice.sign_in().window.patients
    patients.search.setText("Juniper")
    other = practice.store.sign_in(demo.USER, demo.PASSWORD)
    journal = other.begin_visit(patients._patient.id, "CLINICAL", simulated=True)
    practice.click(patients.begin_button)
    assert practice.screen is None
    assert "open already: begun by clinician" in patients.refusal.text()
    assert patients.refusal.isVisible()
    practice.click(patients.resume_button)
    answers = demo.answers_of(journal.visit.knowledge.questions, 58)
    journal.add(ev.Screened(at=other.now, by=demo.USER, answers=answers))
    practice.page.asked["AGE"].field.setText("58")
    practice.page.asked["SKIN_TYPE"].choice.choose("2")
    practice.click(practice.page.rest)
    practice.next()
    assert "Another workstation has gone on with this visit" in practice.told()
    practice.click(practice.window.header.home_button)
    practice.resume("Juniper")
    assert practice.visit.step is Step.CONSENT, "what the other one noted is there"


def test_one_patient_in_two_windows(practice, practice_beside):
    """Issue 7, bad input: the second window begins no visit; who is overtaken in RUN stops, and is told."""
    practice.sign_in()
    other = practice_beside.sign_in()
    practice.begin("Juniper")
    other.window.patients.search.setText("Juniper")
    other.window.patients.begin_button.click()  # as it stood before the list was shown anew
    assert other.screen is None
    assert "open already: begun by clinician" in other.window.patients.refusal.text()
    practice.click(practice.window.header.home_button)

    practice.resume("Linden").armed()
    practice.bench.hand.press(3.0)
    practice.bench.hand.glide(20.0)
    practice.run(0.1)
    practice.hold(True)
    practice.until(lambda: practice.view.state is State.RUN)
    other.resume("Linden")
    assert other.screen.here is Step.TREAT
    other.screen.desk.note(ev.Noted, text="seen from the other window")
    practice.until(lambda: practice.view.state is not State.RUN, 10.0)
    practice.run(0.2)
    assert "Another workstation has gone on with this visit" in practice.told()
    assert not practice.bench.kernel.outputs["drive_enable"]
    assert other.visit.events[-1].text == "seen from the other window"
    practice.hold(False)
    practice.run(0.2)
    practice.click(practice.window.header.home_button)
    practice.act()
    practice.resume("Linden")
    assert practice.visit.events == other.visit.events
    assert practice.visit.open_pass is not None, "the pass is taken up by who goes on"
