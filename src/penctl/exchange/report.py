"""The visit report: what was asked, agreed, done, found and signed, for the patient's file."""

from __future__ import annotations

from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from penctl.dates import clock, day, weekday
from penctl.exchange import paper
from penctl.exchange.facts import VisitFacts, ZoneFacts
from penctl.exchange.report_parts import adverse, cartridge, closing, notes, preparation, screening, signed
from penctl.exchange.scalp_drawing import scalp
from penctl.exchange.words import age, density, directions, hz, mm, plain, seconds, shortened

_CLINIC = paper.style_of("report clinic", 8, 10.5, alignment=2)
_FACT = paper.style_of("fact", 8.6, 11.5)


def report_pdf(facts: VisitFacts) -> bytes:
    """The report of a visit, also of one that is not signed yet: that one says so on its first page."""
    paper.use_fonts()
    shown = facts.local(facts.begun_at)
    story: list[Flowable] = [
        *_head(facts),
        Spacer(1, 6),
        _banner(facts),
        *_state(facts),
        Spacer(1, 4),
        *_treatment(facts),
        *cartridge(facts),
        *adverse(facts),
        *screening(facts),
        *signed(facts),
        *preparation(facts),
        *notes(facts),
        KeepTogether(closing(facts)),
    ]
    page = paper.Page(
        title=f"Visit report, {weekday(shown.date())}",
        subject=f"Visit {facts.visit_id}",
        foot=f"Visit {facts.visit_id} · {facts.person.pseudonym} · {weekday(shown.date())}",
        simulated=facts.simulated,
        clinic=facts.letterhead.name,
    )
    return paper.pdf(page, story)


def _head(facts: VisitFacts) -> list[Flowable]:
    head = facts.letterhead
    lines = [f"<b>{paper.safe(head.name)}</b>"] if head.name else []
    lines += [paper.safe(line) for line in (*head.address, head.phone) if line]
    left = [paper.text("Visit report", paper.TITLE), paper.text("Microneedling of the scalp", paper.SMALL)]
    table = Table(
        [[left, paper.marked_up("<br/>".join(lines), _CLINIC)]],
        colWidths=[paper.WIDTH * 0.6, paper.WIDTH * 0.4],
    )
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


def _banner(facts: VisitFacts) -> Flowable:
    person, begun, last = facts.person, facts.local(facts.begun_at), facts.local(facts.last_at)
    born = ""
    if person.birth_date:
        born = f"{day(person.birth_date)} ({age(person.birth_date, begun.date())} years)"
    pen = " ".join(part for part in (facts.pen.model, facts.pen.serial) if part) or "not known"
    firmware = f", firmware {facts.pen.firmware}" if facts.pen.firmware else ""
    cells = (
        ("Patient", person.shown),
        ("Date", weekday(begun.date())),
        ("Clinician", facts.name_of(facts.signed_by or facts.begun_by)),
        ("Born", born or "not shown"),
        ("Time", f"{clock(begun)} to {clock(last)} ({begun.tzname()})"),
        ("Mode", facts.mode),
        ("Pseudonym", person.pseudonym),
        ("Indication", plain(facts.indication) or "none noted"),
        ("Pen", f"{pen}{firmware}"),
    )
    made = [
        paper.marked_up(f'<font size=7 color="#5b6875">{label.upper()}</font><br/>{paper.safe(value)}', _FACT)
        for label, value in cells
    ]
    rows = [made[index : index + 3] for index in range(0, len(made), 3)]
    table = Table(rows, colWidths=[paper.WIDTH / 3] * 3)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), paper.TINT),
                ("ROUNDEDCORNERS", [4, 4, 4, 4]),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _state(facts: VisitFacts) -> list[Flowable]:
    warnings = []
    if facts.signed_at is None:
        warnings.append("Not signed: a draft, as the records stood when it was printed.")
    if facts.unwell:
        warnings.append(f"The patient was unwell: {shortened(facts.unwell)}.")
    elif facts.ended_early:
        warnings.append(f"Ended early: {shortened(facts.ended_early)}.")
    if facts.needles_intact is False:
        warnings.append("The needles were NOT intact after the treatment.")
    if not warnings:
        return []
    style = paper.style_of("warning", 9.5, 13, fontName=paper.BOLD, textColor=paper.WARM_INK)
    content = [paper.text(one, style) for one in warnings]
    return [Spacer(1, 6), paper.box(content, paper.WIDTH, paper.WARM, paper.WARM_INK)]


