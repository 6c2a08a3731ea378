"""The arguments of `penctl run`, `rules` and `course`; what they do is imported when they run."""

from __future__ import annotations

from typing import Any

PORT_HELP = "port name or URL of a pen: /dev/ttyACM0, COM3, socket://host:port, pensim://?seed=1"
CLINIC_HELP = "the clinic's own file: time zone, stricter rules"
ELSEWHERE_HELP = "file with treatments elsewhere or with other tools"


def add_treatment(commands: Any) -> None:
    """Add the commands of a clinic."""
    _add_run(commands)
    _add_rules(commands)
    _add_course(commands)


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="treat by a plan: a whole visit, kept as it happens",
        description="Run a visit by a plan: screening, consent, photos, preparation, cartridge, time-out, "
        "zone by zone with the dose counted from telemetry, after-care, signature. On a simulated pen "
        "person, clinician and hand are simulated; on a real one the form says what was answered. Every "
        "event is on the disk before it counts: what was cut off is found at the next start.",
    )
    run.add_argument("plan", nargs="?", metavar="PLAN", help="plan file, TOML or JSON")
    which = run.add_mutually_exclusive_group()
    which.add_argument("--seed", type=_seed, help="seed of the simulated pen (default: 1)")
    which.add_argument("--port", help=PORT_HELP)
    run.add_argument(
        "--person", metavar="PSEUDONYM", help="who is treated (default: the form, then the plan)"
    )
    run.add_argument("--form", metavar="FILE", help="screening, consent, preparation and time-out of today")
    run.add_argument("--clinic", metavar="FILE", help=CLINIC_HELP)
    run.add_argument("--elsewhere", metavar="FILE", help=ELSEWHERE_HELP)
    run.add_argument(
        "--at", metavar="TIME", help="time of a simulated visit, as 2026-06-01T10:00 (default: now)"
    )
    run.add_argument("--out", metavar="DIR", help="folder of the visits (default: ./penctl-runs)")
    run.add_argument(
        "--papers", action="store_true", help="write visit report and after-care sheet beside the recording"
    )
    _add_store(run)
    cut_off = run.add_mutually_exclusive_group()
    cut_off.add_argument(
        "--resume", metavar="VISIT", help="go on with a visit: its folder, or its number in the records"
    )
    cut_off.add_argument("--end", metavar="VISIT", help="end a visit early that was cut off, without a pen")
    run.add_argument("--reason", metavar="TEXT", help="why it is ended early")
    run.add_argument("--unwell", action="store_true", help="with --end: the patient was unwell")
    run.add_argument("--json", action="store_true", help="print one JSON object")


def _add_store(command: Any) -> None:
    command.add_argument("--store", metavar="STORE", help="the clinic's records: penctl records")
    command.add_argument("--user", metavar="NAME", help="who signs in at the records")
    command.add_argument("--key-ring", action="store_true", help="the records' key is in the key ring")


def _add_rules(commands: Any) -> None:
    rules = commands.add_parser(
        "rules",
        help="show the treatment rules with their sources",
        description="Show the treatment rules: figure, weight, whom each binds, mark and source. HARD rules "
        "have no override, SOFT ones ask for a clinician's signed reason, NOTE ones are told.",
    )
    rules.add_argument("--check", metavar="CLINIC_FILE", help="with a clinic's own figures, none looser")
    rules.add_argument(
        "--screening", action="store_true", help="show what is asked before each visit instead"
    )
    rules.add_argument("--zones", action="store_true", help="show the zones and what stages suggest instead")
    rules.add_argument("--outcomes", action="store_true", help="show the published outcomes instead")
    rules.add_argument("--json", action="store_true", help="print everything as one JSON object")


def _add_course(commands: Any) -> None:
    course = commands.add_parser(
        "course",
        help="show which zone is locked, due or overdue",
        description="Show the course of a person: each zone locked, too early, due or overdue, by weeks. "
        "Treatments elsewhere and with other tools count.",
    )
    course.add_argument("person", metavar="PSEUDONYM", help="whose course")
    course.add_argument("--visits", metavar="DIR", help="folder of the visits (default: ./penctl-runs)")
    _add_store(course)
    course.add_argument("--elsewhere", metavar="FILE", help=ELSEWHERE_HELP)
    course.add_argument("--clinic", metavar="FILE", help=CLINIC_HELP)
    course.add_argument(
        "--mode", choices=("clinical", "home"), default="clinical", help="whose rules (clinical)"
    )
    course.add_argument("--at", metavar="TIME", help="on another day, as 2026-06-15 (default: now)")
    course.add_argument("--ical", metavar="FILE", help="write visits and minoxidil holds as iCalendar")
    course.add_argument("--json", action="store_true", help="print one JSON object")


def _seed(text: str) -> int:
    from penctl.cli import seed

    return seed(text)
