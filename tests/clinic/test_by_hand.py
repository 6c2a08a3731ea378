"""What a walk by hand through the window found: each defect has a test that would have found it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QPushButton

from penctl.records import Role
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic import demo
from pengui.clinic.parts import Picker
from pengui.clinic.start import Start
from pengui.widgets.look import DARK, LEAST_TOUCH_MM, LIGHT, px_of_mm, style_sheet
from pengui.widgets.strips import Lines, Strips
from pengui.worker.ring import SampleRing

from .look_checks import contrast


def stands(practice, *widgets) -> list[QPoint]:
    """Where widgets stand in the window, when everything is laid out."""
    for _ in range(3):
        practice.show()
    return [widget.mapTo(practice.window, QPoint(0, 0)) for widget in widgets]


def to_the_signature(practice) -> None:
    """A visit that ended before the pen was used, up to its signature."""
    practice.sign_in().begin("Juniper")
    practice.click(practice.screen.early)
    practice.screen.reason.setText("feels unwell")
    practice.click(practice.screen.confirm)
    practice.show()
    while practice.visit.step is not Step.SIGN:
        page = practice.page
        practice.no_photo() if hasattr(page, "decline") else practice.click(next(iter(page.checks.values())))


def test_what_was_typed_and_not_noted_is_not_lost_by_the_signature(practice):
    """Issue 7, records: a note is noted with the signature, an adverse event is asked for."""
    to_the_signature(practice)
    page, visit = practice.page, practice.visit
    page.note_field.setText("the skin was calm")
    practice.click(page.adverse.severity.buttons["1"])
    practice.next()
    assert visit.step is Step.SIGN
    assert "not noted" in practice.told()
    practice.click(page.adverse.clear_button)
    QTest.keyClicks(page.adverse.text, "a word")
    practice.next()
    assert visit.step is Step.SIGN, "words alone are an event that is begun, too"
    practice.click(page.adverse.clear_button)
    practice.next()
    assert visit.step is Step.CLOSED
    assert [event.text for event in visit.events if isinstance(event, ev.Noted)] == ["the skin was calm"]
    assert not [event for event in visit.events if isinstance(event, ev.AdverseEventNoted)]


def test_after_the_signature_the_list_stands_at_the_same_patient_and_says_that_it_is_signed(practice):
    """The first of the list is somebody else."""
    to_the_signature(practice)
    practice.next()
    practice.show()
    patients = practice.window.patients
    assert patients.name.text() == "Juniper Vale"
    assert "signed" in patients.refusal.text()
    patients.choose(patients.list.item(0).data(Qt.ItemDataRole.UserRole).id)
    assert patients.refusal.text() == ""


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)
def test_the_menu_is_readable_a_finger_high_and_never_over_stop(practice, look):
    """Issue 7: contrast and touch hold for the menu as for every other thing that is pressed."""
    window = practice.sign_in().window
    window.dress(look)
    practice.click(window.header.menu_button)
    menu = next(one for one in window.findChildren(QMenu) if one.isVisible())
    least = px_of_mm(LEAST_TOUCH_MM, 1.0, look.dpi)
    assert all(menu.actionGeometry(action).height() >= least for action in menu.actions())
    stop = window.header.stop_button
    place = QRect(stop.mapToGlobal(QPoint(0, 0)), stop.size())
    assert not place.intersects(menu.geometry())
    picture = menu.grab().toImage()
    line = menu.actionGeometry(menu.actions()[-1])
    seen = {
        picture.pixelColor(x, y).name() for x in range(line.width()) for y in range(line.top(), line.bottom())
    }
    ground = picture.pixelColor(line.width() // 2, line.top() + 1).name()
    menu.close()
    assert max(contrast(ground, ink) for ink in seen) > 4.5


def test_lines_of_a_list_to_choose_from_are_a_finger_high(practice):
    """9 mm, as everything that is pressed without gloves."""
    practice.sign_in(*demo.ADMIN).window.rooms.show_users()
    practice.show()
    role = practice.window.users.role
    role.showPopup()
    height = role.view().sizeHintForRow(0)
    role.hidePopup()
    assert height >= px_of_mm(LEAST_TOUCH_MM) - 2


def test_a_button_is_as_large_with_the_keyboard_as_without(qapp):
    """Otherwise everything beside it moves by two pixels when the keyboard comes."""
    made = [QPushButton("Words"), QLineEdit(), QComboBox()]
    made += [QPushButton("Words") for _ in range(6)]
    for one, role in zip(made[3:], ("go", "small", "plain", "icon", "row", "row-next"), strict=True):
        one.setProperty("role", role)
    sizes = {}
    for focused in (False, True):
        for one in made:
            sheet = style_sheet(DARK, 1.0)
            one.setStyleSheet(sheet.replace(":focus", "") if focused else sheet)
            one.ensurePolished()
            sizes.setdefault(one, []).append(one.sizeHint().height())
    assert [pair for pair in sizes.values() if pair[0] != pair[1]] == []
    with_go = {sizes[made[0]][0], sizes[made[3]][0]}
    assert len(with_go) == 1, "the bar is as high with the next act as without it"


def test_a_refusal_of_the_users_or_the_patients_moves_no_field(practice):
    """A touch on the next field must not land on another one."""
    practice.sign_in(*demo.ADMIN).window.rooms.show_users()
    page = practice.window.users
    touched = (page.name, page.password.first, page.add_button, page.active_button)
    before = stands(practice, *touched)
    practice.click(page.add_button)
    assert page.refusal.text()
    assert stands(practice, *touched) == before
    patients = (practice.window.rooms.show_patients(), practice.window.patients)[1]
    touched = (patients.pages, patients.list, patients.map)
    before = stands(practice, *touched)
    patients.refusal.tell("Something was refused, in one line.")
    assert stands(practice, *touched) == before


def test_a_refusal_of_the_new_records_moves_no_field(qapp):
    """The same on the first screen."""
    start = Start(lambda: None, lambda where, key: None, lambda: None, make=lambda wanted: None)
    start.show()
    start.new_button.click()
    QApplication.processEvents()
    touched = [start.new.path, start.new.admin, start.new.zone, start.new.kind]
    before = [one.y() for one in touched]
    start.new.make_button.click()
    QApplication.processEvents()
    assert start.new.refusal.text().startswith("It is not said where the records are kept.")
    assert [one.y() for one in touched] == before
    start.close()
    start.deleteLater()


def test_an_answer_that_takes_a_finding_away_moves_no_question(practice):
    """At the end of the page it got shorter, and the next touch met another question."""
    practice.sign_in().begin("Juniper").window.resize(1280, 800)
    page = practice.page
    practice.click(page.rest)
    for question in ("ANAGEN_EFFLUVIUM", "BLOOD_THINNERS"):
        practice.click(page.asked[question].choice.buttons["YES"])
    stands(practice, page)
    bar = page.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = stands(practice, page.asked["ANAGEN_EFFLUVIUM"])
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["NO"])
    assert stands(practice, page.asked["ANAGEN_EFFLUVIUM"]) == before
    practice.click(page.asked["ANAGEN_EFFLUVIUM"].choice.buttons["NO"])
    assert stands(practice, page.asked["ANAGEN_EFFLUVIUM"]) == before


def test_a_stop_of_the_screening_offers_no_next_act_and_its_end_knows_why(practice):
    """What is refused anyway is no obvious next act; the way out is."""
    practice.sign_in().begin("Juniper")
    page = practice.page
    page.asked["AGE"].field.setText("58")
    page.asked["SKIN_TYPE"].choice.choose("2")
    practice.click(page.rest)
    assert practice.screen.next_button.isEnabled()
    practice.click(page.asked["PREGNANT"].choice.buttons["YES"])
    assert not practice.screen.next_button.isEnabled()
    assert "End early" in practice.screen.prompt.text()
    practice.click(practice.screen.early)
    assert "pregnant" in practice.screen.reason.text()
    practice.click(practice.screen.confirm)
    assert "pregnant" in practice.visit.ended_early


def test_a_finding_whose_words_end_a_sentence_is_one_sentence_with_its_value(practice):
    """No ".:" in what is told."""
    visit = practice.sign_in().begin("Juniper").visit
    page = practice.page
    page.asked["AGE"].field.setText("58")
    page.asked["SKIN_TYPE"].choice.choose("2")
    practice.click(page.rest)
    page.asked["BLOOD_THINNERS"].choice.choose("YES")
    page.act()
    assert ".:" not in practice.told()
    assert "last longer: yes" in practice.told()
    assert visit.step is Step.SCREENING


def test_who_may_not_treat_is_offered_no_visit_and_told_who_may(practice):
    """Issue 7, roles: a dead end is none when it says the way out."""
    patients = practice.sign_in(*demo.ADMIN).window.patients
    shown = (patients.begin_button, patients.resume_button, patients.mode)
    patients.search.setText("Linden")
    assert not any(one.isVisible() for one in shown)
    assert "clinician or an assistant" in patients.role_words.text()
    practice.store.sign_in(*demo.ADMIN).add_user("reader", "long-enough-word", Role.AUDITOR)
    practice.window.rooms.lock()
    patients = practice.sign_in("reader", "long-enough-word").window.patients
    pseudonym = patients.name.text()
    assert patients.list.item(0).text().count(pseudonym) == 1, "once, where nobody may see a name"
    assert pseudonym not in patients.about.text()


def test_a_set_value_at_its_limit_has_one_line_with_both_words(qapp):
    """Two words in one place were unreadable."""
    strips = Strips(SampleRing())
    words = strips._said_lines(Lines(setpoint=100.0, low=50.0, high=100.0))
    assert [(value, text) for value, _, text in words] == [(100.0, "set, limit"), (50.0, "limit")]
    words = strips._said_lines(Lines(setpoint=80.0, low=50.0, high=100.0))
    assert [(value, text) for value, _, text in words] == [(80.0, "set"), (50.0, "limit"), (100.0, "limit")]


def test_the_words_of_the_lines_of_a_strip_stay_below_its_title_and_apart_from_one_another(qapp):
    """In a low window they stood in the title."""
    strips = Strips(SampleRing())
    strips.resize(340, 260)
    area, high = strips._areas(0)[1], 10.0
    lines = Lines(setpoint=100.0, low=50.0, high=150.0)
    places = {
        value: strips._beside(area, area.bottom() - value / 172.5 * area.height(), set_value=value == 100.0)
        for value, _, _ in strips._said_lines(lines)
    }
    assert all(place.y() - high >= area.top() - 1 for place in places.values())
    assert places[100.0].x() > places[150.0].x() + 60
    assert places[50.0].y() - places[150.0].y() >= high


def test_every_list_to_choose_from_has_its_arrow(practice):
    """A box without one looks like a value that is only shown; the style sheet takes Qt's own arrow away."""
    practice.sign_in()
    practice.window.patients.search.setText("Hazel")
    practice.click(practice.window.patients.pages.buttons["visits"])
    practice.click(practice.window.patients.past.replay_button)
    plain = [one for one in practice.window.findChildren(QComboBox) if not isinstance(one, Picker)]
    assert plain == []
    assert practice.window.findChildren(Picker)
