"""`penctl run`: a whole visit with a pen, from screening to signature, kept as it happens."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any

from penctl.commands.run_keeping import Keeping, keeping_of
from penctl.commands.run_recording import named_in_journal, recording_path, teller
from penctl.errors import PenError
from penctl.input_files import InputFileError, read_plan
from penctl.optional import needs
from penctl.pen import Pen
from penctl.recording import record
from penctl.transport import Transport, open_url
from penctl.treating.clock import VisitClock
from penctl.treating.cut_off import end_cut_off
from penctl.treating.driver import Treating
from penctl.treating.form import Form, read_form, simulated_form
from penctl.treating.hands import BenchHand, Hand, PersonsHand
from penctl.treating.ports import VisitJournal
from penctl.treating.run_visit import VisitRun, close_visit
from penctl.treating.told import visit_json, visit_lines, visit_table
from penctl.treating.visit_file import VisitFile
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.plan import Plan
from penctl.treatment.visit import Visit
from penctl.treatment.visit_events import VisitBegun, VisitEvent
from penctl.treatment.visit_steps import Step
from penctl.treatment_tables import load_questions, load_scalp

WIDTH = 100


def run(given: argparse.Namespace) -> int:
    """Run, take up or end a visit, and print what was done."""
    if given.end:
        return _end(given)
    if given.unwell:
        raise InputFileError("No visit is named that ended unwell", None, None, "Name it with --end VISIT")
    plan = None if given.plan is None else read_plan(given.plan, load_scalp())
    transport = open_url(given.port or f"pensim://?seed={1 if given.seed is None else given.seed}")
    with Pen(transport) as pen, keeping_of(given, simulated=pen.simulated) as keeping:
        begin = _begin_time(given, keeping.zone, pen)
        if given.at is None and transport.has_own_clock and plan is not None:
            begin = max(begin, keeping.after_last(given.person or plan.person))
        clock = VisitClock(begin, pen.now_s)
        keeping.now = clock.now
        if given.resume:
            journal, plan, form = _take_up(given, keeping, pen, plan)
        else:
            plan, form = _papers(given, pen, plan)
            form = keeping.by(form)
            journal = _begun(given, keeping, pen, plan, form, clock)
        files, warnings = _treat(given, pen, keeping, journal, plan, form, clock)
        if given.papers:
            files |= _printed(given, keeping, journal.visit, pen)
        _show(given, journal.visit, files, warnings)
    return 0


def _printed(given: argparse.Namespace, keeping: Keeping, visit: Visit, pen: Pen) -> dict[str, str]:
    """Report and after-care sheet beside the recording."""
    from penctl.exchange.facts import PenFacts
    from penctl.exchange.letterhead import load_letterhead
    from penctl.exchange.papers import write_papers

    known = PenFacts("", pen.identity.serial_number, pen.identity.firmware_version)
    with needs("exchange"):
        return write_papers(keeping.folder, visit, load_letterhead(given.clinic), keeping.zone, known)


def _begin_time(given: argparse.Namespace, zone: tzinfo, pen: Pen) -> datetime:
    if given.at is None:
        return datetime.now(tz=zone)
    if not pen.simulated:
        raise TreatmentRefused(
            "The time of a visit with a real pen is that of the clock", given.at, None, "Leave --at out"
        )
    try:
        at = datetime.fromisoformat(given.at)
    except ValueError as error:
        raise InputFileError(
            "This is no time", given.at, "as 2026-06-01T10:00", "Correct what stands after --at"
        ) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _papers(given: argparse.Namespace, pen: Pen, plan: Plan | None) -> tuple[Plan, Form]:
    if plan is None:
        raise InputFileError(
            "No plan is named", None, None, "Name one: penctl run PLAN; docs/treatment.md has one"
        )
    if given.form:
        form = read_form(given.form)
    elif pen.simulated:
        form = simulated_form(given.person or plan.person, plan.mode, load_questions())
    else:
        raise TreatmentRefused(
            "Nobody is treated without screening, consent and time-out",
            "no form",
            "a form with the answers of today",
            "Fill in a form and name it with --form; docs/treatment.md says what is in it",
        )
    return plan, form


def _begun(
    given: argparse.Namespace, keeping: Keeping, pen: Pen, plan: Plan, form: Form, clock: VisitClock
) -> VisitJournal:
    """A new visit, when everything that is known before it holds."""
    at = clock.now()
    person = given.person or form.person
    begun = VisitBegun(at, form.by, _visit_id(pen.transport, at), person, plan.mode, pen.simulated)
    open_visit = keeping.cut_off(person)
    if open_visit:
        raise TreatmentRefused(
            "A visit of this person was cut off and is still open",
            open_visit,
            None,
            f"Go on with it: penctl run --resume {open_visit}; or end it: penctl run --end {open_visit} "
            '--reason "…"',
        )
    rehearsal = _Rehearsal(Visit(begun, keeping.knowledge(begun)))
    treating = Treating(pen, rehearsal, now=clock.now, by=form.by)
    VisitRun(treating, plan, form, PersonsHand(_say), after=None).papers()
    return keeping.begin(begun, pen.identity.serial_number)


class _Rehearsal:
    """A journal that keeps nothing: what is refused before the treatment leaves no visit behind."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def add(self, event: Any) -> None:
        self.visit.add(event)


