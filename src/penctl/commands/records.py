"""`penctl records`: make records, users, patients, what is open, and proof that nothing was changed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from penctl.commands.records_opening import key_of, new_secret, open_from, sign_in_from, where_of
from penctl.errors import PenError
from penctl.records.desk import Desk
from penctl.records.entries import Patient, Role
from penctl.records.opening import create_store, upgrade_store

EXIT_FOUND = 1
HEX = frozenset("0123456789abcdef")


def run_init(given: argparse.Namespace) -> int:
    """Make new records with their first user."""
    where = where_of(given)
    key = None if given.key_ring else new_secret("New passphrase of the records")
    admin = (given.admin, new_secret(f"New password of {given.admin}"))
    with create_store(
        where, key=key, simulated=given.simulated, time_zone=given.time_zone, admin=admin
    ) as store:
        told = {"store": store.database.name, "id": store.id, "simulated": store.simulated}
        told |= {"time_zone": str(store.time_zone), "public_key": store.audit.public_key.hex()}
    lines = [
        f"Made records in {told['store']}, for {'simulated' if store.simulated else 'real'} visits.",
        f"Time zone  {told['time_zone']}",
        f"Audit key  {told['public_key']}",
        "Note the audit key elsewhere: with it anybody can check a signed head of the audit trail.",
    ]
    return print_told(given, told, lines)


def run_users(given: argparse.Namespace) -> int:
    """List users; add or change one."""
    if (given.add is None) != (given.role is None):
        raise PenError(
            "A new user needs a name and a role", given.add or given.role, "--add NAME --role ROLE"
        )
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        _change_user(given, desk)
        users = store.users()
    rows: list[dict[str, Any]] = [
        {"name": one.name, "role": one.role.name.lower(), "active": one.active, "waits": one.locked_until}
        for one in users
    ]
    table = [(row["name"], row["role"], "" if row["active"] else "off", _time(row["waits"])) for row in rows]
    return print_told(given, {"users": rows}, table_lines(("user", "role", "", "waits until"), table))


def _change_user(given: argparse.Namespace, desk: Desk) -> None:
    if given.add:
        desk.add_user(given.add, new_secret(f"New password of {given.add}"), Role[given.role.upper()])
    elif given.password:
        desk.set_password(given.password, new_secret(f"New password of {given.password}"))
    elif given.off or given.on:
        desk.change_user(given.off or given.on, active=bool(given.on))


def run_patients(given: argparse.Namespace) -> int:
    """Find patients, or add one."""
    with open_from(given) as store:
        desk = sign_in_from(given, store)
        if given.add:
            born = _date(given.birth_date)
            wanted = Patient("", given.pseudonym, given.name, born, given.contact)
            found: Sequence[Patient] = (desk.add_patient(wanted),)
        else:
            found = desk.find_patients(given.text)
    rows = [
        {
            "id": one.id,
            "pseudonym": one.pseudonym,
            "name": one.name,
            "birth_date": one.birth_date,
            "contact": one.contact,
            "erased": one.erased,
        }
        for one in found
    ]
    table = [
        (one.pseudonym, "erased" if one.erased else one.name, str(one.birth_date or ""), one.contact)
        for one in found
    ]
    return print_told(given, {"patients": rows}, table_lines(("pseudonym", "name", "born", "contact"), table))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise PenError("This is no date", text, "as 1980-12-31", "Correct it") from error


def run_open_visits(given: argparse.Namespace) -> int:
    """List visits that are not signed."""
    with open_from(given) as store:
        found = sign_in_from(given, store).open_visits()
    rows = [
        {
            "id": one.id,
            "pseudonym": one.pseudonym,
            "mode": one.mode,
            "begun_at": one.begun_at,
            "by": one.by,
            "device": one.device,
            "ended_early": one.ended_early,
        }
        for one in found
    ]
    table = [(one.id, one.pseudonym, one.mode, _time(one.begun_at), one.by) for one in found]
    return print_told(
        given, {"visits": rows}, table_lines(("visit", "patient", "mode", "begun", "by"), table)
    )


def run_verify(given: argparse.Namespace) -> int:
    """Verify the audit trail and the entries that it tells of."""
    with open_from(given) as store:
        report = store.audit.verify(data=not given.trail_only, noted=_noted(given.noted))
    told: dict[str, Any] = {
        "ok": report.ok,
        "rows": report.rows,
        "heads": report.heads,
        "entries": report.entries,
        "last_hash": report.last_hash,
        "public_key": report.public_key,
        "findings": [vars(one) for one in report.findings],
    }
    lines = [
        f"Looked at {report.rows} rows of the audit trail, {report.heads} signed heads and {report.entries} "
        "entries.",
        f"Audit key  {report.public_key}",
        f"Last row   {report.rows}:{report.last_hash}",
        *(f"{one.kind}: {one.where}: {one.text}" for one in report.findings),
        "All is as it was written." if report.ok else "NOT as it was written.",
    ]
    print_told(given, told, lines)
    return 0 if report.ok else EXIT_FOUND


def _noted(texts: Iterable[str]) -> dict[int, str]:
    found = {}
    for text in texts:
        row, _, digest = text.partition(":")
        if not (row.isascii() and row.isdigit() and len(digest) == 64 and set(digest.lower()) <= HEX):
            raise PenError(
                "This is no noted row", text, "ROW:HASH as verify prints it", "Copy the whole line"
            )
        found[int(row)] = digest
    return found


def run_upgrade(given: argparse.Namespace) -> int:
    """Bring the records to the form of this release."""
    before, after = upgrade_store(where_of(given), key=key_of(given))
    line = f"From form {before} to {after}." if before != after else f"They have form {after} already."
    return print_told(given, {"before": before, "after": after}, [line])


def _time(moment: Any) -> str:
    return moment.isoformat(sep=" ", timespec="minutes") if moment else ""


def table_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as they must be; every row can be found with grep."""
    listed = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(row[number]) for row in listed) for number in range(len(head))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in listed
    ]


def print_told(given: argparse.Namespace, told: dict[str, Any], lines: Iterable[str]) -> int:
    """Print it for a person, or with --json for a program; gives the exit code 0."""
    text = json.dumps(told, default=str, ensure_ascii=False) if given.json else "\n".join(lines)
    sys.stdout.write(text + "\n")
    return 0
