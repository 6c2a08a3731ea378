"""HOME: its limits, its hygiene steps, its cartridge; nobody signs at home."""

from __future__ import annotations

from penctl.protocol.enums import Mode, State
from penctl.treatment.visit_steps import PREPARATION_HOME


def test_a_visit_at_home_has_the_limits_and_the_hygiene_of_home(practice):
    """Issue 7, HOME: 0.25 mm, alcohol for home needles, the count of uses, no signature past a caution."""
    practice.sign_in()
    practice.window.patients.search.setText("Juniper")
    practice.click(practice.window.patients.mode.buttons["HOME"])
    practice.click(practice.window.patients.begin_button)
    page = practice.page
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["YES"])
    assert not page.findings.reasons, "at home a caution is a STOP"
    practice.click(page.asked["BLOOD_THINNERS"].choice.buttons["NO"])
    practice.screening("58").consent().no_photo()
    page = practice.page
    page.touch("FRONTAL")
    assert page.zones["FRONTAL"].depth_um == 250
    page.editor.steps["depth", 1].click()
    assert page.zones["FRONTAL"].depth_um == 250
    assert page.editor.refusal.isVisible()
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
