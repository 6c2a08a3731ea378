"""The course as a calendar, past visits on the same map, outcomes beside published ones."""

from __future__ import annotations

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
