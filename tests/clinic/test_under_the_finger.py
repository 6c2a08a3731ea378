"""What a person touches next is where it was; the keyboard never stands on a way out by itself."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import State
from penctl.treatment.visit_steps import Step
from pengui.clinic import demo, sim_hand
from pengui.clinic.sim_hand import SimHand


def place(practice, widget) -> QPoint:
    """Where a widget stands in the window, when everything is laid out."""
    for _ in range(3):
        practice.show()
    return widget.mapTo(practice.window, QPoint(0, 0))


def enter(field, text: str) -> None:
    """Type over what stands there, and Return."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)


def on_a_way_out(practice) -> bool:
    """Whether the keyboard stands where Space would leave the visit or its step."""
    for _ in range(3):
        QApplication.processEvents()
    screen = practice.screen
    return QApplication.focusWidget() in (screen.early, screen.unwell, practice.window.header.home_button)


def test_a_finding_of_the_screening_moves_no_question_and_is_told_below(practice):
    """Issue 7, what is missing is said: a caution out of sight is told beside the next act."""
    practice.sign_in().begin("Juniper")
    page = practice.page
    page.asked["AGE"].field.setText("42")
    page.asked["SKIN_TYPE"].choice.choose("2")
    before = place(practice, page.asked["DIABETES"])
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["YES"])
    assert place(practice, page.asked["DIABETES"]) == before
    assert "To sign below the questions: 1" in practice.screen.prompt.text()
    practice.click(page.rest)
    practice.next()
    assert practice.visit.step is Step.SCREENING
    field = page.findings.reasons["S-12", ""]
    QApplication.processEvents()
    assert not field.visibleRegion().isEmpty(), "what is to sign is scrolled to"
    enter(field, "small dose, agreed with the doctor")
    assert not on_a_way_out(practice)
    assert practice.screen.prompt.text()
    practice.click(page.asked["PREGNANT"].choice.buttons["YES"])
    assert "STOP" in practice.screen.prompt.text()


def test_a_refusal_moves_nothing_that_is_touched_next(practice):
    """A second touch on the stroke rate's + must never land on the depth's."""
    practice.sign_in().begin("Juniper")
    assert not on_a_way_out(practice), "a new visit"
    practice.screening().consent()
    page = practice.page
    before = place(practice, page.decline)
    practice.click(page.decline)
    assert "reason" in practice.told()
    assert place(practice, page.decline) == before
    practice.no_photo()
    page = practice.page
    spot = page.map.place_of("TEMPORAL_LEFT").toPoint()
    QTest.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=spot)
    editor = page.editor
    steps = [editor.steps[key, 1] for key in ("depth", "rate", "density")]
    stood = [place(practice, step).y() for step in steps]
    for text in ("abc", "5.0", ""):
        enter(editor.fields["depth"], text)
        assert editor.refusal.isVisible()
        assert [place(practice, step).y() for step in steps] == stood
        assert not editor.refusal.visibleRegion().isEmpty()
    assert "nothing" in editor.refusal.text(), "an empty field has no wrong unit"
    practice.click(editor.remove_button)
    assert not on_a_way_out(practice)


def test_the_practice_clinic_says_who_may_sign_in(practice):
    """After a wrong password the filled-in one is gone."""
    assert demo.USER in demo.HINT
    assert demo.PASSWORD in demo.HINT


def test_a_cartridge_is_not_read_without_its_lot_and_the_time_out_names_each_zone(practice):
    """Issue 7: what is missing is said where it is missing; a settings line says which zone it means."""
    practice.sign_in().begin("Juniper").screening().consent().no_photo()
    practice.plan("TEMPORAL_LEFT", "TEMPORAL_RIGHT").prepare()
    page = practice.page
    practice.click(page.pen_button)
    practice.act()
    assert "is being asked" in page.pen_text.text() or practice.view.open
    practice.until(
        lambda: practice.view.open and practice.view.state is State.STANDBY and not practice.view.busy
    )
    practice.click(page.pen_button)
    practice.bench.hand.button(True)
    practice.act()
    assert "Next: set depth" not in practice.window.header.sentence.text()
    practice.act()
    practice.bench.hand.button(False)
    practice.window.hand.cartridge.click()
    practice.run(0.3)
    practice.click(page.read_button)
    practice.act()
    assert "lot" in practice.told()
    assert practice.visit.cartridge is None
    page.lot.setText("L77")
    practice.click(page.read_button)
    practice.act()
    assert practice.visit.cartridge.lot == "L77"
    lines = [check.accessibleName() for check in practice.page.checks.values()]
    zones = ("Temporal, left", "Temporal, right")
    assert any("; ".join(zones) in line for line in lines)
    assert any(all(f"{zone} 0.5 mm at" in line for zone in zones) for line in lines)


def test_looking_back_the_button_at_the_pen_ends_no_pass(practice):
    """The button takes the step that the screen names; where one looks back it names none."""
    practice.sign_in().resume("Linden").armed()
    practice.bench.hand.press(n=3.0)
    practice.hold(True)
    practice.run(0.2)
    practice.hold(False)
    practice.until(lambda: practice.view.state is State.READY)
    assert practice.visit.open_pass is not None
    practice.screen.look_at(Step.CONSENT)
    practice.press_button()
    practice.act()
    assert practice.screen.seen is Step.TREAT
    assert practice.visit.open_pass is not None
    practice.press_button()
    practice.act()
    assert practice.visit.open_pass is None, "now the screen has named it"


def test_a_short_touch_is_a_push_of_the_simulated_button(qapp, monkeypatch):
    """A pen does not notice a push of a millisecond, which a click can be."""
    told = []

    class Heard:
        def hand(self, what, *given):
            told.append((what, *given))

    hand = SimHand(Heard())
    QTest.mouseClick(hand.button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert told == [("button", True)]
    monkeypatch.setattr(sim_hand, "PUSH_MS", 0)
    QTest.mouseClick(hand.button, Qt.MouseButton.LeftButton)
    for _ in range(10):
        QApplication.processEvents()
    assert told[-1] == ("button", False)
