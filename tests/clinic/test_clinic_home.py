"""HOME: its limits, its hygiene steps, its cartridge; nobody signs at home."""

from __future__ import annotations

from datetime import timedelta

from monkey import disorder
from PySide6.QtWidgets import QLabel

from penctl.protocol.enums import Mode, State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import PREPARATION_HOME


def test_a_visit_at_home_has_the_limits_and_the_hygiene_of_home(practice):
    """Issue 7, HOME, to the signature: 0.25 mm, its hygiene, count of uses, no signature past a caution."""
    practice.sign_in()
    practice.window.patients.search.setText("Juniper")
    practice.click(practice.window.patients.mode.buttons["HOME"])
    practice.click(practice.window.patients.begin_button)
    patient = practice.window.rooms.patient.id
    page = practice.page
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["YES"])
    assert not page.findings.reasons, "at home a caution is a STOP"
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["NO"])
    practice.screening("58").consent().no_photo()
    page = practice.page
    page.touch("FRONTAL")
    assert page.zones["FRONTAL"].depth_um == 200, "what is usual at home is where it starts"
    for _ in range(2):
        page.editor.steps["depth", 1].click()
    assert page.zones["FRONTAL"].depth_um == 250
    assert page.editor.refusal.isVisible()
    density = page.editor.fields["density"]
    density.setText("3")
    density.setModified(True)
    density.editingFinished.emit()
    practice.show()
    practice.next()
    page = practice.page
    assert set(page.checks) == set(PREPARATION_HOME)
    for check in page.checks.values():
        practice.click(check)
    practice.click(page.without)
    practice.click(page.pen_button)
    practice.act()
    practice.until(lambda: practice.view.open and practice.view.state is State.STANDBY)
    practice.click(practice.window.hand.cartridge)
    practice.run(1.2)
    practice.click(page.pen_button)
    practice.act()
    practice.act()
    practice.click(page.read_button)
    practice.act()
    assert practice.visit.cartridge.kind == "HOME", practice.told()
    assert practice.view.status.mode is Mode.HOME
    practice.screen.look_at(page.step)
    page.show_visit(practice.view)
    assert "Use 1 of 15." in page.cartridge_text.text()
    practice.screen.look_at(practice.screen.here)
    practice.time_out().ready()
    page = practice.page
    for card in (page.depth_card, page.rate_card):
        card.more.click()
        card.confirm.click()
        practice.act()
    practice.bench.hand.press(3.0)
    practice.bench.hand.glide(20.0)
    practice.run(0.1)
    for _ in range(2):
        if practice.view.state is State.STANDBY:
            practice.press_button()
            practice.until(lambda: practice.view.state is State.READY)
        status = practice.view.status
        assert (status.depth_set_um, status.rate_set_mhz) == (250, 100_000)
        practice.hold(True)
        practice.until(lambda: practice.visit.open_pass is None, 20.0)
        practice.hold(False)
        practice.run(0.2)
    assert 0 < practice.visit.dose("FRONTAL").deepest_um <= 250
    assert set(practice.page.checks) == {"INTACT"}, "at home nothing goes to the sharps"
    practice.click(practice.page.checks["INTACT"])
    practice.no_photo()
    practice.click(practice.page.checks["GIVEN"])
    practice.next()
    practice.show()
    assert practice.window.visit is None
    events = practice.window.desk.visit_events(practice.window.desk.visits(patient)[-1].id)
    assert isinstance(events[-1], ev.Signed)
    assert disorder(events) == ""


def test_a_home_cartridge_is_warned_about_at_ten_and_stopped_after_fifteen(practice):
    """Issue 7, HOME: the 10-use warning and the 15-use stop, in words that say what to do."""
    practice.sign_in()
    practice.window.patients.search.setText("Juniper")
    practice.click(practice.window.patients.mode.buttons["HOME"])
    practice.click(practice.window.patients.begin_button)
    practice.screening("58").consent().no_photo()
    page = practice.page
    page.touch("FRONTAL")
    practice.show()
    practice.next()
    page = practice.page
    shown = [text.text() for text in page.findChildren(QLabel)]
    assert any("70 % alcohol" in text and "sterile cartridge" in text and "0.25 mm" in text for text in shown)
    later = practice.screen.desk.now().date() + timedelta(days=90)
    cartridge = {"cartridge_id": 7, "kind": "HOME", "needles": 36, "lot": "H1", "sterile_until": later}
    counted = ((8, "Use 9 of 15.", False), (9, "Use 10 of 15.", True), (14, "Use 15 of 15.", True))
    for uses, words, warned in counted:
        assert page.note(ev.CartridgeRead, uses=uses, **cartridge), practice.told()
        page.show_visit(practice.view)
        assert words in page.cartridge_text.text()
        assert ("fit a new cartridge soon" in page.cartridge_text.text()) is warned
    assert not page.note(ev.CartridgeRead, uses=15, **{**cartridge, "cartridge_id": 8})
    assert page.refusal.isVisible()
    assert "15" in practice.told()
    assert practice.visit.cartridge.uses == 14, "what was refused is not the cartridge of the visit"
