"""Report and sheet without a database, as `penctl run --papers` leaves them."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader
from visit_example import LETTERHEAD, PEN, TZ, Example

from penctl.exchange.papers import write_papers


def test_both_papers_lie_beside_the_recording_by_pseudonym(tmp_path: Path) -> None:
    """A visit that is taken up again gets new ones."""
    written = write_papers(tmp_path, Example().treated().visit, LETTERHEAD, TZ, PEN)
    assert written == {
        "report": str(tmp_path / "visit-report.pdf"),
        "after-care": str(tmp_path / "after-care.pdf"),
    }
    assert "P-4F7Q2" in PdfReader(written["after-care"]).pages[0].extract_text()
    assert "Not signed" in PdfReader(written["report"]).pages[0].extract_text()
    write_papers(tmp_path, Example().signed().visit, LETTERHEAD, TZ, PEN)
    assert "Not signed" not in PdfReader(written["report"]).pages[0].extract_text()


def test_a_visit_without_a_puncture_gets_no_sheet(tmp_path: Path) -> None:
    """There is nothing to look after."""
    written = write_papers(tmp_path, Example().prepared().visit, LETTERHEAD, TZ, PEN)
    assert (
        [path.name for path in tmp_path.iterdir()] == ["visit-report.pdf"] == [Path(written["report"]).name]
    )
