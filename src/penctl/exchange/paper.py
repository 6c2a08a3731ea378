"""The paper that reports are printed on: fonts, colours, page frame, page numbers, watermark."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table, TableStyle

INK: Final = HexColor("#1b2733")
QUIET: Final = HexColor("#5b6875")
RULE: Final = HexColor("#c9d1d8")
TINT: Final = HexColor("#eef3f6")
ACCENT: Final = HexColor("#0b5563")
WARM: Final = HexColor("#fdf1e3")
WARM_INK: Final = HexColor("#8a4b08")
WATERMARK: Final = HexColor("#b3261e")
PAPER: Final = white
MARGIN: Final = 18 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
REGULAR, BOLD, OBLIQUE = "PenctlSans", "PenctlSans-Bold", "PenctlSans-Oblique"
SIMULATED: Final = "SIMULATED"


@lru_cache(maxsize=1)
def use_fonts() -> None:
    """Register DejaVu Sans, which comes with matplotlib: names are written in many alphabets."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name, file in (
        (REGULAR, "DejaVuSans.ttf"),
        (BOLD, "DejaVuSans-Bold.ttf"),
        (OBLIQUE, "DejaVuSans-Oblique.ttf"),
    ):
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=OBLIQUE, boldItalic=BOLD)


def style_of(name: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    """A paragraph style; sizes in points."""
    return ParagraphStyle(
        name, **{"fontName": REGULAR, "fontSize": size, "leading": leading, "textColor": INK, **more}
    )


BODY: Final = style_of("body", 9, 12.5)
SMALL: Final = style_of("small", 7.5, 10, textColor=QUIET)
CELL: Final = style_of("cell", 8.2, 10.6)
CELL_RIGHT: Final = style_of("cell right", 8.2, 10.6, alignment=TA_RIGHT)
HEAD_CELL: Final = style_of("head cell", 7.3, 9.2, fontName=BOLD, textColor=QUIET)
HEAD_RIGHT: Final = style_of("head right", 7.3, 9.2, fontName=BOLD, textColor=QUIET, alignment=TA_RIGHT)
HEADING: Final = style_of(
    "heading", 10.5, 13, fontName=BOLD, textColor=ACCENT, spaceBefore=7, spaceAfter=2.5, keepWithNext=1
)
TITLE: Final = style_of("title", 17, 21, fontName=BOLD)


@dataclass(frozen=True)
class Page:
    """What stands on every page: title of the document, line at its foot, and whether it is simulated."""

    title: str
    subject: str
    foot: str
    simulated: bool
    clinic: str = ""


def text(value: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain text: nothing in it is markup."""
    return Paragraph(safe(value).replace("\n", "<br/>"), style)


def marked_up(value: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph with markup that we wrote; insert values with `safe`."""
    return Paragraph(value, style)


def safe(value: str) -> str:
    """A value inside markup; a letter that the font lacks stands as its number, [U+5C71]."""
    use_fonts()
    known = pdfmetrics.getFont(REGULAR).face.charToGlyph
    printable = "".join(
        char if char in "\n\t" or ord(char) in known else f"[U+{ord(char):04X}]" for char in value
    )
    return escape(printable, quote=False)


def grid(
    rows: Sequence[Sequence[Flowable | str]],
    widths: Sequence[float],
    style: Sequence[tuple[Any, ...]] = (),
    *,
    head: bool = True,
) -> Table:
    """A table with thin rules; its first row is repeated on the next page when it is a head."""
    base = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
    ]
    if head:
        base += [("BACKGROUND", (0, 0), (-1, 0), TINT), ("LINEBELOW", (0, 0), (-1, 0), 0.8, RULE)]
    table = Table(list(rows), colWidths=list(widths), repeatRows=1 if head else 0, splitInRow=1)
    table.setStyle(TableStyle([*base, *style]))
    return table


def box(content: Sequence[Flowable], width: float, background: Any, edge: Any) -> Table:
    """A framed box that is never broken over two pages."""
    table = Table([[list(content)]], colWidths=[width])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), background),
                ("BOX", (0, 0), (-1, -1), 0.8, edge),
                ("ROUNDEDCORNERS", [4, 4, 4, 4]),
                ("LEFTPADDING", (0, 0), (-1, -1), 9),
                ("RIGHTPADDING", (0, 0), (-1, -1), 9),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
            ]
        )
    )
    return table


def _decorate(page: Page) -> Callable[[Canvas, BaseDocTemplate], None]:
    def draw(canvas: Canvas, doc: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setStrokeColor(RULE)
        canvas.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(QUIET)
        canvas.drawString(MARGIN, 10 * mm, page.foot)
        if page.simulated:
            _watermark(canvas)
        canvas.restoreState()

    return draw


def _watermark(canvas: Canvas) -> None:
    """Across the page, light enough to read through, and once more upright at the top."""
    canvas.saveState()
    canvas.setFillColor(WATERMARK)
    canvas.setFillAlpha(0.10)
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(55)
    canvas.setFont(BOLD, 92)
    canvas.drawCentredString(0, -32, SIMULATED)
    canvas.restoreState()
    canvas.saveState()
    canvas.setFillColor(WATERMARK)
    canvas.setFont(BOLD, 8)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 9 * mm, f"{SIMULATED} – nobody was treated")
    canvas.restoreState()


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab ships no types
    """Writes "page 1 of 2" at the end, when it is known how many there are."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the name is reportlab's
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, kept in enumerate(self._pages, start=1):
            self.__dict__.update(kept)
            self.setFont(REGULAR, 7)
            self.setFillColor(QUIET)
            self.drawRightString(A4[0] - MARGIN, 10 * mm, f"page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def pdf(page: Page, story: Sequence[Flowable]) -> bytes:
    """The document as bytes; the same story gives the same bytes."""
    use_fonts()
    target = io.BytesIO()
    doc = BaseDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=14 * mm,
        bottomMargin=17 * mm,
        title=page.title,
        subject=page.subject,
        author=page.clinic or "penctl",
        creator="penctl",
        lang="en-GB",
        invariant=1,
    )
    frame = Frame(MARGIN, 17 * mm, WIDTH, A4[1] - 31 * mm, 0, 0, 0, 0)
    doc.addPageTemplates([PageTemplate("all", [frame], onPage=_decorate(page))])
    doc.build(list(story), canvasmaker=_NumberedCanvas)
    return target.getvalue()
