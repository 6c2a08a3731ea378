"""The parts of the visit report below the treatment: screening, preparation, findings, signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reportlab.platypus import Flowable, Spacer

from penctl.dates import clock, day, moment, weekday
from penctl.exchange import paper
from penctl.exchange.facts import ScreeningFacts, VisitFacts
from penctl.exchange.words import RULES_WITHOUT_ROW, not_before, plain, shortened
from penctl.treatment.screening import Verdict
from penctl.treatment.visit_events import PhotosDeclined, PhotoTaken

SEVERITIES = {1: "mild", 2: "moderate", 3: "severe"}


def _section(title: str, *content: Flowable) -> list[Flowable]:
    return [paper.text(title, paper.HEADING), *content]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], shares: tuple[float, ...]) -> Flowable:
    cells: list[list[Flowable | str]] = [[paper.text(one, paper.HEAD_CELL) for one in head]]
    cells += [[paper.text(one, paper.CELL) for one in row] for row in rows]
    return paper.grid(cells, [paper.WIDTH * share for share in shares])


def cartridge(facts: VisitFacts) -> list[Flowable]:
    """The cartridge, and that it went where it belongs."""
    if not facts.cartridges:
        return _section("Cartridge", paper.text("No cartridge was read."))
    words = [
        f"Number {one.cartridge_id}, {plain(one.kind)}, {one.needles} needles, lot {one.lot or 'not known'}, "
        f"sterile until {day(one.sterile_until)}, "
        + (f"used in {one.uses} visits before." if one.uses else "not used before.")
        for one in facts.cartridges
    ]
    if facts.needles_intact is not None:
        words.append(f"Needles counted afterwards: {'intact' if facts.needles_intact else 'NOT intact'}.")
    if facts.mode != "HOME":
        words.append("Disposed of in the sharps." if facts.disposed else "Not noted as disposed of.")
    return _section("Cartridge", paper.text(" ".join(words)))


def adverse(facts: VisitFacts) -> list[Flowable]:
    """Adverse events and trips; that there were none is said, too."""
    made: list[Flowable] = []
    if facts.adverse_events:
        names = {zone.id: zone.name for zone in facts.zones}
        rows = [
            (
                _when(facts, one.at),
                f"{plain(one.kind.value)}, {SEVERITIES[one.severity]}",
                names.get(one.zone, plain(one.zone)),
                one.text,
                facts.name_of(one.by),
            )
            for one in facts.adverse_events
        ]
        made += _section(
            "Adverse events",
            _table(("Time", "What", "Zone", "In words", "Noted by"), rows, (0.12, 0.19, 0.19, 0.33, 0.17)),
        )
    else:
        made += _section("Adverse events", paper.text("None noted."))
    if facts.trips:
        trips = [(clock(facts.local(one.at)), one.interlock, one.text) for one in facts.trips]
        made += _section(
            "Trips of the pen", _table(("Time", "Interlock", "In words"), trips, (0.08, 0.12, 0.8))
        )
    return made


def _when(facts: VisitFacts, at: datetime) -> str:
    """The time; with its day where that is another than the visit's."""
    local = facts.local(at)
    same = local.date() == facts.local(facts.begun_at).date()
    return clock(local) if same else f"{day(local)}, {clock(local)}"


def screening(facts: VisitFacts) -> list[Flowable]:
    """Every answer that is not plainly good, with the signed reason; the others by number."""
    if not facts.screening:
        return _section("Screening", paper.text("Not held."))
    marked = [one for one in facts.screening if one.verdict is not Verdict.OK]
    good = len(facts.screening) - len(marked)
    when = f", {clock(facts.local(facts.screened_at))}" if facts.screened_at else ""
    said = f"{len(facts.screening)} questions asked{when}; {good} without a finding."
    made = _section("Screening", paper.text(said))
    if marked:
        made += [
            Spacer(1, 3),
            _table(
                ("Question", "Answer", "Means", "Signed reason"),
                [_finding(one, facts) for one in marked],
                (0.38, 0.1, 0.12, 0.4),
            ),
        ]
    return made


def _finding(one: ScreeningFacts, facts: VisitFacts) -> tuple[str, ...]:
    signed = f"{one.signed_reason} – {facts.name_of(one.signed_by)}" if one.signed_by else "none"
    means = {
        Verdict.CAUTION: "CAUTION",
        Verdict.STOP_LIFTABLE: "STOP, lifted" if one.signed_by else "STOP",
        Verdict.STOP: "STOP",
    }[one.verdict]
    answer = "no answer" if one.answer is None else str(one.answer).lower()
    return (f"{one.text} ({one.id})", answer, means, signed)


