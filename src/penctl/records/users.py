"""Users: passwords by argon2id, limited tries, roles."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, select

from penctl import dates
from penctl.records import schema
from penctl.records.entries import Role, User
from penctl.records.errors import NotFound, RecordsError, SignInRefused
from penctl.records.ledger import Ledger
from penctl.records.values import moment_of, utc_text

MOST_TRIES: Final = 5
WAIT: Final = timedelta(minutes=15)
"""Five wrong passwords in a row, then 15 minutes: decided here."""
SHORTEST: Final = 8
NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,39}")


def hasher(memory_kib: int = 64 * 1024) -> PasswordHasher:
    """argon2id, RFC 9106's second choice; a hash carries its own parameters."""
    return PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=4)


@lru_cache(maxsize=4)
def _nobody(memory_kib: int) -> str:
    """A hash to try against when there is no such user, so that it takes as long."""
    return hasher(memory_kib).hash("nobody has this password")


def check_new(name: str, password: str) -> None:
    """Refuse a name or password that cannot be one. Raises RecordsError."""
    if not NAME.fullmatch(name):
        raise RecordsError(
            "This is no name of a user",
            repr(name[:60]),
            "2 to 40 of a-z 0-9 . _ -, a letter first",
            "Choose another",
        )
    if len(password) < SHORTEST:
        raise RecordsError(
            "The password is too short",
            f"{len(password)} letters",
            f"at least {SHORTEST}",
            "Choose a longer one",
        )


def add_user(ledger: Ledger, name: str, password: str, role: Role, memory_kib: int) -> None:
    """A new user. Raises RecordsError."""
    check_new(name, password)
    if find(ledger.connection, name) is not None:
        raise RecordsError("There is a user of that name already", name, remedy="Choose another name")
    values = {
        "id": name,
        "role": role.value,
        "password_hash": hasher(memory_kib).hash(password),
        "active": 1,
        "tries": 0,
        "locked_until": None,
        "created_at": ledger.at,
    }
    ledger.create(schema.users, values)


def find(connection: Connection, name: str) -> Any:
    """The row of a user, or None."""
    return connection.execute(select(schema.users).where(schema.users.c.id == name)).one_or_none()


def user_of(row: Any) -> User:
    """A user from a row."""
    until = moment_of(row.locked_until) if row.locked_until else None
    return User(row.id, Role(row.role), bool(row.active), until, int(row.row_version))


def fits(row: Any, password: str, memory_kib: int) -> bool:
    """Whether this is the user's password; as slow where there is no such user. Not inside a transaction."""
    if row is None or not row.active:
        _fits(_nobody(memory_kib), password)
        return False
    return _fits(row.password_hash, password)


def sign_in(ledger: Ledger, name: str, row: Any, fitting: bool, now: datetime) -> User | SignInRefused:
    """The user, or why not. A wrong password is counted: the caller commits either way."""
    if row is None or not row.active:
        ledger.note("SIGN_IN_REFUSED", "users", name[:40] if NAME.fullmatch(name[:40]) else "?", {})
        return SignInRefused(value=name)
    if row.locked_until and utc_text(now) < row.locked_until:
        ledger.note("SIGN_IN_REFUSED", "users", name, {"locked_until": row.locked_until})
        return _locked(name, row.locked_until, now)
    if not fitting:
        return _wrong(ledger, row, now)
    if row.tries or row.locked_until:
        ledger.change(schema.users, name, {"tries": 0, "locked_until": None}, act="SIGN_IN")
    else:
        ledger.note("SIGN_IN", "users", name, {"role": row.role})
    return user_of(row)


def _wrong(ledger: Ledger, row: Any, now: datetime) -> SignInRefused:
    tries = int(row.tries) + 1
    until = utc_text(now + WAIT) if tries >= MOST_TRIES else None
    changes = {"tries": 0 if until else tries, "locked_until": until}
    ledger.change(schema.users, row.id, changes, act="SIGN_IN_REFUSED")
    return (
        _locked(row.id, until, now)
        if until
        else SignInRefused(value=row.id, limit=f"{MOST_TRIES - tries} tries left")
    )


def _locked(name: str, until: str, now: datetime) -> SignInRefused:
    shown = dates.moment(moment_of(until).astimezone(now.tzinfo))
    remedy = f"Wait until {shown}, or let an admin set a new password"
    return SignInRefused("This user has to wait after too many wrong passwords", name, remedy=remedy)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def set_password(ledger: Ledger, name: str, password: str, memory_kib: int) -> None:
    """A new password; the tries begin anew. Raises RecordsError, NotFound."""
    check_new(name, password)
    if find(ledger.connection, name) is None:
        raise NotFound(value=f"user {name}")
    changes = {"password_hash": hasher(memory_kib).hash(password), "tries": 0, "locked_until": None}
    ledger.change(schema.users, name, changes, act="PASSWORD")


def change(ledger: Ledger, name: str, role: Role | None, active: bool | None) -> None:
    """Another role, or no longer a user. Raises NotFound; RecordsError when no admin would be left."""
    row = find(ledger.connection, name)
    if row is None:
        raise NotFound(value=f"user {name}")
    changes: dict[str, Any] = {} if role is None else {"role": role.value}
    if active is not None:
        changes["active"] = int(active)
    after = {**row._mapping, **changes}
    if (row.role, row.active) == (Role.ADMIN.value, 1) and (after["role"], after["active"]) != (
        Role.ADMIN.value,
        1,
    ):
        _check_other_admin(ledger.connection, name)
    ledger.change(schema.users, name, changes)


def _check_other_admin(connection: Connection, name: str) -> None:
    table = schema.users
    query = select(table.c.id).where(
        table.c.role == Role.ADMIN.value, table.c.active == 1, table.c.id != name
    )
    if connection.execute(query).first() is None:
        raise RecordsError(
            "This is the last admin", name, "one admin at least", "Make another user admin first"
        )
