"""The after-care sheet: one page that a patient takes home."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, HRFlowable, Spacer, Table, TableStyle

from penctl.dates import clock, moment, weekday
from penctl.exchange import paper
from penctl.exchange.advice import NO_NEEDLING, PRECAUTION, Advice, ends_in_words, load_advice
from penctl.exchange.errors import ExchangeError
from penctl.exchange.facts import VisitFacts, ZoneFacts
from penctl.exchange.scalp_drawing import scalp
from penctl.exchange.words import mm, not_before, shortened

_BODY = paper.style_of("sheet", 10.5, 15)
_BIG = paper.style_of("sheet big", 14.5, 18, fontName=paper.BOLD, alignment=TA_CENTER)
_LABEL = paper.style_of("sheet label", 8.5, 11, textColor=paper.QUIET, alignment=TA_CENTER)
_WHY = paper.style_of("sheet why", 8, 10.5, textColor=paper.QUIET, alignment=TA_CENTER)
_HEADING = paper.style_of("sheet heading", 11, 14, fontName=paper.BOLD, textColor=paper.ACCENT, spaceAfter=2)


def aftercare_pdf(facts: VisitFacts) -> bytes:
    """The sheet of a visit.

    Raises:
        ExchangeError: no needle was in the skin, so there is nothing to look after.
    """
    if facts.last_puncture is None or facts.minoxidil_from is None:
        raise ExchangeError(
            "There is nothing to look after", "no needle was in the skin", None, "Hand out no sheet"
        )
    paper.use_fonts()
    story: list[Flowable] = [
        *_head(facts),
        Spacer(1, 10),
        _dates(facts),
        Spacer(1, 16),
        _done(facts),
        Spacer(1, 14),
        _two_columns(facts),
        Spacer(1, 16),
        _call(facts),
        Spacer(1, 10),
        *_small_print(facts),
    ]
    shown = facts.local(facts.begun_at)
    page = paper.Page(
        title="After your treatment",
        subject=f"After-care sheet, visit of {weekday(shown.date())}",
        foot=f"Visit {facts.visit_id[:8]} · {weekday(shown.date())}",
        simulated=facts.simulated,
        clinic=facts.letterhead.name,
    )
    return paper.pdf(page, story)


def _head(facts: VisitFacts) -> list[Flowable]:
    head = facts.letterhead
    lines = [f"<b>{paper.safe(head.name)}</b>"] if head.name else []
    lines += [paper.safe(line) for line in (*head.address, head.phone) if line]
    right = paper.marked_up("<br/>".join(lines), paper.style_of("sheet clinic", 8, 10.5, alignment=2))
    treated = weekday(facts.local(facts.begun_at))
    who = f"For <b>{paper.safe(facts.person.shown)}</b>, treated on {treated}"
    left = [paper.text("After your treatment", paper.TITLE), paper.marked_up(who, _BODY)]
    table = Table([[left, right]], colWidths=[paper.WIDTH * 0.64, paper.WIDTH * 0.36])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
                ("LINEBELOW", (0, 0), (-1, -1), 1.4, paper.ACCENT),
            ]
        )
    )
    return [table]


def _dates(facts: VisitFacts) -> Flowable:
    """The two dates that matter most, side by side."""
    assert facts.minoxidil_from is not None  # noqa: S101 - aftercare_pdf has looked
    hold = not_before(facts.local(facts.minoxidil_from))
    left: list[Flowable] = [
        paper.text("No minoxidil before", _LABEL),
        paper.text(f"{weekday(hold.date())}, {clock(hold)}", _BIG),
        paper.text("Open skin takes up several times as much of it.", _WHY),
    ]
    right: list[Flowable] = [
        paper.text(_words(facts)["next"], _LABEL),
        paper.text(weekday(facts.next_visit_from) if facts.next_visit_from else "as agreed", _BIG),
        paper.text(_why_then(facts), _WHY),
    ]
    half = paper.WIDTH / 2 - 4
    table = Table([[left, "", right]], colWidths=[half, 8, half])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (0, 0), paper.WARM),
                ("BOX", (0, 0), (0, 0), 1, paper.WARM_INK),
                ("BACKGROUND", (2, 0), (2, 0), paper.TINT),
                ("BOX", (2, 0), (2, 0), 1, paper.ACCENT),
                ("TOPPADDING", (0, 0), (-1, -1), 7),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _words(facts: VisitFacts) -> dict[str, str]:
    """What is called differently where no clinic has treated."""
    if facts.mode == "HOME":
        return {"next": "Next treatment not before", "notes": "Your notes", "call": "Call a doctor when …"}
    return {
        "next": "Next visit not before",
        "notes": "Your notes and our own advice",
        "call": "Call us when …",
    }


def _why_then(facts: VisitFacts) -> str:
    earlier = [zone for zone in facts.treated if zone.due_on and zone.due_on != facts.next_visit_from]
    if not earlier:
        return "The same areas need this time to heal."
    return "Deeper areas take longest; the others are below."


def _done(facts: VisitFacts) -> Flowable:
    zones = facts.treated
    dates_differ = len({zone.due_on for zone in zones}) > 1
    head = ["Area", "Needles set to", "Passes", *(["Not before"] if dates_differ else [])]
    rows: list[list[Flowable | str]] = [[paper.text(one, paper.HEAD_CELL) for one in head]]
    for number, zone in enumerate(zones, start=1):
        row: list[Flowable | str] = [
            paper.text(f"{number}  {zone.name}", paper.CELL),
            paper.text(mm(zone.depth_um), paper.CELL),
            paper.text(_passes(zone), paper.CELL),
        ]
        if dates_differ:
            row.append(paper.text(weekday(zone.due_on) if zone.due_on else "", paper.CELL))
        rows.append(row)
    picture = scalp({zone.id: str(number) for number, zone in enumerate(zones, start=1)}, 104)
    room = paper.WIDTH - 118
    shares = (0.34, 0.2, 0.16, 0.3) if dates_differ else (0.46, 0.28, 0.26)
    left: list[Flowable] = [
        paper.text("What was done", _HEADING),
        paper.grid(rows, [room * share for share in shares]),
    ]
    if facts.ended_early:
        left += [
            Spacer(1, 4),
            paper.text(f"The treatment was ended early: {shortened(facts.ended_early)}.", _BODY),
        ]
    table = Table([[left, picture]], colWidths=[room + 8, 110])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def _passes(zone: ZoneFacts) -> str:
    count = len(zone.passes_done)
    return f"{count}" if zone.done else f"{count}, not finished"


def _line(advice: Advice, facts: VisitFacts) -> str:
    text = paper.safe(advice.marked)
    if advice.hours is None or facts.last_puncture is None:
        return text
    return f"<b>Until {ends_in_words(advice, facts.local(facts.last_puncture))}:</b> no {text}"


def _bullets(lines: Iterable[str], style: ParagraphStyle = _BODY) -> list[Flowable]:
    bullet = paper.style_of("bullet", style.fontSize, style.leading, leftIndent=10, spaceAfter=2.5)
    return [paper.marked_up(f"<bullet>•</bullet>{line}", bullet) for line in lines]


def _group(name: str, facts: VisitFacts) -> list[str]:
    return [_line(one, facts) for one in load_advice() if one.group == name]


def _two_columns(facts: VisitFacts) -> Flowable:
    left = [
        paper.text("Please do", _HEADING),
        *_bullets(_group("DO", facts)),
    ]
    avoid = [line[:1].upper() + line[1:] for line in (*_group("AVOID", facts), NO_NEEDLING)]
    right = [
        paper.text("Please leave out", _HEADING),
        *_bullets(avoid),
        Spacer(1, 4),
        paper.text("What is normal", _HEADING),
        *_bullets(_group("EXPECT", facts)),
    ]
    left += [Spacer(1, 6), paper.text(_words(facts)["notes"], _HEADING), *_ruled(4)]
    half = paper.WIDTH / 2 - 8
    table = Table([[left, "", right]], colWidths=[half, 16, half])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def _ruled(lines: int) -> list[Flowable]:
    """Lines to write on."""
    return [
        HRFlowable(width="96%", thickness=0.5, color=paper.RULE, spaceBefore=17, spaceAfter=0, hAlign="LEFT")
        for _ in range(lines)
    ]


def _call(facts: VisitFacts) -> Flowable:
    number = paper.safe(facts.letterhead.phone) or "_" * 24
    urgent = paper.safe(facts.letterhead.urgent) or "_" * 10
    content: Sequence[Flowable] = [
        paper.marked_up(f"{_words(facts)['call']} &nbsp; <font size=12>{number}</font>", _HEADING),
        *_bullets(_group("CALL", facts), paper.style_of("call", 10, 14)),
        Spacer(1, 3),
        paper.marked_up(
            f'<font color="#b3261e"><b>Call an ambulance at once ({urgent}) when</b></font> '
            + "; ".join(_group("URGENT", facts))
            + ".",
            _BODY,
        ),
    ]
    return paper.box(content, paper.WIDTH, paper.PAPER, paper.ACCENT)


def _small_print(facts: VisitFacts) -> list[Flowable]:
    by = facts.name_of(facts.signed_by or facts.begun_by)
    ended = facts.local(facts.last_puncture) if facts.last_puncture else None
    lines = [f"Treated by {by}." + (f" Last puncture: {moment(ended)}." if ended else "")]
    lines.append(
        "The times above count from it. Depth is how far the needles were set to come out of the pen."
    )
    lines.append(PRECAUTION)
    return [paper.text(" ".join(lines), paper.SMALL)]