def signed(facts: VisitFacts) -> list[Flowable]:
    """Rules that were passed with a signed reason."""
    if not facts.signed_rules:
        return []
    names = {zone.id: zone.name for zone in facts.zones}
    rows = [
        (
            one.rule_id,
            one.text or RULES_WITHOUT_ROW.get(one.rule_id, ""),
            names.get(one.zone, plain(one.zone)) or "all",
            f"{one.reason} – {facts.name_of(one.by)}",
        )
        for one in facts.signed_rules
    ]
    return _section(
        "Usual rules passed with a signed reason",
        _table(("Rule", "Says", "Zone", "Signed reason"), rows, (0.08, 0.36, 0.18, 0.38)),
    )


def preparation(facts: VisitFacts) -> list[Flowable]:
    """Consent, photos, preparation, anaesthetic and time-out, as a table."""
    rows = [
        ("Consent", _consent(facts)),
        ("Photos before", _photos(facts, "BEFORE")),
        ("Confirmed", "; ".join(facts.prepared) or "nothing"),
        ("Anaesthetic", _anaesthetic(facts)),
        ("Time-out", _time_out(facts)),
        ("Photos after", _photos(facts, "AFTER")),
    ]
    return _section("Consent and preparation", _table(("Step", "What was noted"), rows, (0.18, 0.82)))


def _consent(facts: VisitFacts) -> str:
    if facts.consent is None:
        return "none"
    one = facts.consent
    return f"{one.form}, signed {clock(facts.local(one.at))}, noted by {facts.name_of(one.by)}"


def _photos(facts: VisitFacts, when: str) -> str:
    found = []
    for one in facts.photos:
        if one.when != when:
            continue
        if isinstance(one, PhotoTaken):
            found.append(f"{one.reference}{f' ({plain(one.zone)})' if one.zone else ''}")
        elif isinstance(one, PhotosDeclined):
            found.append(f"none: {one.reason}")
    return "; ".join(found) or "none noted"


def _anaesthetic(facts: VisitFacts) -> str:
    one = facts.anaesthetic
    if one is None:
        return "none" if facts.anaesthetic_asked else "not noted"
    removed = facts.anaesthetic_removed_at
    off = f", removed {clock(facts.local(removed))}" if removed else ", removal not noted"
    return f"{one.agent}, {one.dose}, applied {clock(facts.local(one.applied_at))}{off}"


def _time_out(facts: VisitFacts) -> str:
    if facts.time_out_at is None:
        return "not held"
    return f"{clock(facts.local(facts.time_out_at))}: {'; '.join(facts.time_out)}"


def notes(facts: VisitFacts) -> list[Flowable]:
    """Therapies as somebody told, and notes."""
    made: list[Flowable] = []
    if facts.therapies:
        rows = [
            (moment(facts.local(one.at)), plain(one.therapy.value), one.text, facts.name_of(one.said_by))
            for one in facts.therapies
        ]
        made += _section(
            "Other therapies, as told",
            _table(("When", "What", "In words", "Said by"), rows, (0.28, 0.16, 0.38, 0.18)),
            paper.text("What was told; not that a drug was delivered.", paper.SMALL),
        )
    noted = [(clock(facts.local(one.at)), one.text, facts.name_of(one.by)) for one in facts.notes]
    if shortened(facts.ended_early) != facts.ended_early:
        noted.append(("", f"Ended early: {facts.ended_early}", ""))
    if noted:
        made += _section("Notes", _table(("Time", "Note", "By"), noted, (0.08, 0.74, 0.18)))
    return made


def closing(facts: VisitFacts) -> list[Flowable]:
    """After-care, next dates and signature."""
    made: list[Flowable] = []
    if facts.minoxidil_from is not None:
        hold = moment(not_before(facts.local(facts.minoxidil_from)))
        made += _section("After-care", paper.text(f"No minoxidil before {hold}. {_next(facts)}"))
    made += [paper.text("Signature", paper.HEADING)]
    if facts.signed_at is None:
        made.append(paper.text("Not signed."))
    else:
        who = facts.name_of(facts.signed_by)
        made.append(paper.text(f"Signed in the records by {who}, {moment(facts.local(facts.signed_at))}."))
    if facts.sealed.head:
        made.append(paper.text(f"Head of the audit trail at the signature: {facts.sealed.head}", paper.SMALL))
    made += [Spacer(1, 16), paper.text("Signature on paper, date: " + "_" * 48, paper.SMALL)]
    return made


def _next(facts: VisitFacts) -> str:
    parts = []
    for zone in facts.treated:
        if zone.due_on and zone.locked_until:
            locked = (
                "" if zone.due_on == zone.locked_until else f" (locked until {weekday(zone.locked_until)})"
            )
            parts.append(f"{zone.name} not before {weekday(zone.due_on)}{locked}")
    return "Next visit: " + "; ".join(parts) + "." if parts else ""
