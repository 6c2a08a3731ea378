"""The course as a calendar, past visits on the same map, outcomes beside published ones."""

from __future__ import annotations

from PySide6.QtGui import QPixmap

from penctl.treatment.outcomes import Measure, Outcome
from pengui.clinic import photo_files
from pengui.widgets.scalp_marks import Mark


def test_what_was_done_and_what_came_of_it_is_shown(practice):
    """Issue 7: course, past visits and outcome curves with published references, read out too."""
    practice.sign_in()
    patients = practice.window.patients
    patients.search.setText("Rowan")
    practice.click(patients.pages.buttons["course"])
    past = patients.past
    assert "Vertex: last treated" in past.course.accessibleDescription()
    assert "locked until" in past.course.accessibleDescription()
    assert "Occipital: never treated" in past.course.accessibleDescription()
    practice.click(patients.pages.buttons["visits"])
    assert past.visits.count() == 3
    assert past.map.look_of("VERTEX").mark is Mark.DONE
    assert past.map.look_of("FRONTOTEMPORAL_LEFT").mark is not Mark.DONE
    past.visits.setCurrentRow(2)
    assert past.map.look_of("FRONTOTEMPORAL_LEFT").mark is Mark.DONE
    assert "punctures/cm² (zone mean)" in past.summary.text()
    practice.click(patients.pages.buttons["outcomes"])
    assert past.chart.accessibleDescription().startswith("week 0: +0")
    assert "PMC3746236" in past.sources.text()
    assert "no forecast" in past.sources.text()
    patients.search.setText("Juniper")
    practice.show()
    assert "no measure yet" in past.title.text()
    assert past.summary.text() == "No visit yet."


def test_an_outcome_is_entered_beside_its_curve(practice):
    """Issue 7: comma or point; letters, absurd values, wrong and doubled days are refused."""
    patients = practice.sign_in().window.patients
    patients.search.setText("Juniper")
    practice.click(patients.pages.buttons["outcomes"])
    entry = patients.past.entry
    today = practice.store.clock().astimezone(practice.store.time_zone).date()

    def typed(value: str, day: str = "") -> str:
        entry.value.setText(value)
        entry.day.setText(day or today.isoformat())
        practice.click(entry.note_button)
        return entry.refusal.text()

    assert "no number: 'many'" in typed("many")
    assert "0 to 500" in typed("9000")
    assert entry.value.text() == "9000", "what was typed is not lost"
    assert "future" in typed("100", "2999-01-01")
    assert "no day" in typed("100", "31.3.")
    assert typed("100,5", "2026-01-31") == ""
    assert "a value of this day" in typed("101", "2026-01-31")
    assert typed("110.5") == ""
    assert patients.past.chart.accessibleDescription().endswith(": +10")
    assert [one.value for one in patients.desk.outcomes(patients._patient.id)] == [100.5, 110.5]
    entry.measure.setCurrentIndex(entry.measure.findText("Satisfaction, 0 to 10"))
    assert "no measure yet" in patients.past.title.text()
    assert "No published figure" in patients.past.sources.text()


def test_a_treatment_elsewhere_locks_its_zone_here(practice):
    """Issue 7: what the person tells is entered on the screen, and the map locks the zone at once."""
    patients = practice.sign_in().window.patients
    patients.search.setText("Juniper")
    assert patients.map.look_of("VERTEX").mark is not Mark.LOCKED
    practice.click(patients.pages.buttons["elsewhere"])
    page = patients.past.elsewhere
    page.zone.setCurrentIndex(page.zone.findData("VERTEX"))
    page.tool.setCurrentIndex(page.tool.findText("Derma roller"))
    today = practice.store.clock().astimezone(practice.store.time_zone).date()
    for depth, day, words in (
        ("deep", today.isoformat(), "no number: 'deep'"),
        ("99", today.isoformat(), "at most 10 mm"),
        ("1,5 mm", "2999-01-01", "future"),
        ("1,5 mm", "yesterday", "no day: 'yesterday'"),
    ):
        page.depth_mm.setText(depth)
        page.day.setText(day)
        practice.click(page.note_button)
        assert words in page.refusal.text()
        assert page.depth_mm.text() == depth, "what was typed is not lost"
    page.day.setText(today.isoformat())
    practice.click(page.note_button)
    assert page.refusal.text() == ""
    assert "Vertex, 1.5 mm, derma roller" in page.list.item(0).text()
    practice.click(patients.pages.buttons["scalp"])
    assert patients.map.look_of("VERTEX").mark is Mark.LOCKED
    patients.search.setText("Rowan")
    assert page.list.item(0).text() == "Nothing was told."


