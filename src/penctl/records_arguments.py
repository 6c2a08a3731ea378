"""The arguments of `penctl records`; cheap to import. Each act names the function that does it."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from penctl.exchange_arguments import add_exchange
from penctl.optional import needs
from penctl.records_notes_arguments import add_notes

STORE_HELP = (
    "file of the records, or postgresql://user@host/database (default: $PENCTL_RECORDS, else records.db in "
    "the data folder)"
)
ROLES = ("assistant", "clinician", "admin", "auditor")


def add_records(commands: Any) -> None:
    """`penctl records`: what they are, what is noted beside visits, and what leaves them."""
    records = commands.add_parser(
        "records",
        help="the clinic's records: patients, visits, users, audit trail",
        description="Work with the clinic's records. The passphrase, then the user's password, are asked "
        "for, or read as lines of a pipe in this order.",
    )
    acts = records.add_subparsers(dest="act", metavar="act", required=True)
    for add in (_init, _users, _patients, _open_visits, _verify, _upgrade):
        add(acts)
    add_notes(acts, records_act)
    add_exchange(acts, records_act)


def records_act(acts: Any, name: str, help_: str, handler: str, more: str = "", *, user: bool = True) -> Any:
    """One act. `handler` is "module:function", imported when it runs; `user` asks who signs in.

    What every act takes: `--store`, `--key-ring`, `--json`, and `--user` where somebody signs in.
    """
    act = acts.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}. {more}".strip())
    act.add_argument("--store", metavar="STORE", help=STORE_HELP)
    act.add_argument(
        "--key-ring", action="store_true", help="the key is in the system's key ring: ask for no passphrase"
    )
    if user:
        act.add_argument("--user", required=True, metavar="NAME", help="who signs in")
    act.add_argument("--json", action="store_true", help="print one JSON object")
    act.set_defaults(run=_lazily(handler))
    return act


def _lazily(handler: str) -> Any:
    module, _, name = handler.partition(":")

    def run(given: argparse.Namespace) -> int:
        with needs("exchange"):
            code: int = getattr(import_module(module), name)(given)
        return code

    return run


def _init(acts: Any) -> None:
    init = records_act(
        acts,
        "init",
        "make new records",
        "penctl.commands.records:run_init",
        "The passphrase cannot be recovered: without it nobody reads the records again, you included.",
        user=False,
    )
    init.add_argument("--admin", required=True, metavar="NAME", help="the first user, who adds the others")
    init.add_argument(
        "--time-zone",
        required=True,
        metavar="ZONE",
        help="the clinic's, as Europe/Berlin; it decides what a day is",
    )
    init.add_argument(
        "--simulated", action="store_true", help="for visits on a simulated pen; that never changes"
    )


def _users(acts: Any) -> None:
    act = records_act(acts, "users", "list users, add one, change one", "penctl.commands.records:run_users")
    what = act.add_mutually_exclusive_group()
    what.add_argument("--add", metavar="NAME", help="a new user; the password is asked for")
    what.add_argument("--password", metavar="NAME", help="a new password for this user; it ends a wait, too")
    what.add_argument("--off", metavar="NAME", help="this user may no longer sign in")
    what.add_argument("--on", metavar="NAME", help="this user may sign in again")
    act.add_argument("--role", choices=ROLES, help="role of the user that is added")


def _patients(acts: Any) -> None:
    act = records_act(acts, "patients", "find patients, or add one", "penctl.commands.records:run_patients")
    act.add_argument("text", nargs="?", default="", help="part of a pseudonym or of a name")
    act.add_argument("--add", action="store_true", help="add a patient, pseudonymous unless more is told")
    act.add_argument("--pseudonym", default="", help="of the new patient (default: drawn)")
    act.add_argument("--name", default="", help="of the new patient")
    act.add_argument("--birth-date", default="", metavar="DATE", help="of the new patient, as 1980-12-31")
    act.add_argument("--contact", default="", help="of the new patient")


def _open_visits(acts: Any) -> None:
    records_act(
        acts,
        "open-visits",
        "list visits that are not signed, those that were cut off too",
        "penctl.commands.records:run_open_visits",
    )


def _verify(acts: Any) -> None:
    act = records_act(
        acts,
        "verify",
        "prove that nobody has changed, deleted, reordered or cut off anything",
        "penctl.commands.records:run_verify",
        "Looks at the whole audit trail, its signed heads and every entry. Exit code: 0 all is as it was "
        "written, 1 something is not, 2 it could not be looked at.",
        user=False,
    )
    act.add_argument(
        "--noted",
        action="append",
        default=[],
        metavar="ROW:HASH",
        help="a last row that was noted elsewhere: it must be there still (may repeat)",
    )
    act.add_argument(
        "--trail-only", action="store_true", help="the audit trail only, not the entries it tells of"
    )


def _upgrade(acts: Any) -> None:
    records_act(
        acts,
        "upgrade",
        "bring the records to the form of this penctl",
        "penctl.commands.records:run_upgrade",
        "Make a backup first. An upgrade that is interrupted leaves the records as they were.",
        user=False,
    )
