"""A whole visit, from sign-in to signature, on the real firmware and the real records."""

from __future__ import annotations

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step


def test_a_whole_visit_from_greeting_to_signature(practice):
    """Issue 7: the steps of the visit's state machine and no others, TREAT without a touch of the screen."""
    practice.to_treat("Juniper", "FRONTAL", density=3)
    practice.bench.hand.press(3.0)
    practice.bench.hand.glide(20.0)
    practice.run(0.1)
    for _ in range(2):
        if practice.view.state is State.STANDBY:
            practice.press_button()
            practice.until(lambda: practice.view.state is State.READY)
        practice.hold(True)
        practice.until(lambda: practice.visit.open_pass is None, 20.0)
        practice.hold(False)
        practice.run(0.2)
    assert practice.visit.passes_done("FRONTAL") == ("HORIZONTAL", "VERTICAL")
    assert practice.visit.step is Step.DISPOSE, practice.visit.missing()
    practice.click(practice.page.checks["INTACT"])
    practice.click(practice.page.checks["SHARPS"])
    practice.no_photo()
    practice.click(practice.page.checks["GIVEN"])
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
    kinds = [type(event) for event in practice.window.desk.visit_events(rows[0].id)]
    assert kinds.count(ev.DoseCounted) >= 2
    assert kinds[-1] is ev.Signed
