"""The after-care step: the words of the sheet on the screen, and the sheet as a PDF."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))  # visit_example

from pypdf import PdfReader
from visit_example import BY, Example

from penctl.treatment.visit_steps import Step
from pengui.clinic.steps import simple
from pengui.clinic.visit_desk import VisitDesk


@pytest.fixture
def after(qtbot, monkeypatch):
    """The page of a visit that has been treated; what it opens is told."""

    def page(example: Example, path: str) -> simple.AfterCarePage:
        journal = SimpleNamespace(visit=example.visit, add=example.visit.add)
        desk = VisitDesk(journal, lambda: example.now, BY, person="Zoë Example, born 29 February 1984")
        made = simple.AfterCarePage(desk, None, Step.AFTER_CARE, lambda: None)
        qtbot.addWidget(made)
        made.show_visit(None)
        monkeypatch.setattr(simple, "ask_where", lambda parent, name: path)
        return made

    opened: list[str] = []
    monkeypatch.setattr(simple.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    return SimpleNamespace(page=page, opened=opened)


def test_the_step_says_what_the_sheet_says_and_writes_it(after, tmp_path):
    """Clinician GUI: After-care; screen and paper have their words from one table."""
    page = after.page(Example().treated(), str(tmp_path / "sheet.pdf"))
    assert "No minoxidil before Tue 2 Jun 2026, 10:40." in page.text.text()
    assert "Until Wed 3 Jun 2026, 10:40: no swimming, sauna or hard exercise*." in page.text.text()
    page.sheet.click()
    assert after.opened == [str(tmp_path / "sheet.pdf")]
    told = PdfReader(tmp_path / "sheet.pdf").pages[0].extract_text()
    assert "Zoë Example, born 29 February 1984" in told
    assert "Tue 2 Jun 2026, 10:40" in told
    assert page.refusal.text() == ""


def test_a_sheet_that_cannot_be_written_is_told_in_its_place(after, tmp_path):
    """No dialog, nothing is opened; nowhere chosen means nothing is done."""
    page = after.page(Example().treated(), str(tmp_path / "nowhere" / "sheet.pdf"))
    page.sheet.click()
    assert "cannot be written" in page.refusal.text()
    page = after.page(Example().treated(), "")
    page.sheet.click()
    assert after.opened == []


def test_without_a_puncture_there_is_no_sheet(after, tmp_path):
    """A visit that ended before the first needle."""
    page = after.page(Example().prepared(), str(tmp_path / "sheet.pdf"))
    assert "No needle was in the skin" in page.text.text()
    page.sheet.click()
    assert "There is nothing to look after" in page.refusal.text()
    assert not list(tmp_path.iterdir())
