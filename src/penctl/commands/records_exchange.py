"""`penctl records visits | report | aftercare | fhir | table | backup | restore | erase`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penctl.commands.records_opening import new_secret, open_from, secret, sign_in_from, where_of
from penctl.errors import PenError
from penctl.exchange.errors import ExchangeError
from penctl.exchange.facts import VisitFacts
from penctl.exchange.letterhead import load_letterhead
from penctl.exchange.whole_file import refuse_existing, write_whole
from penctl.records.entries import Right

if TYPE_CHECKING:
    from penctl.exchange.backup import Backup

BACKUP_SECRET = "Passphrase of the backup"  # noqa: S105 - it asks for one


def run_visits(given: argparse.Namespace) -> int:
    """List visits, with the numbers that the other acts ask for."""
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        found = desk.visits(given.patient) if given.patient else desk.today(_day(given.day))
    lines = [
        f"{one.id}  {one.begun_at:%Y-%m-%d %H:%M}  {one.pseudonym}  {one.mode}  {one.status}  {one.by}"
        for one in found
    ]
    told = [{key: str(value) for key, value in dataclasses.asdict(one).items()} for one in found]
    return _print(given, {"visits": told}, lines or ["No visits."])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise PenError("This is no date", text, "as 2026-06-01", "Correct it") from error


def run_report(given: argparse.Namespace) -> int:
    """Write the report of a visit."""
    from penctl.exchange.report import report_pdf

    return _visit(given, "report", "pdf", report_pdf, Right.EXPORT)


def run_aftercare(given: argparse.Namespace) -> int:
    """Write the after-care sheet; whoever may read a visit hands it out."""
    from penctl.exchange.aftercare import aftercare_pdf

    return _visit(given, "aftercare", "pdf", aftercare_pdf, Right.READ)


def run_fhir(given: argparse.Namespace) -> int:
    """Write the FHIR bundle of a visit."""
    from penctl.exchange.fhir import fhir_json

    return _visit(given, "fhir", "json", fhir_json, Right.EXPORT)


def _visit(
    given: argparse.Namespace, what: str, ending: str, make: Callable[[VisitFacts], bytes], right: Right
) -> int:
    from penctl.exchange.sources import facts_from, note_export

    letterhead = load_letterhead(given.clinic)
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        desk.need(right)
        facts = facts_from(desk, given.visit, letterhead, pseudonymous=given.pseudonymous)
        mark = "-simulated" if facts.simulated else ""
        path = Path(given.out or f"visit-{given.visit}-{what}{mark}.{ending}")
        refuse_existing(path)
        content = make(facts)
        note_export(desk, what, "visits", given.visit)
        write_whole(path, content)
    told = {"file": str(path), "visit": given.visit, "simulated": facts.simulated, "signed": facts.signed_at}
    lines = [f"Wrote {path}."]
    if facts.signed_at is None:
        lines.append("The visit is not signed yet: this is a draft.")
    return _print(given, told, lines)


def run_table(given: argparse.Namespace) -> int:
    """Write tables without identities."""
    from penctl.exchange.dump import one_moment
    from penctl.exchange.sources import note_export
    from penctl.exchange.table_files import write_tables
    from penctl.exchange.tables import COLUMNS, Tables
    from penctl.records.knowing import scalp

    with open_from(given) as store:
        desk = sign_in_from(given, store)
        desk.need(Right.EXPORT)
        with one_moment(store.database) as connection:
            tables = Tables(connection, scalp(), store.time_zone, simulated=store.simulated)
            rows = {name: tables.rows(name) for name in COLUMNS}
        note_export(desk, f"tables, {given.format}", "store", store.id)
        files = write_tables(Path(given.out), rows, COLUMNS, given.format)
    counts = {name: len(found) for name, found in rows.items()}
    lines = [
        f"Wrote {', '.join(files)} into {given.out}: {tables.persons} persons, {counts['visits']} visits."
    ]
    lines.append("Without identities is not anonymous: small groups can be recognised. Share it with care.")
    return _print(given, {"folder": given.out, "persons": tables.persons, "rows": counts}, lines)


def run_backup(given: argparse.Namespace) -> int:
    """Write a backup and read it once more."""
    from penctl.exchange.backup import back_up

    path = Path(given.out)
    refuse_existing(path)
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        told = back_up(desk, path, new_secret(BACKUP_SECRET))
    lines = [
        f"Wrote {path}: {told.patients} patients, {told.visits} visits, {told.rows} rows; read again to its "
        "end.",
        "It opens with its passphrase alone, on any computer: keep both apart.",
    ]
    return _print(given, {"file": str(path), **dataclasses.asdict(told)}, lines)


def run_restore(given: argparse.Namespace) -> int:
    """Bring records back, or only look whether they could be."""
    from penctl.exchange.backup import read_backup
    from penctl.exchange.restore import restore

    path, phrase = Path(given.backup), secret(BACKUP_SECRET)
    if given.check:
        told = read_backup(path, phrase)
        line = f"{path} is whole: {told.patients} patients, {told.visits} visits, made {_made(told)}."
        return _print(given, {"file": str(path), **dataclasses.asdict(told)}, [line])
    where, erased = where_of(given), _listed(given.erased)
    key = None if given.key_ring else new_secret("New passphrase of the records")
    told = restore(path, phrase, where, key=key, erased=erased)
    kind = "simulated" if told.simulated else "real"
    lines = [
        f"Restored {told.patients} patients and {told.visits} visits ({kind}), as of {_made(told)}.",
        "The audit trail was verified; it says that they were restored.",
    ]
    return _print(given, {"store": str(where).rpartition("@")[2], **dataclasses.asdict(told)}, lines)


def _made(told: Backup) -> str:
    return f"{told.made_at:%Y-%m-%d %H:%M %Z}"


def _listed(path: str | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line.split()[0] for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise ExchangeError("The list of erased persons cannot be read", f"{path} ({error})") from error


def run_erase(given: argparse.Namespace) -> int:
    """Erase a person."""
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        found = desk.patient(given.patient)
        if given.erased is not None:
            _append(Path(given.erased), found.id)
        done = desk.erase_person(found.id, given.why)
        ok = store.audit.verify(data=False).ok
    lines = [
        f"Erased: {done.pseudonym} has no name, birth date or contact any more, and nobody brings them back.",
        "Free text and photos that name the person are not found by this: look at the visits.",
        "Backups made before still have the person: delete them.",
        f"The audit trail {'is valid' if ok else 'does NOT hold: penctl records verify'}.",
    ]
    return _print(given, {"patient": done.id, "pseudonym": done.pseudonym, "audit_ok": ok}, lines)


def _append(path: Path, patient_id: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{patient_id}\n")
    except OSError as error:
        raise PenError("The list cannot be written", f"{path} ({error.strerror})") from error


def _print(given: argparse.Namespace, told: dict[str, Any], lines: list[str]) -> int:
    text = json.dumps(told, default=str, ensure_ascii=False) if given.json else "\n".join(lines)
    sys.stdout.write(text + "\n")
    return 0
