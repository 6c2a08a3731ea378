"""Opening records for a command: where they are, the passphrase, and who signs in."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import Final

from penctl.errors import PenError
from penctl.host_folder import data_folder
from penctl.records.desk import Desk
from penctl.records.keys import Key
from penctl.records.opening import open_store
from penctl.records.store import Store

ENVIRONMENT: Final = "PENCTL_RECORDS"
FILE: Final = "records.db"


def where_of(given: argparse.Namespace) -> str | Path:
    """Where the records are: --store, else the environment, else the data folder."""
    return given.store or os.environ.get(ENVIRONMENT) or data_folder() / FILE


def secret(what: str) -> str:
    """A secret, asked for without showing it; from a pipe the next line. Raises PenError at its end."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    line = sys.stdin.readline()
    if not line:
        raise PenError(f"{what} is missing", "end of input", "one line for each", "Give it as the next line")
    return line.rstrip("\r\n")


def new_secret(what: str) -> str:
    """A new secret, asked for twice at a terminal. Raises PenError when the two differ."""
    first = secret(what)
    if sys.stdin.isatty() and getpass.getpass(f"{what}, once more: ") != first:
        raise PenError(f"{what}: the two differ", remedy="Type it again")
    return first


def key_of(given: argparse.Namespace) -> Key:
    """The passphrase, or None for the key ring."""
    return None if given.key_ring else secret("Passphrase of the records")


def open_from(given: argparse.Namespace, *, simulated: bool | None = None) -> Store:
    """The records that a command names. Raises RecordsError."""
    return open_store(where_of(given), key=key_of(given), simulated=simulated)


def sign_in_from(given: argparse.Namespace, store: Store) -> Desk:
    """Who works at them. Raises SignInRefused."""
    return store.sign_in(given.user, secret(f"Password of {given.user}"))