def test_two_photos_stand_side_by_side_where_their_files_can_be_read(practice, tmp_path):
    """Issue 7: a photo is found by the hash that was noted; one that was changed since is not shown."""
    folder, other = tmp_path / "photos", tmp_path / "others"
    for where, name, colour in ((folder, "first", "red"), (other, "second", "blue")):
        where.mkdir()
        picture = QPixmap(40, 30)
        picture.fill(colour)
        assert picture.save(str(where / f"{name}.png"))
    practice.sign_in().begin("Juniper").screening().consent()
    assert practice.page.add(folder / "first.png")
    practice.click(practice.window.header.home_button)
    patients = practice.window.patients
    patients.search.setText("Juniper")
    today = practice.store.clock().astimezone(practice.store.time_zone).date()
    noted = photo_files.reference_of((other / "second.png").read_bytes())
    outcome = Outcome("VERTEX", Measure.HAIR_COUNT_PER_CM2, 100.0, today, noted)
    patients.desk.add_outcome(patients._patient.id, outcome)
    patients.fill()
    practice.click(patients.pages.buttons["photos"])
    pair = patients.past.photos
    assert "before the treatment" in pair.left.box.currentText()
    assert "outcome, Vertex" in pair.right.box.currentText()
    assert not pair.left.picture.empty, "taken in this visit"
    assert pair.right.picture.empty
    assert "not found" in pair.right.about.text()
    pair.look_in(tmp_path / "nowhere")
    assert "cannot be read" in pair.told.text()
    pair.look_in(other)
    found(practice)
    assert not pair.right.picture.empty
    (other / "second.png").write_bytes((folder / "first.png").read_bytes())
    pair.right.show_chosen()
    assert pair.right.picture.empty, "it is not the one that was noted"


def found(practice) -> None:
    """The search for files comes to its end."""
    for _ in range(50):
        practice.show()
        if not practice.window.patients.finder.left:
            break
    practice.show()


def test_the_photo_of_the_patient_is_in_the_head_and_found_again_at_the_next_start(practice, tmp_path):
    """Issue 7: photo in the banner, initials where there is none; its folder is not asked for twice."""
    folder = tmp_path / "faces"
    folder.mkdir()
    picture = QPixmap(60, 90)
    picture.fill("green")
    assert picture.save(str(folder / "face.png"))
    patients = practice.sign_in().window.patients
    patients.search.setText("Juniper")
    portrait = patients.portrait
    assert not portrait.face.has_photo
    assert portrait.face.accessibleName() == "Initials of Juniper Vale"
    (folder / "text.png").write_text("no picture")
    assert not portrait.add(folder / "text.png")
    assert "no picture: text.png" in patients.refusal.text()
    assert not portrait.add(folder / "nowhere.png")
    assert "cannot be read" in patients.refusal.text()
    assert portrait.add(folder / "face.png")
    assert portrait.face.has_photo
    assert patients.desk.patient(patients._patient.id).photo.startswith(photo_files.PREFIX)
    assert practice.store.audit.verify().ok
    photo_files._known.clear()
    photo_files._looked.clear()
    practice.window.rooms.show_patients()
    patients = practice.window.patients
    patients.search.setText("Juniper")
    found(practice)
    assert patients.portrait.face.has_photo, "the folder was remembered"
    practice.begin("Juniper")
    practice.show()
    face = practice.window.header.face
    assert face.has_photo
    assert face.accessibleName() == "Photo of Juniper Vale"
    practice.click(practice.window.header.home_button)
    practice.window.patients.search.setText("Juniper")
    practice.click(practice.window.patients.portrait.remove_button)
    assert not practice.window.patients.portrait.face.has_photo
    assert practice.window.desk.patient(practice.window.patients._patient.id).photo == ""