def _treatment(facts: VisitFacts) -> list[Flowable]:
    if not facts.zones:
        return [
            paper.text("Treatment", paper.HEADING),
            paper.text("No plan was agreed; nothing was treated."),
        ]
    numbers = {zone.id: str(number) for number, zone in enumerate(facts.treated, start=1)}
    summary = [
        paper.text("Treatment", paper.HEADING),
        paper.text(_summary(facts)),
        Spacer(1, 3),
        paper.text(_how_counted(facts), paper.SMALL),
    ]
    top = Table([[summary, scalp(numbers, 82) if numbers else ""]], colWidths=[paper.WIDTH - 92, 92])
    top.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (0, 0), 10),
            ]
        )
    )
    return [top, Spacer(1, 3), _zones(facts, numbers)]


def _summary(facts: VisitFacts) -> str:
    if facts.first_puncture is None or facts.last_puncture is None:
        return "No needle was in the skin."
    punctures = sum(zone.punctures for zone in facts.zones)
    contact = sum(zone.contact_s for zone in facts.zones)
    count = len(facts.treated)
    return (
        f"{count} {'zone' if count == 1 else 'zones'} of {len(facts.zones)} planned, about {punctures:,} "
        f"punctures in {seconds(contact)} of contact, from {clock(facts.local(facts.first_puncture))} to "
        f"{clock(facts.local(facts.last_puncture))}."
    )


def _how_counted(facts: VisitFacts) -> str:
    unseen = sum(zone.strokes_unseen for zone in facts.zones)
    parts = ["Density is a zone mean: strokes in contact × needles / area of the zone."]
    if any(zone.area_assumed for zone in facts.treated):
        parts.append("Areas are assumed, not measured on this patient.")
    parts.append(f"Strokes in gaps of the telemetry count as contact: {unseen:,}.")
    parts.append("Depth is needle protrusion, set and measured at the pen; penetration is not known.")
    return " ".join(parts)


def _zones(facts: VisitFacts, numbers: dict[str, str]) -> Flowable:
    head = (
        "Zone",
        "Depth set",
        "Deepest measured",
        "Stroke rate",
        "Passes done",
        "Density (target)",
        "Contact",
    )
    rows: list[list[Flowable | str]] = [
        [
            paper.text(one, paper.HEAD_CELL if not index else paper.HEAD_RIGHT)
            for index, one in enumerate(head)
        ]
    ]
    for zone in facts.zones:
        rows.append(_zone(zone, numbers.get(zone.id, "")))
    shares = (0.25, 0.095, 0.105, 0.095, 0.22, 0.135, 0.1)
    return paper.grid(rows, [paper.WIDTH * share for share in shares])


def _zone(zone: ZoneFacts, number: str) -> list[Flowable | str]:
    name = f"<b>{number}</b>&nbsp; {paper.safe(zone.name)}" if number else paper.safe(zone.name)
    if not zone.done:
        why = f": {paper.safe(zone.reason)}" if zone.reason else ""
        state = "broken off" if zone.punctured else "not treated"
        name += f'<br/><font color="#8a4b08">{state}{why}</font>'
    elif zone.reason:
        name += f"<br/>{paper.safe(zone.reason)}"
    passes = f"{len(zone.passes_done)} of {len(zone.passes)}"
    if zone.passes_done:
        passes += f"<br/><font size=7>{directions(zone.passes_done)}</font>"
    right = paper.CELL_RIGHT
    return [
        paper.marked_up(name, paper.CELL),
        paper.text(mm(zone.depth_um), right),
        paper.text(mm(zone.deepest_um) if zone.punctured else "–", right),
        paper.text(hz(zone.rate_mhz), right),
        paper.marked_up(passes, right),
        paper.marked_up(
            f"{density(zone.density_per_cm2)}<br/>"
            f"<font size=7>({density(zone.density_target_per_cm2)})</font>",
            right,
        ),
        paper.text(seconds(zone.contact_s) if zone.punctured else "–", right),
    ]
