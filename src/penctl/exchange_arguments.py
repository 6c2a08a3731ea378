"""Arguments of `penctl records visits | report | aftercare | fhir | table | backup | restore | erase`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_HANDLERS = "penctl.commands.records_exchange"


def add_exchange(acts: Any, act_of: Callable[..., Any]) -> None:
    """Add what lists visits, and what leaves the records.

    `act_of` is `penctl.records_arguments.records_act`.
    """
    what = "list the visits of a patient, or of a day"
    visits = act_of(acts, "visits", what, f"{_HANDLERS}:run_visits")
    which = visits.add_mutually_exclusive_group()
    which.add_argument("patient", nargs="?", default="", help="id or pseudonym")
    which.add_argument("--day", default="", metavar="DATE", help="as 2026-06-01 (default: today)")
    for name, what in (
        ("report", "write the report of a visit as a PDF"),
        ("aftercare", "write the patient's after-care sheet as a PDF"),
        ("fhir", "write a visit as a FHIR R4B bundle"),
    ):
        _of_visit(act_of(acts, name, what, f"{_HANDLERS}:run_{name}"), name)
    table = act_of(
        *(acts, "table", "write tables without identities, for research", f"{_HANDLERS}:run_table"),
        "Without names, dates and free text; codes are drawn anew each time. Small groups can still be "
        "recognised: share it with care.",
    )
    table.add_argument("--format", choices=("csv", "parquet"), default="csv", help="default: csv")
    table.add_argument("--out", required=True, metavar="DIR", help="the new folder")
    _backup(act_of(acts, "backup", "write all records into one encrypted file", f"{_HANDLERS}:run_backup"))
    _restore(acts, act_of)
    _erase(acts, act_of)


def _of_visit(act: Any, name: str) -> None:
    act.add_argument("visit", help="the visit's number, 16 hexadecimal digits")
    ending = "json" if name == "fhir" else "pdf"
    act.add_argument("--out", metavar="FILE", help=f"the new file (default: visit-NUMBER-{name}.{ending})")
    act.add_argument(
        "--pseudonymous", action="store_true", help="without name and birth date, by the pseudonym only"
    )
    act.add_argument("--clinic", metavar="FILE", help="the clinic's own file: its [letterhead]")


def _backup(act: Any) -> None:
    act.add_argument("--out", required=True, metavar="FILE", help="the new file")


def _restore(acts: Any, act_of: Callable[..., Any]) -> None:
    restore = act_of(
        *(acts, "restore", "bring records back from a backup", f"{_HANDLERS}:run_restore"),
        "Into a new file or an empty database, never over records. The audit trail is verified before the "
        "records get their name. Asked for: the passphrase of the backup, then a new one of the records.",
        user=False,
    )
    restore.add_argument("backup", help="the file that penctl records backup has written")
    restore.add_argument(
        "--check", action="store_true", help="only read the backup to its end; bring nothing back"
    )
    restore.add_argument(
        "--erased", metavar="FILE", help="ids of persons erased since the backup, one a line: erased again"
    )


def _erase(acts: Any, act_of: Callable[..., Any]) -> None:
    erase = act_of(
        *(acts, "erase", "erase a person for good", f"{_HANDLERS}:run_erase"),
        "Destroys the key of what is personal; the treatments stay under the pseudonym, and the audit "
        "trail stays valid. Backups made before still have the person: delete them, or give --erased to a "
        "restore.",
    )
    erase.add_argument("patient", help="id or pseudonym")
    erase.add_argument("--why", required=True, metavar="TEXT", help="the reason, kept in the audit trail")
    erase.add_argument(
        "--erased", metavar="FILE", help="add the person's id to this list, for a later restore"
    )
