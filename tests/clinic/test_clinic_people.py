"""New patients and users, made on the screen."""

from __future__ import annotations

from pengui.clinic import demo


def test_a_new_patient_is_added_on_the_screen(practice):
    """Issue 7, bad input: a birth date that is none is refused in its place, and what was typed stays."""
    patients = practice.sign_in().window.patients
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
    assert "born 04 May 1990" in patients.about.text()
    practice.click(patients.begin_button)
    assert practice.screen is not None


def test_an_admin_manages_users_on_the_screen(practice):
    """Issue 7: users; the last admin cannot be switched off, and nobody else finds the page."""
    practice.sign_in(*demo.ADMIN)
    practice.window.show_users()
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
    assert practice.window.stack.currentWidget() is practice.window.patients