def _visit_id(transport: Transport, at: datetime) -> str:
    """Another one for each visit; of a simulated pen a function of its seed and the time."""
    if transport.entropy is None:
        return secrets.token_hex(8)
    return hashlib.sha256(transport.entropy(16) + at.isoformat().encode()).hexdigest()[:16]


def _take_up(
    given: argparse.Namespace, keeping: Keeping, pen: Pen, plan: Plan | None
) -> tuple[VisitJournal, Plan, Form]:
    journal = keeping.take_up(given.resume)
    visit = journal.visit
    if visit.step is Step.CLOSED:
        raise TreatmentRefused("This visit is signed and closed", str(given.resume), None, "Begin a new one")
    form = read_form(given.form) if given.form else None
    if form is None and pen.simulated:
        form = simulated_form(visit.begun.person, visit.mode, load_questions())
    if form is None:
        raise TreatmentRefused("The form of this visit is needed", "none", None, "Name it with --form")
    plan = visit.plan or plan
    if plan is None:
        raise TreatmentRefused(
            "This visit has no plan yet", "none", None, "Name one: penctl run PLAN --resume …"
        )
    return journal, plan, keeping.by(form)


def _treat(
    given: argparse.Namespace,
    pen: Pen,
    keeping: Keeping,
    journal: VisitJournal,
    plan: Plan,
    form: Form,
    clock: VisitClock,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The visit with its recording; the files, and what to tell besides."""
    failures: list[PenError] = []
    path = recording_path(keeping.folder, keeping.recording_stem(journal))
    bench = pen.transport.bench
    hand: Hand = PersonsHand(_say, _asker()) if bench is None else BenchHand(bench)
    try:
        recorder = record(pen, path, on_failure=failures.append, visit=journal.visit.begun.visit_id)
        with (
            named_in_journal(names=keeping.names_recording) as named,
            recorder,
            _stopped_on_error(pen),
            _progress(plan, shown=not given.json) as tell,
        ):
            treating = Treating(pen, journal, now=clock.now, by=form.by, tell=teller(recorder))
            recording = named(recorder, treating)
            after = (lambda question: True) if pen.simulated else _asker()
            whole = VisitRun(
                treating, plan, form, hand, after=after, watch=lambda: tell(treating), recording=recording
            )
            whole.run()
    except (PenError, KeyboardInterrupt):
        name = keeping.name_of(journal)
        _say(f"penctl: what was done until then is kept. Go on with penctl run --resume {name}")
        raise
    files = {"recording": str(recorder.part_path if failures else path)}
    if isinstance(journal, VisitFile):
        files["journal"] = str(journal.path)
    return files, tuple(text for text in (whole.warning, *map(str, failures), *keeping.warnings()) if text)


def _asker() -> Callable[[str], bool] | None:
    """Questions after the treatment, to whoever sits at the terminal; None where nobody does."""
    if not sys.stdin.isatty():
        return None

    def ask(question: str) -> bool:
        _say(f"{question} [yes/no]")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    return ask


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


@contextlib.contextmanager
def _stopped_on_error(pen: Pen) -> Iterator[None]:
    """Stop the pen before the recording is closed, so that the STOP is in it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(PenError):  # the pen's own deadman is behind it
            pen.stop()
        raise


@contextlib.contextmanager
def _progress(plan: Plan, *, shown: bool) -> Iterator[Callable[[Treating], None]]:
    """A live bar on a terminal; nothing elsewhere."""
    if not shown or not sys.stdout.isatty():
        yield lambda treating: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<44}"), BarColumn(40), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns) as progress:
        task = progress.add_task("", total=float(sum(zone.density_per_cm2 for zone in plan.zones)))

        def tell(treating: Treating) -> None:
            begun = treating.visit.open_pass
            done = sum(treating.density(zone.zone) for zone in plan.zones)
            name = f"{begun.zone.lower()}, {begun.direction.lower()}".replace("_", " ") if begun else ""
            progress.update(task, description=name, completed=done)

        yield tell


def _end(given: argparse.Namespace) -> int:
    """End a visit that was cut off, without a pen, with all that was done until then."""
    with keeping_of(given, simulated=None) as keeping:
        journal = keeping.take_up(given.end)
        begun = journal.visit.begun
        if journal.visit.step is Step.CLOSED:
            raise TreatmentRefused(
                "This visit is signed and closed", given.end, None, "Nothing is left to do"
            )
        at = datetime.now(tz=keeping.zone)
        if begun.simulated:
            at = max(at, journal.visit.events[-1].at)
        form = keeping.by(simulated_form(begun.person, begun.mode, load_questions()))

        def add(kind: type[VisitEvent], /, **fields: Any) -> None:
            journal.add(kind(at=at, by=form.by, **fields))

        end_cut_off(journal, add, given.reason or "", unwell=given.unwell)
        if begun.simulated:  # nobody holds a simulated cartridge in his hand: what is left is said at once
            close_visit(journal, add, form, lambda question: True)
        _show(given, journal.visit, {}, ())
    return 0


def _show(given: argparse.Namespace, visit: Visit, files: dict[str, str], warnings: tuple[str, ...]) -> None:
    if given.json:
        sys.stdout.write(json.dumps(visit_json(visit, files, warnings), ensure_ascii=False) + "\n")
        return
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(visit_table(visit), "")
    for line in (*visit_lines(visit), *warnings):
        console.print(line, soft_wrap=True, markup=False)
    for name, path in files.items():
        console.print(f"{name.capitalize():<10} {path}", soft_wrap=True, markup=False)
